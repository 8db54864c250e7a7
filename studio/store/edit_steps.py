"""The steps of an edit document: what each changed, so that it can be undone and done again."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal, Protocol

from studio.core.hand_steps import HandStep
from studio.core.layers import Document
from studio.media.planes import TILE, Pixels, Plane, Tile
from studio.media.tile_packing import is_patch, pack, unpack

PATCHES = 3  # of patches upon patches; then a tile is kept whole, so that none is far to fetch
_DEEPEST = 4 * PATCHES  # far more than there are ever made


class Packed(Protocol):
    """Where a tile's bytes are."""

    def read(self) -> bytes: ...


class Held:
    """In memory, as long as they cannot be written."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self) -> bytes:
        return self.data


class Version:
    """A tile as it is between two changes of it.

    Attributes:
        before: the version that it replaced; None where there was no tile.
        pixels: None while they are only packed.
        packed: None while they are only pixels.
        shape: of the pixels, (height, width) or (height, width, 4).
        lasting: the pixels are in memory whatever happens, since the document was opened with them.
    """

    __slots__ = ("_patches", "before", "lasting", "packed", "pixels", "shape")

    def __init__(
        self,
        pixels: Pixels | None,
        before: "Version | None" = None,
        packed: Packed | None = None,
        lasting: bool = False,
        shape: tuple[int, ...] = (),
    ) -> None:
        """`shape`: where there are no pixels to tell it."""
        self.pixels, self.packed = pixels, packed
        self.before, self.lasting = before, lasting
        self.shape = shape if pixels is None else pixels.shape
        self._patches = 0 if before is None else before._patches + 1

    def load(self) -> Pixels:
        """The pixels, read and unpacked where they have to be. In any thread.

        Raises OSError, ValueError.
        """
        patches, version = list[tuple[bytes, tuple[int, ...]]](), self
        while (pixels := version.pixels) is None:
            assert version.packed is not None  # what is neither packed nor there is nowhere
            packed = version.packed.read()
            patches.append((packed, version.shape))
            if not is_patch(packed) or version.before is None:
                break
            if len(patches) > _DEEPEST:
                raise ValueError("too many patches upon patches")
            version = version.before
        for packed, shape in reversed(patches):
            pixels = unpack(packed, shape, pixels if is_patch(packed) else None)
        assert pixels is not None
        return pixels

    def fetch(self) -> None:
        """Has its pixels in memory. In any thread; raises as `load`."""
        if self.pixels is None:
            self.pixels = self.load()

    def pack(self) -> bytes:
        """As bytes. Against the version before, unless it would take too many to unpack this one."""
        if self._patches > PATCHES:
            self._patches = 0
        before = None
        if self.before is not None and self._patches:
            with suppress(OSError, ValueError):  # it is lost; this one need not be
                before = self.before.load()
        data = pack(self.load(), before)
        if not is_patch(data):
            self._patches = 0
        return data


@dataclass(frozen=True, slots=True)
class Whole:
    """A plane with all its tiles."""

    width: int
    height: int
    channels: Literal[1, 4]
    tiles: Mapping[Tile, Version]

    @classmethod
    def of(cls, plane: Plane, lasting: bool = False) -> "Whole":
        tiles = {at: Version(tile, lasting=lasting) for at, tile in plane.tiles.items()}
        return cls(plane.width, plane.height, plane.channels, tiles)

    @property
    def most_bytes(self) -> int:
        """That its pixels can take."""
        return self.channels * min(len(self.tiles) * TILE * TILE, self.width * self.height)

    def shape(self, at: Tile) -> tuple[int, ...]:
        """Of the tile's pixels. Raises ValueError where the plane has no such tile."""
        height, width = self.height - at[0] * TILE, self.width - at[1] * TILE
        if min(*at) < 0 or min(height, width) <= 0:
            raise ValueError("a tile lies outside of its plane")
        size = min(height, TILE), min(width, TILE)
        return size if self.channels == 1 else (*size, self.channels)

    def fits(self, other: "Whole") -> bool:
        """Whether tiles of the one are tiles of the other."""
        mine = self.width, self.height, self.channels
        return mine == (other.width, other.height, other.channels)

    def with_tiles(self, changed: Mapping[Tile, Version | None]) -> "Whole":
        """The plane with some of its tiles replaced, or taken out by None."""
        there = {**self.tiles, **changed}
        tiles = {at: version for at, version in there.items() if version is not None}
        return Whole(self.width, self.height, self.channels, tiles)

    def plane(self) -> Plane:
        """Raises OSError, ValueError."""
        plane = Plane(self.width, self.height, self.channels)
        plane.put({at: version.load() for at, version in self.tiles.items()})
        return plane


Change = tuple[Version | None, Version | None]  # before, after
Replaced = tuple[Whole | None, Whole | None]  # before, after; None where there is none


@dataclass(slots=True, eq=False)
class Step:
    """One step.

    Attributes:
        state: of the document after it.
        before: of the document before it.
        joined: it is undone together with the one before.
        figures: what was done, where the label alone does not say it.
        tiles: by plane and place.
        planes: those that are new, replaced or gone, before and after; what `tiles` says comes later.
        raw_bytes: of the pixels in memory that only this step holds on to.
    """

    label: str
    before: Document
    state: Document
    joined: bool = False
    figures: HandStep | None = None
    tiles: Mapping[str, Mapping[Tile, Change]] = field(default_factory=dict[str, Mapping[Tile, Change]])
    planes: Mapping[str, Replaced] = field(default_factory=dict[str, Replaced])
    raw_bytes: int = 0

    def versions(self, done: bool) -> Iterator[Version]:
        """Those that are needed only to undo it, where it is done, or else to do it again."""
        index = 0 if done else 1
        for changes in self.tiles.values():
            yield from _there(change[index] for change in changes.values())
        for change in self.planes.values():
            if (whole := change[index]) is not None:
                yield from whole.tiles.values()

    def made(self) -> Iterator[Version]:
        """All that it brought."""
        return self.versions(done=False)


def _there(versions: Iterable[Version | None]) -> Iterator[Version]:
    return (version for version in versions if version is not None)
