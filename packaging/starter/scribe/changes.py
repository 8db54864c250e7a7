"""One change to a scene, and how a person asks for it."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from .grammar import picture_asks
from .phrase import write
from .prompts import thing_en, thing_zh
from .scene import COLOURS, KINDS, NUMBERS_EN, NUMBERS_ZH, PLACES, SKIES, STYLES, Scene, Thing, sample_thing

Change = tuple[str, Scene]


def change(rng: Random, scene: Scene, language: str) -> Change:
    """Return a request for a change and the scene after it."""
    return rng.choice(_CHANGES)(rng, scene, language)


def _sky(rng: Random, scene: Scene, language: str) -> Change:
    sky = rng.choice([key for key in SKIES if key != scene.sky])
    light = scene.light and ("moon" if sky == "night" else "sun")
    colour = scene.light_colour if light == scene.light else ""
    after = replace(scene, sky=sky, light=light, light_colour=colour)
    return write(rng, picture_asks(language).sky[sky]), after


def _style(rng: Random, scene: Scene, language: str) -> Change:
    style = rng.choice([key for key in STYLES if key != scene.style])
    word = STYLES[style].en if language == "en" else STYLES[style].zh
    return write(rng, picture_asks(language).style, {"style": word}), replace(scene, style=style)


def _add(rng: Random, scene: Scene, language: str) -> Change:
    if len(scene.things) >= 3:
        return _style(rng, scene, language)
    thing = sample_thing(rng, scene.ground, scene.things)
    text = thing_en(thing) if language == "en" else thing_zh(thing)
    return write(rng, picture_asks(language).add, {"thing": text}), replace(
        scene, things=(*scene.things, thing)
    )


def _remove(rng: Random, scene: Scene, language: str) -> Change:
    options: list[Change] = []
    if scene.clouds:
        options.append(("clouds" if language == "en" else "云", replace(scene, clouds="")))
    if scene.mountains:
        options.append(("mountains" if language == "en" else "山", replace(scene, mountains="")))
    if len(scene.things) > 1:
        options.append((_noun(scene.things[-1], language), replace(scene, things=scene.things[:-1])))
    if not options:
        return _sky(rng, scene, language)
    noun, after = rng.choice(options)
    return write(rng, picture_asks(language).remove, {"thing": noun}), after


def _colour(rng: Random, scene: Scene, language: str) -> Change:
    thing = scene.things[0]
    others = [name for name in KINDS[thing.kind].colours if name != thing.colour]
    if not others:
        return _sky(rng, scene, language)
    colour = rng.choice(others)
    word = colour if language == "en" else COLOURS[colour].zh
    words = {"thing": _noun(thing, language), "colour": word}
    return write(rng, picture_asks(language).colour, words), _with_first(scene, replace(thing, colour=colour))


def _place(rng: Random, scene: Scene, language: str) -> Change:
    thing = scene.things[0]
    place = rng.choice([name for name in PLACES if name != thing.place])
    ask = write(rng, picture_asks(language).place[place], {"thing": _noun(thing, language)})
    return ask, _with_first(scene, replace(thing, place=place))


def _number(rng: Random, scene: Scene, language: str) -> Change:
    thing = scene.things[0]
    kind = KINDS[thing.kind]
    if not kind.many:
        return _colour(rng, scene, language)
    after = replace(thing, number=rng.choice([count for count in (1, 2, 3) if count != thing.number]))
    number = NUMBERS_EN[after.number] if language == "en" else NUMBERS_ZH[after.number] + kind.measure
    words = {"number": number, "thing": _noun(after, language)}
    return write(rng, picture_asks(language).number, words), _with_first(scene, after)


def _noun(thing: Thing, language: str) -> str:
    kind = KINDS[thing.kind]
    if language == "zh":
        return kind.zh
    return kind.plural if thing.number > 1 else kind.en


def _with_first(scene: Scene, thing: Thing) -> Scene:
    return replace(scene, things=(thing, *scene.things[1:]))


_CHANGES: tuple[Callable[[Random, Scene, str], Change], ...] = (
    _sky,
    _style,
    _add,
    _remove,
    _colour,
    _place,
    _number,
)
