"""What Create tells of pictures and settings that are others than one would think."""

from functools import partial

from PySide6.QtCore import QObject

from studio.core.inputs import InputPicture
from studio.core.model import ModelSpec
from studio.core.recipe import Recipe
from studio.viewmodels.create import CreateViewModel
from studio.viewmodels.messages import MessageCentre


class CreateNews(QObject):
    """Follows the view-model from the start; a recipe that is put to use is told by whoever does so."""

    def __init__(self, viewmodel: CreateViewModel, messages: MessageCentre, parent: QObject) -> None:
        super().__init__(parent)
        self._viewmodel, self._messages = viewmodel, messages
        viewmodel.settings.parted.connect(self._tell_parted)
        viewmodel.refused.connect(messages.problem)
        viewmodel.inputs.failed.connect(messages.problem)
        viewmodel.inputs.lost.connect(self._tell_lost)
        viewmodel.inputs.replaced.connect(self._tell_replaced)

    def tell_missing(self, recipe: Recipe, *, found: bool) -> None:
        """What of the recipe this machine does not have; `found` is its model."""
        model, loras = recipe.model_name or recipe.model, self._viewmodel.recipes.unused_loras(recipe)
        if not found and model:
            text = "{model} is not on this machine, so another model has the settings now."
            self._messages.notify(text, warning=True, model=model)
        elif loras:
            text = (
                "This was made with the LoRA {lora}, which cannot be used here; the next picture will differ."
            )
            self._messages.notify(text, warning=True, lora=", ".join(loras))

    def _tell_lost(self, name: str) -> None:
        text = "The picture {name}, which this began with, is not here any more."
        self._messages.notify(text, warning=True, name=name)

    def _tell_replaced(self, before: InputPicture, now: InputPicture) -> None:
        text = "The picture {name} takes the place of {before}."
        undo = partial(self._viewmodel.inputs.start_from, before)
        self._messages.undoable(text, undo, icon="picture", name=now.name, before=before.name)

    def _tell_parted(self, before: ModelSpec) -> None:
        model = self._viewmodel.settings.model
        text = "What you set for {before} stays with it; {model} has a size, sampling and LoRAs of its own."
        self._messages.notify(text, before=before.name, model=model.name if model else "")
