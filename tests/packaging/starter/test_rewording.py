"""New words get meanings of their own, and the others keep theirs."""

import random
import shutil
from itertools import islice
from pathlib import Path

import prompt
import pytest
import rewording
import torch
from caption import CAPTION_SLOTS, choose
from checkpoint import Plan, averaged, begin
from scene import COLOURS, sample

SHIPPED = Path(__file__).parents[3] / "resources" / "starter" / "postcards"
OLD = 40  # how long the untaught encoder of these tests is


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A work folder with a shorter encoder that has learned nothing."""
    torch.manual_seed(1)
    shutil.copytree(SHIPPED / "tokenizer", tmp_path / "tokenizer")
    tokenizer = prompt.CLIPTokenizer.from_pretrained(tmp_path / "tokenizer")
    tokenizer.model_max_length = OLD
    weights = prompt.build(tokenizer).state_dict()
    begin("prompt", tmp_path, {f"text_encoder.{name}": value for name, value in weights.items()})
    return tmp_path


def test_a_new_thing_is_told_to_the_teacher_as_a_known_one_of_its_colour():
    rng = random.Random(1)
    for _ in range(300):
        said = choose(sample(rng), rng)
        told = rewording.known(said)
        assert told["style"] == ""
        assert told["thing"] not in rewording.NEW_THINGS
        assert told["thing"] == said["thing"] or said["thing"] in rewording.NEW_THINGS
        assert told["colour"] in ("", *COLOURS[told["thing"] or "nothing"])
        assert {**told, "style": "", "thing": ""} == {**said, "style": "", "thing": ""}


def test_wordings_say_which_new_words_they_hold():
    found = list(islice(rewording.Wordings(2), 400))
    assert {one.style for one in found} == set(range(len(rewording.NEW_STYLES) + 1))
    assert {one.thing for one in found} == set(range(len(rewording.NEW_THINGS) + 1))
    assert all(("bridge" in one.new or "桥" in one.new or "viaduct" in one.new) for one in found if one.thing)


def test_meanings_are_always_the_same_and_differ_from_each_other(work: Path):
    first, second = rewording.meanings(*prompt.trained(work)), rewording.meanings(*prompt.trained(work))
    assert torch.equal(first.styles, second.styles)
    assert torch.equal(first.things, second.things)
    every = torch.nn.functional.normalize(torch.cat(first))
    assert (every @ every.T - torch.eye(len(every))).max() < 0.5


def test_only_what_is_new_differs_from_the_teachers_reading(work: Path):
    new = rewording.meanings(*prompt.trained(work))
    reading = torch.randn(3, 20, prompt.WIDTH)
    answers = rewording.wanted(reading, torch.tensor([0, 2, 0]), torch.tensor([0, 0, 1]), new)
    assert torch.equal(answers[:, rewording.STYLE], new.styles[torch.tensor([0, 2, 0])])
    assert torch.equal(answers[2, rewording.THING], new.things[0])
    changed = (answers != reading[:, -rewording.ANSWERS :]).any(2).nonzero().tolist()
    assert changed == [[0, rewording.STYLE], [1, rewording.STYLE], [2, rewording.STYLE], [2, rewording.THING]]


def test_a_pupil_may_be_longer_than_its_teacher(work: Path):
    before = prompt.trained(work)[1].embeddings.position_embedding.weight
    rewording.train(work, torch.device("cpu"), Plan(1), 4, seed=0)
    tokenizer, pupil = prompt.trained(work)
    after = pupil.embeddings.position_embedding.weight
    assert tokenizer.model_max_length == len(after) == prompt.LENGTH
    ends = (slice(0, OLD - rewording.ANSWERS), slice(-rewording.ANSWERS, None))
    for end in ends:
        torch.testing.assert_close(after[end], before[end], atol=1e-4, rtol=0)
    assert len(averaged("teacher", work)["embeddings.position_embedding.weight"]) == OLD


def test_a_fresh_encoder_learns_an_answer_for_each_slot(work: Path):
    tokenizer = prompt.CLIPTokenizer.from_pretrained(work / "tokenizer")
    tokenizer.model_max_length = prompt.LENGTH
    (work / "prompt.mean.safetensors").unlink()
    prompt.train(work, torch.device("cpu"), tokenizer, Plan(1), 2, seed=0)
    assert len(
        [name for name in averaged("prompt", work) if name.endswith("bias") and "answers" in name]
    ) == len(CAPTION_SLOTS)
    assert prompt.trained(work)[0].model_max_length == prompt.LENGTH
