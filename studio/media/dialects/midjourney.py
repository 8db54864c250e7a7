"""Midjourney: the words with their switches, and the number of a job."""

import re

from studio.core.reading import Reading
from studio.core.recipe import Recipe
from studio.media.dialects.texts import Texts
from studio.media.dialects.values import each_once, impossible, seed, words

_JOB = re.compile(r"\s*Job ID: [0-9a-f-]{36}\s*$")
_SWITCH = re.compile(r"\s--(\w{1,20})((?:\s+(?!--)\S{1,200})*)")


def read(texts: Texts) -> Reading | None:
    text = texts.get("Description", texts.get("ImageDescription", ""))
    if len(text) > 100_000 or not _JOB.search(text[-80:]):
        return None
    asked = _JOB.sub("", text)
    switches = {name: value.strip() for name, value in _SWITCH.findall(f" {asked}")}
    width, height = texts.size
    recipe = Recipe(
        tool="Midjourney",
        prompt=words(_SWITCH.sub("", asked).strip()),
        negative_prompt=words(switches.get("no", "")),
        model_name="Midjourney",
        seed=seed(switches.get("seed")),
        width=width,
        height=height,
        seamless="tile" in switches,
    )
    unread = [f"--{name}" for name in switches if name not in ("no", "seed", "tile", "ar")]
    wrong = impossible(switches, {"seed": seed})
    return Reading(recipe=recipe, dialect=recipe.tool, unread=each_once([*wrong, *unread]))
