"""The steps of an edit document, where in them it stands, and its planes as they are there."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest

from studio.core.hand_steps import HandStep
from studio.core.layers import SELECTION, Document, planes_of
from studio.media.planes import TILE, Plane, Tile, Tiles
from studio.store.edit_steps import Change, Replaced, Step, Version, Whole

BUDGET_BYTES = 128 * 2**20  # of pixels that only the history holds on to

_TILE_BYTES = TILE * TILE * 4
_MANY = 32  # tiles that are worth several threads
_THREADS = 4

Changed = Mapping[str, Mapping[Tile, Version | None]]  # by plane


class Timeline:
    """Steps, of which the first `done` are done.

    Pixels of the steps farthest from where the document stands leave memory first, once they are packed.

    Attributes:
        first: the state with its planes with which it was opened first; they stay in memory.
        now: the state with its planes where it stands. Both are replaced together, so that any thread may
            take them.
        steps, done: see above.
        heads: the places of the steps that are no part of the one before; labels: theirs.
    """

    def __init__(self, state: Document, planes: Mapping[str, Plane]) -> None:
        """Without steps. The planes belong to it; without the selection among them, nothing is chosen."""
        planes = {SELECTION: Plane(state.width, state.height, 1), **planes}
        self.first = state, {name: plane.copy() for name, plane in planes.items()}
        self.now: tuple[Document, Mapping[str, Plane]] = state, dict(planes)
        self.steps: list[Step] = []
        self.done = 0
        self.heads: list[int] = []
        self.labels: list[str] = []
        self._wholes = {name: Whole.of(plane, lasting=True) for name, plane in planes.items()}
        self._raw_bytes = 0
        self._awaited = frozenset[Version]()  # these are being fetched, and stay

    def position(self, done: int) -> int:
        """How many heads are among so many steps."""
        return bisect_left(self.heads, done)

    @property
    def wholes(self) -> Mapping[str, Whole]:
        """The planes as the last step left them, unpacked or not."""
        return self._wholes

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
        figures: HandStep | None = None,
    ) -> Step:
        """A new step, done at once; those that were undone are gone.

        Planes that no layer of the state has any longer leave `now`, and come back when it is undone.
        """
        self.drop_undone()
        used = planes_of(state)
        there = {name: plane for name, plane in {**self.now[1], **planes}.items() if name in used}
        wholes = {name: Whole.of(plane) for name, plane in planes.items() if name in used}
        changed = {name: self._versions_of(name, put, wholes) for name, put in tiles.items() if name in used}
        for name in changed:
            there[name].put(tiles[name])
        step = self.replay(label, state, changed, wholes, joined, figures)
        self.now = state, there
        self._weigh(step, done=True)
        self.trim()
        return step

    def drop_undone(self) -> None:
        """Those that were undone are gone, and it is on its way to none of them."""
        self._awaited = frozenset()
        for step in self.steps[self.done :]:
            self._raw_bytes -= step.raw_bytes
        del self.steps[self.done :]
        left = self.position(self.done)
        del self.heads[left:], self.labels[left:]

    # What was kept: the steps one after the other, and their pixels once, at the end.

    def replay(
        self,
        label: str,
        state: Document,
        tiles: Changed,
        planes: Mapping[str, Whole],
        joined: bool,
        figures: HandStep | None = None,
    ) -> Step:
        """A step that was kept; `settle` shows it."""
        self.drop_undone()
        before = self.steps[-1].state if self.steps else self.first[0]
        used = planes_of(state)
        planes = {name: whole for name, whole in planes.items() if name in used}
        wholes = {**self._wholes, **planes}
        changed = dict[str, dict[Tile, Change]]()
        for name, put in tiles.items():
            changed[name] = {at: (wholes[name].tiles.get(at), version) for at, version in put.items()}
            wholes[name] = wholes[name].with_tiles(put)
        replaced: dict[str, Replaced]
        replaced = {name: (self._wholes.get(name), whole) for name, whole in planes.items()}
        replaced |= {name: (self._wholes[name], None) for name in self._wholes.keys() - used}
        step = Step(label, before, state, joined, figures, changed, replaced)
        self._wholes = {name: wholes[name] for name in used}
        if not (joined and self.steps):
            self.heads.append(len(self.steps))
            self.labels.append(label)
        self.steps.append(step)
        self.done += 1
        return step

    def replay_to(self, done: int) -> None:
        """Back or forth, until so many of the steps that were kept are done; `settle` shows it."""
        wanted = min(max(done, 0), len(self.steps))
        self._wholes, self.done = self._wholes_at(wanted), wanted

    def settle(self) -> None:
        """Unpacks what is to be seen. Raises OSError, ValueError."""
        load_versions(version for whole in self._wholes.values() for version in whole.tiles.values())
        self.now = self._state_at(self.done), {name: whole.plane() for name, whole in self._wholes.items()}

    # Back and forth.

    def undo(self) -> Step:
        """Takes back one step. Raises as `go_to`."""
        return self.go_to(self.done - 1)[0]

    def redo(self) -> Step:
        """Does one step again. Raises as `go_to`."""
        return self.go_to(self.done + 1)[0]

    def versions_between(self, wanted: int) -> list[Version]:
        """What `go_to` would have to read; once they are fetched, in any thread, it need not. Until then they
        stay in memory."""
        wholes = self._wholes_at(wanted)
        found = [version for name in wholes for version in _there(self._differing(name, wholes[name]))]
        self._awaited = frozenset(found)
        return [version for version in found if version.pixels is None]

    def go_to(self, wanted: int) -> list[Step]:
        """Back or forth, until so many steps are done; those that it passed, in that order. Only what differs
        between the two ends is read, however many steps are between them.

        Raises OSError, ValueError where pixels are lost; then nothing changes.
        """
        wholes, passed = self._wholes_at(wanted), self._steps_to(wanted)
        put = {name: self._differing(name, whole) for name, whole in wholes.items()}
        load_versions(version for tiles in put.values() for version in _there(tiles))
        tiles = {
            name: {at: version and version.load() for at, version in changed.items()}
            for name, changed in put.items()
        }
        replaced = {name for step in passed for name in step.planes}
        there = {name: self._plane(name, whole, name in replaced) for name, whole in wholes.items()}
        for name, plane in there.items():  # from here on nothing can go wrong
            plane.put(tiles[name])
        back = wanted < self.done
        self._wholes, self.done, self._awaited = wholes, wanted, frozenset()
        self.now = self._state_at(wanted), there
        for step in passed:
            self._weigh(step, done=not back)
        return passed

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
                    if version.packed is not None and version not in self._awaited:
                        version.pixels = None
                self._weigh(step, done)

    def _steps_to(self, wanted: int) -> list[Step]:
        """Those on the way there, the nearest first."""
        return self.steps[self.done : wanted] or self.steps[wanted : self.done][::-1]

    def _state_at(self, done: int) -> Document:
        return self.steps[done - 1].state if done else self.first[0]

    def _wholes_at(self, wanted: int) -> dict[str, Whole]:
        """The planes as they are there; nothing is read."""
        index = 0 if wanted < self.done else 1
        wholes: dict[str, Whole | None] = {**self._wholes}
        tiles = dict[str, dict[Tile, Version | None]]()
        for step in self._steps_to(wanted):
            for name, replaced in step.planes.items():
                wholes[name] = replaced[index]
                tiles.pop(name, None)
            for name, changes in step.tiles.items():
                if index or name not in step.planes:  # before the step, it had none of these
                    put = tiles.setdefault(name, {})
                    for at, change in changes.items():
                        put[at] = change[index]
        return {
            name: whole.with_tiles(tiles[name]) if name in tiles else whole
            for name, whole in wholes.items()
            if whole is not None
        }

    def _differing(self, name: str, after: Whole) -> dict[Tile, Version | None]:
        """What has to be put into the plane that is shown, or into an empty one of another size."""
        before = self._wholes.get(name)
        shown = dict[Tile, Version](before.tiles if before is not None and before.fits(after) else {})
        gone: dict[Tile, Version | None] = dict.fromkeys(shown.keys() - after.tiles.keys())
        return gone | {at: version for at, version in after.tiles.items() if shown.get(at) is not version}

    def _plane(self, name: str, after: Whole, replaced: bool) -> Plane:
        """The plane to put those into: another one where it is replaced, for threads that took it."""
        before = self._wholes.get(name)
        if before is None or not before.fits(after):
            return Plane(after.width, after.height, after.channels)
        shown = self.now[1][name]
        return shown.copy() if replaced else shown

    def _versions_of(
        self, name: str, put: Tiles, wholes: Mapping[str, Whole]
    ) -> Mapping[Tile, Version | None]:
        before = (wholes.get(name) or self._wholes[name]).tiles
        return {at: None if tile is None else Version(tile, before.get(at)) for at, tile in put.items()}

    def _weigh(self, step: Step, done: bool) -> None:
        index, raw = 0 if done else 1, 0
        for changes in step.tiles.values():  # not by `versions`: a step may have thousands
            for change in changes.values():
                raw += _raw_bytes(change[index])
        for replaced in step.planes.values():
            if (whole := replaced[index]) is not None:
                raw += sum(map(_raw_bytes, whole.tiles.values()))
        self._raw_bytes += raw - step.raw_bytes
        step.raw_bytes = raw


def _there(tiles: Mapping[Tile, Version | None]) -> Iterator[Version]:
    return (version for version in tiles.values() if version is not None)


def _raw_bytes(version: Version | None) -> int:
    if version is None or version.pixels is None or version.lasting:
        return 0
    return version.pixels.nbytes


def load_versions(versions: Iterable[Version]) -> None:
    """Back in memory with those that are only packed, many of them in several threads at once."""
    packed = [version for version in versions if version.pixels is None]
    if len(packed) < _MANY:
        for version in packed:
            version.fetch()
    else:
        with ThreadPoolExecutor(_THREADS) as threads:
            for _ in threads.map(Version.fetch, packed):
                pass
