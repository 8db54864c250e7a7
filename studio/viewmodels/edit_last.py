"""The document that was open last: Edit goes on with it when it is entered again."""

from collections.abc import Collection

from studio.viewmodels.shell import WindowState

OPEN_KEY = "edit.document"


class LastDocument:
    """Kept in the window's state, so that it is known even where the studio did not end by itself."""

    def __init__(self, state: WindowState) -> None:
        self._state = state
        self._waits = state.get(OPEN_KEY)
        self._entered = False

    def enter(self) -> None:
        """From now on it may be opened again."""
        self._entered = True

    def keep(self, document_id: str) -> None:
        """This one is open now; none where it is empty."""
        self._waits = ""
        self._state.put(OPEN_KEY, document_id)

    def let_be(self) -> None:
        """Another one is being opened."""
        self._waits = ""

    def take(self, there: Collection[str]) -> str:
        """What is to be opened again, if it is among these; empty for nothing.

        It is forgotten until it is open: what cannot be opened is not tried at each start.
        """
        if not self._entered or not self._waits:
            return ""
        taken = self._waits if self._waits in there else ""
        self.keep("")
        return taken
