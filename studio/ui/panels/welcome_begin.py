"""What a panel is sent that is to be begun at once."""

from typing import NamedTuple


class Begin(NamedTuple):
    """The main window hands `payload` to the panel, and then does what that is for: generates or sends."""

    payload: object
