"""Checks what the installer says of system libraries, and which starts it holds up for them."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).parents[2] / "packaging"
linux_only = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux leaves Qt without libraries"
)


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import system_libraries

    return system_libraries


@linux_only
def test_missing_library_and_font_become_one_line_to_run(
    libraries: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        libraries, "CORE", {"libnothing-1.so.0": "libnothing1", "libnothing-2.so.0": "libnothing1"}
    )
    monkeypatch.setattr(libraries, "WINDOW", {"libnowhere.so.9": "libnowhere9"})
    monkeypatch.setattr(libraries, "FONT_FOLDERS", (str(tmp_path),))
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = libraries.Missing()
    assert missing.advice().startswith(
        "install with your system's packages: libnothing-1.so.0, libnothing-2.so.0"
    )
    (tmp_path / "apt-get").touch(mode=0o755)
    assert missing.advice() == "sudo apt-get install -y fonts-noto-cjk libnothing1 libnowhere9"


@linux_only
def test_list_of_libraries_is_all_that_qt_needs(libraries: ModuleType) -> None:
    if libraries.Missing():
        pytest.skip(f"this machine lacks some: {libraries.Missing().advice()}")
    words = """
import ctypes, pathlib, PySide6.QtSvg, PySide6.QtWidgets
for plugin in (pathlib.Path(PySide6.__file__).parent / "Qt/plugins").glob("platforms/*.so"):
    if plugin.stem in ("libqxcb", "libqoffscreen"):
        ctypes.CDLL(str(plugin))
"""
    subprocess.run([sys.executable, "-c", words], check=True)


@pytest.mark.parametrize(
    ("arguments", "opens"),
    [([], True), (["--home", "x"], True), (["--home=x"], True), (["doctor"], False), (["--help"], False)],
)
def test_only_a_start_without_a_command_opens_the_window(
    libraries: ModuleType, arguments: list[str], opens: bool
) -> None:
    import bootstrap

    assert bootstrap.opens_window(arguments) is opens
