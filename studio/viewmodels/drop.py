"""A recipe from anywhere: read, shown line by line, and the accepted lines written into Create's fields."""

from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.errors import RecipeTooLong
from studio.core.reading import Dropped
from studio.core.recipe import Recipe, UsedLora
from studio.core.sheets import Sheet
from studio.session import Session
from studio.session.recipes import may_be_recipe
from studio.viewmodels.create_recipes import RecipeFiller
from studio.viewmodels.create_settings import GenerationSettings
from studio.viewmodels.drop_fields import LORA, RecipeField, fields_of
from studio.viewmodels.latest import Latest


class DropViewModel(QObject):
    """Reads what was dropped, and writes the accepted part of it into the fields.

    Attributes:
        dropped: what was read last; None before.
        fields: of its recipe, in the order of the panel; empty where there is none.
        accepted: the names of those that are ticked.

    Signals:
        arrived: `dropped` is another one.
        accepted_changed: read `accepted` anew.
        failed (StudioError): it is no picture.
        text_unread: a text was given that holds no recipe.
        pasted (Dropped): a text was put into the prompt that is one; `show` makes it `dropped`.
    """

    arrived = Signal()
    accepted_changed = Signal()
    failed = Signal(object)
    text_unread = Signal()
    pasted = Signal(object)

    def __init__(
        self,
        session: Session,
        settings: GenerationSettings,
        filler: RecipeFiller,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._settings, self._filler = session, settings, filler
        self.dropped: Dropped | None = None
        self.fields: tuple[RecipeField, ...] = ()
        self.accepted: frozenset[str] = frozenset()
        self._latest = Latest(self)
        self._latest.arrived.connect(self._take)
        self._latest.failed.connect(self.failed)
        self._pastes = Latest(self)
        self._pastes.arrived.connect(self._on_pasted)

    # Reading.

    def read(self, path: Path) -> None:
        """`arrived` or `failed` follows."""
        self._latest.ask(self._session.recipes.read(path))

    def read_text(self, text: str) -> None:
        """Settings or JSON that were copied out of a tool; `arrived` or `text_unread` follows."""
        self._latest.ask(self._session.recipes.read_text(text))

    def look_at(self, text: str) -> None:
        """A text was put into the prompt; `pasted` follows where it is a recipe."""
        self._pastes.forget()
        if may_be_recipe(text):
            self._pastes.ask(self._session.recipes.read_text(text))

    def show(self, dropped: Dropped) -> None:
        """`arrived` follows."""
        self.dropped = dropped
        self.fields = tuple(fields_of(dropped, self._settings)) if dropped.reading else ()
        self.accepted = frozenset(field.name for field in self.fields if field.possible)
        self.arrived.emit()

    @property
    def unread(self) -> tuple[str, ...]:
        """What of the recipe was not understood, or has no place in Create."""
        reading = self.dropped.reading if self.dropped else None
        if reading is None:
            return ()
        return (*reading.unread, "Variation seed") if reading.recipe.variation else reading.unread

    @property
    def sheet(self) -> Sheet | None:
        """The contact sheet that the picture is the whole of; None for one picture, also of a sheet."""
        reading = self.dropped.reading if self.dropped else None
        return reading.recipe.sheet if reading and reading.recipe.cell is None else None

    @property
    def input_names(self) -> tuple[str, ...]:
        """The pictures that it began with or referred to, by names that mean something elsewhere."""
        reading = self.dropped.reading if self.dropped else None
        inputs = reading.recipe.inputs if reading else ()
        return tuple(dict.fromkeys(one.name for one in inputs if one.name))

    @property
    def problem(self) -> RecipeTooLong | None:
        """Why a recipe that may be there was not read."""
        dropped = self.dropped
        return RecipeTooLong(path=Path(dropped.path).name) if dropped and dropped.too_long else None

    # Choosing and using.

    def accept(self, name: str, on: bool) -> None:
        possible = {field.name for field in self.fields if field.possible}
        names = self.accepted | {name} if on else self.accepted - {name}
        self._set_accepted(names & possible)

    def accept_all(self, on: bool) -> None:
        self._set_accepted(frozenset(field.name for field in self.fields if field.possible and on))

    def use(self) -> bool:
        """Write the accepted fields into Create's; False where none is."""
        reading = self.dropped.reading if self.dropped else None
        if reading is None or not self.accepted:
            return False
        names = {"loras" if name.startswith(LORA) else name for name in self.accepted}
        self._filler.use_fields(self._recipe_here(reading.recipe), frozenset(names))
        return True

    def _recipe_here(self, recipe: Recipe) -> Recipe:
        """The recipe with the ids of what stands here for its model and for the accepted LoRAs."""
        assert self.dropped
        here = self.dropped.model.here
        loras = [
            UsedLora(id=one.here.id, name=one.here.name, scale=one.here.scale)
            for place, one in enumerate(self.dropped.loras)
            if one.here and f"{LORA}{place}" in self.accepted
        ]
        return msgspec.structs.replace(recipe, model=here.id if here else "", loras=tuple(loras))

    def _set_accepted(self, names: frozenset[str]) -> None:
        if names != self.accepted:
            self.accepted = names
            self.accepted_changed.emit()

    def _take(self, dropped: Dropped) -> None:
        if dropped.reading is None and not dropped.path:
            self.text_unread.emit()
        else:
            self.show(dropped)

    def _on_pasted(self, dropped: Dropped) -> None:
        if dropped.reading is not None:
            self.pasted.emit(dropped)
