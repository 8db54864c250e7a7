"""The session: everything that the window and the command line can ask for and are told."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.catalog.budget import default_budget
from studio.core.errors import DatabaseDamaged, NotFound, StudioError, UnexpectedError
from studio.core.jobs import LANES, GenerateImages, Lane, Reply, Sampling, checked
from studio.core.lane import LaneStatus
from studio.core.messages import Device
from studio.core.model import Ability, ModelSpec
from studio.core.paths import Paths
from studio.core.records import Asset, AssetQuery, Branch, Conversation, JobRecord, Problem
from studio.engine.boot import WorkerCommand, worker_command
from studio.engine.engine import Engine
from studio.media.thumbnails import thumbnail
from studio.session.chats import ChatFlow
from studio.session.jobs import JobFlow
from studio.session.models import ModelShelf
from studio.session.reads import Reads
from studio.session.relay import Relay
from studio.session.report import crash_report
from studio.store.instances import Instance
from studio.store.layout import make_folder
from studio.store.library import Library, Recovered
from studio.store.settings_file import load_settings, save_settings
from studio.store.writer import Writer

DEFAULT_SAMPLING = Sampling()
REMEMBERED_PROBLEMS = 20


class Session(QObject):
    """One process at work in one home. Made closed; `open` returns at once and `ready` follows.

    Attributes:
        paths: home and library.
        settings: as they stand now.

    Signals, each emitted after what it tells is on disk:
        ready: the store is open and what an earlier crash left is recovered.
        open_failed (StudioError): the store cannot be opened; only `close` may follow.
        job_added, job_changed (JobRecord); phase_changed (Phase); preview_arrived (Preview).
        asset_added (Asset, job id or ""); asset_changed (Asset); assets_removed (tuple of ids).
        conversation_changed (Conversation); message_added, message_changed (Message).
        tokens_added (TokensAdded); lane_changed (LaneStatus); settings_changed (Settings).
        models_changed (tuple of ModelSpec); problem_raised (Problem).
        jobs_interrupted (tuple of JobRecord): after `ready`, what earlier processes left undone and nobody
            has decided about.
    """

    ready = Signal()
    open_failed = Signal(object)
    job_added = Signal(object)
    job_changed = Signal(object)
    phase_changed = Signal(object)
    preview_arrived = Signal(object)
    asset_added = Signal(object, str)
    asset_changed = Signal(object)
    assets_removed = Signal(object)
    conversation_changed = Signal(object)
    message_added = Signal(object)
    message_changed = Signal(object)
    tokens_added = Signal(object)
    lane_changed = Signal(object)
    settings_changed = Signal(object)
    models_changed = Signal(object)
    problem_raised = Signal(object)
    jobs_interrupted = Signal(object)

    def __init__(
        self, paths: Paths, worker: WorkerCommand = worker_command, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.paths = paths
        self.settings = load_settings(paths.settings)
        self._closed = False
        self._problems: list[Problem] = []
        self._devices: tuple[Device, ...] = ()
        self._reads: Reads | None = None
        self._relay = Relay(self)
        self._instance = Instance(paths)
        self._writer = Writer(paths)
        self._engine = Engine(worker, paths.logs, self._budget(), self._idle_release(), parent=self)
        # Made by the store's thread; a worker adds a folder for each job.
        self._staging = paths.staging / self._instance.id
        self._flow = JobFlow(self._writer, self._engine, self._relay, self._staging, self._instance.id, self)
        self._chats = ChatFlow(self._flow, self)
        self._shelf = ModelShelf(self._relay, self)
        self._forward_signals()

    def open(self) -> None:
        """Opens the store, recovers and looks for models, all in other threads."""
        self._relay.then(self._writer.submit(self._recover), self._on_opened, self._on_open_failed)
        self._shelf.scan(self.settings.model_folders)

    def close(self) -> None:
        """Stops workers and threads, once; nothing is told any more.

        What has not come to an end is left to the next start, as if this process had died: pictures are
        adopted then, jobs offered again.
        """
        if self._closed:
            return
        self._closed = True
        self._relay.close()
        self._engine.close()
        self._shelf.close()
        if self._reads:
            self._reads.close()
        tidied = self._writer.submit(self._tidy)
        self._writer.close()
        self._instance.close(remember=tidied.exception() is not None or tidied.result())

    @property
    def is_open(self) -> bool:
        """`ready` was emitted: everything can be read."""
        return self._reads is not None

    # Pictures.

    def generate(self, job: GenerateImages) -> None:
        """Queues the job. Raises BadRequest."""
        self._flow.submit(checked(job))

    def assets_page(self, query: AssetQuery) -> list[Asset]:
        return self._reads.assets.page(query) if self._reads else []

    def asset(self, asset_id: str) -> Asset:
        """Raises NotFound."""
        found = self._reads.assets.get(asset_id) if self._reads else None
        if found is None:
            raise NotFound(name=asset_id)
        return found

    def search(self, query: AssetQuery) -> Future[list[Asset]]:
        """The page of a typed search, from the search thread."""
        return self._require_reads().search(query)

    def count_assets(self, query: AssetQuery) -> Future[int]:
        return self._require_reads().count(query)

    def absolute(self, asset: Asset) -> Path:
        return self.paths.library / asset.path

    def picture_bytes(self, asset: Asset, pixels: int) -> bytes:
        """An encoded thumbnail whose longer side is `pixels`; 0: the file itself. For any thread.

        Raises PictureUnreadable.
        """
        path = self.absolute(asset)
        return thumbnail(path, self.paths.thumbnails, asset.id, pixels) if pixels else path.read_bytes()

    def save_copy(self, asset: Asset, target: Path) -> Future[Path]:
        """Writes the picture elsewhere, recipe inside, in the format of the target's name.

        Ends in PictureUnreadable, DiskFull or FileUnwritable.
        """
        return self._require_reads().export(self.absolute(asset), target)

    def star(self, ids: Sequence[str], on: bool) -> None:
        self._change_assets(lambda library: library.star(ids, on))

    def trash(self, ids: Sequence[str]) -> None:
        self._change_assets(lambda library: library.trash(ids))

    def restore(self, ids: Sequence[str]) -> None:
        self._change_assets(lambda library: library.restore(ids))

    def erase(self, ids: Sequence[str]) -> None:
        """Removes files from the disk for good; only what lies in the trash."""
        gone = tuple(ids)
        self._flow.write(lambda library: library.erase(gone), lambda _: self.assets_removed.emit(gone))

    # Jobs.

    def jobs(self, limit: int = 100) -> list[JobRecord]:
        """Every job that ever was, newest first."""
        return self._reads.jobs.history(limit) if self._reads else []

    def job(self, job_id: str) -> JobRecord:
        """Raises NotFound."""
        record = self._reads.jobs.get(job_id) if self._reads else None
        if record is None:
            raise NotFound(name=job_id)
        return record

    def stop(self, job_id: str) -> None:
        self._flow.stop(job_id)

    def stop_all(self) -> None:
        self._flow.stop_all()

    def resume(self, ids: Sequence[str]) -> None:
        """Jobs that ended too early wait again: for the pictures that are missing, or for another answer
        beside the one that was begun. Raises NotFound."""
        jobs = [self.job(job_id).job for job_id in ids]
        self._flow.requeue([job.id for job in jobs if isinstance(job, GenerateImages)])
        for job in jobs:
            if isinstance(job, Reply):
                self.regenerate(job.message, job.model, job.sampling)

    def decline(self, ids: Sequence[str]) -> None:
        """Interrupted jobs count as stopped and are not offered any more."""
        self._flow.decline(ids)

    def reorder(self, job_id: str, before: str | None) -> None:
        self._flow.reorder(job_id, before)

    def pause(self, lane: Lane, on: bool) -> None:
        self._engine.pause(lane, on)

    def lane_status(self, lane: Lane) -> LaneStatus:
        return self._engine.status(lane)

    # Conversations.

    def conversations(self) -> list[Conversation]:
        """Those not in the trash, the last changed first."""
        return self._reads.chats.recent() if self._reads else []

    def search_conversations(self, text: str) -> Future[list[Conversation]]:
        """Those with the words in a message or in their title, from the search thread."""
        return self._require_reads().search_conversations(text)

    def branch(self, conversation_id: str, leaf: str | None = None, last: int | None = None) -> Branch:
        """The shown branch, or the one that ends in `leaf`; at most the `last` messages. Raises NotFound."""
        return self._require_reads().chats.branch(conversation_id, leaf, last)

    def check_message(self, text: str, model: ModelSpec, sampling: Sampling = DEFAULT_SAMPLING) -> None:
        """Raises the BadRequest that `send` would raise, before a conversation is made for the message."""
        self._chats.check(text, model, sampling)

    def new_conversation(self, system: str = "") -> Conversation:
        return self._chats.begin(system)

    def send(
        self, conversation_id: str, text: str, model: ModelSpec, sampling: Sampling = DEFAULT_SAMPLING
    ) -> str:
        """Says something at the end of the shown branch; the id of the answering job. Raises BadRequest."""
        return self._chats.send(conversation_id, text, model, sampling)

    def regenerate(self, message_id: str, model: ModelSpec, sampling: Sampling = DEFAULT_SAMPLING) -> str:
        """Another answer beside this one; the id of its job."""
        return self._chats.regenerate(message_id, model, sampling)

    def edit(
        self, message_id: str, text: str, model: ModelSpec, sampling: Sampling = DEFAULT_SAMPLING
    ) -> str:
        """Another wording beside the person's message, answered; the id of the job. Raises BadRequest."""
        return self._chats.edit(message_id, text, model, sampling)

    def show_branch(self, conversation_id: str, leaf: str) -> None:
        """Shows the branch through this message, down to its newest leaf."""
        self._change_conversation(lambda library: library.chats.show(conversation_id, leaf))

    def rename(self, conversation_id: str, title: str) -> None:
        self._change_conversation(lambda library: library.chats.rename(conversation_id, title))

    def set_system(self, conversation_id: str, text: str) -> None:
        self._change_conversation(lambda library: library.chats.set_system(conversation_id, text))

    def trash_conversation(self, conversation_id: str) -> None:
        self._change_conversation(lambda library: library.chats.set_trashed(conversation_id, True))

    def restore_conversation(self, conversation_id: str) -> None:
        self._change_conversation(lambda library: library.chats.set_trashed(conversation_id, False))

    # Models and settings.

    def models(self, ability: Ability | None = None) -> list[ModelSpec]:
        return self._shelf.able(ability)

    def find_model(self, name: str | None, ability: Ability) -> ModelSpec:
        """By id or path, else the one chosen in the settings, else the first; scans if nothing is known yet.

        Raises NotFound, ModelMissing, NoModelInstalled, or what is wrong with the files.
        """
        settings = self.settings
        preferred = settings.image_model if ability is Ability.GENERATE else settings.language_model
        self._shelf.ensure_scanned(settings.model_folders)
        return self._shelf.find(name, ability, preferred)

    def rescan_models(self) -> None:
        self._shelf.scan(self.settings.model_folders)

    def change_settings(self, **fields: Any) -> None:
        """Changes fields of `Settings`; another library is used from the next start on."""
        before, self.settings = self.settings, msgspec.structs.replace(self.settings, **fields)
        if self.settings == before:
            return
        settings = self.settings
        # Another library is chosen in the settings: they are saved where this one cannot be opened, too.
        saved = self._writer.run(lambda: save_settings(self.paths.settings, settings))
        self._relay.then(saved, lambda _: None, self._flow.report)
        self._engine.set_memory_budget(self._budget())
        self._engine.set_idle_release(self._idle_release())
        if settings.model_folders != before.model_folders:
            self.rescan_models()
        self.settings_changed.emit(settings)

    def crash_report(self) -> str:
        """What a person can send to a helper: versions, recent problems, the workers' last words."""
        lanes = [self._engine.status(lane) for lane in LANES]
        return crash_report(self._problems, lanes, self.paths.logs)

    def raise_problem(self, problem: Problem) -> None:
        """Tells the person, and remembers it for the report."""
        self._problems = [*self._problems, problem][-REMEMBERED_PROBLEMS:]
        self.problem_raised.emit(problem)

    # Inside.

    def _forward_signals(self) -> None:
        for source, target in (
            (self._flow.job_added, self.job_added),
            (self._flow.job_changed, self.job_changed),
            (self._flow.asset_added, self.asset_added),
            (self._flow.message_changed, self.message_changed),
            (self._flow.tokens_added, self.tokens_added),
            (self._chats.conversation_changed, self.conversation_changed),
            (self._chats.message_added, self.message_added),
            (self._engine.phase_changed, self.phase_changed),
            (self._engine.preview_arrived, self.preview_arrived),
            (self._engine.lane_changed, self.lane_changed),
            (self._shelf.changed, self.models_changed),
        ):
            source.connect(target)
        self.lane_changed.connect(self._on_lane_changed)
        self._flow.problem_raised.connect(self._on_problem)
        self.job_changed.connect(self._remember_failure)

    def _budget(self) -> int:
        return self.settings.memory_budget or default_budget(self._devices)

    def _idle_release(self) -> float:
        return self.settings.idle_release_minutes * 60.0

    def _require_reads(self) -> Reads:
        if self._reads is None:
            raise RuntimeError("the session is not open")
        return self._reads

    def _change_assets(self, change: Callable[[Library], list[Asset]]) -> None:
        def tell(changed: list[Asset]) -> None:
            for asset in changed:
                self.asset_changed.emit(asset)

        self._flow.write(change, tell)

    def _change_conversation(self, change: Callable[[Library], Conversation]) -> None:
        self._flow.write(change, self.conversation_changed.emit)

    def _recover(self, library: Library) -> tuple[Recovered, Path | None]:
        """In the store's thread: what dead instances left becomes this one's, and is whole again."""
        make_folder(self._staging)
        dead = self._instance.claim_dead()
        recovered = library.recover(dead)
        self._instance.forget(dead)
        return recovered, library.put_aside

    def _tidy(self, library: Library) -> bool:
        """In the store's thread, last of all: whether jobs are left, also such as this thread never heard of.

        Fails where finished pictures could not be adopted.
        """
        library.mirror_dirty()
        self._staging.rmdir()
        jobs, ours = library.jobs, self._instance.id
        return any([jobs.running(ours), *(jobs.pending(lane, ours) for lane in LANES)])

    def _on_opened(self, opened: tuple[Recovered, Path | None]) -> None:
        recovered, put_aside = opened
        self._reads = Reads(self.paths)
        self.ready.emit()
        if put_aside:
            self._on_problem(Problem(code=DatabaseDamaged.code, params={"path": str(put_aside)}))
        if recovered.jobs:
            self.jobs_interrupted.emit(recovered.jobs)

    def _on_lane_changed(self, status: LaneStatus) -> None:
        if status.devices and status.devices != self._devices:  # known once a worker has imported torch
            self._devices = status.devices
            self._engine.set_memory_budget(self._budget())

    def _on_open_failed(self, error: Exception) -> None:
        known = error if isinstance(error, StudioError) else UnexpectedError(detail=str(error))
        self.open_failed.emit(known)

    def _on_problem(self, problem: Problem) -> None:
        if problem.code == DatabaseDamaged.code and self._reads:  # the store has started a new file
            self._reads.close()
            self._reads = Reads(self.paths)
        self.raise_problem(problem)

    def _remember_failure(self, record: JobRecord) -> None:
        """Jobs tell of their problem on their own tile or message; the report has it as well."""
        if record.problem:
            self._problems = [*self._problems, record.problem][-REMEMBERED_PROBLEMS:]
