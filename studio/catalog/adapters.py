"""IP-Adapters, which let a model look at pictures: whose they are, and the encoder that they need."""

from pathlib import Path

import msgspec

from studio.catalog.bases import Shapes, context_base
from studio.catalog.safetensors import read_safetensors
from studio.core.errors import ModelError

IP_ADAPTER = "IP-Adapter"  # the base of such a file's ModelSpec
_FLUX = "ip_adapter_double_stream_k_proj"  # as XLabs writes them
_SD3 = "norm_ip.linear.weight"  # InstantX's alone are told how much noise there is
# Where their makers put the encoder (h94/IP-Adapter): beside the file, or beside those of another base.
_PLACES = ("image_encoder", "../image_encoder", "../models/image_encoder", "../sdxl_models/image_encoder")
# Where it is a model of others, by the base (XLabs-AI/flux-ip-adapter, InstantX/SD3.5-Large-IP-Adapter).
ENCODERS = {"flux1": "openai/clip-vit-large-patch14", "sd3": "google/siglip-so400m-patch14-384"}


class _Sight(msgspec.Struct, frozen=True):
    """How wide what it gives is, projected and not."""

    projection_dim: int | None = None
    hidden_size: int | None = None


class _Encoder(_Sight, frozen=True):
    """Its config; `vision_config` is that of a model which reads words too."""

    vision_config: _Sight = _Sight()


def is_ip_adapter(shapes: Shapes) -> bool:
    projection = any(name.startswith(("image_proj.", "ip_adapter_proj_model.")) for name in shapes)
    return projection and any(name.startswith("ip_adapter.") or _FLUX in name for name in shapes)


def ip_adapter_base(shapes: Shapes) -> str:
    """By the width of the text that the model looks at beside the pictures; "" where it is none we know."""
    if any(_FLUX in name for name in shapes):
        return "flux1"
    if any(name.endswith(_SD3) for name in shapes):
        return "sd3"
    return next(
        (context_base(shape[-1]) for name, shape in shapes.items() if name.endswith("to_k_ip.weight")), ""
    )


def encoder_of(file: Path, hub: Path) -> Path | None:
    """The folder of the encoder whose numbers the adapter reads: of those near it, else of its makers' choice
    in the hub's cache; None where none fits."""
    try:
        shapes = read_safetensors(file, file.name).shapes
    except ModelError:
        return None
    wanted = _read_width(shapes)
    places = [file.parent / place for place in _PLACES]
    if repository := ENCODERS.get(ip_adapter_base(shapes)):
        places += sorted(hub.glob(f"models--{repository.replace('/', '--')}/snapshots/*"))
    return next((place.resolve() for place in places if _gives(place, wanted)), None)


def _read_width(shapes: Shapes) -> int:
    """How wide what the adapter reads is: the projected picture, or the last layer but one of the encoder."""
    for name in ("image_proj.proj.weight", "ip_adapter_proj_model.proj.weight", "image_proj.proj_in.weight"):
        if shape := shapes.get(name):
            return shape[-1]
    return 0


def _gives(folder: Path, wanted: int) -> bool:
    try:
        config = msgspec.json.decode((folder / "config.json").read_bytes(), type=_Encoder)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    halves = (config, config.vision_config)
    given = {width for half in halves for width in (half.projection_dim, half.hidden_size)}
    return wanted in given and (folder / "model.safetensors").is_file()
