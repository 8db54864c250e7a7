"""The pictures that jobs of an edit document begin with: what it shows, and what is chosen in it."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING

from studio.core.errors import NotFound
from studio.core.inputs import InputPicture, Role
from studio.core.records import Asset
from studio.session.edit_jobs import EditJob, completed_edit, edit_of, takes_mask
from studio.session.inputs import InputDesk
from studio.session.relay import Relay

if TYPE_CHECKING:
    from studio.session.edit_views import View

Failed = Callable[[Exception], object]


class EditRuns:
    """For the window's thread; pictures are put together and written in that of the inputs."""

    def __init__(self, inputs: InputDesk, asset: Callable[[str], Asset], relay: Relay) -> None:
        """`asset` finds a picture of the library by its id, or raises NotFound."""
        self._inputs, self._asset, self._relay = inputs, asset, relay
        self._last: tuple[View, Future[InputPicture]] | None = None

    def check(self, view: "View", job: EditJob) -> None:
        """Raises BadRequest, ModelUnable for what could not run, before anything is written."""
        state = view.state
        picture = InputPicture(
            role=Role.CHANGE, path="", name=state.name, width=state.width, height=state.height
        )
        mask = InputPicture(role=Role.MASK, path="") if view.has_chosen else None
        completed_edit(job, picture, mask)

    def take(
        self,
        view: "View",
        job: EditJob,
        then: Callable[[InputPicture, InputPicture | None], object],
        failed: Failed,
    ) -> None:
        """Calls back with the picture, and the mask where the job looks at one and something is chosen."""
        picture = self.picture(view)
        if not view.has_chosen or not takes_mask(edit_of(job).operation):
            self._relay.then(picture, lambda one: then(one, None), failed)
            return
        mask = self._inputs.keep(view.chosen, Role.MASK, view.state.name)
        self._relay.then(
            picture, lambda one: self._relay.then(mask, lambda other: then(one, other), failed), failed
        )

    def picture(self, view: "View") -> Future[InputPicture]:
        """What it shows: the picture of the library itself where nothing else is to be seen. What was taken
        last is not written once more."""
        if self._last is None or not view.is_of(self._last[0]) or _failed(self._last[1]):
            self._last = view, self._new_picture(view)
        return self._last[1]

    def forget(self, document_id: str) -> None:
        """The document is let go."""
        if self._last is not None and self._last[0].state.id == document_id:
            self._last = None

    def _new_picture(self, view: "View") -> Future[InputPicture]:
        state, itself = view.state, None
        if state.whole and state.asset:
            with suppress(NotFound):  # erased meanwhile; the canvas still shows it
                itself = self._asset(state.asset)
        return self._inputs.keep(view.picture, Role.CHANGE, state.name, state.asset, itself)


def _failed(future: Future[InputPicture]) -> bool:
    return future.done() and (future.cancelled() or future.exception() is not None)
