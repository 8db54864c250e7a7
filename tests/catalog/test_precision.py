"""How a model is held: whole where it fits, else packed or in parts, and as the person wishes."""

import pytest

from studio.catalog.precision import Load, PartSize, Place, installed_quantisers, plan
from studio.core.model import Wish

GIB = 1 << 30
BILLION = 1_000_000_000
SDXL = Load(
    parts=(
        PartSize(name="text_encoder", parameters=123_000_000),
        PartSize(name="text_encoder_2", parameters=695_000_000),
        PartSize(name="unet", parameters=2_567_000_000),
        PartSize(name="vae", parameters=84_000_000),
    ),
    stored="F16",
    denoiser="UNet2DConditionModel",
    file_bytes=6_900_000_000,
)
FLUX = Load(
    parts=(
        PartSize(name="text_encoder_2", parameters=4_762_000_000, packs=True),
        PartSize(name="transformer", parameters=11_901_000_000, packs=True),
        PartSize(name="vae", parameters=84_000_000),
    ),
    stored="BF16",
    denoiser="FluxTransformer2DModel",
)
EIGHT = Load(
    parts=(
        PartSize(name="layers", parameters=7 * BILLION, packs=True),
        PartSize(name="words", parameters=BILLION),
    ),
    stored="BF16",
)
BITS = ("bitsandbytes",)


def card(gib: float, **more: object) -> Place:
    return Place(kind="cuda", free_bytes=int(gib * GIB), memory_bytes=64 * GIB, **more)  # type: ignore[arg-type]


def processor(gib: float, *, tiles: bool = False) -> Place:
    return Place(kind="cpu", free_bytes=int(gib * GIB), memory_bytes=int(gib * GIB), tiles=tiles)


def test_a_processor_computes_in_single_precision() -> None:
    for load in (SDXL, FLUX, EIGHT):
        for tiles in (False, True):
            chosen = plan(load, processor(128, tiles=tiles), BITS)
            assert (chosen.precision, chosen.quantiser, chosen.offload) == ("float32", "", "")
            assert chosen.fits and chosen.needed_bytes == 4 * sum(part.parameters for part in load.parts)


def test_what_a_processor_cannot_hold_goes_in_half_where_that_is_fast() -> None:
    assert plan(SDXL, processor(10, tiles=True)).precision == "bfloat16"
    assert plan(SDXL, processor(10, tiles=True)).fits
    plain = plan(SDXL, processor(10))
    assert plain.precision == "float32" and not plain.fits


def test_what_a_processor_cannot_hold_is_packed_where_a_package_can() -> None:
    small = plan(EIGHT, processor(16), ("torchao",))
    assert (small.precision, small.dtype, small.quantiser) == ("8-bit", "float32", "torchao")
    assert small.fits and plan(EIGHT, processor(64), ("torchao",)).precision == "float32"
    assert plan(EIGHT, processor(16, tiles=True), ("torchao",)).precision == "bfloat16"
    assert not plan(EIGHT, processor(16), BITS).fits  # which packs on cards alone


def test_a_card_holds_the_whole_in_half_precision_as_stored() -> None:
    chosen = plan(SDXL, card(16))
    assert (chosen.precision, chosen.dtype, chosen.offload) == ("float16", "float16", "")
    assert chosen.needed_bytes == 2 * sum(part.parameters for part in SDXL.parts)
    assert chosen.has_bytes == int(16 * GIB * 0.8)
    assert plan(EIGHT, card(24)).precision == "bfloat16"
    assert plan(EIGHT, card(24, bfloat16=False)).precision == "float16"


@pytest.mark.parametrize(
    ("stored", "denoiser", "expected"),
    [
        ("F32", "UNet2DConditionModel", "float16"),
        ("F32", "SD3Transformer2DModel", "bfloat16"),
        ("BF16", "UNet2DConditionModel", "bfloat16"),
        ("F16", "FluxTransformer2DModel", "float16"),
    ],
)
def test_half_of_single_is_what_the_kind_bears(stored: str, denoiser: str, expected: str) -> None:
    load = Load(parts=SDXL.parts, stored=stored, denoiser=denoiser)
    assert plan(load, card(24)).dtype == expected


def test_pictures_wait_in_main_memory_part_by_part_then_packed_then_layer_by_layer() -> None:
    assert plan(FLUX, card(48), BITS).offload == ""
    parts = plan(FLUX, card(32), BITS)
    assert (parts.precision, parts.offload, parts.needed_bytes) == ("bfloat16", "model", 2 * 11_901_000_000)
    packed = plan(FLUX, card(16), BITS)
    assert (packed.precision, packed.dtype, packed.quantiser) == ("8-bit", "bfloat16", "bitsandbytes")
    assert packed.offload == "model" and packed.fits
    assert plan(FLUX, card(10), BITS).precision == "4-bit"
    assert plan(FLUX, card(16)).offload == "sequential" and plan(FLUX, card(16)).precision == "bfloat16"
    assert plan(FLUX, card(4), BITS).offload == "sequential"


def test_convolutions_are_never_packed() -> None:
    assert plan(SDXL, card(4), BITS).precision == "float16"


def test_texts_are_packed_before_they_go_to_the_processor() -> None:
    assert plan(EIGHT, card(24), BITS).precision == "bfloat16"
    eight = plan(EIGHT, card(14), BITS)
    assert (eight.precision, eight.device) == ("8-bit", "cuda")
    assert eight.needed_bytes == int(7 * BILLION * 1.02) + 2 * BILLION
    assert plan(EIGHT, card(8), BITS).precision == "4-bit"
    assert plan(EIGHT, card(4), BITS).device == "cpu"
    moved = plan(EIGHT, card(14))
    assert (moved.device, moved.precision, moved.has_bytes) == ("cpu", "float32", 64 * GIB)


def test_a_package_packs_only_where_and_how_it_can() -> None:
    assert plan(EIGHT, card(8), ("torchao",)).device == "cpu"  # by fours only some cards can
    assert plan(EIGHT, card(14), ("torchao",)).quantiser == "torchao"
    apple = Place(kind="mps", free_bytes=14 * GIB, memory_bytes=14 * GIB)
    assert plan(EIGHT, apple, BITS).quantiser == ""
    assert plan(EIGHT, apple, ("bitsandbytes", "torchao")).device == "cpu"  # where torchao packs it
    wish = Wish(precision="8-bit")
    assert plan(EIGHT, processor(64), ("bitsandbytes", "torchao"), wish).quantiser == "torchao"
    assert plan(EIGHT, processor(64), BITS, wish).precision == "float32"


def test_a_budget_is_room_too() -> None:
    assert plan(SDXL, card(24, budget_bytes=6 * GIB)).offload == "model"


def test_wishes_come_first() -> None:
    assert plan(SDXL, card(24), (), Wish(precision="float32")).dtype == "float32"
    assert plan(SDXL, card(24), (), Wish(offload="model")).offload == "model"
    assert plan(SDXL, card(24), (), Wish(offload="sequential")).offload == "sequential"
    assert plan(SDXL, card(4), (), Wish(offload="none")).offload == ""
    four = plan(FLUX, card(80), BITS, Wish(precision="4-bit"))
    assert (four.precision, four.quantiser, four.offload) == ("4-bit", "bitsandbytes", "")
    assert plan(SDXL, processor(64), (), Wish(precision="bfloat16")).dtype == "bfloat16"
    assert plan(SDXL, processor(64), (), Wish(precision="float16")).dtype == "bfloat16"
    tight = plan(EIGHT, card(14), BITS, Wish(precision="bfloat16"))
    assert (tight.device, tight.fits) == ("cuda", False)


def test_apple_s_memory_is_one_so_nothing_is_moved() -> None:
    apple = Place(kind="mps", free_bytes=8 * GIB, memory_bytes=8 * GIB)
    chosen = plan(FLUX, apple)
    assert (chosen.offload, chosen.fits) == ("", False)


def test_what_its_file_has_packed_counts_as_it_lies() -> None:
    packed = Load(
        parts=(PartSize(name="flux.gguf", parameters=11_901_000_000, packed_bytes=6_800_000_000),),
        stored="F16",
        denoiser="FluxTransformer2DModel",
        file_bytes=6_800_000_000,
    )
    chosen = plan(packed, card(12))
    assert chosen.needed_bytes == 6_800_000_000 and chosen.fits
    assert chosen.load_seconds == pytest.approx(13.6)


def test_only_packages_that_are_here_are_named() -> None:
    from importlib import metadata

    for name in installed_quantisers():
        assert metadata.version(name)
