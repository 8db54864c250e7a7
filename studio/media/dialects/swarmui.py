"""SwarmUI: its own parameters as JSON, with the files of the models beside them."""

from studio.core.inputs import Role, UsedInput
from studio.core.passes import SecondPass, Variation
from studio.core.reading import Reading
from studio.core.recipe import Recipe, UsedLora
from studio.media.dialects.loras import once, used, without_tags
from studio.media.dialects.samplers import scheduler_of
from studio.media.dialects.texts import USER_COMMENT, Texts
from studio.media.dialects.values import (
    Table,
    each_once,
    extra,
    file_name,
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
    truth,
    weights_name,
    words,
)

_KEY = "sui_image_params"
_READ = {
    *(
        "prompt",
        "negativeprompt",
        "model",
        "seed",
        "steps",
        "cfgscale",
        "fluxguidancescale",
        "width",
        "height",
    ),
    *("sampler", "scheduler", "loras", "loraweights", "variationseed", "variationseedstrength", "initimage"),
    *(
        "initimagecreativity",
        "seamlesstileable",
        "refinerupscale",
        "refinercontrolpercentage",
        "refinersteps",
    ),
    *("images", "aspectratio", "resolution", "sidelength"),
}
_NUMBERS = {
    "seed": seed,
    "variationseed": seed,
    "steps": steps,
    "refinersteps": steps,
    "width": side,
    "height": side,
    **dict.fromkeys(("cfgscale", "fluxguidancescale", "refinerupscale"), number),
    **dict.fromkeys(("variationseedstrength", "initimagecreativity", "refinercontrolpercentage"), fraction),
}
_SILENT = {
    *(
        "swarm_version",
        "date",
        "generation_time",
        "original_prompt",
        "original_negativeprompt",
        "personalnote",
    ),
    *("automaticvae", "donotsave", "batchsize", "refinerupscalemethod", "loratencweights", "backendtype"),
}
_NOT_USED: tuple[object, ...] = (None, "", [], {}, False, "false", "none", "None", "(None)")


def read(texts: Texts) -> Reading | None:
    for key in ("parameters", USER_COMMENT, "comment", "ImageDescription", "Make", "Model"):
        if _KEY in texts.get(key, ""):
            whole = parsed(texts[key][texts[key].find("{") :])
            if told := table(whole.get(_KEY)):
                return _told(told, whole)
    return None


def _told(told: Table, whole: Table) -> Reading:
    prompt, called, others = without_tags(words(told.get("prompt")))
    scheduler, unknown = scheduler_of(told.get("sampler"), told.get("scheduler"))
    own, other, strength = (
        seed(told.get("seed")),
        seed(told.get("variationseed")),
        fraction(told.get("variationseedstrength")),
    )
    varied = own is not None and other is not None and bool(strength)
    begins = told.get("initimage") not in _NOT_USED or "initimagecreativity" in told
    distilled = number(told.get("fluxguidancescale"))
    width, height = size(told.get("width"), told.get("height")) or (0, 0)
    second, left = _second_pass(told)
    extras = table(whole.get("sui_extra_data"))
    recipe = Recipe(
        tool="SwarmUI",
        prompt=prompt,
        negative_prompt=words(told.get("negativeprompt")),
        template=words(extras.get("original_prompt")),
        model_name=weights_name(told.get("model")),
        seed=other if varied else own,
        width=width,
        height=height,
        num_inference_steps=steps(told.get("steps")),
        guidance_scale=number(told.get("cfgscale")) if distilled is None else distilled,
        scheduler=scheduler,
        loras=tuple(once([*_loras(told, whole), *called])),
        inputs=(UsedInput(role=Role.START, name=file_name(told.get("initimage"))),) if begins else (),
        strength=fraction(told.get("initimagecreativity")) if begins else None,
        variation=Variation(seed=own, strength=strength) if own is not None and varied and strength else None,
        second_pass=second,
        seamless=truth(told.get("seamlesstileable")),
        extra=extra(told),
    )
    strange = [name for name, value in told.items() if name not in _READ | _SILENT and value not in _NOT_USED]
    unread = each_once([*impossible(told, _NUMBERS), *others, *unknown, *left, *strange])
    return Reading(recipe=recipe, dialect=recipe.tool, unread=unread)


def _second_pass(told: Table) -> tuple[SecondPass | None, list[str]]:
    """The refiner with an upscale is a second pass; without one it paints over the same size."""
    scale, strength = number(told.get("refinerupscale")), fraction(told.get("refinercontrolpercentage"))
    if scale is None or scale == 1:
        return None, ["refinercontrolpercentage"] if strength else []
    if not 1 < scale <= 4 or strength is None:
        return None, ["refinerupscale"]
    again = steps(told.get("refinersteps")) or None
    return SecondPass(scale=scale, strength=strength, num_inference_steps=again), []


def _loras(told: Table, whole: Table) -> list[UsedLora]:
    """The hash in `sui_models` is that of the tensors, as in a UsedLora."""
    known = {
        weights_name(one.get("name")): one.get("hash", "")
        for one in map(table, items(whole.get("sui_models")))
        if one.get("param") == "loras"
    }
    names, weights = _listed(told.get("loras")), _listed(told.get("loraweights"))
    scales = [*weights, *["1"] * len(names)]
    return [
        used(name, scale, known.get(weights_name(name), ""))
        for name, scale in zip(names, scales, strict=False)
    ]


def _listed(value: object) -> list[object]:
    """A list, which older versions wrote with commas."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else list(items(value))
