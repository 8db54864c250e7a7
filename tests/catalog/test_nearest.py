"""From the names that recipes have for models to what is here, or to the shelf."""

from pathlib import Path

import pytest

from studio.catalog.nearest import nearest_loras, nearest_model
from studio.catalog.shelf import read_shelf
from studio.core.model import Ability, Kind, ModelSpec
from studio.core.paths import resources_dir
from studio.core.recipe import MODEL_HASH, Recipe, UsedLora

SHELF = read_shelf(resources_dir(), None)
HASH = "31e35c80fc4829d14f90153f4c74cd59c90b779f6afe05a74cd6120b893f7e5b"


def painter(file: str, suits: str = "sdxl", id: str = "", **fields: object) -> ModelSpec:
    basic = {"id": id or f"local/{file}", "name": Path(file).stem, "path": f"/models/{file}", "base": ""}
    return ModelSpec(
        family="diffusion",
        abilities=(Ability.GENERATE,),
        kind=Kind.PICTURE,
        suits=suits,
        **(basic | {"source": "folder"} | fields),
    )  # type: ignore[arg-type]


def lora(file: str, suits: str = "sdxl") -> ModelSpec:
    return ModelSpec(
        id=f"local/{file}",
        name=Path(file).stem,
        family="",
        base="LoRA",
        abilities=(),
        path=f"/loras/{file}",
        kind=Kind.LORA,
        suits=suits,
    )


JUGGERNAUT = painter("juggernautXL_v9Rundiffusion.safetensors")
BASE_XL = painter("sd_xl_base_1.0.safetensors")
REALISTIC = painter("realisticVisionV51.safetensors", "sd1")


@pytest.mark.parametrize(
    "name",
    [
        "juggernautXL_v9Rundiffusion",
        "JuggernautXL_v9rundiffusion.safetensors",
        "juggernautXL v9Rundiffusion fp16",
    ],
)
def test_the_same_by_its_name(name: str):
    found = nearest_model(Recipe(model_name=name), [BASE_XL, JUGGERNAUT], SHELF)
    assert (found.here, found.how, found.shelf) == (JUGGERNAUT, "same", None)


def test_the_same_by_its_hash_in_the_cache(tmp_path: Path):
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / HASH).touch()
    link = tmp_path / "called-otherwise.safetensors"
    link.symlink_to(tmp_path / "blobs" / HASH)
    cached = painter("called-otherwise.safetensors", path=str(link), source="hub", id="a/b/called-otherwise")
    for known in (HASH[:10], HASH):
        recipe = Recipe(model_name="sd_xl_base_1.0", extra={MODEL_HASH: known})
        assert nearest_model(recipe, [BASE_XL, cached], SHELF).here == cached
    wrong = Recipe(model_name="sd_xl_base_1.0", extra={MODEL_HASH: "ffffffffff"})
    assert nearest_model(wrong, [cached, BASE_XL], SHELF).here == BASE_XL


def test_our_own_by_its_id():
    recipe = Recipe(model=REALISTIC.id, model_name="another name")
    assert nearest_model(recipe, [BASE_XL, REALISTIC], SHELF).here == REALISTIC


def test_a_file_by_the_repository_that_it_comes_from():
    """`sd_xl_base_1.0` is what the folder of that repository holds."""
    folder = painter(
        "snapshots/1",
        id="stabilityai/stable-diffusion-xl-base-1.0",
        name="Stable Diffusion XL",
        base="StableDiffusionXLPipeline",
        source="hub",
    )
    found = nearest_model(Recipe(model_name="sd_xl_base_1.0"), [REALISTIC, folder], SHELF)
    assert (found.here, found.how) == (folder, "same")


@pytest.mark.parametrize(
    ("name", "repository"),
    [
        ("sd_xl_base_1.0", "stabilityai/stable-diffusion-xl-base-1.0"),
        ("sd_xl_turbo_1.0_fp16", "stabilityai/sdxl-turbo"),
        ("v1-5-pruned-emaonly", "stable-diffusion-v1-5/stable-diffusion-v1-5"),
        ("v1-5-pruned-emaonly-fp16.safetensors", "stable-diffusion-v1-5/stable-diffusion-v1-5"),
        ("sd3.5_medium", "stabilityai/stable-diffusion-3.5-medium"),
        ("z_image_turbo_bf16", "Tongyi-MAI/Z-Image-Turbo"),
        ("qwen_image_fp8_e4m3fn", "Qwen/Qwen-Image"),
        ("qwen-image-Q4_K_M.gguf", "Qwen/Qwen-Image"),
        ("Chroma1-HD-fp8_scaled", "lodestones/Chroma1-HD"),
        ("flux-2-klein-4b-fp8", "black-forest-labs/FLUX.2-klein-4B"),
    ],
)
def test_the_shelf_has_it_under_its_own_name(name: str, repository: str):
    found = nearest_model(Recipe(model_name=name), [], SHELF)
    assert found.shelf and found.shelf.repository == repository
    assert found.shelf_is_same and found.here is None


@pytest.mark.parametrize(
    ("recipe", "base"),
    [
        (Recipe(model_name="juggernautXL_v9"), "StableDiffusionXLPipeline"),
        (Recipe(model_name="ponyDiffusionV6"), "StableDiffusionXLPipeline"),
        (Recipe(model_name="mine", pipeline="StableDiffusion3Pipeline"), "StableDiffusion3Pipeline"),
        (Recipe(model_name="realisticVisionV51", width=512, height=768), "StableDiffusionPipeline"),
    ],
)
def test_else_one_of_the_same_base_is_offered(recipe: Recipe, base: str):
    found = nearest_model(recipe, [], SHELF)
    assert found.shelf and (found.shelf.base, found.shelf_is_same) == (base, False)


@pytest.mark.parametrize(
    ("steps", "guidance", "repository"),
    [
        (30, 7.0, "stabilityai/stable-diffusion-xl-base-1.0"),
        (None, None, "stabilityai/stable-diffusion-xl-base-1.0"),
        (8, 7.0, "stabilityai/stable-diffusion-xl-base-1.0"),
        (9, 1.0, "stabilityai/stable-diffusion-xl-base-1.0"),
        (8, 2.0, "stabilityai/sdxl-turbo"),
        (4, 0.0, "stabilityai/sdxl-turbo"),
    ],
)
def test_a_distilled_one_is_offered_only_for_few_steps_with_little_guidance(
    steps: int | None, guidance: float | None, repository: str
):
    recipe = Recipe(model_name="juggernautXL_v9", num_inference_steps=steps, guidance_scale=guidance)
    found = nearest_model(recipe, [], SHELF)
    assert found.shelf and found.shelf.repository == repository


def test_where_the_shelf_has_only_distilled_ones_of_a_base_one_of_them_is_offered():
    recipe = Recipe(model_name="mine", pipeline="Flux2KleinPipeline", num_inference_steps=30)
    found = nearest_model(recipe, [], SHELF)
    assert found.shelf and found.shelf.repository == "black-forest-labs/FLUX.2-klein-4B"


def test_one_of_the_same_base_stands_in_and_the_chosen_one_first():
    recipe = Recipe(model_name="juggernautXL_v8")
    found = nearest_model(recipe, [REALISTIC, BASE_XL, JUGGERNAUT], SHELF)
    assert (found.name, found.here, found.how) == ("juggernautXL_v8", BASE_XL, "base")
    assert nearest_model(recipe, [BASE_XL, JUGGERNAUT], SHELF, JUGGERNAUT.id).here == JUGGERNAUT


def test_of_an_unknown_one_nothing_is_said():
    found = nearest_model(Recipe(model_name="mystery", width=2048, height=2048), [BASE_XL], SHELF)
    assert (found.here, found.how, found.shelf) == (None, "", None)
    assert nearest_model(Recipe(), [BASE_XL], SHELF).here is None


def test_loras_by_the_names_of_their_files_where_they_fit():
    ink, other = lora("Ink_Wash.safetensors"), lora("boats.safetensors", "flux1")
    wanted = Recipe(
        loras=(
            UsedLora(id="", name="ink wash", scale=0.6),
            UsedLora(id="", name="boats"),
            UsedLora(id="", name="sdxl_lightning_4step_lora"),
        )
    )
    found = nearest_loras(wanted, JUGGERNAUT, [ink, other, JUGGERNAUT], SHELF)
    assert [(one.here and (one.here.id, one.here.scale)) for one in found] == [(ink.id, 0.6), None, None]
    assert found[2].shelf and found[2].shelf.repository == "ByteDance/SDXL-Lightning"
