"""`studio generate`: what comes out where, how it ends, and what it refuses."""

import itertools
import signal
from pathlib import Path

import pytest
from PIL import Image

from studio.core.cache_costs import CacheCost
from studio.core.errors import DiskFull
from studio.core.paths import paths_for
from studio.media.recipes import read_recipe
from studio.store.cache_costs_file import save_cache_costs
from studio.store.library import Library
from tests.session.conftest import FAKE

SHAPE = {"job", "state", "seconds", "model", "assets", "notes"}
ASSET_SHAPE = {"id", "path", "source", "width", "height", "seed", "recipe"}


def jobs(home: Path) -> list[str]:
    """The states of all jobs, the newest first."""
    library = Library.open(paths_for(home))
    states = [str(record.state) for record in library.jobs.history(100)]
    library.close()
    return states


def test_a_program_gets_one_object(studio, home: Path):
    said = studio("generate", "a boat", "-n", "2", "--seed", "18446744073709551615", "--json")
    assert said.code == 0
    told = said.object
    assert set(told) == SHAPE
    assert (told["state"], told["model"], told["notes"]) == ("done", "local/fake", [])
    assert all(set(asset) >= ASSET_SHAPE for asset in told["assets"])
    assert [asset["seed"] for asset in told["assets"]] == [2**64 - 1, 0]
    for asset in told["assets"]:
        recipe = read_recipe(Path(asset["path"]))
        assert recipe and recipe.prompt == "a boat"
    assert jobs(home) == ["done"]


def test_with_a_cache_it_is_told_what_that_gains_and_costs(studio, home: Path):
    said = studio("generate", "a boat", "--cache", "first-block", "--json")
    assert set(said.object) == SHAPE | {"cache_cost"} and said.object["cache_cost"] is None
    assert 'First block gains and costs here is not measured yet; --sheet "cache=off,first_block"' in said.err
    cost = CacheCost(cache="first_block", steps=20, faster=1.34, error=58.0)
    save_cache_costs(paths_for(home).cache_costs, {FAKE.fingerprint: (cost,)})
    said = studio("generate", "a boat", "--cache", "first-block", "--steps", "12", "--json")
    words = "1.34 times as fast, 30 dB alike: small details differ; measured with 20 steps"
    assert f"First block: {words}" in said.err
    assert said.object["cache_cost"] == {
        "cache": "first_block",
        "steps": 20,
        "faster": 1.34,
        "decibels": 30.5,
        "words": words,
    }


def test_a_person_gets_paths_on_one_stream_and_progress_on_the_other(studio):
    said = studio("generate", "slow 2 0; save", "-n", "2")
    assert said.code == 0
    paths = [Path(line) for line in said.out.splitlines()]
    assert [path.suffix for path in paths] == [".png", ".png"]
    assert all(path.exists() for path in paths)
    assert said.err.splitlines()[-2:] == ["Denoising", "Saving"]


def test_one_picture_goes_to_the_named_file_in_the_format_of_its_name(studio, tmp_path: Path):
    target = tmp_path / "new folder" / "boat.jpg"
    said = studio("generate", "a boat", "--size", "48x32", "-o", str(target))
    assert (said.code, said.out) == (0, f"{target}\n")
    with Image.open(target) as picture:
        assert (picture.format, picture.size) == ("JPEG", (48, 32))


def test_several_pictures_are_numbered(studio, tmp_path: Path):
    said = studio("generate", "a boat", "-n", "3", "-o", str(tmp_path / "boat.webp"))
    names = ["boat-1.webp", "boat-2.webp", "boat-3.webp"]
    assert said.out.splitlines() == [str(tmp_path / name) for name in names]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_a_folder_never_loses_what_was_in_it(studio, tmp_path: Path):
    for _ in range(2):
        assert studio("generate", "a boat", "-n", "2", "-o", str(tmp_path)).code == 0
    assert len(list(tmp_path.glob("*-a-boat-*.png"))) == 4


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("file/boat.png", (1, "file_unwritable")),
        ("/proc/nowhere/boat.png", (1, "file_unwritable")),
        ("boat.gif", (2, "format_unknown")),
    ],
)
def test_a_target_that_cannot_be_written_is_told_before_any_work(
    studio, tmp_path: Path, home: Path, target, code
):
    (tmp_path / "file").touch()
    said = studio("generate", "a boat", "-o", str(tmp_path / target), "--json")
    assert (said.code, said.object["code"]) == code
    assert not home.exists()


REFUSED = {
    "size_out_of_range": [
        ["--size", "0x0"],
        ["--size", "-8x64"],
        ["--size", "64x-8"],
        ["--size", "100000x64"],
    ],
    "seed_out_of_range": [["--seed", str(2**64)], ["--seed", "-1"]],
    "value_out_of_range": [
        *(["-n", number] for number in ("0", "17", "1000000000")),
        *(["--steps", number] for number in ("0", "1001")),
        *(["--guidance", number] for number in ("-1", "nan", "inf")),
    ],
}


def test_values_that_no_model_can_use_are_refused_before_a_job_is_made(studio, home: Path, tmp_path: Path):
    for code, several in REFUSED.items():
        for words in several:
            said = studio("generate", "a boat", *words, "-o", str(tmp_path), "--json")
            assert (said.code, said.object["code"]) == (2, code), words
            assert said.object["message"] and said.object["hint"]
    for prompt, code in {
        "": "prompt_empty",
        " \n": "prompt_empty",
        "\x01\x1b": "prompt_empty",
        "x" * 100_000: "prompt_too_long",
    }.items():
        said = studio("generate", prompt, "--json")
        assert (said.code, said.object["code"]) == (2, code)
    assert jobs(home) == []


def test_control_characters_are_left_out(studio):
    [asset] = studio("generate", "a\x07 bo\x1b[31mat\udcff\u202e", "--json").object["assets"]
    assert asset["recipe"]["prompt"] == "a bo[31mat"


@pytest.mark.allow_log("ended unexpectedly with exit code 3")
@pytest.mark.parametrize(
    ("prompt", "code"),
    [
        ("refuse", "model_produced_nothing"),
        ("raise a cat on the keyboard", "unexpected"),
        ("memory", "memory_exhausted"),
        ("full", "disk_full"),
        ("exit 3", "worker_exited"),
    ],
)
def test_a_job_that_fails_says_why_and_what_to_do(studio, home: Path, prompt: str, code: str):
    told = studio("generate", prompt, "--json")
    assert told.code == 1
    assert told.object["state"] == "failed"
    assert told.object["code"] == code
    said = studio("generate", prompt)
    assert (said.code, said.out) == (1, "")
    *_, sentence, hint = said.err.splitlines()
    assert sentence.split(" ")[:3] == told.object["message"].split(" ")[:3]
    assert hint == told.object["hint"]
    assert jobs(home) == ["failed", "failed"]


def test_what_was_finished_before_a_failure_is_shown_and_kept(studio):
    said = studio("generate", "save; refuse")
    assert said.code == 1
    assert Path(said.out.rstrip()).exists()
    assert studio("library", "list", "--json").object["total"] == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_the_job_cleanly(scripted, home: Path, number: signal.Signals):
    process = scripted("generate", "slow 100000 0.01", "--json")
    process.wait_for("Denoising")
    process.press(number)
    said = process.end()
    assert said.code == 130
    assert said.object["state"] == "stopped"
    assert said.object["assets"] == []
    assert said.err.endswith("Stopping …\n")
    assert jobs(home) == ["stopped"]


def test_the_second_ctrl_c_leaves_at_once(scripted, home: Path):
    process = scripted("generate", "deaf 600", "--json")
    process.wait_for("Denoising")
    process.press()
    process.wait_for("Stopping")
    process.press()
    said = process.end()
    assert said.code == 130
    assert said.object == {"state": "stopped"}
    assert "Traceback" not in said.err
    assert jobs(home) == ["stopped"]
    assert not any(paths_for(home).instances.iterdir())


def test_the_second_ctrl_c_keeps_what_was_finished(scripted, home: Path):
    process = scripted("generate", "some 1; deaf 600", "-n", "2")
    process.wait_for("Saving")
    process.press()
    process.wait_for("Stopping")
    process.press()
    assert process.end().code == 130
    assert jobs(home) == ["stopped"]
    assert len(list((home / "library").rglob("*.png"))) == 1


def test_nobody_reading_is_no_error(scripted, home: Path):
    process = scripted("generate", "slow 100 0.01")
    assert process.popen.stdout
    process.popen.stdout.close()
    process.wait_for("Saving")
    assert process.popen.stderr
    assert process.popen.stderr.read() == ""
    assert process.popen.wait() == 130
    assert jobs(home) == ["done"]


def test_two_command_lines_work_side_by_side(scripted, home: Path, tmp_path: Path):
    words = "generate", f"until {tmp_path / 'both'}; save", "-n", "4", "--json"
    pair = [scripted(*words), scripted(*words)]
    for process in pair:
        process.wait_for("Denoising")
    (tmp_path / "both").touch()
    made = [process.end().object["assets"] for process in pair]
    ids = {asset["id"] for asset in itertools.chain(*made)}
    assert len(ids) == 8
    assert jobs(home) == ["done", "done"]
    told = scripted("library", "verify", "--json").end()
    assert (told.code, told.object["checked"]) == (0, 8)


def test_a_model_that_nothing_makes_faster_paints_all_the_same(studio):
    said = studio("generate", "a boat", "--fast", "--json")
    assert said.code == 0
    assert said.object["notes"] == ["Fake has no LoRA that makes it faster."]
    assert "Fake has no LoRA that makes it faster." in said.err.splitlines()


def test_a_name_too_long_to_be_one_is_told(studio, tmp_path: Path):
    told = studio("generate", "a boat", "-o", str(tmp_path / ("x" * 300 + ".png")), "--json")
    assert (told.code, told.object["code"]) == (1, "file_unwritable")


# Contact sheets.

SHEET_SHAPE = {
    *("sheet", "jobs", "state", "seconds", "model", "columns", "rows", "assets", "file", "notes"),
}


def test_a_sheet_makes_every_pair_and_writes_one_file(studio, home: Path, tmp_path: Path):
    target = tmp_path / "new" / "sheet.png"
    words = "generate", "a boat", "--sheet", "seed=1..3; guidance=3,5"
    told = studio(*words, "--size", "48x32", "-o", str(target), "--json")
    assert told.code == 0
    assert set(told.object) == SHEET_SHAPE
    assert (told.object["columns"], told.object["rows"]) == (["1", "2", "3"], ["3", "5"])
    made = {tuple(asset["cell"]): asset["recipe"] for asset in told.object["assets"]}
    assert {cell: (recipe["seed"], recipe["guidance_scale"]) for cell, recipe in made.items()} == {
        (column, row): (column + 1, guidance) for column in range(3) for row, guidance in enumerate((3, 5))
    }
    assert told.object["file"] == str(target)
    with Image.open(target) as picture:
        assert picture.width > 3 * 48 and picture.height > 2 * 32
    assert jobs(home) == ["done"]


def test_a_sheet_tells_each_picture_as_it_comes(studio, tmp_path: Path):
    said = studio("generate", "a boat", "--sheet", "steps=1,2", "-o", str(tmp_path / "sheet.pdf"))
    *pictures, sheet = said.out.splitlines()
    assert (said.code, len(pictures), sheet) == (0, 2, str(tmp_path / "sheet.pdf"))
    said = studio("generate", "a boat", "--sheet", "steps=1,2", "-o", str(tmp_path / "folder"))
    assert said.code == 0 and len(list((tmp_path / "folder").glob("*.png"))) == 2


def test_a_sheet_that_lacks_a_cell_is_written_without_it_and_says_why(studio, home: Path, tmp_path: Path):
    target = tmp_path / "sheet.png"
    words = "generate", "spoil 0", "--sheet", "guidance=1..3", "--size", "48x32", "-o", str(target), "--json"
    told = studio(*words)
    assert (told.code, told.object["code"]) == (1, "model_produced_nothing")
    with Image.open(target) as picture:
        assert picture.width > 3 * 48
    assert jobs(home) == ["failed"]
    assert (told.object["state"], told.object["file"]) == ("failed", str(target))
    assert len(told.object["assets"]) == 2
    assert (
        f"Stopped at 2 of 3. Go on with `studio generate --continue {told.object['sheet']}`."
        in (told.object["hint"])
    )
    said = studio(*words[:-3])
    assert said.code == 1 and "Stopped at 2 of 3. Go on with `studio generate --continue " in said.err
    nothing = tmp_path / "nothing.png"
    told = studio("generate", "spoil 0 1", "--sheet", "guidance=1,2", "-o", str(nothing), "--json")
    assert told.code == 1 and not nothing.exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--sheet", "seed=1-4"], "sheet_value_unreadable"),
        (["--sheet", "colour=red"], "sheet_setting_unknown"),
        (["--sheet", ""], "sheet_empty"),
        (["--sheet", "seed=1..999"], "sheet_too_large"),
        (["--sheet", "seed=1,2", "-n", "4"], "wrong_usage"),
        (["--sheet", "seed=1,2", "-o", "sheet.gif"], "format_unknown"),
    ],
)
def test_a_sheet_that_cannot_be_is_refused_before_any_work(studio, home: Path, words: list[str], code: str):
    told = studio("generate", "a boat", *words, "--json")
    assert (told.code, told.object["code"]) == (2, code)
    assert told.object["message"] and told.object["hint"]
    assert not home.exists()


def test_a_sheet_of_a_lora_that_is_not_here_makes_no_job(studio, home: Path):
    told = studio("generate", "a boat", "--sheet", "lora Ink=0,1", "--json")
    assert (told.code, told.object["code"]) == (2, "sheet_name_unknown")
    assert jobs(home) == []


def test_prompts_of_a_sheet_are_drawn_once_each(studio, home: Path):
    (home / "library" / "wildcards").mkdir(parents=True)
    (home / "library" / "wildcards" / "colour.txt").write_text("green\nwhite\n")
    words = (
        "generate",
        "--seed",
        "5",
        "x",
        "--sheet",
        "prompt={red, dark|blue} boat, __colour__ cat; steps=1,2",
    )
    told = studio(*words, "--json").object
    boat, cat = told["columns"]
    assert boat in ("red, dark boat", "blue boat") and cat in ("green cat", "white cat")
    prompts = {tuple(asset["cell"]): asset["recipe"]["prompt"] for asset in told["assets"]}
    assert prompts == {(0, 0): boat, (1, 0): cat, (0, 1): boat, (1, 1): cat}
    assert studio(*words, "--json").object["columns"] == [boat, cat], "the same seed draws the same"
    told = studio("generate", "x", "--sheet", "prompt={red boat, a cat", "--json")
    assert (told.code, told.object["code"]) == (2, "prompt_unclosed")


def test_a_sheet_that_cannot_be_written_is_told_with_its_pictures(
    studio, home: Path, tmp_path: Path, monkeypatch
):
    def full(path: Path) -> None:
        raise DiskFull(path=str(path))

    target = tmp_path / "sheet.png"
    with monkeypatch.context() as patched:
        patched.setattr("studio.media.sheet_export.whole_file", full)
        told = studio("generate", "a boat", "--sheet", "seed=1,2", "-o", str(target), "--json")
    assert (told.code, told.object["code"], told.object["file"]) == (1, "disk_full", None)
    assert len(told.object["assets"]) == 2 and told.object["sheet"] in told.object["hint"]
    again = studio("generate", "--continue", told.object["sheet"], "-o", str(target), "--json")
    assert (again.code, again.object["assets"], again.object["jobs"]) == (0, [], [])
    assert again.object["file"] == str(target) and target.exists()
    complete = studio("generate", "--continue", told.object["sheet"])
    assert (complete.code, complete.out) == (0, "Nothing is missing.\n")


def test_a_stopped_sheet_is_continued(scripted, studio, home: Path, tmp_path: Path):
    gate, target = tmp_path / "gate", tmp_path / "sheet.png"
    process = scripted("generate", f"some 1; until {gate}", "--sheet", "seed=1..3", "--json")
    process.wait_for("Saving")
    process.press()
    said = process.end()
    assert (said.code, len(said.object["assets"])) == (130, 1)
    sheet = said.object["sheet"]
    assert said.err.endswith(f"Stopped at 1 of 3. Go on with `studio generate --continue {sheet}`.\n")
    gate.touch()
    told = studio("generate", "--continue", said.object["sheet"], "-o", str(target), "--json")
    assert told.code == 0 and set(told.object) == SHEET_SHAPE
    assert (told.object["state"], told.object["jobs"]) == ("done", said.object["jobs"])
    assert [asset["recipe"]["seed"] for asset in told.object["assets"]] == [2, 3]
    assert told.object["file"] == str(target)
    assert jobs(home) == ["done"]


def test_a_sheet_that_is_left_at_once_says_how_to_go_on(scripted, studio):
    process = scripted("generate", "deaf 600", "--sheet", "seed=1,2", "--json")
    process.wait_for("Denoising")
    process.press()
    process.wait_for("Stopping")
    process.press()
    said = process.end()
    assert (said.code, said.object["state"], said.object["assets"]) == (130, "stopped", [])
    assert f"Stopped at 0 of 2. Go on with `studio generate --continue {said.object['sheet']}`." in said.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["a boat", "--continue", "x"], "wrong_usage"),
        (["--continue", "x", "--sheet", "seed=1,2"], "wrong_usage"),
        (["--continue", "x", "-n", "2"], "wrong_usage"),
        (["--continue", "x", "-o", "sheet.gif"], "format_unknown"),
        (["--continue", "nothing"], "not_found"),
    ],
)
def test_what_cannot_be_continued_gets_a_sentence(studio, words: list[str], code: str):
    told = studio("generate", *words, "--json")
    assert (told.code, told.object["code"]) == (2, code)


def test_ctrl_c_stops_a_sheet_and_writes_none(scripted, home: Path, tmp_path: Path):
    target = tmp_path / "sheet.png"
    process = scripted(
        "generate", "some 1; slow 100000 0.01", "--sheet", "seed=1,2", "-o", str(target), "--json"
    )
    process.wait_for("Denoising")
    process.press()
    said = process.end()
    assert said.code == 130
    assert (said.object["state"], said.object["file"]) == ("stopped", None)
    assert not target.exists()
    assert jobs(home) == ["stopped"]
