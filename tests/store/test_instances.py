"""Who is alive: locks that the system drops when a process ends."""

import errno
import os
import sys
import time

import pytest

from studio.core.errors import DiskFull, FileUnwritable
from studio.store import instances
from studio.store.instances import Instance, WindowLock, alive
from tests.store.test_adoption import child, start


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_the_dead_are_claimed_once_and_the_living_never(paths):
    first, second = Instance(paths), Instance(paths)
    process = start(child("adopt", paths, 0))
    other = process.stdout.readline().split()[1]
    assert alive(paths) == {first.id, second.id, other}
    assert first.claim_dead() == ()
    process.kill()
    process.communicate()

    assert first.claim_dead() == (other,) == first.claim_dead()
    assert second.claim_dead() == ()  # the first one is at it
    first.close()
    assert second.claim_dead() == (other,)  # and did not finish
    second.forget([other])
    assert alive(paths) == {second.id}
    second.close()
    assert not list(paths.instances.glob("*.instance"))


def test_an_instance_that_is_only_starting_is_not_dead(paths):
    mine = Instance(paths)
    (paths.instances / "starting.instance").touch()
    assert mine.claim_dead() == ()
    before = time.time() - 3600
    os.utime(paths.instances / "starting.instance", (before, before))
    assert mine.claim_dead() == ("starting",)  # it never came to say who it is
    mine.close()


def test_a_home_that_cannot_be_written_to_is_named(paths):
    paths.home.write_text("a file where the folder should be")
    with pytest.raises(FileUnwritable):
        Instance(paths)


def test_a_full_disk_is_named_and_nothing_stays(paths, monkeypatch):
    def full(handle, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(instances.os, "write", full)
        with pytest.raises(DiskFull):
            Instance(paths)
    assert list(paths.instances.iterdir()) == []


def test_a_home_has_one_window(paths):
    first, second = WindowLock(paths), WindowLock(paths)
    assert (first.held, second.held) == (True, False)
    second.close()
    first.close()
    third = WindowLock(paths)
    assert third.held
    third.close()
