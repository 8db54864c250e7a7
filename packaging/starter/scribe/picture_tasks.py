"""Conversations about pictures: idea to prompt, translation, title and caption, lists of ideas."""

from dataclasses import replace
from random import Random

from .changes import change
from .grammar import picture_asks
from .phrase import capital, write
from .prompts import freely, idea, prompt, prose, sample_order
from .scene import STYLES, Scene, sample_scene, simpler, sparse
from .titles import caption, title

Turn = tuple[str, str]
COUNTS = {"en": {3: "three", 4: "four", 5: "five"}, "zh": {3: "三", 4: "四", 5: "五"}}
ORDINALS = {"en": ("first", "second", "third"), "zh": ("一", "二", "三")}
OTHER = {"en": "zh", "zh": "en"}
ONE = (1,)  # the starter picture model draws one kind of thing in a picture


def expand_idea(rng: Random, language: str) -> list[Turn]:
    """A short idea becomes a full prompt."""
    scene = sample_scene(rng, ONE)
    lead = write(rng, picture_asks(language).lead) if rng.random() < 0.15 else ""
    return [(_ask_prompt(rng, scene, language), lead + prompt(scene, language))]


def translate(rng: Random, language: str) -> list[Turn]:
    """A prompt in `language` becomes the same prompt in the other language."""
    scene, order = plain(sample_scene(rng)), sample_order(rng)
    kind = rng.random()
    if kind < 0.2:
        scene = sparse(rng, scene)
        source, target = idea(rng, scene, language), prompt(scene, OTHER[language])
    elif kind < 0.5:
        source, target = prose(scene, language), prose(scene, OTHER[language])
    else:
        source, target = prompt(scene, language, order), prompt(scene, OTHER[language], order)
    ask = {"text": freely(rng, source, language)}
    return [(write(rng, picture_asks(language).translate, ask), target)]


def entitle(rng: Random, language: str) -> list[Turn]:
    """A prompt gets a title and a caption, or one of them."""
    scene, asks = sample_scene(rng), picture_asks(language)
    text = prompt(scene, language, sample_order(rng)) if rng.random() < 0.6 else prose(scene, language)
    text, kind = freely(rng, text, language), rng.random()
    if kind < 0.2:
        return [(write(rng, asks.title_only, {"text": text}), title(rng, scene, language))]
    if kind < 0.4:
        return [(write(rng, asks.caption_only, {"text": text}), caption(rng, scene, language))]
    return [(write(rng, asks.entitle, {"text": text}), title_and_caption(rng, scene, language))]


def title_and_caption(rng: Random, scene: Scene, language: str) -> str:
    """Return the two labelled lines of a title and a caption."""
    labels = ("Title: ", "Caption: ") if language == "en" else ("标题：", "说明：")
    return f"{labels[0]}{title(rng, scene, language)}\n{labels[1]}{caption(rng, scene, language)}"


def shorten(rng: Random, language: str) -> list[Turn]:
    """A prompt becomes shorter."""
    scene, order = sample_scene(rng), sample_order(rng)
    text = prompt(scene, language, order) if rng.random() < 0.5 else prose(scene, language)
    text = freely(rng, text, language)
    return [(write(rng, picture_asks(language).shorter, {"text": text}), prompt(simpler(scene), language))]


def ideas(rng: Random, language: str) -> list[Turn]:
    """A numbered list of ideas, of which one may become a prompt."""
    number, asks = rng.choice(tuple(COUNTS[language])), picture_asks(language)
    ask = write(rng, asks.ideas, {"n": COUNTS[language][number]})
    if COUNTS[language][number] not in ask:
        number = 3
    scenes = [replace(sample_scene(rng, ONE), style="") for _ in range(number)]
    hints = [replace(sparse(rng, scene), sky=scene.sky, ground=scene.ground) for scene in scenes]
    lines = [f"{n}. {capital(idea(rng, scene, language))}" for n, scene in enumerate(hints, 1)]
    turns = [(ask, "\n".join(lines))]
    if rng.random() < 0.4:
        chosen = rng.randrange(3)
        full = replace(scenes[chosen], style=rng.choice(tuple(STYLES)), things=hints[chosen].things)
        choice = write(rng, asks.choose, {"ordinal": ORDINALS[language][chosen]})
        turns.append((choice, prompt(full, language)))
    return turns


def studio_session(rng: Random, language: str) -> list[Turn]:
    """A prompt is written and then changed, named or translated over several turns."""
    scene, asks = plain(sample_scene(rng, ONE)), picture_asks(language)
    turns = [(_ask_prompt(rng, scene, language), prompt(scene, language))]
    for _ in range(rng.randint(1, 4)):
        ask, scene = change(rng, scene, language)
        turns.append((ask, prompt(scene, language)))
    end = rng.random()
    if end < 0.3:
        turns.append((write(rng, asks.name_it), title_and_caption(rng, scene, language)))
    elif end < 0.6:
        turns.append((write(rng, asks.translate_it), prompt(scene, OTHER[language])))
    return turns


def change_prompt(rng: Random, language: str) -> list[Turn]:
    """One change to a prompt that the person brings along."""
    before, order = sample_scene(rng), sample_order(rng)
    ask, after = change(rng, before, language)
    brought = write(rng, picture_asks(language).bring) + prompt(before, language, order)
    return [(f"{brought}\n\n{ask}", prompt(after, language, order))]


def plain(scene: Scene) -> Scene:
    """Return the scene with the one phrasing of each thing that a translation from Chinese can know."""
    return replace(scene, things=tuple(replace(thing, phrasing=0) for thing in scene.things))


def _ask_prompt(rng: Random, scene: Scene, language: str) -> str:
    text = freely(rng, idea(rng, sparse(rng, scene), language), language)
    return write(rng, picture_asks(language).expand, {"idea": text})
