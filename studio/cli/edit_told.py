"""What is wrong with an edit, told by the options that say it: here are no tools to choose a place with."""

import os

from studio.core.errors import NothingChosen, PictureUnreadable, RegionOutside, StudioError, ValueOutOfRange
from studio.ui.i18n import hint_of, tr

# What fields of a job are called among the options.
_OPTIONS = {
    "feather": "--feather",
    "scale": "--upscale",
    "margin": "--outpaint",
    "strength": "--strength",
    "steps": "--steps",
    "guidance": "--guidance",
    "pictures": "-n",
    "LoRA scale": "--lora",
}


def in_options(error: StudioError) -> StudioError:
    """The same, with the name of an option instead of the field's."""
    option = _OPTIONS.get(str(error.params.get("name")))
    if isinstance(error, ValueOutOfRange) and option:
        return ValueOutOfRange(**{**error.params, "name": option})
    return error


def hint_for(error: StudioError) -> str:
    """What to do, here where there is no window."""
    match error:
        case NothingChosen():
            return tr("Give a --mask that is as large as the picture, and white where it counts.")
        case RegionOutside():
            return tr("--crop and --region begin with X,Y, counted from the top left corner.")
        case PictureUnreadable(params={"path": str(path)}):
            return _hint_of_file(path) or hint_of(error)
        case _:
            return hint_of(error)


def _hint_of_file(path: str) -> str:
    if not os.path.lexists(path):
        return tr("There is no such file; check the spelling.")
    if os.path.isdir(path):
        return tr("It is a folder; name the pictures in it.")
    if not os.access(path, os.R_OK):
        return tr("The file is there, but may not be read; change its permissions.")
    return "" if os.path.getsize(path) else tr("The file is empty; copy or save it again from where it came.")
