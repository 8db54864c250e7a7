"""One line of a recipe: a box to take it, what stands there now, and what would."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.i18n import tr
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.clamped_label import ClampedLabel
from studio.ui.widgets.fields import CheckBox
from studio.ui.widgets.labels import ElidedLabel, Label
from studio.viewmodels.drop_fields import RecipeField

NAME, NOW = 152, 168  # pixels of the first two columns
_MOST_SHOWN = 400  # characters of a prompt: more than two lines have


class RecipeRow(QWidget):
    """Says what it is about; whoever made it keeps what is taken.

    Signals:
        taken (str, bool): the field's name, and whether the person ticked it.
        get_wanted (str): the repository of the shelf's nearest.
    """

    taken = Signal(str, bool)
    get_wanted = Signal(str)

    def __init__(self, field: RecipeField) -> None:
        super().__init__()
        self.field = field
        self.box = CheckBox(field.label)
        self.box.setMinimumWidth(NAME)
        self.box.setEnabled(field.possible)
        self.box.clicked.connect(self._on_clicked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(2)
        column.addLayout(self._values())
        if field.note:
            column.addLayout(self._note())
        self._name()

    def show_taken(self, on: bool) -> None:
        self.box.setChecked(on)

    def _values(self) -> QHBoxLayout:
        """Now and then; once only where nothing changes."""
        field = self.field
        now = ElidedLabel("", "secondary", "secondary")
        now.setFixedWidth(NOW)
        now.setText(_shown(field, field.before) if field.changes else tr("As it is"))
        arrow = Label("→" if field.changes and field.possible else "", "secondary", "secondary")
        arrow.setFixedWidth(16)
        then = ClampedLabel("body", "" if field.changes and field.possible else "secondary", lines=2)
        then.setText(_shown(field, field.after))
        row = QHBoxLayout()
        row.setSpacing(8)
        top = Qt.AlignmentFlag.AlignTop
        row.addWidget(self.box, 0, top)
        for label, stretch, down in ((now, 0, 4), (arrow, 0, 4), (then, 1, 3)):  # onto the words of the box
            place = QVBoxLayout()
            place.setContentsMargins(0, down, 0, 0)
            place.addWidget(label, 0, top)
            row.addLayout(place, stretch)
        return row

    def _note(self) -> QHBoxLayout:
        field = self.field
        note = Label("", "secondary", "secondary" if field.possible else "warning", wrap=True)
        note.say(field.note, **field.params)
        row = QHBoxLayout()
        row.setContentsMargins(NAME + NOW + 16 + 3 * 8, 0, 0, 0)
        row.addWidget(note, 1)
        if field.get:
            get = Button("Models", icon="model", height=24)
            get.setAccessibleName(tr("Show {name} in Models", name=field.params.get("shelf", "")))
            get.clicked.connect(lambda: self.get_wanted.emit(field.get))
            row.addWidget(get, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _on_clicked(self, on: bool) -> None:
        self.taken.emit(self.field.name, on)

    def _name(self) -> None:
        self.box.setAccessibleName(f"{tr(self.field.label)}: {_shown(self.field, self.field.after)}")


def _shown(field: RecipeField, value: str) -> str:
    if field.kind == "switch":
        return tr("On") if value else tr("Off")
    if not value:
        return tr(field.empty)
    return " ".join(value[:_MOST_SHOWN].split())
