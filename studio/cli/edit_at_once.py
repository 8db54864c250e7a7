"""`studio edit` without a model: cut, turned, scaled and adjusted in this process, and kept like the rest."""

import argparse
import threading
import time
from collections.abc import Iterable
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from studio.cli.describe import describe_asset
from studio.cli.edit_asked import Asked
from studio.cli.generate import export_copy
from studio.cli.running import Runner
from studio.cli.target import Target
from studio.core.adjustments import Blur
from studio.core.edits import Edit, Operation, Region
from studio.core.errors import RegionOutside, ResultTooLarge, SizeOutOfRange
from studio.core.hand_steps import MOST_SIDE, Crop, Flip, PlainStep, Resize, Rotate
from studio.core.inputs import InputPicture, UsedInput
from studio.core.job_checks import SIZE_RANGE
from studio.media.adjust import mixed
from studio.media.hand_steps import size_after, step_done
from studio.media.pictures import PIXEL_LIMIT, reading
from studio.media.selection import Pixels
from studio.ui.i18n import tr


def at_once(
    args: argparse.Namespace,
    asked: Asked,
    picture: InputPicture,
    mask: InputPicture | None,
    notes: list[str],
    runner: Runner,
    target: Target | None,
) -> dict[str, Any]:
    """What is to be told of it. Raises RegionOutside, SizeOutOfRange, ResultTooLarge, and what keeping a
    picture may end in."""
    began, session = time.monotonic(), runner.session
    steps = _fitted((*asked.steps, *_steps(args)), picture)
    edit = Edit(operation=Operation.BY_HAND, parent=picture.asset, steps=steps)
    shows = session.asset(picture.asset).recipe.prompt if picture.asset else ""
    used = [
        UsedInput(role=one.role, asset=one.asset, name=one.name, hash=one.hash)
        for one in (picture, mask)
        if one
    ]
    left = threading.Event()
    adding = session.edits.add(lambda: _image(_changed(steps, picture, mask, left)), edit, shows, used)
    try:
        asset = adding.result()
    except KeyboardInterrupt:
        left.set()
        runner.output.note(tr("Stopping …"))  # the step that is being done comes to its end
        raise
    path = source = session.absolute(asset)
    described = describe_asset(asset, source)
    if target:
        path = target.path(1, asset)
        notes = [*notes, *export_copy(source, path, runner.output)]
    runner.output.text(f"{path}\n")
    return {
        "job": None,
        "state": "done",
        "seconds": round(time.monotonic() - began, 3),
        "model": None,
        "assets": [described],
        "notes": notes,
    }


def _steps(args: argparse.Namespace) -> tuple[PlainStep, ...]:
    """In the order in which the options are listed. Raises SizeOutOfRange."""
    steps = list[PlainStep]()
    if crop := args.crop:
        steps.append(Crop(left=crop.left, top=crop.top, width=crop.width, height=crop.height))
    if args.rotate is not None:
        steps.append(Rotate(degrees=args.rotate))
    if args.flip:
        steps.append(Flip(horizontal=args.flip == "horizontal"))
    if args.resize:
        width, height = args.resize
        _check_size(width, height, *SIZE_RANGE)
        steps.append(Resize(width=width, height=height))
    blur = Blur(radius=args.blur) if args.blur else None
    return (*steps, *(one for one in (args.levels, args.hue, blur, args.sharpen) if one))


def _fitted(steps: Iterable[PlainStep], picture: InputPicture) -> tuple[PlainStep, ...]:
    """The steps with what is cut inside of the picture as it is then. Raises RegionOutside, SizeOutOfRange,
    ResultTooLarge."""
    fitted, width, height = list[PlainStep](), picture.width, picture.height
    for step in steps:
        if isinstance(step, Crop):
            inside = Region(step.left, step.top, step.width, step.height).within(width, height)
            if inside.is_empty:
                raise RegionOutside(name=picture.name)
            step = Crop(left=inside.left, top=inside.top, width=inside.width, height=inside.height)
        width, height = size_after(width, height, step)
        if isinstance(step, Resize):
            _check_size(width, height, 1, MOST_SIDE)
            if width * height > PIXEL_LIMIT:
                most = PIXEL_LIMIT // 1_000_000
                raise ResultTooLarge(name=picture.name, width=width, height=height, most=most)
        fitted.append(step)
    return tuple(fitted)


def _check_size(width: int, height: int, least: int, most: int) -> None:
    if not (least <= width <= most and least <= height <= most):
        raise SizeOutOfRange(width=width, height=height, least=least, most=most)


def _changed(
    steps: tuple[PlainStep, ...], picture: InputPicture, mask: InputPicture | None, left: threading.Event
) -> Pixels:
    """Raises CancelledError once nobody waits for it any more."""
    pixels = before = _pixels(picture, "RGBA")
    for step in steps:
        pixels = step_done(pixels, step)
        if left.is_set():
            raise CancelledError
    return mixed(before, pixels, _pixels(mask, "L")) if mask else pixels


def _pixels(given: InputPicture, mode: str) -> Pixels:
    with reading(Path(given.path)) as image:
        return np.asarray(image.convert(mode))


def _image(pixels: Pixels) -> Image.Image:
    opaque = bool((pixels[..., 3] == 255).all())
    return Image.fromarray(np.ascontiguousarray(pixels[..., :3] if opaque else pixels))
