"""Pictures that a job begins with, each with the role that it plays."""

import re
from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What an input is for; edges, depth and pose will be further roles."""

    START = "start"  # image to image: the new picture is painted over it
    REFER = "refer"  # the model looks at it: a person, a thing, a style
    CHANGE = "change"  # it is edited, and the result is as large as it is
    MASK = "mask"  # white where that is to happen


class InputPicture(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A picture that goes into a job.

    Attributes:
        path: absolute; a picture of the library, or the copy that the library keeps of one from elsewhere
            (`<library>/.studio/inputs`), upright and in 8 bits, so the job can run after its source is gone.
        asset: its id, where it is a picture of the library.
        name: what the person knows it by.
        hash: SHA-256 of the file at `path`, in hexadecimal.
        width, height: upright, in pixels.
        weight: how much a reference counts, 0…2; 1 where the model has no such measure.
        animated: its file moves, and only its first frame is used.
    """

    role: Role
    path: str
    asset: str = ""
    name: str = ""
    hash: str = ""
    width: int = 0
    height: int = 0
    weight: float = 1.0
    animated: bool = False


class UsedInput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An input as a recipe remembers it; fields as in InputPicture."""

    role: Role
    asset: str = ""
    name: str = ""
    hash: str = ""
    weight: float = 1.0


def is_digest(text: str) -> bool:
    """Whether it is a SHA-256 in hexadecimal: what recipes say of hashes may be anything, a path too."""
    return re.fullmatch("[0-9a-f]{64}", text) is not None
