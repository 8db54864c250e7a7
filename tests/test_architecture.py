"""The tree is the architecture: who may import whom and what, the lint and the types, each as a test."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
PACKAGE = CHECKOUT / "studio"

QT = {"PySide6.QtCore", "PySide6.QtGui", "PySide6.QtWidgets", "PySide6.QtSvg"}
# What each room may take from outside, beyond the standard library. The runtime is where models run: it takes
# what the model libraries need, and the import contracts keep Qt out of it.
LIBRARIES = {
    "core": {"msgspec", "platformdirs"},
    "media": {
        *("PIL", "cv2", "msgspec", "numpy", "psd_tools", "sd_parsers", "zstandard"),
        *("bs4", "docx", "pypdf"),  # in the process alone that reads documents
    },
    "store": {"apsw", "msgspec", "numpy"},
    "catalog": {
        *("httpx2", "huggingface_hub", "msgspec", "psutil", "safetensors", "yaml"),
        *("sentencepiece", "tokenizers"),  # to count words as models do
    },
    "engine": {"PySide6.QtCore", "msgspec", "psutil"},
    "session": {"PIL", "PySide6.QtCore", "msgspec", "numpy", "psutil"},
    "viewmodels": {"PySide6.QtCore", "PySide6.QtGui", "msgspec", "numpy"},
    "ui": {*QT, "cv2", "markdown_it", "msgspec", "numpy", "pygments", "pylatexenc"},
    "cli": {"PIL", "PySide6.QtCore", "msgspec", "numpy", "psutil"},
}


@pytest.mark.parametrize("room", LIBRARIES)
def test_room_takes_only_its_own_libraries(room: str) -> None:
    foreign = [
        f"{path.relative_to(CHECKOUT)}:{line} imports {module}"
        for path in sorted((PACKAGE / room).rglob("*.py"))
        for line, module in outside_imports(path)
        if module not in LIBRARIES[room] and module.partition(".")[0] not in LIBRARIES[room]
    ]
    assert foreign == []


def test_main_stays_light_enough_for_every_child_to_import_again() -> None:
    words = "import studio.__main__, sys; print({'PySide6', 'msgspec', 'torch', 'PIL'} & {*sys.modules})"
    assert output(sys.executable, "-c", words) == "set()"


def test_import_contracts_hold() -> None:
    output(sys.executable, "-c", "import sys, importlinter.cli as cli; sys.exit(cli.lint_imports())")


def test_ruff_is_content() -> None:
    output(sys.executable, "-m", "ruff", "check", "--output-format=concise", "studio", "tests", "packaging")


def test_pyright_is_content() -> None:
    output(sys.executable, "-m", "pyright", "--pythonpath", sys.executable)


def outside_imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and name of every import from outside: the package, with Qt's own part where it is Qt."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(module="PySide6", names=names):
                modules = [f"PySide6.{alias.name}" for alias in names]
            case ast.ImportFrom(module=str(module), level=0):
                modules = [module]
            case _:
                continue
        for module in modules:
            if module.partition(".")[0] not in {*sys.stdlib_module_names, "studio"}:
                yield node.lineno, module


def output(*command: str) -> str:
    """Run a checker from the checkout; what it says is the failure's message."""
    run = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout.strip()
