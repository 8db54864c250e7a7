"""`studio models` and `--model`: what is installed, and what is wrong with what is named."""

import json
import os
from pathlib import Path

import msgspec
import numpy
import pytest
from safetensors.numpy import save_file

from studio.app.door import Hold
from studio.catalog.inspect import inspect_model
from studio.catalog.shelf import read_shelf
from studio.cli.models_plan import outlook_of
from studio.cli.output import Output, width, wrapped
from studio.core.messages import Device, Probe
from studio.core.model import Defaults, Kind, Wish
from studio.core.paths import paths_for, resources_dir
from studio.core.shelf import Group, Machine
from studio.store.instances import WindowLock
from tests.catalog import headers
from tests.catalog.test_kinds import FILES, lora
from tests.cli.telling import tell

__all__ = ["tell"]
LORA = lora("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k", 2048)


@pytest.fixture
def shelf(home: Path, tmp_path: Path) -> Path:
    """A folder of models, named in the settings: a whole one, a cut one, a pickle and a folder of letters."""
    for name in ("whole", "cut"):
        folder = tmp_path / "models" / name
        folder.mkdir(parents=True)
        config = {"architectures": ["LlamaForCausalLM"], "max_position_embeddings": 512}
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "tokenizer.json").write_text("{}")
        save_file({"weight": numpy.zeros((8, 8), "float32")}, folder / "model.safetensors")
    (tmp_path / "models" / "cut" / "model.safetensors").unlink()
    (tmp_path / "models" / "old.ckpt").write_bytes(b"\x80\x04.")
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mother.txt").touch()
    home.mkdir()
    (home / "settings.json").write_text(json.dumps({"model_folders": [str(tmp_path / "models")]}))
    return tmp_path / "models"


def test_the_list_has_what_works_and_what_is_wrong_with_the_rest(tell, shelf: Path):
    told = tell("models", "list", "--json").object
    [whole] = [model for model in told["models"] if not model["starter"]]
    assert (whole["name"], whole["path"]) == ("whole", str(shelf / "whole"))
    assert (whole["family"], whole["abilities"], whole["size_bytes"] > 256) == ("language", ["reply"], True)
    told_of = {(problem["path"], problem["code"]) for problem in told["problems"]}
    assert told_of == {(str(shelf / "cut"), "model_incomplete"), (str(shelf / "old.ckpt"), "model_unsafe")}
    said = tell("models", "list")
    assert all(problem["message"] in said.out for problem in told["problems"])
    assert whole["id"] in said.out


def test_one_model_is_shown_by_id_and_by_path(tell, shelf: Path):
    by_path = tell("models", "show", str(shelf / "whole"), "--json").object
    plan, by_id = by_path.pop("plan"), tell("models", "show", by_path["id"], "--json").object
    assert by_id.pop("plan")["needed_bytes"] == plan["needed_bytes"]  # what is free, changes any time
    assert by_id == by_path
    said = tell("models", "show", by_path["id"])
    assert "LlamaForCausalLM" in said.out
    assert (plan["device"], plan["precision"], plan["fits"]) == ("cpu", "float32", True)
    assert by_path["needed_bytes"] == plan["needed_bytes"] == 256
    start = "float32, about 256 B of "
    assert plan["words"].startswith(start) and start in said.out
    inspected = tell("models", "inspect", str(shelf / "whole"), "--json").object
    assert inspected["plan"]["words"].startswith(start)


def test_the_plan_is_for_a_picture_of_the_size_that_the_shelf_names(home: Path):
    """Or the command line and the window would give two figures of one model."""
    postcards = inspect_model(resources_dir() / "starter" / "postcards")
    classic = "stable-diffusion-v1-5/stable-diffusion-v1-5"
    unsaid = msgspec.structs.replace(postcards, id="local/unsaid", source="folder", defaults=Defaults())
    device = Device(kind="cpu", name="", total_bytes=32 << 30, free_bytes=32 << 30)
    machine = Machine(memory_bytes=32 << 30, devices=(device,))
    small = outlook_of(unsaid, paths_for(home), machine)
    shelved = outlook_of(msgspec.structs.replace(unsaid, id=classic, source="hub"), paths_for(home), machine)
    assert small and shelved and shelved.needed_bytes > 2 * small.needed_bytes


def test_a_part_of_a_model_has_no_plan(tell, tmp_path: Path):
    file = headers.write(tmp_path / "style.safetensors", LORA)
    assert tell("models", "inspect", str(file), "--json").object["plan"] is None


def test_a_file_whose_other_parts_are_not_here_is_told_without_a_plan(tell, tmp_path: Path):
    shapes, *_ = FILES["sdxl"]
    file = headers.write(tmp_path / "whole.safetensors", shapes)
    said = tell("models", "inspect", str(file), "--json")
    assert (said.code, said.object["kind"], said.object["plan"]) == (0, "picture", None)


def test_how_a_model_is_held_is_chosen_kept_and_given_back(tell, shelf: Path, home: Path):
    name = tell("models", "show", str(shelf / "whole"), "--json").object["id"]
    told = tell("models", "set", name, "--precision", "bfloat16", "--json").object
    auto = {"precision": "auto", "offload": "auto", "compile": "off"}
    assert (told["state"], told["wish"]) == ("done", auto | {"precision": "bfloat16"})
    assert told["plan"]["precision"] == "bfloat16"
    shown = tell("models", "show", name, "--json").object
    assert (shown["wish"], shown["plan"]["precision"]) == ({"precision": "bfloat16"}, "bfloat16")
    assert "chosen precision" in tell("models", "set", name, "--offload", "none").out
    kept = json.loads((home / "wishes.json").read_text())
    assert kept == {name: {"precision": "bfloat16", "offload": "none"}}
    assert "chosen compiling" in tell("models", "set", name, "--compile", "on").out
    kept = json.loads((home / "wishes.json").read_text())
    assert kept == {name: {"precision": "bfloat16", "offload": "none", "compile": "on"}}
    back = [f"--{one}={value}" for one, value in auto.items()]
    assert tell("models", "set", name, *back).code == 0
    assert json.loads((home / "wishes.json").read_text()) == {}


def test_what_cannot_work_here_is_refused_with_the_reason_and_the_command(tell, shelf: Path, home: Path):
    refused = tell("models", "set", str(shelf / "whole"), "--precision", "8-bit", "--json")
    assert (refused.code, refused.object["code"]) == (2, "wish_impossible")
    assert "pip install torchao" in refused.object["hint"]
    assert "processor" in tell("models", "set", str(shelf / "whole"), "--precision", "float16").err
    assert tell("models", "set", str(shelf / "whole"), "--offload", "model").code == 2
    assert tell("models", "set", "nobody/nothing", "--precision", "float32").code == 2
    assert not (home / "wishes.json").exists()


def test_an_open_window_is_asked_to_hold_a_model_otherwise(tell, shelf: Path, home: Path, monkeypatch):
    asked: list[object] = []
    monkeypatch.setattr("studio.cli.models_plan.knock", lambda _, wish: asked.append(wish) or True)
    name = tell("models", "show", str(shelf / "whole"), "--json").object["id"]
    lock = WindowLock(paths_for(home))
    said = tell("models", "set", name, "--precision", "bfloat16", "--json")
    lock.close()
    assert said.code == 0 and asked == [Hold(model_id=name, wish=Wish(precision="bfloat16"))]
    assert not paths_for(home).wishes.exists()


def test_nothing_is_chosen_behind_an_open_window(tell, shelf: Path, home: Path):
    lock = WindowLock(paths_for(home))
    said = tell("models", "set", str(shelf / "whole"), "--precision", "bfloat16", "--json")
    lock.close()
    assert (said.code, said.object["code"]) == (1, "settings_in_use")


@pytest.mark.parametrize(
    ("name", "code", "exit_code"),
    [
        ("models/cut", "model_incomplete", 1),
        ("models/old.ckpt", "model_unsafe", 1),
        ("letters", "model_unsupported", 1),
        ("letters/mother.txt", "model_unsupported", 1),
        ("nowhere", "model_missing", 1),
        ("models/whole", "model_unable", 1),  # it writes, it does not draw
    ],
)
def test_a_model_that_cannot_be_used_is_told(tell, shelf: Path, name: str, code: str, exit_code: int):
    path = str(shelf.parent / name)
    said = tell("generate", "a boat", "--model", path, "--json")
    assert (said.code, said.object["code"]) == (exit_code, code)
    assert said.object["message"] and said.object["hint"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("letters", "model_unsupported"),
        ("letters/mother.txt", "model_unsupported"),
        ("models/old.ckpt", "model_unsafe"),
    ],
)
def test_what_is_no_model_is_not_told_to_be_whole(tell, shelf: Path, name: str, code: str):
    said = tell("models", "verify", str(shelf.parent / name), "--json")
    assert (said.code, said.object["code"]) == (1, code)
    [damage] = tell("models", "verify", str(shelf / "cut"), "--json").object["damaged"]
    assert damage["message"]


def test_a_name_that_is_neither_id_nor_path_is_told(tell, shelf: Path):
    for words in (["models", "show"], ["generate", "a boat", "--model"], ["chat", "hello", "--model"]):
        said = tell(*words, "nobody/nothing", "--json")
        assert (said.code, said.object["code"]) == (2, "not_found")


def test_the_list_says_what_each_model_is_for_and_can_be_narrowed(tell, shelf: Path):
    headers.write(shelf / "ink.safetensors", LORA)
    told = tell("models", "list", "--kind", "lora", "--json").object
    [ink] = told["models"]
    assert (ink["kind"], ink["suits"], ink["precision"], ink["source"]) == ("lora", "sdxl", "fp16", "folder")
    assert len(told["problems"]) == 2
    line = next(line for line in tell("models", "list").out.splitlines() if ink["id"] in line)
    assert line.split()[1:4] == ["lora", "sdxl", "fp16"]
    wrong = tell("models", "list", "--kind", "song", "--json")
    assert (wrong.code, wrong.object["code"]) == (2, "wrong_usage")
    nothing = tell("models", "list", "--kind", "upscaler", "--json").object
    assert nothing["models"] == []


@pytest.mark.skipif(os.name != "posix", reason="no such names there")
def test_a_name_cannot_command_the_terminal(tell, shelf: Path):
    file = headers.write(shelf / "\x1b]0;a title\x07\u202eink.safetensors", LORA)
    (shelf / "\x1b[31mcut.safetensors").write_bytes(b"cut")
    for words in (["list"], ["inspect", str(file)], ["show", str(file)], ["verify"]):
        said = tell("models", *words)
        assert not set("\x1b\x07\u202e") & set(said.out + said.err)
    assert "�]0;a title�" in tell("models", "show", str(file)).out
    assert tell("models", "show", str(file), "--json").object["path"] == str(file)


def test_a_file_is_told_by_its_headers(tell, tmp_path: Path):
    file = headers.write(tmp_path / "ink.safetensors", LORA, {"modelspec.trigger_phrase": "inkwash"})
    told = tell("models", "inspect", str(file), "--json")
    assert told.code == 0
    assert (told.object["kind"], told.object["suits"], told.object["precision"]) == ("lora", "sdxl", "fp16")
    assert told.object["parameters"] > 0
    rows = dict(line.split(maxsplit=1) for line in tell("models", "inspect", str(file)).out.splitlines())
    assert (rows["kind"], rows["suits"]) == ("lora", "sdxl")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("old.ckpt", b"\x80\x04.", "model_unsafe"),
        ("long.safetensors", b"\xff" * 8 + b"{}", "model_unreadable"),
        ("noted.safetensors", b"version https://git-lfs.github.com/spec/v1\n", "model_pointer"),
        ("letter.txt", b"Dear mother", "model_unsupported"),
        ("", b"", "model_missing"),
    ],
)
def test_a_file_that_is_refused_ends_in_a_sentence_and_1(
    tell, tmp_path: Path, name: str, content: bytes, code: str
):
    path = tmp_path / (name or "nothing")
    if name:
        path.write_bytes(content)
    said = tell("models", "inspect", str(path), "--json")
    assert (said.code, said.object["code"]) == (1, code)
    assert said.object["message"] and said.object["hint"]
    plain = tell("models", "inspect", str(path))
    assert (plain.code, plain.out) == (1, "")
    assert said.object["message"] in plain.err


def test_a_model_is_shown_with_its_fit_and_the_settings_of_its_makers(tell, monkeypatch, tmp_path: Path):
    cache = tmp_path / "hub"
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    entry = next(one for one in read_shelf(resources_dir(), None) if one.group is Group.SEARCH)
    owner, name = entry.repository.split("/")
    snapshot = cache / f"models--{owner}--{name}" / "snapshots" / ("c" * 40)
    snapshot.mkdir(parents=True)
    config = {"architectures": ["LlamaForCausalLM"], "max_position_embeddings": 512}
    (snapshot / "config.json").write_text(json.dumps(config))
    (snapshot / "tokenizer.json").write_text("{}")
    save_file({"weight": numpy.zeros((8, 8), "float32")}, snapshot / "model.safetensors")
    told = tell("models", "show", entry.repository, "--json").object
    assert (told["source"], told["ours"]) == ("hub", False)
    assert told["shelf"]["repository"] == entry.repository
    assert told["shelf"]["sources"] == entry.sources
    assert told["fit"]["level"] == "fits"
    assert told["fit"]["words"] in tell("models", "show", entry.repository).out
    assert tell("models", "show", "starter/postcards", "--json").object["shelf"] is None


def test_the_shelf_begins_with_what_fits_this_machine(tell):
    told = tell("models", "shelf", "--json").object
    entries = read_shelf(resources_dir(), None)
    assert {one["repository"] for one in told["models"]} == {one.repository for one in entries}
    levels = [one["fit"]["level"] for one in told["models"]]
    order = ["fits", "slow", "tight", "unknown", "too_large"]
    assert levels == sorted(levels, key=order.index)
    first = told["models"][0]
    line = next(line for line in tell("models", "shelf").out.splitlines() if first["repository"] in line)
    assert first["name"] in line and first["fit"]["words"] in line
    some = tell("models", "shelf", "--group", "search", "--json").object["models"]
    search = {one.repository for one in entries if one.group is Group.SEARCH}
    assert {one["repository"] for one in some} == search
    assert tell("models", "shelf", "--group", "all").code == 2


def test_the_shelf_knows_a_single_file_that_is_here(tell, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    repository, file = "ByteDance/SDXL-Lightning", "sdxl_lightning_4step_lora.safetensors"
    snapshot = tmp_path / "hub" / "models--ByteDance--SDXL-Lightning" / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    headers.write(snapshot / file, LORA)
    told = tell("models", "shelf", "--json").object["models"]
    assert [one["repository"] for one in told if one["installed"]] == [repository]
    (line,) = [one for one in tell("models", "shelf").out.splitlines() if repository in one]
    assert line.startswith("✓")
    shown = tell("models", "show", f"{repository}/{file.removesuffix('.safetensors')}", "--json").object
    assert shown["shelf"]["repository"] == repository


def test_on_a_terminal_the_shelf_has_its_width_and_elsewhere_stays_whole(tell, monkeypatch):
    whole = tell("models", "shelf").out.splitlines()
    assert max(map(width, whole)) > 120
    for columns in (60, 80, 120, 1000):
        monkeypatch.setattr(Output, "columns", columns)
        lines = tell("models", "shelf").out.splitlines()
        assert max(map(width, lines[:-1])) <= columns
        said = " ".join(" ".join(lines).split())
        for entry in read_shelf(resources_dir(), None):
            assert " ".join(entry.name.split()) in said
    assert lines == whole


@pytest.mark.parametrize("text", ["It fits into memory, and leaves some room.", "内存放得下，还留有余量。"])
def test_lines_end_between_words_or_characters(text: str):
    lines = wrapped(text, 12)
    assert max(map(width, lines)) <= 12 and len(lines) > 1
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(word in text.split() for line in lines for word in line.split()) or "，" in text


def test_a_shelf_of_ones_own_that_is_damaged_is_told_and_left_out(tell, home: Path):
    home.mkdir()
    (home / "catalog.toml").write_text("[[model]]\nrepository = 'nobody'\n")
    said = tell("models", "shelf")
    assert said.code == 0
    assert str(home / "catalog.toml") in said.err
    assert "Qwen" in said.out


def test_an_accelerator_that_the_system_shows_is_asked_for_its_memory(tell, monkeypatch):
    card = Device(kind="cuda", name="Card", total_bytes=8 << 30, free_bytes=7 << 30)
    monkeypatch.setattr("studio.cli.devices.shown_by_system", lambda: ("nvidia",))
    monkeypatch.setattr(
        "studio.cli.devices.run_to_end", lambda _: msgspec.json.encode(Probe(devices=(card,)))
    )
    told = tell("models", "shelf", "--json").object
    assert told["machine"]["devices"][0]["name"] == "Card"
    assert any("Card" in one["fit"]["words"] for one in told["models"])


def test_who_only_looks_makes_no_home(tell, home: Path):
    for words in (["list"], ["shelf"], ["folders"], ["verify"], ["show", "starter/scribe"], ["adopt"]):
        assert tell("models", *words).code == 0
    assert not home.exists()


def test_every_command_explains_itself(tell, capfd):
    actions = "list shelf search install inspect show set adopt folders remove verify convert"
    for action in actions.split():
        with pytest.raises(SystemExit) as ended:
            tell("models", action, "--help")
        assert ended.value.code == 0
        assert capfd.readouterr().out.startswith(f"usage: studio models {action}")


def test_the_kinds_are_named_as_they_can_be_asked_for(tell):
    said = tell("models", "list", "--kind", "song")
    assert all(kind in said.err for kind in Kind)
