"""Makes panels as they are needed, and ahead of that in steps between which the event loop turns."""

import importlib
from collections.abc import Callable, Iterator
from typing import cast

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from studio.ui.frame import ENTRIES, WELCOME
from studio.ui.panel import Building, Panel
from studio.ui.widgets.columns import Columns
from studio.viewmodels.shell import Shell

DIRECT = Qt.FindChildOption.FindDirectChildrenOnly


class Builder(QObject):
    """One of each.

    Attributes:
        built: those that are whole, by name.

    Signals:
        made (str): the panel of that name is whole.
    """

    made = Signal(str)

    def __init__(self, shell: Shell, columns: Columns, parent: QObject) -> None:
        """`columns` are where panels will stand."""
        super().__init__(parent)
        self._shell, self._columns = shell, columns
        self.built: dict[str, Panel] = {}
        self._half_built: dict[str, Iterator[None]] = {}

    def panel(self, name: str) -> Panel:
        """It, made now as far as it is not."""
        for _ in self.steps(name):
            pass
        return self.built[name]

    def steps(self, name: str) -> Iterator[None]:
        """Makes it, a step at a time; `panel` takes those that are left."""
        if name not in self.built:
            yield from self._half_built.setdefault(name, self._build(name))

    def finish(self) -> None:
        """Make whole what is half built: before every widget is sent something that it has to answer."""
        for name in list(self._half_built):
            self.panel(name)

    def _build(self, name: str) -> Iterator[None]:
        module = next(entry.module for entry in (*ENTRIES, WELCOME) if entry.name == name)
        build = cast(Callable[[Shell], Building[Panel]], importlib.import_module(module).build)
        panel = yield from build(self._shell)
        for part in (panel.side, panel.middle, panel.inspector):
            yield
            self._columns.adopt(part)
            # Else all of it is styled in the one turn in which the panel is shown first.
            for child in part.findChildren(QWidget, options=DIRECT) if part else ():
                yield
                child.ensurePolished()
        self.built[name] = panel
        del self._half_built[name]
        self.made.emit(name)
