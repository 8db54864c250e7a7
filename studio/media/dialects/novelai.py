"""NovelAI: JSON in the comment, with the words of each character apart since its fourth model."""

from studio.core.inputs import Role, UsedInput
from studio.core.reading import Reading
from studio.core.recipe import Recipe
from studio.media.dialects.samplers import scheduler_of
from studio.media.dialects.texts import USER_COMMENT, Texts
from studio.media.dialects.values import (
    Table,
    each_once,
    extra,
    fraction,
    impossible,
    items,
    number,
    parsed,
    seed,
    side,
    size,
    steps,
    table,
    words,
)

_NUMBERS = {
    "seed": seed,
    "width": side,
    "height": side,
    "steps": steps,
    "scale": number,
    "strength": fraction,
}
# Of what the service writes down beside the recipe, what changes a picture when it is not as here.
_NEUTRAL: dict[str, tuple[object, ...]] = {
    "cfg_rescale": (0, 0.0),
    "uncond_scale": (0, 0.0, 1, 1.0),
    "sm": (False,),
    "sm_dyn": (False,),
    "dynamic_thresholding": (False,),
    "skip_cfg_above_sigma": (),
    "controlnet_strength": (1, 1.0),
    "controlnet_model": (),
    "reference_information_extracted_multiple": ([],),
    "reference_image_multiple": ([],),
    "director_reference_strengths": ([],),
    "uncond_per_vibe": (True,),
}


def read(texts: Texts) -> Reading | None:
    told = parsed(texts.get("Comment"))
    source = texts.get("Source", "")
    if not told:  # WebP has all of it as one object
        whole = parsed(texts.get(USER_COMMENT)) or parsed(texts.get("comment"))
        comment = whole.get("Comment")
        told = parsed(comment) if isinstance(comment, str) else table(comment)
        source = words(whole.get("Source"), 200) or source
    ours = "NovelAI" in texts.get("Software", "") or "NovelAI" in source or "v4_prompt" in told
    named = {"uc", "scale", "steps", "sampler"} <= told.keys()
    return _told(told, source, texts) if told and (ours or named) and "steps" in told else None


def _told(told: Table, source: str, texts: Texts) -> Reading:
    prompt = _caption(told.get("v4_prompt")) or words(told.get("prompt")) or words(texts.get("Description"))
    negative = _caption(told.get("v4_negative_prompt")) or words(told.get("uc"))
    scheduler, unknown = scheduler_of(told.get("sampler"), _schedule(told))
    width, height = size(told.get("width"), told.get("height")) or texts.size
    begins = "img2img" in str(told.get("request_type", "")).casefold()
    recipe = Recipe(
        tool="NovelAI",
        prompt=prompt,
        negative_prompt=negative,
        model_name=words(source, 200),
        seed=seed(told.get("seed")),
        width=width,
        height=height,
        num_inference_steps=steps(told.get("steps")),
        guidance_scale=number(told.get("scale")),
        scheduler=scheduler,
        inputs=(UsedInput(role=Role.START),) if begins else (),
        strength=fraction(told.get("strength")) if begins else None,
        extra=extra(
            {name: value for name, value in told.items() if name not in ("prompt", "uc", "signed_hash")}
        ),
    )
    odd = [name for name, least in _NEUTRAL.items() if told.get(name) is not None and told[name] not in least]
    unread = each_once([*impossible(told, _NUMBERS), *unknown, *odd, *_places(told)])
    return Reading(recipe=recipe, dialect=recipe.tool, unread=unread)


def _schedule(told: Table) -> object:
    """`native` is the sampler's own; karras is the service's usual one."""
    return told.get("noise_schedule") or ""


def _caption(value: object) -> str:
    """The words for all, then those for each character."""
    caption = table(table(value).get("caption"))
    characters = [words(table(one).get("char_caption")) for one in items(caption.get("char_captions"))]
    return words(", ".join(filter(None, [words(caption.get("base_caption")), *characters])))


def _places(told: Table) -> list[str]:
    """Where each character is to stand."""
    prompt = table(told.get("v4_prompt"))
    several = len(items(table(prompt.get("caption")).get("char_captions"))) > 0
    return ["use_coords"] if several and prompt.get("use_coords") is True else []
