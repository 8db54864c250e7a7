"""Edit documents as they are listed: each by its card, or by its log where the card cannot be read."""

import shutil
from contextlib import suppress
from pathlib import Path

import msgspec

from studio.core.errors import EditInUse, StudioError
from studio.core.layers import Document, DocumentCard
from studio.media.durable import write_error
from studio.store.edit_log import EditLog
from studio.store.edit_reading import steps_in
from studio.store.instances import FileLock
from studio.store.json_file import save_json

LOG, CARD, LOCK = "steps.log", "document.json", "lock"
_MOST_BYTES = 4 * 2**20  # of a card


def card_of(state: Document, steps: int) -> DocumentCard:
    return DocumentCard(
        id=state.id,
        name=state.name,
        width=state.width,
        height=state.height,
        steps=steps,
        asset=state.asset,
        only_here=state.only_here,
    )


def name_of(folder: Path) -> str:
    """Of the document, for a sentence about it."""
    card = _read_card(folder)
    return card.name if card is not None else folder.name


def list_documents(edits: Path) -> list[DocumentCard]:
    """Those that are kept, the last changed first; what can in no way be read is left out.

    A document in which nothing was done goes, where the process died that had opened it, unless it is the
    only one to have its picture.
    """
    found = list[DocumentCard]()
    for path in edits.glob(f"*/{LOG}"):
        with suppress(OSError, StudioError):
            card = _read_card(path.parent)
            if card is None or not card.is_kept:
                card = _card_of_log(path.parent, known=card is not None)
            if card is not None:
                found.append(msgspec.structs.replace(card, changed=path.stat().st_mtime))
    return sorted(found, key=lambda card: -card.changed)


def remove_document(folder: Path) -> None:
    """Raises EditInUse, FileUnwritable."""
    if not folder.is_dir():
        return
    lock = FileLock(folder / LOCK)
    held = lock.held
    lock.close()
    if not held:
        raise EditInUse(name=name_of(folder))
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise write_error(error, folder) from error


def _read_card(folder: Path) -> DocumentCard | None:
    with suppress(OSError, msgspec.MsgspecError, RecursionError):
        with (folder / CARD).open("rb") as file:
            card = msgspec.json.decode(file.read(_MOST_BYTES), type=DocumentCard)
        return card if card.id == folder.name else None
    return None


def _card_of_log(folder: Path, known: bool) -> DocumentCard | None:
    """The card as the log has it, which is written where the document is open nowhere; None for one that is
    not kept. Then the folder goes, if nobody has it open. `known`: there is a card, which knows of no step.

    Raises OSError, StudioError.
    """
    lock = FileLock(folder / LOCK)
    try:
        held, card, is_whole = lock.held, None, False
        if held or not known:
            card, is_whole = _read_log(folder)
        if card is not None and (card.is_kept or not is_whole):
            if held:
                save_json(folder / CARD, card)
            return card
    finally:
        lock.close()
    if held and card is not None:
        shutil.rmtree(folder)
    return None


def _read_log(folder: Path) -> tuple[DocumentCard | None, bool]:
    """The card, and whether all of the log could be read; no card without a beginning of this document.

    `steps`: those that one goes back and forth by.
    """
    log = EditLog(folder / LOG)
    try:
        found = steps_in(log)
        is_whole = log.is_at_end
    finally:
        log.close()
    if found is None or found[0].state.id != folder.name:
        return None, is_whole
    begin, steps, done = found
    states = [begin.state, *(step.state for step in steps)]
    heads = sum(place == 0 or not step.joined for place, step in enumerate(steps))
    return card_of(states[done], heads), is_whole
