"""What `session.attachments` is to the window, without files or child processes."""

import hashlib
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from studio.core.conversations import Attachment
from studio.core.errors import StudioError
from studio.core.ids import new_id
from studio.media.pictures import SUFFIXES


class FakeAttachments:
    """Reads anything at once.

    Attributes:
        texts: what files say, by their names; of others that they are read.
        refused: by the name of a file, why it is not read.
        cut: names of files of which only the beginning is taken.
        waiting: where it is a list, futures are put there and end when the test says so.
    """

    def __init__(self, session: Any) -> None:
        self._session = session
        self.texts: dict[str, str] = {}
        self.refused: dict[str, StudioError] = {}
        self.cut: set[str] = set()
        self.waiting: list[Future[Attachment]] | None = None

    def read(self, path: Path) -> Future[Attachment]:
        self._session.calls.append(("read_attachment", path.name))
        if path.suffix.lower() in SUFFIXES:
            return self.read_picture(str(path).encode, path.name)
        return self._ended(path.name, self.texts.get(path.name, f"What {path.name} says."))

    def read_text(self, name: str, text: str) -> Future[Attachment]:
        self._session.calls.append(("read_text", name, len(text)))
        return self._ended(name, text)

    def read_picture(self, encoded: Callable[[], bytes], name: str) -> Future[Attachment]:
        self._session.calls.append(("read_picture", name))
        picture = f"chats/pictures/{hashlib.sha256(encoded()).hexdigest()}.png"
        return self._ended(name, "", picture)

    def _ended(self, name: str, text: str, picture: str = "") -> Future[Attachment]:
        future: Future[Attachment] = Future()
        read = Attachment(
            id=new_id(),
            name=name,
            text=text,
            picture=picture,
            size_bytes=len(text.encode()) or 48_000,
            cut=name in self.cut,
        )
        if self.waiting is not None:
            self.waiting.append(future)
        elif name in self.refused:
            future.set_exception(self.refused[name])
        else:
            future.set_result(read)
        return future
