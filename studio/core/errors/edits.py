"""Why a picture cannot be changed as it was asked."""

from studio.core.errors.requests import BadRequest


class EditError(BadRequest):
    """What is to be changed, or where, is the reason."""


class NothingChosen(EditError):
    code = "nothing_chosen"
    template = "Nothing is chosen in the picture {name}, so there is nothing to change."
    hint = "Choose a place with one of the selection tools; in a mask, it is white."


class RegionOutside(EditError):
    code = "region_outside"
    template = "The region that was to be looked at lies outside the picture {name}."
    hint = "Move it over the picture, or let the studio find it."


class NothingExtended(EditError):
    code = "nothing_extended"
    template = "The picture is to be extended, but by nothing."
    hint = "Say how many pixels are to be added, at one side at least."


class ResultTooLarge(EditError):
    code = "result_too_large"
    template = (
        "The picture {name} would become {width} × {height} pixels large; {most} megapixels are the most."
    )
    hint = "Enlarge or extend it by less."
