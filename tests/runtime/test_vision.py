"""Real models that see, at tiny sizes: pictures in turns, edits and branches, and what is kept of them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from studio.catalog.inspect import inspect_model
from studio.core.jobs import ReadContext, Reply
from studio.core.messages import FromWorker, Result
from studio.core.model import Ability, Kind
from studio.core.sampling import Sampling
from studio.core.turns import ChatTurn
from studio.media.sights import MOST_SIDE, open_sight
from studio.runtime.desk import Desk
from studio.runtime.families import language
from studio.runtime.residency import LoadContext
from studio.runtime.text.context import count
from studio.runtime.text.load import LoadedText
from studio.runtime.text.shown import cache_ids, put_pictures
from tests import zoo
from tests.runtime.told import tokens_in
from tests.zoo.seers import SEERS
from tests.zoo.words import CHATML, STRICT

GREEDY = Sampling(temperature=0.0, max_new_tokens=8)
NAMES = list(SEERS)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root = tmp_path_factory.mktemp("seers")

    def find(name: str) -> Path:
        path = root / name
        return path if path.exists() else SEERS[name](path)

    return find


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    root, paths = tmp_path_factory.mktemp("pictures"), list[str]()
    for number, size in enumerate([(60, 40), (60, 40), (40, 90)]):
        noise = Image.effect_noise(size, 90).convert("RGB")
        noise.paste((number * 90, 200, 30), (0, 0, 20, 20))
        noise.save(root / f"{number}.png")
        paths.append(str(root / f"{number}.png"))
    return paths


def load(path: Path) -> LoadedText:
    return language.load(inspect_model(path), LoadContext(Desk("job", path, [].append), 1 << 40))


def order(loaded: LoadedText, turns: list[ChatTurn]) -> Reply:
    spec = inspect_model(Path(loaded.model.name_or_path))
    return Reply(id="job", model=spec, conversation="c", message="m", turns=tuple(turns), sampling=GREEDY)


def answer(loaded: LoadedText, turns: list[ChatTurn]) -> Result:
    return language.reply(loaded, order(loaded, turns), Desk("job", Path(), [].append))


def ask(text: str, *pictures: str) -> ChatTurn:
    return ChatTurn("user", text, pictures=pictures)


def said(result: Result) -> ChatTurn:
    return ChatTurn("assistant", result.text)


@pytest.mark.parametrize(
    "name",
    ["qwen2_5_vl", *(pytest.param(name, marks=pytest.mark.long) for name in NAMES if name != "qwen2_5_vl")],
)
def test_turns_with_pictures_edits_and_branches_are_as_if_read_anew(
    folder: Callable[[str], Path], pictures: list[str], name: str
) -> None:
    loaded, fresh = load(folder(name)), load(folder(name))

    def same(turns: list[ChatTurn]) -> Result:
        fresh.cache.clear()
        expected, result = answer(fresh, turns), answer(loaded, turns)
        assert result.text == expected.text and expected.figures.cached_tokens == 0
        assert not result.notes
        return result

    turns = [ask("what is this?", pictures[0])]
    first = same(turns)
    turns += [said(first), ask("and where?")]
    second = same(turns)
    assert second.figures.cached_tokens >= first.figures.prompt_tokens - 1
    third = same([*turns, said(second), ask("and this?", pictures[2])])
    assert third.figures.cached_tokens >= second.figures.prompt_tokens - 1
    edited = same([*turns[:2], ask("or what then?")])  # an edit of the second question
    assert edited.figures.cached_tokens >= first.figures.prompt_tokens - 1
    other = same([ask("what is this?", pictures[1])])  # the same tokens, and another picture
    assert 0 < other.figures.cached_tokens < first.figures.prompt_tokens - 4
    back = same([*turns, said(second), ask("and this?", pictures[2], pictures[1])])
    assert back.figures.cached_tokens >= second.figures.prompt_tokens - 1  # the branch from before
    blind = same([ask("what is this?")])  # and none at all
    assert blind.figures.prompt_tokens < first.figures.prompt_tokens
    assert len({first.text, other.text, blind.text}) > 1, "it does not look at pictures"


@pytest.mark.parametrize("name", NAMES)
def test_the_tokens_are_those_of_the_model_s_own_processor(
    folder: Callable[[str], Path], pictures: list[str], name: str
) -> None:
    loaded = load(folder(name))
    sight = loaded.sight
    assert sight is not None
    turns = [ask("what is this?", pictures[0], pictures[2]), ChatTurn("assistant", "a"), ask("so")]
    use = count(loaded, order(loaded, turns), Desk("job", Path(), [].append))
    images = [open_sight(one) for one in pictures[::2]]
    parts = [{"type": "image"}, {"type": "image"}, {"type": "text", "text": "what is this?"}]
    messages = [
        {"role": "user", "content": parts},
        {"role": "assistant", "content": [{"type": "text", "text": "a"}]},
        {"role": "user", "content": [{"type": "text", "text": "so"}]},
    ]
    text = loaded.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    whole = sight._processor(images=images, text=[text], text_kwargs={"add_special_tokens": False})
    assert use.total == len(whole["input_ids"][0])
    assert sum(turn.tokens + turn.pictures for turn in use.turns) == use.total
    assert [turn.pictures for turn in use.turns] == [
        sum(len(sight.see(one).ids) for one in pictures[::2]),
        0,
        0,
    ]


def test_what_is_read_ahead_with_its_pictures_is_what_the_answer_reads(
    folder: Callable[[str], Path], pictures: list[str]
) -> None:
    loaded, fresh = load(folder("qwen2_5_vl")), load(folder("qwen2_5_vl"))
    turns = [
        ask("what is this?", pictures[0], pictures[2]),
        ChatTurn("assistant", "a"),
        ask("so", pictures[1]),
    ]
    for ahead in (turns[:1], turns, [*turns[:2], ask("so what", pictures[1])]):
        job = order(loaded, ahead)
        guess = ReadContext(
            id="r", model=job.model, conversation="c", turns=job.turns, sampling=GREEDY, ahead=True
        )
        language.read_context(loaded, guess, Desk("r", Path(), [].append))
    result = answer(loaded, turns)
    assert result.text == answer(fresh, turns).text
    other = [*turns[:2], ask("so", pictures[2])]
    fresh.cache.clear()
    assert answer(loaded, other).text == answer(fresh, other).text
    assert result.figures.cached_tokens > 0.5 * result.figures.prompt_tokens


@pytest.mark.parametrize("name", NAMES)
def test_answers_beside_each_other_see_the_same(
    folder: Callable[[str], Path], pictures: list[str], name: str
) -> None:
    loaded, fresh = load(folder(name)), load(folder(name))
    turns = [ask("what is this?", pictures[0], pictures[2])]
    sent = list[FromWorker]()
    desk = Desk("job", Path(), sent.append)
    job = msgspec.structs.replace(order(loaded, turns), takes=("b", "c"))
    result = language.reply(loaded, job, desk)
    desk.flush()
    texts = dict.fromkeys(range(3), "")
    for one in tokens_in(sent):
        texts[one.take] += one.text
    assert set(texts.values()) == {result.text} == {answer(fresh, turns).text}


def test_what_a_person_types_is_no_picture(folder: Callable[[str], Path], pictures: list[str]) -> None:
    loaded = load(folder("llava"))
    typed = answer(loaded, [ask("<image> what <image>?", pictures[0])])
    assert typed.text and not typed.notes


def test_a_model_without_eyes_answers_and_tells_what_it_did_not_see(
    folder: Callable[[str], Path], pictures: list[str], tmp_path: Path
) -> None:
    path = shutil.copytree(folder("qwen2_5_vl"), tmp_path / "blind")
    (path / "processor_config.json").unlink()
    spec = inspect_model(path)
    assert (spec.kind, spec.abilities) == (Kind.VISION, (Ability.REPLY,))
    assert Ability.SEE in inspect_model(folder("qwen2_5_vl")).abilities
    blind = load(path)
    words = load(zoo.llama(tmp_path / "llama"))
    for loaded, code in ((blind, "sight_unused"), (words, "pictures_unread")):
        result = answer(loaded, [ask("hello", pictures[0], pictures[1])])
        assert [(note.code, note.params) for note in result.notes] == [(code, {"count": 2})]
        assert result.text == answer(loaded, [ask("hello")]).text


def test_a_picture_that_is_gone_or_damaged_is_told_and_the_rest_is_answered(
    folder: Callable[[str], Path], pictures: list[str], tmp_path: Path
) -> None:
    loaded = load(folder("llava"))
    (tmp_path / "text.png").write_text("no picture")
    result = answer(loaded, [ask("hello", str(tmp_path / "text.png"), pictures[0], str(tmp_path / "no.png"))])
    assert [(note.code, note.params) for note in result.notes] == [("pictures_gone", {"count": 2})]
    assert result.text == answer(loaded, [ask("hello", pictures[0])]).text


def test_a_template_for_words_alone_gets_a_place_for_each_picture(
    folder: Callable[[str], Path], pictures: list[str]
) -> None:
    for template in (CHATML, STRICT, None):
        loaded = load(folder("llava"))
        loaded.tokenizer.chat_template = template
        turns = [ChatTurn("system", "Be kind."), ask("what is this?", pictures[0])]
        result = answer(loaded, turns)
        assert result.figures.prompt_tokens > len(loaded.sight.see(pictures[0]).ids)  # type: ignore[union-attr]
        loaded.cache.clear()
        assert answer(loaded, [turns[0], ask("what is this?", pictures[1])]).text != result.text


def test_pictures_are_upright_plain_and_no_larger_than_is_made_use_of(tmp_path: Path) -> None:
    wide = Image.new("RGBA", (3000, 1000), (200, 0, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6
    wide.save(tmp_path / "wide.png", exif=exif)
    seen = open_sight(str(tmp_path / "wide.png"))
    assert (seen.mode, seen.size) == ("RGB", (MOST_SIDE // 3, MOST_SIDE))
    assert seen.getpixel((5, 5)) == (255, 255, 255)


def test_places_are_filled_and_told_apart_by_what_is_in_them(
    folder: Callable[[str], Path], pictures: list[str]
) -> None:
    sight = load(folder("llava")).sight
    assert sight is not None
    one, two = sight.see(pictures[0]), sight.see(pictures[1])
    assert one.ids == two.ids and one.key != two.key
    ids, placed = put_pictures([1, sight.token_id, 2], sight.token_id, [one])
    assert ids == [1, *one.ids, 2] and (placed[0].start, placed[0].end) == (1, 1 + len(one.ids))
    other = cache_ids(ids, put_pictures([1, sight.token_id, 2], sight.token_id, [two])[1])
    mine = cache_ids(ids, placed)
    assert mine != other and (mine[0], mine[-1]) == (1, 2) and max(mine[1:-1]) < 0
