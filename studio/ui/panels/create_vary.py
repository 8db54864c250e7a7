"""Variations of the chosen picture: a little, strongly, or by the words of its prompt alone."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject

from studio.core.recipe import Recipe
from studio.core.records import Asset
from studio.ui.actions import Action
from studio.viewmodels.create import CreateViewModel

LITTLE, MUCH = 0.15, 0.45  # how far from the picture's own noise to another's
DRIFT = 0.25  # how far the prompt wanders


class VaryActions(QObject):
    """Of a picture that does not say how it was made, the settings are shown instead."""

    def __init__(
        self,
        viewmodel: CreateViewModel,
        chosen: Callable[[], list[Asset]],
        use: Callable[[Recipe], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._viewmodel, self._chosen, self._use = viewmodel, chosen, use
        self.little = Action("Vary a little", partial(self._vary, LITTLE), "V", "vary", parent=parent)
        self.much = Action("Vary strongly", partial(self._vary, MUCH), "Shift+V", "vary", parent=parent)
        drift = partial(self._vary, 0.0, DRIFT)
        self.drift = Action("Let the prompt drift", drift, "D", "wand", parent=parent)
        self.all = [self.little, self.much, self.drift]

    def refresh(self, chosen: Sequence[Asset]) -> None:
        for action in self.all:
            action.setEnabled(len(chosen) == 1)

    def _vary(self, strength: float, drift: float = 0.0) -> None:
        for asset in self._chosen()[:1]:  # none, where a key came before the actions were told
            if not self._viewmodel.vary(asset, strength=strength, drift=drift):
                self._use(asset.recipe)
