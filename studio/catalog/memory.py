"""How many bytes a job needs: an estimate before anything is loaded, told as one."""

import math
from pathlib import Path
from typing import cast

import msgspec

from studio.catalog.components import ADAPTER_WEIGHTS
from studio.catalog.files import ModelFolder
from studio.catalog.precision import BYTES, Load
from studio.catalog.safetensors import read_safetensors
from studio.core.errors import ModelError
from studio.core.model import ModelSpec

# torch, diffusers and transformers imported, with nothing loaded: 387 MB measured, Linux, torch 2.13.
LIBRARY_BYTES = 400 << 20
# llama.cpp, which needs no torch, and what it reckons with: 58 MB measured for a small model, Linux, 0.3.36.
LLAMA_BYTES = 100 << 20
# Decoding is the widest point of picture making. Measured on SD's decoder (first block 128 channels wide) in
# float32: 5.1 kB a pixel at 256 px, 4.9 kB at 512 px, which is 9.6 times 128 numbers of 4 bytes.
DECODER_COPIES = 9.6
DECODER_CHANNELS = 128
# From this size on, pictures made together are decoded one by one: as fast, and memory is short there.
SLICED_PIXELS = 512 * 512
# Latents denoised together. It depends on nothing but the size, so that a job repeated is the same job: a
# different number of pictures in a batch changes the last bits of each. On two cores, eight pictures of
# 16 x 16 latents at once take 0.73 of the time of one by one, sixteen 0.70, and nothing is saved meanwhile.
BATCH_LATENTS = {"cpu": 8 * 16 * 16, "cuda": 4 * 128 * 128}
DEFAULT_BATCH_LATENTS = 128 * 128
ENCODER_WEIGHTS = "model.safetensors"  # of a picture encoder in a folder of its own
_LATENT_FACTOR = 8  # pixels along one side of what a latent stands for
USUAL_SIDE = 512  # pixels, where a model does not say
USUAL_TOKENS = 4096
MOST_SIDE = 8192  # what a damaged config may say is bounded by this


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be made: pictures of that many pixels, so many together; or a text of that many tokens.

    Attributes:
        laid_over: numbers of the LoRAs and the adapter that lie over the model meanwhile.
    """

    pixels: int = 0
    together: int = 1
    tokens: int = 0
    laid_over: int = 0


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Pictures as a job asks for them: None leaves a side to the model; a second pass enlarges both.

    Attributes:
        files: what lies over the model: safetensors files, or folders with them.
        refers: there are pictures to look at, by an adapter that is yet to be found if the model needs one.
    """

    width: int | None = None
    height: int | None = None
    count: int = 1
    enlarged: float = 1.0
    files: tuple[str, ...] = ()
    refers: bool = False


def asked_work(spec: ModelSpec, load: Load, asked: Asked, device: str) -> Work:
    """The widest point of the job: a batch of the first pass, or one picture of the second."""
    laid_over = sum(map(numbers_in, asked.files))
    own = load.side or USUAL_SIDE
    width, height = asked.width or spec.defaults.width or own, asked.height or spec.defaults.height or own
    room = BATCH_LATENTS.get(device, DEFAULT_BATCH_LATENTS)
    together = max(1, min(asked.count, int(room * _LATENT_FACTOR**2 / (width * height))))
    if asked.enlarged > 1:
        larger = int(width * asked.enlarged) * int(height * asked.enlarged)
        return max(
            (
                Work(pixels=width * height, together=together, laid_over=laid_over),
                Work(pixels=larger, laid_over=laid_over),
            ),
            key=lambda work: work_bytes(load, "float32", work),
        )
    return Work(pixels=width * height, together=together, laid_over=laid_over)


def numbers_in(path: str) -> int:
    """How many there are in a safetensors file, or in the one of a folder that a LoRA or an encoder is read
    from. None in what is not there or damaged: the job itself will say so."""
    file = Path(path)
    if file.is_dir():
        file /= next((one for one in (ADAPTER_WEIGHTS, ENCODER_WEIGHTS) if (file / one).is_file()), "")
    try:
        return sum(map(math.prod, read_safetensors(file, file.name).shapes.values()))
    except ModelError:
        return 0


def usual_work(spec: ModelSpec, load: Load) -> Work:
    """One picture of the model's own size; a conversation of a few pages, or as much as it can read."""
    if spec.family == "diffusion":
        own = load.side or USUAL_SIDE
        return Work(pixels=(spec.defaults.width or own) * (spec.defaults.height or own))
    return Work(tokens=min(spec.context_length or USUAL_TOKENS, USUAL_TOKENS))


def work_bytes(load: Load, dtype: str, work: Work) -> int:
    """What the work takes beside the weights: decoding, the widest point of picture making, and what lies
    over the model, which is held in its numbers; or the cache."""
    number_bytes = int(BYTES[dtype])
    if not load.denoiser:
        return load.token_numbers * work.tokens * number_bytes
    decoded = 1 if work.pixels >= SLICED_PIXELS else work.together
    decoding = decoding_bytes(load.decoder_channels or DECODER_CHANNELS, work.pixels, number_bytes) * decoded
    return decoding + work.laid_over * number_bytes


def decoding_bytes(channels: int, pixels: int, number_bytes: int) -> int:
    """What an autoencoder whose outermost block has that many channels needs to decode one picture."""
    return int(DECODER_COPIES * channels * pixels * number_bytes)


def token_numbers(config: dict[str, object]) -> int:
    """Keys and values that all layers keep of a token: 2 · layers · key heads · head width."""
    nested = config.get("text_config")
    text = cast(dict[str, object], nested) if isinstance(nested, dict) else config
    layers, heads = (
        _number(text, "num_hidden_layers", "n_layer"),
        _number(text, "num_attention_heads", "n_head"),
    )
    width = _number(text, "head_dim") or _number(text, "hidden_size", "n_embd") // max(1, heads)
    return 2 * layers * (_number(text, "num_key_value_heads") or heads) * width


def _number(config: dict[str, object], *names: str) -> int:
    return next((value for name in names if isinstance(value := config.get(name), int)), 0)


def decoder_channels(folder: ModelFolder) -> int:
    """Of the autoencoder's outermost block."""
    config = folder.json("vae/config.json") if folder.has("vae/config.json") else {}
    channels = config.get("block_out_channels")
    first = cast(list[object], channels)[0] if isinstance(channels, list) and channels else None
    return first if isinstance(first, int) else DECODER_CHANNELS


def own_side(folder: ModelFolder) -> int:
    """Pixels along one side of a picture as its pipeline makes it unasked: the denoiser's `sample_size` times
    the autoencoder's scale, as diffusers' pipelines reckon it. 0 where its configs do not say.

    Pipelines of transformers that name none take 128 places (`default_sample_size` in diffusers 0.42).
    """
    name = next((one for one in ("unet", "transformer") if folder.has(f"{one}/config.json")), "")
    if not name or not folder.has("vae/config.json"):
        return 0
    size = folder.json(f"{name}/config.json").get("sample_size", 128 if name == "transformer" else 0)
    blocks = folder.json("vae/config.json").get("block_out_channels")
    if not isinstance(size, int) or not isinstance(blocks, list):
        return 0
    return min(max(size, 0) * 2 ** max(len(cast(list[object], blocks)) - 1, 0), MOST_SIDE)
