"""`studio generate`: pictures from a prompt, into the library and, where asked, to a file or folder."""

import argparse
import secrets
from typing import Any

import msgspec

from studio.catalog.fast import fast_of
from studio.cli.describe import describe_asset
from studio.cli.generate_recipe import asked_recipe
from studio.cli.generate_sheet import SheetOrder
from studio.cli.models_found import installed, read_entries
from studio.cli.output import DONE, STOPPED, Output
from studio.cli.running import Runner
from studio.cli.target import Target
from studio.cli.usage import wrong_usage
from studio.core.errors import LoraNotInstalled
from studio.core.ids import new_id
from studio.core.jobs import GenerateImages, JobState
from studio.core.model import Ability
from studio.core.paths import Paths
from studio.core.records import Asset
from studio.media.export import export_picture
from studio.session import Session
from studio.ui.i18n import sentence_of_note, tr


def generate(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    if args.prompt is None and not args.recipe:
        raise wrong_usage("the following arguments are required: PROMPT", "studio generate")
    sheet = SheetOrder(args) if args.sheet is not None else None
    target = Target(args.output, args.number) if args.output and not sheet else None
    with Runner(paths, output) as runner:
        recipe = asked_recipe(args, paths, output, runner.session)
        job, notes = _job(recipe.args if recipe else args, runner.session), list[str]()
        if recipe:
            job, notes = recipe.on(job), recipe.notes
            for sentence in notes:
                output.note(sentence)
        if args.fast:
            job, more = _made_fast(job, paths, output)
            notes = notes + more
        job = runner.session.prompts.written(job)
        if sheet:
            return sheet.make(job, notes, runner)
        made = _Made(job.id, runner, target)
        runner.session.generate(job)
        record = runner.run(job.id)
    report = {
        "job": job.id,
        "state": record.state,
        "seconds": round(record.figures.seconds, 3),
        "model": job.model.id,
        "assets": made.described,
        "notes": notes + [sentence_of_note(note) for note in record.notes],
    }
    output.result(report)
    return STOPPED if record.state is JobState.STOPPED else DONE


class _Made:
    """The pictures of one job, each copied and told as soon as it is in the library.

    Attributes:
        described: as `--json` shows them.
    """

    def __init__(self, job: str, runner: Runner, target: Target | None) -> None:
        self.described: list[dict[str, Any]] = []
        self._job = job
        self._runner = runner
        self._target = target
        runner.session.asset_added.connect(runner.guarded(self._on_asset_added))

    def _on_asset_added(self, asset: Asset, job: str) -> None:
        if job != self._job:
            return
        path = self._runner.session.absolute(asset)
        self.described.append(describe_asset(asset, path))
        if self._target:
            source, path = path, self._target.path(len(self.described), asset)
            export_picture(source, path)
        self._runner.output.text(f"{path}\n")


def _job(args: argparse.Namespace, session: Session) -> GenerateImages:
    width, height = args.size
    return GenerateImages(
        id=new_id(),
        model=session.models.find(args.model, Ability.GENERATE),
        prompt=args.prompt,
        negative_prompt=args.negative,
        styles=tuple(args.style),
        width=width,
        height=height,
        num_inference_steps=args.steps,
        guidance_scale=args.guidance,
        scheduler=args.scheduler,
        seed=secrets.randbits(32) if args.seed is None else args.seed,
        num_images=args.number,
        previews=False,
    )


def _made_fast(job: GenerateImages, paths: Paths, output: Output) -> tuple[GenerateImages, list[str]]:
    """With the LoRA for speed and its schedule; the job as it is, and why, for a model that has none.

    Raises LoraNotInstalled.
    """
    fast = fast_of(job.model, read_entries(paths, output), installed(paths).models)
    if fast is None:
        sentence = tr("{model} has no LoRA that makes it faster.", model=job.model.name)
        output.note(sentence)
        return job, [sentence]
    if fast.lora is None:
        entry = fast.entry
        raise LoraNotInstalled(lora=entry.name, model=job.model.name, repository=entry.repository)
    model = msgspec.structs.replace(job.model, defaults=fast.defaults)
    return msgspec.structs.replace(job, model=model, loras=(fast.lora, *job.loras)), []
