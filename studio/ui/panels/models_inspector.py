"""The inspector of Models: how far a download is, memory, files, where it comes from, settings, its card."""

from functools import partial

from PySide6.QtCore import QEvent, QPoint, Signal
from PySide6.QtWidgets import QWidget

from studio.core.servers import SOURCE as SERVER
from studio.ui.panel import Building
from studio.ui.panels.models_access import AccessSection
from studio.ui.panels.models_actions import ModelActions
from studio.ui.panels.models_facts import about_facts, default_facts, source_of
from studio.ui.panels.models_files import FilesSection
from studio.ui.panels.models_memory import MemorySection
from studio.ui.panels.models_top import ModelTop
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.header import Header, Titled
from studio.ui.widgets.labels import Label
from studio.ui.widgets.model_card import CardView
from studio.ui.widgets.model_facts import Facts
from studio.ui.widgets.model_words import kind_word
from studio.ui.widgets.section import ScrollColumn, Section
from studio.viewmodels.model_rows import ModelRow, RowState
from studio.viewmodels.models import ModelsViewModel
from studio.viewmodels.shell import WindowState

USUAL_FACTS = 7  # rows that most models have; the others are made when one has more


class ModelInspector(Titled):
    """Shows the row that is chosen in the view-model.

    Attributes:
        top, access, memory, files: its parts.
        about, defaults, card: what is said in the others.

    Signals:
        menu_wanted (QPoint): everything that can be done with it, at this global point.
        copied (str): a word of its card, to be copied.
    """

    menu_wanted = Signal(QPoint)
    copied = Signal(str)

    def __init__(self, viewmodel: ModelsViewModel, state: WindowState, parent: QWidget | None = None) -> None:
        self._column = ScrollColumn()
        super().__init__(Header("Model", section=True), self._column, parent=parent)
        self._viewmodel, self._state = viewmodel, state
        self._card_of = ""
        self._more = IconButton("more", "More")
        self._more.clicked.connect(self._on_more)
        self.header.add(self._more)

    def fill(self, actions: ModelActions) -> Building[None]:
        viewmodel, state = self._viewmodel, self._state
        yield
        self.top = ModelTop(viewmodel, actions)
        self._column.add(self.top)
        yield
        self.access = AccessSection(viewmodel, state.flag(_key("account")))
        self._keep(self.access, "account")
        self.access.folded.connect(self._show_access)
        yield
        self.memory = MemorySection(viewmodel, state.flag(_key("memory")))
        self._keep(self.memory, "memory")
        yield
        self.files = FilesSection(viewmodel, state.flag(_key("files")))
        self.files.grown.connect(self._grow)
        self._keep(self.files, "files")
        yield
        self._make_about(actions)
        yield
        self.about.make(USUAL_FACTS)
        yield
        self._make_defaults()
        self.defaults.make(USUAL_FACTS)
        yield
        self._make_card()
        yield
        for shown in (viewmodel.chosen_changed, viewmodel.tab_changed, viewmodel.outlook_changed):
            shown.connect(self.refresh)
        viewmodel.hub.changed.connect(self._show_access)
        viewmodel.account.changed.connect(self._show_access)
        self.refresh()

    def refresh(self) -> None:
        """Show the chosen row as it stands now."""
        row = self._viewmodel.chosen_row()
        if row is None:
            self.header.title.say("Model")
        else:
            self.header.set_title(row.name)
        self._more.setVisible(row is not None)
        self.top.show_row(row)
        broken = row is None or row.state is RowState.BROKEN
        for section in (self.memory, self._about):
            section.setVisible(not broken)
        self._show_access()
        self.files.show_row(row)
        self._show_defaults(row)
        self._show_card(row)
        if row is not None and not broken:
            self.memory.show_row(row)
            self._show_about(row)
        self._grow()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.refresh()
        super().changeEvent(event)

    # Building.

    def _keep(self, section: Section, name: str) -> None:
        """In its place; whether it is open is remembered."""
        section.folded.connect(partial(self._state.put_flag, _key(name)))
        self._column.add(section)

    def _section(self, english: str, name: str, *, opened: bool = True) -> Section:
        section = Section(english, opened=self._state.flag(_key(name), opened))
        self._keep(section, name)
        return section

    def _make_about(self, actions: ModelActions) -> None:
        self._about = self._section("About", "about")
        self.about = Facts()
        self._words = Button("Copy trigger words", "quiet", icon="copy", height=24)
        self._words.bind(actions.copy_words)
        self._page = Button("Open its page", "quiet", icon="link", height=24)
        self._page.bind(actions.open_page)
        self._about.body.addLayout(self.about)
        self._about.body.addWidget(self._words)
        self._about.body.addWidget(self._page)

    def _make_defaults(self) -> None:
        self._defaults = self._section("Settings of its makers", "defaults")
        self.defaults = Facts()
        self._source = Label("", "secondary", "secondary", wrap=True)
        self._defaults.body.addLayout(self.defaults)
        self._defaults.body.addWidget(self._source)

    def _make_card(self) -> None:
        self._card = self._section("Model card", "card", opened=False)
        self._no_card = Label("It has none.", "secondary", "secondary")
        self.card = CardView()
        self.card.copied.connect(self.copied)
        self._card.body.addWidget(self._no_card)
        self._card.body.addWidget(self.card)
        self._card.folded.connect(lambda: self._show_card(self._viewmodel.chosen_row()))

    # Showing.

    def _grow(self) -> None:
        """Layouts tell each other of a new height one turn of the event loop after another, in which rows
        would be seen pressed together; this tells them from the inside outwards, at once."""
        for section in (self.access, self.memory, self.files, self._about, self._defaults, self._card):
            section.body.activate()
            if layout := section.layout():
                layout.activate()
        if (inner := self._about.parentWidget()) and (column := inner.layout()):
            column.activate()

    def _show_access(self) -> None:
        self.access.show_access(self._viewmodel.access(), self._viewmodel.chosen_row())

    def _show_about(self, row: ModelRow) -> None:
        self.about.show_facts(about_facts(row))
        self._words.setVisible(row.spec is not None and bool(row.spec.trigger_words))
        self._page.setVisible(bool(row.repository))
        self._about.set_summary(kind_word(row.kind))

    def _show_defaults(self, row: ModelRow | None) -> None:
        facts = default_facts(row) if row is not None else []
        self._defaults.setVisible(any(value for _, value in facts))
        self.defaults.show_facts(facts)
        source = row.entry.sources.get("defaults", "") if row is not None and row.entry is not None else ""
        self._source.setText(source_of(source))
        self._source.setVisible(bool(source))

    def _show_card(self, row: ModelRow | None) -> None:
        """The card is read when its section is open, once for each model."""
        spec = row.spec if row is not None else None
        self._card.setVisible(spec is not None and spec.source != SERVER)
        if spec is None or not self._card.is_open() or self._card_of == spec.id:
            return
        self._card_of = wanted = spec.id
        self.card.hide()
        self._no_card.hide()

        def show(text: str) -> None:
            if self._card_of == wanted:
                self.card.show_text(text)
                self.card.setVisible(bool(text.strip()))
                self._no_card.setVisible(not text.strip())

        self._viewmodel.commands.read_card(spec, show)

    def _on_more(self) -> None:
        self.menu_wanted.emit(self._more.mapToGlobal(QPoint(0, self._more.height())))


def _key(section: str) -> str:
    """Where it is remembered whether it is open."""
    return f"models.section.{section}"
