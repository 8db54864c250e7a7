"""What is foreseen of a model before it is loaded: the plan, what a job takes, what else may be wished."""

import sys
from collections.abc import Iterator, Sequence

import msgspec

from studio.catalog.measured import Measured
from studio.catalog.memory import Work, work_bytes
from studio.catalog.precision import NO_WISH, PACKED, QUANTISERS, Load, Place, plan
from studio.core.errors import Params
from studio.core.model import OFFLOADS, PRECISIONS, Offload, Precision, Wish
from studio.core.plan import Choice, Outlook, Plan

NOTHING = Measured()


def outlook(
    load: Load,
    place: Place,
    quantisers: Sequence[str],
    wish: Wish,
    work: Work,
    measured: Measured = NOTHING,
) -> Outlook:
    """`quantisers` are the packages that are here; `measured` corrects the estimate."""
    seen = _seen(load, place, quantisers, wish, work, measured)
    told = msgspec.structs.replace(
        seen,
        precisions=tuple(precision_choice(load, place, quantisers, one) for one in PRECISIONS),
        offloads=tuple(offload_choice(load, place, one) for one in OFFLOADS),
        compiles=seen.plan.compiles and bool(load.denoiser) and not load.packed_as,
    )
    return told if seen.fits else _with_remedy(told, load, place, quantisers, work, measured)


def precision_choice(load: Load, place: Place, quantisers: Sequence[str], precision: Precision) -> Choice:
    """Whether the model can be held so on this machine, else why not."""
    device = place.kind
    if load.packed_as:
        return Choice(value=precision, code="whole_file")
    if precision == "float16" and device == "cpu":
        return Choice(value=precision, code="half_on_processor")
    if precision == "bfloat16" and not place.bfloat16:
        return Choice(value=precision, code="no_bfloat16")
    if precision not in PACKED:
        return Choice(value=precision)
    if load.whole_file:
        return Choice(value=precision, code="whole_file")
    if not any(part.packs for part in load.parts):
        return Choice(value=precision, code="nothing_to_pack")
    able = [name for name, (kinds, ways) in QUANTISERS.items() if device in kinds and precision in ways]
    if not able:
        return Choice(value=precision, code="no_packer")
    if set(able) & set(quantisers):
        return Choice(value=precision)
    return Choice(
        value=precision, code="package_missing", params={"name": able[0], "command": install_command(able[0])}
    )


def offload_choice(load: Load, place: Place, offload: Offload) -> Choice:
    if offload == "none":
        return Choice(value=offload)
    if place.kind in ("cpu", "mps"):
        return Choice(value=offload, code="one_memory")
    return Choice(value=offload) if load.denoiser else Choice(value=offload, code="text_stays_whole")


def install_command(package: str) -> str:
    return f"{sys.executable} -m pip install {package}"


def foreseen_bytes(load: Load, chosen: Plan, work: Work) -> int:
    """Weights where they are used, and what the work takes beside them; uncorrected."""
    return chosen.needed_bytes + work_bytes(load, chosen.dtype, work)


def _seen(
    load: Load, place: Place, quantisers: Sequence[str], wish: Wish, work: Work, measured: Measured
) -> Outlook:
    chosen = plan(load, place, quantisers, wish)
    needed, known = measured.corrected(chosen.key, foreseen_bytes(load, chosen, work))
    on_processor = chosen.device == "cpu"
    waiting = load.bytes_in(chosen.precision, chosen.dtype) if chosen.offload else 0
    if waiting > place.memory_bytes:  # what waits outside the accelerator has to lie somewhere
        return Outlook(plan=chosen, needed_bytes=waiting, has_bytes=place.memory_bytes)
    return Outlook(
        plan=chosen,
        needed_bytes=needed,
        has_bytes=place.memory_bytes if on_processor else place.free_bytes,
        measured=known,
        processor=on_processor and place.kind != "cpu" and not load.processor_only,
    )


def _with_remedy(
    told: Outlook, load: Load, place: Place, quantisers: Sequence[str], work: Work, measured: Measured
) -> Outlook:
    """With the first wish that would make it fit, a package that would, or how much has to be free."""
    for code, packages, wish, params in _wishes(load, place, quantisers):
        if _seen(load, place, packages, wish, work, measured).fits:
            return msgspec.structs.replace(told, remedy=code, params=params)
    least = _seen(load, place, quantisers, NO_WISH, work, measured)
    short = {"short_bytes": least.needed_bytes - least.has_bytes}
    return msgspec.structs.replace(told, remedy="free", params=short)


def _wishes(
    load: Load, place: Place, quantisers: Sequence[str]
) -> Iterator[tuple[str, Sequence[str], Wish, Params]]:
    """Each with the code of the remedy that it stands for, the packages that it takes, and params."""
    yield "automatic", quantisers, NO_WISH, {}
    smaller: list[tuple[Precision, Choice]] = [
        (one, precision_choice(load, place, quantisers, one)) for one in PRECISIONS if one != "float32"
    ]
    for one, choice in smaller:
        if not choice.code:
            yield "precision", quantisers, Wish(precision=one), {"precision": one}
    for one in OFFLOADS:
        if one != "none" and not offload_choice(load, place, one).code:
            yield f"offload_{one}", quantisers, Wish(offload=one), {}
    for one, choice in smaller:
        if choice.code == "package_missing":
            packages = (*quantisers, str(choice.params["name"]))
            yield "package", packages, Wish(precision=one), {"precision": one, **choice.params}
