"""What is found of this machine is what the system says, wherever the cache will be."""

import shutil
from pathlib import Path

import psutil
import pytest

from studio.catalog.machine import processor_name, this_machine
from studio.core.messages import Device

CARD = Device(kind="cuda", name="Card", total_bytes=8 << 30, free_bytes=7 << 30)


def test_memory_disk_and_devices_are_told(tmp_path: Path) -> None:
    machine = this_machine([CARD], tmp_path)
    assert machine.memory_bytes == psutil.virtual_memory().total
    assert machine.devices == (CARD,)
    assert machine.processor == processor_name() != ""
    assert 0 < machine.disk_free_bytes <= shutil.disk_usage(tmp_path).total


def test_the_disk_of_a_cache_that_is_not_there_yet_is_that_of_its_nearest_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[Path]()
    usage = shutil.disk_usage

    def watched(place: Path) -> object:
        asked.append(place)
        return usage(place)

    monkeypatch.setattr(shutil, "disk_usage", watched)
    assert this_machine([], tmp_path / "huggingface" / "hub").disk_free_bytes > 0
    assert asked[-1] == tmp_path


def test_a_cache_below_a_file_has_no_room(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert this_machine([], tmp_path / "file" / "hub").disk_free_bytes == 0


def test_the_processor_is_called_as_its_makers_do(tmp_path: Path) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text("processor\t: 0\nmodel name\t: Some Processor 9 @ 3.2GHz\nmodel name\t: Other\n")
    assert processor_name(info) == "Some Processor 9 @ 3.2GHz"


def test_a_processor_without_a_name_is_called_by_its_kind(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nBogoMIPS\t: 48.00\nmodel name\t:\n")
    assert processor_name(tmp_path / "cpuinfo") == processor_name(tmp_path / "none") != ""
