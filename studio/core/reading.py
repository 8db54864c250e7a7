"""What was read out of a picture that may come from any tool."""

import msgspec

from studio.core.recipe import Recipe

MODEL_HASH = "Model hash"  # in `Recipe.extra`: A1111's short hash of a checkpoint, or its whole SHA-256


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
