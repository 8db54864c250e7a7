"""The Gallery without widgets: pages, days, searches, and rows that follow what happens to pictures."""

from concurrent.futures import Future
from datetime import datetime
from unicodedata import normalize

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication

from studio.core.errors import NotFound
from studio.core.records import Asset, AssetQuery
from studio.viewmodels.asset_list import PAGE, AssetListModel
from studio.viewmodels.gallery import GalleryViewModel, Place
from studio.viewmodels.shell import WindowState
from studio.viewmodels.thumbnails import Thumbnails
from tests.ui.endless import EndlessSession
from tests.ui.fake_session import NOON, FakeSession

DAY = 86_400.0


@pytest.fixture
def session(qapp):
    return FakeSession()


@pytest.fixture
def open_gallery():
    made = []

    def make(session: FakeSession) -> GalleryViewModel:
        state, thumbnails = WindowState(session), Thumbnails(session.picture_bytes)
        made.append((state, thumbnails))
        return GalleryViewModel(session, state, thumbnails)

    yield make
    for state, thumbnails in made:
        state.flush()
        thumbnails.close()


def prompts(model: AssetListModel) -> list[str]:
    """What is listed once the turn is over in which pictures left."""
    QCoreApplication.processEvents()
    return [model.asset(row).recipe.prompt for row in range(model.rowCount())]


def add(session: FakeSession, *names: str, **fields) -> list[Asset]:
    return [session.add_picture(name, **fields) for name in names]


# Pages and days.


def test_only_the_pages_that_are_wanted_are_read(open_gallery, qapp):
    session = EndlessSession(100_000)
    model = open_gallery(session).model
    assert model.rowCount() == PAGE
    for _ in range(3):
        model.fetchMore(model.index(-1, 0))
    assert model.rowCount() == 4 * PAGE
    assert session.pages == 4
    ids = [model.asset(row).id for row in range(model.rowCount())]
    assert len(set(ids)) == len(ids) and ids == sorted(ids, reverse=True)


def test_the_last_page_is_the_end(open_gallery, qapp):
    model = open_gallery(EndlessSession(PAGE + 1)).model
    assert not model.complete
    model.fetchMore(model.index(-1, 0))
    assert model.complete and model.rowCount() == PAGE + 1
    assert not model.canFetchMore(model.index(-1, 0))


def test_the_rest_comes_at_once(open_gallery, qtbot):
    model = open_gallery(EndlessSession(5 * PAGE)).model
    with qtbot.waitSignal(model.rowsInserted):
        model.fetch_rest()
    assert model.complete and model.rowCount() == 5 * PAGE


def test_rows_follow_what_another_process_does(open_gallery, session, qtbot):
    first, second, third = add(session, "a", "b", "c")
    gallery = open_gallery(session)
    model = gallery.model
    session.all_assets.remove(second)
    session.all_assets[session.all_assets.index(third)] = msgspec.structs.replace(third, starred=True)
    session.blockSignals(True)
    add(session, "d")
    session.blockSignals(False)
    with qtbot.waitSignal(gallery.counts_changed):
        session.library_changed.emit()
    assert prompts(model) == ["d", "c", "a"]
    assert [model.asset(row).starred for row in range(3)] == [False, True, False]
    assert model.asset(2) is first


class ErasingSession(EndlessSession):
    """Another program erases pictures while pages are read."""

    def assets_page(self, query: AssetQuery) -> list[Asset]:
        if query.before is not None and not self.told:
            raise NotFound(name=query.before)
        return super().assets_page(query)


def test_a_page_after_a_picture_that_was_just_erased_comes_when_that_is_told(open_gallery, qapp):
    session = ErasingSession(1000)
    session.told = False
    model = open_gallery(session).model
    model.fetchMore(model.index(-1, 0))
    assert model.rowCount() == PAGE
    session.told = True
    session.assets_removed.emit((model.asset(PAGE - 1).id,))
    model.fetchMore(model.index(-1, 0))
    assert model.rowCount() == 2 * PAGE - 1


def test_sections_are_the_days(open_gallery, session):
    for days, count in ((3, 2), (1, 1), (0, 4)):
        add(session, *"abcd"[:count], created=NOON - days * DAY)
    sections = open_gallery(session).model.sections()
    assert [(section.first, section.count) for section in sections] == [(0, 4), (4, 1), (5, 2)]
    assert sections[0].key == datetime.fromtimestamp(NOON).date().isoformat()


def test_days_follow_what_comes_and_goes(open_gallery, session):
    old = add(session, "old", created=NOON - DAY)[0]
    model = open_gallery(session).model
    add(session, "new", created=NOON)
    assert [section.count for section in model.sections()] == [1, 1]
    session.trash((old.id,))
    assert prompts(model) == ["new"]
    assert [section.count for section in model.sections()] == [1]


# Rows that follow.


def test_a_new_picture_is_the_first_row(open_gallery, session):
    add(session, "a", "b")
    model = open_gallery(session).model
    add(session, "c")
    assert prompts(model) == ["c", "b", "a"]


def test_a_star_changes_one_row_and_leaves_no_other(open_gallery, session):
    middle = add(session, "a", "b", "c")[1]
    model = open_gallery(session).model
    changed: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    session.star((middle.id,), True)
    assert changed == [(1, 1)]
    assert model.asset(1).starred


def test_an_undo_puts_pictures_back_where_they_were(open_gallery, session):
    assets = add(session, *"abcdef")
    gallery = open_gallery(session)
    gallery.pictures.trash(assets[1:4])
    assert prompts(gallery.model) == ["f", "e", "a"]
    gallery.pictures.restore(assets[1:4])
    assert prompts(gallery.model) == ["f", "e", "d", "c", "b", "a"]


def test_pictures_that_leave_together_are_removed_in_as_few_runs_as_can_be(open_gallery, session):
    assets = add(session, *"abcdefgh")
    gallery = open_gallery(session)
    removed: list[tuple[int, int]] = []
    gallery.model.rowsRemoved.connect(lambda _, first, last: removed.append((first, last)))
    gallery.pictures.trash([*assets[1:4], *assets[5:7]])
    assert prompts(gallery.model) == ["h", "e", "a"]
    assert removed == [(4, 6), (1, 2)]
    gallery.go(Place.TRASH)
    gallery.pictures.erase([gallery.model.asset(row) for row in (0, 1, 2, 4)])
    assert removed[2:] == [(4, 4), (0, 2)] and prompts(gallery.model) == ["c"]


def test_a_picture_that_comes_back_in_the_same_turn_stays(open_gallery, session):
    (asset,) = add(session, "a")
    gallery = open_gallery(session)
    gallery.pictures.trash([asset])
    gallery.pictures.restore([asset])
    assert prompts(gallery.model) == ["a"]


def test_pictures_of_one_moment_are_told_apart(open_gallery, session):
    assets = add(session, *"abcd", created=NOON)
    model = open_gallery(session).model
    before = prompts(model)
    session.trash((assets[1].id,))
    assert prompts(model) == [name for name in before if name != "b"]
    session.star((assets[2].id,), True)
    assert [model.asset(row).recipe.prompt for row in range(3) if model.asset(row).starred] == ["c"]
    session.restore((assets[1].id,))
    assert sorted(prompts(model)) == list("abcd")


def test_a_picture_beyond_the_pages_read_waits_for_its_page(open_gallery, qapp):
    session = EndlessSession(1000)
    model = open_gallery(session).model
    session.asset_changed.emit(session.nth(900))
    assert model.rowCount() == PAGE


def test_places_hold_what_belongs_there(open_gallery, session):
    assets = add(session, *"abc")
    session.star((assets[0].id, assets[2].id), True)
    gallery = open_gallery(session)
    gallery.go(Place.STARRED)
    assert prompts(gallery.model) == ["c", "a"]
    gallery.pictures.toggle_star([gallery.model.asset(0)])
    assert prompts(gallery.model) == ["a"], "it is starred no more, so it leaves"
    gallery.pictures.trash([gallery.model.asset(0)])
    gallery.go(Place.TRASH)
    assert prompts(gallery.model) == ["a"]
    gallery.pictures.erase([gallery.model.asset(0)])
    assert prompts(gallery.model) == []


def test_what_the_disk_refused_is_not_told_as_done(open_gallery, session, monkeypatch):
    assets = add(session, *"abc")
    pictures = open_gallery(session).pictures
    told = []
    with monkeypatch.context() as full:
        full.setattr(session, "trash", lambda ids: None)
        pictures.trash(assets, lambda: told.append("refused"))
    session.star((assets[0].id,), True)
    pictures.trash(assets[:2], lambda: told.append("trashed"))
    assert told == ["trashed"]
    pictures.restore(assets[:2], lambda: told.append("restored"))
    assert told == ["trashed", "restored"]


def test_some_starred_become_all_starred(open_gallery, session):
    assets = add(session, *"ab")
    session.star((assets[0].id,), True)
    gallery = open_gallery(session)
    chosen = [gallery.model.asset(row) for row in range(2)]
    gallery.pictures.toggle_star(chosen)
    assert all(gallery.model.asset(row).starred for row in range(2))


# Searches.


class SlowSession(FakeSession):
    """Answers searches when told to, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[AssetQuery, Future[list[Asset]]]] = []

    def search(self, query: AssetQuery) -> Future[list[Asset]]:
        self.asked.append((query, Future()))
        self.asked[-1][1].set_running_or_notify_cancel()
        return self.asked[-1][1]

    def answer(self, number: int) -> None:
        query, future = self.asked[number]
        future.set_result(self.assets_page(query))


def test_the_newest_search_wins_and_rows_stay_until_it_is_answered(open_gallery, qapp, qtbot):
    session = SlowSession()
    add(session, "a red boat", "a green boat", "a red house")
    gallery = open_gallery(session)
    for text in ("boat", "red"):
        gallery.search(text)
        gallery.search_now()
    assert gallery.model.rowCount() == 3
    with qtbot.waitSignal(gallery.model.loaded):
        session.answer(1)
    assert prompts(gallery.model) == ["a red house", "a red boat"]
    session.answer(0)
    qapp.processEvents()
    assert prompts(gallery.model) == ["a red house", "a red boat"]


def test_a_search_waits_for_the_typing_to_pause_and_its_count_follows(open_gallery, session, qtbot):
    add(session, "海上的红帆船", "雪地里的松树", "红色的灯塔，海边")
    gallery = open_gallery(session)
    loads: list[int] = []
    gallery.model.loaded.connect(lambda: loads.append(gallery.model.rowCount()))
    with qtbot.waitSignal(gallery.found_changed, check_params_cb=lambda: gallery.found == 2):
        for text in ("海", "海 ", "海 红"):
            gallery.search(text)
    assert prompts(gallery.model) == ["红色的灯塔，海边", "海上的红帆船"]
    assert loads == [2], "one search for three keys"


def test_what_is_made_while_a_search_is_shown_joins_it_when_it_has_the_words(open_gallery, session, qtbot):
    add(session, "a red boat")
    gallery = open_gallery(session)
    gallery.search("RED")
    with qtbot.waitSignal(gallery.model.loaded):
        gallery.search_now()
    add(session, "a green tree", "a Red kite")
    prompts(gallery.model)
    assert prompts(gallery.model) == ["a Red kite", "a red boat"]
    qtbot.waitUntil(lambda: gallery.found == 2)


class LooseSession(FakeSession):
    """Finds what the store finds: by the model's name, and letters without their accents."""

    def _found(self, query: AssetQuery) -> list[Asset]:
        wanted = self._plain(query.text)
        kept = super()._found(msgspec.structs.replace(query, text=""))
        return [one for one in kept if wanted in self._plain(one.recipe.prompt + one.recipe.model_name)]

    def _plain(self, text: str) -> str:
        return normalize("NFD", text).encode("ascii", "ignore").decode().lower()


@pytest.mark.parametrize("words", ["postcards", "cafe"])
def test_what_the_store_found_in_its_own_way_stays_when_it_is_starred_and_goes_with_the_trash(
    open_gallery, qapp, qtbot, words
):
    session = LooseSession()
    older, newer = add(session, "a café by the sea", "the Café at night")
    gallery = open_gallery(session)
    gallery.search(words)
    with qtbot.waitSignal(gallery.model.loaded):
        gallery.search_now()
    session.star((older.id,), True)
    assert prompts(gallery.model) == ["the Café at night", "a café by the sea"]
    assert gallery.model.asset(1).starred
    session.trash((newer.id,))
    assert prompts(gallery.model) == ["a café by the sea"]
    session.restore((newer.id,))
    add(session, "a new CAFÉ")
    qtbot.waitUntil(lambda: gallery.model.rowCount() == 3)
    assert prompts(gallery.model) == ["a new CAFÉ", "the Café at night", "a café by the sea"]


def test_counts_follow(open_gallery, session, qtbot):
    assets = add(session, *"abcd")
    gallery = open_gallery(session)
    qtbot.waitUntil(lambda: gallery.counts == {Place.ALL: 4, Place.STARRED: 0, Place.TRASH: 0})
    session.star((assets[0].id,), True)
    session.trash((assets[1].id,))
    qtbot.waitUntil(lambda: gallery.counts == {Place.ALL: 3, Place.STARRED: 1, Place.TRASH: 1})


def test_place_and_size_are_there_at_the_next_start(open_gallery, session):
    gallery = open_gallery(session)
    gallery.go(Place.STARRED)
    gallery.set_tile(9999)
    state = WindowState(session)
    gallery._state.flush()
    again = GalleryViewModel(session, state, gallery.thumbnails)
    assert (again.place, again.tile) == (Place.STARRED, 320)
