"""The text that A1111 invented: prompt, negative prompt, one line of settings.

Also written by Forge, reForge, SD.Next, Civitai's generator, Stability Matrix, Fooocus (its second way), and
by nodes of ComfyUI that save pictures. The rules are those of `modules/infotext_utils.py`.
"""

import json
import re
from typing import Any

from studio.core.job_checks import MOST_STEPS, PROMPT_LIMIT
from studio.core.passes import SecondPass, Variation
from studio.core.reading import Reading
from studio.core.recipe import MODEL_HASH, Recipe, UsedLora
from studio.media.dialects.loras import once, used, without_tags
from studio.media.dialects.samplers import scheduler_of
from studio.media.dialects.settings_line import Settings, settings_in
from studio.media.dialects.texts import USER_COMMENT, Texts
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
    truth,
    weights_name,
    words,
)

_KEYS = ("parameters", "Parameters", USER_COMMENT, "comment", "ImageDescription", "XPComment", "Description")
_NEGATIVE = "Negative prompt:"
_LORA_HASH = re.compile(r"([^,:]{1,200}):\s*([0-9a-fA-F]{6,64})(?::\s*(-?[\d.]{1,12}))?")

# Settings that have their place in a Recipe.
_READ = {
    *("Steps", "Sampler", "Schedule type", "Scheduler", "Sampler sigma", "CFG scale", "Distilled CFG Scale"),
    *("Seed", "Size", "Model", "Model hash", "Denoising strength", "Denoise", "Hires upscale", "Hires steps"),
    *("Hires resize", "Hires CFG Scale", "Variation seed", "Variation seed strength", "Tiling"),
    *("Lora hashes", "Loras", "Template", "Negative Template", "Civitai resources", "Pipeline"),
}
_NUMBERS = {
    **dict.fromkeys(("Steps", "Hires steps"), steps),
    **dict.fromkeys(("CFG scale", "Distilled CFG Scale", "Hires upscale", "Clip skip"), number),
    **dict.fromkeys(("Seed", "Variation seed"), seed),
    **dict.fromkeys(("Size", "Hires resize"), size_in),
    **dict.fromkeys(("Denoising strength", "Denoise", "Variation seed strength"), fraction),
}
# Settings that change nothing which is not said elsewhere.
_SILENT = {
    *("Version", "App", "Created Date", "Civitai metadata", "Operations", "Parser", "User", "Hashes", "RNG"),
    *("Model ID", "Comment", "Batch size", "Batch pos", "Backend", "VAE hash", "Size-1", "Size-2", "Index"),
    *("Raw prompt", "Raw negative prompt", "Full prompt", "Full negative prompt", "Metadata scheme"),
    *("Workflow", "workflow", "Hardware Info", "Time", "Time taken", "Remix of", "Clip skip"),
}


def read(texts: Texts) -> Reading | None:
    for key in _KEYS:
        if reading := read_parameters(texts.get(key, ""), texts):
            return reading
    return None


def read_parameters(text: str, texts: Texts) -> Reading | None:
    """None for a text that has no line of settings."""
    settings, above = settings_in(text)
    if settings is None:
        return None
    prompt, _, negative = ("\n" + above).partition("\n" + _NEGATIVE)
    prompt, called, unread = without_tags(prompt.strip())
    negative, _, more = without_tags(negative.strip())
    values, resources = settings.values, _civitai(settings)
    scheduler, unknown = scheduler_of(values.get("Sampler"), _schedule(settings))
    guidance, unused = _guidance(settings)
    width, height = size_in(values.get("Size")) or texts.size
    rest, variation = _seeds(settings)
    second, strength, left = _passes(settings, (width, height))
    loras = [*_with_hashes(called, settings), *_fooocus_loras(settings), *resources[1]]
    cut = ["prompt"] if len(prompt) > PROMPT_LIMIT else []
    wrong = impossible(values, _NUMBERS)
    names = [*wrong, *unread, *more, *unknown, *unused, *left, *cut, *resources[2], *_others(settings)]
    recipe = Recipe(
        tool=_tool(settings, texts),
        prompt=words(prompt),
        negative_prompt=words(negative),
        template=words(values.get("Template")),
        model_name=weights_name(values.get("Model")) or resources[0],
        pipeline=words(values.get("Pipeline"), 80),
        seed=rest,
        width=width,
        height=height,
        num_inference_steps=steps(values.get("Steps")),
        guidance_scale=guidance,
        scheduler=scheduler,
        loras=tuple(once(loras)),
        strength=strength,
        variation=variation,
        second_pass=second,
        seamless=truth(values.get("Tiling")),
        extra=_extra(settings),
    )
    return Reading(recipe=recipe, dialect=recipe.tool, unread=each_once(names))


def _tool(settings: Settings, texts: Texts) -> str:
    """Whose variant it is, by what only that tool writes."""
    values = settings.values
    version, app = str(values.get("Version", "")), str(values.get("App", ""))
    if "StabilityMatrix" in texts or "smproj" in texts or "parameters-json" in texts:
        return "Stability Matrix"
    if "Civitai resources" in values:
        return "Civitai"
    for name in ("SD.Next", "ComfyUI", "Fooocus", "Atelier", "InvokeAI", "Draw Things"):
        if name.casefold() in f"{app} {version}".casefold():
            return name
    if version.casefold().startswith("neo"):
        return "Forge Neo"
    if re.match(r"f\d", version) or "Distilled CFG Scale" in values or "NGMS" in values:
        return "Forge"
    if app:
        return words(app, 40)
    return "AUTOMATIC1111"


def _schedule(settings: Settings) -> object:
    """Since A1111 1.9 it stands apart from the sampler; Fooocus and SD.Next have names of their own."""
    values = settings.values
    return values.get("Schedule type") or values.get("Scheduler") or values.get("Sampler sigma") or ""


def _guidance(settings: Settings) -> tuple[float | None, list[str]]:
    """Flux in Forge has two: the one that was distilled into it is the one that its pipelines take."""
    plain, distilled = (number(settings.values.get(name)) for name in ("CFG scale", "Distilled CFG Scale"))
    if distilled is None:
        return plain, []
    return distilled, [] if plain in (None, 1.0) else ["CFG scale"]


def _seeds(settings: Settings) -> tuple[int | None, Variation | None]:
    """A1111 leads the noise of the seed towards that of the variation seed; see core/passes.py."""
    own, other = seed(settings.values.get("Seed")), seed(settings.values.get("Variation seed"))
    strength = fraction(settings.values.get("Variation seed strength"))
    if own is None or other is None or not strength:
        return own, None
    return other, Variation(seed=own, strength=strength)


def _passes(settings: Settings, size: tuple[int, int]) -> tuple[SecondPass | None, float | None, list[str]]:
    """The second pass, the strength of the picture that it began with, and what of both has no place."""
    values = settings.values
    denoise = fraction(values.get("Denoising strength", values.get("Denoise")))
    scale, target = number(values.get("Hires upscale")), size_in(values.get("Hires resize"))
    if scale is None and target and all(size):
        scale = round((target[0] * target[1] / (size[0] * size[1])) ** 0.5, 3)
    if scale is None:
        return None, denoise, []
    left = ["Hires CFG Scale"] if "Hires CFG Scale" in values else []
    if not 1 <= scale <= 4:
        return None, None, ["Hires upscale"]
    strength = SecondPass().strength if denoise is None else denoise
    made = steps(values.get("Hires steps")) or steps(values.get("Steps"))
    planned = _planned(made, strength)
    return SecondPass(scale=scale, strength=strength, num_inference_steps=planned), None, left


def _planned(made: int | None, strength: float) -> int | None:
    """Of how many steps so many are made at that strength. A1111 makes as many as it is told
    (`setup_img2img_steps` in `sd_samplers_common.py`), diffusers' pipelines a share of them."""
    if not made or not strength:
        return made
    planned = round(made / strength)
    return min(MOST_STEPS, planned + (int(planned * strength) < made))


def _with_hashes(called: list[UsedLora], settings: Settings) -> list[UsedLora]:
    """The hashes of LoRAs, by the names that the prompt calls them."""
    hashes = {name: value for name, value, _ in _hashes(settings, "Lora hashes")}
    return [used(one.name, one.scale, hashes.get(one.name, "")) for one in called]


def _fooocus_loras(settings: Settings) -> list[UsedLora]:
    """`name: hash: scale, …`."""
    return [used(name, scale or 1.0, value) for name, value, scale in _hashes(settings, "Loras")]


def _hashes(settings: Settings, key: str) -> list[tuple[str, str, str]]:
    """Name, hash and, where it is there, scale. Piece by piece: a search would begin anew at each letter."""
    pieces = str(settings.values.get(key, "")).split(",")
    found = (_LORA_HASH.fullmatch(piece.strip()) for piece in pieces)
    return [(one[1].strip(), one[2], one[3] or "") for one in found if one]


def _civitai(settings: Settings) -> tuple[str, list[UsedLora], list[str]]:
    """Model, LoRAs, and the other kinds of things that Civitai's generator used."""
    model, loras, others = "", list[UsedLora](), list[str]()
    for one in map(table, items(settings.values.get("Civitai resources"))):
        name, kind = words(one.get("modelName"), 200), str(one.get("type", "")).casefold()
        if kind == "checkpoint":
            model = " ".join(filter(None, (name, words(one.get("modelVersionName"), 80))))
        elif kind in ("lora", "locon", "lycoris", "dora"):
            loras.append(used(name, one.get("weight", 1.0)))
        else:
            others.append(f"{kind} {name}".strip())
    return model, loras, others


def _others(settings: Settings) -> list[str]:
    """Names of settings without a place, and those whose value says that they were used."""
    skip = settings.values.get("Clip skip")
    names = [name for name in settings.values if name not in _READ | _SILENT]
    ours = {"Hires upscaler"} if settings.values.get("Hires upscaler") == "Lanczos" else set[str]()
    names = [name for name in names if name not in ours]
    return [*names, *(["Clip skip"] if number(skip) not in (None, 0, 1) else [])]


def _extra(settings: Settings) -> dict[str, str]:
    kept: dict[str, Any] = {
        name: json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
        for name, value in settings.values.items()
        if name != "Template"
    }
    if hash_of := parsed(str(settings.values.get("Hashes", ""))).get("model"):
        kept.setdefault(MODEL_HASH, hash_of)
    return extra(kept)
