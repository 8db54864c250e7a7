"""Models through real keys and clicks: ten thousand rows, getting, pausing, removing, the hub, folders."""

import itertools
from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog

from studio.catalog.fit import fit
from studio.core.downloads import Account, DownloadState, HubModel, ModelFile, Wanted
from studio.core.errors import HubUnreachable
from studio.core.messages import Device
from studio.core.model import Kind, Wish
from studio.core.records import problem_of
from studio.core.servers import ServerState, server_model
from studio.core.shelf import FIT_REASONS, Group, Machine, ShelfEntry
from studio.ui import plan_words
from studio.ui.dialogs.erase import EraseSheet
from studio.ui.i18n import read_entries
from studio.ui.panels.models import ModelsPanel
from studio.ui.panels.models_actions import open_folder
from studio.ui.panels.models_facts import parameters_word
from studio.ui.widgets import model_words as words
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.model_columns import MARGIN, NAME_LEAST, Column, arrange
from studio.ui.widgets.model_painting import Act, act_areas
from studio.viewmodels.models import Tab
from tests.ui.fake_session import LARGE, POSTCARDS, FakeSession
from tests.ui.scenes_models import CARD, DREAMY, adopted, choose
from tests.ui.shelf import CARD as GRAPHICS
from tests.ui.shelf import DEV, GIB, QWEN, SDXL, TURBO, half_done, held, stocked
from tests.ui.stage import Look, Stage
from tests.ui.test_i18n import FOLDER

CTRL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


@pytest.fixture
def open_models(qapp) -> Iterator:
    stages: list[Stage] = []

    def make(session: FakeSession, look: Look | None = None) -> tuple[Stage, ModelsPanel]:
        stages.append(Stage(look, session))
        panel = stages[-1].show("models")
        stages[-1].frame.activateWindow()
        panel.table.setFocus()
        return stages[-1], panel

    yield make
    for stage in stages:
        stage.close()


@pytest.fixture
def models(open_models) -> tuple[Stage, ModelsPanel]:
    """The shelf on a machine that is known."""
    return open_models(stocked(FakeSession()))


@pytest.fixture
def online(open_models) -> tuple[Stage, ModelsPanel]:
    """The same where the network is allowed."""
    session = stocked(FakeSession())
    session.change_settings(offline=False)
    return open_models(session)


def calls(stage: Stage, name: str) -> list[tuple]:
    return [call for call in stage.session.calls if call[0] == name]


def place_of(panel: ModelsPanel, key: str, act: Act) -> QPoint:
    """The middle of that button of the row."""
    table, row = panel.table, panel.table.model().row_of(key)
    area = table.visualRect(table.model().index(row, 0))
    item = table.model().item(row)
    look = table._look(row, item)
    return act_areas(area, table._spans[Column.STATE], look.acts)[act].center()


def press(panel: ModelsPanel, key: str, act: Act, qtbot) -> None:
    """Click the button in the row."""
    place = place_of(panel, key, act)
    qtbot.mouseMove(panel.table.viewport(), place)
    qtbot.mouseClick(panel.table.viewport(), LEFT, pos=place)


def shown(widget) -> bool:
    return widget.isVisibleTo(widget.window())


def sheet_of(stage: Stage) -> EraseSheet:
    return next(one for one in stage.frame.findChildren(EraseSheet) if one.isVisible())


@pytest.mark.parametrize(("count", "said"), [(400, "1K"), (53_472, "53K"), (1_000_000, "1M"), (0, "")])
def test_the_numbers_of_a_small_model_are_no_nought(count: int, said: str):
    assert parameters_word(count) == said


def test_return_where_nothing_was_found_does_nothing(models, qtbot):
    stage, panel = models
    panel.tabs.chosen.emit(Tab.INSTALLED)
    panel.search.setText("no model has this name")
    qtbot.keyClick(panel.search, Key.Key_Return)
    assert panel.table.current_key() == "" and stage.shell.messages.lines == []


# The table.


def test_another_list_begins_at_its_top_or_where_the_chosen_one_stands(open_models, qtbot):
    session = stocked(FakeSession())
    session.put_models(
        *session.all_models,
        *(msgspec.structs.replace(LARGE, id=f"m/{n:02}", name=f"m{n:02}") for n in range(30)),
    )
    _, panel = open_models(session)
    panel.tabs.chosen.emit(Tab.INSTALLED)
    bar = panel.table.verticalScrollBar()
    bar.setValue(bar.maximum())
    panel.tabs.chosen.emit(Tab.SHELF)
    assert bar.value() == 0
    panel.tabs.chosen.emit(Tab.INSTALLED)
    assert bar.value() == 0
    panel.table.choose("m/29")
    panel.tabs.chosen.emit(Tab.SHELF)
    panel.tabs.chosen.emit(Tab.INSTALLED)
    assert panel.table.viewport().rect().contains(panel.table.visualRect(panel.table.currentIndex()))


def test_arrows_step_over_headings_and_pages_reach_the_ends(models, qtbot):
    _, panel = models
    table = panel.table
    seen = []
    qtbot.keyClick(table, Key.Key_Home)
    for _ in range(3):
        seen.append(table.current_key())
        qtbot.keyClick(table, Key.Key_Down)
    assert seen == ["starter/postcards", "starter/scribe", TURBO.repository]
    qtbot.keyClick(table, Key.Key_Up)
    qtbot.keyClick(table, Key.Key_Up)
    qtbot.keyClick(table, Key.Key_Up)
    assert table.current_key() == "starter/postcards"
    qtbot.keyClick(table, Key.Key_End)
    assert table.current_key() == "mistralai/Mistral-Small-24B-Instruct"
    assert table.viewport().rect().contains(table.visualRect(table.currentIndex()))


def test_a_click_on_a_heading_chooses_nothing(models, qtbot):
    _, panel = models
    choose(panel, LARGE.id)
    qtbot.mouseClick(panel.table.viewport(), LEFT, pos=QPoint(60, 10))
    assert not panel.table.selectedIndexes() or panel.table.current_key() == LARGE.id


def test_ten_thousand_rows_draw_only_those_in_sight(open_models, qtbot):
    session = stocked(FakeSession())
    session.all_models = [
        msgspec.structs.replace(DREAMY, id=f"local/style-{n:08}", name=f"Style {n:05}") for n in range(10_000)
    ]
    stage, panel = open_models(session)
    panel.tabs.chosen.emit(Tab.INSTALLED)
    stage.settle()
    painted: list[int] = []
    paint = panel.table._paint
    panel.table._paint = lambda painter, row, area: (painted.append(row), paint(painter, row, area))[1]
    for _ in range(40):
        qtbot.keyClick(panel.table, Key.Key_PageDown)
    stage.settle()
    row = panel.table.currentIndex().row()
    assert row > 300 and len(set(painted)) < 1000
    assert panel.table.viewport().rect().contains(panel.table.visualRect(panel.table.currentIndex()))
    qtbot.keyClick(panel.table, Key.Key_End)
    assert panel.table.current_key() == "local/style-00009999"


def test_a_key_of_a_search_paints_each_row_once(models, qtbot):
    stage, panel = models
    painted: list[int] = []
    paint = panel.table._paint
    panel.table._paint = lambda painter, row, area: (painted.append(row), paint(painter, row, area))[1]
    qtbot.keyClick(panel.search, "f")
    stage.settle()
    assert painted and len(painted) == len(set(painted))


def test_every_row_lies_where_it_is_found(models):
    _, panel = models
    table = panel.table
    for row in range(table.model().rowCount()):
        area = table.visualRect(table.model().index(row, 0))
        for point in (area.topLeft(), area.bottomLeft()):
            assert table.indexAt(point).row() == row
    assert not table.indexAt(QPoint(10, 100_000)).isValid()


@pytest.mark.parametrize("width", [640, 748, 928, 1035, 2160])
def test_columns_stay_inside_and_leave_in_order_of_importance(width):
    spans = arrange(width)
    ends = [MARGIN, *(span.left + span.width for span in spans.values())]
    assert [span.left for span in spans.values()] == ends[:-1] and ends[-1] == width - MARGIN
    assert spans[Column.NAME].width >= min(NAME_LEAST, width - 2 * MARGIN - 256)
    assert Column.FIT in spans and Column.STATE in spans
    assert (Column.COMMERCIAL in spans) == (width == 2160)
    assert (Column.LICENCE in spans) == (width >= 928)


def test_the_mouse_is_told_why_and_what_a_button_does(models):
    _, panel = models
    table = panel.table
    area = table.visualRect(table.model().index(table.model().row_of(DEV.repository), 0))
    spans = table._spans
    fit_place = QPoint(spans[Column.FIT].left + 30, area.center().y())
    assert table.tip_at(fit_place) == f"It needs 26 GB; {GRAPHICS} has 12 GB, and this machine 32 GB."
    licence = QPoint(spans[Column.LICENCE].left + 5, area.center().y())
    assert table.tip_at(licence) == "Commercial use: no"
    assert table.tip_at(licence + QPoint(60, 0)) == "flux-1-dev-non-commercial"


def test_a_choice_outlives_a_new_list(models, qtbot):
    stage, panel = models
    choose(panel, LARGE.id)
    stage.session.put_download(half_done(wanted=Wanted(repository="a/b"), name="b"))
    assert panel.table.current_key() == LARGE.id
    assert panel.inspector.header.title.text() == "SDXL Base 1.0"


# Getting.


def test_enter_gets_what_is_not_here_and_uses_what_is(online, qtbot):
    stage, panel = online
    choose(panel, TURBO.repository)
    qtbot.keyClick(panel.table, Key.Key_Return)
    assert calls(stage, "install") == [("install", Wanted(repository=TURBO.repository), TURBO.name)]
    choose(panel, LARGE.id)
    qtbot.keyClick(panel.table, Key.Key_Return)
    assert stage.session.settings.image_model == LARGE.id
    assert panel.inspector.top.use.text() == "In use" and not panel.inspector.top.use.isEnabled()


def test_offline_says_so_and_fetches_only_after_the_network_is_allowed(models, qtbot):
    stage, panel = models
    press(panel, TURBO.repository, Act.GET, qtbot)
    (line,) = stage.shell.messages.lines
    assert line.action_label == "Allow the network" and stage.session.all_downloads == []
    assert stage.session.settings.offline
    stage.shell.messages.act(line)
    assert not stage.session.settings.offline and len(stage.session.all_downloads) == 1


def test_a_download_is_paused_resumed_and_dropped_in_its_row(online, qtbot):
    stage, panel = online
    stage.session.put_download(half_done())
    key = TURBO.repository
    press(panel, key, Act.PAUSE, qtbot)
    assert panel.inspector.top.pace.text() == "Paused" and panel.inspector.top.pause.text() == "Go on"
    press(panel, key, Act.RESUME, qtbot)
    assert stage.session.all_downloads[0].state is DownloadState.RUNNING
    press(panel, key, Act.STOP, qtbot)
    assert stage.session.all_downloads, "what was fetched is not thrown away without asking"
    qtbot.mouseClick(sheet_of(stage).findChildren(Button)[-1], LEFT)
    assert calls(stage, "drop_download") == [("drop_download", "d1")]
    assert shown(panel.inspector.top.get)


def test_the_inspector_follows_a_download(online):
    stage, panel = online
    stage.session.put_download(half_done())
    choose(panel, TURBO.repository)
    top = panel.inspector.top
    assert top.done.text() == "7.6 of 12.3 GB" and top.pace.text().startswith("14.2 MB/s · ")
    stage.session.change_download("d1", done_bytes=int(12 * GIB))
    assert top.done.text() == "12 of 12.3 GB"
    problem = half_done().problem
    assert problem is None and not shown(top.trouble)


def test_a_failed_download_says_why_and_goes_on(online, qtbot):
    stage, panel = online
    error = HubUnreachable(host="huggingface.co", cause="timed out")
    stage.session.put_download(half_done(DownloadState.FAILED, problem=problem_of(error)))
    choose(panel, TURBO.repository)
    assert panel.inspector.top.trouble.text().startswith("huggingface.co cannot be reached (timed out).")
    press(panel, TURBO.repository, Act.RETRY, qtbot)
    assert calls(stage, "resume_download") == [("resume_download", "d1")]


def test_see_lighter_goes_to_one_that_fits(models, qtbot):
    _, panel = models
    press(panel, DEV.repository, Act.LIGHTER, qtbot)
    assert panel.table.current_key() == SDXL.repository
    choose(panel, DEV.repository)
    assert panel.inspector.top.get.text() == "Get anyway (23.8 GB)"


# Searching.


def test_typing_filters_and_return_goes_to_the_rows(models, qtbot):
    _, panel = models
    qtbot.keyClick(panel.table, Key.Key_F, CTRL)
    assert panel.search.hasFocus()
    qtbot.keyClicks(panel.search, "qwen")
    assert [row.name for row in panel._viewmodel.list.models()] == ["Qwen3 8B"]
    qtbot.keyClick(panel.search, Key.Key_Return)
    assert panel.table.hasFocus() and panel.table.current_key() == f"{QWEN.repository}|*Q4_K_M.gguf"
    panel.escape()
    assert panel.search.text() == "" and not panel.escape()


def test_the_hub_is_searched_by_its_row_and_what_it_found_can_be_fetched(online, qtbot):
    stage, panel = online
    panel.search.setText("tiny")
    qtbot.keyClick(panel.search, Key.Key_Return)
    found = HubModel(repository="nota-ai/bk-sdm-tiny", kind=Kind.PICTURE, licence="openrail", downloads=9)
    stage.session.hub_answers[0].set_result((found,))
    qtbot.waitUntil(lambda: panel.table.model().row_of(found.repository) >= 0)
    press(panel, found.repository, Act.GET, qtbot)
    assert calls(stage, "install")[0][1].repository == found.repository
    assert panel.table.model().model(found.repository).download is not None


def test_a_pasted_address_is_fetched_by_its_row(online, qtbot):
    stage, panel = online
    panel.search.setText("https://huggingface.co/nota-ai/bk-sdm-tiny")
    press(panel, "hub:get", Act.GET, qtbot)
    assert calls(stage, "install") == [
        ("install", Wanted(repository="nota-ai/bk-sdm-tiny"), "nota-ai/bk-sdm-tiny")
    ]


def test_nothing_found_among_the_installed_leads_to_the_shelf(models, qtbot):
    _, panel = models
    panel.tabs.chosen.emit(Tab.INSTALLED)
    panel.search.setText("turbo")
    page = panel.pages.currentWidget()
    assert page.title.text() == "Nothing found"
    qtbot.mouseClick(page.button, LEFT)
    assert panel.tabs.value() is Tab.SHELF
    assert [row.name for row in panel._viewmodel.list.models()] == ["Z-Image Turbo"]


# What is installed.


def test_delete_removes_only_after_asking_and_only_what_was_fetched(models, qtbot):
    stage, panel = models
    choose(panel, POSTCARDS.id)
    qtbot.keyClick(panel.table, Key.Key_Delete)
    assert not [one for one in stage.frame.findChildren(EraseSheet) if one.isVisible()]
    choose(panel, LARGE.id)
    qtbot.keyClick(panel.table, Key.Key_Delete)
    qtbot.mouseClick(sheet_of(stage).findChildren(Button)[0], LEFT)
    assert calls(stage, "remove_model") == []
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Key.Key_Delete)
    qtbot.mouseClick(sheet_of(stage).findChildren(Button)[-1], LEFT)
    assert calls(stage, "remove_model") == [("remove_model", LARGE.id)]
    qtbot.waitUntil(lambda: bool(stage.shell.messages.lines))
    assert stage.shell.messages.lines[0].params["name"] == LARGE.name
    assert shown(panel.inspector.top.get), "the shelf still has it"


def test_damaged_files_are_named(models, qtbot):
    stage, panel = models
    stage.session.damaged[LARGE.id] = ("unet/model.safetensors",)
    choose(panel, LARGE.id)
    qtbot.mouseClick(panel.inspector.top.verify, LEFT)
    assert not panel.inspector.top.verify.isEnabled()
    qtbot.waitUntil(lambda: panel.inspector.top.trouble.text() == "Damaged: unet/model.safetensors")
    assert panel.inspector.top.verify.isEnabled()


def test_the_card_is_read_once_it_is_opened_and_loads_no_picture(models, qtbot):
    stage, panel = models
    stage.session.cards[LARGE.id] = CARD
    choose(panel, LARGE.id)
    assert panel.inspector.card.toPlainText() == ""
    panel.inspector._card._fold.click()
    qtbot.waitUntil(lambda: "1024 × 1024" in panel.inspector.card.toPlainText())
    text = panel.inspector.card.toPlainText()
    assert "[picture: a sample]" in text and "sample.png" not in text
    panel.inspector.card.anchorClicked.emit(QUrl("link:https://example.com/paper"))
    assert QGuiApplication.clipboard().text() == "https://example.com/paper"
    QGuiApplication.clipboard().clear()


def test_the_inspector_tells_where_a_model_comes_from(open_models):
    session = stocked(FakeSession())
    session.all_models = [*session.all_models, DREAMY]
    _, panel = open_models(session)
    panel.tabs.chosen.emit(Tab.INSTALLED)
    choose(panel, DREAMY.id)
    facts = {name.text(): value.text() for name, value in panel.inspector.about.cells}
    assert (facts["Source"], facts["Goes with"]) == ("ComfyUI", "Stable Diffusion XL")
    assert facts["Trigger words"] == "dreamy style, soft light" and facts["Code in it"] == "none; data only"
    panel.commands.copy_words.trigger()
    assert QGuiApplication.clipboard().text() == "dreamy style, soft light"
    QGuiApplication.clipboard().clear()
    choose(panel, LARGE.id)
    facts = {name.text(): value.text() for name, value in panel.inspector.about.cells}
    assert "Trigger words" not in facts and facts["Commercial use"] == "Yes"
    assert {name.text(): value.text() for name, value in panel.inspector.defaults.cells}["Steps"] == "28"


def test_the_plan_is_told_and_what_may_be_chosen_instead(models, qtbot):
    stage, panel = models
    inspector = panel.inspector
    choose(panel, LARGE.id)
    assert inspector.memory.held.isHidden()
    stage.session.put_outlook(LARGE.id, held())
    assert inspector.memory.needed.text() == "float16, about 7.6 of 11.2\u00a0GB, about 14\u00a0s to load"
    combo = inspector.memory.held.precision
    rows = {combo.itemData(row): combo.model().index(row, 0) for row in range(combo.count())}
    enabled = Qt.ItemFlag.ItemIsEnabled
    assert {value: bool(row.flags() & enabled) for value, row in rows.items()} == {
        "": True, "float32": True, "bfloat16": True, "float16": True, "8-bit": False, "4-bit": False
    }  # fmt: skip
    assert "pip install bitsandbytes" in inspector.memory.held.remark.text()
    assert "bitsandbytes" in rows["4-bit"].data(Qt.ItemDataRole.ToolTipRole)
    combo.setFocus()
    qtbot.keyClick(combo, Key.Key_Down)
    assert stage.session.calls[-1] == ("wish", LARGE.id, Wish(precision="float32"))
    assert combo.currentData() == "float32"  # shown as it is kept now
    inspector.memory.held.offload.setFocus()
    qtbot.keyClick(inspector.memory.held.offload, Key.Key_End)
    assert stage.session.calls[-1] == ("wish", LARGE.id, Wish(precision="float32", offload="sequential"))


def test_compiling_is_off_and_wished_for_where_it_can_be(models, qtbot):
    stage, panel = models
    compile = panel.inspector.memory.held.compile
    choose(panel, LARGE.id)
    stage.session.put_outlook(LARGE.id, held())
    assert compile.isHidden()
    stage.session.put_outlook(LARGE.id, held(compiles=True))
    assert not compile.isHidden() and compile.currentText() == "Off"
    compile.setFocus()
    qtbot.keyClick(compile, Key.Key_End)
    assert stage.session.calls[-1] == ("wish", LARGE.id, Wish(compile="on"))


def test_measured_and_estimated_are_told_apart(models):
    stage, panel = models
    choose(panel, LARGE.id)
    stage.session.put_outlook(LARGE.id, held(measured=True))
    assert panel.inspector.memory.needed.text() == "float16, 7.6 of 11.2\u00a0GB, about 14\u00a0s to load"
    stage.session.put_outlook(LARGE.id, held(needed_bytes=14 * GIB, remedy="offload_model"))
    assert "Part by part" in panel.inspector.memory.reason.text()


@pytest.mark.parametrize(
    "table", [plan_words.REASONS, plan_words.REMEDIES, plan_words.WAYS, plan_words.COMPILE_WORDS]
)
def test_every_word_of_plans_has_chinese_words(table):
    assert set(table.values()) <= read_entries(FOLDER).keys()


def test_its_page_is_opened_only_by_a_click(models, qtbot):
    class Browser(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.opened: list[str] = []

        @Slot(QUrl)
        def open(self, url: QUrl) -> None:
            self.opened.append(url.toString())

    _, panel = models
    browser = Browser()
    QDesktopServices.setUrlHandler("https", browser, "open")
    choose(panel, TURBO.repository)
    assert browser.opened == []
    qtbot.mouseClick(panel.inspector._page, LEFT)
    QDesktopServices.unsetUrlHandler("https")
    assert browser.opened == [f"https://huggingface.co/{TURBO.repository}"]


def test_what_cannot_be_used_says_why_and_what_to_do(open_models):
    session = stocked(FakeSession())
    adopted(session)
    _, panel = open_models(session)
    panel.tabs.chosen.emit(Tab.INSTALLED)
    choose(panel, "/mnt/shared/ComfyUI/models/checkpoints/anime.ckpt")
    top = panel.inspector.top
    assert top.trouble.text() == "anime.ckpt is a pickle, which can run code, so it was not loaded."
    assert "`studio models convert`" in top.sentence.text()
    assert not shown(top.use) and shown(top.folder) and shown(top.convert)


def test_a_pickle_is_converted_to_where_the_person_says(open_models, qtbot, monkeypatch):
    session = stocked(FakeSession())
    adopted(session)
    stage, panel = open_models(session)
    panel.tabs.chosen.emit(Tab.INSTALLED)
    choose(panel, "/mnt/shared/ComfyUI/models/checkpoints/anime.ckpt")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *asked: (asked[2], ""))
    qtbot.mouseClick(panel.inspector.top.convert, LEFT)
    (call,) = calls(stage, "convert")
    assert call[2].name == "anime.safetensors" and not shown(panel.inspector.top.convert)
    assert "nothing in it is run" in panel.inspector.top.sentence.text()


def test_f5_looks_for_models_again(models, qtbot):
    stage, panel = models
    qtbot.keyClick(panel.table, Key.Key_F5)
    assert calls(stage, "rescan_models") == [("rescan_models",)]


def test_the_menu_offers_what_can_be_done_with_the_row(models, qtbot):
    _, panel = models
    choose(panel, LARGE.id)
    offered = [[action.text() for action in group] for group in panel.commands.groups()]
    assert offered == [["Use it"], ["Check the files", "Show in folder", "Open its page"], ["Remove…"]]
    choose(panel, TURBO.repository)
    offered = [[action.text() for action in group] for group in panel.commands.groups()]
    assert offered == [["Get"], ["Open its page"]]


# The machine.


def test_the_machine_is_named_and_tabs_are_counted(models):
    stage, panel = models
    assert panel.machine.device.text() == GRAPHICS
    assert panel.machine.memory.text() == "12 GB video memory · 32 GB memory · 214 GB free on disk"
    assert panel.tabs._buttons[1].text() == "Installed 3"
    stage.session.set_machine(Machine(memory_bytes=16 * GIB, processor="Ryzen 7"))
    assert (panel.machine.device.text(), panel.machine.memory.text()) == ("Ryzen 7", "16 GB memory")


MACHINES = (
    Machine(memory_bytes=8 * GIB),
    Machine(memory_bytes=64 * GIB),
    *(
        Machine(
            memory_bytes=32 * GIB,
            devices=(Device(kind=kind, name="A", total_bytes=size * GIB, free_bytes=GIB),),
        )
        for kind, size in itertools.product(("cuda", "mps"), (4, 24))
    ),
)


def test_every_reason_that_the_catalogue_gives_has_a_sentence_in_both_languages(qapp):
    chinese = read_entries(FOLDER)
    codes = set()
    for machine, kind, parameters in itertools.product(
        MACHINES, (Kind.PICTURE, Kind.TEXT, Kind.LORA), (None, *(10**8 * 2**n for n in range(10)))
    ):
        entry = ShelfEntry(repository="a/b", name="b", kind=kind, group=Group.FAST, parameters=parameters)
        found = fit(entry, machine)
        codes.add(found.code)
        assert "{" not in words.fit_sentence(found)
    codes.add(fit(server_model("127.0.0.1:1", "m"), MACHINES[0]).code)
    assert codes == set(FIT_REASONS)
    assert set(FIT_REASONS.values()) <= chinese.keys()


def test_every_word_of_the_tables_has_chinese_words():
    chinese = read_entries(FOLDER)
    tables = [
        *(word for word, _ in words.KINDS.values()),
        *words.HEADINGS.values(),
        *(word for word, _, _ in words.FITS.values()),
        *words.STATES.values(),
        *(word for _, _, word in words.FILES.values()),
        *(text for texts in words.COMMERCIAL.values() for text in texts[:2]),
        *(text for texts in words.HUB_LINES.values() for text in texts if text),
        *(act.english for act in Act),
    ]
    assert set(tables) - chinese.keys() == set()
    assert set(words.KINDS) == set(Kind)
    assert {*Group, *Kind} <= set(words.HEADINGS)


# Folders.


def test_folders_are_listed_forgotten_and_brought_back(open_models, qtbot):
    session = stocked(FakeSession())
    adopted(session)
    stage, panel = open_models(session)
    panel.tabs.chosen.emit(Tab.FOLDERS)
    stage.settle()
    hub, comfy, own = panel.folders.adopted
    assert hub.words.text().startswith("1 model") and not hub.buttons
    assert comfy.title.text() == "ComfyUI" and comfy.words.text() == "1 model · 143 MB · 1 cannot be used"
    qtbot.mouseClick(own.buttons[-1], LEFT)
    assert session.settings.model_folders == ("/mnt/shared/ComfyUI/models",)
    stage.shell.messages.undo()
    assert "/home/ada/models" in session.settings.model_folders


def test_folders_of_other_tools_are_adopted_by_a_click(open_models, qtbot):
    session = stocked(FakeSession())
    session.places = ("/home/ada/.ollama/models",)
    stage, panel = open_models(session)
    panel.tabs.chosen.emit(Tab.FOLDERS)
    stage.settle()
    (offer,) = panel.folders.offered
    qtbot.mouseClick(offer.buttons[-1], LEFT)
    assert session.settings.model_folders == session.places
    stage.settle()
    assert panel.folders.offered == []
    stage.settle()
    stage.shell.messages.undo()
    assert session.settings.model_folders == ()


def test_a_file_that_is_dropped_brings_its_folder(models):
    stage, panel = models
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/mnt/loras/dreamy.safetensors")])
    action, buttons, none = Qt.DropAction.CopyAction, LEFT, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPoint(300, 300), action, data, buttons, none)
    QApplication.sendEvent(panel.middle, entering)
    assert entering.isAccepted() and panel.middle._veil.isVisible()
    QApplication.sendEvent(panel.middle, QDropEvent(QPointF(300, 300), action, data, buttons, none))
    assert stage.session.settings.model_folders == ("/mnt/loras",)
    assert not panel.middle._veil.isVisible()


def test_a_drop_that_would_move_the_file_copies_so_that_nobody_deletes_it(models):
    _, panel = models
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/mnt/loras/dreamy.safetensors")])
    actions, buttons, none = Qt.DropAction.MoveAction, LEFT, Qt.KeyboardModifier.NoModifier
    both = actions | Qt.DropAction.CopyAction
    entering = QDragEnterEvent(QPoint(300, 300), both, data, buttons, none)
    dropping = QDropEvent(QPointF(300, 300), both, data, buttons, none)
    for event in (entering, dropping):
        event.setDropAction(actions)
        QApplication.sendEvent(panel.middle, event)
        assert event.isAccepted() and event.dropAction() is Qt.DropAction.CopyAction


def test_a_button_that_was_not_pressed_does_nothing_when_the_mouse_is_let_go_over_it(online, qtbot):
    stage, panel = online
    view, place = panel.table.viewport(), place_of(panel, TURBO.repository, Act.GET)
    qtbot.mousePress(view, LEFT, pos=QPoint(40, place.y()))
    qtbot.mouseMove(view, place)
    qtbot.mouseRelease(view, LEFT, pos=place)
    assert not calls(stage, "install")
    qtbot.mousePress(view, LEFT, pos=place)
    qtbot.mouseRelease(view, LEFT, pos=place)
    assert len(calls(stage, "install")) == 1


def test_only_what_the_hub_describes_can_be_checked(open_models):
    session = stocked(FakeSession())
    adopted = msgspec.structs.replace(LARGE, id="local/mine-1", source="folder", path="/mnt/mine.safetensors")
    session.put_models(*session.all_models, adopted)
    _, panel = open_models(session)
    panel.tabs.chosen.emit(Tab.INSTALLED)
    for spec, able in ((adopted, False), (POSTCARDS, False), (LARGE, True)):
        choose(panel, spec.id)
        assert panel.commands.verify.isEnabled() is able
        assert shown(panel.inspector.top.verify) is able


def test_what_holds_a_file_is_opened_and_never_the_file(models, tmp_path, monkeypatch):
    addresses = opened(monkeypatch)
    (tmp_path / "models.v1").mkdir()
    for name in ("ink.sft", "sha256-1234"):
        (tmp_path / name).touch()
        open_folder(str(tmp_path / name))
    open_folder(str(tmp_path / "models.v1"))
    own = QUrl.fromLocalFile(str(tmp_path)).toString()
    assert addresses == [own, own, f"{own}/models.v1"]


def test_typing_among_the_folders_searches_the_shelf(models):
    _, panel = models
    panel.tabs.chosen.emit(Tab.FOLDERS)
    panel.search.setText("qwen")
    assert panel.tabs.value() is Tab.SHELF and panel.pages.currentWidget() is panel._list


def test_the_header_keeps_to_a_narrow_middle(open_models):
    stage, panel = open_models(stocked(FakeSession()), Look(width=1100, height=720))
    stage.settle()
    assert panel.add_narrow.isVisible() and not panel.add.isVisible()
    assert panel.header.width() == panel.middle.width()
    assert panel.header.minimumSizeHint().width() <= panel.middle.width()


# An account of the hub.


def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that a browser would show."""
    addresses: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: addresses.append(url.toString()))
    return addresses


def test_a_gated_model_leads_to_its_licence_a_token_and_on(online, qtbot, monkeypatch):
    stage, panel = online
    addresses = opened(monkeypatch)
    stage.session.accounts["hf_right"] = "ada"
    access = panel.inspector.access
    choose(panel, TURBO.repository)
    assert not shown(access)
    choose(panel, DEV.repository)
    stage.settle()
    assert all(shown(one) for one in (access.page, access.token, access.enter)) and not shown(access.leave)
    assert not addresses
    qtbot.mouseClick(access.page, LEFT)
    qtbot.mouseClick(access.where, LEFT)
    assert addresses == [f"https://huggingface.co/{DEV.repository}", "https://huggingface.co/settings/tokens"]
    qtbot.keyClicks(access.token, "hf_wrong")
    assert access.token.displayText() == "●" * 8
    access.token.setFocus()
    qtbot.keyClick(access.token, Key.Key_Return)
    stage.settle()
    assert access.token.hasFocus()  # to be typed again
    assert "does not know" in access._trouble.text() and access.token.text() == "hf_wrong"
    access.token.setText("hf_right")
    qtbot.mouseClick(access.enter, LEFT)
    stage.settle()
    assert not access.token.text() and not shown(access.token) and not shown(access._trouble)
    assert "ada" in access._sign_in.text()
    qtbot.mouseClick(access.leave, LEFT)
    stage.settle()
    assert shown(access.token) and stage.session.account == Account()


def test_offline_signing_in_asks_for_the_network_first(models, qtbot):
    stage, panel = models
    stage.session.accounts["hf_right"] = "ada"
    choose(panel, DEV.repository)
    stage.settle()
    access = panel.inspector.access
    qtbot.keyClicks(access.token, "hf_right")
    qtbot.mouseClick(access.enter, LEFT)
    [offer] = stage.shell.messages.lines
    assert offer.action_label == "Allow the network"
    stage.shell.messages.act(offer)
    stage.settle()
    assert not stage.session.settings.offline
    assert not shown(access.token) and "ada" in access._sign_in.text()


def test_a_gated_model_that_is_here_asks_for_no_account(online):
    stage, panel = online
    spec = msgspec.structs.replace(LARGE, id=DEV.repository, path="/hub/dev", source="hub")
    stage.session.put_models(*stage.session.all_models, spec)
    choose(panel, DEV.repository)
    stage.settle()
    assert panel.commands.use.isEnabled() and not shown(panel.inspector.access)


def test_a_typed_token_does_not_wait_for_another_model(online, qtbot):
    stage, panel = online
    choose(panel, DEV.repository)
    stage.settle()
    qtbot.keyClicks(panel.inspector.access.token, "hf_right")
    choose(panel, TURBO.repository)
    assert panel.inspector.access.token.text() == ""


def test_among_the_folders_one_can_sign_out(models, qtbot):
    stage, panel = models
    stage.session.account = Account(signed_in=True, name="ada")
    access = panel.inspector.access
    assert ("hub_account",) not in stage.session.calls and not shown(access)
    panel.tabs.chosen.emit(Tab.FOLDERS)
    stage.settle()
    assert access._sign_in.text() == "A token is kept here."  # offline nobody is asked whose it is
    qtbot.mouseClick(access.leave, LEFT)
    stage.settle()
    assert stage.session.account == Account() and shown(access.token)


def test_a_token_of_the_environment_is_told_and_cannot_be_signed_out(online):
    stage, panel = online
    stage.session.account = Account(signed_in=True, name="ada", outside=True)
    choose(panel, DEV.repository)
    stage.settle()
    access = panel.inspector.access
    assert "HF_TOKEN" in access._sign_in.text()
    assert not shown(access.leave) and not shown(access.token)


# Files of a model.


def test_the_files_of_an_installed_model_are_listed(models):
    stage, panel = models
    stage.session.model_files_of[LARGE.id] = (
        ModelFile(name="unet/weights.safetensors", size_bytes=2_000_000_000),
        ModelFile(name="README.md", size_bytes=2000, shared=True),
    )
    choose(panel, LARGE.id)
    stage.settle()
    inspector = panel.inspector
    said = inspector.files.files.accessibleDescription().splitlines()
    assert said[0].startswith("unet/weights.safetensors · Here") and "Shared" in said[1]
    assert "One of them is shared" in inspector.files.shared.text()
    stage.session.ours.clear()  # what is never removed leaves nothing behind
    choose(panel, POSTCARDS.id)
    choose(panel, LARGE.id)
    stage.settle()
    assert "Shared" not in inspector.files.files.accessibleDescription() and not shown(inspector.files.shared)
    choose(panel, POSTCARDS.id)
    stage.settle()
    assert not shown(inspector.files.files) and not shown(inspector.files.shared)


# Servers.


def test_a_server_is_added_shown_and_removed(open_models, qtbot):
    session = stocked(FakeSession())
    stage, panel = open_models(session)
    panel.tabs.chosen.emit(Tab.FOLDERS)
    stage.settle()
    section, address = panel.folders.servers, "127.0.0.1:11434"
    assert section.lines == [] and not section.again.isVisible()
    spec = server_model(address, "qwen3:8b", software="Ollama")
    session.told[address] = ServerState(address=address, software="Ollama", models=(spec,))
    section.field.setFocus()
    qtbot.keyClicks(section.field, f" {address} ")
    qtbot.keyClick(section.field, Key.Key_Return)
    assert session.settings.servers == (address,) and section.field.text() == ""
    (line,) = section.lines
    assert line.title.text() == f"Ollama · {address}"
    assert (line.path.text(), line.words.text()) == ("qwen3:8b", "1 model")
    before = session.calls.count(("ask_servers",))
    qtbot.mouseClick(section.again, LEFT)
    assert session.calls.count(("ask_servers",)) == before + 1
    qtbot.mouseClick(line.buttons[-1], LEFT)
    assert session.settings.servers == () and section.lines == []
    stage.shell.messages.undo()
    assert session.settings.servers == (address,) and len(section.lines) == 1


def test_tab_goes_through_folders_and_servers_as_they_stand(open_models, qtbot):
    session = stocked(FakeSession())
    stage, panel = open_models(session)
    panel.tabs.chosen.emit(Tab.FOLDERS)
    session.change_settings(servers=("127.0.0.1:1", "127.0.0.1:2"), model_folders=("/a", "/b"))
    session.models.changed.emit(())
    session.models.servers_changed.emit()
    stage.settle()
    folders, servers = panel.folders, panel.folders.servers
    lines = (*folders.adopted, *folders.offered)
    expected = [button for line in lines for button in line.buttons]
    expected += [servers.again, *(line.buttons[0] for line in servers.lines), servers.field, servers.add]
    panel.add.setFocus()
    reached = []
    for _ in range(20):
        qtbot.keyClick(QApplication.focusWidget(), Key.Key_Tab)
        reached.append(QApplication.focusWidget())
    at = reached.index(expected[0])
    assert at < 3 and reached[at : at + len(expected)] == expected


def test_another_machine_is_refused_with_a_sentence_and_stays_to_be_mended(open_models, qtbot):
    stage, panel = open_models(stocked(FakeSession()))
    panel.tabs.chosen.emit(Tab.FOLDERS)
    stage.settle()
    section = panel.folders.servers
    section.field.setText("192.168.0.2:80")
    qtbot.mouseClick(section.add, LEFT)
    assert section.field.text() == "192.168.0.2:80" and section.lines == []
    (line,) = stage.shell.messages.lines
    assert line.problem is not None and line.problem.code == "server_elsewhere"


def test_a_server_that_does_not_answer_says_so_in_its_row(open_models):
    session, address = stocked(FakeSession()), "127.0.0.1:1234"
    cause = {"address": address, "cause": "Connection refused"}
    session.told[address] = ServerState(address=address, code="server_silent", params=cause)
    session.change_settings(servers=(address, "localhost:8080"))
    stage, panel = open_models(session)
    panel.tabs.chosen.emit(Tab.FOLDERS)
    stage.settle()
    silent, asked = panel.folders.servers.lines
    assert "does not answer (Connection refused)" in silent.path.text()
    assert (silent.words.text(), asked.path.text()) == ("no models", "Being asked for its models")


def test_a_server_s_model_offers_only_what_the_studio_can_do_with_it(open_models):
    session = stocked(FakeSession())
    spec = server_model("127.0.0.1:11434", "qwen3:8b", software="Ollama", parameters=8_190_735_360)
    session.put_models(*session.all_models, spec)
    _, panel = open_models(session)
    panel.tabs.chosen.emit(Tab.INSTALLED)
    choose(panel, spec.id)
    assert panel.commands.use.isEnabled()
    for action in (panel.commands.verify, panel.commands.remove, panel.commands.show_folder):
        assert not action.isEnabled(), action.text()
    assert not panel.commands.open_page.isEnabled()
    facts = {name.text(): value.text() for name, value in panel.inspector.about.cells}
    assert (facts["Source"], facts["Runs as"], facts["Parameters"]) == ("a local server", "Ollama", "8.2B")
    assert "Code in it" not in facts
    panel.commands.use.trigger()
    assert session.settings.language_model == spec.id


def test_a_chosen_model_of_a_silent_server_is_not_said_to_be_served(open_models):
    session, address = stocked(FakeSession()), "127.0.0.1:1234"
    spec = server_model(address, "qwen3:8b")
    session.put_models(*session.all_models, spec)
    session.change_settings(servers=(address,))
    _, panel = open_models(session)
    panel.tabs.chosen.emit(Tab.INSTALLED)

    def word() -> str:
        return words.here_word(panel.table.model().model(spec.id))

    assert word() == "Served"
    session.told[address] = ServerState(
        address=address, code="server_silent", params={"address": address, "cause": "refused"}
    )
    session.models.servers_changed.emit()
    assert word() == "Not there now"
    session.told[address] = ServerState(address=address, models=(spec,))
    session.models.servers_changed.emit()
    assert word() == "Served"


def test_what_was_fetched_is_told_and_shown_on_demand(online):
    stage, panel = online
    session = stage.session
    session.put_download(half_done(wanted=Wanted(repository="nota-ai/bk-sdm-tiny"), name="bk-sdm-tiny"))
    panel.search.setText("tiny")
    session.change_download("d1", state=DownloadState.DONE)
    spec = msgspec.structs.replace(LARGE, id="nota-ai/bk-sdm-tiny", name="bk-sdm-tiny", path="/hub/tiny")
    session.put_models(POSTCARDS, spec)
    (line,) = stage.shell.messages.lines
    assert line.params == {"name": "bk-sdm-tiny"}
    stage.shell.go("gallery")
    line.action()
    assert stage.shell.panel == "models" and panel.table.current_key() == spec.id


def test_a_download_that_waits_for_the_hub_says_for_how_long(online):
    stage, panel = online
    stage.session.put_download(half_done(waiting_seconds=12))
    panel.table.choose(TURBO.repository)
    top = panel.inspector.top
    assert top.pace.text() == "Trying again in 12 s" and "What has arrived is kept" in top.sentence.text()
    stage.session.put_download(half_done())
    assert "Trying" not in top.pace.text()


def test_return_in_the_search_asks_the_hub_at_once(online, qtbot):
    stage, panel = online
    panel.search.setText("https://huggingface.co/nota-ai/bk-sdm-tiny")
    qtbot.keyClick(panel.search, Key.Key_Return)
    assert calls(stage, "install")[0][1].repository == "nota-ai/bk-sdm-tiny"


def test_a_single_file_that_lacks_a_lender_says_so_and_gets_one(online, qtbot):
    stage, panel = online
    stage.session.lenders[LARGE.id] = "owner/whole"
    panel.tabs.chosen.emit(Tab.INSTALLED)
    choose(panel, LARGE.id)
    top = panel.inspector.top
    assert "owner/whole is one" in top.sentence.text() and shown(top.lend) and not shown(top.use)
    qtbot.mouseClick(top.lend, LEFT)
    assert calls(stage, "install")[0][1] == Wanted(repository="owner/whole")
