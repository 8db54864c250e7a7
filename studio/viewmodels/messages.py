"""The one channel for everything the studio says in passing: errors, undo, notices.

Texts are English with `{params}`; the message bar translates them, so they follow a change of language.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.errors import StudioError
from studio.core.messages import Note
from studio.core.records import Problem

SHOWN_MS = 6000
MOST_UNDOS = 100
_numbers = itertools.count(1)


class Kind(IntEnum):
    """In the order in which they claim the bar's two lines."""

    ERROR = 0
    UNDO = 1
    OFFER = 2
    NOTICE = 3


@dataclass(frozen=True)
class Message:
    """One line of the bar.

    Attributes:
        text, params: English; empty where `problem` or `note` says it.
        others: problems of the same moment, which are counted.
        action_label, action: the button at its end; English.
        declined: called when the person closes the message instead.
        warning: it took the caution icon.
        icon: where the one of its kind would say something else.
        about: id of what an undo would bring back, which may be erased before that; empty for none.
    """

    kind: Kind
    text: str = ""
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    problem: Problem | None = None
    others: Sequence[Problem] = ()
    note: Note | None = None
    action_label: str = ""
    action: Callable[[], object] | None = None
    declined: Callable[[], object] | None = None
    warning: bool = False
    icon: str = ""
    about: str = ""
    number: int = field(default_factory=lambda: next(_numbers))


class MessageCentre(QObject):
    """Keeps at most one message of each kind and shows at most two of them.

    Errors and offers stay until they are closed; others leave after six seconds, in which the pointer over
    the bar does not count. Nothing but another undo takes an undo away, or the end of what it would bring
    back; once that is pressed or gone, the one before is there again. Errors of one turn of the event loop
    are one message: the first, how many more, and all of them as its details.

    Signals:
        changed: `lines` are other ones now.
        details_wanted (Problem): the person asked what lies behind an error.
        all_wanted (list of Problem): and which ones a message counts.
    """

    changed = Signal()
    details_wanted = Signal(object)
    all_wanted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown: dict[Kind, Message] = {}
        self._timers = {kind: self._timer_of(kind) for kind in (Kind.UNDO, Kind.NOTICE)}
        self._left: dict[Kind, int] = {}
        self._together: list[Problem] = []  # of this turn
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._together.clear)
        self._before: list[Message] = []  # undos, as long as the last of them is shown

    @property
    def lines(self) -> list[Message]:
        """What the bar shows, an error first."""
        return [self._shown[kind] for kind in sorted(self._shown)][:2]

    @property
    def can_undo(self) -> bool:
        return Kind.UNDO in self._shown

    def notify(
        self,
        text: str,
        *,
        action_label: str = "",
        action: Callable[[], object] | None = None,
        warning: bool = False,
        **params: object,
    ) -> None:
        """Say something that needs no answer; `text` is English with `{params}`."""
        self._show(
            Message(Kind.NOTICE, text, params, action_label=action_label, action=action, warning=warning)
        )

    def undoable(
        self, text: str, undo: Callable[[], object], *, icon: str = "", about: str = "", **params: object
    ) -> None:
        """Say what was done and offer to take it back, until `withdraw_undos` where it is about something."""
        self._show(Message(Kind.UNDO, text, params, action_label="Undo", action=undo, icon=icon, about=about))

    def offer(
        self,
        text: str,
        label: str,
        action: Callable[[], object],
        declined: Callable[[], object],
        *,
        icon: str = "",
        **params: object,
    ) -> None:
        """Say something that stays until the person has decided."""
        self._show(
            Message(Kind.OFFER, text, params, action_label=label, action=action, declined=declined, icon=icon)
        )

    def problem(self, problem: Problem | StudioError) -> None:
        """Say what went wrong, what to do, and keep it until it is closed."""
        if isinstance(problem, StudioError):
            problem = Problem(code=problem.code, params=problem.params)
        if problem not in self._together:
            self._together.append(problem)
        self._turn.start()
        self._show_problems(list(self._together))

    def warn(self, problem: Problem) -> None:
        """Say in passing what went otherwise than asked, and on all the same."""
        self._show(Message(Kind.NOTICE, problem=problem, warning=True))

    def note(self, note: Note) -> None:
        """Say what a worker changed on the way."""
        self._show(Message(Kind.NOTICE, note=note, warning=True))

    def undo(self) -> None:
        """Take back what the last undoable message told of."""
        if message := self._shown.get(Kind.UNDO):
            self.act(message)

    def act(self, message: Message) -> None:
        """Press the message's button; it leaves, unless it is an error."""
        if message.kind is not Kind.ERROR and self._shown.get(message.kind) is message:
            self._drop_for_another(message.kind)
        if message.action is not None:
            message.action()

    def dismiss(self, message: Message) -> None:
        """Close the message as the person does."""
        if self._shown.get(message.kind) is message:
            self._drop(message.kind)
            if message.declined is not None:
                message.declined()

    def withdraw(self, code: str) -> None:
        """The problem of this code is over."""
        message = self._shown.get(Kind.ERROR)
        shown = [message.problem, *message.others] if message and message.problem else []
        left = [problem for problem in shown if problem.code != code]
        if left and left != shown:
            self._show_problems(left)
        elif shown and not left:
            self._drop(Kind.ERROR)

    def withdraw_undos(self, about: str) -> None:
        """What they would bring back is gone for good."""
        self._before = [message for message in self._before if message.about != about]
        message = self._shown.get(Kind.UNDO)
        if message is not None and message.about == about:
            self._drop_for_another(Kind.UNDO)

    def withdraw_offer(self) -> None:
        """Nothing is left to decide."""
        if Kind.OFFER in self._shown:
            self._drop(Kind.OFFER)

    def hold(self, on: bool) -> None:
        """The clock stands still while the pointer or the focus is on the bar."""
        for kind, timer in self._timers.items():
            if on and timer.isActive():
                self._left[kind] = timer.remainingTime()
                timer.stop()
            elif not on and kind in self._left:
                timer.start(self._left.pop(kind))

    def _show_problems(self, problems: list[Problem]) -> None:
        first, *others = problems
        details: Callable[[], object] | None = None
        if others:
            details = partial(self.all_wanted.emit, problems)
        elif first.traceback:
            details = partial(self.details_wanted.emit, first)
        label = "Details" if details else ""
        self._show(Message(Kind.ERROR, problem=first, others=others, action_label=label, action=details))

    def _show(self, message: Message) -> None:
        if message.kind is Kind.UNDO and (before := self._shown.get(Kind.UNDO)):
            self._before = [*self._before, before][-MOST_UNDOS:]
        self._shown[message.kind] = message
        if timer := self._timers.get(message.kind):
            self._left.pop(message.kind, None)
            timer.start(SHOWN_MS)
        self.changed.emit()

    def _drop(self, kind: Kind) -> None:
        self._shown.pop(kind, None)
        if kind is Kind.UNDO:
            self._before = []
        if timer := self._timers.get(kind):
            timer.stop()
            self._left.pop(kind, None)
        self.changed.emit()

    def _drop_for_another(self, kind: Kind) -> None:
        """The same; the undo before it is there again."""
        before = self._before if kind is Kind.UNDO else []
        self._drop(kind)
        if before:
            self._show(before[-1])
            self._before = before[:-1]

    def _timer_of(self, kind: Kind) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(lambda: self._drop(kind))
        return timer
