"""Ten thousand model files of the kinds that people collect: their headers are real, their data is a hole.

Names, shapes and numbers of tensors are as in the real ones: kohya's scripts write 792 tensors into a LoRA of
SD 1 and some 2,200 into one of SDXL, whose checkpoints have some 2,500.
"""

import atexit
import functools
import math
import shutil
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.catalog import headers

Shapes = dict[str, tuple[int, ...]]
_WORDS = 32_000  # of a GGUF's vocabulary
_TEXT_LAYERS = (
    "mlp_fc1", "mlp_fc2", "self_attn_k_proj", "self_attn_out_proj", "self_attn_q_proj", "self_attn_v_proj",
)  # fmt: skip
_UNET_LAYERS = (
    "attn1_to_k", "attn1_to_out_0", "attn1_to_q", "attn1_to_v", "attn2_to_k", "attn2_to_out_0",
    "attn2_to_q", "attn2_to_v", "ff_net_0_proj", "ff_net_2",
)  # fmt: skip


def small_lora() -> Shapes:
    """Ten layers of Flux, as diffusers names them: 20 tensors."""
    layers = [f"transformer.single_transformer_blocks.{block}.attn.to_q" for block in range(10)]
    return {
        f"{layer}.{name}.weight": shape
        for layer in layers
        for name, shape in (("lora_A", (16, 3072)), ("lora_B", (3072, 16)))
    }


def sd_lora() -> Shapes:
    """792 tensors."""
    return _ranks([*_text_layers("lora_te", 12), *_unet_layers(16, 1)], 768)


def sdxl_lora() -> Shapes:
    """2,178 tensors."""
    text = [*_text_layers("lora_te1", 12), *_text_layers("lora_te2", 32)]
    return _ranks([*text, *_unet_layers(11, 4)], 2048)


def sdxl_checkpoint() -> Shapes:
    """2,517 tensors."""
    unet = "model.diffusion_model."
    text = "conditioner.embedders.1.model.transformer.resblocks"
    shapes: Shapes = {
        f"{unet}input_blocks.0.0.weight": (320, 4, 3, 3),
        f"{unet}input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight": (640, 2048),
    }
    for block in range(60):
        layer = f"{unet}middle_block.1.transformer_blocks.{block}"
        shapes |= {f"{layer}.part{part}.to_out.0.weight": (640, 640) for part in range(28)}
    for block in range(32):
        shapes |= {f"{text}.{block}.mlp.part{part}.weight": (1280, 1280) for part in range(16)}
    shapes |= {f"first_stage_model.decoder.up.{part}.conv1.weight": (128, 128, 3, 3) for part in range(323)}
    return shapes


def autoencoder() -> Shapes:
    """249 tensors."""
    blocks = {f"decoder.up.{part}.conv1.weight": (128, 128, 3, 3) for part in range(248)}
    return {"decoder.conv_in.weight": (512, 4, 3, 3), **blocks}


def embedding() -> Shapes:
    return {"emb_params": (8, 768)}


# How many of each there are in ten thousand.
KINDS = {
    small_lora: 5900,
    sd_lora: 2400,
    sdxl_lora: 700,
    sdxl_checkpoint: 400,
    autoencoder: 200,
    embedding: 300,
}
GGUF, _GGUFS = "gguf", 100
COUNT = sum(KINDS.values()) + _GGUFS


@functools.cache
def model_files() -> Path:
    """A folder with all of them, in folders by kind and by the hundred; removed when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="atelier-bench-models-"))
    atexit.register(shutil.rmtree, folder)
    for kind, count in KINDS.items():
        _write_kind(folder / kind.__name__, kind(), count)
    for number in range(_GGUFS):
        _gguf(folder / GGUF / f"writer {number}.gguf")
    return folder


def _write_kind(folder: Path, shapes: Shapes, count: int) -> None:
    size = 2 * sum(map(math.prod, shapes.values()))
    template = headers.write(folder / "0" / "model 0.safetensors", shapes, {"ss_network_dim": "16"})
    with template.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = file.read(length)
    for number in range(1, count):
        headers.raw(folder / str(number // 100) / f"model {number}.safetensors", header, size)


def _text_layers(start: str, blocks: int) -> Iterator[str]:
    for block in range(blocks):
        yield from (f"{start}_text_model_encoder_layers_{block}_{name}" for name in _TEXT_LAYERS)


def _unet_layers(attentions: int, depth: int) -> Iterator[str]:
    for number in range(attentions):
        start = f"lora_unet_down_blocks_{number // 2}_attentions_{number % 2}"
        yield from (f"{start}_proj_in", f"{start}_proj_out")
        for block in range(depth):
            yield from (f"{start}_transformer_blocks_{block}_{name}" for name in _UNET_LAYERS)


def _ranks(layers: list[str], width: int) -> Shapes:
    shapes: Shapes = {}
    for layer in layers:
        shapes[f"{layer}.alpha"] = ()
        shapes[f"{layer}.lora_down.weight"] = (16, width)
        shapes[f"{layer}.lora_up.weight"] = (width, 16)
    return shapes


def _gguf(path: Path) -> None:
    """A Llama with a vocabulary and 291 tensors."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    words = b"".join(text(f"word{number}") for number in range(_WORDS))
    keys = [
        text("general.architecture") + struct.pack("<I", 8) + text("llama"),
        text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, _WORDS) + words,
    ]
    side = 4096
    tensors = [
        text(f"blk.{number}.weight") + struct.pack("<IQQIQ", 2, side, side, 1, number * side * side * 2)
        for number in range(291)
    ]
    header = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(keys)) + b"".join([*keys, *tensors])
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(header)
        file.truncate(-(-len(header) // 32) * 32 + len(tensors) * side * side * 2)
