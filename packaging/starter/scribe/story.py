"""Stories in English and in Chinese, with the facts they were made from."""

from dataclasses import dataclass, replace
from random import Random

from .grammar import Plot, StoryBook, story_book
from .phrase import capital, write

PRONOUNS = {
    "en": {"woman": ("she", "her", "her", "herself"), "man": ("he", "him", "his", "himself")},
    "zh": {"woman": ("她",) * 4, "man": ("他",) * 4, "beast": ("它",) * 4},
}


@dataclass(frozen=True)
class Story:
    """A story: its words (who, where, how) and its sentences in order."""

    words: dict[str, str]
    sentences: tuple[str, ...]
    mood: str
    title: str
    summary: str
    gap: str

    @property
    def text(self) -> str:
        """Return the story as two paragraphs."""
        cut = len(self.sentences) // 2
        return self.gap.join(self.sentences[:cut]) + "\n\n" + self.gap.join(self.sentences[cut:])


def sample_story(rng: Random, language: str, short: bool = False) -> Story:
    """Return a story of 80 to 200 words; a short one leaves out what can be left out."""
    book = story_book(language)
    words = sample_cast(rng, language)
    ground, mood = rng.choice(tuple(book.places)), rng.choice(tuple(book.moods))
    words |= {"place": write(rng, book.places[ground]), "mood": write(rng, book.moods[mood])}
    plot = rng.choice(tuple(book.plots.values()))
    beats = _beats(rng, book, plot, ground, mood, not short and rng.random() < 0.6)
    return Story(
        words=words,
        sentences=tuple(_clean(write(rng, beat, words)) for beat in beats),
        mood=mood,
        title=write(rng, plot.titles, words),
        summary=_clean(write(rng, plot.summary, words)),
        gap=gap(language),
    )


def sample_cast(rng: Random, language: str) -> dict[str, str]:
    """Return the words for hero, friend and thing, pronouns included."""
    book = story_book(language)
    man, beast = rng.random() < 0.5, rng.random() < 0.35
    kind = write(rng, book.beasts if beast else book.roles_of_men if man else book.roles)
    friend, thing = write(rng, book.friends), write(rng, book.objects)
    sex = "beast" if beast and "beast" in PRONOUNS[language] else "man" if man else "woman"
    return {
        "name": sample_name(rng, language, man),
        "kind": " ".join(kind.split()),
        "friend": friend,
        "friend_cap": capital(friend),
        "object": thing,
        "object_title": thing.title(),
        **dict(zip(("he", "him", "his", "himself"), PRONOUNS[language][sex], strict=True)),
    }


def sample_name(rng: Random, language: str, man: bool) -> str:
    """Return a known name, or one time in four a made-up one."""
    book = story_book(language)
    if rng.random() < 0.75:
        return rng.choice((book.men if man else book.women).split())
    syllables = book.syllables.split()
    if book.surnames:
        return rng.choice(book.surnames.split()) + "".join(rng.choices(syllables, k=rng.choice((1, 2))))
    return "".join(rng.choices(syllables, k=rng.choice((2, 2, 3)))).capitalize()


def ask_for(rng: Random, story: Story, language: str) -> str:
    """Return a request for `story` that gives some of its facts, none of which the story leaves out."""
    asks = story_book(language).asks.story
    while True:
        ask = ask_with(rng, asks, story)
        if story.words["object"] not in ask or story.words["object"] in story.text:
            return ask


def ask_with(rng: Random, asks: tuple[str, ...], story: Story) -> str:
    """Return one of `asks`, filled with the story's facts."""
    return " ".join(write(rng, asks, story.words).split())


def names_mood(rng: Random, story: Story, language: str) -> tuple[str, bool]:
    """Return a request for `story`, and whether it asks for the mood; a quiet painter asks for none."""
    state = rng.getstate()
    ask = ask_for(rng, story, language)
    rng.setstate(state)
    moodless = replace(story, words=story.words | {"mood": "other"})
    return ask, ask_for(rng, moodless, language) != ask


def gap(language: str) -> str:
    """Return what stands between two sentences."""
    return "" if language == "zh" else " "


def _beats(
    rng: Random, book: StoryBook, plot: Plot, ground: str, mood: str, long: bool
) -> list[tuple[str, ...]]:
    beats = [book.openings[mood], *plot.beats, book.closings[mood]]
    if rng.random() < 0.7:
        beats.insert(4, book.asides[mood])
    if long:
        beats.insert(3, plot.talk)
    if long or rng.random() < 0.5:
        beats.insert(1, book.details[ground])
    return beats


def _clean(text: str) -> str:
    return capital(" ".join(text.split()))
