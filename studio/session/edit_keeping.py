"""Pictures that were made without a job: written as a worker writes them, and taken into the library."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from PIL import Image

from studio.core.edits import Edit
from studio.core.errors import LibraryMissing
from studio.core.ids import new_id
from studio.core.inputs import UsedInput
from studio.core.paths import Paths
from studio.core.recipe import Recipe
from studio.core.records import Asset
from studio.media.durable import write_error
from studio.media.recipes import write_png
from studio.store.library import Library
from studio.store.writer import Writer


class Keeper:
    """Keeps pictures in a thread of its own.

    A picture lies whole in this instance's staging before it is adopted, so that it is not lost in between.
    """

    def __init__(self, paths: Paths, staging: Path, writer: Writer) -> None:
        self._paths, self._staging, self._writer = paths, staging, writer
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="keeping")

    def close(self) -> None:
        """Waits for what is being written."""
        self._thread.shutdown()

    def keep(
        self,
        make: Callable[[], Image.Image],
        edit: Edit,
        shows: str = "",
        inputs: tuple[UsedInput, ...] = (),
    ) -> Future[Asset]:
        """Adds the picture that `make` gives in the thread; `shows`: what is to be seen on it.

        Ends in what `make` raises, LibraryMissing, LibraryReadOnly, DiskFull, FileUnwritable, DatabaseLocked.
        """
        return self._thread.submit(self._keep, make, edit, shows, inputs)

    def _keep(
        self, make: Callable[[], Image.Image], edit: Edit, shows: str, inputs: tuple[UsedInput, ...]
    ) -> Asset:
        if not self._paths.library.is_dir():
            raise LibraryMissing(path=str(self._paths.library))
        picture, asset_id = make(), new_id()
        recipe = Recipe(
            asset=asset_id,
            created=time.time(),
            prompt=shows,
            width=picture.width,
            height=picture.height,
            inputs=inputs,
            edit=edit,
        )
        folder = self._staging / asset_id
        staged = folder / f"{asset_id}.png"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(error, folder) from error
        write_png(picture, staged, recipe)

        def adopt(library: Library) -> Asset:
            asset = library.adopt(staged)
            with suppress(OSError):
                folder.rmdir()
            return asset

        return self._writer.submit(adopt).result()
