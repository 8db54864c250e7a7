"""Held-out requests of every task, each with what its answer must look like and must keep."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from random import Random

from .changes import change
from .conversation import Message
from .grammar import picture_asks, rewriting, story_book
from .novelty import word_pairs
from .phrase import write
from .picture_tasks import ONE, OTHER, plain
from .picture_tasks import title_and_caption as label
from .prompts import ON_GROUND, UNDER_SKY, idea, prompt, prose, sample_order
from .said import STORY_WORDS, Wanted, mood_in, of_scene, of_thing, of_words
from .scene import GROUNDS, SKIES, Scene, sample_scene, simpler, sparse
from .story import Story, ask_with, names_mood, sample_story
from .text_tasks import passage, tell

SHORTER, LONGER = 0.9, 1.5  # how long a passage told shorter or longer may and must be beside the given one
RETOLD = 3  # how many pairs of words are new in one told otherwise
LONG_STORY = {"en": (80, 200), "zh": (130, 330)}  # words; in Chinese characters, of which a word has 1.6
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]+")
_CRIES = re.compile("[!！]")
_STOPS = re.compile(r"[.!?。！？][\"”]?(?:\s|$)|[。！？]”?")


@dataclass(frozen=True)
class Item:
    """A request, the grammar's own answer, the attributes to keep, and whether an answer has the form.

    `unwanted` attributes must be gone. `mood` is the mood that a story was asked for, "" elsewhere.
    """

    ask: str
    right: str
    wanted: list[Wanted]
    formed: Callable[[str], bool]
    language: str
    mood: str = ""
    unwanted: tuple[Wanted, ...] = ()

    @property
    def chat(self) -> list[Message]:
        """Return the request as chat messages."""
        return [{"role": "user", "content": self.ask}]

    def kept(self, answer: str) -> list[bool]:
        """Return for each attribute whether `answer` has it, or, where it has the form, has it no more."""
        kept = [one.kept(answer) for one in self.wanted]
        kept += [self.formed(answer) and not one.kept(answer) for one in self.unwanted]
        return [*kept, mood_in(answer, self.language) == self.mood] if self.mood else kept


def size(text: str, language: str) -> int:
    """Return how many words, in Chinese how many characters, a text has."""
    return len(text.split()) if language == "en" else len(_HAN.findall(text))


def speaks(text: str, language: str) -> bool:
    """Tell whether a text is in `language`."""
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    return han > latin if language == "zh" else latin > 0 and han == 0


def is_prompt(text: str, language: str) -> bool:
    """Tell whether a text is one line of parts that ends properly and says ground and sky."""
    body = text.split("\n\n")[-1]
    ground = any(_says(body, word.en, word.zh, ON_GROUND[language][key]) for key, word in GROUNDS.items())
    sky = any(_says(body, word.en, word.zh, UNDER_SKY[language][key]) for key, word in SKIES.items())
    return "\n" not in body and speaks(body, language) and ground and sky


def _says(text: str, *phrases: str) -> bool:
    return any(phrase.lower() in text.lower() for phrase in phrases)


def idea_to_prompt(rng: Random, language: str) -> Item:
    """A short idea, to become a prompt that keeps all of it."""
    scene = plain(sample_scene(rng, ONE))
    hint = sparse(rng, scene)
    ask = write(rng, picture_asks(language).expand, {"idea": idea(rng, hint, language)})
    return Item(
        ask,
        prompt(scene, language),
        of_scene(hint, language),
        partial(is_prompt, language=language),
        language,
    )


def translate(rng: Random, language: str) -> Item:
    """A prompt, to be said in the other language."""
    scene, order, target = plain(sample_scene(rng)), sample_order(rng), OTHER[language]
    if rng.random() < 0.6:
        text, right = prompt(scene, language, order), prompt(scene, target, order)
    else:
        text, right = prose(scene, language), prose(scene, target)
    ask = write(rng, picture_asks(language).translate, {"text": text})
    return Item(ask, right, of_scene(scene, target), partial(is_prompt, language=target), target)


def change_prompt(rng: Random, language: str) -> Item:
    """A prompt and one change to it."""
    _, after, item = _changed(rng, language)
    return replace(item, wanted=of_scene(after, language))


def the_change(rng: Random, language: str) -> Item:
    """The same, but only what the change brings or takes away counts."""
    before, after, item = _changed(rng, language)
    return replace(item, wanted=list(_lost(after, before, language)))


def _changed(rng: Random, language: str) -> tuple[Scene, Scene, Item]:
    """Return a scene before and after a change, and the request, which knows what is to be gone."""
    before, order, asks = plain(sample_scene(rng)), sample_order(rng), picture_asks(language)
    wish, after = change(rng, before, language)
    ask = f"{write(rng, asks.bring)}{prompt(before, language, order)}\n\n{wish}"
    right, formed = prompt(after, language, order), partial(is_prompt, language=language)
    return before, after, Item(ask, right, [], formed, language, unwanted=_lost(before, after, language))


def _lost(before: Scene, after: Scene, language: str) -> tuple[Wanted, ...]:
    """Return what a text of `before` says and one of `after` does not."""
    right = prompt(after, language)
    return tuple(one for one in of_scene(before, language) if not one.kept(right))


def shorten_prompt(rng: Random, language: str) -> Item:
    """A prompt, to be cut down to what matters."""
    scene = plain(sample_scene(rng))
    while simpler(scene) == scene:
        scene = plain(sample_scene(rng))
    long = prompt(scene, language, sample_order(rng)) if rng.random() < 0.5 else prose(scene, language)
    ask = write(rng, picture_asks(language).shorter, {"text": long})

    def formed(text: str) -> bool:
        return is_prompt(text, language) and len(text) < len(long)

    short = simpler(scene)
    right, wanted = prompt(short, language), of_scene(short, language)
    return Item(ask, right, wanted, formed, language, unwanted=_lost(scene, short, language))


def title_and_caption(rng: Random, language: str) -> Item:
    """A prompt, to get a short title and a caption that names its first thing."""
    scene = plain(sample_scene(rng))
    ask = write(rng, picture_asks(language).entitle, {"text": prompt(scene, language)})

    def formed(text: str) -> bool:
        title, _, caption = text.partition("\n")
        labels = ("Title: ", "Caption: ") if language == "en" else ("标题：", "说明：")
        ends = caption.endswith((".", "。")) and caption.startswith(labels[1])
        return title.startswith(labels[0]) and size(title, language) <= 14 and ends

    right = label(rng, scene, language)
    return Item(ask, right, of_thing(scene.things[0], language), formed, language)


def tell_story(rng: Random, language: str) -> Item:
    """A story about someone; what the request says of them must be in it, and its mood."""
    story = sample_story(rng, language)
    ask, moody = names_mood(rng, story, language)
    while story.words["name"] not in ask:
        ask, moody = names_mood(rng, story, language)
    mood = story.mood if moody else ""
    least, most = LONG_STORY[language]

    def formed(text: str) -> bool:
        return speaks(text, language) and least <= size(text, language) <= most and _ends(text)

    return Item(ask, story.text, of_words(story.words, ask), formed, language, mood)


def begin_or_end(rng: Random, language: str) -> Item:
    """A story's first or last sentence alone, in the mood that is asked for."""
    story, asks = sample_story(rng, language), story_book(language).asks
    place = rng.choice((0, -1))
    while mood_in(story.sentences[place], language) != story.mood:
        story = sample_story(rng, language)
    ask = ask_with(rng, asks.closing if place else asks.opening, story)

    def formed(text: str) -> bool:
        return speaks(text, language) and _ends(text) and len(_STOPS.findall(text)) <= 4

    wanted = of_words(story.words, story.sentences[place], ("name",))
    return Item(ask, story.sentences[place], wanted, formed, language, story.mood)


def continue_story(rng: Random, language: str) -> Item:
    """The first sentences of a story, to be told to its end."""
    story = sample_story(rng, language)
    start = story.gap.join(story.sentences[:2])
    ask = f"{write(rng, story_book(language).asks.continue_it)}\n\n{start}"

    def formed(text: str) -> bool:
        enough = size(text, language) >= 40 and len(_STOPS.findall(text)) >= 3
        return speaks(text, language) and enough and _ends(text) and story.sentences[0] not in text

    right = story.gap.join(story.sentences[2:])
    return Item(ask, right, of_words(story.words, start, ("name",)), formed, language)


def summarise(rng: Random, language: str) -> Item:
    """A story, to be said in one sentence."""
    story = sample_story(rng, language, short=True)
    ask = f"{write(rng, story_book(language).asks.summarise)}\n\n{story.text}"

    def formed(text: str) -> bool:
        return speaks(text, language) and _ends(text) and len(_STOPS.findall(text)) == 1

    return Item(ask, story.summary, _of_summary(story), formed, language)


def _of_summary(story: Story) -> list[Wanted]:
    return [
        one for one in of_words(story.words, story.summary, (*STORY_WORDS, "friend")) if one.kept(story.text)
    ]


def rewrite(rng: Random, language: str, voice: str) -> Item:
    """A passage, to be told shorter, longer, happier or more formally."""
    words, events = passage(rng, language)
    before = tell(rng, events, "plain", words, language)
    after = tell(rng, events, voice, words, language)
    colon = "：" if language == "zh" else ": "
    ask = f"{write(rng, rewriting(language).asks[voice])}{colon}{before}"

    def formed(text: str) -> bool:
        fits = {
            "short": len(text) < SHORTER * len(before),
            "long": len(text) > LONGER * len(before),
            "happy": bool(_CRIES.search(text)) and _retold(before, text),
            "formal": not _CRIES.search(text) and _retold(before, text),
        }
        return speaks(text, language) and _ends(text) and fits[voice]

    wanted = of_words(words, after, ("name", "friend", "object", "spot"))
    return Item(ask, after, [one for one in wanted if one.kept(before)], formed, language)


def _retold(before: str, after: str) -> bool:
    """Tell whether a text has pairs of neighbouring words that another has not."""
    return len(set(word_pairs(after)) - set(word_pairs(before))) >= RETOLD


def _ends(text: str) -> bool:
    return text.rstrip('"”').endswith((".", "!", "?", "。", "！", "？"))


def speaks_of(text: str, language: str) -> bool:
    """Tell whether an answer about the studio is in `language`, command names and keys aside, and ends."""
    han = len(_HAN.findall(text))
    return (han > 5 if language == "zh" else han == 0 and bool(text)) and text.rstrip("`").endswith(
        (".", "!", "?", "。", "！", "？")
    )
