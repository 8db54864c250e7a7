"""Where the tiles of a sectioned grid lie; the work grows with the sections, never with the rows."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect

from studio.viewmodels.sections import Section


class _Block(NamedTuple):
    """One section laid out: `top` of its heading, `start` of its first line, height of its tiles."""

    section: Section
    top: int
    start: int
    tile_height: int
    lines: int


class GridLayout:
    """Tiles at least `tile` wide fill the width in columns; pixels, from the top left of the content.

    Attributes:
        tile: the width that tiles have at least; they grow to fill the line.
        columns, tile_width, height: what came of the last `arrange`.
    """

    def __init__(
        self, *, tile: int, gap: int, margins: tuple[int, int], heading: int, after: int, square: bool = False
    ) -> None:
        """`margins` are left and right, `heading` is the room above each section, `after` that below.

        `square` ignores the sections' aspect.
        """
        self.tile = tile
        self.gap = gap
        self._margin, self._right = margins
        self._heading, self._after, self._square = heading, after, square
        self.columns, self.tile_width, self.height = 1, tile, 0
        self._blocks: list[_Block] = []
        self._tops: list[int] = []
        self._firsts: list[int] = []

    def arrange(self, sections: Sequence[Section], width: int) -> None:
        room = width - self._margin - self._right
        self.columns = max(1, (room + self.gap) // (self.tile + self.gap))
        self.tile_width = max(1, (room - self.gap * (self.columns - 1)) // self.columns)
        self._blocks = []
        top = 0
        for section in sections:
            tall = self.tile_width if self._square else max(1, round(self.tile_width * section.aspect))
            lines = -(-section.count // self.columns)
            self._blocks.append(_Block(section, top, top + self._heading, tall, lines))
            top += self._heading + lines * (tall + self.gap) - self.gap + self._after
        self.height = top
        self._tops = [block.top for block in self._blocks]
        self._firsts = [block.section.first for block in self._blocks]

    def rect(self, row: int) -> QRect:
        block = self._block_of(row)
        line, column = divmod(row - block.section.first, self.columns)
        return QRect(
            self._margin + column * (self.tile_width + self.gap),
            block.start + line * (block.tile_height + self.gap),
            self.tile_width,
            block.tile_height,
        )

    def row_at(self, x: int, y: int) -> int | None:
        """The row whose tile covers this point."""
        place = bisect_right(self._tops, y) - 1
        if place < 0:
            return None
        block = self._blocks[place]
        column, across = divmod(x - self._margin, self.tile_width + self.gap)
        line, down = divmod(y - block.start, block.tile_height + self.gap)
        offset = line * self.columns + column
        inside = across < self.tile_width and down < block.tile_height and 0 <= column < self.columns
        return block.section.first + offset if inside and 0 <= offset < block.section.count else None

    def lines_in(self, top: int, bottom: int) -> Iterator[range]:
        """The rows of each line that reaches into this part of the content."""
        for block in self._blocks_in(top, bottom):
            pitch = block.tile_height + self.gap
            first = max(0, (top - block.start) // pitch)
            last = min(block.lines - 1, (bottom - block.start) // pitch)
            for line in range(first, last + 1):
                start = block.section.first + line * self.columns
                yield range(start, min(start + self.columns, block.section.first + block.section.count))

    def headings_in(self, top: int, bottom: int) -> Iterator[tuple[Section, QRect]]:
        """The sections of this part of the content, and the room of their headings."""
        wide = self.columns * (self.tile_width + self.gap) - self.gap
        for block in self._blocks_in(top, bottom):
            yield block.section, QRect(self._margin, block.top, wide, self._heading)

    def below(self, row: int) -> int:
        """The row under this one, in the next section if need be; the row itself at the end."""
        block = self._block_of(row)
        line, column = divmod(row - block.section.first, self.columns)
        end = block.section.first + block.section.count
        if line + 1 < block.lines:
            return min(row + self.columns, end - 1)
        place = self._blocks.index(block) + 1
        if place == len(self._blocks):
            return row
        under = self._blocks[place].section
        return under.first + min(column, under.count - 1)

    def above(self, row: int) -> int:
        """The row over this one; the row itself at the beginning."""
        block = self._block_of(row)
        line, column = divmod(row - block.section.first, self.columns)
        if line > 0:
            return row - self.columns
        place = self._blocks.index(block) - 1
        if place < 0:
            return row
        over = self._blocks[place]
        last_line = over.section.first + (over.lines - 1) * self.columns
        return min(last_line + column, over.section.first + over.section.count - 1)

    def _block_of(self, row: int) -> _Block:
        return self._blocks[bisect_right(self._firsts, row) - 1]

    def _blocks_in(self, top: int, bottom: int) -> Iterator[_Block]:
        place = max(0, bisect_right(self._tops, top) - 1)
        while place < len(self._blocks) and self._blocks[place].top <= bottom:
            yield self._blocks[place]
            place += 1
