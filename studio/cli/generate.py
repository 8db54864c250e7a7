"""`studio generate`: pictures from a prompt, into the library and, where asked, to a file or folder."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.cli.cache_costs import cost_of_job, cost_sentence, described_cost
from studio.cli.describe import describe_asset
from studio.cli.generate_inputs import check_inputs
from studio.cli.generate_job import asked_job
from studio.cli.generate_sheet import SheetOrder
from studio.cli.output import DONE, STOPPED, Output
from studio.cli.running import Runner
from studio.cli.target import Target
from studio.cli.usage import WrongUsage, wrong_usage
from studio.core.edit_news import Remark
from studio.core.jobs import GenerateImages, JobState
from studio.core.paths import Paths
from studio.core.records import Asset
from studio.media.export import export_picture
from studio.session import Session
from studio.ui.i18n import sentence_of_note, tr


def generate(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    _check(args)
    sheet = SheetOrder(args) if args.sheet is not None or args.go_on else None
    target = Target(args.output, args.number or 1) if args.output and not sheet else None
    with Runner(paths, output) as runner:
        if args.again:
            return finish(_again(args.again, runner.session), [], runner, target)
        if sheet and args.go_on:
            return sheet.go_on(args.go_on, runner)
        job, notes = asked_job(args, paths, output, runner.session)
        if sheet:
            return sheet.make(job, notes, runner)
        more = _cost(job, paths, output) if job.cache else {}
        runner.session.generate(job)
        return finish(job.id, notes, runner, target, more)


def _cost(job: GenerateImages, paths: Paths, output: Output) -> dict[str, Any]:
    """Tells what the job's cache is known to gain and to cost."""
    cost = cost_of_job(paths, job)
    output.note(cost_sentence(job, cost))
    return {"cache_cost": cost and described_cost(cost)}


def finish(
    job: str, notes: list[str], runner: Runner, target: Target | None, more: Mapping[str, Any] | None = None
) -> int:
    """Waits for the job's pictures, and tells of it all; `more` is part of the answer, too."""
    report = made_of(job, notes, runner, target)
    runner.output.result({**report, **(more or {})})
    return STOPPED if report["state"] == JobState.STOPPED else DONE


def made_of(job: str, notes: list[str], runner: Runner, target: Target | None) -> dict[str, Any]:
    """Waits for the job's pictures; what is to be told of it."""
    made = _Made(job, runner, target)
    try:
        record = runner.run(job)
    finally:
        made.close()
    return {
        "job": job,
        "state": record.state,
        "seconds": round(record.figures.seconds, 3),
        "model": record.job.model.id,
        "assets": made.described,
        "notes": [*notes, *made.notes, *(sentence_of_note(note) for note in record.notes)],
    }


def export_copy(source: Path, target: Path, output: Output) -> list[str]:
    """Writes a picture of the library there; what such a file cannot carry is said, and given. Raises as
    `export_picture`."""
    lost = export_picture(source, target)
    if not lost:
        return []
    from studio.ui.edit_words import remark_words  # it comes with the window's tools

    sentence = f"{target.name}: {remark_words(Remark(document='', lost=lost, target=str(target)))}"
    output.note(sentence)
    return [sentence]


def _again(asset_id: str, session: Session) -> str:
    """Queues the picture once more; the id of the job."""
    session.models.ensure_scanned()
    return session.make_again(session.asset(asset_id))


def _check(args: argparse.Namespace) -> None:
    """Raises WrongUsage for options that do not go together."""
    if args.again:
        if others := _said_besides(args, "again"):
            raise _refused(
                tr("--again makes the picture as it was made; leave out {options}", options=", ".join(others))
            )
        return
    if args.go_on:
        if others := _said_besides(args, "go_on"):
            raise _refused(
                tr(
                    "--continue makes a sheet as it was asked for; leave out {options}",
                    options=", ".join(others),
                )
            )
        return
    if args.prompt is None and not args.recipe and not args.vary:
        raise _refused("the following arguments are required: PROMPT")
    if args.recipe and args.vary:
        raise _refused(tr("--vary and --recipe both say what to make; leave out one of them"))
    if args.drift is not None and not args.vary:
        raise _refused(tr("--drift goes with --vary only"))
    check_inputs(args)


def _said_besides(args: argparse.Namespace, alone: str) -> list[str]:
    """The options that stand beside the one that says it all, and would change the picture."""
    names = {"prompt": "PROMPT", "number": "-n", "go_on": "--continue"}
    return [
        names.get(name, f"--{name.replace('_', '-')}")
        for name, value in vars(args).items()
        if name not in ("command", "home", "json", "output", alone)
        and not (value is None or value is False or value == [] or value == (None, None))
    ]


def _refused(problem: str) -> WrongUsage:
    return wrong_usage(problem, "studio generate")


class _Made:
    """The pictures of one job, each copied and told as soon as it is in the library.

    Attributes:
        described: as `--json` shows them.
        notes: what copies of them could not carry.
    """

    def __init__(self, job: str, runner: Runner, target: Target | None) -> None:
        self.described: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self._job = job
        self._runner = runner
        self._target = target
        self._listening = runner.session.asset_added.connect(runner.guarded(self._on_asset_added))

    def close(self) -> None:
        """Hears no more: others may come after this job."""
        self._runner.session.asset_added.disconnect(self._listening)

    def _on_asset_added(self, asset: Asset, job: str) -> None:
        if job != self._job:
            return
        path = self._runner.session.absolute(asset)
        self.described.append(describe_asset(asset, path))
        if self._target:
            source, path = path, self._target.path(len(self.described), asset)
            self.notes += export_copy(source, path, self._runner.output)
        self._runner.output.text(f"{path}\n")
