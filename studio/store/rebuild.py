"""Bring the database in line with the library's files, after it was lost or after a process died."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import apsw
import msgspec

from studio.core.conversations import Conversation, Message, MessageState
from studio.core.errors import PictureUnreadable
from studio.core.paths import Paths
from studio.core.records import Asset
from studio.store.adoption import Adopter
from studio.store.annotations import Annotations
from studio.store.assets import Assets
from studio.store.chat_trees import BESIDE
from studio.store.chats import Chats
from studio.store.instances import alive
from studio.store.layout import pictures_in
from studio.store.mirrors import Mirrors

Progress = Callable[[int, int], None]

_SLICE = 200  # pictures a transaction: other processes wait for at most a few hundredths of a second


def no_progress(done: int, total: int) -> None:
    """For callers that show none."""


class Rebuilt(msgspec.Struct, frozen=True):
    """What the library holds; `unreadable` are files in it that are not what their names say."""

    pictures: int
    conversations: int
    unreadable: tuple[str, ...]


def sweep_instance(paths: Paths, adopter: Adopter, instance: str) -> list[Asset]:
    """Bring in what a dead instance had finished, and clear away what it had not."""
    folder = paths.staging / instance
    adopted = [asset for job in sorted(folder.glob("*")) for asset in sweep_job(adopter, job)]
    _remove_if_empty(folder)
    return adopted


def sweep_job(adopter: Adopter, folder: Path) -> list[Asset]:
    """Bring in what an ended job had finished in its staging folder; clear away the rest and the folder."""
    unlisted = (file for file in adopter.unlisted if file.parent == folder)
    adopted = _adopt_all(adopter, {*folder.glob("*.png"), *unlisted})
    for part in folder.glob("*.part"):
        part.unlink(missing_ok=True)
    _remove_if_empty(folder)
    return adopted


def _adopt_all(adopter: Adopter, staged: Iterable[Path]) -> list[Asset]:
    adopted: list[Asset] = []
    for file in sorted(staged):
        with suppress(PictureUnreadable):  # it stays where it is, for a person to look at
            adopted.append(adopter.adopt(file))
    return adopted


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def adopt_lost(paths: Paths, assets: Assets, adopter: Adopter, annotations: Annotations) -> list[Asset]:
    """Bring in pictures that lie in the library without a row: renamed, and then the process died."""
    known = assets.paths()
    lost = [path for path in pictures_in(paths.library) if path not in known]
    if not lost:
        return []

    def taken(asset_id: str) -> bool:
        row = assets.get(asset_id)
        return row is not None and (paths.library / row.path).is_file()

    said = annotations.read()
    adopted: list[Asset] = []
    for path in lost:
        with suppress(PictureUnreadable):
            adopted.append(adopter.adopt_in_place(path, said, taken))
    return adopted


def rebuild_pictures(
    paths: Paths, assets: Assets, adopter: Adopter, annotations: Annotations, progress: Progress
) -> tuple[int, list[str]]:
    """Read every picture again; rows without a file go. Returns how many there are, and the unreadable ones.

    Other processes may adopt and annotate meanwhile.
    """
    # Nothing is cleared away here: an instance that is unknown may belong to another home, and live.
    for orphan in {folder.name for folder in paths.staging.iterdir()} - alive(paths):
        _adopt_all(adopter, (paths.staging / orphan).glob("*/*.png"))
    files = list(pictures_in(paths.library))
    said = annotations.read()
    taken: set[str] = set()
    unreadable: list[str] = []
    for start in range(0, len(files), _SLICE):
        found: list[Asset] = []
        for path in files[start : start + _SLICE]:
            try:
                found.append(adopter.identify(path, said, taken.__contains__))
                taken.add(found[-1].id)
            except PictureUnreadable:
                unreadable.append(path)
        assets.put(found)
        progress(start + len(found), len(files))
    assets.remove([key for path, key in assets.paths().items() if not (paths.library / path).is_file()])
    now = annotations.read()
    for on, before, after in ((True, said, now), (False, now, said)):
        assets.set_starred(list(after.starred - before.starred), on)
        assets.set_trashed(list(after.trashed - before.trashed), on)
    return len(files) - len(unreadable), unreadable


def rebuild_conversations(
    chats: Chats, mirrors: Mirrors, transaction: Callable[[], AbstractContextManager[None]]
) -> tuple[int, list[str]]:
    """Read every conversation's file again; those without one go, unless they are still to be written. Each
    in a `transaction`: what another process says meanwhile comes before it or after it.

    Returns how many files there are, and the unreadable ones.
    """
    unreadable: list[str] = []
    ids = mirrors.ids()
    for conversation_id in sorted(ids):
        try:
            with transaction():
                content = mirrors.read(conversation_id)
                if content is None:
                    unreadable.append(f"chats/{conversation_id}.jsonl")
                elif not chats.busy(conversation_id):
                    _restore(chats, *content)
        except (apsw.ConstraintError, UnicodeEncodeError):
            unreadable.append(f"chats/{conversation_id}.jsonl")
    with transaction():
        for conversation_id in chats.ids() - mirrors.ids():  # not `ids`: others were begun since
            if not chats.busy(conversation_id):
                chats.remove(conversation_id)
    return len(ids) - len(unreadable), unreadable


def _restore(chats: Chats, conversation: Conversation, messages: Sequence[Message]) -> None:
    if chats.get(conversation.id) == conversation and chats.messages(conversation.id) == messages:
        return
    whole = [
        msgspec.structs.replace(message, state=MessageState.INTERRUPTED)
        if message.state is MessageState.STREAMING
        else message
        for message in messages
    ]
    ids = [message.id for message in whole if message.role != BESIDE]
    if conversation.leaf not in ids:
        conversation = msgspec.structs.replace(conversation, leaf=ids[-1] if ids else None)
    chats.put(conversation, whole, mirrored=True)
