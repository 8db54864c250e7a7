"""The session: everything that the window and the command line can ask for and are told."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.errors import (
    FolderLeftOut,
    NotFound,
    ServerNotListed,
    SettingsDamaged,
)
from studio.core.inputs import UsedInput
from studio.core.job_checks import checked
from studio.core.jobs import LANES, GenerateImages, Lane, ProcessImage, Reply
from studio.core.lane import LaneStatus
from studio.core.paths import Paths
from studio.core.plain_text import clean_text
from studio.core.records import Asset, AssetQuery, JobRecord, Problem, problem_of
from studio.core.settings import ListName
from studio.engine.boot import WorkerCommand, worker_command
from studio.engine.engine import Engine
from studio.media.recipes import a1111_text
from studio.media.thumbnails import thumbnail
from studio.session.again import again_inputs, again_job
from studio.session.asides import Asides
from studio.session.cache_costs import REMEMBERED, CacheCosts
from studio.session.chat_desk import ChatWork
from studio.session.chat_desks import ChatDesks
from studio.session.edit_keeping import Keeper
from studio.session.edit_surroundings import EditLibrary, EditWork
from studio.session.edits import EditDesk
from studio.session.foresight import Foresight
from studio.session.inputs import InputDesk
from studio.session.jobs import JobFlow
from studio.session.machine_watch import MachineWatch, idle_release, memory_budget
from studio.session.model_desk import ModelDesk
from studio.session.neighbours import Neighbours
from studio.session.pictures import PictureFlow
from studio.session.prompts import PromptDesk
from studio.session.reads import Reads, found
from studio.session.recipes import RecipeDesk
from studio.session.recovery import Opening, recover, stop_left, tidy
from studio.session.relay import Relay
from studio.session.report import crash_report
from studio.session.sheets import SheetDesk
from studio.session.store_desk import StoreDesk
from studio.session.suggestions import Suggestions
from studio.session.writes import Writes
from studio.store.instances import Instance
from studio.store.library import Library
from studio.store.settings_file import load_settings, save_settings
from studio.store.writer import Writer

REMEMBERED_PROBLEMS = 20
PACES = 200  # jobs whose pace is remembered from before


class Session(QObject):
    """One process at work in one home. Made closed; `open` returns at once and `ready` follows.

    Attributes:
        paths: home and library.
        settings: as they stand now.
        models: all that can be asked about models; it has signals of its own.
        chats: conversations; it has signals of its own.
        context: what a model would read of them; likewise.
        attachments: reads files that are given with a message.
        personas, chat_presets, chat_templates: what is kept for conversations; each has signals of its own.
        chat_drafts: files that were given with messages which are not sent yet.
        suggestions: help with a prompt; it has signals of its own.
        prompts: styles, wildcards and what becomes of a written prompt; likewise.
        inputs: takes pictures in that jobs begin with.
        foresight: what a job will take; it has a signal of its own.
        cache_costs: what caches of steps gain and cost; likewise.
        recipes: reads those of pictures and texts from anywhere.
        sheets: contact sheets.
        edits: changes pictures; it has signals of its own.

    Signals, each emitted after what it tells is on disk:
        ready: the store is open and what an earlier crash left is recovered.
        open_failed (StudioError): the store cannot be opened. Where another program holds its database,
            `ready` follows as soon as it is free; else only `close` may follow.
        library_changed: another process has changed pictures or conversations of this library.
        job_added, job_changed (JobRecord); phase_changed (Phase); preview_arrived (Preview).
        asset_added (Asset, job id or ""); asset_changed (Asset); assets_removed (tuple of ids).
        lane_changed (LaneStatus); settings_changed (Settings).
        problem_raised (Problem).
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
    lane_changed = Signal(object)
    settings_changed = Signal(object)
    problem_raised = Signal(object)
    jobs_interrupted = Signal(object)
    library_changed = Signal()

    def __init__(
        self, paths: Paths, worker: WorkerCommand = worker_command, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.paths = paths
        self._damaged: list[Path] = []
        self._left_out: list[str] = []
        self.settings = load_settings(paths.settings, self._damaged.append, self._left_out.append)
        self._closed = False
        self._problems: list[Problem] = []
        self._relay = Relay(self)
        self._instance = Instance(paths)
        self._writer = Writer(paths, self._instance.id)
        self._writes = Writes(self._writer, self._relay, self)
        budget, idle = memory_budget(self.settings), idle_release(self.settings)
        self._engine = Engine(worker, paths.logs, budget, idle, parent=self)
        # Made by the store's thread; a worker adds a folder for each job.
        self._staging = paths.staging / self._instance.id
        self._store = StoreDesk(
            paths,
            lambda library: recover(library, self._instance, self._staging),
            self._writer,
            self._writes,
            self._relay,
            self,
        )
        self._flow = JobFlow(self._writes, self._engine, self._staging, self._instance.id, self)
        self._pictures = PictureFlow(paths, self._writes, self._relay, self)
        self.models = ModelDesk(
            paths, lambda: self.settings, self.change_list, self._writer, self._writes, self
        )
        self.suggestions = Suggestions(self._flow, self._engine, self.models, self)
        self._asides = Asides(self._flow, self._engine, self._staging, self)
        self._talks = ChatDesks(
            paths,
            lambda: self._reads,
            lambda: self.settings,
            ChatWork(self.models, self._flow, self._writes, self._asides, self.suggestions, self._complete),
            self._engine,
            self._relay,
            self,
        )
        self.chats, self.context = self._talks.chats, self._talks.context
        self.attachments, self.chat_drafts = self._talks.attachments, self._talks.drafts
        self.personas, self.chat_presets = self._talks.personas, self._talks.presets
        self.chat_templates = self._talks.templates
        self._machine = MachineWatch(lambda: self.settings, self._engine, self.models, self)
        self.prompts = PromptDesk(paths, self.models.installed, self._writes.report, self)
        self.inputs = InputDesk(paths, self.asset)
        self.foresight = Foresight(self.models, self._relay, self)
        self.cache_costs = CacheCosts(paths, self._relay, self)
        self.recipes = RecipeDesk(self.models)
        self.sheets = SheetDesk(
            paths,
            lambda: self._reads,
            self.models,
            self._flow,
            self.prompts,
            self._generate_with,
            self._writes.report,
        )
        self.edits = EditDesk(
            paths,
            EditLibrary(
                lambda: self._reads, self.asset, self.trash, Keeper(paths, self._staging, self._writer)
            ),
            EditWork(self.models, self.inputs, self._flow, self._engine, self._complete),
            self._relay,
            self,
        )
        self._neighbours = Neighbours(paths.database, self._writes, self)
        self._forward_signals()

    def open(self) -> None:
        """Opens the store, recovers and looks for models, all in other threads."""
        self._store.open()
        self.models.scan()

    def close(self, give_up: bool = False) -> None:
        """Stops workers and threads, once; nothing is told any more.

        What has not come to an end is left to the next start, as if this process had died: pictures are
        adopted then, jobs offered again. With `give_up` it is stopped instead, and nothing is left.
        """
        if self._closed:
            return
        self._closed = True
        self._store.stop()
        self._neighbours.close()
        self._relay.close()
        self._engine.close()
        self._talks.close()
        self._pictures.close()
        self.inputs.close()
        self.cache_costs.close()
        self.recipes.close()
        self.models.close()
        self.prompts.close()
        self.sheets.close()
        self.edits.close()
        self._store.close()
        self._writes.close()
        if give_up:
            self._writer.submit(lambda library: stop_left(library, self._instance.id))
        tidied = self._writer.submit(lambda library: tidy(library, self._instance, self._staging))
        self._writer.close()
        self._instance.close(remember=tidied.exception() is not None or tidied.result())

    @property
    def is_open(self) -> bool:
        """`ready` was emitted: everything can be read."""
        return self._reads is not None

    @property
    def _reads(self) -> Reads | None:
        return self._store.reads

    # Pictures.

    def generate(self, job: GenerateImages) -> None:
        """Queues the job; one of a model in a single file, or with references, once its parts are found.

        Raises BadRequest.
        """
        self._complete(checked(job), self._writes.report)

    def _complete(self, job: GenerateImages, failed: Callable[[Exception], object]) -> None:
        completed = self.models.completed(job)
        if completed is None:
            self._flow.submit(job, failed)
            return
        # A file that nothing can complete fails as a job, with the sentence for it.
        self._relay.then(
            completed,
            lambda whole: self._flow.submit(whole, failed),
            lambda _: self._flow.submit(job, failed),
        )

    def make_again(self, asset: Asset) -> str:
        """Queues the picture once more, pixel for pixel under its record; the id of the job, whose notes say
        what is otherwise today.

        Raises NotRecorded, UsedAndGone; an input that is gone is a problem that is raised a little later.
        """
        job = checked(again_job(asset.recipe, self.models.installed()))
        self._generate_with(job, asset.recipe.inputs, self._writes.report)
        return job.id

    def _generate_with(
        self, job: GenerateImages, wanted: Sequence[UsedInput], failed: Callable[[Exception], object]
    ) -> None:
        """Queues the checked job once the pictures are found that it begins with."""

        def complete(library: Library) -> GenerateImages:
            return msgspec.structs.replace(job, inputs=again_inputs(wanted, library.assets, self.paths))

        if wanted:
            self._writes.write(complete, lambda found: self._complete(found, failed), failed)
        else:
            self._complete(job, failed)

    def assets_page(self, query: AssetQuery) -> list[Asset]:
        return self._reads.assets.page(query) if self._reads else []

    def asset(self, asset_id: str) -> Asset:
        """Raises NotFound."""
        found = self._reads.assets.get(asset_id) if self._reads else None
        if found is None:
            raise NotFound(name=asset_id)
        return found

    def asset_at(self, path: Path) -> Asset | None:
        """The picture of the library whose file that is."""
        try:
            file, library = path.resolve(), self.paths.library.resolve()
        except (OSError, RuntimeError):  # a link to itself, say
            return None
        if self._reads is None or not file.is_relative_to(library):
            return None
        return self._reads.assets.at(file.relative_to(library).as_posix())

    def search(self, query: AssetQuery) -> Future[list[Asset]]:
        """The page of a typed search, from the search thread."""
        return self._reads.search(query) if self._reads else found([])

    def count_assets(self, query: AssetQuery) -> Future[int]:
        return self._reads.count(query) if self._reads else found(0)

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

        Ends in PictureUnreadable, DiskFull or FileUnwritable. Raises NotFound before `ready`.
        """
        if self._reads is None:
            raise NotFound(name=asset.id)
        return self._reads.export(self.absolute(asset), target)

    def recipe_text(self, asset: Asset) -> str:
        """How it was made, in the form that A1111 invented and most tools read."""
        return a1111_text(asset.recipe)

    def star(self, ids: Sequence[str], on: bool) -> None:
        self._pictures.change(lambda library: library.star(ids, on))

    def trash(self, ids: Sequence[str]) -> None:
        self._pictures.change(lambda library: library.trash(ids))

    def restore(self, ids: Sequence[str]) -> None:
        self._pictures.change(lambda library: library.restore(ids))

    def erase(self, ids: Sequence[str]) -> None:
        """Removes files from the disk for good; only what lies in the trash."""
        self._pictures.erase(tuple(ids))

    # Jobs.

    def jobs(self, limit: int = 100, lane: Lane | None = None) -> list[JobRecord]:
        """The newest first, of one lane or all: what ended anywhere, and what this process has yet to do."""
        return self._reads.jobs.history(limit, lane, self._instance.id) if self._reads else []

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
        """Jobs that ended too early wait again, for the pictures that are missing; answers go on where they
        were cut off. Raises NotFound."""
        jobs = [self.job(job_id).job for job_id in ids]
        pictures = [job.id for job in jobs if isinstance(job, GenerateImages | ProcessImage)]
        self.chats.resume_pictures(pictures)
        self._flow.requeue(pictures)
        for job in jobs:
            if isinstance(job, Reply):
                try:
                    self.chats.resume(job)
                except ServerNotListed as error:
                    self.raise_problem(problem_of(error))

    def decline(self, ids: Sequence[str]) -> None:
        """Interrupted jobs count as stopped and are not offered any more."""
        self._flow.decline(ids)

    def reorder(self, job_id: str, before: str | None) -> None:
        self._flow.reorder(job_id, before)

    def pause(self, lane: Lane, on: bool) -> None:
        self._engine.pause(lane, on)

    def lane_status(self, lane: Lane) -> LaneStatus:
        return self._engine.status(lane)

    # Settings and reports.

    def change_settings(self, **fields: Any) -> None:
        """Changes fields of `Settings`; another library is used from the next start on."""
        before, self.settings = self.settings, msgspec.structs.replace(self.settings, **fields)
        if self.settings == before:
            return
        settings = self.settings
        # Another library is chosen in the settings: they are saved where this one cannot be opened, too.
        saved = self._writer.run(lambda: save_settings(self.paths.settings, settings))
        self._relay.then(saved, lambda _: None, self._writes.report)
        self._machine.take_settings()
        self.models.take_settings(before)
        self.settings_changed.emit(settings)

    def change_list(self, name: ListName, add: Sequence[str] = (), forget: Sequence[str] = ()) -> None:
        """Puts some into a list of the settings, and takes some out of it."""
        kept = [one for one in getattr(self.settings, name) if one not in forget]
        self.change_settings(**{name: tuple(dict.fromkeys((*kept, *add)))})

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
            (self._pictures.asset_changed, self.asset_changed),
            (self._pictures.assets_removed, self.assets_removed),
            (self._engine.phase_changed, self.phase_changed),
            (self._asides.phase_lent, self.phase_changed),
            (self._engine.preview_arrived, self.preview_arrived),
            (self._engine.lane_changed, self.lane_changed),
            (self._neighbours.changed, self.library_changed),
            (self._store.open_failed, self.open_failed),
        ):
            source.connect(target)
        self.lane_changed.connect(self._machine.follow)
        self.chats.conversations_removed.connect(self._engine.forget_conversations)
        self.models.problem_raised.connect(self.raise_problem)
        self.prompts.problem_raised.connect(self.raise_problem)
        self._talks.tell_problems(self.raise_problem)
        self._store.opened.connect(self._on_opened)
        self._store.problem_raised.connect(self.raise_problem)
        self.job_changed.connect(self._remember_failure)
        self.job_changed.connect(self.models.learn)
        self.job_changed.connect(self.foresight.learn)
        self.asset_added.connect(self.cache_costs.learn)
        self.edits.added.connect(self._on_added)

    def _on_opened(self, opening: Opening) -> None:
        assert self._reads is not None
        self.foresight.read(self._reads.history(PACES))
        self.cache_costs.read(self._reads.made_here(REMEMBERED))
        self.ready.emit()
        self._neighbours.watch()
        self.prompts.reload()
        damaged = [problem_of(SettingsDamaged(path=str(path))) for path in self._damaged]
        damaged += [problem_of(FolderLeftOut(name=clean_text(name))) for name in self._left_out]
        damaged += self.models.wish_problems()
        for problem in (*damaged, *opening.problems):
            self.raise_problem(problem)
        if opening.interrupted:
            self.jobs_interrupted.emit(opening.interrupted)

    def _on_added(self, asset: Asset) -> None:
        self.asset_added.emit(asset, "")

    def _remember_failure(self, record: JobRecord) -> None:
        """Jobs tell of their problem on their own tile or message; the report has it as well."""
        if record.problem:
            self._problems = [*self._problems, record.problem][-REMEMBERED_PROBLEMS:]
