"""The first screen: what works now, and three bigger models for this machine. Nothing else."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio.core.shelf import Machine
from studio.ui.i18n import is_chinese, tr
from studio.ui.panel import Building, Region
from studio.ui.panels.models_heading import device_words, memory_words
from studio.ui.panels.welcome_begin import Begin
from studio.ui.panels.welcome_offers import OfferCard
from studio.ui.panels.welcome_tries import Tries
from studio.ui.theme import MAIN_BUTTON
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.header import Header
from studio.ui.widgets.labels import ElidedLabel, Label
from studio.ui.widgets.section import ScrollColumn
from studio.viewmodels.model_rows import ModelRow
from studio.viewmodels.shell import Shell
from studio.viewmodels.welcome import Try, WelcomeViewModel

WIDTH, OFFERS = 960, 3
ABOUT = {  # the starters, by the panel they work in
    "create": "{model} draws small picture postcards.",
    "chat": "{model} writes short answers.",
}


def build(shell: Shell) -> Building["WelcomePanel"]:
    """The panel over this session, for the window."""
    viewmodel = WelcomeViewModel(shell.session, shell)
    yield
    return WelcomePanel(viewmodel, shell, shell)


class WelcomePage(QWidget):
    """The middle.

    Signals:
        shown: it came into sight.
        language_changed: its words are to be taken anew.
        entered: Return was pressed, where no button has the focus.
    """

    shown = Signal()
    language_changed = Signal()
    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return presses the button that has the focus; in a window, buttons take the space bar alone."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or event.isAutoRepeat():
            super().keyPressEvent(event)
        elif isinstance(focused := self.focusWidget(), QAbstractButton) and focused.hasFocus():
            focused.click()
        else:
            self.entered.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.language_changed.emit()
        super().changeEvent(event)


class WelcomePanel(QObject):
    """See `ui.panel.Panel`; it has no button in the rail."""

    name = "welcome"
    title = "Welcome"
    side: QWidget | None = None
    inspector: QWidget | None = None

    def __init__(self, viewmodel: WelcomeViewModel, shell: Shell, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewmodel, self._shell = viewmodel, shell
        self._rows: Sequence[ModelRow] = ()
        self.middle = WelcomePage()
        # The window adds nothing to it, as there are no columns; the page has a title of its own.
        self.header = Header("Welcome", parent=self.middle)
        self.header.hide()
        self._starters = Label("", "body", "secondary", wrap=True)
        self.tries = Tries()
        self.machine = ElidedLabel("", "body", "secondary")
        self.message = Label("", "body", "secondary", wrap=True)
        self.cards = [OfferCard() for _ in range(OFFERS)]
        self.more = Button("More in Models", "quiet", height=MAIN_BUTTON)
        self.start = Button("Start", "primary", height=MAIN_BUTTON)
        self.focus_targets: dict[Region, QWidget] = {"middle": self.start}
        self._lay_out()
        self._connect()
        self._show_tries()

    def actions(self) -> Sequence[QAction]:
        return ()

    def escape(self) -> bool:
        return self._viewmodel.stop_asking()

    def receive(self, payload: object) -> None:
        """Nothing is sent here."""

    # Building.

    def _lay_out(self) -> None:
        self.middle.setProperty("surface", "panel")
        scroll = ScrollColumn()
        inner = scroll.widget()
        assert inner is not None
        cast(QVBoxLayout, inner.layout()).insertStretch(0, 1)  # centred where there is room
        whole = QVBoxLayout(self.middle)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)
        outer = QWidget()
        scroll.add(outer)
        row = QHBoxLayout(outer)
        row.setContentsMargins(0, 0, 0, 0)
        page = QWidget()
        page.setMaximumWidth(WIDTH)
        row.addStretch(1)
        row.addWidget(page, 1000)
        row.addStretch(1)
        self._fill(page)

    def _fill(self, page: QWidget) -> None:
        column = QVBoxLayout(page)
        column.setContentsMargins(24, 16, 24, 12)
        column.setSpacing(4)
        column.addWidget(Label("Welcome to Atelier", "heading"))
        column.addWidget(
            Label("It works offline, and everything stays on this machine.", "body", "secondary")
        )
        column.addSpacing(16)
        column.addWidget(Label("Ready now", "title"))
        column.addWidget(self._starters)
        column.addSpacing(8)
        column.addWidget(self.tries)
        column.addSpacing(20)
        column.addWidget(Label("Bigger models for this machine", "title"))
        column.addWidget(self.machine)
        column.addSpacing(8)
        column.addWidget(self._make_offers())
        column.addSpacing(16)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(self.more)
        foot.addWidget(self.start)
        column.addLayout(foot)

    def _make_offers(self) -> QStackedWidget:
        """The cards, or a sentence in their room."""
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        frame = QFrame()
        frame.setProperty("surface", "card")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(24, 24, 24, 24)
        inside.addWidget(self.message)
        cards = QWidget()
        row = QHBoxLayout(cards)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for card in self.cards:
            row.addWidget(card, 1)
        self._offers = QStackedWidget()
        self._offers.addWidget(frame)
        self._offers.addWidget(cards)
        return self._offers

    def _connect(self) -> None:
        vm = self._viewmodel
        self.middle.shown.connect(vm.look)
        self.middle.shown.connect(self._show_offers)
        self.middle.language_changed.connect(self._show_tries)
        self.middle.language_changed.connect(self._show_offers)
        vm.tries_changed.connect(self._show_tries)
        vm.offers_changed.connect(self._show_offers)
        vm.failed.connect(self._shell.messages.problem)
        self.tries.taken.connect(self._begin)
        self.more.clicked.connect(partial(self._go, "models"))
        self.start.clicked.connect(partial(self._go, "create"))
        self.middle.entered.connect(self.start.click)
        for place, card in enumerate(self.cards):
            card.get_wanted.connect(self._doing(vm.get, place))
            card.allow_wanted.connect(self._doing(vm.allow, place))
            card.refused.connect(vm.stop_asking)
            card.pause_wanted.connect(self._doing(vm.pause, place))
            card.use_wanted.connect(self._doing(self._use, place))

    def _doing(self, act: Callable[[ModelRow], object], place: int) -> Callable[[], None]:
        def do() -> None:
            act(self._rows[place])

        return do

    # What is shown.

    def _show_tries(self) -> None:
        tries = self._viewmodel.tries(_language())
        names = {panel: next((one.spec.name for one in tries if one.panel == panel), "") for panel in ABOUT}
        told = [tr(words, model=names[panel]) for panel, words in ABOUT.items() if names[panel]]
        self._starters.setText(("" if is_chinese() else " ").join(told))
        self.tries.show_tries(tries)

    def _show_offers(self) -> None:
        """Not while nobody sees it: a download tells several times a second how far it is."""
        if not self.middle.isVisible():
            return
        vm = self._viewmodel
        self._rows = vm.offers(_language())
        machine = None if vm.looking else vm.machine
        if machine is None:
            self._show_looking(vm.machine)
            self.message.say("What fits is told as soon as this machine is known.")
        else:
            self.machine.setText(f"{device_words(machine)} · {memory_words(machine)}")
            self.message.say("Nothing bigger fits this machine well. Models tells what would run slowly.")
        self._offers.setCurrentIndex(1 if self._rows else 0)
        for card, row in zip(self.cards, self._rows, strict=False):
            asking, usable = row.key == vm.asking, vm.can_use(row)
            card.show_offer(row, vm.fit_of(row), offline=vm.offline, asking=asking, usable=usable)
        for place, card in enumerate(self.cards):
            card.setVisible(place < len(self._rows))

    def _show_looking(self, machine: Machine | None) -> None:
        """Main memory is known at once; the devices come from a process that takes seconds to start."""
        if machine is None:
            self.machine.say("Looking at this machine …")
        else:
            self.machine.setText(f"{memory_words(machine)} · {tr('Looking at the graphics card …')}")

    # What the person does.

    def _begin(self, one: Try) -> None:
        self._shell.go(one.panel, Begin(self._viewmodel.choose(one)))

    def _use(self, row: ModelRow) -> None:
        self._shell.go(self._viewmodel.use(row))

    def _go(self, panel: str) -> None:
        self._shell.go(panel)


def _language() -> str:
    return "zh" if is_chinese() else "en"
