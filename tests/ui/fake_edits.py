"""Editing in a fake session: real documents in memory, and jobs that a test plays."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from PySide6.QtCore import QObject, Signal

from studio.core.edit_news import Proposal, TakenIn
from studio.core.edits import PLAIN, Operation, Point, operations_of
from studio.core.errors import StudioError
from studio.core.inputs import InputPicture, Role
from studio.core.job_checks import checked
from studio.core.jobs import GenerateImages, JobState, ProcessImage
from studio.core.layers import DocumentCard
from studio.core.lineage import Lineage, LineageNode
from studio.core.model import Ability, ModelSpec
from studio.core.records import Asset, JobRecord
from studio.media.selection import Mode
from studio.session.edit_document import EditDocument
from studio.session.edit_opening import new_document
from studio.viewmodels.edit_take_groups import document_of
from tests.ui.drawings import postcard

if TYPE_CHECKING:
    from tests.ui.fake_session import FakeSession


class FakeEdits(QObject):
    """As `studio.session.edits.EditDesk`.

    Attributes:
        documents: by id, those that were opened.
        cards: documents of earlier.
        lineages: the tree of a picture, by its id.
        broken: why nothing can be opened, or run.
        not_saved: the names of documents that cannot be saved.
    """

    opened = Signal(object)
    previewed = Signal(object)
    let_go = Signal(str)
    unsaved = Signal(object)
    damaged = Signal(object)
    removed = Signal(str)
    remarked = Signal(object)
    refused = Signal(object)
    applied = Signal(object)
    proposed = Signal(object)
    object_found = Signal(object)
    busy_changed = Signal(bool)
    kept = Signal(object)

    def __init__(self, session: "FakeSession") -> None:
        super().__init__(session)
        self._session = session
        self.documents: dict[str, EditDocument] = {}
        self.cards: list[DocumentCard] = []
        self.lineages: dict[str, Lineage] = {}
        self.broken: StudioError | None = None
        self.not_saved: list[str] = []
        session.asset_added.connect(self._propose)

    def open(self, source: Asset | Path | bytes | Callable[[], bytes], name: str = "") -> None:
        self._session.calls.append(("open_document", source, name))
        if self.broken is not None:
            self.refused.emit(self.broken)
            return
        asset = source if isinstance(source, Asset) else None
        width, height, seed = (asset.width, asset.height, asset.recipe.seed or 0) if asset else (256, 256, 7)
        if isinstance(source, Path):
            name = source.stem
        pixels = np.asarray(postcard(seed, width, height).convert("RGBA"))
        shown = name or (asset.recipe.prompt if asset else "Picture")
        self._show(EditDocument(*new_document(pixels, shown, asset.id if asset else ""), self))

    def reopen(self, document_id: str) -> None:
        self._session.calls.append(("reopen", document_id))
        if (document := self.documents.get(document_id)) is not None:
            document.is_closed = False
            self.opened.emit(document)

    def remove(self, document_id: str) -> None:
        self._session.calls.append(("remove_document", document_id))
        self.cards = [one for one in self.cards if one.id != document_id]
        self.removed.emit(document_id)

    def recent(self, limit: int | None = None) -> Future[list[DocumentCard]]:
        return _done(self.cards[:limit])

    def run(self, document: EditDocument, job: GenerateImages | ProcessImage) -> str:
        if self.broken is not None:
            raise self.broken
        state = document.state
        picture = InputPicture(role=Role.CHANGE, path="/p.png", width=state.width, height=state.height)
        masked = not document.selection.bounds().is_empty
        inputs = (picture, InputPicture(role=Role.MASK, path="/m.png")) if masked else (picture,)
        assert job.edit is not None
        edit = msgspec.structs.replace(job.edit, document=state.id, parent=state.asset)
        whole = msgspec.structs.replace(job, inputs=inputs, edit=edit)
        match whole:
            case GenerateImages():
                self._queue(checked(whole))
            case ProcessImage():
                self._queue(checked(whole))
        return job.id

    def _queue(self, job: GenerateImages | ProcessImage) -> None:
        self._session.calls.append(("run", job))
        self._session.add_job(job)  # type: ignore[arg-type]

    def select_object(self, document: EditDocument, points: tuple[Point, ...], mode: Mode = "replace") -> str:
        self._session.calls.append(("select_object", points, mode))
        return "job"

    def proposals_of(self, document: EditDocument) -> Future[list[Proposal]]:
        found = map(_proposal, self._session.all_assets)
        return _done([one for one in found if one and one.document == document.id and not one.asset.trashed])

    def jobs_of(self, document: EditDocument) -> Future[list[JobRecord]]:
        wanted = (JobState.PENDING, JobState.RUNNING, JobState.INTERRUPTED)
        return _done(
            [
                one
                for one in self._session.all_jobs
                if one.state in wanted and document_of(one.job) == document.id
            ]
        )

    def _propose(self, asset: Asset, job_id: str) -> None:
        if proposal := _proposal(asset):
            self.proposed.emit(proposal)

    def apply(self, document: EditDocument, asset: Asset) -> None:
        self._session.calls.append(("apply", asset))
        state = document.state
        pixels = np.asarray(postcard(asset.recipe.seed or 0, state.width, state.height).convert("RGBA"))
        made, planes = new_document(pixels, "Filled", asset.id)
        layer = made.layers[0]
        changed = msgspec.structs.replace(
            state, layers=(*state.layers, layer), active=layer.id, asset=asset.id, whole=True
        )
        document.commit("Fill selection", changed, planes={layer.plane: planes[layer.plane]})
        self.applied.emit(TakenIn(document.id, asset, False))

    def return_to(self, document: EditDocument, asset: Asset) -> None:
        self.apply(document, asset)

    def discard(self, asset_ids: tuple[str, ...]) -> None:
        self._session.trash(tuple(asset_ids))

    def lineage(self, asset_id: str) -> Future[Lineage]:
        known = self.lineages.get(asset_id)
        if known is None:
            known = Lineage((LineageNode(self._session.asset(asset_id), ""),))
        return _done(known)

    def keep(self, document: EditDocument) -> None:
        self._session.calls.append(("keep", document))
        self.kept.emit(self._session.add_picture(document.state.name))

    def export(self, document: EditDocument, target: Path) -> Future[Path]:
        self._session.calls.append(("export", target))
        if self.broken is not None:
            future: Future[Path] = Future()
            future.set_exception(self.broken)
            return future
        return _done(target)

    def models_for(self, operation: Operation) -> list[ModelSpec]:
        found = [one for one in self._session.all_models if operation in operations_of(one)]
        plain = [PLAIN] if operation in (Operation.UPSCALE, Operation.CUT_OUT) else []
        return [*found, *plain]

    @property
    def has_selector(self) -> bool:
        return bool(self._session.installed(Ability.SELECT))

    def close(self) -> None:
        for document in self.documents.values():
            document.close()

    def _show(self, document: EditDocument) -> None:
        self.documents[document.id] = document
        self.opened.emit(document)


def _proposal(asset: Asset) -> Proposal | None:
    recipe = asset.recipe
    if not recipe.edit or not recipe.edit.document:
        return None
    return Proposal(recipe.edit.document, recipe.job, asset, recipe.index)


def _done(value: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(value)
    return future
