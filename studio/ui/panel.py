"""What a panel gives to the main window."""

from collections.abc import Generator, Sequence
from typing import Literal, Protocol, TypeVar

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from studio.ui.widgets.header import Header

Region = Literal["rail", "side", "middle", "inspector", "strip"]

Made = TypeVar("Made")
# A panel in the making, or a part of one. Between its steps the event loop may turn, so none should take more
# than some ten milliseconds; before the end it is not to be shown.
Building = Generator[None, None, Made]


class Panel(Protocol):
    """One screen of the rail. The widgets are made by the panel and placed by the main window.

    Attributes:
        name: stable: `chat`, `create`, `gallery`, `settings`; the key of what is remembered.
        title: English, translated by whoever shows it.
        header: the header at the top of `middle`; the window adds its side and inspector buttons to it.
        side: narrow column left of the middle, begins with its own Header; None where there is none.
        inspector: column right of the middle, begins with its own Header; None where there is none.
        focus_targets: what gets the focus when F6 or the rail enters a region for the first time.
    """

    name: str
    title: str
    header: Header
    middle: QWidget
    side: QWidget | None
    inspector: QWidget | None
    focus_targets: dict[Region, QWidget]

    def actions(self) -> Sequence[QAction]:
        """Every Action one can do here, in the order of palette and F1; they live as long as the panel."""
        ...

    def escape(self) -> bool:
        """Close what is open over the panel, else stop what it runs; False where there was neither."""
        ...

    def receive(self, payload: object) -> None:
        """Take what another panel sent with `shell.go(name, payload)`."""
        ...
