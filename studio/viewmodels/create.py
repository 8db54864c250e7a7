"""What the Create panel does: asks for pictures from what is written, and shows the batches that came."""

import secrets
from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.errors import (
    InputError,
    LoraError,
    ModelError,
    NotFound,
    NotRecorded,
    PromptEmpty,
    PromptError,
    PromptTooLong,
    SeedOutOfRange,
    SizeOutOfRange,
    StudioError,
    ValueOutOfRange,
)
from studio.core.ids import new_id
from studio.core.job_checks import PROMPT_LIMIT
from studio.core.jobs import GenerateImages
from studio.core.passes import Variation
from studio.core.records import Asset
from studio.core.sheet_cells import renewed
from studio.session import Session
from studio.viewmodels.batches import BatchListModel
from studio.viewmodels.create_inputs import InputsViewModel
from studio.viewmodels.create_recipes import RecipeFiller
from studio.viewmodels.create_settings import SEEDS, GenerationSettings
from studio.viewmodels.drop import DropViewModel
from studio.viewmodels.picture_commands import PictureCommands
from studio.viewmodels.prompt import PromptViewModel
from studio.viewmodels.sheet import SheetViewModel
from studio.viewmodels.shell import WindowState
from studio.viewmodels.thumbnails import Thumbnails


class AgainWanted(msgspec.Struct, frozen=True):
    """A picture of the library that is to be made once more, the very same."""

    asset: Asset


class CreateViewModel(QObject):
    """State of the Create panel, free of widgets.

    Attributes:
        settings: the fields.
        prompt: what the prompt becomes, and help with it.
        inputs: the pictures to begin with.
        results: the batches.
        pictures: what can be done with pictures that are made.
        recipes: writes what made a picture into the fields.
        drop: recipes that come from outside.
        sheets: contact sheets.

    Signals:
        submitted: a job was taken; show its batch.
        refused (StudioError): something that belongs to no field went wrong.
    """

    submitted = Signal()
    refused = Signal(object)

    def __init__(
        self, session: Session, state: WindowState, thumbnails: Thumbnails, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.thumbnails = thumbnails
        self.settings = GenerationSettings(session, state, self)
        self.prompt = PromptViewModel(session, self.settings, self)
        self.inputs = InputsViewModel(session, self.settings, self)
        self.results = BatchListModel(session, thumbnails, self)
        self.pictures = PictureCommands(session, thumbnails, self)
        self.recipes = RecipeFiller(session, self.settings, self)
        self.recipes.inputs_wanted.connect(self.inputs.find)
        self.drop = DropViewModel(session, self.settings, self.recipes, self)
        self.sheets = SheetViewModel(session, self.settings, state, thumbnails, self.pictures, self)
        session.ready.connect(self.results.fill)
        if session.is_open:
            self.results.fill()

    def generate(self, *, new_seed: bool = False) -> bool:
        """Ask for pictures; False when it was refused and `settings.problems` or `refused` says why.

        Unless the seed is locked it is the one drawn ahead, which the field shows afterwards; where nothing
        is made, it shows what it showed.
        """
        settings = self.settings
        if settings.problems.keys() & {"size", "seed"}:
            return False  # a number that was refused still stands in its field
        rolled = new_seed or settings.rolls
        try:
            self._session.generate(settings.job(rolled=rolled))
        except StudioError as error:
            self._refuse(error)
            return False
        if rolled:
            settings.roll_seed()
        self.prompt.submitted()
        self.submitted.emit()
        return True

    def measure_cache(self) -> bool:
        """Two pictures of what is written, without the chosen cache and with it, of the seed that stands in
        the field; False where that was refused, as for `generate`."""
        settings = self.settings
        if settings.problems.keys() & {"size", "seed"}:
            return False
        if settings.draft.prompt.strip() and settings.draft.seed is None:
            settings.roll_seed()
        try:
            settings.cache_measure.ask(settings.job())
        except StudioError as error:
            self._refuse(error)
            return False
        self.submitted.emit()
        return True

    def make_again(self, job: GenerateImages) -> bool:
        """The same request once more, all its pictures: with a new seed, or the same while it is locked."""
        seed = job.seed if self.settings.draft.seed_locked else secrets.randbelow(SEEDS)
        again = renewed(job, seed)  # cells become those of another sheet
        return self._try(lambda: self._session.generate(again))

    def make_picture_again(self, asset: Asset) -> bool:
        """One picture once more, pixel for pixel under the record of how it was made; what is otherwise today
        is told in the notes of the job. False where nothing is recorded in it."""
        try:
            self._session.make_again(asset)
        except NotRecorded:
            return False
        except StudioError as error:
            self.refused.emit(error)
        else:
            self.submitted.emit()
        return True

    def vary(self, asset: Asset, *, strength: float = 0.0, drift: float = 0.0) -> bool:
        """Pictures near this one, as many as are set; False where its job is not known (it is from elsewhere)
        or the session refuses. `strength` and `drift` as in Variation."""
        recipe = asset.recipe
        try:
            made = self._session.job(recipe.job).job
        except NotFound:
            return False
        if not isinstance(made, GenerateImages) or recipe.seed is None:
            return False
        job = msgspec.structs.replace(
            made.picture(recipe.index),
            id=new_id(),
            seed=secrets.randbelow(SEEDS),
            num_images=self.settings.draft.num_images,
            sheet=None,
            again=None,
            variation=Variation(seed=recipe.seed, strength=strength, drift=drift, of=recipe.variation),
        )
        return self._try(lambda: self._session.generate(job))

    def resume(self, job: GenerateImages) -> None:
        """The pictures that are missing of a job that did not come to its end."""
        try:
            self._session.resume([job.id])
        except StudioError as error:
            self.refused.emit(error)

    def stop(self, job: GenerateImages) -> None:
        try:
            self._session.stop(job.id)
        except StudioError as error:
            self.refused.emit(error)

    def stop_current(self) -> bool:
        """End what runs, else what waits; False where nothing does."""
        job = self.results.unfinished()
        if job is not None:
            self.stop(job)
        return job is not None

    def _try(self, command: Callable[[], None]) -> bool:
        try:
            command()
        except StudioError as error:
            self.refused.emit(error)
            return False
        self.submitted.emit()
        return True

    def _refuse(self, error: StudioError) -> None:
        if field := self._field_of(error):
            self.settings.refuse(field, error)
        else:
            self.refused.emit(error)

    def _field_of(self, error: StudioError) -> str:
        """The field that an error speaks of; empty for none."""
        match error:
            case PromptTooLong() if len(self.settings.draft.prompt) <= PROMPT_LIMIT:
                return "negative_prompt"
            case PromptEmpty() | PromptTooLong() | PromptError():
                return "prompt"
            case SizeOutOfRange():
                return "size"
            case SeedOutOfRange():
                return "seed"
            case ValueOutOfRange():
                return str(error.params["name"])
            case LoraError():
                return "loras"
            case InputError():
                return "inputs"
            case ModelError():
                return "model"
            case _:
                return ""
