"""The prompt without widgets: what will run is what runs, counts, styles, history and help."""

import msgspec
import pytest

from studio.core.errors import (
    LoraNotFound,
    LoraUnknown,
    NoLoraInstalled,
    PromptUnclosed,
    StyleMissing,
    StyleNotFound,
    WildcardMissing,
)
from studio.core.jobs import title_of
from studio.core.prompts.written import Style, TokenCount
from studio.core.recipe import Recipe
from studio.viewmodels.create import CreateViewModel
from studio.viewmodels.create_recipes import recipe_of
from studio.viewmodels.prompt import LOOK_AFTER_MS
from studio.viewmodels.prompt_history import REMEMBERED
from studio.viewmodels.shell import WindowState
from studio.viewmodels.thumbnails import Thumbnails
from tests.ui.fake_session import LARGE, FakeSession
from tests.ui.scenes_create import GRAIN, INK

TEMPLATE = "a {yellow|orange} sun at __time__"
OWN = (
    Style(name="Night", prompt="{prompt}, at night, a full moon"),
    Style(
        name="Flat postcard",
        prompt="{prompt}, flat illustrated postcard, soft paper grain",
        negative_prompt="photograph",
    ),
)


@pytest.fixture
def session(qapp):
    session = FakeSession()
    session.prompts.set_wildcards({"time": ("dawn", "noon", "dusk", "night")})
    for style in OWN:
        session.prompts.save_style(style)
    return session


@pytest.fixture
def create(session):
    state, thumbnails = WindowState(session), Thumbnails(session.picture_bytes)
    yield CreateViewModel(session, state, thumbnails)
    state.flush()
    thumbnails.close()


@pytest.fixture
def prompt(create):
    return create.prompt


def submitted(session):
    return [call[1] for call in session.calls if call[0] == "generate"]


def test_a_lora_that_is_not_here_is_told_while_one_writes(create, prompt, session, qtbot):
    session.put_models(*session.all_models, INK, GRAIN)
    qtbot.waitUntil(lambda: prompt.loras.known.find(INK.name) is not None)
    create.settings.set_prompt("a boat <lora:woodblock-ink-v2:0.8> {<lora:paper-grane:1>|<lora:paper-grane>}")
    prompt.look()
    assert isinstance(prompt.problem, LoraNotFound), "until the nearest is found"
    qtbot.waitUntil(lambda: isinstance(prompt.problem, LoraUnknown))
    assert prompt.problem.params["nearest"] == "paper-grain"
    assert prompt.expanded, "which prompts will run is known all the same"
    create.settings.set_prompt("a boat <lora:Paper-Grain:0.8>")
    prompt.look()
    assert prompt.problem is None
    session.put_models(*FakeSession().all_models)
    qtbot.waitUntil(lambda: isinstance(prompt.problem, NoLoraInstalled))
    session.is_read = False
    session.put_models()
    prompt.look()
    assert prompt.problem is None and prompt.loras.known is None, "there may be one"


def test_the_nearest_name_is_looked_for_once(create, prompt, session, monkeypatch, qtbot):
    looked, find = [], session.prompts.nearest_lora
    monkeypatch.setattr(
        session.prompts, "nearest_lora", lambda name, names: looked.append(name) or find(name, names)
    )
    session.put_models(*session.all_models, INK)
    qtbot.waitUntil(lambda: prompt.loras.known.find(INK.name) is not None)
    for words in ("a boat", "a red boat", "a red boat at sea"):
        create.settings.set_prompt(f"{words} <lora:nobody:1>")
        prompt.look()
    assert looked == ["nobody"]


def test_the_four_that_are_shown_are_the_four_that_run(create, prompt, session):
    create.settings.set_prompt(TEMPLATE)
    prompt.look()
    shown = prompt.expanded
    assert shown and shown.possible == 8 and len(set(shown.prompts)) == 4
    assert create.generate()
    [job] = submitted(session)
    assert tuple(job.picture(index).prompt for index in job.indices) == shown.prompts
    assert (job.template, job.prompt) == (TEMPLATE, shown.prompts[0])
    prompt.look()
    assert prompt.expanded != shown, "the next ones have a seed of their own"


def test_a_locked_seed_keeps_its_prompts(create, prompt, session):
    create.settings.set_prompt(TEMPLATE)
    create.settings.set_seed(7)
    prompt.look()
    shown = prompt.expanded.prompts
    assert create.generate() and create.generate()
    assert [[job.picture(i).prompt for i in job.indices] for job in submitted(session)] == [list(shown)] * 2
    prompt.draw_others()
    prompt.look()
    assert prompt.expanded.prompts == shown


def test_loras_that_are_called_are_not_shown_as_words(create, prompt):
    create.settings.set_prompt("a boat, <lora:ink:0.8>, at sea")
    prompt.look()
    assert prompt.prompts == ("a boat, at sea",) * 4


def test_others_can_be_drawn(create, prompt):
    create.settings.set_prompt("__time__ {a|b|c|d|e|f|g|h}")
    prompt.look()
    seen = {prompt.expanded.prompts}
    for _ in range(5):
        prompt.draw_others()
        prompt.look()
        seen.add(prompt.expanded.prompts)
    assert len(seen) > 1


def test_it_looks_by_itself_a_moment_after_the_last_key(create, prompt, qtbot):
    with qtbot.waitSignal(prompt.previewed, timeout=20 * LOOK_AFTER_MS):
        create.settings.set_prompt("{red|blue} boat")
    assert prompt.expanded.possible == 2


def test_what_is_wrong_is_told_while_one_writes_and_when_one_asks(create, prompt, session):
    for text, error in (("a {red|blue boat", PromptUnclosed), ("__tim__", WildcardMissing)):
        create.settings.set_prompt(text)
        prompt.look()
        assert isinstance(prompt.problem, error) and prompt.expanded is None
        assert not create.generate()
        assert isinstance(create.settings.problems["prompt"], error)
    assert submitted(session) == []
    create.settings.set_prompt("a boat")
    prompt.look()
    assert prompt.problem is None


def test_tokens_are_counted_of_the_longest_prompt_with_its_style(create, prompt, qtbot):
    create.settings.set_prompt("a {boat|very large boat}")
    create.settings.set_negative_prompt("text")
    prompt.toggle_style("Night")
    with qtbot.waitSignal(prompt.counted):
        prompt.look()
    qtbot.waitUntil(lambda: prompt.count is not None and prompt.negative_count is not None)
    assert prompt.count == TokenCount(tokens=9, limit=75)
    assert prompt.negative_count == TokenCount(tokens=1, limit=75)
    create.settings.set_prompt("")
    prompt.toggle_style("Night")
    prompt.look()
    assert prompt.count is None


def test_styles_are_laid_over_the_prompt_and_taken_off(create, prompt, session):
    create.settings.set_prompt("a boat")
    prompt.toggle_style("Flat postcard")
    prompt.toggle_style("Night")
    assert [style.name for style in prompt.chosen] == ["Flat postcard", "Night"]
    assert create.generate()
    [job] = submitted(session)
    assert job.prompt.endswith("soft paper grain, at night, a full moon")
    assert (job.template, job.styles, job.negative_prompt) == (
        "a boat",
        ("Flat postcard", "Night"),
        "photograph",
    )
    prompt.toggle_style("flat postcard")
    assert create.settings.draft.styles == ("Night",)


def test_a_style_of_ones_own_is_kept_and_removed(create, prompt):
    create.settings.set_prompt("{prompt}, by lamplight")
    prompt.save_style(" Lamplight ")
    assert prompt.styles[-1].name == "Lamplight" and prompt.styles[-1].own
    prompt.toggle_style("Lamplight")
    prompt.remove_style("Lamplight")
    create.settings.set_prompt("a boat")
    prompt.look()
    assert prompt.chosen == ("Lamplight",) and isinstance(prompt.problem, StyleMissing | StyleNotFound)


def test_one_goes_back_through_what_was_submitted_and_forth_again(create, prompt):
    for text in ("one", "two", "one", "three"):
        create.settings.set_prompt(text)
        assert create.generate()
    assert prompt.history.prompts == ["three", "one", "two"]
    step = prompt.history.step
    assert step(1, "unsent") == "three"
    assert step(1, "three") == "one"
    assert step(1, "one") == "two"
    assert step(1, "two") is None
    assert step(-1, "two") == "one"
    assert step(-1, "one") == "three"
    assert step(-1, "three") == "unsent"
    assert step(-1, "unsent") is None
    assert step(1, "three") == "one", "what stands there already is passed over"
    assert step(1, "changed") == "three", "a change begins anew"


def test_history_is_there_at_the_next_start_and_has_an_end(session, create):
    create.settings.set_prompt(TEMPLATE)
    create.generate()
    state, thumbnails = WindowState(session), Thumbnails(session.picture_bytes)
    later = CreateViewModel(session, state, thumbnails)
    assert later.prompt.history.prompts == [TEMPLATE]
    for number in range(REMEMBERED + 5):
        later.prompt.history.add(str(number))
    assert len(later.prompt.history.prompts) == REMEMBERED
    thumbnails.close()
    state.flush()


def test_a_suggestion_changes_nothing_until_it_is_accepted(create, prompt, session):
    create.settings.set_prompt("海上的船")
    prompt.ask("translate")
    assert session.suggestions.asked == [("translate", "海上的船", "starter/scribe", False)]
    assert prompt.suggestion.writing and not prompt.accept()
    session.suggestions.play("a boat", done=False)
    assert (prompt.suggestion.text, prompt.suggestion.done) == ("a boat", False)
    assert not prompt.accept()
    session.suggestions.play("a boat at sea")
    assert create.settings.draft.prompt == "海上的船"
    assert prompt.accept()
    assert create.settings.draft.prompt == "a boat at sea" and prompt.suggestion is None


def test_a_suggestion_is_discarded_stopped_or_asked_for_again(create, prompt, session):
    create.settings.set_prompt("a boat")
    prompt.ask("write")
    session.suggestions.play("a red boat", done=False)
    prompt.stop()
    assert prompt.suggestion.done and prompt.suggestion.text == "a red boat"
    create.settings.set_prompt("a boat!")
    prompt.ask_again()
    assert session.suggestions.asked[-1] == ("write", "a boat", "starter/scribe", True)
    late = session.suggestions.last
    assert prompt.discard() and prompt.suggestion is None
    session.suggestions.suggested.emit(late, "too late")
    assert prompt.suggestion is None and not prompt.discard()
    assert create.settings.draft.prompt == "a boat!"


def test_help_says_why_there_is_none(create, prompt, session):
    create.settings.set_prompt("a boat")
    prompt.ask("write")
    session.suggestions.fail("context_full", model="Scribe", tokens="9", limit="5")
    assert prompt.suggestion.problem.code == "context_full" and not prompt.accept()
    session.all_models = [LARGE]
    prompt.ask("write")
    assert prompt.suggestion.model == "" and not prompt.suggestion.writing


def test_a_model_without_negative_prompt_is_known(create, prompt, session):
    assert prompt.takes_negative
    session.all_models = [msgspec.structs.replace(LARGE, base="Flux2KleinPipeline")]
    assert not prompt.takes_negative


def test_a_batch_comes_back_as_it_was_written(create, prompt, session):
    create.settings.set_prompt(TEMPLATE)
    create.settings.set_negative_prompt("text")
    prompt.toggle_style("Flat postcard")
    create.generate()
    [job] = submitted(session)
    assert title_of(job) == TEMPLATE
    create.settings.set_prompt("something else")
    prompt.toggle_style("Night")
    create.recipes.use(recipe_of(job))
    draft = create.settings.draft
    assert (draft.prompt, draft.styles, draft.seed) == (TEMPLATE, ("Flat postcard",), job.seed)
    prompt.look()
    assert prompt.expanded.prompts == tuple(job.picture(index).prompt for index in job.indices)
    assert prompt.expanded.negative_prompt == "text, photograph" == job.negative_prompt


@pytest.mark.parametrize(
    ("template", "styles", "made", "written", "kept"),
    [
        ("a boat", ("Night",), "a boat, at night, a full moon", "a boat", ("Night",)),
        ("a {red|blue} boat", ("Night",), "a red boat, at night, a full moon", None, ()),
        ("a boat", ("Gone",), "a boat in a style", None, ()),
        ("a __gone__ boat", (), "a red boat", None, ()),
        ("", (), "a boat", None, ()),
    ],
)
def test_one_picture_comes_back_as_written_only_where_that_is_the_same_prompt(
    create, template, styles, made, written, kept
):
    create.settings.set_styles(("Flat postcard",))
    create.recipes.use(Recipe(prompt=made, template=template, styles=styles, seed=3))
    draft = create.settings.draft
    assert (draft.prompt, draft.styles) == (written or made, kept)
