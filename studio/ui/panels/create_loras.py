"""LoRAs over the chosen model: how strongly each counts, the words that call it, and a list to add from."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.model import Lora, LoraChoice
from studio.ui.i18n import explain, tr
from studio.ui.theme import ROW
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.fields import SearchField, SliderField
from studio.ui.widgets.flow import FlowLayout
from studio.ui.widgets.labels import ElidedLabel, Label, plain_tip
from studio.ui.widgets.model_words import base_word
from studio.ui.widgets.tab_order import stops, tab_before
from studio.viewmodels.create_settings import GenerationSettings

SCALES = (-2, 2)
WORDS = 4  # of a LoRA, that are offered
_LONGEST = 24  # letters of a word on its button
_SHOWN = 8  # rows of the list


class LoraRows(QWidget):
    """Binds the LoRAs of the settings.

    Attributes:
        add: opens the list of those that are installed.
        rows: one for each that is used.
        list: the last list that was opened.
    """

    def __init__(self, settings: GenerationSettings) -> None:
        super().__init__()
        self._settings = settings
        self.rows: list[LoraRow] = []
        self._stops: list[QWidget] = []
        self.list: LoraList | None = None
        self._rows = QVBoxLayout()
        self._rows.setSpacing(8)
        self.add = Button("Add LoRA", "quiet", icon="add", height=24)
        self.add.clicked.connect(self._open)
        line = QHBoxLayout()
        line.addWidget(self.add)
        line.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 4, 0, 0)
        whole.setSpacing(6)
        whole.addLayout(self._rows)
        whole.addLayout(line)

    def show_loras(self) -> None:
        """As the settings have them now."""
        loras = self._settings.loras.chosen
        if [one.id for one in loras] != [row.lora.id for row in self.rows]:
            self._make_rows(loras)
        words = {one.lora.id: one.trigger_words for one in self._settings.loras.installed}
        for row, lora in zip(self.rows, loras, strict=True):
            row.show_lora(lora, words.get(lora.id, ()), self._settings.loras.problem_of(lora))
        if (now := stops(self.rows)) != self._stops:
            self._stops = now
            tab_before(self.add, self.rows)

    def at_fault(self) -> QWidget:
        """Where the person can take off the first that cannot be used; the button that adds where all can."""
        wrong = (row.away for row in self.rows if self._settings.loras.problem_of(row.lora))
        return next(wrong, self.add)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.show_loras()
        super().changeEvent(event)

    def _make_rows(self, loras: Sequence[Lora]) -> None:
        for row in self.rows:
            self._rows.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [LoraRow(lora) for lora in loras]
        for row in self.rows:
            row.scaled.connect(self._settings.loras.set_scale)
            row.removed.connect(self._settings.loras.remove)
            row.word_wanted.connect(self._settings.add_words)
            self._rows.addWidget(row)

    def _open(self) -> None:
        self.list = LoraList(self._settings.loras.choices, self)
        self.list.chosen.connect(self._settings.loras.add)
        self.list.open_below(self.add, self.width())


class LoraRow(QWidget):
    """One LoRA.

    Signals:
        scaled (str, float), removed (str): by its id.
        word_wanted (str): this trigger word belongs into the prompt.
    """

    scaled = Signal(str, float)
    removed = Signal(str)
    word_wanted = Signal(str)

    def __init__(self, lora: Lora) -> None:
        super().__init__()
        self.lora = lora
        self._words: tuple[str, ...] = ()
        self._made: list[Button] = []
        self.name = ElidedLabel("", "button")
        self.name.setText(lora.name)
        self.away = IconButton("close", "Take {name} off", size=24, glyph_size=14)
        self.away.say("Take {name} off", name=lora.name)
        self.away.clicked.connect(lambda: self.removed.emit(self.lora.id))
        self.scale = SliderField("Strength", *SCALES, 0.05, 2, 1.0)
        self.scale.changed.connect(self._on_scale)
        self._remark = Label("", "secondary", "danger", wrap=True)
        self._buttons = QWidget()
        self._flow = FlowLayout(self._buttons, gap=4)
        top = QHBoxLayout()
        top.addWidget(self.name, 1)
        top.addWidget(self.away)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(2)
        whole.addLayout(top)
        whole.addWidget(self.scale)
        whole.addWidget(self._buttons)
        whole.addWidget(self._remark)

    def _on_scale(self, scale: float) -> None:
        self.scaled.emit(self.lora.id, round(scale, 2))

    def show_lora(self, lora: Lora, words: tuple[str, ...], problem: StudioError | None) -> None:
        self.lora = lora
        self.scale.set_value(lora.scale)
        self._remark.setText(explain(problem) if problem else "")
        self._remark.setVisible(problem is not None)
        self._buttons.setVisible(bool(words))
        if words[:WORDS] != self._words:
            self._words = words[:WORDS]
            self._make_words()

    def _make_words(self) -> None:
        for button in self._made:
            self._flow.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._made = [self._word(word) for word in self._words]
        for button in self._made:
            self._flow.addWidget(button)

    def _word(self, word: str) -> Button:
        button = Word(word)
        button.clicked.connect(lambda: self.word_wanted.emit(word))
        return button


class Word(Button):
    """A button with a word of the LoRA itself, in no language of ours."""

    def __init__(self, word: str) -> None:
        super().__init__("", height=24)
        self._word = word
        self._say()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._say()

    def _say(self) -> None:
        self.setText(self._word if len(self._word) <= _LONGEST else self._word[: _LONGEST - 1] + "…")
        self.setAccessibleName(tr("Put “{word}” into the prompt", word=self._word))
        self.setToolTip(plain_tip(self.accessibleName()))
        self.updateGeometry()


class LoraList(QFrame):
    """The LoRAs of this machine, to search in: those first that fit, the others with why they do not.

    Signals:
        chosen (Lora): the person took this one.
    """

    chosen = Signal(object)

    def __init__(self, choices: Sequence[LoraChoice], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._choices = choices
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("surface", "card")
        self.search = SearchField("Search LoRAs")
        self.search.textChanged.connect(self._show)
        self.search.returnPressed.connect(self._take_first)
        self.items = QListWidget()
        self.items.setAccessibleName(tr("LoRAs"))
        self.items.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.items.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.items.itemClicked.connect(self._take)
        self.items.itemActivated.connect(self._take)
        self._none = Label("", "secondary", "secondary", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        for widget in (self.search, self.items, self._none):
            column.addWidget(widget)
        self._show("")

    def open_below(self, anchor: QWidget, width: int) -> None:
        self.setFixedWidth(max(width, 256))
        self.adjustSize()
        place = anchor.mapToGlobal(QPoint(0, anchor.height() + 2))
        bottom = anchor.screen().availableGeometry().bottom()
        if place.y() + self.height() > bottom:
            place = anchor.mapToGlobal(QPoint(0, -self.height() - 2))
        self.move(place)
        self.show()
        self.search.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and self.search.hasFocus():
            self.items.setFocus()
            self.items.setCurrentRow(0)
            return
        super().keyPressEvent(event)

    def _show(self, text: str) -> None:
        self.items.clear()
        words = text.casefold().split()
        for choice in self._choices:
            if not all(word in choice.lora.name.casefold() for word in words):
                continue
            name = choice.lora.name
            if not choice.fits:
                name = tr("{name}: made for {base}", name=name, base=base_word(choice.base))
            item = QListWidgetItem(name)
            item.setData(Qt.ItemDataRole.UserRole, choice.lora)
            item.setToolTip(plain_tip(name))
            item.setSizeHint(QSize(0, ROW))
            if not choice.fits:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.items.addItem(item)
        found = self.items.count()
        self.items.setVisible(found > 0)
        self.items.setFixedHeight(min(max(found, 1), _SHOWN) * ROW + 4)
        self._none.setVisible(not found)
        empty = "No LoRA of that name is here." if words else "No LoRA is installed. Get some under Models."
        self._none.setText(tr(empty))
        self.adjustSize()

    def _take_first(self) -> None:
        item = next((one for row in range(self.items.count()) if (one := self.items.item(row)).flags()), None)
        if item is not None:
            self._take(item)

    def _take(self, item: QListWidgetItem) -> None:
        if item.flags() & Qt.ItemFlag.ItemIsEnabled:
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))
            self.close()
