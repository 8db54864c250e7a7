"""The pictures that a job was given, read from the files that it names."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageOps

from studio.core.errors import InputChanged, InputMissing, MaskUnfit
from studio.core.inputs import InputPicture, Role, UsedInput
from studio.core.jobs import ProcessImage
from studio.media.inputs import plain_picture
from studio.media.pictures import on_white, reading


def read_input(given: InputPicture) -> Image.Image:
    """Upright and RGB, transparent places white. Raises InputMissing, InputChanged, PictureUnreadable."""
    with _opened(given) as image:
        return on_white(ImageOps.exif_transpose(image))


def read_whole(given: InputPicture) -> Image.Image:
    """Upright, in sRGB with 8 bits: RGBA where something shows through it, else RGB; of what moves, the first
    frame. Raises as `read_input`."""
    with _opened(given) as image:
        image.seek(0)
        return plain_picture(image)


def read_mask(given: InputPicture, size: tuple[int, int]) -> Image.Image:
    """Grey, white where something is chosen, for a picture of that size. Raises as `read_input`, and
    MaskUnfit where it is for another one."""
    with _opened(given) as image:
        mask = image.convert("L")
    if mask.size != size:
        raise MaskUnfit(width=mask.width, height=mask.height, wide=size[0], high=size[1])
    return mask


def with_role(inputs: Sequence[InputPicture], role: Role) -> InputPicture | None:
    """The first that plays it."""
    return next((one for one in inputs if one.role is role), None)


def picture_of(job: ProcessImage) -> InputPicture:
    """What is changed; a job that was checked has it."""
    return next(one for one in job.inputs if one.role is Role.CHANGE)


def used_inputs(inputs: Sequence[InputPicture]) -> tuple[UsedInput, ...]:
    """As a recipe remembers them."""
    return tuple(
        UsedInput(role=one.role, asset=one.asset, name=one.name, hash=one.hash, weight=one.weight)
        for one in inputs
    )


@contextmanager
def _opened(given: InputPicture) -> Iterator[Image.Image]:
    path = Path(given.path)
    if not path.is_file():
        raise InputMissing(name=given.name or path.name, path=given.path)
    if given.hash:
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != given.hash:
                raise InputChanged(name=given.name or path.name, path=given.path)
    with reading(path) as image:
        yield image
