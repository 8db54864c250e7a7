"""What the grammar writes."""

from dataclasses import replace
from random import Random

import pytest
import scene as postcards
from scribe.asking import typed
from scribe.conversation import TASKS, sample_conversation
from scribe.novelty import long_sentences
from scribe.prompts import idea, prompt
from scribe.scene import KINDS, MOUNTAIN_COLOURS, NATIVES, STYLES, sample_scene, sparse
from scribe.story import sample_story

PAINTED = {
    "flower": "flowers",
    "bird": "birds",
}  # as the picture recipe names them


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.__name__)
def test_every_task_asks_and_answers(task, language):
    for number in range(40):
        turns = task(Random(number), language)
        assert turns and all(ask.strip() and answer.strip() for ask, answer in turns)
        assert not any(mark in text for turn in turns for text in turn for mark in "{}[]|")


def test_conversations_alternate_and_end_with_an_answer():
    for number in range(200):
        roles = [message["role"] for message in sample_conversation(Random(number))]
        roles = roles[1:] if roles[0] == "system" else roles
        assert roles == ["user", "assistant"] * (len(roles) // 2)


def test_the_same_seed_writes_the_same():
    assert sample_conversation(Random(5)) == sample_conversation(Random(5))


@pytest.mark.parametrize("kind", NATIVES)
def test_scribe_invents_only_colours_that_the_picture_model_paints(kind):
    own = {"pine": ("green",), "cactus": ("green",)}
    painted = own.get(kind) or postcards.COLOURS[PAINTED.get(kind, kind)]
    assert set(KINDS[kind].colours) <= set(painted)


def test_scribe_knows_the_picture_models_styles_things_and_mountains():
    assert set(STYLES) == set(postcards.STYLES)
    assert {PAINTED.get(kind, kind) for kind in NATIVES} == set(postcards.THINGS) - {"nothing"}
    assert set(MOUNTAIN_COLOURS) <= set(postcards.MOUNTAINS)


def test_an_invented_scene_has_one_kind_of_thing():
    assert {len(sample_scene(Random(number), (1,)).things) for number in range(50)} == {1}


def test_a_prompt_says_the_same_in_both_languages():
    scene = sample_scene(Random(3))
    assert len(prompt(scene, "en").split(", ")) == len(prompt(scene, "zh").split("，"))


def test_a_question_is_typed_in_many_ways():
    question = "How do I delete a picture?"
    ways = {typed(Random(number), question, "en") for number in range(100)}
    assert question in ways and len(ways) > 20


def test_only_whole_words_are_said_otherwise():
    ways = {typed(Random(number), "Are deleted pictures saved", "en") for number in range(200)}
    assert all("deleted" in way and "saved" in way for way in ways if len(way.split()) == 4)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_short_idea_says_all_that_is_asked_of_the_prompt(language):
    for number in range(300):
        scene = replace(sparse(Random(number), sample_scene(Random(number), (1,))), style="", mountains="")
        said, bare = idea(Random(number), scene, language), replace(scene, sky="", ground="")
        assert len(said) > len(idea(Random(number), bare, language)) or scene == bare


@pytest.mark.parametrize("language", ["en", "zh"])
def test_stories_seldom_share_a_long_sentence(language):
    rng = Random(1)
    told = [sample_story(rng, language).text for _ in range(500)]
    known = set().union(*map(long_sentences, told[100:]))
    assert sum(not long_sentences(text) & known for text in told[:100]) >= 95
