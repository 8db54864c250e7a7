"""What the first start shows: what works already, and the models that would suit this machine best."""

from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.downloads import Download, DownloadState
from studio.core.errors import StayOffline
from studio.core.model import Ability, ModelSpec
from studio.core.recipe import Recipe
from studio.core.shelf import Fit, Machine
from studio.session import Session
from studio.viewmodels.model_commands import ModelCommands
from studio.viewmodels.model_rows import ModelRow, RowState, by_repository, shelf_rows

# The devices are asked for in a process that imports torch. Where it dies nobody tells, so that after this
# time the memory alone decides.
PATIENCE_MS = 30_000
PICTURES, TEXTS = 2, 1  # things to try of each starter


class Try(NamedTuple):
    """Something to try at once: a request that a starter was made for."""

    spec: ModelSpec
    text: str

    @property
    def panel(self) -> str:
        """Where it is begun."""
        return "create" if Ability.GENERATE in self.spec.abilities else "chat"


class WelcomeViewModel(QObject):
    """State of the first screen, free of widgets.

    Attributes:
        asking: the key of the offer that waits for leave to go online; empty for none.

    Signals:
        tries_changed: `tries` are other ones.
        offers_changed: `looking`, `machine`, `offers` or `asking`.
        failed (StudioError): a download could not be begun.
    """

    tries_changed = Signal()
    offers_changed = Signal()
    failed = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._commands = ModelCommands(session, self)
        self._wanted = ""
        self.asking = ""
        self._installed = by_repository(session.models.installed())
        self._downloads = {
            one.id: one for one in session.models.downloads() if one.state is not DownloadState.DONE
        }
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self.offers_changed)
        session.models.changed.connect(self._on_models_changed)
        session.settings_changed.connect(self.offers_changed)
        session.models.shelf_changed.connect(self.offers_changed)
        session.models.machine_changed.connect(self.offers_changed)
        session.models.download_changed.connect(self._on_download_changed)
        session.models.download_dropped.connect(self._on_download_dropped)
        self._commands.failed.connect(self.failed)
        self._commands.refused.connect(self._on_refused)

    def look(self) -> None:
        """Read the shelf and look at this machine; to be called when the screen is shown."""
        if self.looking and not self._patience.isActive():
            self._patience.start()
        self._session.models.look()

    # What works now.

    def tries(self, language: str) -> list[Try]:
        """Two requests for pictures and one for a text, in `en` or `zh`; fewer where a starter is missing."""
        starters = [spec for spec in self._session.models.installed() if spec.starter]
        return [
            Try(spec, text)
            for ability, count in ((Ability.GENERATE, PICTURES), (Ability.REPLY, TEXTS))
            for spec in [one for one in starters if ability in one.abilities][:1]
            for text in spec.examples.get(language, spec.examples.get("en", ()))[:count]
        ]

    def choose(self, one: Try) -> Recipe | str:
        """Let its starter do the next job; what the panel of this try is to be sent."""
        if one.panel == "create":
            return Recipe(model=one.spec.id, model_name=one.spec.name, prompt=one.text)
        if self._session.settings.language_model != one.spec.id:
            self._session.change_settings(language_model=one.spec.id)
        return one.text

    # What could be fetched.

    @property
    def looking(self) -> bool:
        """It is not known yet what fits."""
        machine = self.machine
        waiting = machine is not None and not machine.devices and self._patience.isActive()
        return machine is None or waiting or not self._session.models.shelf()

    @property
    def machine(self) -> Machine | None:
        return self._session.models.machine()

    @property
    def offline(self) -> bool:
        return self._session.settings.offline

    def offers(self, language: str) -> list[ModelRow]:
        """At most three of the shelf that fit well, for a person of this language; empty while looking."""
        if self.looking:
            return []
        best = self._session.models.best(language)
        rows = shelf_rows(best, self._installed, (), list(self._downloads.values()))
        return [row for _, row in rows if row.entry is not None]

    def fit_of(self, row: ModelRow) -> Fit:
        assert row.entry is not None
        return self._session.models.fit_of(row.entry)

    def get(self, row: ModelRow) -> None:
        """Fetch it, or go on with what stopped; while the studio is offline, `asking` is set instead."""
        self._wanted = row.key
        if row.state is RowState.AVAILABLE:
            self._commands.get(row)
        else:
            self._commands.resume(row)

    def allow(self, row: ModelRow) -> None:
        """The person lets the studio go online for this."""
        self.asking = ""
        self._commands.allow_network()
        self.get(row)

    def stop_asking(self) -> bool:
        """False where nothing was asked."""
        asked = bool(self.asking)
        if asked:
            self.asking = ""
            self.offers_changed.emit()
        return asked

    def pause(self, row: ModelRow) -> None:
        self._commands.pause(row)

    def use(self, row: ModelRow) -> str:
        """Let what was fetched do the next job; the panel that it works in."""
        assert row.spec is not None
        self._commands.use(row.spec)
        return "create" if Ability.GENERATE in row.spec.abilities else "chat"

    def can_use(self, row: ModelRow) -> bool:
        return row.spec is not None and self._commands.can_use(row.spec)

    # Following the session.

    def _on_refused(self, _: StayOffline) -> None:
        self.asking = self._wanted
        self.offers_changed.emit()

    def _on_models_changed(self) -> None:
        """What has arrived is known to the scan from now on."""
        self._installed = by_repository(self._session.models.installed())
        kept = self._downloads.items()
        self._downloads = {key: one for key, one in kept if one.state is not DownloadState.DONE}
        self.tries_changed.emit()
        self.offers_changed.emit()

    def _on_download_changed(self, download: Download) -> None:
        self._downloads[download.id] = download
        self.offers_changed.emit()

    def _on_download_dropped(self, download_id: str) -> None:
        self._downloads.pop(download_id, None)
        self.offers_changed.emit()
