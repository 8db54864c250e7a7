"""The steps of an open edit document, where in them it stands, and its planes as they are there."""

from collections.abc import Mapping, Sequence

from studio.core.layers import Document
from studio.media.planes import Pixels, Plane, Tile, Tiles
from studio.store.edit_steps import Change, Step, Version, Whole

BUDGET_BYTES = 128 * 2**20  # of pixels that only the history holds on to


class Timeline:
    """Steps, of which the first `done` are done.

    Pixels of the steps farthest from where the document stands leave memory first, once they are packed.

    Attributes:
        now: the state with its planes, which are replaced together, so any thread may take them.
        steps, done: see above.
    """

    def __init__(self, state: Document, planes: Mapping[str, Plane]) -> None:
        self.now: tuple[Document, Mapping[str, Plane]] = state, dict(planes)
        self.steps: list[Step] = []
        self.done = 0
        self._versions: dict[str, dict[Tile, Version]] = {
            name: dict(Whole.of(plane, lasting=True).tiles) for name, plane in planes.items()
        }
        self._raw_bytes = 0

    @property
    def heads(self) -> list[int]:
        """The places of the steps that are no part of the one before."""
        return [place for place, step in enumerate(self.steps) if place == 0 or not step.joined]

    def version(self, plane: str, at: Tile) -> Version | None:
        """The tile as the last step left it, whatever was put into the plane since."""
        return self._versions[plane].get(at)

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
        before, there = self.now
        step = Step(label, before, state, joined)
        step.planes = {name: (self._whole(name), Whole.of(plane)) for name, plane in planes.items()}
        for name, (_, whole) in step.planes.items():
            self._versions[name] = dict(whole.tiles)
        if planes:
            there = {**there, **planes}
        for name, changed in tiles.items():
            there[name].put(changed)
        step.tiles = {name: self._changes(name, changed) for name, changed in tiles.items()}
        self.now = state, there
        self.steps.append(step)
        self.done += 1
        self._weigh(step, done=True)
        self.trim()
        return step

    def resume(self, steps: Sequence[Step], done: int, state: Document, planes: Mapping[str, Plane]) -> None:
        """Goes on with what was kept: the steps, and the state and planes where `done` of them are done."""
        self.steps, self.done = list(steps), done
        self.now = state, dict(planes)

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

    def drop_undone(self) -> None:
        for step in self.steps[self.done :]:
            self._raw_bytes -= step.raw_bytes
        del self.steps[self.done :]

    def trim(self) -> None:
        """Takes pixels out of memory until the rest is within the budget."""
        first, last = 0, len(self.steps) - 1
        while self._raw_bytes > BUDGET_BYTES and first <= last:
            undone = last >= self.done and last - self.done >= self.done - 1 - first
            step = self.steps[last if undone else first]
            first, last = (first, last - 1) if undone else (first + 1, last)
            if step.raw_bytes:
                for version in step.versions(done=not undone):
                    if version.packed is not None:
                        version.pixels = None
                self._weigh(step, done=not undone)

    def _go(self, step: Step, back: bool) -> None:
        state, there = step.before if back else step.state, dict(self.now[1])
        versions = dict(self._versions)
        for name, (before, after) in step.planes.items():
            whole = before if back else after
            if whole is None:
                del there[name], versions[name]
            else:
                there[name], versions[name] = whole.plane(), dict(whole.tiles)
        put = {
            name: {at: change[0 if back else 1] for at, change in changes.items()}
            for name, changes in step.tiles.items()
            if name in there
        }
        loaded = {
            name: {at: version and _loaded(version) for at, version in changes.items()}
            for name, changes in put.items()
        }
        for name, tiles in loaded.items():  # from here on nothing can go wrong
            there[name].put(tiles)
            versions[name] = _with(versions[name], put[name])
        self._versions, self.now = versions, (state, there)
        self._weigh(step, done=not back)

    def _whole(self, name: str) -> Whole | None:
        plane = self.now[1].get(name)
        if plane is None:
            return None
        return Whole(plane.width, plane.height, plane.channels, self._versions[name])

    def _changes(self, name: str, changed: Tiles) -> dict[Tile, Change]:
        versions, changes = self._versions[name], dict[Tile, Change]()
        for at, tile in changed.items():
            before = versions.get(at)
            changes[at] = before, None if tile is None else Version(tile, before)
        self._versions[name] = _with(versions, {at: after for at, (_, after) in changes.items()})
        return changes

    def _weigh(self, step: Step, done: bool) -> None:
        raw = sum(
            version.pixels.nbytes
            for version in step.versions(done)
            if version.pixels is not None and not version.lasting
        )
        self._raw_bytes += raw - step.raw_bytes
        step.raw_bytes = raw


def _loaded(version: Version) -> Pixels:
    """Back in memory, too."""
    version.pixels = version.load()
    return version.pixels


def _with(versions: Mapping[Tile, Version], changed: Mapping[Tile, Version | None]) -> dict[Tile, Version]:
    there = {**versions, **changed}
    return {at: version for at, version in there.items() if version is not None}
