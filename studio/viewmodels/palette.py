"""Finds commands by a few of their letters; the last used come first."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

COMMAND_ROLE = Qt.ItemDataRole.UserRole
REMEMBERED = 8
ROOT = QModelIndex()


class Command(NamedTuple):
    """One thing to do.

    Attributes:
        words: in the person's language; `english` is searched as well.
        where: the panel it belongs to, in the person's language; empty for the window.
    """

    words: str
    english: str
    where: str
    keys: str
    glyph: str
    enabled: bool
    run: Callable[[], object]


def score(query: str, text: str) -> int | None:
    """How well the letters of `query` occur in order in `text`; more is better, None where they do not.

    A letter counts 1, 8 more at the start of a word, 4 more right after the letter before; a query that
    stands in the text as it is counts 20 more, so that "set" finds "Settings" before "Show what waits".
    """
    wanted, inside = query.casefold().replace(" ", ""), text.casefold()
    points, at, last = 0, 0, -2
    for letter in wanted:
        at = inside.find(letter, at)
        if at < 0:
            return None
        points += 1 + (4 if at == last + 1 else 0)
        points += 8 if at == 0 or not inside[at - 1].isalnum() else 0
        last, at = at, at + 1
    return points + (20 if query.casefold().strip() in inside else 0)


class PaletteModel(QAbstractListModel):
    """The commands that fit what was typed, best first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[Command] = []
        self._shown: list[Command] = []
        self._used: list[str] = []

    def fill(self, commands: Sequence[Command]) -> None:
        """Take what can be done now."""
        self._all = list(commands)
        self.narrow("")

    def narrow(self, query: str) -> None:
        self.beginResetModel()
        self._shown = self._ranked(query) if query.strip() else sorted(self._all, key=self._age)
        self.endResetModel()

    def row_of(self, command: Command) -> int | None:
        """Where the same command stands now; None where it is not shown."""
        same = [(one.english, one.where) == (command.english, command.where) for one in self._shown]
        return same.index(True) if any(same) else None

    def run(self, command: Command) -> None:
        self._used = [command.english, *(one for one in self._used if one != command.english)][:REMEMBERED]
        command.run()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        command = self._shown[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return command.words
            case Qt.ItemDataRole.UserRole:
                return command
            case _:
                return None

    def _ranked(self, query: str) -> list[Command]:
        found: list[tuple[int, int, Command]] = []
        for command in self._all:
            points = [score(query, text) for text in (command.words, command.english)]
            best = max((one for one in points if one is not None), default=None)
            if best is not None:
                found.append((-best, len(command.words), command))
        return [command for _, _, command in sorted(found, key=lambda one: one[:2])]

    def _age(self, command: Command) -> int:
        return self._used.index(command.english) if command.english in self._used else REMEMBERED
