"""Logs that somebody wrote to harm: their checksums are right, and nothing else is."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import zstandard
from PIL import Image

from studio.catalog.main_memory import Memory
from studio.core.edits import Region
from studio.core.errors import EditDamaged
from studio.media.tile_packing import pack, unpack
from studio.store import edit_reading
from studio.store.edit_history import EditHistory
from tests.store.edit_logs import Kept, forge, records, sealed

pytestmark = pytest.mark.allow_log("is damaged after")

Content = dict[str, Any]


@pytest.fixture
def kept(tmp_path: Path):
    """A document with two steps, each of which changes one tile."""
    made = Kept(tmp_path / "edits")
    for value in (1, 2):
        state, planes = made.line.now
        tiles = planes["plane"].changed(Region(0, 0, 40, 30), np.full((30, 40, 4), value, np.uint8))
        made.record(f"Step {value}", state, {"plane": tiles}, {})
    yield made
    made.leave()


def _state(**values: object) -> Callable[[Content, bytes], None]:
    return lambda content, _: content["state"].update(values)


def _layer(**values: object) -> Callable[[Content, bytes], None]:
    return lambda content, _: content["state"]["layers"][0].update(values)


def _figures(**values: object) -> Callable[[Content, bytes], None]:
    return lambda content, _: content.update(figures=values)


def _row(*row: int) -> Callable[[Content, bytes], None]:
    return lambda content, _: content["tiles"].update(plane=[row])


def _plane(*row: object) -> Callable[[Content, bytes], None]:
    return lambda content, _: content.update(planes={"plane": row})


def _many_layers(content: Content, _: bytes) -> None:
    layer = content["state"]["layers"][0]
    content["state"]["layers"] = [{**layer, "id": str(number)} for number in range(20_000)]


def _nameless(content: Content, _: bytes) -> None:
    del content["label"]


BAD = {
    "wide": _state(width=2**40),
    "flat": _state(height=0),
    "large": _state(width=30_000, height=30_000),
    "another size": _state(width=299),
    "another document": _state(id="../../photos"),
    "many layers": _many_layers,
    "no such plane": _layer(plane="nowhere"),
    "a mask of colours": _layer(kind="mask"),
    "bright": _layer(opacity=1e300),
    "not a number": _layer(opacity=float("nan")),
    "figures that are none": _figures(type="Rotate", degrees=float("nan")),
    "figures of nothing": _figures(type="Bomb"),
    "tile outside": _row(7, 0, 10),
    "tile before": _row(-1, 0, 10),
    "tile at the end of the world": _row(2**62, 2**62, 10),
    "bytes of another record": _row(0, 0, 10**6),
    "bytes of none": _row(0, 0, -5),
    "plane of another size": _plane(10, 10, 4, []),
    "plane of a world": _plane(2**31, 2**31, 4, []),
    "plane of five colours": _plane(300, 270, 5, []),
    "tiles of no plane": lambda content, _: content["tiles"].update(other=[(0, 0, 3)]),
    "an unknown record": lambda content, _: content.update(type="bomb"),
    "no name": _nameless,
}


@pytest.mark.parametrize("name", BAD)
def test_a_step_that_does_not_fit_is_left_out_with_what_follows(kept: Kept, name: str):
    before = [kept.held]
    kept.go(1)
    before.append(kept.held)
    kept.go(2)
    forge(kept, 2, BAD[name])
    log = kept.log.read_bytes()
    kept.again()
    assert kept.held == before[1] and [step.label for step in kept.line.steps] == ["Step 1"]
    rest = kept.log.with_name("steps.log.damaged").read_bytes()
    assert kept.log.read_bytes() + rest == log
    kept.again()  # and is as any other from then on
    assert kept.held == before[1]


@pytest.mark.parametrize(
    "name",
    [name for name in BAD if not {"tile", "tiles", "bytes", "plane", "no", "figures"} & {*name.split()}],
)
def test_a_beginning_that_does_not_fit_is_told_and_left_alone(kept: Kept, name: str):
    forge(kept, 0, BAD[name])
    log = kept.log.read_bytes()
    with pytest.raises(EditDamaged):
        EditHistory.open(kept.folder)
    assert kept.log.read_bytes() == log


@pytest.mark.parametrize("number", [0, 2])
def test_no_header_is_too_deep(kept: Kept, number: int):
    kept.leave()
    found = records(kept.log.read_bytes())
    header, data = found[number]
    deep = bytes([header[0] + 1]) + header[1:] + b"\xa1x" + b"\x91" * 100_000 + b"\x90"  # one more of its map
    found[number] = deep, data
    kept.log.write_bytes(sealed(found))
    if number:
        kept.again()
        assert kept.line.done == 1
    else:
        with pytest.raises(EditDamaged):
            EditHistory.open(kept.folder)


def _bomb(size: int) -> bytes:
    """That many zeros, which take next to nothing."""
    return zstandard.ZstdCompressor().compress(bytes(size))


HEAD = pack(np.zeros((256, 256, 4), np.uint8), None)[:6]
TILES = {
    "empty": b"\0",
    "bomb": HEAD + _bomb(10**8),
    "no size": HEAD + zstandard.ZstdCompressor(write_content_size=False).compress(bytes(256 * 256 * 4)),
    "short": HEAD + _bomb(12),
    "another shape": pack(np.zeros((20, 30, 4), np.uint8), None),
    "a mask": pack(np.zeros((256, 256), np.uint8), None),
    "a patch of one pixel for all": b"\1" + HEAD[1:] + zstandard.compress(b"\xff" * 8192 + b"abcd"),
    "no patch either": b"\2" + HEAD[1:] + _bomb(256 * 256 * 4),
}


@pytest.mark.parametrize("name", TILES)
@pytest.mark.allow_log("could be opened only as it was")
def test_a_tile_that_is_none_leaves_the_step_before(kept: Kept, name: str):
    kept.go(1)
    before = kept.held
    kept.go(2)

    def change(content: Content, _: bytes) -> bytes:
        content["tiles"]["plane"] = [(0, 0, len(TILES[name]))]
        return TILES[name]

    forge(kept, 2, change)
    kept.again()
    assert kept.held == before and kept.line.done == 1
    assert [(one.code, one.params["steps"]) for one in kept.history.damages] == [("edit_steps_lost", 1)]
    with pytest.raises(ValueError, match="no tile"):
        kept.line.redo()
    assert kept.held == before
    state = kept.line.now[0]
    kept.record("Next", state, {}, {})  # after the one that is shown
    kept.again()
    assert kept.held == before and [step.label for step in kept.line.steps] == ["Step 1", "Next"]


def test_no_tile_allocates_what_it_only_says(monkeypatch: pytest.MonkeyPatch):
    def never(*_: object) -> None:
        raise AssertionError("it was unpacked")

    monkeypatch.setattr("studio.media.tile_packing.zstandard.ZstdDecompressor", never)
    with pytest.raises(ValueError, match="no tile"):
        unpack(HEAD + _bomb(10**8), (256, 256, 4), None)


@pytest.mark.allow_log("could be opened only as it was")
def test_patches_upon_patches_have_an_end(kept: Kept):
    kept.leave()
    found = records(kept.log.read_bytes())
    patch = pack(np.zeros((256, 256, 4), np.uint8), np.zeros((256, 256, 4), np.uint8))
    header = msgspec.msgpack.decode(found[2][0])
    header["tiles"] = {"plane": [(0, 0, len(patch))]}
    found += [(msgspec.msgpack.encode(header), patch)] * 2000
    kept.log.write_bytes(sealed(found))
    kept.again()
    assert kept.line.done < 2002


def test_pixels_for_which_there_is_no_memory_are_told(kept: Kept, monkeypatch: pytest.MonkeyPatch):
    kept.leave()
    log = kept.log.read_bytes()
    monkeypatch.setattr(edit_reading, "main_memory", lambda: Memory(total=1000, free=1000))
    with pytest.raises(EditDamaged, match="no memory"):
        EditHistory.open(kept.folder)
    assert kept.log.read_bytes() == log  # a larger computer can open it


@pytest.mark.parametrize(
    "base", ["../secret.png", "..", ".", "/etc/passwd", "steps.log", "opened.exe", "opened/../x"]
)
def test_no_file_outside_of_its_folder_is_opened(kept: Kept, base: str):
    Image.new("RGB", (300, 270)).save(kept.folder.parent / "secret.png")

    def change(content: Content, data: bytes) -> bytes:
        content.update(base=base, base_plane="plane", planes={})
        return b""

    forge(kept, 0, change)
    with pytest.raises(EditDamaged):
        EditHistory.open(kept.folder)


def test_no_link_is_followed(kept: Kept):
    secret = kept.folder.parent / "secret.png"
    Image.new("RGB", (300, 270)).save(secret)

    def change(content: Content, data: bytes) -> bytes:
        content.update(base="opened.png", base_plane="plane", planes={})
        return b""

    forge(kept, 0, change)
    try:
        os.symlink(secret, kept.folder / "opened.png")
    except OSError:
        pytest.skip("this system lets nobody make links")
    with pytest.raises(EditDamaged):
        EditHistory.open(kept.folder)
    (kept.folder / "opened.png").unlink()
    shutil.copy(secret, kept.folder / "opened.png")
    kept.again()


def test_zeros_that_a_failing_power_left_are_no_record(kept: Kept):
    before = kept.held
    kept.leave()
    with kept.log.open("ab") as file:
        file.write(bytes(5000))
    kept.again()
    assert kept.held == before
