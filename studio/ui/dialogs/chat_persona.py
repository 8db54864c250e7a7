"""The sheet for a persona: name, picture, how it answers, turns that show it, and its preset."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.personas import Persona
from studio.core.records import Asset
from studio.ui.i18n import tr
from studio.ui.panels.create_fields import Remark
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.example_turns import ExampleTurns
from studio.ui.widgets.fields import Combo
from studio.ui.widgets.labels import Label
from studio.ui.widgets.overlay import Sheet
from studio.ui.widgets.section import Scroller
from studio.ui.widgets.text_field import TextField
from studio.ui.widgets.thumb import Thumb
from studio.viewmodels.chat_personas import PersonasViewModel, thumbnail_of
from studio.viewmodels.thumbnails import Thumbnails

WIDTH, HEIGHT = 560, 620
FACE, SYSTEM_LINES = 60, 6
KINDS = "*.png *.jpg *.jpeg *.webp *.gif *.bmp *.tif *.tiff"


class PersonaSheet(Sheet):
    """Makes a new one, or changes one; that answers from then on."""

    keeps_shortcuts = True

    def __init__(self, host: QWidget, viewmodel: PersonasViewModel, thumbnails: Thumbnails) -> None:
        super().__init__(host, "Persona", WIDTH)
        self._viewmodel, self._thumbnails = viewmodel, thumbnails
        self._persona = Persona(id="", name="")
        self._picture: Path | None = None  # another one, chosen here
        self._begun = self._persona  # as it was when the sheet opened
        self._presets: Sequence[str] = ()
        self._left: Persona | None = None  # the one whose changes were not saved when the sheet closed
        self.face = Thumb(FACE)
        self.name = QLineEdit()
        self.choose = Button("Choose a picture…", icon="picture")
        self.faceless = Button("Without a picture", "quiet")
        self.preset = Combo("Sampling preset")
        self.system = TextField("How it answers", SYSTEM_LINES)
        self.examples = ExampleTurns()
        self.remark = Remark()
        self.save = Button("Save", "primary")
        self.discard = Button("Discard", "quiet", tip="Forget what was written and not saved")
        self.remove = Button("Remove", "quiet", icon="trash", tip="Conversations that use it keep it")
        self._lay_out()
        self._connect()
        self._translate()

    def begin(self, persona: Persona | None, presets: Sequence[str]) -> None:
        """A new one without `persona`; `presets` are the names of those that there are.

        What was written for this one and not saved is there again."""
        begun = persona or Persona(id="", name="")
        again = self._left is not None and self._left == begun
        preset = self._written().preset if again else begun.preset
        if not again:
            self._fill(begun)
        self._begun, self._left, self._presets = begun, None, presets
        self.preset.fill([(tr("No preset"), ""), *((name, name) for name in presets)])
        self.preset.select(preset if preset in presets else "")
        self.remove.setVisible(persona is not None)
        self.remark.remark(None, tr("This was written before and is not saved yet.") if again else "")
        self.discard.setVisible(again)
        self._show_face()
        self._judge()
        self.open(HEIGHT, self.name)

    def _fill(self, persona: Persona) -> None:
        self._persona, self._picture = persona, None
        self.name.setText(persona.name)
        self.system.setPlainText(persona.system)
        self.examples.show_examples(persona.examples)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()

    def _lay_out(self) -> None:
        pictures = QHBoxLayout()
        pictures.setSpacing(4)
        pictures.addWidget(self.choose)
        pictures.addWidget(self.faceless)
        pictures.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addWidget(self.name)
        right.addLayout(pictures)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.face)
        head.addLayout(right, 1)
        inner = QWidget()
        fields = QVBoxLayout(inner)
        fields.setContentsMargins(0, 0, 8, 0)
        fields.setSpacing(6)
        fields.addLayout(head)
        for title, field in (
            ("System prompt", self.system),
            ("Sampling preset", self.preset),
            ("Examples", self.examples),
        ):
            fields.addSpacing(4)
            fields.addWidget(Label(title, "section"))
            fields.addWidget(field)
        fields.addStretch(1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        buttons.addWidget(self.discard)
        buttons.addWidget(self.save)
        self.content.addWidget(Scroller(inner), 1)
        self.content.addWidget(self.remark)
        self.content.addLayout(buttons)

    def _connect(self) -> None:
        self.name.textChanged.connect(self._judge)
        self.name.returnPressed.connect(self.save.click)
        self.choose.clicked.connect(self._choose)
        self.faceless.clicked.connect(self._take_face_off)
        self.discard.clicked.connect(self._on_discard)
        self.save.clicked.connect(self._on_save)
        self.closed.connect(self._on_closed)
        self.remove.clicked.connect(self._on_remove)
        self._viewmodel.saved.connect(self._on_saved)
        self._viewmodel.refused.connect(self._on_refused)
        self._thumbnails.ready.connect(self._on_thumbnail)

    def _translate(self) -> None:
        self.name.setPlaceholderText(tr("Name"))
        self.name.setAccessibleName(tr("Name"))
        if self.preset.count():
            self.preset.setItemText(0, tr("No preset"))

    def _judge(self) -> None:
        self.save.setEnabled(bool(self.name.text().strip()))

    def _asset(self) -> Asset | None:
        return thumbnail_of(self._picture) if self._picture else self._viewmodel.thumbnail_of(self._persona)

    def _show_face(self) -> None:
        asset = self._asset()
        pixels = round(FACE * self.devicePixelRatioF() * 1.5)
        self.face.show_icon("persona")
        self.face.show_image(self._thumbnails.thumbnail(asset, pixels) if asset else None)
        self.faceless.setVisible(asset is not None)

    def _choose(self) -> None:
        dialog = QFileDialog(self.window(), tr("Choose a picture…"), "", f"{tr('Pictures')} ({KINDS})")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._take_face)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _take_face(self, path: str) -> None:
        self._picture = Path(path)
        self._show_face()

    def _take_face_off(self) -> None:
        self._picture = None
        self._persona = msgspec.structs.replace(self._persona, picture="")
        self.choose.setFocus()  # the button that hides would hand it to Close
        self._show_face()

    def _on_save(self) -> None:
        self._viewmodel.save(self._written(), self._picture)

    def _written(self) -> Persona:
        return msgspec.structs.replace(
            self._persona,
            name=self.name.text().strip(),
            system=self.system.toPlainText(),
            examples=self.examples.examples,
            preset=str(self.preset.currentData() or ""),
        )

    def _on_closed(self) -> None:
        """A click beside the sheet or Esc loses nothing."""
        written = msgspec.structs.replace(self._written(), examples=self.examples.begun)
        changed = self._picture is not None or written != self._begun
        self._left = self._begun if changed else None

    def _on_discard(self) -> None:
        self.begin(self._begun if self._begun.id else None, self._presets)

    def _on_saved(self, _: Persona) -> None:
        self._end()

    def _end(self) -> None:
        """Close with nothing left to save."""
        self.close_overlay()
        self._left = None

    def _on_thumbnail(self, _: str) -> None:
        if self.isVisible():
            self._show_face()

    def _on_refused(self, error: StudioError) -> None:
        self.remark.remark(error)

    def _on_remove(self) -> None:
        self._viewmodel.remove(self._persona.id)
        self._end()
