"""Bring pictures into the library: finished ones from staging, and ones that someone put into its folder.

The order is what keeps them safe. The worker has written the file whole (fsync, rename); here it is renamed
to its place, the folder is fsynced, and only then the row is written with synchronous=FULL. Whoever sees the
row finds the picture; a picture without a row is found again by its name. The transaction is begun before the
file is renamed, so that a database that others hold leaves the file in staging, where the next sweep looks.
"""

from collections.abc import Callable
from pathlib import Path

import apsw

from studio.core.errors import LibraryMissing, PictureUnreadable
from studio.core.ids import new_id
from studio.core.paths import Paths
from studio.core.records import Asset
from studio.media.durable import fsync_folder
from studio.media.recipes import look_at
from studio.store.annotations import Annotations, Said
from studio.store.assets import Assets
from studio.store.layout import dated_path, is_id, library_error, make_folder, pictures_in
from studio.store.transactions import transaction


class Adopter:
    """Adopts pictures of one library into one database.

    Attributes:
        unlisted: where in staging pictures came from that lie in the library while their row failed.
    """

    def __init__(
        self, connection: apsw.Connection, paths: Paths, assets: Assets, annotations: Annotations
    ) -> None:
        self.unlisted: set[Path] = set()
        self._connection = connection
        self._paths = paths
        self._assets = assets
        self._annotations = annotations

    def adopt(self, staged: Path) -> Asset:
        """Move a complete `<staging>/<instance>/<job>/<asset>.png` to its dated folder and write its row.

        Asked twice, it answers the same. Raises PictureUnreadable, LibraryMissing, LibraryReadOnly, DiskFull,
        DatabaseLocked.
        """
        if (
            staged.parent.parent.parent != self._paths.staging
            or ".." in staged.parts
            or not is_id(staged.stem)
        ):
            raise PictureUnreadable(path=str(staged))
        if not self._paths.library.is_dir():
            raise LibraryMissing(path=str(self._paths.library))
        asset = self._assets.get(staged.stem) or self._moved_before(staged) or self._move(staged)
        self.unlisted.discard(staged)
        return asset

    def adopt_in_place(self, path: str, said: Said, taken: Callable[[str], bool]) -> Asset:
        """Write the row of a picture that lies in the library already; see `identify`."""
        asset = self.identify(path, said, taken)
        self._assets.put([asset])
        return asset

    def identify(self, path: str, said: Said, taken: Callable[[str], bool]) -> Asset:
        """What the file at `path` is; `taken` tells of an id whether it belongs to another file.

        A file with an id of ours inside keeps it. Any other gets one, which the annotations remember.
        Raises PictureUnreadable.
        """
        file = self._paths.library / path
        recipe, width, height = look_at(file)
        modified = file.stat().st_mtime
        imported = said.imports.get(path)
        if imported is None and (taken(recipe.asset) or not is_id(recipe.asset)):
            imported = self._annotations.imported(new_id(), path, source=path, created=modified)
        asset_id = imported.asset if imported else recipe.asset
        return Asset(
            id=asset_id,
            path=path,
            width=width,
            height=height,
            created=imported.created if imported else recipe.created or modified,
            recipe=recipe,
            source=imported.source if imported else None,
            starred=asset_id in said.starred,
            trashed=asset_id in said.trashed,
        )

    def _moved_before(self, staged: Path) -> Asset | None:
        """The picture that an earlier call had renamed when it failed to write the row."""
        if staged.exists():
            return None
        names = (
            path for path in pictures_in(self._paths.library) if path.endswith(f"-{staged.stem[-8:]}.png")
        )
        lost = [path for path in names if not self._assets.at(path)]
        return self.adopt_in_place(lost[0], self._annotations.read(), lambda _: False) if lost else None

    def _move(self, staged: Path) -> Asset:
        recipe, width, height = look_at(staged)
        created = recipe.created or staged.stat().st_mtime
        wanted = dated_path(staged.stem, created, recipe.prompt)
        with transaction(self._connection):
            self.unlisted.add(staged)
            path = self._place(staged, wanted)
            asset = Asset(
                id=staged.stem, path=path, width=width, height=height, created=created, recipe=recipe
            )
            self._assets.put([asset])
        return asset

    def _place(self, staged: Path, path: str) -> str:
        target = self._paths.library / path
        if target.exists():  # not this picture, for then there would be a row: its whole id tells them apart
            target = target.with_stem(f"{target.stem}-{staged.stem}")
        try:
            make_folder(target.parent)
            staged.replace(target)
            fsync_folder(target.parent)
        except OSError as error:
            raise library_error(error, self._paths.library) from error
        return target.relative_to(self._paths.library).as_posix()
