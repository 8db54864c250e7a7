"""`studio edit` without a model: cut, turned, scaled and adjusted in this process, and kept like the rest."""

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.cli.describe import describe_asset
from studio.cli.output import DONE
from studio.cli.running import Runner
from studio.cli.target import Target
from studio.core.adjustments import Adjustment, Blur
from studio.core.edits import Edit, Operation
from studio.core.errors import RegionOutside, SizeOutOfRange
from studio.core.inputs import InputPicture, UsedInput
from studio.core.jobs import SIZE_RANGE
from studio.media.adjust import adjusted, mixed
from studio.media.export import export_picture
from studio.media.geometry import cropped, flipped, quarter_turned, resized, straightened
from studio.media.pictures import reading

Pixels = NDArray[np.uint8]  # (height, width, 4)


def at_once(
    args: argparse.Namespace,
    picture: InputPicture,
    mask: InputPicture | None,
    notes: list[str],
    runner: Runner,
    target: Target | None,
) -> int:
    """Raises RegionOutside, SizeOutOfRange, and what keeping a picture may end in."""
    _check(args, picture)
    began, session = time.monotonic(), runner.session
    edit = Edit(operation=Operation.BY_HAND, parent=picture.asset)
    shows = session.asset(picture.asset).recipe.prompt if picture.asset else ""
    used = [
        UsedInput(role=one.role, asset=one.asset, name=one.name, hash=one.hash)
        for one in (picture, mask)
        if one
    ]
    asset = session.edits.add(lambda: _image(_changed(args, picture, mask)), edit, shows, used).result()
    path = source = session.absolute(asset)
    described = describe_asset(asset, source)
    if target:
        path = target.path(1, asset)
        export_picture(source, path)
    runner.output.text(f"{path}\n")
    report = {
        "job": None,
        "state": "done",
        "seconds": round(time.monotonic() - began, 3),
        "model": None,
        "assets": [described],
        "notes": notes,
    }
    runner.output.result(report)
    return DONE


def _check(args: argparse.Namespace, picture: InputPicture) -> None:
    if args.crop and args.crop.within(picture.width, picture.height).is_empty:
        raise RegionOutside(name=picture.name)
    if args.resize and not all(SIZE_RANGE[0] <= side <= SIZE_RANGE[1] for side in args.resize):
        width, height = args.resize
        raise SizeOutOfRange(width=width, height=height, least=SIZE_RANGE[0], most=SIZE_RANGE[1])


def _changed(args: argparse.Namespace, picture: InputPicture, mask: InputPicture | None) -> Pixels:
    """In the order in which the options are listed."""
    before = _pixels(picture, "RGBA")
    pixels = _shaped(args, before)
    for adjustment in _adjustments(args):
        pixels = adjusted(pixels, adjustment)
    return mixed(before, pixels, _pixels(mask, "L")) if mask else pixels


def _shaped(args: argparse.Namespace, pixels: Pixels) -> Pixels:
    if args.crop:
        pixels = cropped(pixels, args.crop.within(pixels.shape[1], pixels.shape[0]))
    if args.rotate is not None:
        quarters = round(args.rotate / 90)
        pixels = straightened(quarter_turned(pixels, quarters), args.rotate - 90 * quarters)
    if args.flip:
        pixels = flipped(pixels, args.flip == "horizontal")
    return resized(pixels, *args.resize) if args.resize else pixels


def _adjustments(args: argparse.Namespace) -> list[Adjustment]:
    blur = Blur(radius=args.blur) if args.blur else None
    return [one for one in (args.levels, args.hue, blur, args.sharpen) if one]


def _pixels(given: InputPicture, mode: str) -> Pixels:
    with reading(Path(given.path)) as image:
        return np.asarray(image.convert(mode))


def _image(pixels: Pixels) -> Image.Image:
    opaque = bool((pixels[..., 3] == 255).all())
    return Image.fromarray(np.ascontiguousarray(pixels[..., :3] if opaque else pixels))
