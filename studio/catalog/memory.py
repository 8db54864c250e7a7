"""How many bytes a job needs: an estimate before anything is loaded, told as one."""

import math
from pathlib import Path
from typing import cast

from studio.catalog.files import ModelFolder, find_weights, read_header
from studio.catalog.gguf import read_gguf
from studio.catalog.pipelines import index_of, read_parts
from studio.core.model import ModelSpec

# torch, diffusers and transformers imported, with nothing loaded: 387 MB measured, Linux, torch 2.13.
LIBRARY_BYTES = 400 << 20
# Decoding is the widest point of picture making. Measured on SD's decoder (first block 128 channels wide) in
# float32: 5.1 kB a pixel at 256 px, 4.0 kB at 384 px, which is eight times 128 numbers of 4 bytes.
DECODER_COPIES = 8
DECODER_CHANNELS = 128


def needed_bytes(
    spec: ModelSpec, *, number_bytes: int = 4, pixels: int = 1024 * 1024, tokens: int = 4096
) -> int:
    """Weights at that precision, one picture of that many pixels or a context of that many tokens, libraries.

    Args:
        number_bytes: 4 on a processor, 2 on an accelerator.
    Raises ModelError for a folder that cannot be read.
    """
    weights = count_parameters(spec) * number_bytes
    path = Path(spec.path)
    if not path.is_dir():
        return weights + LIBRARY_BYTES
    folder = ModelFolder(path, spec.name)
    if spec.family == "diffusion":
        work = decoding_bytes(_decoder_channels(folder), pixels, number_bytes)
    else:
        work = cache_bytes(folder.json("config.json"), tokens, number_bytes)
    return weights + work + LIBRARY_BYTES


def count_parameters(spec: ModelSpec) -> int:
    """Numbers in all weights, from the headers."""
    if spec.parameters:
        return spec.parameters
    path = Path(spec.path)
    if not path.is_dir():
        return read_gguf(path, spec.name).parameters
    folder = ModelFolder(path, spec.name)
    if folder.has("model_index.json"):
        weights = [part.weights for part in read_parts(folder, index_of(folder)) if part.weights]
    else:
        weights = [find_weights(folder)]
    files = [file for one in weights for file in one.files]
    tensors = [tensor for file in files for tensor in read_header(folder, file).values()]
    return sum(math.prod(cast(list[int], tensor["shape"])) for tensor in tensors)


def decoding_bytes(channels: int, pixels: int, number_bytes: int) -> int:
    """What an autoencoder whose outermost block has that many channels needs to decode one picture."""
    return DECODER_COPIES * channels * pixels * number_bytes


def cache_bytes(config: dict[str, object], tokens: int, number_bytes: int) -> int:
    """Keys and values of every layer: 2 · layers · key heads · head width · tokens."""
    nested = config.get("text_config")
    text = cast(dict[str, object], nested) if isinstance(nested, dict) else config
    layers, heads = (
        _number(text, "num_hidden_layers", "n_layer"),
        _number(text, "num_attention_heads", "n_head"),
    )
    width = _number(text, "head_dim") or _number(text, "hidden_size", "n_embd") // max(1, heads)
    return 2 * layers * (_number(text, "num_key_value_heads") or heads) * width * tokens * number_bytes


def _number(config: dict[str, object], *names: str) -> int:
    return next((value for name in names if isinstance(value := config.get(name), int)), 0)


def _decoder_channels(folder: ModelFolder) -> int:
    config = folder.json("vae/config.json") if folder.has("vae/config.json") else {}
    channels = config.get("block_out_channels")
    first = cast(list[object], channels)[0] if isinstance(channels, list) and channels else None
    return first if isinstance(first, int) else DECODER_CHANNELS
