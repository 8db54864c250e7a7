"""Judges a picture model by its pictures: does it draw what was asked for, sharply, and not always the same?

    python packaging/starter/judge.py [MODEL] [--limit 8] [--json]

Without a model it judges Postcards, and Scribe, the text model, after it (`scribe.judge`).

The prompts are worded like no training caption (`asked`), though the captions' vocabulary was widened after a
look at which of them were misread. Most name no style and ask for a flat picture, half as many name one of
the others. What a picture shows is read from its pixels (`detect`): of a flat picture everything, of others
the style. First the detectors are tried on freshly drawn pictures: an attribute whose detector is right in
less than 0.99 of them gets no figure. Everything is seeded.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import msgspec
import scribe.judge
import torch
from asked import Asked, ask, ask_styled
from detect import Detector, Seen, diversity, sharpness
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from draw import draw
from PIL import Image
from scene import SEVERAL, STYLES, Scene, sample

SHIPPED = Path(__file__).resolve().parents[2] / "resources" / "starter"
RELIABLE = 0.99
DRAWN = 256  # the size of the pictures that the detectors are tried on
SEEDS = 8  # pictures of one prompt whose differences are measured
REPEATED = 4  # how many prompts that is done for
BATCH = 8
BARS = {
    "style": 0.95,
    "sky": 0.95,
    "ground": 0.95,
    "thing": 0.9,
    "colour": 0.9,
    "place": 0.85,
    "number": 0.85,
    "sharpness": 0.85,
    "diversity": 0.7,
}
ATTRIBUTES = tuple(BARS)[:7]
LANGUAGES_APART = 0.05


class Figures(msgspec.Struct, frozen=True):
    """What the judge found. Accuracies have no entry where the detector cannot be trusted.

    Attributes:
        scenes: how many scenes were asked for without a style, each in both languages.
        detectors: for each attribute, how often its detector is right on drawn pictures.
        accuracy: language, then attribute, to the share of the pictures that show what was asked.
        sharpness: for each style, the pictures' share of that of drawn ones of the same scenes and size.
        diversity: of several pictures of one prompt, as a share of drawn pictures that fit that prompt.
    """

    scenes: int
    detectors: dict[str, float]
    accuracy: dict[str, dict[str, float]]
    sharpness: dict[str, float]
    diversity: float


Painter = Callable[[list[str], list[int]], list[Image.Image]]


def painter(folder: Path) -> Painter:
    """The model at `folder`, at its default steps and guidance: prompts and seeds to pictures."""
    defaults = json.loads((folder / "studio.json").read_text("utf8"))["defaults"]
    pipeline = StableDiffusionPipeline.from_pretrained(folder, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    settings = {key: defaults[key] for key in ("width", "height", "num_inference_steps", "guidance_scale")}

    def paint(prompts: list[str], seeds: list[int]) -> list[Image.Image]:
        pictures: list[Image.Image] = []
        for at in range(0, len(prompts), BATCH):
            lots = [torch.Generator().manual_seed(seed) for seed in seeds[at : at + BATCH]]
            painted: Any = pipeline(prompts[at : at + BATCH], generator=lots, **settings)
            pictures += painted.images
        return pictures

    return paint


def applies(attribute: str, wanted: Asked | Scene) -> bool:
    """Whether an attribute can be asked about: a named style, one's place, the number of what may be more."""
    match attribute:
        case "style":
            return wanted.style != "flat"
        case "colour":
            return wanted.colour != ""
        case "place":
            return wanted.number == 1 and wanted.thing != "nothing"
        case "number":
            return wanted.thing in SEVERAL
        case _:
            return True


def right(asked: list[Asked] | list[Scene], seen: list[Seen], attribute: str) -> float:
    """The share of pictures in which an attribute is as it should be, among those that show it."""
    pairs = [
        getattr(wanted, attribute) == getattr(shown, attribute)
        for wanted, shown in zip(asked, seen, strict=True)
        if applies(attribute, wanted) and (attribute == "style" or wanted.style == "flat")
    ]
    return _share(pairs)


def _share(rights: list[bool]) -> float:
    return mean(rights) if rights else 1.0


def try_detectors(detector: Detector, count: int, seed: int) -> dict[str, float]:
    """How often each detector is right on `count` freshly drawn flat pictures and as many in other styles."""
    rng = random.Random(f"detectors/{seed}")
    scenes = [msgspec.structs.replace(sample(rng), style="flat") for _ in range(count)]
    scenes += [msgspec.structs.replace(sample(rng), style=STYLES[1 + i % 5]) for i in range(count)]
    seen = [detector.see(draw(scene, rng, DRAWN, DRAWN)) for scene in scenes]
    shares = {attribute: right(scenes, seen, attribute) for attribute in ATTRIBUTES}
    styles = [scene.style == shown.style for scene, shown in zip(scenes, seen, strict=True)]
    return shares | {"style": _share(styles)}


def drawn_like(asked: Asked, size: tuple[int, int], rng: random.Random) -> Image.Image:
    """A drawn picture that shows what was asked for; what was not asked falls as it may."""
    scene = sample(rng)
    while scene.sky != asked.sky:
        scene = sample(rng)
    wanted = {name: getattr(asked, name) for name in ("ground", "thing", "colour", "number", "style")}
    place = asked.place or scene.place
    return draw(msgspec.structs.replace(scene, **wanted, place=place), rng, *size)


def judge(paint: Painter, detector: Detector, scenes: int, drawn: int, seed: int) -> Figures:
    """All figures for a model, on `scenes` scenes and half as many with a style, in two languages each.

    The detectors are tried on `drawn` flat pictures and as many others.
    """
    detectors = try_detectors(detector, drawn, seed)
    asked = ask(scenes, seed) + ask_styled(-(-scenes // 2), seed)
    pictures = paint([one.text for one in asked], [seed + 1 + i // 2 for i in range(len(asked))])
    seen = [detector.see(picture) for picture in pictures]
    accuracy: dict[str, dict[str, float]] = {}
    for language in ("en", "zh"):
        rows = [i for i, one in enumerate(asked) if one.language == language]
        wanted, shown = [asked[i] for i in rows], [seen[i] for i in rows]
        trusted = [name for name in ATTRIBUTES if detectors[name] >= RELIABLE]
        accuracy[language] = {name: right(wanted, shown, name) for name in trusted}
    rng = random.Random(f"drawn/{seed}")
    crisp = _sharpness(asked, pictures, rng)
    return Figures(scenes, detectors, accuracy, crisp, _diversity(paint, asked[:REPEATED], rng))


def _sharpness(asked: list[Asked], pictures: list[Image.Image], rng: random.Random) -> dict[str, float]:
    """For each style the pictures' mean sharpness, against that of drawn pictures."""
    shares: dict[str, float] = {}
    for style in STYLES:
        pairs = [(one, picture) for one, picture in zip(asked, pictures, strict=True) if one.style == style]
        if pairs:
            crisp = mean(sharpness(picture) for _, picture in pairs)
            real = mean(sharpness(drawn_like(one, picture.size, rng)) for one, picture in pairs)
            shares[style] = crisp / real
    return shares


def _diversity(paint: Painter, asked: list[Asked], rng: random.Random) -> float:
    """The pictures' mean pairwise distance within a prompt, against that of drawn pictures."""
    seeds = list(range(101, 101 + SEEDS))
    painted = [paint([one.text] * SEEDS, seeds) for one in asked]
    size = painted[0][0].size
    real = mean(diversity([drawn_like(one, size, rng) for _ in seeds]) for one in asked)
    return mean(map(diversity, painted)) / real


def table(figures: Figures) -> str:
    """The figures as a Markdown table, each with its bar and whether it is met."""
    lines = ["| | detector | English | Chinese | both | bar | |", "|---|---|---|---|---|---|---|"]
    for name in ATTRIBUTES:
        detector = f"{figures.detectors[name]:.3f}"
        if name not in figures.accuracy["en"]:
            lines.append(f"| {name} | {detector} | – | – | – | {BARS[name]:.2f} | detector not reliable |")
            continue
        english, chinese = figures.accuracy["en"][name], figures.accuracy["zh"][name]
        both = (english + chinese) / 2
        values = f"{english:.2f} | {chinese:.2f} | {both:.2f} | {BARS[name]:.2f} | {verdict(name, both)}"
        lines.append(f"| {name} | {detector} | {values} |")
    for name, value in (("sharpness", figures.sharpness["flat"]), ("diversity", figures.diversity)):
        lines.append(f"| {name} | | | | {value:.2f} | {BARS[name]:.2f} | {verdict(name, value)} |")
    for style, value in figures.sharpness.items():
        if style != "flat":
            lines.append(f"| sharpness, {style} | | | | {value:.2f} | | |")
    english, chinese = (mean(figures.accuracy[language].values() or [0.0]) for language in ("en", "zh"))
    near = "met" if english - chinese <= LANGUAGES_APART else "not met"
    lines.append(
        f"| Chinese behind English | | | | {english - chinese:.3f} | at most {LANGUAGES_APART} | {near} |"
    )
    return "\n".join(lines)


def verdict(name: str, value: float) -> str:
    return "met" if value >= BARS[name] else "not met"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, nargs="?", help="a picture model's folder")
    parser.add_argument("--limit", type=int, default=60, help="scenes asked for, each in two languages")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    model = options.model or SHIPPED / "postcards"
    drawn = min(200, 4 * options.limit)
    figures = judge(painter(model), Detector(options.seed), options.limit, drawn, options.seed)
    if options.json:
        print(msgspec.json.encode(figures).decode())
        return
    print(f"{model}: {figures.scenes} scenes, each in two languages, and half as many in other styles\n")
    print(table(figures), flush=True)
    if not options.model:
        print(f"\n{SHIPPED / 'scribe'}\n\n{scribe.judge.report(SHIPPED / 'scribe')}")


if __name__ == "__main__":
    main()
