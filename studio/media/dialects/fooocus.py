"""Fooocus, which writes JSON, and RuinedFooocus; what Fooocus writes as A1111 does is read there."""

import re

from studio.core.reading import Reading
from studio.core.recipe import MODEL_HASH, Recipe, UsedLora
from studio.media.dialects.loras import once, used, without_tags
from studio.media.dialects.samplers import scheduler_of
from studio.media.dialects.texts import USER_COMMENT, Texts
from studio.media.dialects.values import (
    Table,
    each_once,
    extra,
    impossible,
    items,
    number,
    parsed,
    seed,
    side,
    size,
    size_in,
    steps,
    weights_name,
    words,
)

_READ = {
    *("prompt", "negative_prompt", "full_prompt", "full_negative_prompt", "prompt_expansion", "base_model"),
    *("base_model_hash", "guidance_scale", "loras", "resolution", "sampler", "scheduler", "seed", "steps"),
    *("metadata_scheme", "version", "performance", "created_by", "vae", "refiner_switch"),
}
_DEFAULTS = {
    "clip_skip": 2,
    "sharpness": 2,
    "adm_guidance": "(1.5, 0.8, 0.3)",
    "adaptive_cfg": 7,
    "refiner_model": "None",
    "styles": "[]",
}
_NUMBERS = {"resolution": size_in, "seed": seed, "steps": steps, "guidance_scale": number}
_RUINED_NUMBERS = {"width": side, "height": side, "seed": seed, "steps": steps, "cfg": number}
_PAIR = re.compile(r"^\s*(-?[\d.]{1,12})\s+-\s+(.+)$")


def read(texts: Texts) -> Reading | None:
    for key in ("parameters", "Comment", USER_COMMENT, "comment"):
        told = parsed(texts.get(key))
        if told.get("software") == "RuinedFooocus":
            return _ruined(told)
        if told.get("metadata_scheme") == "fooocus" or {"base_model", "performance"} <= told.keys():
            return _fooocus(told, texts)
    return None


def _fooocus(told: Table, texts: Texts) -> Reading:
    prompt, called, others = without_tags(words(told.get("prompt")))
    scheduler, unknown = scheduler_of(told.get("sampler"), told.get("scheduler"))
    width, height = size_in(told.get("resolution")) or texts.size
    hashed = {MODEL_HASH: told["base_model_hash"]} if told.get("base_model_hash") else {}
    recipe = Recipe(
        tool="Fooocus",
        prompt=prompt,
        negative_prompt=words(told.get("negative_prompt")),
        model_name=weights_name(told.get("base_model")),
        seed=seed(told.get("seed")),
        width=width,
        height=height,
        num_inference_steps=steps(told.get("steps")),
        guidance_scale=number(told.get("guidance_scale")),
        scheduler=scheduler,
        loras=tuple(once([*_loras(told), *called])),
        extra=extra({**told, **hashed}),
    )
    strange = [name for name, value in told.items() if name not in _READ and not _is_default(name, value)]
    left = (name for name in strange if not name.startswith("lora_combined"))
    unread = [*impossible(told, _NUMBERS), *others, *unknown, *left]
    return Reading(recipe=recipe, dialect=recipe.tool, unread=each_once(unread))


def _is_default(name: str, value: object) -> bool:
    return value in (None, "", "None", [], {}, False) or _DEFAULTS.get(name) == value


def _loras(told: Table) -> list[UsedLora]:
    """`[name, scale, hash]`; before version 2.2 `lora_combined_1: "name : scale"`."""
    found = list[UsedLora]()
    for one in items(told.get("loras")):
        match one:
            case [str() as name, scale, *rest]:
                found.append(used(name, scale, rest[0] if rest else ""))
            case _:
                pass
    for name, value in told.items():
        if name.startswith("lora_combined") and isinstance(value, str):
            file, _, scale = value.rpartition(" : ")
            found.append(used(file, scale))
    return found


def _ruined(told: Table) -> Reading:
    scheduler, unknown = scheduler_of(told.get("sampler_name"), told.get("scheduler"))
    width, height = size(told.get("width"), told.get("height")) or (0, 0)
    loras = list[UsedLora]()
    for one in items(told.get("loras")):  # `["hash", "0.5 - name"]`
        text = items(one)[-1] if items(one) else one
        if isinstance(text, str) and (match := _PAIR.match(text[:300])):
            loras.append(used(match[2], match[1]))
    recipe = Recipe(
        tool="RuinedFooocus",
        prompt=words(told.get("Prompt")),
        negative_prompt=words(told.get("Negative")),
        model_name=weights_name(told.get("base_model_name")),
        seed=seed(told.get("seed")),
        width=width,
        height=height,
        num_inference_steps=steps(told.get("steps")),
        guidance_scale=number(told.get("cfg")),
        scheduler=scheduler,
        loras=tuple(once(loras)),
        extra=extra(told),
    )
    odd = [] if told.get("denoise") in (None, 1, 1.0) else ["denoise"]
    wrong = impossible(told, _RUINED_NUMBERS)
    return Reading(recipe=recipe, dialect=recipe.tool, unread=each_once([*wrong, *unknown, *odd]))
