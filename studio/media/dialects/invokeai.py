"""InvokeAI's three generations: a command line (`Dream`), `sd-metadata`, and `invokeai_metadata`."""

import re
import shlex
from typing import Any

from studio.core.inputs import Role, UsedInput
from studio.core.reading import Reading
from studio.core.recipe import MODEL_HASH, Recipe, UsedLora
from studio.media.dialects.loras import once, used
from studio.media.dialects.samplers import scheduler_of
from studio.media.dialects.texts import Texts
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

_READ = {
    *("positive_prompt", "negative_prompt", "width", "height", "seed", "cfg_scale", "guidance", "steps"),
    *("scheduler", "model", "loras", "strength", "init_image", "seamless_x", "seamless_y", "ref_images"),
}
_SILENT = {
    *("generation_mode", "app_version", "rand_device", "type", "_canvas_objects", "canvas_v2_metadata"),
    *("cfg_rescale_multiplier", "positive_style_prompt", "negative_style_prompt", "t5_encoder", "_is_schema"),
    *("clip_embed_model", "qwen3_encoder", "style_preset"),
}
_NUMBERS = {
    "seed": seed,
    "width": side,
    "height": side,
    "steps": steps,
    "cfg_scale": number,
    "guidance": number,
    "strength": fraction,
}
_NOT_SAID: tuple[object, ...] = (None, "", [], {}, False, 0, 0.0)
_LONG_DREAM = 100_000
_SWITCHES = {
    "-s": "steps",
    "--steps": "steps",
    "-S": "seed",
    "--seed": "seed",
    "-W": "width",
    "-H": "height",
    "-C": "cfg_scale",
    "--cfg_scale": "cfg_scale",
    "-A": "sampler",
    "--sampler": "sampler",
    "-f": "strength",
    "--strength": "strength",
    "-I": "init",
    "--init_img": "init",
}
_NEGATIVE_INSIDE = re.compile(r"\[([^\[\]]*)\]")


def read(texts: Texts) -> Reading | None:
    if told := parsed(texts.get("invokeai_metadata")):
        return _third(told)
    if told := table(parsed(texts.get("sd-metadata")).get("image")):
        return _second(parsed(texts["sd-metadata"]), told)
    if dream := texts.get("Dream", texts.get("dream", "")):
        return _first(dream, texts)
    return None


def _third(told: Table) -> Reading:
    model = table(told.get("model"))
    scheduler, unknown = scheduler_of(told.get("scheduler"))
    begins = file_name(told.get("init_image"))
    references = [name for one in items(told.get("ref_images")) if (name := _image_name(one))]
    inputs = [UsedInput(role=Role.START, name=begins)] if begins else []
    inputs += [UsedInput(role=Role.REFER, name=name) for name in references[:15]]
    width, height = size(told.get("width"), told.get("height")) or (0, 0)
    guidance = number(told.get("guidance"))
    recipe = Recipe(
        tool="InvokeAI",
        prompt=words(told.get("positive_prompt")),
        negative_prompt=words(told.get("negative_prompt")),
        model_name=weights_name(model.get("model_name") or model.get("name")),
        seed=seed(told.get("seed")),
        width=width,
        height=height,
        num_inference_steps=steps(told.get("steps")),
        guidance_scale=number(told.get("cfg_scale")) if guidance is None else guidance,
        scheduler=scheduler,
        loras=tuple(once([_lora(one) for one in map(table, items(told.get("loras")))])),
        inputs=tuple(inputs),
        strength=fraction(told.get("strength")) if begins else None,
        seamless=truth(told.get("seamless_x")) or truth(told.get("seamless_y")),
        extra=extra({**told, **_hash(model.get("hash"))}),
    )
    strange = [name for name, value in told.items() if name not in _READ | _SILENT and value not in _NOT_SAID]
    wrong = impossible(told, _NUMBERS)
    return Reading(recipe=recipe, dialect=recipe.tool, unread=each_once([*wrong, *unknown, *strange]))


def _second(whole: Table, told: Table) -> Reading:
    prompts = [
        words(one) if isinstance(one, str) else words(table(one).get("prompt"))
        for one in _listed(told.get("prompt"))
    ]
    prompt, negative = _split(", ".join(filter(None, prompts)))
    scheduler, unknown = scheduler_of(told.get("sampler"))
    width, height = size(told.get("width"), told.get("height")) or (0, 0)
    model = whole.get("model_weights") or whole.get("model")
    recipe = Recipe(
        tool="InvokeAI",
        prompt=prompt,
        negative_prompt=negative,
        model_name=weights_name(model),
        seed=seed(told.get("seed")),
        width=width,
        height=height,
        num_inference_steps=steps(told.get("steps")),
        guidance_scale=number(told.get("cfg_scale")),
        scheduler=scheduler,
        strength=fraction(told.get("strength")) if told.get("type") == "img2img" else None,
        seamless=truth(told.get("seamless")),
        extra=extra({**told, **_hash(whole.get("model_hash"))}),
    )
    odd = ["threshold", "perlin", "hires_fix", "postprocessing", "variations", "facetool", "upscale", "mask"]
    unread = [*impossible(told, _NUMBERS), *(name for name in odd if told.get(name) not in _NOT_SAID)]
    return Reading(recipe=recipe, dialect=recipe.tool, unread=each_once([*unknown, *unread]))


def _first(dream: str, texts: Texts) -> Reading | None:
    """`"words [what to avoid]" -s 50 -S 1 -W 512 -H 768 -C 5 -A k_lms`."""
    if len(dream) > _LONG_DREAM:
        return None
    try:
        parts = shlex.split(dream)
    except ValueError:  # a quotation mark inside the words
        parts = dream.split()
    spoken, told, unread = list[str](), dict[str, Any](), list[str]()
    waiting = iter(parts)
    for part in waiting:
        if part in _SWITCHES:
            told[_SWITCHES[part]] = next(waiting, "")
        elif match := re.fullmatch(r"-([sSWHCf])([\d.]+)", part):
            told[_SWITCHES[f"-{match[1]}"]] = match[2]
        elif re.fullmatch(r"--?[A-Za-z]\w*", part):
            unread.append(part)
        elif not unread:
            spoken.append(part)
    if "steps" not in told and "seed" not in told:
        return None
    prompt, negative = _split(" ".join(spoken))
    scheduler, unknown = scheduler_of(told.get("sampler"))
    width, height = size(told.get("width"), told.get("height")) or texts.size
    begins = file_name(told.get("init"))
    recipe = Recipe(
        tool="InvokeAI",
        prompt=prompt,
        negative_prompt=negative,
        seed=seed(told.get("seed")),
        width=width,
        height=height,
        num_inference_steps=steps(told.get("steps")),
        guidance_scale=number(told.get("cfg_scale")),
        scheduler=scheduler,
        inputs=(UsedInput(role=Role.START, name=begins),) if begins else (),
        strength=fraction(told.get("strength")) if begins else None,
    )
    wrong = impossible(told, _NUMBERS)
    return Reading(recipe=recipe, dialect=recipe.tool, unread=each_once([*wrong, *unknown, *unread]))


def _split(prompt: str) -> tuple[str, str]:
    """Before the third generation what is to be avoided stood in square brackets among the words."""
    negative = ", ".join(part.strip() for part in _NEGATIVE_INSIDE.findall(prompt))
    return words(_NEGATIVE_INSIDE.sub("", prompt).strip()), words(negative)


def _lora(one: Table) -> UsedLora:
    model = table(one.get("model")) or table(one.get("lora"))
    return used(model.get("name") or model.get("model_name"), one.get("weight", 1.0))


def _image_name(one: object) -> str:
    config = table(table(one).get("config")) or table(one)
    return file_name(table(config.get("image")).get("image_name"))


def _listed(value: object) -> list[Any]:
    return [value] if isinstance(value, str) else items(value)


def _hash(value: object) -> Table:
    """`blake3:…` is another hash than the one that tools share."""
    return {MODEL_HASH: value} if isinstance(value, str) and ":" not in value else {}
