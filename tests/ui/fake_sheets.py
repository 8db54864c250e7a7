"""Contact sheets of a fake session: the real rules over its plain lists."""

from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.core.errors import StudioError
from studio.core.job_checks import checked
from studio.core.jobs import GenerateImages
from studio.core.model import Ability, Kind, ModelSpec
from studio.core.recipe import Recipe
from studio.core.sheet_cells import Known, cells, new_sheet
from studio.core.sheet_missing import missing_jobs
from studio.core.sheet_page import SheetPage, Written, check_sheet_format
from studio.core.sheet_state import SheetState, sheet_state
from studio.core.sheets import Axis
from studio.session.again import recipe_job

if TYPE_CHECKING:
    from tests.ui.fake_session import FakeSession


class FakeSheets:
    """As `studio.session.sheets.SheetDesk`.

    Attributes:
        scale: how large an export says that its pictures are.
        broken: what an export ends in.
        others: ids of jobs that another process works at.
    """

    def __init__(self, session: "FakeSession") -> None:
        self._session = session
        self.scale = 1.0
        self.broken: StudioError | None = None
        self.others: set[str] = set()

    def known(self) -> Known:
        every = self._session.all_models
        return Known(
            models=tuple(one for one in every if Ability.GENERATE in one.abilities),
            loras=tuple(one for one in every if one.kind is Kind.LORA),
            written=self._session.prompts.written,
            drawn=self._session.prompts.drawn,
        )

    def loras_for(self, model: ModelSpec | None) -> tuple[ModelSpec, ...]:
        return self.known().loras if model else ()

    def plan(self, base: GenerateImages, axes: tuple[Axis, ...]) -> tuple[GenerateImages, ...]:
        sheet = new_sheet(axes, self.known(), base.seed)
        return tuple(checked(job) for job in cells(base, sheet, self.known()))

    def make(self, base: GenerateImages, axes: tuple[Axis, ...]) -> tuple[GenerateImages, ...]:
        jobs = self.plan(base, axes)
        for job in jobs:
            self._session.generate(job)
        return jobs

    def recent(self, limit: int = 20) -> Future[tuple[SheetState, ...]]:
        assets = [asset.recipe.sheet for asset in self._session.all_assets]
        jobs = [record.job.sheet for record in self._session.all_jobs if hasattr(record.job, "sheet")]
        ids = sorted({sheet.id for sheet in (*assets, *jobs) if sheet}, reverse=True)
        return _done(tuple(self._state(one) for one in ids[:limit]))

    def state(self, sheet_id: str) -> Future[SheetState]:
        future: Future[SheetState] = Future()
        try:
            future.set_result(self._state(sheet_id))
        except StudioError as error:
            future.set_exception(error)
        return future

    def resume(self, state: SheetState) -> None:
        def job_of(recipe: Recipe) -> GenerateImages:
            return recipe_job(recipe, self._session.all_models)

        jobs = missing_jobs(state, job_of, self.known())
        if state.resumable:
            self._session.resume(state.resumable)
        for job in jobs:
            self._session.generate(job)

    def elsewhere(self, state: SheetState) -> bool:
        return any(not record.state.ended and record.job.id in self.others for record in state.jobs)

    def stop(self, state: SheetState) -> None:
        for record in reversed(state.jobs):
            if not record.state.ended:
                self._session.stop(record.job.id)

    def export(self, page: SheetPage, target: Path) -> Future[Written]:
        check_sheet_format(target)
        self._session.calls.append(("export", page, target))
        if self.broken:
            future: Future[Written] = Future()
            future.set_exception(self.broken)
            return future
        return _done(Written(path=target, scale=self.scale))

    def _state(self, sheet_id: str) -> SheetState:
        jobs = [
            record
            for record in self._session.all_jobs
            if isinstance(record.job, GenerateImages) and record.job.sheet and record.job.sheet.id == sheet_id
        ]
        assets = [
            asset
            for asset in reversed(self._session.all_assets)
            if asset.recipe.sheet and asset.recipe.sheet.id == sheet_id
        ]
        return sheet_state(sheet_id, jobs, assets)


def _done(value: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(value)
    return future
