"""Pictures as they become part of edit documents: worked out in a thread, then made one step."""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

from studio.core.edit_news import TakenIn
from studio.core.hand_steps import TookIn
from studio.core.layers import SELECTION
from studio.core.paths import Paths
from studio.core.records import Asset
from studio.session.edit_tasks import EditTasks

if TYPE_CHECKING:
    from studio.session.edit_apply import Applied
    from studio.session.edit_document import EditDocument
    from studio.session.edit_views import View


class TakingIn:
    """For the window's thread. A picture lands in the document that it was asked of, which waits for it where
    it is closed meanwhile."""

    def __init__(self, paths: Paths, tasks: EditTasks, applied: Callable[[TakenIn], object]) -> None:
        self._paths, self._tasks, self._applied = paths, tasks, applied
        self._awaited: dict[Future[Applied], Callable[[Applied], bool]] = {}

    def take(self, document: "EditDocument", asset: Asset, alone: bool) -> None:
        """`alone`: nothing else is seen then. It is told once it is a step; what fails is refused."""
        from studio.session.edit_views import View

        view = View(document)
        document.hold()
        working = self._tasks.submit(partial(_worked_out, view, asset, self._paths, alone))
        self._awaited[working] = commit = partial(self._commit, document, view, asset)

        def told(made: "Applied") -> None:
            del self._awaited[working]
            try:
                if not commit(made):
                    self.take(document, asset, alone)
            finally:
                document.release()

        def failed(error: Exception) -> None:
            del self._awaited[working]
            document.release()
            self._tasks.refuse(error)

        self._tasks.tell(working, told, failed)

    def close(self) -> None:
        """What is worked out by now is not lost with the program; the others stay takes."""
        for working, commit in self._awaited.items():
            if working.done() and not working.cancelled() and working.exception() is None:
                commit(working.result())

    def _commit(self, document: "EditDocument", view: "View", asset: Asset, made: "Applied") -> bool:
        """One step; False where it was drawn on meanwhile."""
        from studio.session.edit_views import View

        if document.is_let_go:
            return True
        document.end_stroke()
        if not View(document).is_of(view, chosen=SELECTION in made.planes):
            return False
        document.commit(
            made.label, made.state, planes=made.planes, figures=TookIn(asset=asset.id, label=made.label)
        )
        self._applied(TakenIn(document.id, asset, made.older))
        return True


def _worked_out(view: "View", asset: Asset, paths: Paths, alone: bool) -> "Applied":
    from studio.session.edit_apply import step_of

    return step_of(view.state, view.planes, asset, paths, alone)
