"""What is foreseen: what a usual job takes, what may be wished for or why not, what would make it fit."""

import pytest

from studio.catalog.measured import Measured
from studio.catalog.memory import Work, work_bytes
from studio.catalog.outlook import outlook
from studio.catalog.precision import Load, PartSize, Place
from studio.core.model import Wish
from tests.catalog.test_precision import BILLION, BITS, EIGHT, FLUX, GIB, SDXL, card, processor

NOTHING = Wish()
PICTURE = Work(pixels=1024 * 1024)
TEXT = Work(tokens=4096)
APPLE = Place(kind="mps", free_bytes=48 * GIB, memory_bytes=48 * GIB)
ONE_FILE = Load(
    parts=(PartSize(name="a.safetensors", parameters=BILLION),), stored="F16", denoiser="X", whole_file=True
)


def codes(load: Load, place: Place, quantisers: tuple[str, ...] = (), work: Work = PICTURE) -> dict[str, str]:
    seen = outlook(load, place, quantisers, Wish(), work)
    return {one.value: one.code for one in (*seen.precisions, *seen.offloads)}


def test_a_job_needs_its_weights_and_what_it_works_with() -> None:
    seen = outlook(SDXL, processor(64), (), Wish(), PICTURE)
    assert seen.needed_bytes == seen.plan.needed_bytes + work_bytes(SDXL, "float32", PICTURE)
    assert (seen.has_bytes, seen.measured, seen.remedy) == (64 * GIB, False, "")


def test_what_was_measured_takes_the_place_of_the_estimate() -> None:
    estimate = outlook(SDXL, processor(64), (), Wish(), PICTURE)
    measured = Measured().with_job(estimate.plan.key, estimate.needed_bytes, 2 * GIB + estimate.needed_bytes)
    seen = outlook(SDXL, processor(64), (), Wish(), PICTURE, measured)
    assert seen.measured and seen.needed_bytes == 2 * GIB + estimate.needed_bytes
    other = outlook(SDXL, processor(64), (), Wish(precision="bfloat16"), PICTURE, measured)
    assert not other.measured  # held otherwise, it was never measured


def test_a_processor_offers_what_it_computes_in() -> None:
    assert codes(EIGHT, processor(64), work=TEXT) == {
        "float32": "",
        "bfloat16": "",
        "float16": "half_on_processor",
        "8-bit": "package_missing",
        "4-bit": "no_packer",
        "none": "",
        "model": "one_memory",
        "sequential": "one_memory",
    }
    assert codes(EIGHT, processor(64), ("torchao",), TEXT)["8-bit"] == ""


def test_a_card_offers_what_it_can_pack_and_move() -> None:
    packed = codes(FLUX, card(24), BITS)
    assert set(packed.values()) == {""}
    assert codes(FLUX, card(24))["4-bit"] == "package_missing"
    assert codes(SDXL, card(24), BITS)["4-bit"] == "nothing_to_pack"
    assert codes(ONE_FILE, card(24), BITS)["8-bit"] == "whole_file"
    assert codes(SDXL, card(24, bfloat16=False))["bfloat16"] == "no_bfloat16"
    assert codes(EIGHT, card(24), BITS, TEXT)["model"] == "text_stays_whole"
    assert (codes(FLUX, APPLE)["8-bit"], codes(FLUX, APPLE)["model"]) == ("no_packer", "one_memory")


def test_what_lies_whole_on_cuda_may_be_compiled() -> None:
    def compiles(load: Load, place: Place, wish: Wish = NOTHING, work: Work = PICTURE) -> bool:
        return outlook(load, place, BITS, wish, work).compiles

    assert compiles(SDXL, card(24)) and compiles(SDXL, card(24), Wish(compile="on")), "it may be wished away"
    assert not compiles(SDXL, processor(64)) and not compiles(SDXL, APPLE)
    assert not compiles(EIGHT, card(24), work=TEXT)
    assert not compiles(SDXL, card(24), Wish(offload="model"))
    assert not compiles(FLUX, card(24), Wish(precision="4-bit"))


def test_the_package_that_is_missing_comes_with_its_command() -> None:
    seen = outlook(FLUX, card(24), (), Wish(), PICTURE)
    [missing] = [one for one in seen.precisions if one.value == "4-bit"]
    assert missing.params["name"] == "bitsandbytes"
    assert str(missing.params["command"]).endswith("-m pip install bitsandbytes")


@pytest.mark.parametrize(
    ("load", "place", "wish", "remedy"),
    [
        (SDXL, card(24), Wish(precision="float32", offload="none"), ""),
        (FLUX, card(24), Wish(precision="float32", offload="none"), "automatic"),
        (SDXL, processor(13), Wish(), "precision"),
        (SDXL, processor(4), Wish(), "free"),
        (EIGHT, processor(14), Wish(), "package"),
    ],
)
def test_what_does_not_fit_says_what_would(load: Load, place: Place, wish: Wish, remedy: str) -> None:
    seen = outlook(load, place, (), wish, PICTURE if load.denoiser else TEXT)
    assert (seen.remedy, seen.fits) == (remedy, not remedy)


def test_how_much_would_have_to_be_free_is_told() -> None:
    seen = outlook(SDXL, processor(4), (), Wish(), PICTURE)
    assert seen.params["short_bytes"] == seen.needed_bytes - 4 * GIB


def test_what_waits_in_main_memory_has_to_fit_there() -> None:
    small = Place(kind="cuda", free_bytes=12 * GIB, memory_bytes=16 * GIB)
    seen = outlook(FLUX, small, (), Wish(), PICTURE)
    assert seen.plan.offload and not seen.fits
    assert (seen.needed_bytes, seen.has_bytes) == (FLUX.bytes_in("bfloat16", "bfloat16"), 16 * GIB)
    assert outlook(FLUX, card(12), (), Wish(), PICTURE).fits


def test_what_goes_to_the_processor_says_so() -> None:
    assert outlook(EIGHT, card(4), (), Wish(), TEXT).processor
    assert not outlook(EIGHT, processor(64), (), Wish(), TEXT).processor
