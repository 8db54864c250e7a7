"""Recipes that other tools wrote into their pictures: one module for each way of writing, tried in turn."""

from collections.abc import Callable

from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from studio.core.errors import RecipeTooLong
from studio.core.reading import Reading
from studio.media.dialects import (
    a1111,
    comfyui,
    drawthings,
    fooocus,
    invokeai,
    midjourney,
    novelai,
    second_opinion,
    swarmui,
)
from studio.media.dialects.stealth import hidden_text
from studio.media.dialects.texts import Texts, of_bounded_length, texts_behind_pixels, texts_in
from studio.media.dialects.values import parsed

# What says whose it is comes before what many tools write; each is asked for all that stands in the picture.
ALL: tuple[Callable[[Texts], Reading | None], ...] = (
    swarmui.read,
    fooocus.read,
    invokeai.read,
    novelai.read,
    a1111.read,
    comfyui.read,
    drawthings.read,
    midjourney.read,
    second_opinion.read,
)


def recipe_of_another_tool(image: Image.Image, path: str) -> Reading | None:
    """What another tool left in an opened picture; pixels are decoded where nothing stands before them.

    Raises RecipeTooLong where nothing but a text of absurd length is there.
    """
    texts, too_long = of_bounded_length(texts_in(image))
    reading = read_texts(texts, image.size)
    if reading is None and isinstance(image, PngImageFile):
        behind, more = of_bounded_length(texts_behind_pixels(image))
        reading, too_long = read_texts(behind, image.size), too_long or more
    if reading is None and (text := hidden_text(image)):
        reading = _hidden(text, image.size)
    if reading is None and too_long:
        raise RecipeTooLong(path=path)
    return reading


def read_text(text: str) -> Reading | None:
    """A recipe that was copied out of a tool: its settings as text, or its JSON."""
    texts, _ = of_bounded_length({"parameters": text, "prompt": text, "workflow": text, "Comment": text})
    return read_texts(texts, (0, 0))


def read_texts(texts: Texts, size: tuple[int, int]) -> Reading | None:
    """The first dialect that knows them. `size`: of the picture, for tools that do not write it down."""
    told = Texts(texts, size)
    for read in ALL if told else ():
        try:
            if reading := read(told):
                return reading
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
            continue  # not what this dialect is like after all, whatever it began with
    return None


def _hidden(text: str, size: tuple[int, int]) -> Reading | None:
    """A1111's text as it is, or all texts of a picture as one JSON object."""
    told = {key: value for key, value in parsed(text).items() if isinstance(value, str)}
    reading = read_texts(Texts(told or {"parameters": text}), size)
    return (
        Reading(recipe=reading.recipe, dialect=reading.dialect, unread=reading.unread, hidden=True)
        if reading
        else None
    )
