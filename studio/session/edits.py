"""Editing: documents, jobs that change their pictures, and what comes of both.

What works on pixels is imported by the threads that do, when the first document is opened: numpy and OpenCV
take longer than the window may stand still.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from PySide6.QtCore import QObject, Signal

from studio.core.edit_news import Proposal, Remark
from studio.core.edits import Edit, Operation, Point
from studio.core.errors import NotFound
from studio.core.inputs import InputPicture, UsedInput
from studio.core.jobs import GenerateImages
from studio.core.layered_files import Lost
from studio.core.layers import DocumentCard
from studio.core.lineage import Lineage
from studio.core.model import Ability, ModelSpec
from studio.core.paths import Paths
from studio.core.recipe import Recipe
from studio.core.records import Asset, JobRecord
from studio.session.edit_documents import EditDocuments, Source
from studio.session.edit_jobs import EditJob, completed_edit, models_for
from studio.session.edit_objects import ObjectFinder
from studio.session.edit_runs import EditRuns
from studio.session.edit_surroundings import EditLibrary, EditWork
from studio.session.edit_taking import TakingIn
from studio.session.edit_tasks import EditTasks
from studio.session.reads import found, then
from studio.session.relay import Relay

if TYPE_CHECKING:
    from studio.media.selection import Mode
    from studio.session.edit_document import EditDocument
    from studio.session.edit_views import View


class EditDesk(QObject):
    """The session's side for editing; for the window's thread, which never waits for it.

    Signals:
        opened (EditDocument): it is kept on the disk as it is changed, until its `close`.
        previewed (FirstView): what is being opened, in small.
        let_go (id of a document): it was closed, and is saved.
        removed (id of a document).
        unsaved (StudioError): a document cannot be saved at present; nothing of it is lost in memory.
        damaged (StudioError): what of the document that was opened could not be read; told once.
        remarked (Remark): what was otherwise in the file that was opened, or is in the one that was written.
        refused (StudioError): what was asked for cannot be done.
        proposed (Proposal): a picture that was made for a document is in the library.
        applied (TakenIn): a picture became part of a document.
        object_found (FoundObject): what is at the places that were clicked.
        kept (Asset): what a document shows is a picture of the library.
        added (Asset): a picture that no job made is new in the library.
        busy_changed (bool): whether something is being opened, taken in or written.
    """

    opened = Signal(object)
    previewed = Signal(object)
    let_go = Signal(str)
    unsaved = Signal(object)
    damaged = Signal(object)
    removed = Signal(str)
    remarked = Signal(object)
    refused = Signal(object)
    proposed = Signal(object)
    applied = Signal(object)
    object_found = Signal(object)
    kept = Signal(object)
    added = Signal(object)
    busy_changed = Signal(bool)

    def __init__(
        self, paths: Paths, library: EditLibrary, work: EditWork, relay: Relay, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._paths, self._library, self._work, self._relay = paths, library, work, relay
        self._tasks = tasks = EditTasks(relay, self)
        self._documents = EditDocuments(paths, tasks, relay, self)
        self._runs = EditRuns(work.inputs, library.asset, relay)
        self._objects = ObjectFinder(self._runs, work, relay, tasks.executor, self)
        self._taking = TakingIn(paths, tasks, self.applied.emit)
        self._objects.found.connect(self.object_found)
        self._objects.failed.connect(tasks.refuse)
        for source, target in (
            (tasks.refused, self.refused),
            (tasks.busy_changed, self.busy_changed),
            (self._documents.opened, self.opened),
            (self._documents.previewed, self.previewed),
            (self._documents.remarked, self.remarked),
            (self._documents.let_go, self.let_go),
            (self._documents.removed, self.removed),
            (self._documents.unsaved, self.unsaved),
            (self._documents.damaged, self.damaged),
        ):
            source.connect(target)
        self.let_go.connect(self._runs.forget)
        work.flow.asset_added.connect(self._propose)

    def close(self) -> None:
        """Waits until documents are saved; what cannot be is lost."""
        self._tasks.close()
        self._taking.close()
        self._documents.close()
        self._library.keeper.close()

    # Documents.

    def open(self, source: Source, name: str = "") -> None:
        """A new document of a picture: of the library, a file, an encoded one, or what encodes one in another
        thread; or of a file of layers. `opened` follows, or `refused`; before, it may be `previewed`."""
        self._documents.open(source, name)

    def reopen(self, document_id: str) -> None:
        """A document as it was left, with all its steps; one that is open, or cannot be saved, as it is.
        `opened` follows, or `refused`."""
        self._documents.reopen(document_id)

    def recent(self, limit: int | None = None) -> Future[list[DocumentCard]]:
        """Documents in which something was done, or that alone have their picture, the last changed first;
        before them those that are still being saved."""
        return self._documents.recent(limit)

    def remove(self, document_id: str) -> None:
        """Deletes a document with its steps, for good; pictures that came of it stay. `removed` follows, or
        `refused`: one that is open in another process is not."""
        self._documents.remove(document_id)

    @property
    def not_saved(self) -> list[str]:
        """The names of documents that cannot be saved at present, and would be lost with the program."""
        return self._documents.not_saved

    # Models.

    def models_for(self, operation: Operation) -> list[ModelSpec]:
        """The installed models that can do it, and last what needs none, where that can."""
        return models_for(operation, self._work.models.installed())

    @property
    def has_selector(self) -> bool:
        """Whether a model is here that finds an object at a place."""
        return bool(self._work.models.installed(Ability.SELECT))

    # Jobs.

    def run(self, document: "EditDocument", job: EditJob) -> str:
        """Queues a job without pictures for what the document shows now, and what is chosen in it; the id of
        the job. What it makes is proposed.

        Raises BadRequest, ModelUnable; what is found out later is refused.
        """

        def queue(picture: InputPicture, mask: InputPicture | None) -> None:
            self.submit(job, picture, mask, document.id)

        view = _view(document)
        self._runs.check(view, job)
        self._runs.take(view, job, queue, self._tasks.refuse)
        return job.id

    def select_object(
        self, document: "EditDocument", points: tuple[Point, ...], mode: "Mode" = "replace"
    ) -> str:
        """Looks for the object at some places of what the document shows, which is to join what is chosen in
        that way; the id of the job.

        Raises NoModelInstalled, BadRequest.
        """
        return self._objects.ask(_view(document), points, mode, self._work.models.installed(Ability.SELECT))

    def submit(
        self,
        job: EditJob,
        picture: InputPicture,
        mask: InputPicture | None = None,
        document: str = "",
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """Queues a job for a picture that was taken in; where it fails later it is refused, or what `failed`
        makes of it.

        Raises BadRequest, ModelUnable.
        """
        whole = completed_edit(job, picture, mask, document)
        failed = failed or self._tasks.refuse
        if isinstance(whole, GenerateImages):
            self._work.generate(whole, failed)
        else:
            self._work.flow.submit(whole, failed)

    # What comes of them.

    def proposals_of(self, document: "EditDocument") -> Future[list[Proposal]]:
        """What was made for a document and is not in the trash, the oldest first; also what is part of it."""
        reads, document_id = self._library.reads(), document.id
        if reads is None:
            return found([])
        return reads.ask(lambda assets: [_proposal(one) for one in assets.proposed_to(document_id)])

    def jobs_of(self, document: "EditDocument") -> Future[list[JobRecord]]:
        """The jobs for a document that have yet to be done, and those that were interrupted."""
        reads, document_id = self._library.reads(), document.id
        if reads is None:
            return found([])
        return then(reads.unended("image"), lambda jobs: [one for one in jobs if _is_for(one, document_id)])

    def apply(self, document: "EditDocument", asset: Asset) -> None:
        """Makes a picture part of a document, in one step: over its place as a layer, or as a canvas of
        another size, or as a whole with the layers below hidden; also of one that is closed meanwhile.
        `applied` follows, or `refused`."""
        self._taking.take(document, asset, alone=False)

    def return_to(self, document: "EditDocument", asset: Asset) -> None:
        """Lets a document show that picture alone, in one step, such as one that it came from."""
        self._taking.take(document, asset, alone=True)

    def discard(self, asset_ids: Sequence[str]) -> None:
        """Into the trash, from where they can be restored."""
        self._library.trash(asset_ids)

    def lineage(self, asset_id: str) -> Future[Lineage]:
        """What a picture was made of, and what was made of it. Ends in NotFound."""
        reads = self._library.reads()
        return reads.lineage(asset_id) if reads else found(Lineage(()))

    # Pictures.

    def keep(self, document: "EditDocument") -> None:
        """What the document shows becomes a picture of the library; `kept` follows, or `refused`."""
        view, parent = _view(document), self._parent(document)
        edit = view.edit(document.done)
        path = self._paths.library / parent.path if parent and view.state.whole else None

        def write(there: bool) -> None:
            if there and parent and not parent.trashed:  # it is a picture already
                self.kept.emit(parent)
                return
            self._tasks.tell(self.add(view.picture, edit, _shown(view, parent)), self.kept.emit)

        self._tasks.tell(self._tasks.submit(lambda: path is not None and path.is_file()), write)

    def add(
        self,
        make: Callable[[], Image.Image],
        edit: Edit,
        shows: str = "",
        inputs: Sequence[UsedInput] = (),
    ) -> Future[Asset]:
        """Adds a picture to the library that no job made; `added` follows. See `Keeper.keep`."""
        keeping = self._library.keeper.keep(make, edit, shows, tuple(inputs))
        self._relay.then(keeping, self.added.emit, lambda _: None)
        return keeping

    def export(self, document: "EditDocument", target: Path) -> Future[Path]:
        """Writes what the document shows, with its recipe, or its layers, in the format of the target's name;
        what such a file cannot carry is remarked.

        Ends in FormatUnknown, SidesTooLong, DiskFull or FileUnwritable.
        """
        view, parent = _view(document), self._parent(document)
        if parent and view.state.whole:
            recipe = parent.recipe
        else:
            recipe = Recipe(
                created=time.time(),
                prompt=_shown(view, parent),
                width=view.state.width,
                height=view.state.height,
                edit=view.edit(document.done),
            )
        writing = self._tasks.submit(partial(view.export, target, recipe))

        def remark(lost: frozenset[Lost]) -> None:
            if lost:
                self.remarked.emit(Remark(document=document.id, lost=lost, target=str(target)))

        self._tasks.tell(writing, remark, lambda _: None)  # the answer tells of it
        return then(writing, lambda _: target)

    # Inside.

    def _parent(self, document: "EditDocument") -> Asset | None:
        """The picture of the library that its canvas stands on."""
        with suppress(NotFound):
            return self._library.asset(document.state.asset) if document.state.asset else None
        return None

    def _propose(self, asset: Asset, _job_id: str) -> None:
        if asset.recipe.edit and asset.recipe.edit.document:
            self.proposed.emit(_proposal(asset))


def _shown(view: "View", parent: Asset | None) -> str:
    """What is to be seen on it, in words."""
    return parent.recipe.prompt if parent else view.state.name


def _proposal(asset: Asset) -> Proposal:
    document = asset.recipe.edit.document if asset.recipe.edit else ""
    return Proposal(document, asset.recipe.job, asset, asset.recipe.index)


def _is_for(record: JobRecord, document_id: str) -> bool:
    job = record.job
    return isinstance(job, EditJob) and job.edit is not None and job.edit.document == document_id


def _view(document: "EditDocument") -> "View":
    from studio.session.edit_views import View

    return View(document)
