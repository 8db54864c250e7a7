"""What stands here for the model and the LoRAs that a recipe from anywhere names."""

from typing import Literal

import msgspec

from studio.core.model import Lora, ModelSpec
from studio.core.recipe import UsedLora
from studio.core.shelf import ShelfEntry

How = Literal["", "same", "base"]


class NearestModel(msgspec.Struct, frozen=True, kw_only=True):
    """Attributes:
    name: as the recipe calls it; "" where it names none.
    here: the model that is on this machine, or that stands in for it.
    how: `same`: it is that model, by its hash or its name; `base`: another one of the same base; "": none.
    shelf: the nearest one of the shelf, where the model itself is not here.
    shelf_is_same: that one is it.
    """

    name: str
    here: ModelSpec | None = None
    how: How = ""
    shelf: ShelfEntry | None = None
    shelf_is_same: bool = False


class NearestLora(msgspec.Struct, frozen=True, kw_only=True):
    """Attributes:
    wanted: as the recipe names it.
    here: the same on this machine, with the recipe's scale; None where it is not.
    shelf: the shelf's, where it has it.
    """

    wanted: UsedLora
    here: Lora | None = None
    shelf: ShelfEntry | None = None
