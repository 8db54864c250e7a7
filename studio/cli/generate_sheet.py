"""`studio generate --sheet` and `--continue`: every pair of two settings' values, and the sheet as a file."""

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio.cli.describe import describe_asset
from studio.cli.output import DONE, STOPPED
from studio.cli.running import Runner
from studio.cli.target import Target
from studio.cli.usage import wrong_usage
from studio.core.errors import NotFound, SheetBusy, StorageError, StudioError, error_from
from studio.core.jobs import GenerateImages, JobState
from studio.core.records import Asset, JobRecord
from studio.core.sheet_language import read_sheet
from studio.core.sheet_page import SheetPage, check_sheet_format
from studio.core.sheet_state import CellState, SheetState
from studio.core.sheets import Axis, Sheet
from studio.media.durable import write_error
from studio.media.export import export_picture
from studio.ui.i18n import hint_of, sentence_of_note, tr
from studio.ui.sheet_words import about_words, heading_words

_WHOLE = "All its pictures are in the library; `studio generate --continue {sheet} -o FILE` writes it again."
_IN_PART = "Stopped at {made} of {all}. Go on with `studio generate --continue {sheet}`."


class SheetOrder:
    """What was asked for, before any work is done: a new sheet, or one to go on with.

    Raises SheetError, FormatUnknown, FileUnwritable or DiskFull when made.
    """

    def __init__(self, args: argparse.Namespace) -> None:
        if args.number is not None:
            raise wrong_usage(tr("A sheet has its own number of pictures; leave -n out"), "studio generate")
        self._axes = read_sheet(args.sheet) if args.sheet is not None else ()
        self._file = _file(args.output) if args.output else None
        self._folder = Target(args.output, 1) if args.output and self._file is None else None

    def make(self, base: GenerateImages, notes: list[str], runner: Runner) -> int:
        """Makes all cells, tells of each, and writes the sheet; those that failed stay empty. Raises what the
        first of them failed with."""
        made = _Made(runner, self._folder)
        jobs = runner.session.sheets.make(base, self._axes)
        assert jobs[0].sheet is not None
        made.sheet = jobs[0].sheet
        return self._finish(runner, made, [job.id for job in jobs], base.model.id, notes)

    def go_on(self, sheet_id: str, runner: Runner) -> int:
        """Makes the cells of a sheet of the library that have no picture, and writes the sheet. Raises
        NotFound, UsedAndGone, and what a job of it failed with."""
        runner.session.models.ensure_scanned()
        made, sheets = _Made(runner, self._folder), runner.session.sheets
        state = sheets.state(sheet_id.lower()).result()
        made.sheet = state.sheet
        if sheets.elsewhere(state):
            raise SheetBusy
        jobs = sheets.resume(state)
        model = next((cell.asset.recipe.model for cell in state.cells if cell.asset is not None), "")
        return self._finish(runner, made, jobs, model or state.jobs[0].job.model.id, [])

    def _finish(
        self, runner: Runner, made: "_Made", jobs: Sequence[str], model: str, notes: list[str]
    ) -> int:
        assert made.sheet is not None
        report: dict[str, Any] = {
            "sheet": made.sheet.id,
            "jobs": list(jobs),
            "state": JobState.STOPPED,
            "seconds": 0.0,
            "model": model,
            "columns": list(made.sheet.columns.values),
            "rows": list(made.sheet.rows.values) if made.sheet.rows else [],
            "assets": made.described,
            "file": None,
            "notes": notes,
        }
        try:
            records, error = _run(runner, jobs)
        except KeyboardInterrupt:
            return _tell_stopped(runner, report)
        stopped = any(record.state is JobState.STOPPED for record in records)
        said = [sentence_of_note(note) for record in records for note in record.notes]
        report["seconds"] = round(sum(record.figures.seconds for record in records), 3)
        report["notes"] = [*notes, *dict.fromkeys(said)]
        if self._file and not stopped and (made.described or error is None):
            try:
                report["file"] = str(self._write(runner, made.sheet))
            except StorageError as unwritten:
                error = error or unwritten
        if error is not None:
            hint = f"{hint_of(error)} {_how_to_go_on(runner, made.sheet.id)}".rstrip()
            return runner.output.failure(error, hint, report)
        if stopped:
            return _tell_stopped(runner, report)
        lines = [report["file"]] if report["file"] else [] if jobs else [tr("Nothing is missing.")]
        runner.output.result(report | {"state": JobState.DONE}, lines)
        return DONE

    def _write(self, runner: Runner, sheet: Sheet) -> Path:
        assert self._file is not None
        sheets = runner.session.sheets
        page = _page(sheets.state(sheet.id).result(), {one.id: one.name for one in _named(runner)})
        written = sheets.export(page, self._file).result()
        if written.scale < 1:
            percent = round(100 * written.scale)
            runner.output.note(
                tr("The pictures on the sheet are at {percent}% of their size.", percent=percent)
            )
        return written.path


class _Made:
    """The pictures of one sheet, each copied and told as soon as it is in the library.

    Attributes:
        sheet: known once its jobs are queued.
        described: as `--json` shows them, each with its column and row, from 0.
    """

    def __init__(self, runner: Runner, target: Target | None) -> None:
        self.sheet: Sheet | None = None
        self.described: list[dict[str, Any]] = []
        self._runner, self._target = runner, target
        runner.session.asset_added.connect(runner.guarded(self._on_asset_added))

    def _on_asset_added(self, asset: Asset, _job: str) -> None:
        recipe, sheet = asset.recipe, self.sheet
        if sheet is None or recipe.sheet is None or recipe.sheet.id != sheet.id or recipe.cell is None:
            return
        path = self._runner.session.absolute(asset)
        self.described.append({**describe_asset(asset, path), "cell": list(sheet.place(recipe.cell))})
        if self._target:
            source, path = path, self._target.path(len(self.described), asset)
            export_picture(source, path)
        self._runner.output.text(f"{path}\n")


def _file(text: str) -> Path | None:
    """The file that the sheet itself goes to; None for a folder of its pictures."""
    path = Path(os.path.expanduser(text))
    if text == "-" or os.path.isdir(path) or text.endswith(("/", "\\")) or not path.suffix:
        return None
    check_sheet_format(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise write_error(error, path.parent) from error
    return path


def _tell_stopped(runner: Runner, report: dict[str, Any]) -> int:
    runner.output.note(_how_to_go_on(runner, report["sheet"]))
    runner.output.result(report)
    return STOPPED


def _how_to_go_on(runner: Runner, sheet_id: str) -> str:
    """What there is of the sheet, and how to get the rest; nothing where the library knows no such sheet."""
    try:
        state = runner.session.sheets.state(sheet_id).result()
    except StudioError:
        return ""
    if state.made == len(state.cells):
        return tr(_WHOLE, sheet=sheet_id)
    return tr(_IN_PART, made=state.made, all=len(state.cells), sheet=sheet_id)


def _run(runner: Runner, jobs: Sequence[str]) -> tuple[list[JobRecord], StudioError | None]:
    """How the jobs ended, and what the first of those failed with that did; one stopped stops the rest."""
    records, failure = list[JobRecord](), None
    for number, job in enumerate(jobs):
        try:
            # One that waits once more has ended before, until its row says otherwise.
            records.append(_ended(runner, job) if number else runner.run(job))
        except StudioError as error:
            failure = failure or error
            continue
        if records[-1].state is JobState.STOPPED:
            for other in reversed(jobs[number + 1 :]):
                runner.session.stop(other)
            break
    return records, failure


def _ended(runner: Runner, job_id: str) -> JobRecord:
    """Also of a job that ended while an earlier one was waited for."""
    try:
        record = runner.session.job(job_id)
    except NotFound:  # its row is still to be written
        return runner.run(job_id)
    if not record.state.ended:
        return runner.run(job_id)
    if record.state is JobState.FAILED and record.problem:
        raise error_from(record.problem.code, record.problem.params)
    return record


def _named(runner: Runner) -> tuple[Any, ...]:
    known = runner.session.sheets.known()
    return (*known.models, *known.loras)


def _page(state: SheetState, names: dict[str, str]) -> SheetPage:
    def words(axis: Axis | None) -> tuple[str, ...]:
        values = axis.values if axis else ()
        return tuple(
            heading_words(axis, value, lambda one: names.get(one, one))
            for value in values
            if axis is not None
        )

    return SheetPage(
        sheet=state.sheet,
        title=state.prompt,
        about=about_words(state),
        columns=words(state.sheet.columns),
        rows=words(state.sheet.rows),
        cells=tuple(cell.asset if cell.state is CellState.DONE else None for cell in state.cells),
    )
