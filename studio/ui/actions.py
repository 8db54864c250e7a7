"""Actions: what the person can do, with words, a shortcut and an icon; palette and F1 list them all."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from studio.ui.i18n import tr
from studio.ui.icons import icon
from studio.ui.widgets.buttons import tip_with_keys
from studio.ui.widgets.menu import Menu


class Action(QAction):
    """An action whose words follow the language.

    The main window listens to a panel's shortcuts only while that panel is shown, so the same keys may mean
    different things in two panels.

    Attributes:
        english: its words in English; `say` changes them.
        glyph: the name of its icon.
    """

    def __init__(
        self,
        english: str,
        run: Callable[[], object],
        keys: str | QKeySequence | QKeySequence.StandardKey = "",
        icon_name: str = "",
        *,
        checkable: bool = False,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.english = english
        self._params: dict[str, object] = {}
        self.glyph = icon_name
        self.setCheckable(checkable)
        if icon_name:
            self.setIcon(icon(icon_name))
        self.setShortcut(QKeySequence(keys))
        self.triggered.connect(lambda: run())
        self.retranslate()

    def say(self, english: str, **params: object) -> None:
        self.english, self._params = english, params
        self.retranslate()

    def retranslate(self) -> None:
        """After a change of language; the main window calls it."""
        self.setText(tr(self.english, **self._params))
        self.setToolTip(tip_with_keys(self.text(), self.shortcut()))


def menu_of(*groups: list[QAction]) -> QMenu:
    """A menu of groups of actions with lines between them."""
    return Menu(*groups)
