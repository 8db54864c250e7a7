"""What a window can know of a model's inputs is what its class says."""

import inspect
import subprocess
import sys

import msgspec
import pytest

from studio.catalog.adapters import IP_ADAPTER
from studio.catalog.pipelines import pipeline_kind
from studio.catalog.roles import adapter_for, roles_of
from studio.core.inputs import Role
from studio.core.model import Ability, Kind, ModelSpec


def spec(base: str, suits: str = "") -> ModelSpec:
    return ModelSpec(
        id="m", name="m", family="diffusion", base=base, abilities=(Ability.GENERATE,), path="/m", suits=suits
    )


@pytest.mark.parametrize(
    ("base", "roles"),
    [
        ("StableDiffusionPipeline", {Role.START}),
        ("FluxPipeline", {Role.START}),
        ("QwenImagePipeline", {Role.START}),
        ("Flux2KleinPipeline", {Role.START, Role.REFER}),
        ("Flux2Pipeline", {Role.START, Role.REFER}),
        ("QwenImage21Pipeline", {Role.START, Role.REFER}),
        ("OmniGenPipeline", {Role.START, Role.REFER}),
        ("KandinskyV22CombinedPipeline", {Role.START}),
        ("QwenImageEditPlusPipeline", {Role.START, Role.REFER}),
        ("NobodysPipeline", set()),
    ],
)
def test_a_model_takes_what_its_class_takes(base: str, roles: set[Role]) -> None:
    assert roles_of(spec(base)) == roles


def test_an_adapter_lets_a_model_look_at_pictures() -> None:
    adapter = msgspec.structs.replace(spec(IP_ADAPTER, "sdxl"), abilities=(), kind=Kind.CONTROL)
    model = spec("StableDiffusionXLPipeline", "sdxl")
    assert roles_of(model, [adapter]) == {Role.START, Role.REFER} and adapter_for(model, [adapter]) is adapter
    assert roles_of(spec("StableDiffusionPipeline", "sd1"), [adapter]) == {Role.START}
    assert adapter_for(spec("Flux2KleinPipeline", "flux2"), [adapter]) is None


@pytest.mark.parametrize(
    ("base", "told"),
    [
        ("QwenImageEditPipeline", (Kind.EDIT, True)),
        ("QwenImageEditPlusPipeline", (Kind.EDIT, True)),
        ("FluxKontextPipeline", (Kind.EDIT, True)),
        ("LongCatImageEditPipeline", (Kind.EDIT, True)),
        ("StableDiffusionInstructPix2PixPipeline", (Kind.EDIT, True)),
        ("OmniGenPipeline", (Kind.PICTURE, True)),
        ("Flux2Pipeline", (Kind.PICTURE, True)),
        ("StableDiffusionInpaintPipeline", (Kind.EDIT, False)),
        ("FluxKontextInpaintPipeline", (Kind.EDIT, False)),
        ("QwenImageEditInpaintPipeline", (Kind.EDIT, False)),
        ("QwenImageLayeredPipeline", (Kind.EDIT, False)),
        ("ChronoEditPipeline", (Kind.EDIT, False)),
        ("FluxControlPipeline", (Kind.OTHER, False)),
        ("StableDiffusionUpscalePipeline", (Kind.UPSCALER, False)),
        ("NobodysEditPipeline", (Kind.EDIT, False)),
    ],
)
def test_what_changes_pictures_by_words_alone_runs(base: str, told: tuple[Kind, bool]) -> None:
    assert pipeline_kind(base) == told


def test_what_makes_no_pictures_takes_none() -> None:
    assert not roles_of(msgspec.structs.replace(spec("LlamaForCausalLM"), family="language"))


def test_nothing_heavy_is_imported_for_it() -> None:
    code = (
        "import sys; from tests.catalog.test_roles import spec; from studio.catalog.roles import roles_of;"
        "assert roles_of(spec('FluxPipeline')); assert not {'torch', 'diffusers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.long
def test_every_class_that_may_make_pictures_is_read_as_it_is() -> None:
    import diffusers

    from studio.catalog.signatures import pipelines_read

    names = [name for name in pipelines_read() if name.endswith("Pipeline") and pipeline_kind(name)[1]]
    assert len(names) > 30
    for name in names:
        pipeline = getattr(diffusers, name, None)
        if pipeline is None or hasattr(pipeline, "_backends"):
            continue
        accepted = inspect.signature(pipeline.__call__).parameters
        looks = "strength" not in accepted and bool(accepted.keys() & {"image", "images", "input_images"})
        assert (Role.REFER in roles_of(spec(name))) == looks, name
