"""The steps of an edit document, where in them it stands, and its planes as they are there."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest

from studio.core.layers import SELECTION, Document
from studio.media.planes import TILE, Plane, Tile, Tiles
from studio.store.edit_steps import Step, Version, Whole

BUDGET_BYTES = 128 * 2**20  # of pixels that only the history holds on to

_TILE_BYTES = TILE * TILE * 4
_MANY = 32  # tiles that are worth several threads
_THREADS = 4

Replaced = Mapping[str, Mapping[Tile, Version | None]]  # by plane


class Timeline:
    """Steps, of which the first `done` are done.

    Pixels of the steps farthest from where the document stands leave memory first, once they are packed.

    Attributes:
        first: the state with its planes with which it was opened first; they stay in memory.
        now: the state with its planes where it stands. Both are replaced together, so that any thread may
            take them.
        steps, done: see above.
    """

    def __init__(self, state: Document, planes: Mapping[str, Plane]) -> None:
        """Without steps. The planes belong to it; without the selection among them, nothing is chosen."""
        planes = {SELECTION: Plane(state.width, state.height, 1), **planes}
        self.first = state, {name: plane.copy() for name, plane in planes.items()}
        self.now: tuple[Document, Mapping[str, Plane]] = state, dict(planes)
        self.steps: list[Step] = []
        self.done = 0
        self._wholes = {name: Whole.of(plane, lasting=True) for name, plane in planes.items()}
        self._raw_bytes = 0

    @property
    def heads(self) -> list[int]:
        """The places of the steps that are no part of the one before."""
        return [place for place, step in enumerate(self.steps) if place == 0 or not step.joined]

    def version(self, plane: str, at: Tile) -> Version | None:
        """The tile as the last step left it, whatever was put into the plane since."""
        return self._wholes[plane].tiles.get(at)

    # New steps.

    def record(
        self,
        label: str,
        state: Document,
        tiles: Mapping[str, Tiles],
        planes: Mapping[str, Plane],
        joined: bool = False,
    ) -> Step:
        """A new step, done at once; those that were undone are gone."""
        self.drop_undone()
        there = {**self.now[1], **planes}
        wholes = {name: Whole.of(plane) for name, plane in planes.items()}
        changed = {name: self._versions_of(name, put, wholes) for name, put in tiles.items()}
        for name, put in tiles.items():
            there[name].put(put)
        step = self.replay(label, state, changed, wholes, joined)
        self.now = state, there
        self._weigh(step, done=True)
        self.trim()
        return step

    def drop_undone(self) -> None:
        for step in self.steps[self.done :]:
            self._raw_bytes -= step.raw_bytes
        del self.steps[self.done :]

    # What was kept: the steps one after the other, and their pixels once, at the end.

    def replay(
        self, label: str, state: Document, tiles: Replaced, planes: Mapping[str, Whole], joined: bool
    ) -> Step:
        """A step that was kept; `settle` shows it."""
        self.drop_undone()
        before = self.steps[-1].state if self.steps else self.first[0]
        step = Step(label, before, state, joined)
        step.planes = {name: (self._wholes.get(name), whole) for name, whole in planes.items()}
        self._wholes = {**self._wholes, **planes}
        step.tiles = {
            name: {at: (self.version(name, at), version) for at, version in changed.items()}
            for name, changed in tiles.items()
        }
        self._wholes |= {name: self._wholes[name].with_tiles(changed) for name, changed in tiles.items()}
        self.steps.append(step)
        self.done += 1
        return step

    def replay_to(self, done: int) -> None:
        """Back or forth, until so many of the steps that were kept are done; `settle` shows it."""
        while self.done != min(max(done, 0), len(self.steps)):
            back = self.done > done
            self._wholes, _ = _moved(self._wholes, self.steps[self.done - back], back)
            self.done += -1 if back else 1

    def settle(self) -> None:
        """Unpacks what is to be seen. Raises OSError, ValueError."""
        _load(version for whole in self._wholes.values() for version in whole.tiles.values())
        state = self.steps[self.done - 1].state if self.done else self.first[0]
        self.now = state, {name: whole.plane() for name, whole in self._wholes.items()}

    # Back and forth.

    def undo(self) -> Step:
        """Takes back one step. Raises OSError, ValueError where its pixels are lost; then nothing changes."""
        step = self.steps[self.done - 1]
        self._go(step, back=True)
        self.done -= 1
        return step

    def redo(self) -> Step:
        """Does one step again; raises as `undo`."""
        step = self.steps[self.done]
        self._go(step, back=False)
        self.done += 1
        return step

    def near(self) -> list[Version]:
        """What is only packed of the steps next to where it stands, in both directions: the very next ones,
        and others within the budget."""
        back, forth = reversed(self.steps[: self.done]), iter(self.steps[self.done :])
        neighbours = self.steps[max(0, self.done - 1) : self.done + 1]
        found, room = list[Version](), BUDGET_BYTES
        for last, next_one in zip_longest(back, forth):
            for step, done in ((last, True), (next_one, False)):
                versions = list(step.versions(done)) if step is not None else []
                room -= _TILE_BYTES * len(versions)
                if room < 0 and step not in neighbours:
                    return found
                found += [version for version in versions if version.pixels is None]
        return found

    def fetched(self) -> None:
        """Pixels of some steps are in memory again."""
        for place, step in enumerate(self.steps):
            self._weigh(step, done=place < self.done)
        self.trim()

    def trim(self) -> None:
        """Takes pixels out of memory until the rest is within the budget. What the next undo or
        redo needs stays."""
        first, last = 0, len(self.steps) - 1
        while self._raw_bytes > BUDGET_BYTES and first <= last:
            undone = last >= self.done and last - self.done >= self.done - 1 - first
            place = last if undone else first
            first, last = (first, last - 1) if undone else (first + 1, last)
            step, done = self.steps[place], place < self.done
            if step.raw_bytes and place not in (self.done - 1, self.done):
                for version in step.versions(done):
                    if version.packed is not None:
                        version.pixels = None
                self._weigh(step, done)

    def _go(self, step: Step, back: bool) -> None:
        wholes, changed = _moved(self._wholes, step, back)
        there = {name: plane for name, plane in self.now[1].items() if name in wholes}
        _load(step.versions(done=back))
        for name in step.planes.keys() & wholes.keys():
            there[name] = wholes[name].plane()
        tiles = {
            name: {at: version and version.load() for at, version in versions.items()}
            for name, versions in changed.items()
        }
        for name, put in tiles.items():  # from here on nothing can go wrong
            there[name].put(put)
        self._wholes = wholes
        self.now = step.before if back else step.state, there
        self._weigh(step, done=not back)

    def _versions_of(
        self, name: str, put: Tiles, wholes: Mapping[str, Whole]
    ) -> Mapping[Tile, Version | None]:
        before = (wholes.get(name) or self._wholes[name]).tiles
        return {at: None if tile is None else Version(tile, before.get(at)) for at, tile in put.items()}

    def _weigh(self, step: Step, done: bool) -> None:
        raw = sum(
            version.pixels.nbytes
            for version in step.versions(done)
            if version.pixels is not None and not version.lasting
        )
        self._raw_bytes += raw - step.raw_bytes
        step.raw_bytes = raw


def _moved(wholes: Mapping[str, Whole], step: Step, back: bool) -> tuple[dict[str, Whole], Replaced]:
    """The planes after the step is undone or done again, and the tiles of those that are not replaced."""
    index = 0 if back else 1
    moved = {**wholes, **{name: change[index] for name, change in step.planes.items()}}
    there = {name: whole for name, whole in moved.items() if whole is not None}
    tiles = {
        name: {at: change[index] for at, change in changes.items()}
        for name, changes in step.tiles.items()
        if not (back and name in step.planes)
    }
    return {**there, **{name: there[name].with_tiles(changed) for name, changed in tiles.items()}}, tiles


def _load(versions: Iterable[Version]) -> None:
    """Back in memory with those that are only packed, many of them in several threads at once."""
    packed = [version for version in versions if version.pixels is None]
    if len(packed) < _MANY:
        for version in packed:
            version.fetch()
    else:
        with ThreadPoolExecutor(_THREADS) as threads:
            for _ in threads.map(Version.fetch, packed):
                pass
