"""`studio generate`: pictures from a prompt, into the library and, where asked, to a file or folder."""

import argparse
import secrets
from pathlib import Path
from typing import Any

from studio.cli.describe import describe_asset
from studio.cli.output import DONE, STOPPED, Output
from studio.cli.running import Runner
from studio.core.errors import FileUnwritable
from studio.core.ids import new_id
from studio.core.jobs import GenerateImages, JobState
from studio.core.model import Ability
from studio.core.paths import Paths
from studio.core.records import Asset, JobRecord
from studio.media.export import EXPORT_SUFFIXES, export_picture
from studio.ui.i18n import sentence_of_note


def generate(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    targets = _targets(args.output, args.number) if args.output else []
    runner = Runner(paths, output)
    assets: list[Asset] = []
    try:
        runner.open()
        job = _job(args, runner)
        runner.session.asset_added.connect(
            lambda asset, job_id: assets.append(asset) if job_id == job.id else None
        )
        runner.session.generate(job)
        record = runner.run(job.id)
        for asset, target in zip(assets, targets, strict=False):
            export_picture(runner.session.absolute(asset), target)
        files = [str(target) for target in targets] or [
            str(runner.session.absolute(asset)) for asset in assets
        ]
        output.result(_report(record, assets, runner), files[: len(assets)])
        return STOPPED if record.state is JobState.STOPPED else DONE
    finally:
        runner.close()


def _job(args: argparse.Namespace, runner: Runner) -> GenerateImages:
    width, height = args.size
    return GenerateImages(
        id=new_id(),
        model=runner.session.find_model(args.model, Ability.GENERATE),
        prompt=args.prompt,
        negative_prompt=args.negative,
        width=width,
        height=height,
        num_inference_steps=args.steps,
        guidance_scale=args.guidance,
        scheduler=args.scheduler,
        seed=secrets.randbits(32) if args.seed is None else args.seed,
        num_images=args.number,
        previews=False,
    )


def _targets(text: str, number: int) -> list[Path]:
    """Where each picture goes; raises FileUnwritable before any work is done."""
    path = Path(text).expanduser()
    if path.is_dir() or text.endswith(("/", "\\")) or not path.suffix:
        folder, names = path, [f"picture-{i + 1}.png" for i in range(number)]
    elif path.suffix.lower() not in EXPORT_SUFFIXES:
        raise FileUnwritable(path=str(path), cause=f"pictures are written as {', '.join(EXPORT_SUFFIXES)}")
    else:
        numbered = [f"{path.stem}-{i + 1}{path.suffix}" for i in range(number)]
        folder, names = path.parent, [path.name] if number == 1 else numbered
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileUnwritable(path=str(folder), cause=error.strerror or "unknown") from error
    return [folder / name for name in names]


def _report(record: JobRecord, assets: list[Asset], runner: Runner) -> dict[str, Any]:
    return {
        "job": record.job.id,
        "state": record.state,
        "seconds": round(record.figures.seconds, 3),
        "model": record.job.model.id,
        "assets": [describe_asset(asset, runner.session.absolute(asset)) for asset in assets],
        "notes": [sentence_of_note(note) for note in record.notes],
    }
