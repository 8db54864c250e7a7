"""Draw Things: JSON inside the picture's XMP."""

from studio.core.reading import Reading
from studio.core.recipe import Recipe
from studio.media.dialects.loras import once, used
from studio.media.dialects.samplers import scheduler_of
from studio.media.dialects.texts import USER_COMMENT, XMP_COMMENT, Texts
from studio.media.dialects.values import (
    each_once,
    extra,
    fraction,
    impossible,
    items,
    number,
    parsed,
    seed,
    size_in,
    steps,
    table,
    weights_name,
    words,
)

_READ = {"c", "uc", "seed", "steps", "scale", "sampler", "size", "model", "lora", "strength"}
_NUMBERS = {"seed": seed, "steps": steps, "scale": number, "size": size_in, "strength": fraction}
_SILENT = {"v2", "seed_mode", "profile", "shift", "mask_blur", "width", "height", "batch_count"}


def read(texts: Texts) -> Reading | None:
    told = parsed(texts.get(XMP_COMMENT)) or parsed(texts.get(USER_COMMENT))
    if not {"c", "steps", "sampler"} <= told.keys():
        return None
    scheduler, unknown = scheduler_of(told.get("sampler"))
    width, height = size_in(told.get("size")) or texts.size
    strength = fraction(told.get("strength"))
    recipe = Recipe(
        tool="Draw Things",
        prompt=words(told.get("c")),
        negative_prompt=words(told.get("uc")),
        model_name=weights_name(told.get("model")),
        seed=seed(told.get("seed")),
        width=width,
        height=height,
        num_inference_steps=steps(told.get("steps")),
        guidance_scale=number(told.get("scale")),
        scheduler=scheduler,
        loras=tuple(
            once(
                [
                    used(one.get("model"), one.get("weight", 1.0))
                    for one in map(table, items(told.get("lora")))
                ]
            )
        ),
        strength=strength if strength != 1 else None,
        extra=extra(told),
    )
    strange = [
        name
        for name, value in told.items()
        if name not in _READ | _SILENT and value not in ([], {}, "", None)
    ]
    wrong = impossible(told, _NUMBERS)
    return Reading(recipe=recipe, dialect=recipe.tool, unread=each_once([*wrong, *unknown, *strange]))
