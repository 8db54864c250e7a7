"""What makes which model fast: the shelf's word, what is installed, and what is fast by itself."""

import msgspec
import pytest

from studio.catalog.bases import BASES
from studio.catalog.fast import fast_of, scheduled
from studio.catalog.loras import lora_fits
from studio.catalog.shelf import read_shelf
from studio.core.model import Ability, Defaults, Kind, ModelSpec, lora_of
from studio.core.paths import resources_dir
from studio.core.shelf import Group, ShelfEntry

SHELF = read_shelf(resources_dir(), None)
LIGHTNING, LCM = "ByteDance/SDXL-Lightning", "latent-consistency/lcm-lora-sdxl"


def source_of(id: str) -> str:
    return "folder" if id.startswith(("local/", "starter/")) else "hub"


def painter(id: str = "local/mine-1234", suits: str = "sdxl", **fields: object) -> ModelSpec:
    basic = {"name": id.rpartition("/")[2], "base": "", "path": f"/models/{id}", "kind": Kind.PICTURE}
    basic["source"] = source_of(id)
    return ModelSpec(
        id=id, family="diffusion", abilities=(Ability.GENERATE,), suits=suits, **(basic | fields)
    )  # type: ignore[arg-type]


def lora(id: str, file: str, suits: str = "sdxl") -> ModelSpec:
    return ModelSpec(
        id=id,
        name=file,
        family="",
        base="LoRA",
        abilities=(),
        path=f"/x/{file}.safetensors",
        kind=Kind.LORA,
        suits=suits,
        source=source_of(id),
    )


FOUR_STEPS = lora(f"{LIGHTNING}/sdxl_lightning_4step_lora", "sdxl_lightning_4step_lora")
EIGHT_STEPS = lora(f"{LIGHTNING}/sdxl_lightning_8step_lora", "sdxl_lightning_8step_lora")
XL = painter("stabilityai/stable-diffusion-xl-base-1.0", defaults=Defaults(num_inference_steps=50))


def test_the_shelf_names_what_makes_its_models_fast() -> None:
    fast = fast_of(XL, SHELF, [FOUR_STEPS])
    assert fast is not None and fast.entry.repository == LIGHTNING and fast.lora == lora_of(FOUR_STEPS)
    schedule = fast.defaults
    assert (schedule.num_inference_steps, schedule.guidance_scale, schedule.scheduler) == (4, 1.0, "Euler")
    assert schedule.scheduler_options == {"timestep_spacing": "trailing"}


@pytest.mark.parametrize("installed", [[], [EIGHT_STEPS], [lora("local/boats-1", "boats")]])
def test_what_is_not_here_is_offered(installed: list[ModelSpec]) -> None:
    fast = fast_of(XL, SHELF, installed)
    assert fast is not None and fast.lora is None and fast.entry.repository == LIGHTNING


def test_another_one_for_the_base_does_it_too_where_it_is_here() -> None:
    here = lora(f"{LCM}/pytorch_lora_weights", "pytorch_lora_weights")
    fast = fast_of(XL, SHELF, [here])
    assert fast is not None and fast.entry.repository == LCM and fast.lora == lora_of(here)
    assert fast.defaults.scheduler == "LCM"
    fast = fast_of(XL, SHELF, [here, FOUR_STEPS])
    assert fast is not None and fast.entry.repository == LIGHTNING


@pytest.mark.parametrize(
    "spec",
    [
        lora("local/sdxl-lightning-1", "sdxl_lightning_4step_lora"),
        lora("local/lcm-1", "lcm-lora-sdxl"),
        lora(f"{LIGHTNING}@0123456789ab/sdxl_lightning_4step_lora", "sdxl_lightning_4step_lora"),
    ],
)
def test_a_file_of_another_tool_or_revision_is_known(spec: ModelSpec) -> None:
    fast = fast_of(painter(), SHELF, [spec])
    assert fast is not None and fast.lora == lora_of(spec)


def test_a_file_of_that_name_for_another_base_is_not() -> None:
    fast = fast_of(XL, SHELF, [lora("local/1", "sdxl_lightning_4step_lora", "flux1")])
    assert fast is not None and fast.lora is None


def test_a_model_that_the_shelf_does_not_know_is_offered_one_for_its_base() -> None:
    for model in (painter(), painter(suits="", base="StableDiffusionXLPipeline")):
        fast = fast_of(model, SHELF, [])
        assert fast is not None and fast.entry.suits == "sdxl"
    # The shelf names none for this one: that LoRA is made for the first Qwen-Image; who has it may try.
    new = painter("Qwen/Qwen-Image-2512", "qwen-image")
    assert fast_of(new, SHELF, []) is None
    file = "Qwen-Image-Lightning-8steps-V1.0"
    fast = fast_of(new, SHELF, [lora(f"lightx2v/Qwen-Image-Lightning/{file}", file, "qwen-image")])
    assert fast is not None and fast.lora is not None
    assert fast.defaults.scheduler_options["shift_terminal"] is False


@pytest.mark.parametrize(
    "model",
    [
        painter("stabilityai/sdxl-turbo"),
        painter("local/dreamshaper-xl-lightning-1"),
        painter("ByteDance/SDXL-Lightning/sdxl_lightning_4step"),
        painter(suits="sana"),
        painter(suits=""),
        painter("starter/postcards", "sd1", starter=True),
        msgspec.structs.replace(XL, abilities=()),
    ],
)
def test_nothing_makes_what_is_fast_or_another_kind_of_model_fast(model: ModelSpec) -> None:
    assert fast_of(model, SHELF, [FOUR_STEPS]) is None


def test_a_schedule_changes_only_what_it_names() -> None:
    own = Defaults(width=768, num_inference_steps=50, guidance_scale=5.0, scheduler="DDIM")
    now = scheduled(own, Defaults(num_inference_steps=4, guidance_scale=0.0))
    assert now == Defaults(width=768, num_inference_steps=4, guidance_scale=0.0, scheduler="DDIM")


def test_every_lora_of_the_shelf_names_a_base_that_inspection_finds() -> None:
    entries: list[ShelfEntry] = [entry for entry in SHELF if entry.group is Group.SPEED]
    assert entries and all(entry.suits in BASES for entry in entries)


def test_bases_whose_loras_look_alike_go_together() -> None:
    assert lora_fits("flux1", "chroma") and lora_fits("sdxl", "kolors") and lora_fits("", "sdxl")
    assert not lora_fits("flux1", "flux2") and not lora_fits("sd1", "sdxl")
