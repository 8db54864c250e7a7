"""Before and after on the canvas: the picture as it was opened, a take, or any two of the lineage."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QPoint, QRectF
from PySide6.QtWidgets import QMenu

from studio.core.edits import Operation
from studio.core.records import Asset
from studio.ui.actions import Action, menu_of
from studio.ui.panels.edit_actions import EditActions
from studio.ui.widgets.buttons import Button
from studio.viewmodels.edit import EditViewModel
from studio.viewmodels.edit_takes import Take

if TYPE_CHECKING:
    from studio.ui.widgets.edit_canvas import EditCanvas

Compare = Literal["slider", "side_by_side", "difference"]
MODES: tuple[tuple[str, Compare], ...] = (
    ("Slider", "slider"),
    ("Side by side", "side_by_side"),
    ("Difference", "difference"),
)


class CompareMenu(QObject):
    """The button of the header and what it opens.

    Attributes:
        button: opens the menu.
        mode: how one compared last.
    """

    def __init__(
        self,
        viewmodel: EditViewModel,
        canvas: "Callable[[], EditCanvas]",
        actions: EditActions,
        parent: QObject,
    ) -> None:
        """`canvas` is asked for once a document is open."""
        super().__init__(parent)
        self._viewmodel, self._canvas, self._actions = viewmodel, canvas, actions
        self._menu: QMenu | None = None
        self.mode: Compare = "slider"
        self._pair: tuple[Asset, Asset] | None = None
        self._chosen: list[Asset] = []  # of the lineage, compared last
        self.button = Button("Before / after", icon="compare")
        self.button.clicked.connect(self._open)
        self._modes = [
            Action(english, partial(self._choose, mode), "", "compare", checkable=True, parent=self)
            for english, mode in MODES
        ]
        actions.compare.triggered.connect(lambda: self._toggle())
        viewmodel.thumbnails.ready.connect(lambda: self._show_pair())

    def compare_assets(self, assets: list[Asset]) -> None:
        """Two pictures of the lineage, or one with the canvas as it is now."""
        self._chosen = assets
        if len(assets) == 2:
            self._pair = (assets[0], assets[1])
            self._show_pair()
        elif assets:
            image = self._viewmodel.thumbnails.whole(assets[0])
            if image is not None:
                self._canvas().compare(image, "now", self.mode)
            else:
                self._pair = (assets[0], assets[0])

    def _open(self) -> None:
        self._actions.compare.say("Stop comparing" if self._canvas().is_comparing else "Before / after")
        for action, (_, mode) in zip(self._modes, MODES, strict=True):
            action.setChecked(mode == self.mode)
        self._menu = menu_of([*self._modes], [self._actions.compare])
        self._menu.popup(self.button.mapToGlobal(QPoint(0, self.button.height() + 2)))

    def _choose(self, mode: Compare) -> None:
        """Another way to see what is compared, or to begin with."""
        self.mode = mode
        if self._chosen and self._canvas().is_comparing:
            self.compare_assets(self._chosen)
        else:
            self._show()

    def _toggle(self) -> None:
        if self._canvas().is_comparing:
            self._canvas().stop_comparing()
        else:
            self._show()

    def _show(self) -> None:
        """A take that lies on the canvas with what is below it; else what was opened with what is now."""
        self._chosen = []
        take, canvas = self._viewmodel.takes.shown, self._canvas()
        image = self._viewmodel.thumbnails.whole(take.asset) if take and take.asset else None
        if image is not None:
            canvas.compare("now", image, self.mode, place_of(take) if take else None)
        else:
            canvas.compare("original", "now", self.mode)

    def _show_pair(self) -> None:
        """As soon as both are decoded."""
        if self._pair is None:
            return
        before, after = (self._viewmodel.thumbnails.whole(one) for one in self._pair)
        if before is not None and after is not None:
            same = self._pair[0].id == self._pair[1].id
            over = None if same else place_in(*self._pair)
            self._pair = None
            self._canvas().compare(before, "now" if same else after, self.mode, over)


def place_of(take: Take) -> QRectF | None:
    """Where it lies, in pixels of the picture: an extension reaches beyond."""
    edit, asset = take.edit, take.asset
    if asset is None or edit.operation is not Operation.EXTEND:
        return None
    return QRectF(-edit.margins.left, -edit.margins.top, asset.width, asset.height)


def place_in(before: Asset, after: Asset) -> QRectF | None:
    """The same of a picture that was made of the one before; None where that is not known."""
    edit = after.recipe.edit
    if edit is None or edit.parent != before.id or edit.operation is not Operation.EXTEND:
        return None
    return QRectF(-edit.margins.left, -edit.margins.top, after.width, after.height)
