"""Pictures of conversations that go with an exported file, and come out of one.

Those that were given with messages stand in a JSON file as base64, below the conversation that they belong
to. Beside a text they lie in a folder of its name, together with those that were made in the conversation.
"""

import base64
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import msgspec

from studio.core.conversations import Message
from studio.core.errors import PictureCutShort, PictureTooLarge, PictureUnreadable
from studio.media.documents.given import keep_given
from studio.media.durable import whole_file, write_error
from studio.store.assets import Assets
from studio.store.chat_files.foreign import Left
from studio.store.chat_files.tree import Json
from studio.store.chats import Chats
from studio.store.layout import is_given_picture

MOST_CARRIED = 48 << 20  # bytes of pictures in a JSON file: it is read whole, and that has a bound, too
_PLACE = "chats/pictures"


class Source(msgspec.Struct, frozen=True):
    """Where conversations and their pictures are read from; `library` is its folder."""

    chats: Chats
    assets: Assets
    library: Path


class Carried:
    """Into a JSON file, each picture once in a conversation, up to a bound.

    Attributes:
        left: pictures that had no room.
    """

    def __init__(self, library: Path) -> None:
        self._library, self._room = library, MOST_CARRIED
        self.left = 0

    def of(self, messages: Sequence[Message]) -> Iterator[tuple[str, str]]:
        """The places of these messages' pictures, and what is there; gone ones are left out."""
        places = (file.picture for message in messages for file in message.attachments)
        for place in filter(is_given_picture, dict.fromkeys(places)):
            source = self._library / place
            if not source.is_file():
                continue
            size = source.stat().st_size
            if size > self._room:
                self.left += 1
                continue
            self._room -= size
            yield place, base64.b64encode(source.read_bytes()).decode()


class Beside:
    """A folder beside an exported text, made once there is a picture for it."""

    def __init__(self, source: Source, target: Path) -> None:
        self._source = source
        self._folder = target.with_name(f"{target.stem} pictures")
        self._written: set[Path] = set()
        self._new: list[Path] = []

    def given(self, place: str) -> str:
        """What the text calls a picture that was given; empty where there is none."""
        return self._copy(self._source.library / place) if is_given_picture(place) else ""

    def made(self, asset_id: str) -> str:
        """The same of one that was made."""
        asset = self._source.assets.get(asset_id)
        return self._copy(self._source.library / asset.path) if asset else ""

    def undo(self) -> None:
        """Nothing of what was written stays; what lay there before does."""
        with suppress(OSError):  # why it has to go counts, and is told
            for copy in self._new:
                copy.unlink(missing_ok=True)
            if self._new and not any(self._folder.iterdir()):
                self._folder.rmdir()

    def _copy(self, picture: Path) -> str:
        """Raises DiskFull, FileUnwritable."""
        if not picture.is_file():
            return ""
        copy = self._folder / picture.name
        if picture not in self._written:
            self._new += [] if copy.exists() else [copy]
            try:
                self._folder.mkdir(exist_ok=True)
                with picture.open("rb") as read, whole_file(copy) as write:
                    shutil.copyfileobj(read, write)
            except OSError as error:
                raise write_error(error, copy) from error
            self._written.add(picture)
        return f"{quote(self._folder.name)}/{quote(copy.name)}"


class Brought:
    """Those that a conversation in a file brings along, copied into the library once they are asked for, and
    checked as any picture of a person is."""

    def __init__(self, pictures: Json, folder: Path, left: Left) -> None:
        self._pictures, self._folder, self._left = pictures, folder, left
        self._kept: dict[str, str] = {}

    def place(self, place: str) -> str:
        """Where in the library it lies; without one in the file where it lay, if that can be a place at all.
        Raises DiskFull, FileUnwritable."""
        encoded = self._pictures.get(place)
        if not isinstance(encoded, str):
            return place if is_given_picture(place) else ""
        if place not in self._kept:
            self._kept[place] = self._keep(encoded)
        return self._kept[place]

    def _keep(self, encoded: str) -> str:
        try:
            return f"{_PLACE}/{keep_given(base64.b64decode(encoded, validate=True), self._folder).name}"
        except (ValueError, PictureUnreadable, PictureCutShort, PictureTooLarge):
            self._left.pictures += 1
            return ""
