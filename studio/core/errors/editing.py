"""Why a tool of the canvas cannot do what it was asked to."""

from studio.core.errors.requests import BadRequest


class EditingError(BadRequest):
    """Nothing was changed."""


class CurveUnordered(EditingError):
    code = "curve_unordered"
    template = "The points of the curve do not go from dark to light."
    hint = "Give each point a value of its own, in ascending order."
