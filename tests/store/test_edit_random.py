"""Any steps, back and forth, and whatever becomes of their file: the very bytes, or those of its last whole
record."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.edits import Region
from studio.core.errors import EditDamaged
from studio.core.ids import new_id
from studio.core.layers import SELECTION, Document, Layer
from studio.media.planes import Plane
from studio.store import edit_timeline
from studio.store.edit_history import EditHistory
from tests.store.edit_logs import Kept, records, sealed

pytestmark = pytest.mark.allow_log("is damaged after", "could be opened only as it was")

FEW, MANY = settings(max_examples=12, deadline=None), settings(max_examples=400, deadline=None)

KINDS = ("paint", "paint", "choose", "joined", "fill", "add", "remove", "resize", "go", "go", "drop")
ACTIONS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 2**16)), min_size=3, max_size=14)
SHARE = st.floats(0, 1, exclude_max=True)


class Session:
    """A document at work, and what it has to be.

    Attributes:
        seen: what was shown after each step that is left, from the beginning.
        marks: after each record, the bytes of the log, with `seen` and the steps done then.
    """

    def __init__(self, edits: Path) -> None:
        self.kept = Kept(edits)
        self.seen = [self.kept.held]
        self.marks = [(self.size, tuple(self.seen), 0)]

    @property
    def size(self) -> int:
        return self.kept.log.stat().st_size

    def act(self, kind: str, seed: int) -> None:
        line, rng = self.kept.line, np.random.default_rng(seed)
        state = line.now[0]
        if kind in ("go", "drop"):
            self.kept.go(seed % (len(line.steps) + 1))
            if kind == "drop":
                self.marks.append((self.size, tuple(self.seen), line.done))
                line.drop_undone()
                self.kept.history.stands(line.done, dropped=True)
                del self.seen[line.done + 1 :]
        elif kind == "remove" and len(state.layers) < 2:
            return
        else:
            tiles, planes = {}, {}
            if kind in ("add", "remove", "resize", "fill"):
                state, planes = _remade(kind, state, rng)
            else:
                name = SELECTION if kind == "choose" else str(rng.choice([one.plane for one in state.layers]))
                tiles = {name: _painted(line.now[1][name], rng)}
            del self.seen[line.done + 1 :]
            self.kept.record(kind, state, tiles, planes, kind == "joined" and line.done > 0)
            self.seen.append(self.kept.held)
        assert self.kept.held == self.seen[line.done]
        self.marks.append((self.size, tuple(self.seen), line.done))
        if seed % 3 == 0:
            self.kept.history.sync()
            line.trim()

    def check(self, seen: tuple[dict[str, bytes], ...], done: int) -> None:
        """It is just that, and so is every step back and forth."""
        line = self.kept.line
        assert line.done == done and len(line.steps) == len(seen) - 1
        assert self.kept.held == seen[done]
        for place in (*reversed(range(len(seen))), len(seen) - 1, 0, done):
            line.go_to(place)
            line.trim()
            assert self.kept.held == seen[place]


def _remade(kind: str, state: Document, rng: np.random.Generator) -> tuple[Document, dict[str, Plane]]:
    """A layer more or less, a canvas of another size, a plane filled anew."""
    size, layers = (state.width, state.height), state.layers
    if kind == "remove":
        return msgspec.structs.replace(state, layers=layers[:-1]), {}
    if kind == "fill":
        return state, {layers[-1].plane: _noise(size, rng)}
    if kind == "add":
        layer = Layer(id=new_id(), name="More", plane=new_id())
        return msgspec.structs.replace(state, layers=(*layers, layer)), {layer.plane: _noise(size, rng)}
    size = int(rng.integers(1, 520)), int(rng.integers(1, 300))
    planes = {SELECTION: Plane(*size, 1), **{layer.plane: _noise(size, rng) for layer in layers}}
    return msgspec.structs.replace(state, width=size[0], height=size[1]), planes


def _noise(size: tuple[int, int], rng: np.random.Generator) -> Plane:
    return Plane.of(np.full((size[1], size[0], 4), rng.integers(0, 256, 4), np.uint8))


def _painted(plane: Plane, rng: np.random.Generator):
    left, top = int(rng.integers(0, plane.width)), int(rng.integers(0, plane.height))
    region = Region(left, top, int(rng.integers(1, 200)), int(rng.integers(1, 200)))
    region = region.within(plane.width, plane.height)
    shape = (region.height, region.width, 4)[: 2 if plane.channels == 1 else 3]
    return plane.changed(region, np.full(shape, rng.integers(0, 256), np.uint8))


@contextmanager
def after(actions: list[tuple[str, int]]) -> Iterator[Session]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(edit_timeline, "BUDGET_BYTES", 0)
        session = Session(Path(folder) / "edits")
        try:
            for kind, seed in actions:
                session.act(kind, seed)
            yield session
        finally:
            session.kept.leave()


def check_walk(actions: list[tuple[str, int]]) -> None:
    with after(actions) as session:
        _, seen, done = session.marks[-1]
        session.check(seen, done)
        session.kept.history.stands(done)
        session.kept.again()
        session.check(seen, done)


def check_cut(actions: list[tuple[str, int]], share: float) -> None:
    with after(actions) as session:
        session.kept.leave()
        first, size = session.marks[0][0], session.size
        cut = first + int(share * (size - first))
        os.truncate(session.kept.log, cut)
        session.kept.again()
        _, seen, done = max(mark for mark in enumerate(session.marks) if mark[1][0] <= cut)[1]
        session.check(seen, done)


def check_flip(actions: list[tuple[str, int]], share: float, bit: int) -> None:
    with after(actions) as session:
        session.kept.leave()
        data = bytearray(session.kept.log.read_bytes())
        at = int(share * len(data))
        data[at] ^= 1 << bit
        session.kept.log.write_bytes(data)
        if at < session.marks[0][0]:  # nothing is before it
            with pytest.raises(EditDamaged):
                EditHistory.open(session.kept.folder)
            assert session.kept.log.read_bytes() == data
            return
        session.kept.again()
        end, seen, done = max(mark for mark in enumerate(session.marks) if mark[1][0] <= at)[1]
        session.check(seen, done)
        assert session.kept.log.with_name("steps.log.damaged").read_bytes() == data[end:]


def check_forged(actions: list[tuple[str, int]], share: float, bit: int) -> None:
    with after(actions) as session:
        session.kept.leave()
        found = records(session.kept.log.read_bytes())
        number = int(share * len(found) * 97) % len(found)
        header, data = bytearray(found[number][0]), bytearray(found[number][1])
        part = data if bit % 2 and data else header
        part[int(share * len(part))] ^= 1 << bit
        found[number] = bytes(header), bytes(data)
        session.kept.log.write_bytes(sealed(found))
        with suppress(EditDamaged):
            session.kept.again()
            line = session.kept.line
            for place in (*range(len(line.steps) + 1), 0):
                with suppress(ValueError):  # a tile is none
                    line.go_to(place)
                    assert session.kept.held


@FEW
@given(ACTIONS)
def test_every_step_back_and_forth_gives_the_very_bytes(actions: list[tuple[str, int]]):
    check_walk(actions)


@FEW
@given(ACTIONS, SHARE)
def test_a_file_that_is_cut_anywhere_has_its_last_whole_record(actions: list[tuple[str, int]], share: float):
    check_cut(actions, share)


@FEW
@given(ACTIONS, SHARE, st.integers(0, 7))
def test_a_flipped_bit_anywhere_leaves_what_was_before(
    actions: list[tuple[str, int]], share: float, bit: int
):
    check_flip(actions, share, bit)


@FEW
@given(ACTIONS, SHARE, st.integers(0, 7))
def test_a_forged_bit_anywhere_is_damage_or_another_picture(
    actions: list[tuple[str, int]], share: float, bit: int
):
    check_forged(actions, share, bit)


@pytest.mark.long
@MANY
@given(ACTIONS, SHARE, st.integers(0, 7))
def test_many_forged_bits(actions: list[tuple[str, int]], share: float, bit: int):
    check_forged(actions, share, bit)


@pytest.mark.long
@MANY
@given(ACTIONS)
def test_many_walks(actions: list[tuple[str, int]]):
    check_walk(actions)


@pytest.mark.long
@MANY
@given(ACTIONS, SHARE)
def test_many_cuts(actions: list[tuple[str, int]], share: float):
    check_cut(actions, share)


@pytest.mark.long
@MANY
@given(ACTIONS, SHARE, st.integers(0, 7))
def test_many_flipped_bits(actions: list[tuple[str, int]], share: float, bit: int):
    check_flip(actions, share, bit)
