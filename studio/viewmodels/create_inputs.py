"""The pictures that the next job begins with: taken in, given a role, taken out again."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from pathlib import Path

import msgspec
from PySide6.QtCore import QBuffer, QIODevice, QObject, Signal
from PySide6.QtGui import QImage

from studio.core.errors import InputsFull, OneInputAlone, StudioError
from studio.core.inputs import InputPicture, Role, UsedInput
from studio.core.records import Asset
from studio.session import Session
from studio.viewmodels.create_settings import GenerationSettings
from studio.viewmodels.latest import Each

MOST = 16  # pictures; more would not be looked at


class InputWanted(msgspec.Struct, frozen=True):
    """A picture of the library that Create is to begin with."""

    asset: Asset


class InputsViewModel(QObject):
    """Keeps nothing itself: the pictures stand in the draft of the settings.

    Signals:
        failed (StudioError): a picture cannot be taken in; of several, all in the same turn.
        lost (str): the name of one that a recipe began with and that is not here.
        replaced (InputPicture, InputPicture): the one to start from, and the one that took its place.
    """

    failed = Signal(object)
    lost = Signal(str)
    replaced = Signal(object, object)

    def __init__(self, session: Session, settings: GenerationSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._settings = session, settings
        self._taking, self._finding = Each(self), Each(self)
        self._awaited = 0  # how many answers are still to come
        self._started = False  # with one of those that come together
        self._refused: list[StudioError] = []
        self._taking.arrived.connect(self._on_taken)
        self._taking.failed.connect(self._on_refused)
        self._finding.arrived.connect(self._put_back)
        self._finding.failed.connect(self._tell_lost)

    @property
    def pictures(self) -> tuple[InputPicture, ...]:
        return self._settings.draft.inputs

    @property
    def roles(self) -> tuple[Role, ...]:
        """In the order in which they are offered: what the model can take, and what is taken as it is."""
        used = {one.role for one in self.pictures}
        return tuple(role for role in Role if role in self._settings.roles or role in used)

    def add_files(self, paths: Iterable[Path], role: Role | None = None) -> None:
        """Pictures from elsewhere; without a role each gets the one that is likely meant."""
        for number, path in enumerate(paths):
            self._ask(self._session.inputs.take(path, role or self._likely(number)))

    def add_image(self, image: QImage, name: str) -> None:
        """A picture that has no file, such as the clipboard's; it is encoded in the other thread."""
        self._ask(self._session.inputs.take(lambda: _encoded(image), self._likely(), name))

    def add_assets(self, assets: Sequence[Asset], role: Role | None = None) -> None:
        """Pictures of the library."""
        for number, asset in enumerate(assets):
            self._ask(self._session.inputs.of_asset(asset, role or self._likely(number)))

    def add_ids(self, ids: Iterable[str]) -> None:
        """The same, by their ids."""
        found = list[Asset]()
        for one in ids:
            try:
                found.append(self._session.asset(one))
            except StudioError as error:
                self.failed.emit(error)
        self.add_assets(found)

    def find(self, used: Iterable[UsedInput]) -> None:
        """What a recipe began with, where it is here; `lost` tells of the others."""
        for one in used:
            self._finding.ask(self._session.inputs.of_used(one))

    def remove(self, index: int) -> None:
        self._put([one for number, one in enumerate(self.pictures) if number != index])

    def set_role(self, index: int, role: Role) -> None:
        """There is one to start from at most: another that was it is referred to from then on."""
        changed = list(self.pictures)
        if role is Role.START:
            changed = [_with_role(one, Role.REFER) if one.role is Role.START else one for one in changed]
        changed[index] = _with_role(changed[index], role)
        self._put(changed)

    def start_from(self, picture: InputPicture) -> None:
        """In place of the one that it was."""
        self._put([picture, *(one for one in self.pictures if one.role is not Role.START)])

    def set_weight(self, index: int, weight: float) -> None:
        changed = list(self.pictures)
        changed[index] = msgspec.structs.replace(changed[index], weight=weight)
        self._put(changed)

    def thumbnail_of(self, picture: InputPicture) -> Asset:
        """What `Thumbnails` shows for it."""
        path, library = Path(picture.path), self._session.paths.library
        place = path.relative_to(library) if path.is_relative_to(library) else path
        return Asset(
            id=picture.asset or picture.hash,
            path=place.as_posix(),
            width=picture.width,
            height=picture.height,
            created=0.0,
        )

    def _likely(self, number: int = 0) -> Role:
        """Of picture `number` of those that come together: one to start from at most, unless the model can
        do nothing else with the others."""
        roles = self._settings.roles
        if roles == frozenset({Role.START}):
            return Role.START
        used = {one.role for one in self.pictures}
        started = Role.START in used or (self._settings.edits and Role.REFER not in used)
        if number or (Role.REFER in roles and (started or Role.START not in roles)):
            return Role.REFER
        return Role.START

    def _ask(self, future: Future[InputPicture]) -> None:
        self._awaited += 1
        self._taking.ask(future)

    def _on_taken(self, picture: InputPicture) -> None:
        self._add(picture)
        self._tell_refused()

    def _on_refused(self, error: StudioError) -> None:
        self._refused.append(error)
        self._tell_refused()

    def _tell_refused(self) -> None:
        """Once all are taken in or refused."""
        self._awaited -= 1
        if not self._awaited:
            self._started = False
            told, self._refused = self._refused, []
            for error in told:
                self.failed.emit(error)

    def _add(self, picture: InputPicture) -> None:
        """One to start from takes the place of another, unless that came with it; the same one in the same
        role is there already."""
        kept = [one for one in self.pictures if (one.hash, one.role) != (picture.hash, picture.role)]
        if len(kept) >= MOST:
            self._refused.append(InputsFull(name=picture.name, most=MOST))
        elif picture.role is Role.REFER:
            self._put([*kept, picture])
        elif self._started:
            model = self._settings.model
            self._refused.append(OneInputAlone(name=picture.name, model=model.name if model else ""))
        else:
            self._started = True
            before = next((one for one in kept if one.role is Role.START), None)
            self.start_from(picture)
            if before is not None:
                self.replaced.emit(before, picture)

    def _tell_lost(self, error: StudioError) -> None:
        self.lost.emit(str(error.params.get("name", "")))

    def _put_back(self, picture: InputPicture) -> None:
        """As a recipe had it, its strength with it."""
        self._put([*self.pictures, picture])

    def _put(self, pictures: Sequence[InputPicture]) -> None:
        self._settings.set_inputs(tuple(pictures))


def _with_role(picture: InputPicture, role: Role) -> InputPicture:
    return msgspec.structs.replace(picture, role=role)


def _encoded(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
