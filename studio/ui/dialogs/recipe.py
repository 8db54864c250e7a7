"""The recipe of a picture that was dropped: which of its fields are to be used, and the picture itself."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.i18n import explain
from studio.ui.theme import CONTROL, HEADER
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.clamped_label import ClampedLabel
from studio.ui.widgets.labels import ElidedLabel, Label, Line
from studio.ui.widgets.overlay import Sheet
from studio.ui.widgets.recipe_row import RecipeRow
from studio.ui.widgets.section import ScrollColumn
from studio.ui.widgets.thumb import Thumb
from studio.viewmodels.drop import DropViewModel

WIDTH, MOST_HEIGHT = 760, 720
THUMB = 72
_ACCEPT_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class RecipeSheet(Sheet):
    """Shows what the view-model has read; Ctrl+Return uses the ticked fields.

    Attributes:
        rows: one for each field.
        use, start, refer, every, none: its buttons.

    Signals:
        used: the ticked fields were written into Create.
        start_wanted, refer_wanted (str): the path of the picture, to begin with or to refer to.
        get_wanted (str): the repository of a model that is to be shown in Models.
    """

    used = Signal()
    start_wanted = Signal(str)
    refer_wanted = Signal(str)
    get_wanted = Signal(str)

    def __init__(self, host: QWidget, viewmodel: DropViewModel) -> None:
        super().__init__(host, "Recipe", WIDTH)
        self._viewmodel, self._takes_inputs = viewmodel, False
        self.rows: list[RecipeRow] = []
        self.thumb = Thumb(THUMB)
        self.written_by = Label("", "strong")
        self._name = ElidedLabel("", "secondary", "secondary", middle=True)
        self._missing = ClampedLabel("secondary", "secondary", lines=2)
        self._unread = ClampedLabel("secondary", "secondary", lines=2)
        self._scroll = ScrollColumn()
        self._make_buttons()
        self._lay_out()
        viewmodel.accepted_changed.connect(self._show_accepted)

    def show_dropped(self, *, takes_inputs: bool) -> None:
        """What the view-model has read last; `takes_inputs`: the picture itself can be an input."""
        dropped, self._takes_inputs = self._viewmodel.dropped, takes_inputs
        if dropped is None:
            return
        image = QImage.fromData(dropped.thumbnail)
        self.thumb.show_image(None if image.isNull() else image)
        self.thumb.setVisible(bool(dropped.path))
        for button in (self.start, self.refer):
            button.setVisible(bool(dropped.path) and self._takes_inputs)
        self._show_all()
        has_fields = bool(self.rows)
        for widget in (self._scroll, self._line, self.every, self.none, self.use):
            widget.setVisible(has_fields)
        first = self.use if has_fields else self.start if self._takes_inputs else None
        self.open(self._needed(), first)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _accepts(event) and self.use.isVisible() and self.use.isEnabled():
            self._on_use()
            return
        super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ctrl+Return is meant for this sheet, not for the panel below it, where it makes pictures."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and _accepts(event):
            event.accept()
            return True
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange and self.isVisible():
            QTimer.singleShot(0, self, self._show_all)  # once all that is in it has heard; ticks stay
        super().changeEvent(event)

    # Building.

    def _make_buttons(self) -> None:
        self.every = Button("All", "quiet", tip="Tick every field")
        self.none = Button("None", "quiet", tip="Tick no field")
        self.start = Button("Start from this picture", icon="picture")
        self.refer = Button("Refer to it", icon="eye")
        self.use = Button("Use these", "primary", keys="Ctrl+Return", height=CONTROL)
        self.every.clicked.connect(lambda: self._viewmodel.accept_all(True))
        self.none.clicked.connect(lambda: self._viewmodel.accept_all(False))
        self.start.clicked.connect(lambda: self.start_wanted.emit(self._closed()))
        self.refer.clicked.connect(lambda: self.refer_wanted.emit(self._closed()))
        self.use.clicked.connect(self._on_use)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        for label in (self.written_by, self._name, self._missing, self._unread):
            words.addWidget(label)
        words.addStretch(1)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.thumb, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        self._line = Line()
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.every)
        buttons.addWidget(self.none)
        buttons.addStretch(1)
        for button in (self.refer, self.start, self.use):
            buttons.addWidget(button)
        self.content.addLayout(top)
        self.content.addWidget(self._line)
        self.content.addWidget(self._scroll, 1)
        self.content.addLayout(buttons)

    # What is shown.

    def _show_all(self) -> None:
        self._fill_rows()
        self._show_words()
        self._show_accepted()

    def _fill_rows(self) -> None:
        for row in self.rows:
            self._scroll.column.removeWidget(row)
            row.deleteLater()
        self.rows = [RecipeRow(field) for field in self._viewmodel.fields]
        for row in self.rows:
            row.taken.connect(self._viewmodel.accept)
            row.get_wanted.connect(self._on_get)
            self._scroll.add(row)

    def _show_words(self) -> None:
        vm = self._viewmodel
        dropped = vm.dropped
        assert dropped
        sheet = vm.sheet
        self.title.say("Contact sheet" if sheet else "Recipe" if dropped.reading else "Picture")
        if sheet:
            self.written_by.say(
                "{columns} × {rows} pictures; here is how the first was made",
                columns=sheet.size[0],
                rows=sheet.size[1],
            )
        elif dropped.reading is None:
            self.written_by.say("This picture has no recipe that can be read.")
        elif dropped.reading.hidden:
            self.written_by.say("Written by {tool}, hidden in the pixels", tool=dropped.reading.dialect)
        else:
            self.written_by.say("Written by {tool}", tool=dropped.reading.dialect)
        self._name.setText(dropped.path.replace("\\", "/").rpartition("/")[2])
        self._name.setVisible(bool(dropped.path))
        _say(self._missing, english="It began with {names}; put in the picture itself.", names=vm.input_names)
        _say(self._unread, english="Not understood: {names}", names=vm.unread)
        if vm.problem:
            self._unread.setText(explain(vm.problem))
            self._unread.setVisible(True)

    def _show_accepted(self) -> None:
        accepted = self._viewmodel.accepted
        for row in self.rows:
            row.show_taken(row.field.name in accepted)
        self.use.setEnabled(bool(accepted))

    def _needed(self) -> int:
        """Pixels of height, so that nothing scrolls unless the window is small."""
        inside = self._width - 32
        rows = sum(max(row.heightForWidth(inside), row.sizeHint().height()) for row in self.rows)
        labels = (self._missing, self._unread)
        lines = sum(one.heightForWidth(inside - THUMB) + 2 for one in labels if not one.isHidden())
        top = max(THUMB, 44 + lines) if not self.thumb.isHidden() else 24 + lines
        buttons = CONTROL + 8 if rows or self._takes_inputs else 0
        return min(MOST_HEIGHT, HEADER + 12 + top + (rows + 17 + 8 if rows else 0) + buttons + 24)

    # What the person does.

    def _on_use(self) -> None:
        if self._viewmodel.use():
            self.close_overlay()
            self.used.emit()

    def _closed(self) -> str:
        """Closes, and gives the path of the picture."""
        self.close_overlay()
        return self._viewmodel.dropped.path if self._viewmodel.dropped else ""

    def _on_get(self, repository: str) -> None:
        self.close_overlay()
        self.get_wanted.emit(repository)


def _accepts(event: QKeyEvent) -> bool:
    control = Qt.KeyboardModifier.ControlModifier
    return event.key() in _ACCEPT_KEYS and bool(event.modifiers() & control)


def _say(label: ClampedLabel, *, english: str, names: tuple[str, ...]) -> None:
    label.say(english, names=", ".join(names))
    label.setVisible(bool(names))
