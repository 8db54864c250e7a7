"""The inspector of Models: how far a download is, memory, files, where it comes from, settings, its card."""

from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtCore import QEvent, QPoint, Signal
from PySide6.QtWidgets import QWidget

from studio.core.downloads import DownloadFile, ModelFile
from studio.core.model import Defaults, ModelSpec, Wish
from studio.core.plan import Outlook
from studio.core.servers import SOURCE as SERVER
from studio.core.shelf import Fit
from studio.ui import figures
from studio.ui.i18n import plural, tr
from studio.ui.panels.models_access import AccessSection
from studio.ui.panels.models_actions import ModelActions
from studio.ui.panels.models_top import ModelTop
from studio.ui.plan_words import known_word, plan_line, plan_sentence, unbroken
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.header import Header, Titled
from studio.ui.widgets.labels import Label
from studio.ui.widgets.model_card import CardView
from studio.ui.widgets.model_facts import Facts, FileList, MemoryBar
from studio.ui.widgets.model_held import HeldFields, fit_of_plan
from studio.ui.widgets.model_words import (
    COMMERCIAL,
    FITS,
    base_word,
    fit_sentence,
    fit_word,
    kind_word,
    part_of,
)
from studio.ui.widgets.section import ScrollColumn, Section
from studio.viewmodels.model_folders import tool_name
from studio.viewmodels.model_rows import ModelRow, RowState
from studio.viewmodels.models import ModelsViewModel
from studio.viewmodels.shell import WindowState


class ModelInspector(Titled):
    """Shows the row that is chosen in the view-model.

    Signals:
        menu_wanted (QPoint): everything that can be done with it, at this global point.
        copied (str): a word of its card, to be copied.
    """

    menu_wanted = Signal(QPoint)
    copied = Signal(str)

    def __init__(
        self,
        viewmodel: ModelsViewModel,
        state: WindowState,
        actions: ModelActions,
        parent: QWidget | None = None,
    ) -> None:
        column = ScrollColumn()
        header = Header("Model", section=True)
        super().__init__(header, column, parent=parent)
        self._viewmodel, self._state = viewmodel, state
        self._card_of = self._files_of = ""
        self._more = IconButton("more", "More")
        self._more.clicked.connect(self._on_more)
        header.add(self._more)
        self.top = ModelTop(viewmodel, actions)
        self._make_access()
        self._make_memory()
        self._make_files()
        self._make_about(actions)
        self._make_defaults()
        self._make_card()
        column.add(self.top)
        for section in self._sections():
            column.add(section)
        viewmodel.chosen_changed.connect(self.refresh)
        viewmodel.tab_changed.connect(self.refresh)
        viewmodel.hub.changed.connect(self._show_access)
        viewmodel.account.changed.connect(self._show_access)
        viewmodel.outlook_changed.connect(self.refresh)
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
        for section in (self._memory, self._about):
            section.setVisible(not broken)
        self._show_access()
        self._show_files(row)
        self._show_defaults(row)
        self._show_card(row)
        if row is not None and not broken:
            outlook = self._viewmodel.outlook_of(row)
            if outlook is not None and row.spec is not None:
                self._show_plan(outlook, row.spec.wish)
            else:
                self._show_memory(self._viewmodel.fit_of(row))
            self._show_about(row)
        self._grow()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.refresh()
        super().changeEvent(event)

    # Building.

    def _sections(self) -> tuple[Section, ...]:
        return self.access, self._memory, self._files, self._about, self._defaults, self._card

    def _section(self, english: str, name: str, *, opened: bool = True) -> Section:
        key = f"models.section.{name}"
        section = Section(english, opened=self._state.flag(key, opened))
        keep: Callable[[bool], None] = lambda on: self._state.put(key, "1" if on else "0")  # noqa: E731
        section.folded.connect(keep)
        return section

    def _make_access(self) -> None:
        self.access = AccessSection(self._viewmodel, self._state.flag("models.section.account"))
        keep: Callable[[bool], None] = lambda on: self._state.put_flag("models.section.account", on)  # noqa: E731
        self.access.folded.connect(keep)
        self.access.folded.connect(self._show_access)

    def _make_memory(self) -> None:
        self._memory = self._section("Memory", "memory")
        self.bar = MemoryBar()
        self.needed = Label("", "body", wrap=True)
        self.reason = Label("", "secondary", "secondary", wrap=True)
        self.held = HeldFields()
        self.held.chosen.connect(self._on_held)
        for widget in (self.bar, self.needed, self.reason, self.held):
            self._memory.body.addWidget(widget)

    def _make_files(self) -> None:
        self._files = self._section("Files", "files")
        self.files = FileList()
        self.place = Facts()
        self._shared = Label("", "secondary", "secondary", wrap=True)
        for widget in (self.files, self._shared):
            self._files.body.addWidget(widget)
        self._files.body.addLayout(self.place)
        self._files.folded.connect(lambda: self._show_files(self._viewmodel.chosen_row()))

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
        for section in self._sections():
            section.body.activate()
            if layout := section.layout():
                layout.activate()
        if (inner := self._about.parentWidget()) and (column := inner.layout()):
            column.activate()

    def _show_access(self) -> None:
        self.access.show_access(self._viewmodel.access(), self._viewmodel.chosen_row())

    def _show_plan(self, outlook: Outlook, wish: Wish) -> None:
        """Of what is installed: how it will be held, which may be changed."""
        self.bar.show_fit(fit_of_plan(outlook))
        self.bar.show()
        self.needed.show()
        self.needed.setText(unbroken(plan_line(outlook)))
        self._memory.set_summary(known_word(outlook) if outlook.fits else tr("Too large"))
        self.reason.setText(plan_sentence(outlook))
        self.reason.setVisible(bool(self.reason.text()))
        self.reason.set_tone("secondary" if outlook.fits else "danger")
        self.held.show_choices(outlook, wish)
        self.held.show()

    def _on_held(self, wish: Wish) -> None:
        row = self._viewmodel.chosen_row()
        if row is not None and row.spec is not None:
            self._viewmodel.commands.hold(row.spec, wish)

    def _show_memory(self, fit: Fit) -> None:
        self.held.hide()
        self.reason.show()
        self.bar.show_fit(fit)
        self.bar.setVisible(bool(fit.needed_bytes and fit.has_bytes))
        self.needed.setVisible(bool(fit.needed_bytes))
        if fit.needed_bytes:
            known = bool(fit.has_bytes)
            words = part_of(fit.needed_bytes, fit.has_bytes) if known else figures.size(fit.needed_bytes)
            self.needed.setText(f"{words} · {fit.precision}" if fit.precision else words)
        self._memory.set_summary(fit_word(fit))
        known = self._viewmodel.machine is not None
        words = fit_sentence(fit) if known else tr("What fits is told as soon as this machine is known.")
        self.reason.setText(unbroken(words))
        self.reason.set_tone(FITS[fit.level][2] if fit.level.value == "too_large" else "secondary")

    def _show_files(self, row: ModelRow | None) -> None:
        download = row.download if row is not None else None
        spec = row.spec if row is not None else None
        path = row.problem.path if row is not None and row.problem is not None else spec.path if spec else ""
        self._files.setVisible(bool(path or (download is not None and download.files)))
        if spec is not None and download is None:
            self._list_files(spec)
        else:
            self._files_of = ""
            files = download.files if download is not None else ()
            done = sum(one.state.value == "done" for one in files)
            words = tr("{done} of {total}", done=done, total=len(files)) if files else ""
            self._fill_files(files, words)
        size = figures.size(row.download_bytes) if row is not None and path and row.download_bytes else ""
        self.place.show_facts([("Where", path), ("On the disk", size)])

    def _list_files(self, spec: ModelSpec) -> None:
        """They are looked for when their section is open, once for each model."""
        if self._files_of == spec.id or not self._files.is_open():
            return
        self._files_of = wanted = spec.id
        self._fill_files((), "")

        def show(files: tuple[ModelFile, ...]) -> None:
            if self._files_of == wanted:
                if not self._viewmodel.commands.removable(spec):  # and so nothing of it could stay behind
                    files = tuple(msgspec.structs.replace(one, shared=False) for one in files)
                self._fill_files(files, plural(len(files), "{n} file", "{n} files") if files else "")
                self._grow()

        self._viewmodel.commands.read_files(spec, show)

    def _fill_files(self, files: Sequence[DownloadFile | ModelFile], summary: str) -> None:
        self.files.setVisible(bool(files))
        self.files.show_files(files)
        shared = sum(isinstance(one, ModelFile) and one.shared for one in files)
        words = (
            plural(
                shared,
                "One of them is shared with other tools and stays when the model is removed.",
                "{n} of them are shared with other tools and stay when the model is removed.",
            )
            if shared
            else ""
        )
        self._shared.setText(words)
        self._shared.setVisible(bool(words))
        self._files.set_summary(summary)

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


def about_facts(row: ModelRow) -> list[tuple[str, str]]:
    """English names and values in the person's language; empty where nothing is known."""
    spec, entry = row.spec, row.entry
    commit = row.download.commit if row.download is not None else ""
    revision = spec.id.partition("@")[2] if spec is not None else commit
    parameters = (spec.parameters if spec is not None else 0) or (entry.parameters if entry else 0) or 0
    context = (spec.context_length if spec is not None else None) or (entry.context_length if entry else None)
    precision = spec.precision if spec is not None and spec.precision else entry.precision if entry else ""
    suits = spec.suits if spec is not None else entry.suits if entry is not None else ""
    return [
        ("Licence", row.licence or tr("not known")),
        ("Commercial use", tr(COMMERCIAL[row.commercial][0])),
        ("Account", tr("needs one that has accepted the licence") if row.gated else ""),
        ("Source", source_word(row)),
        ("Repository", row.repository),
        ("Revision", revision[:7]),
        ("Runs as", row.base),
        ("Goes with", base_word(suits)),
        ("Precision", precision),
        ("Parameters", parameters_word(parameters)),
        ("Reads", plural(context, "{n} token", "{n} tokens") if context else ""),
        ("Languages", ", ".join(entry.languages) if entry is not None else ""),
        ("Trigger words", ", ".join(spec.trigger_words) if spec is not None else ""),
        ("Code in it", "" if spec is not None and spec.source == SERVER else tr("none; data only")),
    ]


def source_of(source: str) -> str:
    """Where the shelf has a fact from; its marks are explained in `resources/catalog.toml`."""
    mark, found, rest = source.partition(": ")
    place = (rest if found else source).removeprefix("https://")
    if mark == "quoted":
        return tr("From {source}, as others quote it", source=place)
    return (
        tr("Worked out: {source}", source=place) if mark == "derived" else tr("From {source}", source=place)
    )


def source_word(row: ModelRow) -> str:
    spec = row.spec
    if spec is not None and spec.starter:
        return tr("comes with Atelier")
    if spec is not None and spec.source == SERVER:
        return tr("a local server")
    if spec is not None and spec.source not in ("", "hub", "folder"):
        return tool_name(spec.source)
    if spec is not None and spec.source == "folder":
        return tr("a folder of yours")
    return "huggingface.co" if row.repository else ""


def parameters_word(count: int) -> str:
    """6.0B or 494M, as everyone who makes models writes them."""
    if not count:
        return ""
    if count < 1_000_000:
        return f"{max(count / 1e3, 1):.0f}K"
    return f"{count / 1e9:.1f}B" if count >= 1_000_000_000 else f"{count / 1e6:.0f}M"


def default_facts(row: ModelRow) -> list[tuple[str, str]]:
    """What its makers, or the shelf, set; the shelf's word counts where both say something."""
    entry, spec = row.entry, row.spec
    shelf = entry.defaults if entry is not None else Defaults()
    own = spec.defaults if spec is not None else Defaults()

    def value(field: str, form: str = "") -> str:
        found = getattr(shelf, field)
        found = getattr(own, field) if found is None else found
        return "" if found is None else format(found, form)

    width, height = value("width"), value("height")
    return [
        ("Size", f"{width} × {height}" if width and height else ""),
        ("Steps", value("num_inference_steps")),
        ("Guidance", value("guidance_scale", "g")),
        ("Scheduler", value("scheduler")),
        ("Temperature", value("temperature", "g")),
        ("Top-p", value("top_p", "g")),
        ("Max tokens", value("max_new_tokens")),
    ]
