"""`studio edit` without a model: cut, turned, scaled and adjusted in this process, and kept like the rest."""

import argparse
import time
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from studio.cli.describe import describe_asset
from studio.cli.generate import export_copy
from studio.cli.running import Runner
from studio.cli.target import Target
from studio.core.adjustments import Blur
from studio.core.edits import Edit, Operation
from studio.core.errors import RegionOutside, SizeOutOfRange
from studio.core.hand_steps import Crop, Flip, HandStep, Resize, Rotate
from studio.core.inputs import InputPicture, UsedInput
from studio.core.job_checks import SIZE_RANGE
from studio.media.adjust import mixed
from studio.media.hand_steps import step_done
from studio.media.pictures import reading
from studio.media.selection import Pixels


def at_once(
    args: argparse.Namespace,
    picture: InputPicture,
    mask: InputPicture | None,
    notes: list[str],
    runner: Runner,
    target: Target | None,
) -> dict[str, Any]:
    """What is to be told of it. Raises RegionOutside, SizeOutOfRange, and what keeping a picture may end
    in."""
    began, session = time.monotonic(), runner.session
    steps = _steps(args, picture)
    edit = Edit(operation=Operation.BY_HAND, parent=picture.asset, steps=steps)
    shows = session.asset(picture.asset).recipe.prompt if picture.asset else ""
    used = [
        UsedInput(role=one.role, asset=one.asset, name=one.name, hash=one.hash)
        for one in (picture, mask)
        if one
    ]
    asset = session.edits.add(lambda: _image(_changed(steps, picture, mask)), edit, shows, used).result()
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


def _steps(args: argparse.Namespace, picture: InputPicture) -> tuple[HandStep, ...]:
    """In the order in which the options are listed. Raises RegionOutside, SizeOutOfRange."""
    steps = list[HandStep]()
    if args.crop:
        inside = args.crop.within(picture.width, picture.height)
        if inside.is_empty:
            raise RegionOutside(name=picture.name)
        steps.append(Crop(left=inside.left, top=inside.top, width=inside.width, height=inside.height))
    if args.rotate is not None:
        steps.append(Rotate(degrees=args.rotate))
    if args.flip:
        steps.append(Flip(horizontal=args.flip == "horizontal"))
    if args.resize:
        width, height = args.resize
        if not all(SIZE_RANGE[0] <= side <= SIZE_RANGE[1] for side in args.resize):
            raise SizeOutOfRange(width=width, height=height, least=SIZE_RANGE[0], most=SIZE_RANGE[1])
        steps.append(Resize(width=width, height=height))
    blur = Blur(radius=args.blur) if args.blur else None
    return (*steps, *(one for one in (args.levels, args.hue, blur, args.sharpen) if one))


def _changed(steps: tuple[HandStep, ...], picture: InputPicture, mask: InputPicture | None) -> Pixels:
    before = _pixels(picture, "RGBA")
    pixels = reduce(step_done, steps, before)
    return mixed(before, pixels, _pixels(mask, "L")) if mask else pixels


def _pixels(given: InputPicture, mode: str) -> Pixels:
    with reading(Path(given.path)) as image:
        return np.asarray(image.convert(mode))


def _image(pixels: Pixels) -> Image.Image:
    opaque = bool((pixels[..., 3] == 255).all())
    return Image.fromarray(np.ascontiguousarray(pixels[..., :3] if opaque else pixels))
