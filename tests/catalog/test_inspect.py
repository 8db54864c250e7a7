"""What a folder is, told from headers of real model folders, whole and broken in every way."""

import json
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from studio.catalog.inspect import describe_model, inspect_model
from studio.core.errors import (
    ModelError,
    ModelForbidden,
    ModelIncomplete,
    ModelIsAdapter,
    ModelMissing,
    ModelUnreadable,
    ModelUnsafe,
    ModelUnsupported,
)
from studio.core.model import Ability, Kind
from tests import zoo
from tests.catalog import headers

UNET = "unet/diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    return {
        "picture": zoo.stable_diffusion(root / "Tiny Painter"),
        "text": zoo.llama(root / "tiny-writer"),
    }


@pytest.fixture
def picture(originals: dict[str, Path], tmp_path: Path) -> Path:
    return shutil.copytree(originals["picture"], tmp_path / "Tiny Painter")


@pytest.fixture
def text(originals: dict[str, Path], tmp_path: Path) -> Path:
    return shutil.copytree(originals["text"], tmp_path / "tiny-writer")


def change(file: Path, **changes: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | changes), "utf-8")


def test_a_pipeline_is_told_by_its_index(picture: Path) -> None:
    (picture / "README.md").write_text("---\ntags: [a]\nlicense: openrail++\n---\n# Painter\n")
    spec = inspect_model(picture)
    assert (spec.family, spec.base, spec.abilities) == (
        "diffusion",
        "StableDiffusionPipeline",
        (Ability.GENERATE,),
    )
    assert spec.id.startswith("local/tiny-painter-") and spec.name == "Tiny Painter"
    assert spec.size_bytes == sum(file.stat().st_size for file in picture.rglob("*.safetensors"))
    assert spec.licence == "openrail++" and spec.path == str(picture)
    assert (spec.kind, spec.suits, spec.precision, spec.source) == (Kind.PICTURE, "sd1", "fp32", "folder")
    assert spec.parameters > 10_000


def test_a_text_model_is_told_by_its_config(text: Path) -> None:
    change(text / "generation_config.json", do_sample=True, temperature=0.6, top_k=20)
    spec = inspect_model(text)
    assert (spec.family, spec.base, spec.abilities) == ("language", "LlamaForCausalLM", (Ability.REPLY,))
    assert (
        spec.context_length == zoo.CONTEXT and spec.defaults.temperature == 0.6 and spec.defaults.top_k == 20
    )
    change(text / "generation_config.json", do_sample=False, temperature=None)
    assert inspect_model(text).defaults.temperature == 0.0


def test_an_id_names_the_place_and_a_fingerprint_the_files(text: Path, tmp_path: Path) -> None:
    first, again = inspect_model(text), inspect_model(text)
    assert first == again
    twin = inspect_model(shutil.copytree(text, tmp_path / "elsewhere" / text.name))
    assert twin.id != first.id and twin.name == first.name
    os.utime(text / "model.safetensors", (1, 1))
    assert inspect_model(text).fingerprint != first.fingerprint


def test_our_own_file_beside_a_model_is_read_and_not_believed_in_everything(picture: Path) -> None:
    studio = {
        "id": "starter/impostor",
        "name": "Painter",
        "abilities": ["generate", "reply"],
        "license": "apache-2.0",
        "defaults": {"width": 128, "num_inference_steps": 9, "scheduler": "Euler"},
        "latent_rgb": [[0.1, 0.2, 0.3]] * 4,
        "about": {"en": "Paints.", "zh": "会画画。"},
        "examples": {"en": ["a boat"], "zh": ["一条船"]},
        "something": "from a later version",
    }
    (picture / "studio.json").write_text(json.dumps(studio), "utf-8")
    spec = inspect_model(picture)
    assert spec.id.startswith("local/") and spec.name == "Painter" and spec.abilities == (Ability.GENERATE,)
    assert (spec.defaults.width, spec.defaults.num_inference_steps, spec.licence) == (128, 9, "apache-2.0")
    assert spec.latent_rgb[3] == (0.1, 0.2, 0.3) and spec.examples["zh"] == ("一条船",)
    (picture / "studio.json").write_text('{"defaults": {"width": "wide"}}')
    with pytest.raises(ModelUnreadable):
        inspect_model(picture)


def test_variants_and_shards_are_found_and_counted(picture: Path) -> None:
    (picture / UNET).rename(picture / "unet/diffusion_pytorch_model.fp16.safetensors")
    whole = inspect_model(picture).size_bytes
    folder = picture / "text_encoder"
    weights = (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    with pytest.raises(ModelIncomplete) as caught:
        inspect_model(picture)
    assert caught.value.params["file"] == "text_encoder/model.safetensors.index.json"
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": weights.name}}))
    with pytest.raises(ModelIncomplete) as caught:
        inspect_model(picture)
    assert caught.value.params["file"] == "text_encoder/model-00002-of-00002.safetensors"
    shutil.copy(weights, folder / "model-00002-of-00002.safetensors")
    assert inspect_model(picture).size_bytes == whole + weights.stat().st_size


def _cut(file: Path, size: int) -> None:
    with file.open("r+b") as opened:
        opened.truncate(size)


def _header(file: Path, text: bytes) -> None:
    file.write_bytes(struct.pack("<Q", len(text)) + text)


def _index(folder: Path, name: str) -> None:
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": name}}))


def _pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _linked(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.rename(folder.parent / "elsewhere.safetensors")
    weights.symlink_to(folder.parent / "elsewhere.safetensors")


BROKEN_TEXTS: list[tuple[Callable[[Path], object], type[Exception], str]] = [
    (lambda path: shutil.rmtree(path), ModelMissing, ""),
    (lambda path: (path / "model.safetensors").unlink(), ModelIncomplete, "model.safetensors"),
    (lambda path: (path / "tokenizer.json").unlink(), ModelIncomplete, "tokenizer.json"),
    (lambda path: _cut(path / "model.safetensors", 100_000), ModelUnreadable, "model.safetensors"),
    (lambda path: _cut(path / "model.safetensors", 3), ModelUnreadable, "model.safetensors"),
    (lambda path: _cut(path / "model.safetensors", 0), ModelUnreadable, "model.safetensors"),
    (lambda path: _header(path / "model.safetensors", b"{]"), ModelUnreadable, "model.safetensors"),
    (lambda path: _header(path / "model.safetensors", b"[1]"), ModelUnreadable, "model.safetensors"),
    (lambda path: (path / "config.json").write_text("{"), ModelUnreadable, "config.json"),
    (lambda path: (path / "config.json").write_text("[]"), ModelUnreadable, "config.json"),
    (lambda path: (path / "config.json").write_bytes(b"\xff\xfe"), ModelUnreadable, "config.json"),
    (lambda path: _index(path, "../secret.safetensors"), ModelUnreadable, "../secret.safetensors"),
    (lambda path: _index(path, "/etc/passwd"), ModelUnreadable, "/etc/passwd"),
    (lambda path: _index(path, "gone.safetensors"), ModelIncomplete, "gone.safetensors"),
    (_pickled, ModelUnsafe, "pytorch_model.bin"),
    (_linked, ModelUnreadable, "model.safetensors"),
    (lambda path: change(path / "config.json", architectures=["BertForMaskedLM"]), ModelUnsupported, ""),
    (lambda path: (path / "config.json").unlink(), ModelUnsupported, ""),
]


@pytest.mark.parametrize(("damage", "error", "file"), BROKEN_TEXTS)
def test_a_broken_text_model_says_what_is_wrong_with_which_file(
    text: Path, damage: Callable[[Path], object], error: type[Exception], file: str
) -> None:
    damage(text)
    with pytest.raises(error) as caught:
        inspect_model(text)
    assert caught.value.params.get("file", "") == file  # type: ignore[attr-defined]


BROKEN_PICTURES: list[tuple[Callable[[Path], object], type[Exception], str]] = [
    (lambda path: shutil.rmtree(path / "vae"), ModelIncomplete, "vae/"),
    (lambda path: (path / UNET).unlink(), ModelIncomplete, UNET),
    (lambda path: (path / UNET).rename(path / "unet/weights.ckpt"), ModelUnsafe, "unet/weights.ckpt"),
    (lambda path: _cut(path / UNET, 50_000), ModelUnreadable, UNET),
    (lambda path: (path / "unet/config.json").unlink(), ModelIncomplete, "unet/config.json"),
    (lambda path: (path / "tokenizer/tokenizer.json").unlink(), ModelIncomplete, "tokenizer/tokenizer.json"),
    (lambda path: (path / "scheduler/scheduler_config.json").unlink(), ModelIncomplete, "scheduler/"),
    (lambda path: change(path / "model_index.json", unet=["os", "system"]), ModelUnsupported, ""),
    (lambda path: change(path / "model_index.json", unet=["my.code", "Model"]), ModelUnsupported, ""),
    (
        lambda path: change(path / "model_index.json", **{"../unet": ["diffusers", "UNet2DConditionModel"]}),
        ModelUnreadable,
        "model_index.json",
    ),
    (lambda path: change(path / "model_index.json", _class_name=["code", "Mine"]), ModelUnsupported, ""),
]


@pytest.mark.parametrize(("damage", "error", "file"), BROKEN_PICTURES)
def test_a_broken_pipeline_says_what_is_wrong_with_which_file(
    picture: Path, damage: Callable[[Path], object], error: type[Exception], file: str
) -> None:
    damage(picture)
    with pytest.raises(error) as caught:
        inspect_model(picture)
    assert caught.value.params.get("file", "") == file  # type: ignore[attr-defined]


def test_what_only_fills_places_in_pictures_makes_none(picture: Path) -> None:
    change(picture / "model_index.json", _class_name="StableDiffusionInpaintPipeline")
    spec = inspect_model(picture)
    assert (spec.kind, spec.abilities, spec.suits) == (Kind.EDIT, (Ability.FILL,), "sd1")


def test_what_is_known_and_cannot_run_is_described_and_has_no_abilities(picture: Path, text: Path) -> None:
    change(picture / "model_index.json", _class_name="StableDiffusionControlNetInpaintPipeline")
    spec = inspect_model(picture)
    assert not spec.abilities
    change(text / "config.json", quantization_config={"quant_method": "gptq"})
    spec = inspect_model(text)
    assert (spec.kind, spec.abilities, spec.base) == (Kind.TEXT, (), "LlamaForCausalLM")


def test_weights_that_cannot_be_whole_are_seen_without_reading_them(picture: Path) -> None:
    (picture / UNET).write_bytes(b"")
    with pytest.raises(ModelUnreadable) as caught:
        describe_model(picture)
    assert caught.value.params["file"] == UNET


def test_gguf_files_are_read_and_checked(originals: dict[str, Path], tmp_path: Path) -> None:
    path = zoo.gguf(tmp_path / "small.gguf", originals["text"])
    spec = inspect_model(path)
    assert (spec.family, spec.base, spec.name) == ("language", "llama", "Small fp32")
    assert spec.context_length == zoo.CONTEXT and spec.size_bytes == path.stat().st_size
    for size in (0, 3, 20, 500, path.stat().st_size // 2):
        _cut(path, size)
        with pytest.raises(ModelUnreadable):
            inspect_model(path)
    (tmp_path / "other.ckpt").touch()
    with pytest.raises(ModelUnsafe):
        inspect_model(tmp_path / "other.ckpt")


@pytest.mark.parametrize("blobs", ["models--someone--writer/blobs", "blobs/ab"])
def test_a_hub_snapshot_may_link_to_its_blobs_and_to_those_of_all(
    text: Path, tmp_path: Path, blobs: str
) -> None:
    snapshot = tmp_path / "models--someone--writer" / "snapshots" / "abc"
    (tmp_path / blobs).mkdir(parents=True)
    snapshot.mkdir(parents=True)
    for number, file in enumerate(sorted(text.iterdir())):
        file.rename(tmp_path / blobs / str(number))
        (snapshot / file.name).symlink_to(f"../../../{blobs}/{number}")
    assert inspect_model(snapshot).base == "LlamaForCausalLM"
    outside = (tmp_path / blobs / "0").rename(tmp_path / "elsewhere")
    (snapshot / "config.json").unlink()
    (snapshot / "config.json").symlink_to(outside)
    with pytest.raises(ModelUnreadable):
        inspect_model(snapshot)


def test_looking_imports_neither_torch_nor_qt(text: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import studio.catalog.scan, studio.catalog.memory;"
        "from studio.catalog.inspect import describe_model, inspect_model; inspect_model(Path(sys.argv[1]));"
        "print([name for name in ('torch', 'diffusers', 'transformers', 'PySide6') if name in sys.modules])"
    )
    made = subprocess.run([sys.executable, "-c", code, text], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "[]"


def _adapted(folder: Path) -> None:
    """As peft writes it: transformers would follow it to another model, or load a pickle beside it."""
    adapter = {"peft_type": "LORA", "base_model_name_or_path": "../elsewhere"}
    (folder / "adapter_config.json").write_text(json.dumps(adapter))


def test_an_adapter_is_no_model_and_leads_nowhere(
    picture: Path, text: Path, originals: dict[str, Path], tmp_path: Path
) -> None:
    gguf = zoo.gguf(tmp_path / "small.gguf", originals["text"])
    for folder in (text, picture / "text_encoder", tmp_path):
        _adapted(folder)
    for path, file in (
        (text, "adapter_config.json"),
        (picture, "text_encoder/adapter_config.json"),
        (gguf, "adapter_config.json"),
    ):
        with pytest.raises(ModelIsAdapter) as caught:
            inspect_model(path)
        assert caught.value.params["file"] == file


def test_what_a_file_says_of_itself_steers_no_terminal(tmp_path: Path) -> None:
    notes = {"modelspec.license": "MIT\x1b[2J", "modelspec.trigger_phrase": "\u202ecat\nsat"}
    style = headers.write(tmp_path / "style.safetensors", {"lora_unet_x.lora_down.weight": (4, 4)}, notes)
    spec = inspect_model(style)
    assert spec.licence == "MIT[2J" and spec.trigger_words == ("cat sat",)


def test_half_a_character_in_a_config_is_damage(text: Path) -> None:
    config = text / "config.json"
    whole = config.read_text()
    config.write_text(whole.replace("LlamaForCausalLM", r"\ud83d\ude00ForCausalLM"))
    assert inspect_model(text).base == "\U0001f600ForCausalLM"
    config.write_text(whole.replace("LlamaForCausalLM", r"\ud83dForCausalLM"))
    with pytest.raises(ModelUnreadable):
        inspect_model(text)


@pytest.mark.parametrize("number", ["1" + "0" * 30, "-1" + "0" * 30, "1" + "0" * 400])
def test_numbers_that_nothing_could_hold_do_no_harm(text: Path, tmp_path: Path, number: str) -> None:
    (text / "generation_config.json").write_text(f'{{"top_k": {number}, "max_new_tokens": {number}}}')
    headers.write(
        tmp_path / "vae" / "diffusion_pytorch_model.safetensors", {"decoder.conv_in.weight": (8, 4)}
    )
    config = f'{{"_class_name": "AutoencoderKL", "latent_channels": 4, "scaling_factor": {number}}}'
    (tmp_path / "vae" / "config.json").write_text(config)
    for folder in (text, tmp_path / "vae"):
        msgspec.msgpack.encode(inspect_model(folder))


@pytest.mark.parametrize(("error", "told"), [(OSError, ModelUnreadable), (PermissionError, ModelForbidden)])
def test_a_disk_that_goes_away_meanwhile_is_told(
    text: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: type[OSError],
    told: type[ModelError],
) -> None:
    def gone(folder: Path) -> list[str]:
        raise error

    file = zoo.gguf(tmp_path / "x.gguf", text)
    monkeypatch.setattr("studio.catalog.inspect.os.listdir", gone)
    with pytest.raises(told):
        inspect_model(file)
