"""Whether this machine is signed in at the hub: asked once somebody looks, told by name only when online."""

from concurrent.futures import Future

from PySide6.QtCore import QObject, Signal

from studio.core.downloads import Account
from studio.core.errors import StayOffline, StudioError
from studio.session import Session
from studio.viewmodels.latest import Latest


class HubAccount(QObject):
    """One question at a time. A token is passed on and not kept here.

    Attributes:
        account: None while it is not known.
        problem: what came of the last question, where that was no answer.

    Signals:
        changed: read the attributes anew.
        refused (StayOffline): nobody can sign in while the studio is offline.
    """

    changed = Signal()
    refused = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._asking = Latest(self)
        self._asking.arrived.connect(self._on_arrived)
        self._asking.failed.connect(self._on_failed)
        self._looked_offline: bool | None = None
        self._otherwise: Account | None = None
        self.account: Account | None = None
        self.problem: StudioError | None = None

    @property
    def waiting(self) -> bool:
        return self._asking.waiting

    @property
    def tokens_page(self) -> str:
        """Where the hub makes tokens."""
        return self._session.models.hub_page("settings/tokens")

    def look(self) -> None:
        """Ask who is signed in; once, and again after the network was allowed."""
        offline = self._session.settings.offline
        if self._looked_offline != offline:
            self._looked_offline = offline
            # Where there is no token the hub is not asked, and so cannot fail to answer.
            self._ask(self._session.models.hub_account(), Account(signed_in=True))

    def sign_in(self, token: str) -> None:
        """Keep the token, if the hub knows it."""
        try:
            self._ask(self._session.models.sign_in(token))
        except StayOffline as error:
            self.refused.emit(error)

    def sign_out(self) -> None:
        self._ask(self._session.models.sign_out())

    def _ask(self, answer: Future[Account], otherwise: Account | None = None) -> None:
        """`otherwise` is known if there is no answer."""
        self.problem, self._otherwise = None, otherwise or self.account
        self._asking.ask(answer)
        self.changed.emit()

    def _on_arrived(self, account: Account) -> None:
        self.account = account
        self.changed.emit()

    def _on_failed(self, error: StudioError) -> None:
        self.problem, self.account = error, self._otherwise
        self.changed.emit()
