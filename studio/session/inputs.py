"""Pictures that jobs begin with: copied into the library, or used where they lie in it."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import msgspec
from PIL import Image

from studio.core.errors import (
    LibraryMissing,
    NotFound,
    PictureCutShort,
    PictureTooLarge,
    PictureTooSmall,
    PictureUnreadable,
)
from studio.core.inputs import InputPicture, Role, UsedInput
from studio.core.paths import Paths
from studio.core.records import Asset
from studio.media.inputs import LEAST_SIDE, TakenInput, as_it_is, keep_picture, kept_input, take, take_mask

Source = Path | bytes | Callable[[], bytes]


class InputDesk:
    """Takes pictures in, in a thread of its own.

    Copies stay as long as a job that waits, a draft or the recipe of a picture names them, also of another
    process: see `store.input_copies`.
    """

    def __init__(self, paths: Paths, asset: Callable[[str], Asset]) -> None:
        """`asset` finds a picture of the library by its id, or raises NotFound."""
        self._paths, self._asset = paths, asset
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="inputs")

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)

    def take(self, source: Source, role: Role = Role.START, name: str = "") -> Future[InputPicture]:
        """A copy of a picture from elsewhere: a file, an encoded picture, or what encodes one in the thread.

        Ends in PictureUnreadable, PictureCutShort, PictureTooSmall, PictureTooLarge, LibraryMissing,
        DiskFull or FileUnwritable.
        """
        return self._take(source, role, name, lambda given, folder: take(given, folder, _least(role)))

    def of_asset(self, asset: Asset, role: Role = Role.START) -> Future[InputPicture]:
        """A picture of the library, where it lies; one that is not upright or has more than 8 bits is copied.

        Ends as `take`.
        """
        name = asset.recipe.prompt or asset.path.rpartition("/")[2]
        shown = " ".join(name.split())[:80]
        return self._thread.submit(
            lambda: _input(_of_library(asset, self._paths, _least(role)), role, shown, asset.id)
        )

    def take_mask(self, source: Source, picture: InputPicture, name: str = "") -> Future[InputPicture]:
        """A grey copy of what is chosen in a picture, as large as that is.

        Ends in MaskUnfit, NothingChosen, and as `take`.
        """
        return self._take(source, Role.MASK, name, lambda given, folder: take_mask(given, folder, picture))

    def keep(
        self,
        make: Callable[[], Image.Image],
        role: Role,
        name: str,
        asset: str = "",
        itself: Asset | None = None,
    ) -> Future[InputPicture]:
        """A copy of what `make` gives in the thread, a mask where it is grey.

        `asset`: the id of what it was made of; `itself`: the picture of the library that it is, whose file is
        used where it is still there. Ends in LibraryMissing, DiskFull or FileUnwritable.
        """

        def work() -> InputPicture:
            self._check_library()
            try:
                taken = _of_library(itself, self._paths, _least(role)) if itself else None
            except (PictureUnreadable, PictureCutShort):  # gone, or no longer what it was
                taken = None
            return _input(taken or keep_picture(make(), self._paths.inputs), role, name, asset)

        return self._thread.submit(work)

    def of_used(self, used: UsedInput) -> Future[InputPicture]:
        """What a recipe remembers; ends as `used_input`."""
        try:
            asset = self._asset(used.asset) if used.asset else None
        except NotFound:
            asset = None
        return self._thread.submit(used_input, used, asset, self._paths)

    def _take(
        self, source: Source, role: Role, name: str, copied: Callable[[Path | bytes, Path], TakenInput]
    ) -> Future[InputPicture]:
        shown = name or (source.name if isinstance(source, Path) else "")

        def work() -> InputPicture:
            self._check_library()
            given = source if isinstance(source, Path | bytes) else source()
            try:
                return _input(copied(given, self._paths.inputs), role, shown)
            except (PictureUnreadable, PictureCutShort, PictureTooSmall, PictureTooLarge) as error:
                if isinstance(given, Path) or not name:
                    raise
                raise type(error)(**{**error.params, "path": name}) from error

        return self._thread.submit(work)

    def _check_library(self) -> None:
        if not self._paths.library.is_dir():  # it must not be made anew where its disk is away
            raise LibraryMissing(path=str(self._paths.library))


def used_input(used: UsedInput, asset: Asset | None, paths: Paths) -> InputPicture:
    """What a recipe remembers: a copy of that very content, else the picture of the library as it is now.

    Reads files. Raises NotFound.
    """
    try:
        found = kept_input(paths.inputs, used.hash) or (
            _of_library(asset, paths, _least(used.role)) if asset else None
        )
    except PictureUnreadable:
        found = None
    if found is None:
        raise NotFound(name=used.name or used.asset or used.hash)
    picture = _input(found, used.role, used.name, asset.id if asset else "")
    return msgspec.structs.replace(picture, weight=used.weight)


def _least(role: Role) -> int:
    """Pixels of each side: what is changed, and where, may be as small as it is."""
    return 1 if role in (Role.CHANGE, Role.MASK) else LEAST_SIDE


def _of_library(asset: Asset, paths: Paths, least: int) -> TakenInput:
    path = (paths.library / asset.path).resolve()
    if not path.is_relative_to(paths.library.resolve()):
        raise PictureUnreadable(path=asset.path)
    return as_it_is(path, least=least) or take(path, paths.inputs, least)


def _input(taken: TakenInput, role: Role, name: str, asset: str = "") -> InputPicture:
    return InputPicture(
        role=role,
        path=taken.path,
        asset=asset,
        name=name,
        hash=taken.hash,
        width=taken.width,
        height=taken.height,
        animated=taken.animated,
    )
