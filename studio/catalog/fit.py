"""Whether a model fits this machine, told before anything is fetched or loaded."""

from collections.abc import Sequence

import msgspec

from studio.catalog.llama import LLAMA
from studio.catalog.memory import DECODER_CHANNELS, LIBRARY_BYTES, LLAMA_BYTES, USUAL_SIDE, decoding_bytes
from studio.core.messages import Device
from studio.core.model import Kind, ModelSpec
from studio.core.plan import Outlook
from studio.core.servers import FAMILY as SERVER
from studio.core.shelf import Fit, FitLevel, Group, Machine, ShelfEntry

# Of the memory a model runs in. `runtime/placement.py` lets weights take the same share of a card.
ROOM = 0.8
# Above this, the system begins to swap, or ends us.
LIMIT = 0.9
# Keys and values of 4,096 tokens beside the weights: 7.5 % for Qwen3-4B (36 layers, 8 heads of 128), 5.6 %
# for a Llama of 1.2 billion (16 layers, 8 heads of 64), less for larger ones; the rest is for activations.
TEXT_WORK = 0.1
PIXELS = 1024 * 1024  # where a model of the shelf names no size of its own
# Of one pass of a denoiser in float32 on two cores, for each parameter and each place of the picture (16 × 16
# pixels, of which transformers make one token): measured 0.9e-11 for a UNet of 140 million at 512 px and
# 1.4e-11 for one large matrix (torch 2.13, x86). More cores share it, encoders and decoder add to it.
PASS_SECONDS = 1e-11
PLACE = 16 * 16
STEPS = 50  # where a model names none, as the pipelines of Stable Diffusion do
# From here on a picture is something to wait for. The rule above tells minutes from seconds, no more.
SLOW_SECONDS = 120

# Bytes of a number; `precision_for` in runtime/placement.py takes single ones on a processor, else half.
SINGLE, HALF = 4, 2
STORED_BYTES = {"fp32": 4, "bf16": 2, "fp16": 2, "fp8": 1}

_PICTURES = (Kind.PICTURE, Kind.EDIT, Kind.UPSCALER)
_LOOKING = (Kind.MATTING, Kind.SELECTOR)
_WHOLE = ("upscaling", "cutting_out", "selecting")
_PARTS = (Kind.LORA, Kind.CONTROL, Kind.VAE, Kind.DENOISER, Kind.ENCODER, Kind.WORD)
_LEVELS = (FitLevel.FITS, FitLevel.SLOW, FitLevel.TIGHT, FitLevel.UNKNOWN, FitLevel.TOO_LARGE)
# On the shelf, these go from small to large.
_SMALL_FIRST = (Group.TEXT, Group.CHINESE, Group.VISION, Group.SEARCH)

Model = ShelfEntry | ModelSpec


def fit(model: Model, machine: Machine) -> Fit:
    """Weights, working memory and libraries against the first accelerator, or else the main memory.

    What does not fit a card is laid out as the runtime does it: pictures part by part from main memory,
    texts on the processor. An Apple device shares the main memory, so nothing is won by moving.
    """
    card = _card(machine)
    if isinstance(model, ModelSpec) and model.family == SERVER:
        return Fit(level=FitLevel.UNKNOWN, code="held_by_server")
    if not _needed(model, HALF):
        return Fit(level=FitLevel.UNKNOWN, code="size_unknown")
    if model.kind in _PARTS:
        size = _weights(model, HALF if card else SINGLE)
        return Fit(level=FitLevel.FITS, needed_bytes=size, code="part", params={"needed_bytes": size})
    if card is None:
        return _by_pace(_in_memory(_needed(model, SINGLE), machine.memory_bytes, _whole(model)), model)
    if card.kind == "mps":
        return _in_memory(_needed(model, HALF), card.total_bytes, _half(model))
    return _on_card(model, card, machine)


def fit_as_planned(spec: ModelSpec, machine: Machine, told: Outlook) -> Fit:
    """As `fit`, of an installed model whose plan is known: with the plan's own amount and place."""
    plan, card = told.plan, _card(machine)
    if plan.device == "cpu" or card is None:
        found = _in_memory(told.needed_bytes, machine.memory_bytes, plan.precision)
        if told.processor and card and found.level is not FitLevel.TOO_LARGE:
            return _on_processor(told.needed_bytes, card, machine.memory_bytes, plan.precision)
        return _by_pace(found, spec)
    found = _in_memory(told.needed_bytes, card.total_bytes, plan.precision)
    if card.kind == "mps":
        return found
    params = {**found.params, "device": card.name, "memory_bytes": machine.memory_bytes}
    level, code = found.level, "fits_device"
    if level is FitLevel.TOO_LARGE:
        code = "too_large_device"
    elif plan.offload or level is FitLevel.TIGHT:
        level, code = FitLevel.TIGHT, "offload" if plan.offload else "little_room"
    return msgspec.structs.replace(found, level=level, code=code, params=params)


def sorted_for(entries: Sequence[ShelfEntry], machine: Machine) -> tuple[tuple[ShelfEntry, Fit], ...]:
    """What fits well, then what fits with offload, is unknown, does not fit; each in the shelf's order."""
    fits = [(entry, fit(entry, machine)) for entry in entries]
    return tuple(sorted(fits, key=lambda one: _LEVELS.index(one[1].level)))


def three_best(
    entries: Sequence[ShelfEntry], machine: Machine, language: str = "en"
) -> tuple[ShelfEntry, ...]:
    """A model for pictures, one for text (Chinese first where `language` is `zh`) and one more; best first.

    Only such as fit, can be fetched without an account, and may be used for money; fewer where fewer do. What
    is slow here comes last, and only where nothing of its kind is quick.
    """
    free = [entry for entry in entries if entry.commercial and not entry.gated]
    levels = {entry.repository: fit(entry, machine).level for entry in free}
    good = [entry for entry in free if levels[entry.repository] in (FitLevel.FITS, FitLevel.SLOW)]
    slow = [entry for entry in good if levels[entry.repository] is FitLevel.SLOW]
    if _card(machine):  # the largest that fits; on a processor, which is slow, the smallest
        small_first = [one for one in good if one.group in _SMALL_FIRST]
        good = [one for one in good if one.group not in _SMALL_FIRST] + small_first[::-1]
    text = (Group.CHINESE, Group.TEXT) if language == "zh" else (Group.TEXT, Group.CHINESE)
    wishes = (
        (Group.FAST, Group.QUALITY),
        text,
        (Group.VISION, Group.EDITING, Group.QUALITY, *text, Group.SEARCH),
    )
    chosen = list[ShelfEntry]()
    for groups in wishes:
        left = [one for group in groups for one in good if one.group is group and one not in chosen]
        if left:
            chosen.append(min(left, key=slow.__contains__))
    return tuple(sorted(chosen, key=slow.__contains__))


def _in_memory(needed: int, has: int, precision: str) -> Fit:
    """In a memory that the system and other programs share."""
    if needed <= ROOM * has:
        level, code = FitLevel.FITS, "fits_memory"
    elif needed <= LIMIT * has:
        level, code = FitLevel.TIGHT, "little_room"
    else:
        level, code = FitLevel.TOO_LARGE, "too_large_memory"
    return Fit(
        level=level,
        needed_bytes=needed,
        has_bytes=has,
        precision=precision,
        code=code,
        params={"needed_bytes": needed, "has_bytes": has},
    )


def _by_pace(found: Fit, model: Model) -> Fit:
    """On a processor pictures of large models take minutes, however well they fit."""
    slow = {FitLevel.FITS: (FitLevel.SLOW, "slow"), FitLevel.TIGHT: (FitLevel.TIGHT, "little_room_slow")}
    if found.level not in slow or not _makes_pictures(model) or _picture_seconds(model) < SLOW_SECONDS:
        return found
    level, code = slow[found.level]
    return msgspec.structs.replace(found, level=level, code=code)


def _picture_seconds(model: Model) -> float:
    """Roughly, of one picture with the model's own settings on two cores; guidance takes each step twice."""
    own = model.defaults
    guided = own.guidance_scale is None or own.guidance_scale > 1
    passes = 1 if _in_single(model) else (own.num_inference_steps or STEPS) * (2 if guided else 1)
    return PASS_SECONDS * _parameters(model) * passes * _pixels(model) / PLACE


def _on_card(model: Model, card: Device, machine: Machine) -> Fit:
    needed, has, memory = _needed(model, HALF), card.total_bytes, machine.memory_bytes
    params: dict[str, str | int | float] = {"needed_bytes": needed, "has_bytes": has, "device": card.name}
    if needed <= ROOM * has:
        level, code = FitLevel.FITS, "fits_device"
    elif not _makes_pictures(model) and _needed(model, SINGLE) <= LIMIT * memory:
        return _on_processor(_needed(model, SINGLE), card, memory, _whole(model))
    elif _makes_pictures(model) and needed <= LIMIT * memory and _work(model, HALF) <= ROOM * has:
        level, code = FitLevel.TIGHT, "offload"
    else:
        level, code = FitLevel.TOO_LARGE, "too_large_device"
        params["memory_bytes"] = memory
    return Fit(
        level=level, needed_bytes=needed, has_bytes=has, precision=_half(model), code=code, params=params
    )


def _on_processor(needed: int, card: Device, memory: int, precision: str) -> Fit:
    """A text model that the card cannot hold (`_device_for` in runtime/text/load.py)."""
    return Fit(
        level=FitLevel.TIGHT,
        needed_bytes=needed,
        has_bytes=memory,
        precision=precision,
        code="processor",
        params={
            "needed_bytes": needed,
            "has_bytes": memory,
            "device": card.name,
            "device_bytes": card.total_bytes,
        },
    )


def _card(machine: Machine) -> Device | None:
    """The accelerator that the runtime takes, which is the first."""
    return next((device for device in machine.devices if device.kind != "cpu"), None)


def _needed(model: Model, number_bytes: int) -> int:
    """Bytes in all; 0 where the size is not known."""
    number_bytes = SINGLE if _in_single(model) else number_bytes
    weights = _weights(model, number_bytes)
    library = LLAMA_BYTES if _stays_packed(model) else LIBRARY_BYTES
    return weights and weights + _work(model, number_bytes) + library


def _weights(model: Model, number_bytes: int) -> int:
    if isinstance(model, ModelSpec) and _stays_packed(model):
        return model.size_bytes
    if parameters := _parameters(model):
        return parameters * number_bytes
    if isinstance(model, ShelfEntry):
        return (model.memory_bytes or 0) * number_bytes // HALF
    return 0


def _parameters(model: Model) -> int:
    if isinstance(model, ShelfEntry):
        return model.parameters or 0
    # Where they were not counted: of the files, in the precision that most models are shared in.
    return model.parameters or model.size_bytes // STORED_BYTES.get(model.precision, HALF)


def _work(model: Model, number_bytes: int) -> int:
    """Decoding one picture, or the context of a text."""
    if _makes_pictures(model) or model.kind in _LOOKING:  # those that look see a megapixel of few channels
        return decoding_bytes(DECODER_CHANNELS, _pixels(model), number_bytes)
    if _stays_packed(model):
        number_bytes = HALF  # of keys and values
    return int(_parameters(model) * number_bytes * TEXT_WORK)


def _pixels(model: Model) -> int:
    own = model.defaults
    if own.width and own.height:
        return own.width * own.height
    return USUAL_SIDE**2 if isinstance(model, ModelSpec) else PIXELS


def _stays_packed(model: Model) -> bool:
    return isinstance(model, ModelSpec) and model.family == LLAMA


def _in_single(model: Model) -> bool:
    """Whether it is held so wherever it is (`device_for` in runtime/placement.py)."""
    return isinstance(model, ModelSpec) and model.family in _WHOLE


def _makes_pictures(model: Model) -> bool:
    return model.kind in _PICTURES or (isinstance(model, ModelSpec) and model.family == "diffusion")


def _whole(model: Model) -> str:
    return model.precision if _stays_packed(model) else "float32"


def _half(model: Model) -> str:
    if _stays_packed(model):
        return model.precision
    if _in_single(model):
        return "float32"
    return "float16" if model.precision == "fp16" else "bfloat16"
