"""Editing: jobs that change pictures, what comes of them, and what pictures were made of."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future

from PIL import Image
from PySide6.QtCore import QObject, Signal

from studio.core.edits import Edit, Operation
from studio.core.errors import StudioError, known
from studio.core.inputs import InputPicture, UsedInput
from studio.core.jobs import GenerateImages
from studio.core.lineage import Lineage
from studio.core.model import Ability, ModelSpec
from studio.core.records import Asset
from studio.session.edit_jobs import EditJobType, completed_edit, models_for
from studio.session.edit_keeping import Keeper
from studio.session.jobs import JobFlow
from studio.session.model_desk import ModelDesk
from studio.session.reads import Reads, found
from studio.session.relay import Relay


class EditDesk(QObject):
    """The session's side for editing; for the window's thread.

    Signals:
        refused (StudioError): what was asked for cannot be done.
        kept (Asset): a picture that no job made is in the library.
    """

    refused = Signal(object)
    kept = Signal(object)

    def __init__(
        self,
        reads: Callable[[], Reads | None],
        models: ModelDesk,
        flow: JobFlow,
        keeper: Keeper,
        generate: Callable[[GenerateImages, Callable[[Exception], object]], None],
        relay: Relay,
        parent: QObject,
    ) -> None:
        """`generate` queues a checked job once its parts are found; where it cannot, it calls back."""
        super().__init__(parent)
        self._reads, self._models, self._flow, self._keeper = reads, models, flow, keeper
        self._generate, self._relay = generate, relay

    def close(self) -> None:
        self._keeper.close()

    # Models.

    def models_for(self, operation: Operation) -> list[ModelSpec]:
        """The installed models that can do it, and last what needs none, where that can."""
        return models_for(operation, self._models.installed())

    @property
    def has_selector(self) -> bool:
        """Whether a model is here that finds an object at a place."""
        return bool(self._models.installed(Ability.SELECT))

    # Jobs.

    def submit(
        self,
        job: EditJobType,
        picture: InputPicture,
        mask: InputPicture | None = None,
        document: str = "",
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """Queues a job for a picture that was taken in; where it fails later it is refused, or what `failed`
        makes of it.

        Raises BadRequest, ModelUnable.
        """
        whole = completed_edit(job, picture, mask, document)
        failed = failed or self._refuse
        if isinstance(whole, GenerateImages):
            self._generate(whole, failed)
        else:
            self._flow.submit(whole, failed)

    # Pictures.

    def add(
        self,
        make: Callable[[], Image.Image],
        edit: Edit,
        shows: str = "",
        inputs: Sequence[UsedInput] = (),
    ) -> Future[Asset]:
        """Adds a picture to the library that no job made; `kept` follows. See `Keeper.keep`."""
        keeping = self._keeper.keep(make, edit, shows, tuple(inputs))
        self._relay.then(keeping, self.kept.emit, lambda _: None)
        return keeping

    def lineage(self, asset_id: str) -> Future[Lineage]:
        """What a picture was made of, and what was made of it. Ends in NotFound."""
        reads = self._reads()
        return reads.lineage(asset_id) if reads else found(Lineage(()))

    def _refuse(self, error: Exception) -> None:
        told: StudioError = known(error)
        self.refused.emit(told)
