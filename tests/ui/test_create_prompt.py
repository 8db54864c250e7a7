"""The prompt box through real keys and clicks: colours, weights, styles, earlier prompts and help."""

from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtCore import QEvent, QMimeData, Qt
from PySide6.QtGui import QColor, QInputMethodEvent, QKeyEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QApplication

from studio.core.jobs import JobState, Suggest, title_of
from studio.core.messages import Phase
from studio.core.messages import Stage as Step
from studio.core.records import JobRecord
from studio.core.turns import ChatTurn
from studio.ui.panels.create import CreatePanel
from studio.ui.theme import colours
from studio.ui.widgets.chip import Chip
from studio.ui.widgets.pick_list import PICK_ROLE
from studio.ui.widgets.prompt_colours import LONG
from studio.ui.widgets.prompt_completion import begun
from studio.ui.widgets.waiting_list import words_of
from tests.ui.fake_session import LARGE, POSTCARDS, SCRIBE, FakeSession
from tests.ui.scenes_create import INK, OWN_STYLES, finished
from tests.ui.stage import Look, Stage

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def stage(qapp) -> Iterator[Stage]:
    stage = Stage(session=FakeSession())
    stage.session.prompts.set_wildcards({"time": ("dawn", "noon", "dusk", "night")})
    for style in OWN_STYLES:
        stage.session.prompts.save_style(style)
    yield stage
    stage.close()


@pytest.fixture
def panel(stage) -> CreatePanel:
    panel = stage.show("create")
    stage.frame.activateWindow()
    panel.prompt.prompt.setFocus()
    return panel


@pytest.fixture
def box(panel):
    return panel.prompt


def look(stage, box) -> None:
    box.viewmodel.look()
    stage.settle()


def format_at(box, at: int) -> QTextCharFormat:
    """As the character there is painted."""
    block = box.prompt.document().findBlock(at)
    at -= block.position()
    for one in block.layout().formats():
        if one.start <= at < one.start + one.length:
            return QTextCharFormat(one.format)
    return QTextCharFormat()


def ink(box, at: int) -> QColor:
    return format_at(box, at).foreground().color()


def ground(box, at: int) -> QColor | None:
    brush = format_at(box, at).background()
    return brush.color() if brush.style() != Qt.BrushStyle.NoBrush else None


def rows(pick_list) -> list[str]:
    model = pick_list.model
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def asked(stage):
    return [call[1] for call in stage.session.calls if call[0] == "generate"]


# Colours.


def test_what_means_something_is_coloured(box):
    text = "a (red boat:1.2) at __time__ with {a|big (sail:1.1)} and __see__ {x|"
    box.prompt.insertPlainText(text)
    now = colours()
    assert ink(box, text.index("red")) == QColor(now.accent_text)
    assert ground(box, text.index("__time") + 3) == QColor(now.accent_soft)
    assert ground(box, text.index("big")) == QColor(now.accent_soft)
    sail = text.index("sail")
    assert (ground(box, sail), ink(box, sail)) == (QColor(now.accent_soft), QColor(now.accent_text))
    wavy = QTextCharFormat.UnderlineStyle.WaveUnderline
    for wrong in (text.index("__see"), text.rindex("{")):
        assert format_at(box, wrong).underlineStyle() == wavy
    assert ground(box, 0) is None and format_at(box, text.index(" and")).underlineStyle() != wavy


def test_a_brace_that_is_closed_on_another_line_colours_both(box, qtbot):
    box.prompt.insertPlainText("a {red\nor |blue")
    soft = QColor(colours().accent_soft)
    assert ground(box, 4) is None
    qtbot.keyClicks(box.prompt, "}")
    assert (ground(box, 4), ground(box, 9)) == (soft, soft)


def test_a_bracket_that_nobody_closes_weighs_all_lines_below_a_few_a_turn(box, qtbot):
    accent = QColor(colours().accent_text)
    box.prompt.insertPlainText("a boat\n" * 50 + "the end")
    end = len(box.prompt.toPlainText()) - 1
    box.prompt.moveCursor(QTextCursor.MoveOperation.Start)
    qtbot.keyClicks(box.prompt, "(")
    assert ink(box, 10) == accent != ink(box, end + 1)
    qtbot.waitUntil(lambda: ink(box, end + 1) == accent)
    qtbot.keyClick(box.prompt, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: ink(box, end) != accent)


def test_a_key_leaves_the_inspector_alone(stage, box, panel, qtbot):
    heard = list[str]()
    settings = panel.prompt.settings
    settings.options_changed.connect(lambda: heard.append("options"))
    settings.changed.connect(lambda: heard.append("all"))
    qtbot.keyClicks(box.prompt, "a")
    assert heard == ["all"]
    settings.set_num_images(settings.draft.num_images + 1)
    assert heard == ["all", "all", "options"]


def test_characters_that_qt_counts_twice_do_not_shift_the_colours(box, qtbot):
    box.prompt.insertPlainText("🌊🌊 __time__")
    assert ground(box, 5) == ground(box, 12) == QColor(colours().accent_soft)
    assert ground(box, 4) is None


def test_in_a_long_line_colours_move_along_and_are_right_a_moment_later(box, qtbot):
    soft = QColor(colours().accent_soft)
    start = "a boat, " * (LONG // 8 + 1)
    box.prompt.insertPlainText(start + "__time__")
    box.prompt.moveCursor(QTextCursor.MoveOperation.Start)
    qtbot.keyClicks(box.prompt, "{x|y} ")
    assert ground(box, len(start) + 6 + 2) == soft
    assert ground(box, len(start) + 5) is None
    qtbot.waitUntil(lambda: ground(box, 1) == soft)


def test_colours_follow_the_theme_and_the_wildcards(stage, box):
    box.prompt.insertPlainText("__colour__")
    wavy = QTextCharFormat.UnderlineStyle.WaveUnderline
    assert format_at(box, 2).underlineStyle() == wavy
    stage.session.prompts.set_wildcards({"Colour": ("red", "blue")})
    assert ground(box, 2) == QColor(colours().accent_soft)
    dark = colours()
    stage.theme.choose("light")
    assert colours() is not dark and ground(box, 2) == QColor(colours().accent_soft)


def test_a_lora_that_is_not_here_is_marked_and_told_below_the_box(stage, box, qtbot):
    stage.session.put_models(POSTCARDS, INK)
    qtbot.waitUntil(lambda: box.viewmodel.loras.known.find(INK.name) is not None)
    text = "a boat <lora:woodblock-ink-v2:0.8> <lora:nobody:1>"
    box.prompt.insertPlainText(text)
    wavy = QTextCharFormat.UnderlineStyle.WaveUnderline
    assert format_at(box, text.index("ink-v2")).underlineStyle() != wavy
    assert format_at(box, text.index("nobody")).underlineStyle() == wavy
    look(stage, box)
    assert box.problem.isVisible() and "There is no LoRA nobody" in box.problem.text()
    nobody = msgspec.structs.replace(INK, id="local/nobody", name="Nobody")
    stage.session.put_models(POSTCARDS, INK, nobody)
    qtbot.waitUntil(lambda: format_at(box, text.index("nobody")).underlineStyle() != wavy)
    look(stage, box)
    assert not box.problem.isVisible()
    box.settings.set_prompt("a boat <lora:>")
    look(stage, box)
    assert box.problem.text().startswith("The prompt calls a LoRA without saying which.")


# Keys.


def test_ctrl_up_and_down_weigh_the_word_at_the_caret_and_undo_takes_it_back(stage, box, qtbot):
    box.prompt.insertPlainText("a red boat")
    qtbot.keyClick(box.prompt, Key.Key_Up, CTRL)
    assert box.prompt.toPlainText() == "a red (boat:1.1)"
    qtbot.keyClick(box.prompt, Key.Key_Up, CTRL)
    assert box.prompt.toPlainText() == "a red (boat:1.2)"
    assert box.prompt.textCursor().position() == len("a red (boat")
    qtbot.keyClicks(box.prompt, "s")
    assert stage.shell.state.get("create.draft").count("(boats:1.2)")
    for _ in range(2):
        qtbot.keyClick(box.prompt, Key.Key_Down, CTRL)
    assert box.prompt.toPlainText() == "a red boats"
    box.prompt.undo()
    assert box.prompt.toPlainText() == "a red (boats:1.1)"


def test_a_selection_is_weighed_and_stays_selected(box, qtbot):
    box.prompt.insertPlainText("🌊 red boat, sea")
    cursor = box.prompt.textCursor()
    cursor.setPosition(3)
    cursor.setPosition(11, QTextCursor.MoveMode.KeepAnchor)
    box.prompt.setTextCursor(cursor)
    qtbot.keyClick(box.prompt, Key.Key_Down, CTRL)
    assert box.prompt.toPlainText() == "🌊 (red boat:0.9), sea"
    assert box.prompt.textCursor().selectedText() == "red boat"


def test_the_window_leaves_these_keys_to_the_field(box):
    for modifier in (CTRL, ALT):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, Key.Key_Up, modifier)
        event.ignore()
        QApplication.sendEvent(box.prompt, event)
        assert event.isAccepted()


def test_alt_up_brings_back_what_was_submitted(stage, box, qtbot):
    for text in ("one", "two"):
        box.settings.set_prompt(text)
        box.generate.click()
    box.settings.set_prompt("being written")
    qtbot.keyClick(box.prompt, Key.Key_Up, ALT)
    assert box.prompt.toPlainText() == "two"
    qtbot.keyClick(box.prompt, Key.Key_Up, ALT)
    assert box.prompt.toPlainText() == "one"
    for _ in range(2):
        qtbot.keyClick(box.prompt, Key.Key_Down, ALT)
    assert box.prompt.toPlainText() == "being written"


@pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen one, of popups
def test_wildcards_are_offered_while_one_is_typed(stage, box, qtbot):
    stage.session.prompts.set_wildcards({"time": ("dawn",), "light/time": ("low",), "colour": ("red",)})
    qtbot.keyClicks(box.prompt, "at __tim")
    popup = box.prompt.completion.popup
    assert [popup.model().index(row, 0).data() for row in range(popup.model().rowCount())] == [
        "light/time",
        "time",
    ]
    qtbot.keyClick(popup, Key.Key_Down)
    qtbot.keyClick(popup, Key.Key_Return)
    assert box.prompt.toPlainText() == "at __time__" and not popup.isVisible()
    qtbot.keyClicks(box.prompt, ", a boat")
    assert not popup.isVisible()


@pytest.mark.parametrize(
    ("before", "name"),
    [
        ("__co", "co"),
        ("a __time__ __l/t", "l/t"),
        ("__time__", ""),
        ("__time__ b", ""),
        ("a", ""),
        ("__", ""),
    ],
)
def test_a_name_is_begun_after_two_underscores(before, name):
    assert begun(before) == name


def test_lines_keep_their_height_whatever_was_pasted_and_typed_over(box, qtbot):
    def heights() -> list[float]:
        document = box.prompt.document()
        blocks = [document.findBlockByNumber(line) for line in range(document.blockCount())]
        return [block.blockFormat().lineHeight() for block in blocks]

    qtbot.keyClicks(box.prompt, "a")
    line = heights()[0]
    top = box.prompt.cursorRect().top()
    lines = QMimeData()
    lines.setText("a boat\nred sails\nthe sea")
    box.prompt.insertFromMimeData(lines)
    assert heights() == [line] * 3 and box.prompt.toPlainText() == "aa boat\nred sails\nthe sea"
    qtbot.keyClick(box.prompt, Key.Key_A, CTRL)
    qtbot.keyClicks(box.prompt, "b")
    assert heights() == [line] and box.prompt.cursorRect().top() == top
    box.prompt.undo()
    box.prompt.undo()
    assert box.prompt.toPlainText() == "a" and heights() == [line]


def compose(field, preedit: str = "", commit: str = "") -> None:
    """As an input method does it, between two keys."""
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(field, event)


def test_words_that_are_being_composed_leave_marks_and_undo_alone(stage, box):
    text = "a (red boat:1.2) at __time__"
    box.prompt.insertPlainText(text)
    heard = list[str]()
    box.prompt.edited.connect(heard.append)
    box.prompt.moveCursor(QTextCursor.MoveOperation.Start)
    for preedit in ("h", "ha", "hai"):
        compose(box.prompt, preedit)
        assert box.prompt.toPlainText() == box.settings.draft.prompt == text
    layout = box.prompt.document().firstBlock().layout()
    assert (layout.preeditAreaText(), layout.preeditAreaPosition()) == ("hai", 0)
    shown = {one.start: one.length for one in layout.formats()}
    assert shown[len("hai") + 2] == len("(red boat:1.2)"), "the marks have moved along"
    box.settings.set_num_images(2)  # something else changes meanwhile
    assert layout.preeditAreaText() == "hai"
    compose(box.prompt, commit="海上的")
    assert box.prompt.toPlainText() == box.settings.draft.prompt == "海上的" + text
    assert heard == ["海上的" + text]
    accent = QColor(colours().accent_text)
    assert ink(box, len("海上的a (")) == accent and ground(box, 3 + text.index("time")) is not None
    box.prompt.undo()
    assert box.prompt.toPlainText() == text and ink(box, text.index("red")) == accent
    box.prompt.redo()
    assert box.prompt.toPlainText() == "海上的" + text


def test_composing_in_a_choice_and_over_a_selection(box):
    box.prompt.insertPlainText("a {red|blue} boat")
    cursor = box.prompt.textCursor()
    cursor.setPosition(3)
    cursor.setPosition(6, QTextCursor.MoveMode.KeepAnchor)
    box.prompt.setTextCursor(cursor)
    compose(box.prompt, "hong")
    compose(box.prompt, commit="红")
    assert box.prompt.toPlainText() == "a {红|blue} boat"
    assert ground(box, 3) == ground(box, 6) == QColor(colours().accent_soft)
    compose(box.prompt, "lan")
    compose(box.prompt)  # given up
    assert box.prompt.toPlainText() == "a {红|blue} boat"
    box.prompt.undo()
    box.prompt.undo()  # to Qt, what was selected went before
    assert box.prompt.toPlainText() == "a {red|blue} boat"


def test_the_placeholder_gives_way_to_what_is_composed(box):
    compose(box.prompt, "shan")
    assert box.prompt.document().firstBlock().layout().preeditAreaText() == "shan"
    compose(box.prompt, commit="山")
    assert box.settings.draft.prompt == "山"


def test_the_model_is_changed_under_a_prompt_with_marks(stage, box):
    text = "a (red boat:1.2) at __time__ <lora:nobody:1>"
    box.prompt.insertPlainText(text)
    before = [(one.start, one.length) for one in box.prompt.document().firstBlock().layout().formats()]
    for model in (LARGE, POSTCARDS):
        box.settings.choose_model(model.id)
        look(stage, box)
        assert box.prompt.toPlainText() == text
        formats = box.prompt.document().firstBlock().layout().formats()
        assert [(one.start, one.length) for one in formats] == before
    box.prompt.undo()
    assert box.prompt.toPlainText() == ""


# What will run.


def test_the_line_says_which_will_run_and_opens_them(stage, box, qtbot):
    box.prompt.insertPlainText("a {red|blue} boat at __time__")
    look(stage, box)
    assert box.possible.text() == "8 prompts possible, these 4 will run"
    qtbot.mouseClick(box.possible, LEFT)
    shown = [row.partition(".  ")[2] for row in rows(box.lists.possible)]
    qtbot.keyClick(box.lists.possible, Key.Key_Escape)
    assert not box.lists.possible.isVisible()
    box.generate.click()
    [job] = asked(stage)
    assert [job.picture(index).prompt for index in job.indices] == shown


def test_a_prompt_without_choices_says_nothing_of_them(stage, box):
    box.prompt.insertPlainText("a boat")
    look(stage, box)
    assert not box.possible.isVisible()
    box.settings.set_prompt("a {red|blue} boat")
    look(stage, box)
    assert box.possible.text() == "2 prompts, all of them will run"


def test_others_can_be_drawn_unless_the_seed_is_locked(stage, box, qtbot):
    box.settings.set_num_images(1)
    box.prompt.insertPlainText("{a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p|q|r|s|t}")
    look(stage, box)
    assert box.possible.text() == "20 prompts possible, this one will run"
    qtbot.mouseClick(box.possible, LEFT)
    seen = {tuple(rows(box.lists.possible))}
    for _ in range(8):
        qtbot.mouseClick(box.lists.possible.others, LEFT)
        seen.add(tuple(rows(box.lists.possible)))
    assert len(seen) > 1
    box.settings.lock_seed(True)
    look(stage, box)
    assert not box.lists.possible.others.isEnabled()


def test_what_is_wrong_is_said_while_one_writes(stage, box):
    box.prompt.insertPlainText("a {red|blue boat")
    look(stage, box)
    assert box.problem.isVisible() and "never closed" in box.problem.text()
    box.generate.click()
    assert asked(stage) == [] and "never closed" in box.problem.text()
    box.prompt.insertPlainText("}")
    look(stage, box)
    assert not box.problem.isVisible()


def test_tokens_are_counted_and_warn_past_the_limit(stage, box):
    box.prompt.insertPlainText("a boat at sea")
    look(stage, box)
    assert (box.tokens.text(), box.tokens.property("tone")) == ("4 / 75 tokens", "secondary")
    box.settings.set_prompt("boat " * 80)
    look(stage, box)
    assert (box.tokens.text(), box.tokens.property("tone")) == ("80 / 75 tokens", "warning")
    stage.session.prompts.parts = 2
    box.settings.set_prompt("boat " * 81)
    look(stage, box)
    assert (box.tokens.text(), box.tokens.property("tone")) == ("81 tokens · 2 parts", "secondary")
    box.settings.set_prompt("boat " * 151)
    look(stage, box)
    assert (box.tokens.text(), box.tokens.property("tone")) == ("151 tokens · 2 parts", "warning")
    assert box.tokens.toolTip() == "The model reads the first 150 tokens; the rest has no effect."


def test_the_negative_row_is_there_where_the_model_has_one(stage, box):
    assert box.negative.isVisible()
    stage.session.all_models = [msgspec.structs.replace(LARGE, base="Flux2Pipeline")]
    stage.session.models.changed.emit(tuple(stage.session.all_models))
    assert not box.negative.isVisible()


# Styles.


def test_styles_are_ticked_searched_and_taken_off(stage, box, qtbot):
    box.prompt.insertPlainText("a boat")
    qtbot.mouseClick(box.add_style, LEFT)
    styles = box.lists.styles
    qtbot.keyClicks(styles.search, "moon")
    assert rows(styles) == ["Night · your own"]
    qtbot.keyClick(styles.search, Key.Key_Return)
    assert [chip.name for chip in box.findChildren(Chip)] == ["Night"] and styles.isVisible()
    assert styles.model.index(0, 0).data(PICK_ROLE).checked
    qtbot.keyClick(styles, Key.Key_Escape)
    qtbot.keyClick(styles, Key.Key_Escape)
    assert not styles.isVisible()
    box.generate.click()
    assert asked(stage)[0].prompt == "a boat, at night, a full moon"
    qtbot.mouseClick(box.findChild(Chip), LEFT)
    assert box.findChildren(Chip) == [] and box.settings.draft.styles == ()


def test_a_prompt_is_kept_as_a_style_and_the_style_removed(stage, box, qtbot):
    box.prompt.insertPlainText("{prompt}, by lamplight")
    qtbot.mouseClick(box.add_style, LEFT)
    styles = box.lists.styles
    assert not styles.keep.isEnabled()
    qtbot.keyClicks(styles.name, "Lamplight")
    qtbot.mouseClick(styles.keep, LEFT)
    assert stage.session.prompts.styles[-1].name == "Lamplight"
    qtbot.keyClicks(styles.search, "lamp")
    assert styles.remove.isEnabled()
    qtbot.mouseClick(styles.remove, LEFT)
    assert rows(styles) == [] and styles.empty.isVisible()
    qtbot.keyClicks(styles.search, "\b" * 4)
    assert styles.current == "Watercolour" and not styles.remove.isEnabled(), "it came with the studio"


def test_styles_have_names_in_the_persons_language(qapp):
    stage = Stage(Look("light", "zh"), FakeSession())
    try:
        box = stage.show("create").prompt
        box.settings.set_styles(("Watercolour",))
        assert box.findChild(Chip).toolTip() == "移除风格“水彩”"
    finally:
        stage.close()


def test_the_open_list_of_styles_follows_language_and_theme(stage, box, qtbot):
    qtbot.mouseClick(box.add_style, LEFT)
    styles = box.lists.styles
    qtbot.keyClicks(styles.name, "Dusk")
    stage.session.change_settings(language="zh", theme="light")
    stage.settle()
    assert styles.isVisible() and styles.name.text() == "Dusk"
    assert (styles.name.placeholderText(), styles.accessibleName()) == ("名称", "风格")
    assert "夜晚 · 自建" in rows(styles)


def test_earlier_prompts_are_searched_and_taken(stage, panel, box, qtbot):
    finished(stage.session, "three pine trees in the snow", 1, 31)
    finished(stage.session, "a boat with red sails", 1, 11)
    qtbot.mouseClick(box.earlier, LEFT)
    earlier = box.lists.history
    assert rows(earlier) == ["a boat with red sails", "three pine trees in the snow"]
    qtbot.keyClicks(earlier.search, "snow pine")
    qtbot.keyClick(earlier.search, Key.Key_Return)
    assert not earlier.isVisible() and box.prompt.toPlainText() == "three pine trees in the snow"


# Help.


def test_tab_takes_a_suggestion_in_one_step_that_undo_takes_back(stage, box, qtbot):
    qtbot.keyClicks(box.prompt, "a boat")
    qtbot.mouseClick(box.write, LEFT)
    assert box.card.stop.isVisible() and not box.card.accept.isVisible()
    stage.session.suggestions.play("a boat with", done=False)
    assert box.card.text.toPlainText() == "a boat with" and box.prompt.toPlainText() == "a boat"
    stage.session.suggestions.play("a boat with red sails")
    box.prompt.setFocus()
    qtbot.keyClick(box.prompt, Key.Key_Tab)
    assert box.prompt.toPlainText() == "a boat with red sails" and box.prompt.hasFocus()
    assert not box.card.isVisible()
    box.prompt.undo()
    assert box.prompt.toPlainText() == "a boat"
    qtbot.keyClick(box.prompt, Key.Key_Tab)
    assert not box.prompt.hasFocus(), "without a suggestion Tab goes on"


def test_after_a_click_for_help_tab_accepts_at_once(stage, box, qtbot):
    qtbot.keyClicks(box.prompt, "a boat")
    for button, text in ((box.write, "a red boat"), (box.card.again, "a blue boat"), (box.translate, "eine")):
        box.write.setFocus()
        qtbot.mouseClick(button, LEFT)
        stage.session.suggestions.play(text)
        assert box.prompt.hasFocus()
    qtbot.keyClick(stage.frame.focusWidget(), Key.Key_Tab)
    assert box.prompt.toPlainText() == "eine" and not box.card.isVisible()


def test_letters_typed_around_an_accepted_suggestion_are_steps_of_their_own(stage, box, qtbot):
    for before, after in (("", "a red boat"), ("sea", "sea and a boat")):
        box.prompt.selectAll()
        qtbot.keyClicks(box.prompt, before) if before else qtbot.keyClick(box.prompt, Key.Key_Delete)
        box.settings.set_prompt(after)
        qtbot.keyClicks(box.prompt, " at")
        box.prompt.undo()
        assert box.prompt.toPlainText() == after
        box.prompt.undo()
        assert box.prompt.toPlainText() == before


def test_a_restored_draft_cannot_be_undone(stage, panel, qtbot):
    panel.prompt.settings.set_prompt("a boat")
    restored = panel._make_box()
    qtbot.addWidget(restored)
    restored.prompt.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(restored.prompt, " at sea")
    for _ in range(3):
        restored.prompt.undo()
    assert restored.prompt.toPlainText() == "a boat"


def test_until_the_first_word_a_suggestion_says_what_the_model_does(stage, box):
    box.settings.set_prompt("海上的船")
    box.translate.click()
    session, title = stage.session, box.card.title
    job = session.suggestions.last
    assert title.text() == "Scribe translates · Queued"
    session.phase_changed.emit(Phase(job=job, stage=Step.LOADING, done=0, total=10))
    assert title.text() == "Scribe translates · Loading"
    session.phase_changed.emit(Phase(job="another", stage=Step.SAVING))
    session.phase_changed.emit(Phase(job=job, stage=Step.WRITING))
    assert title.text() == "Scribe translates · Writing"
    session.suggestions.play("a boat", done=False)
    assert title.text() == "Scribe translates"


def test_new_words_of_a_suggestion_are_marked(stage, box):
    box.settings.set_prompt("a boat at sea")
    box.write.click()
    stage.session.suggestions.play("a red boat at sea")
    cursor = QTextCursor(box.card.text.document())
    marked = []
    for at in range(1, cursor.document().characterCount()):
        cursor.setPosition(at)
        marked.append(cursor.charFormat().fontUnderline())
    assert (
        "".join(mark for mark, new in zip("a red boat at sea", marked, strict=True) if new).strip() == "red"
    )


def test_escape_closes_a_suggestion_before_it_stops_anything(stage, panel, box):
    box.settings.set_prompt("a boat")
    box.write.click()
    stage.session.suggestions.play("a red boat")
    assert panel.escape() and not box.card.isVisible()
    assert box.prompt.toPlainText() == "a boat" and not panel.escape()


def test_a_suggestion_is_asked_for_again_and_stopped(stage, box, qtbot):
    box.settings.set_prompt("海上的船")
    box.translate.click()
    stage.session.suggestions.play("a boat")
    qtbot.mouseClick(box.card.again, LEFT)
    assert stage.session.suggestions.asked[-1] == ("translate", "海上的船", "starter/scribe", True)
    qtbot.mouseClick(box.card.stop, LEFT)
    assert not box.card.isVisible()


def test_without_a_text_model_one_is_sent_to_the_models(stage, box, qtbot):
    stage.session.all_models = [POSTCARDS, LARGE]
    box.settings.set_prompt("a boat")
    box.write.click()
    assert box.card.problem.isVisible() and not box.card.again.isVisible()
    qtbot.mouseClick(box.card.models, LEFT)
    assert stage.shell.panel == "models"


def test_help_needs_words_to_help_with(box):
    box.settings.set_prompt(" ")
    assert not box.write.isEnabled() and not box.translate.isEnabled()
    box.settings.set_prompt("a boat")
    assert box.write.isEnabled() and box.translate.isEnabled()


def test_the_queue_calls_help_by_the_persons_words():
    turns = (ChatTurn("user", "Translate this prompt into Chinese: a boat"),)
    job = Suggest(id="s1", model=SCRIBE, purpose="translate", text="a boat", turns=turns)
    assert title_of(job) == "a boat"
    assert words_of(JobRecord(job=job, state=JobState.PENDING, created=1.0)) == "Prompt help · Scribe"
