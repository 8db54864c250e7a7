"""The prompt over a real session: an idea in Chinese becomes the pictures of the prompts that were shown."""

import pytest

from studio.core.jobs import JobState
from studio.core.records import AssetQuery
from studio.viewmodels.create import CreateViewModel
from studio.viewmodels.shell import WindowState
from studio.viewmodels.thumbnails import Thumbnails
from tests.session.conftest import open_session, paths, session  # noqa: F401 - fixtures

LONG = 240_000  # milliseconds; two workers have to start, at a low priority


@pytest.fixture
def create(session):  # noqa: F811
    state, thumbnails = WindowState(session), Thumbnails(session.picture_bytes)
    yield CreateViewModel(session, state, thumbnails)
    state.flush()
    thumbnails.close()


@pytest.mark.long
def test_from_an_idea_in_chinese_to_pictures(create, session, qtbot):  # noqa: F811
    settings, prompt = create.settings, create.prompt
    qtbot.waitUntil(lambda: bool(settings.model and prompt.text_model and prompt.styles), timeout=LONG)
    settings.set_prompt("海上一艘红帆的帆船，日落")
    prompt.ask("translate")
    qtbot.waitUntil(lambda: prompt.suggestion is not None and prompt.suggestion.done, timeout=LONG)
    assert prompt.accept()
    english = settings.draft.prompt
    assert "boat" in english and english.isascii()
    settings.set_prompt(english + ", {a bird|two birds} at __time__")
    prompt.toggle_style(prompt.styles[0].name)
    settings.sizes.set(64, 64)
    settings.set_steps(1)
    settings.set_num_images(2)
    prompt.look()
    shown = prompt.prompts
    assert len(set(shown)) == 2 and prompt.expanded.possible > 2
    qtbot.waitUntil(lambda: prompt.count is not None, timeout=LONG)
    assert prompt.count.tokens > 5
    assert create.generate()
    qtbot.waitUntil(lambda: [one.state.ended for one in session.jobs()] == [True] * 2, timeout=LONG)
    assert [(one.state, one.problem) for one in session.jobs()] == [(JobState.DONE, None)] * 2
    pictures = sorted(session.assets_page(AssetQuery()), key=lambda one: one.recipe.index)
    assert tuple(one.recipe.prompt for one in pictures) == shown
    assert {one.recipe.seed - one.recipe.index for one in pictures} == {settings.draft.seed}
