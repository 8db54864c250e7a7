"""Personas that a person keeps, with their faces."""

import re
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject

from studio.core.errors import PictureUnreadable
from studio.core.ids import new_id
from studio.core.paths import Paths
from studio.core.personas import Persona
from studio.media.documents.given import keep_given
from studio.session.kept_lists import TEXT_LIMIT, KeptList, checked_examples, checked_length, checked_name

PICTURE_BYTES = 50 << 20
_PICTURE = re.compile(r"[0-9a-f]{64}\.(?:png|jpg)")


class PersonaDesk(KeptList[Persona]):
    """By name."""

    def __init__(self, paths: Paths, parent: QObject) -> None:
        super().__init__(paths.personas, Persona, parent)
        self._folder = paths.persona_pictures

    def all(self) -> tuple[Persona, ...]:
        return self._own()

    def save(self, persona: Persona, picture: Path | None = None) -> Future[Persona]:
        """Keeps it in the place of the one with its id, or anew where it has none; with another face where a
        picture is given.

        Ends in DiskFull, FileUnwritable, PictureUnreadable, PictureCutShort or PictureTooLarge, and in
        NameMissing, KeptTooLong or ExamplesTooMany, which leave everything as it is.
        """

        def work() -> Persona:
            kept = _checked(persona)
            if picture is not None:
                kept = msgspec.structs.replace(kept, picture=_keep(picture, self._folder))
            return kept

        return self._changing(work, _with)

    def remove(self, persona_id: str) -> Future[None]:
        """Conversations with it keep what it was. Ends in DiskFull or FileUnwritable."""

        def without(_: None, before: tuple[Persona, ...]) -> Sequence[Persona]:
            return [one for one in before if one.id != persona_id]

        return self._changing(lambda: None, without)

    def picture(self, persona: Persona) -> Path | None:
        """The file of its face; None where it has none, or it is gone."""
        if not _PICTURE.fullmatch(persona.picture):  # whatever else stands there leads nowhere
            return None
        path = self._folder / persona.picture
        return path if path.is_file() else None

    def _tidy(self, before: tuple[Persona, ...], after: tuple[Persona, ...]) -> None:
        """Faces that nobody has any more go. A conversation that still has one shows none."""
        for name in {one.picture for one in before} - {one.picture for one in after}:
            if _PICTURE.fullmatch(name):
                with suppress(OSError):  # open elsewhere, say: it is in nobody's way
                    (self._folder / name).unlink(missing_ok=True)


def _with(kept: Persona, before: tuple[Persona, ...]) -> Sequence[Persona]:
    others = [one for one in before if one.id != kept.id]
    return sorted((*others, kept), key=lambda one: one.name.casefold())


def _checked(persona: Persona) -> Persona:
    """Raises NameMissing, KeptTooLong, ExamplesTooMany."""
    name = checked_name(persona.name)
    return msgspec.structs.replace(
        persona,
        id=persona.id or new_id(),
        name=name,
        picture=persona.picture if _PICTURE.fullmatch(persona.picture) else "",
        system=checked_length(persona.system, name, TEXT_LIMIT),
        examples=checked_examples(persona.examples, name),
        preset=checked_length(persona.preset, name, TEXT_LIMIT).strip(),
    )


def _keep(picture: Path, folder: Path) -> str:
    """The name of the copy. Raises PictureUnreadable, PictureCutShort, PictureTooLarge, FileUnwritable."""
    try:
        if not picture.is_file() or picture.stat().st_size > PICTURE_BYTES:
            raise PictureUnreadable(path=str(picture))
        data = picture.read_bytes()
    except OSError as error:
        raise PictureUnreadable(path=str(picture)) from error
    try:
        return keep_given(data, folder).name
    except PictureUnreadable as error:
        raise PictureUnreadable(path=str(picture)) from error
