"""Contact sheets: made as jobs, known again from jobs and pictures, continued, stopped and written down."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import msgspec

from studio.catalog.bases import base_of
from studio.catalog.loras import lora_fits
from studio.core.errors import NotFound
from studio.core.inputs import UsedInput
from studio.core.job_checks import checked
from studio.core.jobs import GenerateImages
from studio.core.model import Ability, Kind, Lora, ModelSpec
from studio.core.paths import Paths
from studio.core.recipe import Recipe
from studio.core.records import JobRecord
from studio.core.sheet_cells import Known, cells, new_sheet
from studio.core.sheet_missing import missing_jobs
from studio.core.sheet_page import SheetPage, Written, check_sheet_format
from studio.core.sheet_state import SheetState
from studio.core.sheets import Axis
from studio.media.sheet_export import write_sheet
from studio.session.again import recipe_job, unfound_inputs
from studio.session.jobs import JobFlow
from studio.session.model_desk import ModelDesk
from studio.session.prompts import PromptDesk
from studio.session.reads import Reads, found


class SheetDesk:
    """The session's side for contact sheets; for the window's thread.

    What it does to jobs is told by the session's own signals: each job of a sheet carries it.
    """

    def __init__(
        self,
        paths: Paths,
        reads: Callable[[], Reads | None],
        models: ModelDesk,
        flow: JobFlow,
        prompts: PromptDesk,
        generate: Callable[[GenerateImages, Sequence[UsedInput], Callable[[Exception], object]], None],
        report: Callable[[Exception], object],
    ) -> None:
        """`generate` queues a job once the inputs are found that a recipe remembers; where it cannot, it
        calls back. `report` tells the person."""
        self._paths, self._reads, self._models, self._flow = paths, reads, models, flow
        self._prompts, self._generate, self._report = prompts, generate, report
        self._continued: dict[str, str] = {}  # sheets by jobs of theirs that are about to be queued
        flow.job_added.connect(self._on_job_added)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sheets")

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)

    def known(self) -> Known:
        """What a sheet can name on this machine."""
        every = self._models.installed()
        return Known(
            models=tuple(one for one in every if Ability.GENERATE in one.abilities),
            loras=tuple(one for one in every if one.kind is Kind.LORA),
            suits=_suits,
            written=self._prompts.written,
            drawn=self._prompts.drawn,
        )

    def loras_for(self, model: ModelSpec | None) -> tuple[ModelSpec, ...]:
        """The LoRAs that go with a model."""
        if model is None:
            return ()
        base = base_of(model)
        return tuple(one for one in self.known().loras if lora_fits(one.suits, base))

    def plan(self, base: GenerateImages, axes: tuple[Axis, ...]) -> tuple[GenerateImages, ...]:
        """The jobs that would make the sheet. Raises BadRequest."""
        known = self.known()
        return tuple(checked(job) for job in cells(base, new_sheet(axes, known, base.seed), known))

    def make(self, base: GenerateImages, axes: tuple[Axis, ...]) -> tuple[GenerateImages, ...]:
        """Queues the jobs of a new sheet, all of them or none. Raises BadRequest."""
        jobs = self.plan(base, axes)
        for job in jobs:
            self._generate(job, (), self._report)
        return jobs

    def recent(self, limit: int = 20) -> Future[tuple[SheetState, ...]]:
        """The newest sheets, the newest first, with their cells."""
        reads = self._reads()
        return reads.sheets(limit) if reads else found(())

    def state(self, sheet_id: str) -> Future[SheetState]:
        """Ends in NotFound."""
        reads = self._reads()
        if reads is None:
            raise NotFound(name=sheet_id)
        return reads.sheet(sheet_id)

    def resume(self, state: SheetState) -> tuple[str, ...]:
        """Its jobs that ended too early wait again, for the pictures that are missing alone; cells of which
        no job is known get one, as the recipes of the others say. Returns the ids of the jobs; none while
        those are about to be queued that were asked for before.

        Raises BadRequest, UsedAndGone among them; an input that is gone is a problem that is raised a little
        later.
        """
        if state.sheet.id in self._continued.values():
            return ()
        jobs = self._missing(state)
        if state.resumable:
            self._flow.requeue(state.resumable)
        for job, used in jobs:
            self._continued[job.id] = state.sheet.id
            self._generate(job, used, partial(self._give_up, job.id))
        return (*state.resumable, *(job.id for job, _ in jobs))

    def elsewhere(self, state: SheetState) -> bool:
        """Whether another process makes the sheet just now: it alone can stop it."""
        return any(not record.state.ended and not self._flow.owns(record) for record in state.jobs)

    def stop(self, state: SheetState) -> None:
        """Stops all its jobs, those that wait first, so that none of them begins meanwhile."""
        for record in reversed(state.jobs):
            if not record.state.ended:
                self._flow.stop(record.job.id)

    def export(self, page: SheetPage, target: Path) -> Future[Written]:
        """Writes the sheet as PNG or PDF, whole or not at all, in a thread of its own.

        Ends in PictureUnreadable, DiskFull or FileUnwritable. Raises FormatUnknown.
        """
        check_sheet_format(target)
        return self._thread.submit(write_sheet, page, target, lambda asset: self._paths.library / asset.path)

    def _on_job_added(self, record: JobRecord) -> None:
        self._continued.pop(record.job.id, None)

    def _give_up(self, job_id: str, error: Exception) -> None:
        self._continued.pop(job_id, None)
        self._report(error)

    def _missing(self, state: SheetState) -> list[tuple[GenerateImages, tuple[UsedInput, ...]]]:
        """Jobs for the cells of which nothing is known, with the inputs that are still to be found."""
        used = next((cell.asset.recipe.inputs for cell in state.cells if cell.asset is not None), ())
        installed = self._models.installed()

        def job_of(recipe: Recipe) -> GenerateImages:
            return msgspec.structs.replace(recipe_job(recipe, installed), inputs=unfound_inputs(used))

        return [(checked(job), used) for job in missing_jobs(state, job_of, self.known())]


def _suits(lora: Lora, model: ModelSpec) -> bool:
    return lora_fits(lora.suits, base_of(model))
