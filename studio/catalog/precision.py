"""How a model is to be held: in which numbers, packed by what, and where; chosen before it is loaded."""

from collections.abc import Sequence
from importlib import metadata

import msgspec

from studio.core.messages import Device
from studio.core.model import Wish
from studio.core.plan import Plan

# The share of an accelerator's free memory that weights may take; the rest is for activations.
WEIGHTS_SHARE = 0.8
# Bytes of a number. Packed by eights: bitsandbytes' and torchao's scales are one number for each row or less
# than a hundredth. By fours: a scale of 4 bytes for each 64 numbers (nf4, arXiv 2305.14314, section 3).
BYTES = {"float32": 4.0, "bfloat16": 2.0, "float16": 2.0, "8-bit": 1.02, "4-bit": 0.5625}
PACKED = ("8-bit", "4-bit")
HALVES = ("bfloat16", "float16")
# In the order in which they are asked: what each runs on, by torch's names, and packs without kernels that
# only some cards have.
QUANTISERS = {
    "bitsandbytes": (("cuda", "xpu"), PACKED),
    "torchao": (("cuda", "xpu", "cpu"), ("8-bit",)),
}
# A SATA disk reads so much in a second (6 Gbit/s with its 8b/10b code, less what protocols take); NVMe more.
READ_BYTES = 500_000_000
NO_WISH = Wish()


class PartSize(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a model.

    Attributes:
        packs: it is mostly matrices, which quantisers pack, and large enough to be worth it.
        packed_bytes: what it takes where its file has it packed and it stays so; else 0.
    """

    name: str
    parameters: int
    packs: bool = False
    packed_bytes: int = 0

    def bytes_in(self, precision: str, dtype: str) -> int:
        if self.packed_bytes:
            return self.packed_bytes
        return int(self.parameters * BYTES[precision if self.packs or precision not in PACKED else dtype])


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be held.

    Attributes:
        stored: the safetensors name of the most frequent type on disk: `F32`, `BF16`, `F16`.
        denoiser: the class of the denoiser; empty for a language model.
        file_bytes: on disk.
        whole_file: it lies in one file, which is read as it is.
        packed_as: how it is packed there, where it stays so and llama.cpp computes with it: `Q4_K_M`.
        processor_only: what computes with it so can use no accelerator.
        decoder_channels: of the autoencoder's outermost block, 0 where it has none.
        side: of a picture as its pipeline makes it unasked, in pixels; 0 where nothing says so.
        token_numbers: that a language model remembers of each token.
    """

    parts: tuple[PartSize, ...]
    stored: str
    denoiser: str = ""
    file_bytes: int = 0
    whole_file: bool = False
    packed_as: str = ""
    processor_only: bool = False
    decoder_channels: int = 0
    side: int = 0
    token_numbers: int = 0

    def bytes_in(self, precision: str, dtype: str) -> int:
        return sum(part.bytes_in(precision, dtype) for part in self.parts)

    def largest_in(self, precision: str, dtype: str) -> int:
        return max((part.bytes_in(precision, dtype) for part in self.parts), default=0)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to hold it in.

    Attributes:
        kind: `cpu`, `cuda`, `mps`, `xpu`.
        free_bytes: of that device.
        memory_bytes: free main memory.
        budget_bytes: what models may take, 0 without a limit.
        bfloat16: the accelerator computes with it.
        tiles: the processor has units for matrices in bfloat16 (AMX).
    """

    kind: str
    free_bytes: int
    memory_bytes: int
    budget_bytes: int = 0
    bfloat16: bool = True
    tiles: bool = False

    @property
    def room(self) -> int:
        """What weights may take of an accelerator."""
        room = int(self.free_bytes * WEIGHTS_SHARE)
        return min(room, self.budget_bytes) if self.budget_bytes else room


def place_of(devices: Sequence[Device], memory_bytes: int, budget_bytes: int = 0) -> Place:
    """Of the devices that a worker has told: the first accelerator, else the processor.

    `memory_bytes` of main memory are free now.
    """
    first = next((one for one in devices if one.kind != "cpu"), None)
    return Place(
        kind=first.kind if first else "cpu",
        free_bytes=first.free_bytes if first else memory_bytes,
        memory_bytes=memory_bytes,
        budget_bytes=budget_bytes,
        bfloat16=first is None or first.bfloat16,
        tiles=any(one.tiles for one in devices),
    )


def installed_quantisers() -> tuple[str, ...]:
    """Which packages that pack weights are there, by their metadata: nothing is imported."""
    return tuple(filter(_installed, QUANTISERS))


def _installed(package: str) -> bool:
    try:
        metadata.distribution(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def half_for(stored: str, denoiser: str, bfloat16: bool) -> str:
    """As stored, or what its kind bears.

    Weights stored in single precision go to float16 for U-Nets, which were trained to bear it, and to
    bfloat16 for transformers, whose activations overflow float16 (T5, Flux, Gemma).
    """
    if stored == "F16" or (stored != "BF16" and "UNet" in denoiser) or not bfloat16:
        return "float16"
    return "bfloat16"


def plan(load: Load, place: Place, quantisers: Sequence[str] = (), wish: Wish = NO_WISH) -> Plan:
    """The best way that fits, or the least one where none does; what the person wishes comes first.

    On a processor single precision: in bfloat16 the starter's pictures took 0.60 of the time on a processor
    with AMX, and its texts 1.18, but pictures changed by up to a quarter of the range in places. So half of
    the precision is for what would not fit otherwise, and only where such units make it fast.
    """
    if load.packed_as:
        return _as_packed(load, place)
    if place.kind == "cpu":
        return _on_processor(load, place, quantisers, wish)
    return _pictures(load, place, quantisers, wish) if load.denoiser else _text(load, place, quantisers, wish)


def _as_packed(load: Load, place: Place) -> Plan:
    """llama.cpp leaves weights as they are; layers that a card has no room for stay in main memory."""
    ways = [_plan(load, kind, "float16", "float16", (), place) for kind in (place.kind, "cpu")]
    chosen = ways[0] if ways[0].fits and not load.processor_only else ways[1]
    return msgspec.structs.replace(chosen, precision=load.packed_as)


def _on_processor(load: Load, place: Place, quantisers: Sequence[str], wish: Wish) -> Plan:
    """What does not fit in single precision goes in half where units make that fast, else packed."""
    wished = "bfloat16" if wish.precision == "float16" else wish.precision
    worth = any(part.packs for part in load.parts)
    packed = [one for one in PACKED if worth and _packer("cpu", one, quantisers)]
    ways = [wished] if wished else ["float32", *(["bfloat16"] if place.tiles else []), *packed]
    plans = [_plan(load, "cpu", one, "float32", quantisers, place) for one in ways]
    return next((one for one in plans if one.fits), min(plans, key=lambda one: one.needed_bytes))


def _text(load: Load, place: Place, quantisers: Sequence[str], wish: Wish) -> Plan:
    """All of it on the accelerator, packed if it must be, else on the processor."""
    ways = _ways(load, place, quantisers, wish)
    fitting = next((one for one in ways if one.fits), ways[0] if wish.precision else None)
    return fitting or _on_processor(load, place, quantisers, wish)


def _pictures(load: Load, place: Place, quantisers: Sequence[str], wish: Wish) -> Plan:
    """Whole on the accelerator; part by part; packed, part by part; layer by layer."""
    ways = _ways(load, place, quantisers, wish)
    if place.kind == "mps" or wish.offload == "none":  # on Apple's, memory is one: nothing is won by moving
        return next((one for one in ways if one.fits), ways[-1])
    if not wish.offload and ways[0].fits:
        return ways[0]
    if wish.offload != "sequential":
        for way in ways:
            largest = load.largest_in(way.precision, way.dtype)
            if largest <= place.room or wish.offload == "model":
                return msgspec.structs.replace(way, offload="model", needed_bytes=largest)
    # Layer by layer there is always room; packed weights cannot be moved so (accelerate 1.15, `cpu_offload`).
    half = half_for(load.stored, load.denoiser, place.bfloat16)
    unpacked = _plan(load, place.kind, half, half, quantisers, place)
    return msgspec.structs.replace(unpacked, offload="sequential", needed_bytes=0)


def _ways(load: Load, place: Place, quantisers: Sequence[str], wish: Wish) -> list[Plan]:
    """The precisions to try, the best first: half, then packed by what can."""
    half = half_for(load.stored, load.denoiser, place.bfloat16)
    worth = any(part.packs for part in load.parts)
    packed = [one for one in PACKED if worth and _packer(place.kind, one, quantisers)]
    precisions = [wish.precision] if wish.precision in (*packed, *HALVES, "float32") else [half, *packed]
    return [_plan(load, place.kind, one, half, quantisers, place) for one in precisions]


def _plan(
    load: Load, device: str, precision: str, packed_in: str, quantisers: Sequence[str], place: Place
) -> Plan:
    """`packed_in` is what packed weights compute in; what nothing can pack is held in that."""
    packer = _packer(device, precision, quantisers)
    precision = packed_in if precision in PACKED and not packer else precision
    dtype = packed_in if packer else precision
    return Plan(
        device=device,
        precision=precision,
        dtype=dtype,
        quantiser=packer,
        packed=tuple(part.name for part in load.parts if part.packs and packer),
        needed_bytes=load.bytes_in(precision, dtype),
        has_bytes=place.memory_bytes if device == "cpu" else place.room,
        load_seconds=load.file_bytes / READ_BYTES,
    )


def _packer(device: str, precision: str, quantisers: Sequence[str]) -> str:
    """The first package there that packs so on the device."""
    for name in quantisers:
        devices, precisions = QUANTISERS[name]
        if device in devices and precision in precisions:
            return name
    return ""
