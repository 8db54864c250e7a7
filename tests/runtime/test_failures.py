"""Exceptions of other people's code in the studio's terms."""

import errno
import os
from pathlib import Path

import pytest
import torch
from PIL import Image

from studio.core.errors import ContextFull, FileUnwritable, StorageError
from studio.core.messages import Stage
from studio.core.recipe import Recipe
from studio.media import durable
from studio.media.recipes import write_png
from studio.runtime.desk import Desk
from studio.runtime.failures import failed, out_of_memory


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk("j", tmp_path / "library" / ".staging" / "instance" / "j", lambda _: None)
    desk.phase(Stage.DECODING)
    return desk


def error_of_torch() -> BaseException:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    return caught.value


def test_knows_when_memory_ran_out() -> None:
    assert out_of_memory(error_of_torch())
    assert out_of_memory(torch.OutOfMemoryError("CUDA out of memory."))
    assert out_of_memory(MemoryError())
    assert not out_of_memory(RuntimeError("shapes do not match"))


def test_each_kind_has_its_code(desk: Desk) -> None:
    memory = failed(error_of_torch(), desk)
    assert (memory.job, memory.code, memory.params) == ("j", "memory_exhausted", {"phase": "decoding"})
    full = failed(OSError(errno.ENOSPC, "No space left on device", "/library/a.png"), desk)
    assert (full.code, full.params) == ("disk_full", {"path": "/library/a.png"})
    assert failed(OSError(errno.ENOSPC, "No space left on device"), desk).params["path"] == str(desk.library)
    picture = str(desk.staging / "a.png.part")
    full = failed(OSError(errno.ENOSPC, "No space left on device", picture), desk)
    assert full.params == {"path": str(desk.library)}, "the staging says nothing to a person"
    own = failed(ContextFull(model="m", tokens=9, limit=8), desk)
    assert (own.code, own.params["limit"]) == ("context_full", 8)
    other = failed(PermissionError(errno.EACCES, "Permission denied", "/x"), desk)
    assert other.code == "unexpected"
    assert "PermissionError" in str(other.params["detail"])


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EROFS, "library_read_only"),
        (errno.EACCES, "library_read_only"),
        (errno.EPERM, "library_read_only"),
    ],
)
def test_a_library_that_takes_no_picture_is_named_as_a_person_knows_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, reason: int, code: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(reason, os.strerror(reason), str(desk.staging))

    desk.staging.mkdir(parents=True)
    with monkeypatch.context() as patched:
        patched.setattr(durable, "fsync_file", refuse)
        with pytest.raises(StorageError) as caught:
            write_png(Image.new("RGB", (8, 8)), desk.staging / "a.png", Recipe())
    saving = failed(caught.value, desk)
    assert (saving.code, saving.params) == (code, {"path": str(desk.library)})
    made = failed(OSError(reason, os.strerror(reason), str(desk.staging)), desk)
    assert (made.code, made.params) == (code, {"path": str(desk.library)})


def test_another_place_keeps_its_name(desk: Desk) -> None:
    elsewhere = failed(FileUnwritable(path="/elsewhere/a.png", cause="Input/output error"), desk)
    assert (elsewhere.code, elsewhere.params["path"]) == ("file_unwritable", "/elsewhere/a.png")


def test_what_cannot_be_encoded_is_left_out(desk: Desk) -> None:
    shown = failed(ValueError("bad \ud800 name" + "x" * 10_000), desk)
    assert str(shown.params["detail"]).startswith("ValueError: bad  name")
    assert len(str(shown.params["detail"])) == 499
    assert "\ud800" not in shown.traceback
