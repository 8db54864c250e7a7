"""The Gallery's places, each with its icon, its name and how many pictures it holds."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QVBoxLayout, QWidget

from studio.ui.widgets.header import Header, Titled
from studio.ui.widgets.place_button import PlaceButton
from studio.viewmodels.gallery import Place

PLACES = (
    (Place.ALL, "All pictures", "gallery"),
    (Place.STARRED, "Starred", "star"),
    (Place.TRASH, "Trash", "trash"),
)


class GallerySide(Titled):
    """Signals: chosen (Place): the person goes to another place."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        body = QWidget()
        super().__init__(Header("Gallery"), body, parent=parent)
        self._rows = {place: PlaceButton(words, icon) for place, words, icon in PLACES}
        group = QButtonGroup(self)
        column = QVBoxLayout(body)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(2)
        for row in self._rows.values():
            group.addButton(row)
            column.addWidget(row)
        column.addStretch(1)
        group.buttonClicked.connect(self._on_clicked)
        self.select(Place.ALL)

    def select(self, place: Place) -> None:
        """Show this one as chosen without telling anyone."""
        for one, row in self._rows.items():
            row.setChecked(one is place)
            row.setFocusPolicy(Qt.FocusPolicy.StrongFocus if one is place else Qt.FocusPolicy.ClickFocus)
        self.setFocusProxy(self._rows[place])

    def show_counts(self, counts: dict[Place, int]) -> None:
        for place, row in self._rows.items():
            row.show_count(counts.get(place))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        places = list(self._rows)
        now = next(number for number, place in enumerate(places) if self._rows[place].isChecked())
        goal = places[min(max(now + step, 0), len(places) - 1)]
        self.select(goal)
        self._rows[goal].setFocus(Qt.FocusReason.TabFocusReason)
        self.chosen.emit(goal)

    def _on_clicked(self, clicked: QAbstractButton) -> None:
        place = next(place for place, row in self._rows.items() if row is clicked)
        self.select(place)
        self.chosen.emit(place)
