"""Objects of a picture that are found by where they were clicked."""

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.edits import Point
from studio.core.errors import NoModelInstalled
from studio.core.ids import new_id
from studio.core.inputs import InputPicture, Role
from studio.core.job_checks import checked
from studio.core.jobs import SelectObject
from studio.core.messages import Cancelled, Failed, Result, Selected
from studio.core.model import ModelSpec
from studio.media.pictures import reading
from studio.session.edit_runs import EditRuns
from studio.session.edit_surroundings import EditWork
from studio.session.relay import Relay

if TYPE_CHECKING:
    from studio.media.planes import Pixels
    from studio.media.selection import Mode
    from studio.session.edit_views import View


class FoundObject(msgspec.Struct, frozen=True):
    """What is at the places that were clicked: (height, width), white there; `score` 0…1; `mode`: how it is
    to join what is chosen."""

    document: str
    mask: "Pixels"
    score: float
    mode: "Mode"


class ObjectFinder(QObject):
    """Asks a model, one job for each question; for the window's thread.

    Signals:
        found (FoundObject).
        failed (Exception): the question could not be asked, or its answer not be read. What goes wrong on
            the way is the job's to tell.
    """

    found = Signal(object)
    failed = Signal(object)

    def __init__(
        self, runs: EditRuns, work: EditWork, relay: Relay, threads: Executor, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._runs, self._flow, self._relay, self._threads = runs, work.flow, relay, threads
        self._asked: dict[str, tuple[str, Mode]] = {}  # by jobs that have not ended
        engine = work.engine
        engine.object_selected.connect(self._on_selected)
        for ended in (engine.job_finished, engine.job_failed, engine.job_cancelled):
            ended.connect(self._on_ended)

    def ask(
        self, view: "View", points: tuple[Point, ...], mode: "Mode", selectors: Sequence[ModelSpec]
    ) -> str:
        """Queues the question; the id of its job. Raises NoModelInstalled, BadRequest."""
        if not selectors:
            raise NoModelInstalled
        unseen = InputPicture(role=Role.CHANGE, path="")
        job = checked(SelectObject(id=new_id(), model=selectors[0], picture=unseen, points=points))
        self._asked[job.id] = view.state.id, mode

        def queue(picture: InputPicture) -> None:
            self._flow.submit(msgspec.structs.replace(job, picture=picture), fail)

        def fail(error: Exception) -> None:
            self._asked.pop(job.id, None)
            self.failed.emit(error)

        self._relay.then(self._runs.picture(view), queue, fail)
        return job.id

    def _on_ended(self, ended: Result | Failed | Cancelled) -> None:
        """An answer comes before, if there is one."""
        self._asked.pop(ended.job, None)

    def _on_selected(self, selected: Selected) -> None:
        asked = self._asked.pop(selected.job, None)
        if asked is None:  # it was stopped at that very moment
            return
        document, mode = asked

        def read() -> FoundObject:
            import numpy as np

            with reading(selected.png) as image:
                return FoundObject(document, np.asarray(image.convert("L")), selected.score, mode)

        self._relay.then(self._threads.submit(read), self.found.emit, self.failed.emit)
