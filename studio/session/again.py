"""Jobs that make a picture of the library once more, or one like it, out of what its recipe says."""

from collections.abc import Sequence

import msgspec

from studio.core.errors import NotFound, NotRecorded, UsedAndGone
from studio.core.ids import new_id
from studio.core.inputs import InputPicture, UsedInput
from studio.core.jobs import GenerateImages
from studio.core.model import Ability, Kind, Lora, ModelSpec, lora_of
from studio.core.passes import step_cache
from studio.core.paths import Paths
from studio.core.recipe import Recipe, UsedLora
from studio.session.inputs import used_input
from studio.store.assets import Assets


def again_job(recipe: Recipe, installed: Sequence[ModelSpec]) -> GenerateImages:
    """The job that gives the same pixels, its inputs' files yet to be found. Raises NotRecorded, or
    UsedAndGone for a model or a LoRA."""
    if recipe.execution is None or recipe.seed is None:
        raise NotRecorded
    record = msgspec.structs.replace(recipe.execution, model=recipe.model_fingerprint)
    job = msgspec.structs.replace(recipe_job(recipe, installed), again=record)
    if recipe.edit is None:
        return job
    # It is as large as what it changes, and proposed to nobody.
    edit = msgspec.structs.replace(recipe.edit, document="", method="")
    return msgspec.structs.replace(
        job, width=None, height=None, edit=edit, inputs=unfound_inputs(recipe.inputs)
    )


def recipe_job(recipe: Recipe, installed: Sequence[ModelSpec]) -> GenerateImages:
    """The job without its inputs that a recipe asks for. Raises UsedAndGone for a model or a LoRA."""
    wanted = {Ability.GENERATE, Ability.FILL} if recipe.edit else {Ability.GENERATE}
    able = [spec for spec in installed if wanted & {*spec.abilities}]
    model = next((spec for spec in able if spec.id == recipe.model), None)
    if model is None:
        raise UsedAndGone(name=recipe.model_name or recipe.model)
    width, height = recipe.first_size
    return GenerateImages(
        id=new_id(),
        model=model,
        prompt=recipe.prompt,
        negative_prompt=recipe.negative_prompt,
        template=recipe.template,
        styles=recipe.styles,
        width=width or None,
        height=height or None,
        num_inference_steps=recipe.num_inference_steps,
        guidance_scale=recipe.guidance_scale,
        scheduler=recipe.scheduler,
        loras=tuple(_lora(used, installed) for used in recipe.loras),
        strength=recipe.strength,
        seed=recipe.seed or 0,
        variation=recipe.variation,
        second_pass=recipe.second_pass,
        seamless=recipe.seamless,
        cache=step_cache(recipe.cache),
    )


def unfound_inputs(used: Sequence[UsedInput]) -> tuple[InputPicture, ...]:
    """For a job whose inputs' files `again_inputs` has yet to find."""
    return tuple(InputPicture(path="", **msgspec.structs.asdict(one)) for one in used)


def again_inputs(used: Sequence[UsedInput], assets: Assets, paths: Paths) -> tuple[InputPicture, ...]:
    """The pictures themselves, by the hash of what they were then; reads files. Raises UsedAndGone."""
    return tuple(_input(one, assets, paths) for one in used)


def _lora(used: UsedLora, installed: Sequence[ModelSpec]) -> Lora:
    spec = next((one for one in installed if one.kind is Kind.LORA and one.id == used.id), None)
    if spec is None:
        raise UsedAndGone(name=used.name or used.id)
    return lora_of(spec, used.scale)


def _input(used: UsedInput, assets: Assets, paths: Paths) -> InputPicture:
    """What it was, not what it has become."""
    try:
        picture = used_input(used, assets.get(used.asset) if used.asset else None, paths)
    except NotFound as error:
        raise UsedAndGone(name=error.params["name"]) from error
    if picture.hash != used.hash:
        raise UsedAndGone(name=used.name or used.asset or used.hash)
    return picture
