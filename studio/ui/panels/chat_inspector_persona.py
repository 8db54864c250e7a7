"""The section of Chat's inspector that says who answers."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QHBoxLayout

from studio.core.personas import Persona
from studio.ui.dialogs.chat_persona import PersonaSheet
from studio.ui.i18n import tr
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.clamped_label import ClampedLabel
from studio.ui.widgets.fields import Combo
from studio.ui.widgets.section import Section
from studio.ui.widgets.thumb import Thumb
from studio.viewmodels.chat_personas import PersonasViewModel
from studio.viewmodels.chat_presets import PresetsViewModel
from studio.viewmodels.thumbnails import Thumbnails

FACE, LINES = 28, 3
KEPT = "+kept"  # the persona of a conversation that is among the others no more


class PersonaSection(Section):
    """Picks one for the open conversation; makes and changes them.

    Attributes:
        picker: the names.
    """

    def __init__(
        self,
        viewmodel: PersonasViewModel,
        presets: PresetsViewModel,
        thumbnails: Thumbnails,
        *,
        opened: bool,
    ) -> None:
        super().__init__("Persona", opened=opened)
        self._viewmodel, self._presets, self._thumbnails = viewmodel, presets, thumbnails
        self._sheet: PersonaSheet | None = None
        self._face = Thumb(FACE)
        self.picker = Combo("Persona")
        self._edit = IconButton("edit", "Edit the persona…")
        self._new = IconButton("add", "New persona…")
        self._about = ClampedLabel("secondary", "secondary", lines=LINES)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self._face)
        row.addWidget(self.picker, 1)
        row.addWidget(self._edit)
        row.addWidget(self._new)
        self.body.addLayout(row)
        self.body.addWidget(self._about)
        self.picker.chosen.connect(self._on_chosen)
        self._edit.clicked.connect(self._open_chosen)
        self._new.clicked.connect(self.make)
        viewmodel.changed.connect(self.refresh)
        thumbnails.ready.connect(self._on_thumbnail)
        self.refresh()

    def make(self) -> None:
        """Opens the sheet for a new one."""
        self._open(None)

    def refresh(self) -> None:
        personas, chosen = self._viewmodel.all, self._viewmodel.chosen
        rows: list[tuple[str, object]] = [(one.name, one.id) for one in personas]
        if chosen is not None and all(one.id != chosen.id for one in personas):
            rows.insert(0, (chosen.name, KEPT))
        self.picker.fill([(tr("Nobody in particular"), ""), *rows])
        known = chosen is not None and any(one.id == chosen.id for one in personas)
        self.picker.select(chosen.id if chosen and known else KEPT if chosen else "")
        self.picker.setEnabled(not self._viewmodel.locked)
        self._edit.setEnabled(chosen is not None)
        self._about.setText(" ".join(chosen.system.split()) if chosen else "")
        self._about.setVisible(bool(self._about.text()))
        self.set_summary(chosen.name if chosen else "")
        self._show_face()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.refresh()
        super().changeEvent(event)

    def _show_face(self) -> None:
        chosen = self._viewmodel.chosen
        asset = self._viewmodel.thumbnail_of(chosen)
        pixels = round(FACE * self.devicePixelRatioF() * 1.5)
        self._face.setVisible(chosen is not None)
        self._face.show_icon("persona")
        if asset is not None:
            self._face.show_image(self._thumbnails.thumbnail(asset, pixels))

    def _on_thumbnail(self, _: str) -> None:
        self._show_face()

    def _on_chosen(self, persona: object) -> None:
        if persona != KEPT:
            self._viewmodel.choose_by_id(str(persona))

    def _open_chosen(self) -> None:
        """As it is now, where it still is; else as it was, to be kept anew."""
        chosen = self._viewmodel.chosen
        self._open(next((one for one in self._viewmodel.all if chosen and one.id == chosen.id), chosen))

    def _open(self, persona: Persona | None) -> None:
        if self._sheet is None:
            self._sheet = PersonaSheet(self.window(), self._viewmodel, self._thumbnails)
        self._sheet.begin(persona, [one.name for one in self._presets.all])
