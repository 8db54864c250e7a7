"""`studio edit`: pictures changed as a whole or where a mask says, into the library and to files."""

import argparse
from contextlib import nullcontext
from itertools import chain, count
from pathlib import Path
from typing import Any

import msgspec

from studio.cli.edit_asked import Asked, asked_edit
from studio.cli.edit_at_once import at_once
from studio.cli.edit_job import edit_job
from studio.cli.edit_recipe import EditRecipe
from studio.cli.edit_told import hint_for, in_options
from studio.cli.generate import made_of
from studio.cli.generate_inputs import file_of, taken, taken_mask
from studio.cli.output import DONE, FAILED, STOPPED, Output
from studio.cli.running import Runner
from studio.cli.target import Target
from studio.core.edits import Operation
from studio.core.errors import StudioError
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import GenerateImages
from studio.core.layers import Origin
from studio.core.paths import Paths
from studio.core.records import problem_of
from studio.media.opening import origin_of
from studio.ui.edit_words import origin_words
from studio.ui.i18n import sentence_of, tr


def edit(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    try:
        recipe = EditRecipe(args.recipe) if args.recipe else None
        if recipe:
            recipe.fill(args, paths)
        asked = asked_edit(args, recipe.edit.operation, recipe.steps) if recipe else asked_edit(args)
        images = [args.image, *args.others]
        target = Target(args.output, args.number or 1, "studio edit") if args.output else None
        targets = _targets(target, images, args.mask, args.recipe)
        with Runner(paths, output) as runner:
            if recipe:
                recipe.fill_model(args, paths, output, runner.session)
                asked = msgspec.structs.replace(asked, notes=tuple(recipe.notes))
            return _done(args, asked, images, targets, runner)
    except StudioError as error:
        error = in_options(error)
        return output.failure(error, hint_for(error))


def _done(
    args: argparse.Namespace, asked: Asked, images: list[str], targets: list[Target | None], runner: Runner
) -> int:
    """Does it to each of the pictures."""
    for sentence in asked.notes:
        runner.output.note(sentence)
    with runner.working() if asked.edit.operation is Operation.BY_HAND else nullcontext():
        if len(images) > 1:
            return _every(args, asked, images, targets, runner)
        report = _one(args, asked, args.image, targets[0], runner)
    runner.output.result(report)
    return STOPPED if report["state"] == "stopped" else DONE


def _targets(target: Target | None, images: list[str], *others: str | None) -> list[Target | None]:
    """For each picture where its copies go, which is over none of them nor the others. Raises WrongUsage."""
    if target is None:
        return [None] * len(images)
    targets = [target]
    if len(images) > 1:
        targets, seen = list[Target](), set[str]()
        for stem in (Path(image).stem for image in images):
            names = chain((stem,), (f"{stem}-{number}" for number in count(2)))
            name = next(name for name in names if name.casefold() not in seen)
            seen.add(name.casefold())
            targets.append(target.inside(name))
    for one in targets:
        one.spare(*images, *others)
    return list(targets)


def _every(
    args: argparse.Namespace, asked: Asked, images: list[str], targets: list[Target | None], runner: Runner
) -> int:
    """One after the other; what one fails at is told, and the others are done all the same."""
    told, output = list[dict[str, Any]](), runner.output
    for image, target in zip(images, targets, strict=True):
        try:
            report = _one(args, asked, image, target, runner)
        except KeyboardInterrupt:
            report = {"state": "stopped"}
        except StudioError as error:
            error = in_options(error)
            sentence, hint = sentence_of(error), hint_for(error)
            output.note(f"{image}: {sentence}\n{hint}")
            report = {"state": "failed", "code": error.code, "message": sentence, "hint": hint}
        told.append({"image": image, **report})
        if report["state"] == "stopped":
            break
    states = {one["state"] for one in told}
    state = next((one for one in ("stopped", "failed") if one in states), "done")
    output.result({"state": state, "pictures": told})
    return {"stopped": STOPPED, "failed": FAILED}.get(state, DONE)


def _one(
    args: argparse.Namespace, asked: Asked, image: str, target: Target | None, runner: Runner
) -> dict[str, Any]:
    """What is to be told of one picture, once it is done."""
    session = runner.session
    path = file_of(image, session)
    picture = taken(image, Role.CHANGE, session).result()
    mask = taken_mask(args.mask, picture, session).result() if args.mask else None
    origin = origin_of(path)
    own = _notes(origin, path, mask)
    for sentence in own:
        runner.output.note(sentence)
    notes = [*asked.notes, *own]
    if asked.edit.operation is Operation.BY_HAND:
        report = at_once(args, asked, picture, mask, notes, runner, target)
    else:
        report = made_of(_queued(args, asked, picture, mask, runner), notes, runner, target)
    return {**report, "origin": msgspec.to_builtins(origin)}


def _notes(origin: Origin, path: Path, mask: InputPicture | None) -> list[str]:
    """What was done to the pictures so that they can be worked with."""
    notes = list[str]()
    if what := tr("; ").join(origin_words(origin)):
        notes.append(tr("Of {name}: {what}.", name=path.name, what=what))
    if mask and mask.animated:
        what = tr("; ").join(origin_words(Origin(animated=True)))
        notes.append(tr("Of {name}: {what}.", name=mask.name, what=what))
    return notes


def _queued(
    args: argparse.Namespace, asked: Asked, picture: InputPicture, mask: InputPicture | None, runner: Runner
) -> str:
    """The id of the job."""
    session = runner.session
    job = edit_job(args, asked, session)
    if isinstance(job, GenerateImages):
        for error in session.prompts.unread([job.prompt], job.styles):
            runner.output.note(sentence_of(error))
        if job.prompt:
            job = session.prompts.written(job)
    session.edits.submit(job, picture, mask, failed=lambda error: session.raise_problem(problem_of(error)))
    return job.id
