"""Width and height of the next picture: typed, chosen as a shape, or kept in one."""

from studio.core.errors import SizeOutOfRange
from studio.core.job_checks import SIZE_RANGE
from studio.viewmodels.model_draft import ModelDraft
from studio.viewmodels.sizes import native_size, other_side, shape_size, snapped


class SizeSettings:
    """Writes them into the draft.

    Attributes:
        snap: asked and used, when the last size had to be changed.
    """

    def __init__(self, draft: ModelDraft) -> None:
        self._draft = draft
        self.snap: tuple[int, int] | None = None
        self._aspect: float | None = None  # height by width, while it is locked
        self._model = draft.model
        draft.models_changed.connect(self._on_models_changed)

    def choose_shape(self, name: str) -> None:
        self._aspect = None
        self._set(*shape_size(name, self._draft.defaults))

    def set(self, width: int | None, height: int | None) -> None:
        """A typed size goes to the nearest one that the model can make; None gives the side back."""
        least, most = SIZE_RANGE
        sides = [side for side in (width, height) if side is not None]
        if not all(least <= side <= most for side in sides):
            shown = ["auto" if side is None else side for side in (width, height)]
            error = SizeOutOfRange(width=shown[0], height=shown[1], least=least, most=most)
            self._draft.refuse("size", error)
            return
        moved = [(side, snapped(side)) for side in sides if snapped(side) != side]
        self._set(width and snapped(width), height and snapped(height), moved[0] if moved else None)

    def set_width(self, width: int | None) -> None:
        """A typed side; while the aspect is locked, the other one goes with it."""
        _, height = self._draft.size
        if width and self._draft.draft.aspect_locked:
            height = other_side(snapped(width), self._locked_aspect())
        self.set(width, height)

    def set_height(self, height: int | None) -> None:
        width, _ = self._draft.size
        if height and self._draft.draft.aspect_locked:
            width = other_side(snapped(height), 1 / self._locked_aspect())
        self.set(width, height)

    def lock_aspect(self, on: bool) -> None:
        self._aspect = None
        self._draft.change("size", aspect_locked=on)

    def swap(self) -> None:
        self._aspect = None
        width, height = self._draft.size
        self._set(height, width)

    def forget(self) -> None:
        """What was typed, and the shape that was kept."""
        self.snap = self._aspect = None

    def _set(self, width: int | None, height: int | None, snap: tuple[int, int] | None = None) -> None:
        own = self._draft.defaults
        self.snap = snap
        self._draft.override(
            "size",
            width=None if width == own.width else width,
            height=None if height == own.height else height,
        )

    def _locked_aspect(self) -> float:
        """As it was when it was locked: sides that snap would else lead it astray, step by step."""
        if self._aspect is None:
            width, height = self._draft.size
            across, down = native_size(self._draft.defaults)
            self._aspect = (height or down) / (width or across)
        return self._aspect

    def _on_models_changed(self) -> None:
        before, self._model = self._model, self._draft.model
        if (before and before.id) != (self._model and self._model.id):
            self.forget()
