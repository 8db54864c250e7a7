"""Why a tool of the canvas cannot do what it was asked to."""

from studio.core.errors.requests import BadRequest


class EditingError(BadRequest):
    """Nothing was changed."""


class CurveUnordered(EditingError):
    code = "curve_unordered"
    template = "The points of the curve do not go from dark to light."
    hint = "Give each point a value of its own, in ascending order."


class LayersTooMany(EditingError):
    code = "layers_too_many"
    template = "A picture has at most {most} layers."
    hint = "Merge some of them first."


class LayersTooLarge(EditingError):
    code = "layers_too_large"
    template = "The layers of {path} have more than {most} million pixels together."
    hint = "Merge some of them in another program first."


class SidesTooLong(EditingError):
    code = "sides_too_long"
    template = "A {format} file has at most {most} pixels a side."
    hint = "Choose another format, or make the picture smaller."


class LayerHidden(EditingError):
    code = "layer_hidden"
    template = "The layer {name} is hidden."
    hint = "Show it first, or choose another layer."


class LayerIsMask(EditingError):
    code = "layer_is_mask"
    template = "The layer {name} is a mask and has no colours."
    hint = "Choose a layer with a picture, or turn the mask into a selection."


class LastPictureLayer(EditingError):
    code = "last_picture_layer"
    template = "The layer {name} is the only picture there is."
    hint = "Add another layer before this one is removed."


class NothingBelow(EditingError):
    code = "nothing_below"
    template = "Below the layer {name} there is no picture that it could be merged with."
    hint = "Move it above a layer with a picture that is shown."


class NothingThere(EditingError):
    code = "nothing_there"
    template = "There is nothing to choose there."
    hint = "Draw around a larger place, or click on another one."


class SelectionVanishes(EditingError):
    code = "selection_vanishes"
    template = "Nothing would be left of the selection."
    hint = "Use a smaller number of pixels."


class LayerEmpty(EditingError):
    code = "layer_empty"
    template = "The layer {name} has nothing there that could be changed."
    hint = "Choose another layer, or another part of the picture."


class NothingShown(EditingError):
    code = "nothing_shown"
    template = "All layers are hidden."
    hint = "Show one of them first."


class OutsidePicture(EditingError):
    code = "outside_picture"
    template = "That lies outside of the picture."
    hint = "Begin inside of it, or extend the picture first."


class MadeForAnotherSize(EditingError):
    code = "made_for_another_size"
    template = (
        "This picture is {width} × {height} pixels large and was made for a canvas that has another size now,"
        " so it was not applied."
    )
    hint = "Undo to where it was made, or return to it in the lineage, where it is a canvas of its own."


class MadeForTurnedCanvas(EditingError):
    code = "made_for_turned_canvas"
    template = (
        "This picture was made for a canvas that has been flipped or turned since, so it was not applied."
    )
    hint = "Undo to where it was made, or return to it in the lineage, where it is a canvas of its own."


class EditedMeanwhile(EditingError):
    code = "edited_meanwhile"
    template = "The picture was changed while this was worked out, so nothing was done."
    hint = "Try it again."
