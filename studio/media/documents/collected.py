"""Text that grows piece by piece up to a bound, so that what there is can be taken at any time."""

from studio.media.documents.wire import TEXT_LIMIT


class Collected:
    """Attributes:
    full: there was more than could be taken.
    """

    def __init__(self, limit: int = TEXT_LIMIT) -> None:
        self._pieces: list[str] = []
        self._left = limit
        self.full = False

    def add(self, text: str, between: str = "\n") -> bool:
        """Takes the piece, with `between` behind it; False once no more is taken."""
        self.full = self.full or len(text) > self._left
        if text and self._left > 0:
            self._pieces.append(text[: self._left] + between)
            self._left -= len(text) + len(between)
        return not self.full

    @property
    def text(self) -> str:
        return "".join(self._pieces)
