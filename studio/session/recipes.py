"""Recipes of pictures and texts from anywhere, read in a thread of their own."""

import re
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import msgspec

from studio.catalog.nearest import nearest_loras, nearest_model
from studio.core.errors import RecipeTooLong
from studio.core.model import ModelSpec
from studio.core.reading import Dropped, Reading
from studio.core.shelf import ShelfEntry
from studio.media.pictures import check_announced
from studio.media.recipes import look_at, read_fully
from studio.media.thumbnails import make_thumbnail
from studio.session.model_desk import ModelDesk

THUMBNAIL = 192  # pixels of the longer side
# How a recipe shows in a text: A1111's headings at the beginning of a line, or an object of JSON.
_SIGNS = re.compile(r"(?m)^[ \t]*(?:Negative prompt: ?\S|Steps: ?\d+, ?\w|\{\s*\")")


class _Here(msgspec.Struct, frozen=True):
    """What is on this machine and on the shelf while a recipe is read."""

    installed: list[ModelSpec]
    shelf: tuple[ShelfEntry, ...]
    preferred: str


def may_be_recipe(text: str) -> bool:
    """Whether it is worth reading a text that was not said to be one."""
    return bool(_SIGNS.search(text))


class RecipeDesk:
    """For the window's thread; answers come as futures."""

    def __init__(self, models: ModelDesk) -> None:
        self._models = models
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recipes")

    def read(self, path: Path) -> Future[Dropped]:
        """The picture's recipe, with what stands here for its models.

        Ends in PictureUnreadable, PictureTooLarge.
        """
        return self._thread.submit(_read, path, self._here())

    def read_text(self, text: str) -> Future[Dropped]:
        """The same for A1111's text, or the JSON of a tool, that was copied out of it."""
        return self._thread.submit(_read_text, text, self._here())

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)

    def _here(self) -> _Here:
        return _Here(self._models.installed(), self._models.shelf(), self._models.chosen_painter())


def _read(path: Path, here: _Here) -> Dropped:
    check_announced(path)
    reading, too_long = None, False
    try:
        reading = read_fully(path)
    except RecipeTooLong:
        too_long = True
    _, width, height = look_at(path)
    found = Dropped(
        path=str(path),
        thumbnail=make_thumbnail(path, THUMBNAIL),
        width=width,
        height=height,
        too_long=too_long,
    )
    return _with_models(found, reading, here)


def _read_text(text: str, here: _Here) -> Dropped:
    from studio.media.dialects import read_text  # its libraries are needed for strange recipes only

    return _with_models(Dropped(), read_text(text), here)


def _with_models(found: Dropped, reading: Reading | None, here: _Here) -> Dropped:
    if reading is None:
        return found
    model = nearest_model(reading.recipe, here.installed, here.shelf, here.preferred)
    painter = model.here or next((spec for spec in here.installed if spec.id == here.preferred), None)
    loras = nearest_loras(reading.recipe, painter, here.installed, here.shelf)
    return msgspec.structs.replace(found, reading=reading, model=model, loras=loras)
