"""Pictures that `studio generate` begins with: files from anywhere, or pictures of the library."""

import argparse
import os
from concurrent.futures import Future
from pathlib import Path

import msgspec

from studio.cli.named_pictures import is_asset
from studio.cli.usage import wrong_usage
from studio.core.inputs import InputPicture, Role
from studio.session import Session
from studio.ui.i18n import tr


def check_inputs(args: argparse.Namespace) -> None:
    """Raises WrongUsage for weights that belong to no reference."""
    weights, references = len(args.reference_weight), len(args.reference)
    if weights not in (0, 1, references) or (weights and not references):
        raise wrong_usage(
            tr("--reference-weight is given once for all references, or once for each"), "studio generate"
        )


def taken_inputs(args: argparse.Namespace, session: Session) -> tuple[InputPicture, ...]:
    """The one to start from, then the references; copies of those from elsewhere.

    Raises NotFound for an id, and what taking a picture in may end in.
    """
    start = [taken(args.image, Role.START, session)] if args.image else []
    references = [taken(one, Role.REFER, session) for one in args.reference]
    weights = args.reference_weight * (len(references) if len(args.reference_weight) == 1 else 1)
    found = [one.result() for one in (*start, *references)]
    for number, weight in enumerate(weights, len(start)):
        found[number] = msgspec.structs.replace(found[number], weight=weight)
    return tuple(found)


def taken_mask(text: str, picture: InputPicture, session: Session) -> Future[InputPicture]:
    """A mask for that picture: a file, or a picture of the library by its id. Raises NotFound."""
    return session.inputs.take_mask(file_of(text, session), picture)


def taken(text: str, role: Role, session: Session) -> Future[InputPicture]:
    """A copy of a file, or a picture of the library by its id or its file. Raises NotFound."""
    path = Path(os.path.expanduser(text))
    if is_asset(text):
        return session.inputs.of_asset(session.asset(text.lower()), role)
    if asset := session.asset_at(path):
        return session.inputs.of_asset(asset, role)
    return session.inputs.take(path, role)


def file_of(text: str, session: Session) -> Path:
    """Where the picture lies that is a file or has that id. Raises NotFound."""
    path = Path(os.path.expanduser(text))
    return session.absolute(session.asset(text.lower())) if is_asset(text) else path
