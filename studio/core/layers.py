"""What an edit document is: its size, its layers from the bottom up, and what is chosen in it.

These say how planes of pixels lie over each other; the pixels are in `media/planes.py`.
"""

from enum import StrEnum
from typing import Literal

import msgspec

SELECTION = "selection"  # the plane of what is chosen
MOST_LAYERS = 200
MOST_LETTERS = 5_000  # that are drawn as words
TEXT_SIZES = (4, 1000)


class Blending(StrEnum):
    """How the colours of a layer go with those below; as Compositing and Blending Level 1 names them, which
    OpenRaster does too. One that is not known here, of a document from elsewhere, is read as normal."""

    NORMAL = "normal"
    DARKEN = "darken"
    MULTIPLY = "multiply"
    COLOUR_BURN = "color-burn"
    LIGHTEN = "lighten"
    SCREEN = "screen"
    COLOUR_DODGE = "color-dodge"
    OVERLAY = "overlay"
    SOFT_LIGHT = "soft-light"
    HARD_LIGHT = "hard-light"
    DIFFERENCE = "difference"
    EXCLUSION = "exclusion"
    HUE = "hue"
    SATURATION = "saturation"
    COLOUR = "color"
    LUMINOSITY = "luminosity"

    @classmethod
    def _missing_(cls, value: object) -> "Blending":
        return cls.NORMAL


class Origin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a picture was before it was opened; the defaults are what stays as it is.

    Attributes:
        format: as its bytes say, such as JPEG.
        misnamed: its name ends as if it were of another format.
        profile: the colour profile that it was converted from to sRGB.
        cmyk: it was made for print.
        deep: it had more than eight bits a channel.
        animated: it moves; only the first frame was opened.
        turned: it lay on its side, or was mirrored, and stands as its EXIF says.
    """

    format: str = ""
    misnamed: bool = False
    profile: str = ""
    cmyk: bool = False
    deep: bool = False
    animated: bool = False
    turned: bool = False


class TextStyle(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Words on a picture; `size` in pixels of the picture, `colour` as #RRGGBB, `x`, `y` its top left."""

    text: str
    x: int
    y: int
    size: int = 64
    family: str = ""
    bold: bool = False
    italic: bool = False
    colour: str = "#FFFFFF"
    align: Literal["left", "centre", "right"] = "left"


class Layer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One layer.

    Attributes:
        id: UUIDv7.
        plane: the plane with its pixels: RGBA of a picture or of words, one channel of a mask.
        kind: a mask layer keeps a selection, and shows only as a veil where it is wanted.
        opacity: 0…1.
        blending: with what lies below; a mask has none.
        asset: the picture of the library that it shows as it is; "" once it is changed, or for none.
        text: the words that it shows, while they can be written anew.
    """

    id: str
    name: str
    plane: str
    kind: Literal["picture", "mask", "text"] = "picture"
    opacity: float = 1.0
    visible: bool = True
    blending: Blending = Blending.NORMAL
    asset: str = ""
    text: TextStyle | None = None

    def repainted(self) -> "Layer":
        """The layer once its pixels are others: it shows no picture of the library, and its words can no
        longer be written anew."""
        kind = "picture" if self.kind == "text" else self.kind
        return msgspec.structs.replace(self, kind=kind, asset="", text=None)


class DocumentCard(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is shown of a document that is not open.

    Attributes:
        changed: Unix seconds.
        steps: how many there are.
        asset, only_here: as in Document.
        unsaved: it cannot be saved at present, and is in memory only; never so on the disk.
    """

    id: str
    name: str
    width: int
    height: int
    changed: float = 0.0
    steps: int = 0
    asset: str = ""
    only_here: bool = False
    unsaved: bool = False

    @property
    def is_kept(self) -> bool:
        """It stays once it is closed: something was done in it, or would be lost with it."""
        return self.steps > 0 or self.only_here


class Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The state of an edit document between two steps.

    Attributes:
        id: UUIDv7.
        width, height: of the canvas; every plane has this size.
        layers: the lowest first.
        active: the id of the layer that tools change; "" for none.
        asset: the picture of the library that the canvas stands on: the parent of what is made next.
        whole: the canvas shows that asset and nothing else, so it need not be put together for a job.
        only_here: what it was opened with is kept nowhere else, such as a picture that was copied.
    """

    id: str
    name: str
    width: int
    height: int
    layers: tuple[Layer, ...] = ()
    active: str = ""
    asset: str = ""
    whole: bool = False
    only_here: bool = False

    def layer(self, layer_id: str) -> Layer | None:
        return next((one for one in self.layers if one.id == layer_id), None)

    @property
    def active_layer(self) -> Layer | None:
        return self.layer(self.active)


def planes_of(state: Document) -> set[str]:
    """Those that the document has in that state."""
    return {SELECTION, *(layer.plane for layer in state.layers)}
