"""IP-Adapters, which let a model look at pictures: whose they are, and the encoder that they need."""

import json
from pathlib import Path

from studio.catalog.bases import Shapes, context_base
from studio.catalog.safetensors import read_safetensors
from studio.core.errors import ModelError

IP_ADAPTER = "IP-Adapter"  # the base of such a file's ModelSpec
_FLUX = "ip_adapter_double_stream_k_proj"  # as XLabs writes them
# Where their makers put the encoder (h94/IP-Adapter): beside the file, or beside those of another base.
_PLACES = ("image_encoder", "../image_encoder", "../models/image_encoder", "../sdxl_models/image_encoder")


def is_ip_adapter(shapes: Shapes) -> bool:
    projection = any(name.startswith(("image_proj.", "ip_adapter_proj_model.")) for name in shapes)
    return projection and any(name.startswith("ip_adapter.") or _FLUX in name for name in shapes)


def ip_adapter_base(shapes: Shapes) -> str:
    """By the width of the text that the model looks at beside the pictures; "" where it is none we know."""
    if any(_FLUX in name for name in shapes):
        return "flux1"
    return next(
        (context_base(shape[-1]) for name, shape in shapes.items() if name.endswith("to_k_ip.weight")), ""
    )


def encoder_of(file: Path) -> Path | None:
    """The folder of the encoder whose numbers the adapter reads, of those near it; None where none fits."""
    try:
        wanted = _read_width(read_safetensors(file, file.name).shapes)
    except ModelError:
        return None
    places = (file.parent / place for place in _PLACES)
    return next((place.resolve() for place in places if _gives(place, wanted)), None)


def _read_width(shapes: Shapes) -> int:
    """How wide what the adapter reads is: the projected picture, or the last layer but one of the encoder."""
    for name in ("image_proj.proj.weight", "ip_adapter_proj_model.proj.weight", "image_proj.proj_in.weight"):
        if shape := shapes.get(name):
            return shape[-1]
    return 0


def _gives(folder: Path, width: int) -> bool:
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    if not isinstance(config, dict) or not (folder / "model.safetensors").is_file():
        return False
    return width in (config.get("projection_dim"), config.get("hidden_size"))
