"""What the person asks the hub: a search, or a repository by its name or address; only when told to."""

from PySide6.QtCore import QObject, Signal

from studio.core.downloads import HubModel, Wanted
from studio.core.errors import AddressUnknown, StayOffline, StudioError
from studio.core.records import problem_of
from studio.session import Session
from studio.viewmodels.latest import Latest
from studio.viewmodels.model_rows import Asked, HubLine


class HubSearch(QObject):
    """One question at a time; another text forgets what was found.

    Attributes:
        text: what was typed, without spaces around it.
        wanted: the repository that the text names; None where it is a text to search for.
        found: what the hub answered; None while it was not asked, or has not answered.
        problem: why the last search failed.
        met: all that it ever answered, by repository.

    Signals:
        changed: read the attributes and `lines` anew.
        refused (StayOffline): the studio is offline; nothing was asked.
    """

    changed = Signal()
    refused = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._asking = Latest(self)
        self._asking.arrived.connect(self._on_arrived)
        self._asking.failed.connect(self._on_failed)
        self.problem: StudioError | None = None
        self.text = ""
        self.wanted: Wanted | None = None
        self.found: tuple[HubModel, ...] | None = None
        self.met: dict[str, HubModel] = {}

    def set_text(self, text: str) -> None:
        self.text = " ".join(text.split())
        self.wanted = self._named() if "/" in self.text else None
        self._forget()
        self.changed.emit()

    def search(self) -> None:
        """Ask the hub for the text."""
        self._forget()
        try:
            self._asking.ask(self._session.models.search_hub(self.text))
        except StayOffline as error:
            self.refused.emit(error)
        self.changed.emit()

    def lines(self) -> list[HubLine]:
        """What stands below the rows that the text finds here."""
        if not self.text:
            return []
        lines = [HubLine(asked=Asked.GET, text=self.wanted.repository)] if self.wanted else []
        return [*lines, self._line()] if self._line_wanted() else lines

    def _line(self) -> HubLine:
        if self._asking.waiting:
            return HubLine(asked=Asked.SEARCHING, text=self.text)
        if self.problem is not None:
            return HubLine(asked=Asked.FAILED, text=self.text, problem=problem_of(self.problem))
        asked = Asked.SEARCH if self.found is None else Asked.NOTHING
        return HubLine(asked=asked, text=self.text)

    def _line_wanted(self) -> bool:
        """A name or an address is not searched for, and what was found says enough."""
        return self.wanted is None and not self.found

    def _named(self) -> Wanted | None:
        try:
            return self._session.models.find_repository(self.text)
        except AddressUnknown:
            return None

    def _forget(self) -> None:
        self._asking.forget()
        self.found, self.problem = None, None

    def _on_arrived(self, found: tuple[HubModel, ...]) -> None:
        self.found = found
        self.met |= {one.repository: one for one in found}
        self.changed.emit()

    def _on_failed(self, error: StudioError) -> None:
        self.problem = error
        self.changed.emit()
