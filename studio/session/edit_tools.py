"""Every tool of the canvas that needs no model, at one address.

A tool is called with an `EditDocument` and is one step of it, or none where nothing changes; what cannot be
done raises BadRequest and changes nothing. Those that may take long also have `work`: `work =
crop.work(document, region)`, then `outcome = work()` in any thread, then `work.commit(outcome)` in the
window's.
"""

# ruff: noqa: F401
# pyright: reportUnusedImport=false

from studio.media.selection import Mode
from studio.session.edit_canvas_tools import crop, flip, resize, rotate_quarter, straighten
from studio.session.edit_layers import (
    activate_layer,
    add_layer,
    duplicate_layer,
    flatten,
    merge_down,
    move_layer,
    remove_layer,
    set_layer,
)
from studio.session.edit_pixels import (
    adjust,
    clear_selected,
    fill_colour,
    paste_picture,
    preview_adjustment,
    put_text,
)
from studio.session.edit_selecting import (
    feather_selection,
    grow_selection,
    invert_selection,
    keep_selection_as_layer,
    select_all,
    select_colour,
    select_from_alpha,
    select_layer,
    select_mask,
    select_none,
    select_polygon,
    select_rectangle,
)
from studio.session.edit_work import Outcome, Tool, Work
