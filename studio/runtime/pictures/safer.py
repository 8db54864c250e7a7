"""Pictures that came out as nothing: not a number, or one colour; and the precision that may mend them.

SDXL's own autoencoder is the classic: its activations exceed what float16 holds, 65504, and every picture
is black (huggingface.co/madebyollin/sdxl-vae-fp16-fix tells of it).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from PIL import Image

from studio.core.messages import Stage
from studio.core.recipe import Execution
from studio.runtime.desk import Desk
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.wraps import wrapped

_HALVES = (torch.float16, torch.bfloat16)
_RAISED = (torch.bfloat16, torch.float32)


def one_colour(pictures: Sequence[Image.Image]) -> bool:
    """Whether any of them has nothing but one colour."""
    return any(all(low == high for low, high in _extremes(one)) for one in pictures)


def work_safer(loaded: LoadedPipeline, desk: Desk, tried: set[str]) -> bool:
    """After numbers that are none: the part that made them works in a safer precision from now on.

    `tried` is what was done for this batch already. False where nothing is left to do.
    """
    if desk.stage == Stage.DECODING:
        return decode_safer(loaded, desk, tried)
    if "denoiser" in tried or loaded.precision not in _HALVES or loaded.packed:
        return False
    tried.add("denoiser")
    wider = loaded.precision is torch.float16 and _has_bfloat16(loaded.device)
    raise_precision(loaded, torch.bfloat16 if wider else torch.float32)
    desk.note("safer_precision", what="the model", precision=_name(loaded.precision))
    return True


def decode_safer(loaded: LoadedPipeline, desk: Desk, tried: set[str]) -> bool:
    """The autoencoder alone, in float32; False where it is, or is not known how to be."""
    vae = getattr(loaded.pipe, "vae", None)
    if "vae" in tried or vae is None or vae.dtype not in _HALVES:
        return False
    tried.add("vae")
    raise_vae_precision(loaded)
    desk.note("safer_precision", what="the autoencoder", precision="float32")
    return True


def as_then(loaded: LoadedPipeline, then: Execution) -> None:
    """For a picture that is made again, what had to be safer then is safer before anything goes wrong."""
    if "vae_precision" in then.options and "vae_precision" not in loaded.options:
        raise_vae_precision(loaded)
    raised = next((one for one in _RAISED if _name(one) == then.precision), None)
    if raised and then.options.get("loaded_in") == _name(loaded.precision):
        raise_precision(loaded, raised)


def raise_vae_precision(loaded: LoadedPipeline) -> None:
    """To float32, as long as the model is loaded; `handed_over` gives it what it needs."""
    with loaded.on_processor():
        loaded.pipe.vae.to(dtype=torch.float32)
    loaded.options["vae_precision"] = "float32"
    loaded.weigh()


def raise_precision(loaded: LoadedPipeline, precision: torch.dtype) -> None:
    """All parts of it, for what one hands another has to be of one kind; as long as the model is loaded."""
    loaded.options["loaded_in"] = loaded.options.get("loaded_in", _name(loaded.precision))
    raised = getattr(loaded.pipe, "vae", None) if "vae_precision" in loaded.options else None
    with loaded.on_processor():
        loaded.pipe.to(dtype=precision)
        if raised is not None:
            raised.to(dtype=torch.float32)
    loaded.precision = precision
    loaded.weigh()


@contextmanager
def handed_over(loaded: LoadedPipeline) -> Iterator[None]:
    """For one call of the pipeline: it hands its autoencoder latents in the denoiser's numbers, which are
    not those of one that was raised. Nothing stays on it, whatever lies over it for the rest of the job."""
    if "vae_precision" not in loaded.options:
        yield
        return
    vae = loaded.pipe.vae

    def call(method: Callable[..., Any], given: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        return method(given.to(vae.dtype), *args, **kwargs)

    with wrapped(vae, "decode", call), wrapped(vae, "encode", call):
        yield


def _extremes(picture: Image.Image) -> tuple[tuple[float, float], ...]:
    found: Any = picture.getextrema()
    return found if isinstance(found[0], tuple) else (found,)


def _has_bfloat16(device: torch.device) -> bool:
    return device.type != "cuda" or torch.cuda.is_bf16_supported(including_emulation=False)


def _name(precision: torch.dtype) -> str:
    return str(precision).removeprefix("torch.")
