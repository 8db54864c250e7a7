"""What was read out of a picture that may come from any tool."""

import msgspec

from studio.core.nearest import NearestLora, NearestModel
from studio.core.recipe import Recipe


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A recipe, and what of it was not understood.

    Attributes:
        dialect: the tool that wrote it, by the name that it has for itself.
        unread: fields, node types or extensions that are there and have no place in a Recipe; in the order in
            which they were met, each once, as the tool calls them.
        hidden: it stood in the lowest bits of the pixels.
    """

    recipe: Recipe
    dialect: str
    unread: tuple[str, ...] = ()
    hidden: bool = False


class Dropped(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, or a text, that the person gave for the sake of its recipe.

    Attributes:
        path: of the picture; "" for a text.
        reading: None where there is no recipe.
        model, loras: what stands here for those of the recipe.
        thumbnail: encoded, "" for a text.
        width, height: of the picture, upright, in pixels.
        too_long: there is a text that is too long for a recipe.
    """

    path: str = ""
    reading: Reading | None = None
    model: NearestModel = NearestModel(name="")
    loras: tuple[NearestLora, ...] = ()
    thumbnail: bytes = b""
    width: int = 0
    height: int = 0
    too_long: bool = False
