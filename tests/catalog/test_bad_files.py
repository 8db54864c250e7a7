"""What a stranger's folder may hold: code, templates that never end, half a model. Nothing of it runs."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.catalog.inspect import inspect_model
from studio.core.errors import ModelError
from studio.ui.i18n import hint_of, sentence_of
from tests.catalog import headers


def text(folder: Path, **config: object) -> Path:
    """A small Llama by its configs and headers."""
    folder.mkdir()
    known = {"architectures": ["LlamaForCausalLM"], "model_type": "llama"}
    (folder / "config.json").write_text(json.dumps(known | config))
    (folder / "tokenizer.json").write_text("{}")
    headers.write(folder / "model.safetensors", {"lm_head.weight": (8, 8)})
    return folder


def pipeline(folder: Path, **index: object) -> Path:
    parts = {"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}
    headers.write(folder / "unet" / "diffusion_pytorch_model.safetensors", {"a": (8, 8)})
    (folder / "unet" / "config.json").write_text("{}")
    (folder / "model_index.json").write_text(json.dumps(parts | index))
    return folder


def bait(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"open({str(folder / 'ran')!r}, 'w').close()")


def _auto_map(folder: Path) -> None:
    auto_map = {"AutoModelForCausalLM": "mine.MineForCausalLM"}
    text(folder, architectures=["MineForCausalLM"], model_type="mine", auto_map=auto_map)
    bait(folder, "mine.py")


def _custom_pipeline(folder: Path) -> None:
    pipeline(folder, _class_name=["pipeline", "MyPipeline"])
    bait(folder, "pipeline.py")


def _custom_part(folder: Path) -> None:
    pipeline(folder, unet=["my_unet", "MyUNet"])
    bait(folder, "unet/my_unet.py")
    bait(folder, "my_unet.py")


def _modular(folder: Path) -> None:
    folder.mkdir()
    index = {"_class_name": "ModularPipeline", "auto_map": {"ModularPipelineBlocks": "block.MyBlocks"}}
    for name in ("modular_model_index.json", "modular_config.json"):
        (folder / name).write_text(json.dumps(index))
    bait(folder, "block.py")


def _modular_class(folder: Path) -> None:
    pipeline(
        folder, _class_name="MyModularPipelineBlocks", auto_map={"ModularPipelineBlocks": "block.MyBlocks"}
    )
    bait(folder, "block.py")


def _template(words: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        text(folder)
        (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": words}))
        (folder / "chat_template.jinja").write_text(words)

    return make


def _kernel(folder: Path) -> None:
    text(folder, attn_implementation="someone/kernel", kernel_config={"RMSNorm": "someone/kernel:RMSNorm"})


def _path_in_index(folder: Path) -> None:
    pipeline(folder, **{"../../../etc": ["diffusers", "UNet2DConditionModel"]})


def _path_in_shards(folder: Path) -> None:
    text(folder)
    index = {"weight_map": {"lm_head.weight": "../../etc/passwd"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def _half(folder: Path) -> None:
    text(folder)
    with (folder / "model.safetensors").open("r+b") as file:
        file.truncate(60)


def _half_a_pipeline(folder: Path) -> None:
    pipeline(folder, vae=["diffusers", "AutoencoderKL"])


def _no_tokenizer(folder: Path) -> None:
    (text(folder) / "tokenizer.json").unlink()


def _pointer(folder: Path) -> None:
    (text(folder) / "model.safetensors").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d\n"
    )


def _link_loop(folder: Path) -> None:
    weights = text(folder) / "model.safetensors"
    weights.unlink()
    weights.symlink_to(weights.name)


def _folder_loop(folder: Path) -> None:
    pipeline(folder, vae=["diffusers", "AutoencoderKL"])
    (folder / "vae").symlink_to("vae")


def _pipe(name: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        file = text(folder) / name
        file.unlink(missing_ok=True)
        os.mkfifo(file)

    return make


def _long_json(folder: Path) -> None:
    (text(folder) / "config.json").write_text('{"a":[' + "1," * 5_000_000 + "1]}")


def _deep_json(folder: Path) -> None:
    (text(folder) / "config.json").write_text("[" * 100_000)


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "code of its own": (_auto_map, "model_needs_code"),
    "a pipeline of its own": (_custom_pipeline, "model_unsupported"),
    "a part of its own": (_custom_part, "model_unsupported"),
    "a modular repository": (_modular, "model_unsupported"),
    "a modular class": (_modular_class, "model_unsupported"),
    "a way out in an index": (_path_in_index, "model_unreadable"),
    "a way out in the shards": (_path_in_shards, "model_unreadable"),
    "half a file": (_half, "model_unreadable"),
    "half a pipeline": (_half_a_pipeline, "model_incomplete"),
    "no tokenizer": (_no_tokenizer, "model_incomplete"),
    "a note of Git LFS": (_pointer, "model_pointer"),
    "a link to itself": (_link_loop, "model_unreadable"),
    "a folder in itself": (_folder_loop, "model_unreadable"),
    "a pipe for weights": (_pipe("model.safetensors"), "model_unreadable"),
    "a pipe for a config": (_pipe("config.json"), "model_unreadable"),
    "a pipe for a tokenizer": (_pipe("tokenizer.json"), "model_unreadable"),
    "a pipe for a template": (_pipe("chat_template.jinja"), "model_unreadable"),
    "a long config": (_long_json, "model_unreadable"),
    "a deep config": (_deep_json, "model_unreadable"),
}
# Harmless until they are used; tests/runtime and tests/cli say what happens then.
DESCRIBED: dict[str, Callable[[Path], object]] = {
    "a template that loops": _template("{% for i in range(10 ** 9) %}{% endfor %}"),
    "a template that grows": _template("{{ ('x' * 100000) * 100000 }}"),
    "a template that calls itself": _template("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"),
    "a kernel of the hub": _kernel,
}
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are POSIX")


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_folder_is_refused_with_a_sentence_and_nothing_of_it_runs(tmp_path: Path, name: str) -> None:
    make, code = REFUSED[name]
    make(tmp_path / "model")
    with pytest.raises(ModelError) as caught:
        inspect_model(tmp_path / "model")
    assert caught.value.code == code
    assert sentence_of(caught.value) and hint_of(caught.value)
    assert not list(tmp_path.rglob("ran"))


@pytest.mark.parametrize("name", DESCRIBED)
def test_what_could_only_do_harm_when_used_is_described_and_left_alone(tmp_path: Path, name: str) -> None:
    DESCRIBED[name](tmp_path / "model")
    assert inspect_model(tmp_path / "model").base == "LlamaForCausalLM"
