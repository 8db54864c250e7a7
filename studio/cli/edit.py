"""`studio edit`: a picture changed as a whole or where a mask says, into the library and to a file."""

import argparse
import os
from pathlib import Path

from studio.cli.edit_asked import Asked, asked_edit
from studio.cli.edit_at_once import at_once
from studio.cli.edit_job import edit_job
from studio.cli.generate import finish
from studio.cli.generate_inputs import taken, taken_mask
from studio.cli.output import Output
from studio.cli.running import Runner
from studio.cli.target import Target
from studio.core.edits import Operation
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import GenerateImages
from studio.core.layers import Origin
from studio.core.paths import Paths
from studio.core.records import problem_of
from studio.media.opening import origin_of
from studio.ui.edit_words import origin_words
from studio.ui.i18n import sentence_of, tr


def edit(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    asked = asked_edit(args)
    target = Target(args.output, args.number or 1, "studio edit") if args.output else None
    if target:
        target.spare(args.image, args.mask)
    with Runner(paths, output) as runner:
        picture, mask, notes = _taken(args, runner)
        if asked.edit.operation is Operation.BY_HAND:
            return at_once(args, picture, mask, notes, runner, target)
        return finish(_queued(args, asked, picture, mask, runner), notes, runner, target)


def _taken(args: argparse.Namespace, runner: Runner) -> tuple[InputPicture, InputPicture | None, list[str]]:
    """The picture, its mask, and what is to be known of them.

    Raises NotFound for an id, and what taking a picture in may end in.
    """
    session = runner.session
    picture = taken(args.image, Role.CHANGE, session).result()
    mask = taken_mask(args.mask, picture, session).result() if args.mask else None
    notes = [_came(args.image, picture), _came(args.mask, mask)]
    notes = [sentence for sentence in notes if sentence]
    for sentence in notes:
        runner.output.note(sentence)
    return picture, mask, notes


def _came(text: str | None, picture: InputPicture | None) -> str:
    """What was done to a picture so that it can be worked with; "" where it is as it was."""
    if text is None or picture is None:
        return ""
    path = Path(os.path.expanduser(text))
    origin = origin_of(path) if path.is_file() else Origin(animated=picture.animated)
    what = tr("; ").join(origin_words(origin))
    return tr("Of {name}: {what}.", name=picture.name, what=what) if what else ""


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
