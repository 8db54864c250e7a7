"""The sheet for prompt templates: look at those that come with the studio, write and change one's own."""

import msgspec
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from studio.core.chat_templates import Template
from studio.core.errors import StudioError
from studio.ui.i18n import tr
from studio.ui.panels.create_fields import Remark
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.example_turns import ExampleTurns
from studio.ui.widgets.fields import Combo
from studio.ui.widgets.labels import Label
from studio.ui.widgets.overlay import Sheet
from studio.ui.widgets.section import Scroller
from studio.ui.widgets.template_completion import template_words
from studio.ui.widgets.text_field import TextField
from studio.viewmodels.chat_templates import TemplatesViewModel

WIDTH, HEIGHT = 560, 620
TEXT_LINES = 7
NEW = ""


class TemplatesSheet(Sheet):
    """A template is chosen above and changed below; saved under another name it is another one."""

    keeps_shortcuts = True

    def __init__(self, host: QWidget, viewmodel: TemplatesViewModel) -> None:
        super().__init__(host, "Templates", WIDTH)
        self._viewmodel = viewmodel
        self._shown = NEW
        self._drafts: dict[
            str, Template
        ] = {}  # what was written and not saved, by the template it began with
        self.which = Combo("Template")
        self.name, self.about = QLineEdit(), QLineEdit()
        self.text = TextField("What is sent", TEXT_LINES)
        self.examples = ExampleTurns()
        self.remark = Remark()
        self.save = Button("Save", "primary")
        self.discard = Button("Discard", "quiet", tip="Forget what was written and not saved")
        self.remove = Button("Remove", "quiet", icon="trash", tip="Remove this template of your own")
        self._lay_out()
        self.which.chosen.connect(self._on_chosen)
        self.name.textChanged.connect(self._judge)
        self.text.textChanged.connect(self._judge)
        self.discard.clicked.connect(self._on_discard)
        self.save.clicked.connect(self._on_save)
        self.remove.clicked.connect(self._on_remove)
        self.closed.connect(self._put_aside)
        viewmodel.saved.connect(self._on_saved)
        viewmodel.failed.connect(self._on_failed)
        viewmodel.changed.connect(self._fill)
        self._translate()

    def begin(self) -> None:
        """With what was not saved the last time, else one of the person's own, else a new one."""
        own = next((one.name for one in self._viewmodel.all if one.own), NEW)
        own = self._shown if self._shown in self._drafts else own
        self._fill()
        self.which.select(own)
        self._show(own)
        self.open(HEIGHT, self.which)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()

    def _lay_out(self) -> None:
        inner = QWidget()
        fields = QVBoxLayout(inner)
        fields.setContentsMargins(0, 0, 8, 0)
        fields.setSpacing(6)
        names = QHBoxLayout()
        names.setSpacing(8)
        names.addWidget(self.name, 1)
        names.addWidget(self.about, 2)
        fields.addLayout(names)
        fields.addWidget(self.text)
        fields.addWidget(
            Label(
                "{input} is what you write after the name. Other places, such as {language=English}, are "
                "asked for; what stands after = is taken where nothing is said.",
                "secondary",
                "secondary",
                wrap=True,
            )
        )
        fields.addWidget(Label("Examples", "section"))
        fields.addWidget(self.examples)
        fields.addStretch(1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        buttons.addWidget(self.discard)
        buttons.addWidget(self.save)
        self.content.addWidget(self.which)
        self.content.addWidget(Scroller(inner), 1)
        self.content.addWidget(self.remark)
        self.content.addLayout(buttons)

    def _translate(self) -> None:
        for field, english in ((self.name, "Name"), (self.about, "What it is for")):
            field.setPlaceholderText(tr(english))
            field.setAccessibleName(tr(english))
        self._fill()

    def _fill(self) -> None:
        templates = self._viewmodel.all
        own = [(template_words(one), one.name) for one in templates if one.own]
        others = [(template_words(one), one.name) for one in templates if not one.own]
        groups = [[(tr("New template"), NEW), *own], others]
        self.which.fill_groups([group for group in groups if group])
        self._judge()

    def _on_chosen(self, name: object) -> None:
        self._put_aside()
        self._show(str(name))

    def _put_aside(self) -> None:
        """Another template, Esc and a click beside the sheet lose nothing."""
        written = msgspec.structs.replace(self._written(), examples=self.examples.begun)
        if written == msgspec.structs.replace(self._stored(self._shown), own=True):
            self._drafts.pop(self._shown, None)
        else:
            self._drafts[self._shown] = written

    def _on_discard(self) -> None:
        self._drafts.pop(self._shown, None)
        self._show(self._shown)
        self.name.setFocus()  # the button that hides would hand it to Close

    def _show(self, name: str) -> None:
        kept = self._drafts.get(name)
        template, self._shown = kept or self._stored(name), name
        self.name.setText(template.name)
        self.about.setText(template.about)
        self.text.setPlainText(template.text)
        self.examples.show_examples(template.examples)
        self.remark.remark(None, tr("This was written before and is not saved yet.") if kept else "")
        self.discard.setVisible(kept is not None)
        self._judge()

    def _judge(self) -> None:
        self.save.setEnabled(bool(self.name.text().strip() and self.text.toPlainText().strip()))
        chosen = self._named(str(self.which.currentData() or NEW))
        self.remove.setEnabled(chosen is not None and chosen.own)

    def _named(self, name: str) -> Template | None:
        return next((one for one in self._viewmodel.all if one.name == name), None) if name else None

    def _stored(self, name: str) -> Template:
        return self._named(name) or Template(name="", text="{input}")

    def _written(self) -> Template:
        return Template(
            name=self.name.text().strip().removeprefix("/"),
            about=self.about.text().strip(),
            text=self.text.toPlainText(),
            examples=self.examples.examples,
            own=True,
        )

    def _on_save(self) -> None:
        self._viewmodel.save(self._written())

    def _on_saved(self, template: Template) -> None:
        self._drafts.pop(self._shown, None)
        self._shown = template.name
        self.discard.hide()
        self._fill()
        self.which.select(template.name)
        self.remark.remark(None, tr("Saved. Type /{name} in the composer.", name=template.name))
        self._judge()

    def _on_failed(self, error: StudioError) -> None:
        self.remark.remark(error)

    def _on_remove(self) -> None:
        self._viewmodel.remove(str(self.which.currentData()))
        self._drafts.pop(self._shown, None)
        self.which.select(NEW)
        self._show(NEW)
