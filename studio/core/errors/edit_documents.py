"""An edit document is the reason."""

from studio.core.errors.requests import BadRequest
from studio.core.errors.storage import StorageError


class LayerMissing(BadRequest):
    code = "layer_missing"
    template = "There is no layer to paint on."
    hint = "Choose one in the list of layers, or add one."


class EditInUse(StorageError):
    code = "edit_in_use"
    template = "The edit {name} is open in another window or command."
    hint = "Close it there, then try again."


class EditDamaged(StorageError):
    code = "edit_damaged"
    template = "The edit in {path} cannot be read ({cause})."
    hint = "Its pictures in the library are not touched; open one of them anew."


class EditCutShort(StorageError):
    code = "edit_cut_short"
    template = "The edit {name} was damaged: {steps} of its steps could be read, the rest is kept in {path}."
    hint = "It goes on from there; the rest is deleted after 30 days."


class EditStepsLost(StorageError):
    code = "edit_steps_lost"
    template = "The edit {name} was damaged: {steps} of its last steps cannot be shown any more."
    hint = "It goes on from what it was before them."


class EditUnsaved(StorageError):
    code = "edit_unsaved"
    template = "The edit {name} could not be saved. It stays open in memory, and saving is tried again."
    hint = "Free some space; until then it is among the documents of earlier, with all its steps."
