"""Pictures that jobs begin with: copied into the library, or used where they lie in it."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import msgspec

from studio.core.errors import LibraryMissing, NotFound, PictureUnreadable
from studio.core.inputs import InputPicture, Role, UsedInput
from studio.core.paths import Paths
from studio.core.records import Asset
from studio.media.inputs import TakenInput, as_it_is, kept_input, take

Source = Path | bytes | Callable[[], bytes]


class InputDesk:
    """Takes pictures in, in a thread of its own.

    Copies stay: a job that waits, a draft or the recipe of a picture may name any of them, and so may those
    of another process.
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
        shown = name or (source.name if isinstance(source, Path) else "")

        def work() -> InputPicture:
            if not self._paths.library.is_dir():  # it must not be made anew where its disk is away
                raise LibraryMissing(path=str(self._paths.library))
            given = source if isinstance(source, Path | bytes) else source()
            return _input(take(given, self._paths.inputs), role, shown)

        return self._thread.submit(work)

    def of_asset(self, asset: Asset, role: Role = Role.START) -> Future[InputPicture]:
        """A picture of the library, where it lies; one that is not upright or has more than 8 bits is copied.

        Ends as `take`.
        """
        name = asset.recipe.prompt or asset.path.rpartition("/")[2]
        return self._thread.submit(self._of_library, asset, role, " ".join(name.split())[:80])

    def of_used(self, used: UsedInput) -> Future[InputPicture]:
        """What a recipe remembers, where it is here: by its id in the library, else by the hash of a copy.

        Ends in NotFound where neither is.
        """
        try:
            asset = self._asset(used.asset) if used.asset else None
        except NotFound:
            asset = None
        return self._thread.submit(self._find, used, asset)

    # In the thread.

    def _of_library(self, asset: Asset, role: Role, name: str) -> InputPicture:
        path = (self._paths.library / asset.path).resolve()
        if not path.is_relative_to(self._paths.library.resolve()):
            raise PictureUnreadable(path=asset.path)
        found = as_it_is(path) or take(path, self._paths.inputs)
        return _input(found, role, name, asset.id)

    def _find(self, used: UsedInput, asset: Asset | None) -> InputPicture:
        try:
            if asset is not None:
                found = self._of_library(asset, used.role, used.name)
            elif kept := kept_input(self._paths.inputs, used.hash):
                found = _input(kept, used.role, used.name)
            else:
                raise NotFound(name=used.name or used.asset or used.hash)
        except PictureUnreadable as error:
            raise NotFound(name=used.name or used.asset) from error
        return _weighted(found, used.weight)


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


def _weighted(picture: InputPicture, weight: float) -> InputPicture:
    return msgspec.structs.replace(picture, weight=weight)
