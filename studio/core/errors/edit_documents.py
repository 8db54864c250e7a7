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


class EditUnsaved(StorageError):
    code = "edit_unsaved"
    template = "The edit {name} could not be saved. It stays open in memory, and saving is tried again."
    hint = "Free some space; until then it is among the documents of earlier, with all its steps."
