"""What operations, tools and their states are called where they are shown."""

from pathlib import Path

from studio.core.edit_news import Remark
from studio.core.edits import PLAIN, Operation
from studio.core.layered_files import Lost
from studio.core.layers import Blending, Origin
from studio.core.model import Ability, ModelSpec
from studio.ui.i18n import tr
from studio.viewmodels.edit_tools import (
    CLOSER_KEY,
    FARTHER_KEY,
    FIT_KEY,
    HIDE_MASK_KEY,
    ORIGINAL_KEY,
    PAN_KEY,
    ROTATE_KEY,
    VEIL_KEY,
    WHOLE_KEY,
    Tool,
)

# Of the main button.
RUN = {
    Operation.FILL: "Fill selection",
    Operation.REMOVE: "Remove selection",
    Operation.BACKGROUND: "New background",
    Operation.EXTEND: "Extend picture",
    Operation.PAINT_OVER: "Paint over",
    Operation.INSTRUCT: "Change picture",
    Operation.UPSCALE: "Upscale",
    Operation.CUT_OUT: "Cut out",
}
PROMPTS = {
    Operation.FILL: "Describe what is to be there",
    Operation.REMOVE: "What goes there, if you like",
    Operation.BACKGROUND: "Describe the new background",
    Operation.EXTEND: "What lies beyond, if you like",
    Operation.PAINT_OVER: "Describe the whole picture",
    Operation.INSTRUCT: "For example: make it snow",
    Operation.UPSCALE: "Describe the picture, if you like",
    Operation.CUT_OUT: "",
}
# Of a tool: its name, its icon, and how it is used, for the bar of options.
TOOLS: dict[Tool, tuple[str, str, str]] = {
    Tool.HAND: ("Hand", "hand", "Drag to move the picture; with Space any tool does."),
    Tool.ZOOM: ("Zoom", "closer", "Click to come closer, with Alt to go farther."),
    Tool.BRUSH: ("Brush", "brush", ""),
    Tool.ERASER: ("Eraser", "eraser", ""),
    Tool.PAINT: ("Paint", "paint", ""),
    Tool.LASSO: ("Lasso", "lasso", ""),
    Tool.POLYGON: ("Polygon", "polygon", ""),
    Tool.RECTANGLE: ("Rectangle", "selection", "Drag it, or press Enter and move it with arrows."),
    Tool.WAND: ("Wand", "wand", ""),
    Tool.OBJECT: ("Object", "object", ""),
    Tool.CROP: ("Crop", "crop", "Drag a frame or move it with arrows, Enter crops."),
    Tool.EXTEND: ("Extend", "extend", "Drag the edges outwards, or type how far in the inspector."),
    Tool.CONTEXT: ("Context", "context", "Drag the frame of what the model sees."),
    Tool.EYEDROPPER: ("Colour picker", "eyedropper", "Click to take a colour for painting."),
    Tool.TEXT: ("Text", "words", "Click where the words begin."),
}
# What keys do on the canvas that are no actions, for F1.
ARROWS = ("Left", "Up", "Right", "Down")
CANVAS_KEYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Begin a rectangle, and choose it", ("Return",)),
    ("Choose it as well as what is chosen", ("Shift+Return",)),
    ("Take it from what is chosen", ("Alt+Return",)),
    ("Move the rectangle or the frame", ARROWS),
    ("Move its right and bottom", ("Ctrl+Left", *ARROWS[1:])),
    ("Move its left and top", ("Alt+Left", *ARROWS[1:])),
    ("Move it farther", ("Shift+Left", *ARROWS[1:])),
    ("Crop, extend or use the frame", ("Return",)),
    ("Close a polygon, take back a corner", ("Return", "Backspace")),
    ("Brush smaller, larger", ("[", "]")),
    ("Brush softer, harder", ("{", "}")),
    ("Move the picture", ARROWS),
    ("Move the picture with the pointer while held", (PAN_KEY,)),
    ("Zoom in, zoom out", (CLOSER_KEY, FARTHER_KEY)),
    ("Fit the picture into the window", (FIT_KEY,)),
    ("A pixel of the picture is one of the screen", (WHOLE_KEY,)),
    ("Turn the view left, right, straight", (",", ".", "/")),
    ("Turn the view with the pointer while held", (ROTATE_KEY,)),
    ("Hide the mask while held", (HIDE_MASK_KEY,)),
    ("Show or hide the colour of the mask", (VEIL_KEY,)),
    ("See the original while held", (ORIGINAL_KEY,)),
    ("Move the divider of a comparison", ARROWS[::2]),
)
OPERATIONS: tuple[tuple[str, Operation], ...] = (
    ("Fill", Operation.FILL),
    ("Extend", Operation.EXTEND),
    ("Paint over", Operation.PAINT_OVER),
    ("Instruct", Operation.INSTRUCT),
    ("Upscale", Operation.UPSCALE),
    ("Cut out", Operation.CUT_OUT),
)
FILLS: tuple[tuple[str, Operation], ...] = (
    ("Replace", Operation.FILL),
    ("Remove", Operation.REMOVE),
    ("Background", Operation.BACKGROUND),
)
LINEAGE = {
    Operation.FILL: "Filled",
    Operation.REMOVE: "Removed",
    Operation.BACKGROUND: "Background",
    Operation.EXTEND: "Extended",
    Operation.PAINT_OVER: "Painted over",
    Operation.INSTRUCT: "Instructed",
    Operation.UPSCALE: "Upscaled",
    Operation.CUT_OUT: "Cut out",
    Operation.BY_HAND: "By hand",
}
# Of a layer over those below, in the order and the groups that other programs have.
BLENDING = {
    Blending.NORMAL: "Normal",
    Blending.DARKEN: "Darken",
    Blending.MULTIPLY: "Multiply",
    Blending.COLOUR_BURN: "Colour burn",
    Blending.LIGHTEN: "Lighten",
    Blending.SCREEN: "Screen",
    Blending.COLOUR_DODGE: "Colour dodge",
    Blending.OVERLAY: "Overlay",
    Blending.SOFT_LIGHT: "Soft light",
    Blending.HARD_LIGHT: "Hard light",
    Blending.DIFFERENCE: "Difference",
    Blending.EXCLUSION: "Exclusion",
    Blending.HUE: "Hue",
    Blending.SATURATION: "Saturation",
    Blending.COLOUR: "Colour",
    Blending.LUMINOSITY: "Luminosity",
}
BLENDINGS: tuple[tuple[Blending, ...], ...] = (
    (Blending.NORMAL,),
    (Blending.DARKEN, Blending.MULTIPLY, Blending.COLOUR_BURN),
    (Blending.LIGHTEN, Blending.SCREEN, Blending.COLOUR_DODGE),
    (Blending.OVERLAY, Blending.SOFT_LIGHT, Blending.HARD_LIGHT),
    (Blending.DIFFERENCE, Blending.EXCLUSION),
    (Blending.HUE, Blending.SATURATION, Blending.COLOUR, Blending.LUMINOSITY),
)

# What a file has, or had, that the document has not; after "…, and".
LOST = {
    Lost.BLENDING: "what blends in ways that are unknown here lies over the others like any layer",
    Lost.MASK: "some masks do not hide anything",
    Lost.EFFECTS: "effects of layers are gone",
    Lost.ADJUSTMENT: "layers that adjust others are gone",
    Lost.CLIPPING: "a layer shows beyond the one that it was cut to",
    Lost.WORDS: "words and shapes are pixels",
    Lost.COLOURS: "colours are those of sRGB in eight bits",
    Lost.GROUPS: "groups of layers are taken apart",
    Lost.LAYER: "a layer that cannot be read is missing",
    Lost.TRANSPARENCY: "what showed through is white",
    Lost.LAYERS: "all layers are one",
}
ORIGINS = {
    "profile": "its colours were converted from {profile} to sRGB",
    "cmyk": "it was made for print, and its colours were converted to sRGB",
    "deep": "it has more than eight bits a channel, of which eight are kept",
    "animated": "it moves, and only its first frame was opened",
    "turned": "it was turned upright, as its EXIF says",
    "misnamed": "its name says otherwise, but it is a {format} file",
}


def remark_words(remark: Remark) -> str:
    """What is to be said of a file that was opened or written, in one line."""
    parts = origin_words(remark.origin)
    parts += [tr(LOST[one]) for one in Lost if one in remark.lost]
    what = tr("; ").join(parts)
    if remark.target:
        return tr("Saved as {name}, but {what}.", name=Path(remark.target).name, what=what)
    return tr("Of this picture: {what}.", what=what)


def origin_words(origin: Origin) -> list[str]:
    """What a picture was before it was opened, thing by thing."""
    said = [name for name in ORIGINS if getattr(origin, name) and not (name == "profile" and origin.cmyk)]
    return [tr(ORIGINS[name], profile=origin.profile, format=origin.format) for name in said]


def way_words(operation: Operation, model: ModelSpec | None) -> str:
    """How it will be done, so that nobody takes one thing for another."""
    if model is None:
        return ""
    if operation is Operation.UPSCALE:
        if model.id == PLAIN.id:
            return tr("Lanczos: larger without a model, nothing is invented.")
        if Ability.UPSCALE in model.abilities:
            return tr("A model made for enlarging.")
        return tr("Diffusion in tiles: it draws details that were not there.")
    if operation is Operation.CUT_OUT:
        if model.id == PLAIN.id:
            return tr("No model: what is not chosen becomes transparent.")
        return tr("The model finds the main thing by itself.")
    return ""
