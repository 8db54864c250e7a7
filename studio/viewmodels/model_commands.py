"""What can be done with models: fetch, pause, stop, use, check, remove; folders are read or forgotten."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from studio.core.downloads import Checking, ModelFile, Wanted
from studio.core.errors import ModelUnsafe, StayOffline, StudioError, known
from studio.core.messages import Converted
from studio.core.model import Ability, ModelSpec, Wish
from studio.session import Session
from studio.session.relay import Relay
from studio.viewmodels.model_rows import ModelRow

PICKLES = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle")


class ModelCommands(QObject):
    """Acts through the session and tells how it ended.

    Attributes:
        converting: keys of the rows whose pickles are being converted.
        checks: by id of a model, the names of its damaged files; how far it is while they are being read.

    Signals:
        failed (StudioError): something could not be done.
        refused (StayOffline, callable): the studio is offline; the callable tries again.
        removed (str, int): the name of what was removed, and how many bytes that freed, as an object.
        checked (str): `checks` of the model with this id has changed, or `converting` of this row.
        adopted (str): this folder is read from now on.
        already_adopted (str): it was read before.
        server_added (str): the server at this address is asked from now on.
        converted (Converted): a pickle's tensors are a file of their own now.
        used (ModelSpec): it is the one that works from now on.
    """

    failed = Signal(object)
    refused = Signal(object, object)
    removed = Signal(str, object)
    checked = Signal(str)
    adopted = Signal(str)
    already_adopted = Signal(str)
    server_added = Signal(str)
    converted = Signal(object)
    used = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._relay = Relay(self)
        self.checks: dict[str, tuple[str, ...] | Checking] = {}
        self.converting: set[str] = set()

    # Fetching.

    def get(self, row: ModelRow) -> None:
        """Fetch the model of a row that has a repository."""
        files = row.entry.files if row.entry is not None else ()
        self.install(Wanted(repository=row.repository, files=files), row.name)

    def install(self, wanted: Wanted, name: str) -> None:
        self._online(lambda: self._session.models.install(wanted, name))

    def pause(self, row: ModelRow) -> None:
        if row.download is not None:
            self._session.models.pause_download(row.download.id)

    def resume(self, row: ModelRow) -> None:
        """Go on with what was paused or has failed."""
        if (download := row.download) is not None:
            self._online(lambda: self._session.models.resume_download(download.id))

    def drop(self, row: ModelRow) -> None:
        """Stop, and delete what was fetched of it."""
        if row.download is not None:
            self._session.models.drop_download(row.download.id)

    def allow_network(self) -> None:
        self._session.change_settings(offline=False)

    def _online(self, act: Callable[[], object]) -> None:
        try:
            act()
        except StayOffline as error:
            self.refused.emit(error, lambda: self._online(act))
        except StudioError as error:
            self.failed.emit(error)

    # What is installed.

    def can_use(self, spec: ModelSpec) -> bool:
        return bool(spec.abilities)

    def in_use(self, spec: ModelSpec) -> bool:
        """It is the one that works for every ability that it has."""
        return bool(spec.abilities) and all(self._working(ability) == spec.id for ability in spec.abilities)

    def use(self, spec: ModelSpec) -> None:
        """Pictures or answers come from it from now on."""
        fields = {Ability.GENERATE: "image_model", Ability.REPLY: "language_model"}
        self._session.change_settings(
            **{fields[ability]: spec.id for ability in spec.abilities if ability in fields}
        )
        self.used.emit(spec)

    def _working(self, ability: Ability) -> str:
        """The chosen one, or the first where none is chosen or it is gone."""
        settings = self._session.settings
        chosen = settings.image_model if ability is Ability.GENERATE else settings.language_model
        able = [spec.id for spec in self._session.models.installed(ability)]
        return chosen if chosen in able else next(iter(able), "")

    def hold(self, spec: ModelSpec, wish: Wish) -> None:
        """In that precision and place from its next use on."""
        self._session.models.hold(spec.id, wish)

    def removable(self, spec: ModelSpec) -> bool:
        return self._session.models.removable(spec.id)

    def remove(self, spec: ModelSpec) -> None:
        """Delete its files; only what the studio has fetched."""
        self._ask(self._session.models.remove(spec.id), lambda freed: self.removed.emit(spec.name, freed))

    def verify(self, spec: ModelSpec) -> None:
        """Read all of its files and compare their checksums."""

        def note(damaged: tuple[str, ...]) -> None:
            self.checks[spec.id] = damaged
            self.checked.emit(spec.id)

        def give_up(error: StudioError) -> None:
            del self.checks[spec.id]
            self.checked.emit(spec.id)
            self.failed.emit(error)

        def tell(checking: Checking) -> None:
            self.checks[spec.id] = checking
            self.checked.emit(spec.id)

        tell(Checking())
        self._ask(self._session.models.verify(spec.id, tell), note, give_up)

    def can_convert(self, row: ModelRow) -> bool:
        """It is a pickle in one file, and not being converted already."""
        refused = row.problem is not None and row.problem.code == ModelUnsafe.code
        return refused and row.key.lower().endswith(PICKLES) and row.key not in self.converting

    def convert(self, row: ModelRow, target: str) -> None:
        """Write its tensors to a safetensors file; nothing in the pickle is run."""

        def end() -> None:
            self.converting.discard(row.key)
            self.checked.emit(row.key)

        def note(done: Converted) -> None:
            end()
            self.converted.emit(done)

        def give_up(error: StudioError) -> None:
            end()
            self.failed.emit(error)

        self.converting.add(row.key)
        self.checked.emit(row.key)
        self._ask(self._session.models.convert(Path(row.key), Path(target)), note, give_up)

    def lender_wanted(self, row: ModelRow) -> str:
        """The repository that has what this single file lacks; "" where nothing is lacking."""
        return self._session.models.lender_wanted(row.spec) if row.spec is not None else ""

    def get_lender(self, row: ModelRow) -> None:
        repository = self.lender_wanted(row)
        self.install(Wanted(repository=repository), repository)

    def read_card(self, spec: ModelSpec, show: Callable[[str], object]) -> None:
        """Markdown of its README goes to `show`; empty where there is none."""
        self._ask(self._session.models.card(spec.id), show)

    def read_files(self, spec: ModelSpec, show: Callable[[tuple[ModelFile, ...]], object]) -> None:
        """What lies on the disk of it goes to `show`."""
        self._ask(self._session.models.files(spec.id), show)

    def rescan(self) -> None:
        """Look for models again, and at the room that is left on the disk."""
        self._session.models.rescan()
        self._session.models.look()

    # Folders.

    def adopt(self, path: str) -> None:
        """Read the models of a folder, or of the folder of a file that is one, where they lie."""
        before = self._session.settings.model_folders

        def tell(folder: str) -> None:
            if folder in before:
                self.already_adopted.emit(Path(path).name)
            else:
                self.adopted.emit(folder)

        self._ask(self._session.models.adopt(Path(path)), tell)

    def forget(self, folder: str) -> None:
        """Read it no more; its files stay."""
        kept = tuple(one for one in self._session.settings.model_folders if one != folder)
        self._session.change_settings(model_folders=kept)

    def read_again(self, folder: str) -> None:
        """Take back `forget`, also of a folder that is not there at the moment."""
        folders = self._session.settings.model_folders
        self._session.change_settings(model_folders=tuple(dict.fromkeys((*folders, folder))))

    # Servers on this machine.

    def add_server(self, text: str) -> None:
        """Ask the server at this address for its models from now on."""
        try:
            self.server_added.emit(self._session.models.add_server(text))
        except StudioError as error:
            self.failed.emit(error)

    def remove_server(self, address: str) -> None:
        self._session.models.remove_server(address)

    def ask_servers(self) -> None:
        self._session.models.ask_servers()

    def _ask(
        self,
        future: Future[Any],
        arrived: Callable[[Any], object],
        failed: Callable[[StudioError], object] | None = None,
    ) -> None:
        self._relay.then(future, arrived, lambda error: (failed or self.failed.emit)(known(error)))
