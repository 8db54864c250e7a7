"""Memory as the control group leaves it, with groups as both versions show them."""

from pathlib import Path

import psutil
import pytest

from studio.catalog.main_memory import main_memory

MIB = 1 << 20


def group(folder: Path, limit: str, used: int, droppable: int, *, old: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = ("memory.limit_in_bytes", "memory.usage_in_bytes") if old else ("memory.max", "memory.current")
    (folder / names[0]).write_text(f"{limit}\n")
    (folder / names[1]).write_text(f"{used}\n")
    stat = f"anon 5\n{'total_inactive_file' if old else 'inactive_file'} {droppable}\n"
    (folder / "memory.stat").write_text(stat)


@pytest.mark.parametrize(
    ("line", "place", "old"),
    [
        ("0::/user/app", "user/app", False),
        ("0::/user/app", "user", False),
        ("0::/../elsewhere", "", False),
        ("5:cpu,cpuacct:/x\n4:memory:/user/app", "memory/user/app", True),
    ],
)
def test_the_least_that_any_limit_leaves(tmp_path: Path, line: str, place: str, old: bool) -> None:
    groups, root = tmp_path / "groups", tmp_path / "root"
    groups.write_text(line + "\n")
    group(root / place, str(100 * MIB), 60 * MIB, 20 * MIB, old=old)
    assert main_memory(groups, root) == (100 * MIB, 60 * MIB)


@pytest.mark.parametrize("limit", ["max", "9223372036854771712", ""])
def test_without_a_limit_it_is_the_machine_s(tmp_path: Path, limit: str) -> None:
    groups, root = tmp_path / "groups", tmp_path / "root"
    groups.write_text("0::/\n")
    group(root, limit, 60 * MIB, 0, old=False)
    assert main_memory(groups, root).total == psutil.virtual_memory().total
    assert main_memory(tmp_path / "none", root).total == psutil.virtual_memory().total
