"""Runs packaging/run.py for real, in a tiny checkout whose libraries come from a folder of tiny wheels."""

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "packaging"
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling"

[project]
name = "atelier-studio"
"""
# What build backends owe to pip, in the place of the real one.
BACKEND = """
import os, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "atelier_studio-1.0-py3-none-any.whl"
    about = "Metadata-Version: 2.1\\nName: atelier-studio\\nVersion: 1.0\\nRequires-Dist: torch\\n"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("atelier.pth", os.getcwd())
        wheel.writestr("atelier_studio-1.0.dist-info/METADATA", about)
        wheel.writestr("atelier_studio-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\n")
        wheel.writestr("atelier_studio-1.0.dist-info/RECORD", "")
    return name
"""
STUDIO = """
import os, sys
print(sys.argv[1:], os.getcwd(), os.environ["OMP_WAIT_POLICY"])
sys.exit(7)
"""
CHOOSE = """
import os, sys
sys.path.insert(0, "packaging")
import bootstrap, progress, torch_build
try:
    print(*torch_build.choose(progress.Progress(1, os.open(bootstrap.LOCK, os.O_RDWR)), bootstrap.PIP))
except progress.Stop as stop:
    print(stop)
"""


@dataclass(frozen=True)
class Checkout:
    """A checkout small enough to install in seconds, and the only package index that its pip may see."""

    root: Path
    wheels: Path

    def start(self, *arguments: str, script: str = "run.py") -> "subprocess.Popen[str]":
        command = [sys.executable, str(self.root / "packaging" / script), *arguments]
        return self._popen(command, cwd=self.wheels)

    def run(self, *arguments: str) -> tuple[int | None, str, str]:
        running = self.start(*arguments)
        out, err = running.communicate()
        return running.returncode, out, err

    def choose_torch(self, device: str) -> str:
        running = self._popen([sys.executable, "-c", CHOOSE], cwd=self.root, STUDIO_TORCH=device)
        return running.communicate()[0].strip()

    def _popen(self, command: list[str], cwd: Path, **more: str) -> "subprocess.Popen[str]":
        nowhere = {"PATH": "", "https_proxy": "http://127.0.0.1:9", "PYTHONDONTWRITEBYTECODE": "1"}
        index = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels)}
        return subprocess.Popen(
            command,
            cwd=cwd,
            env={"HOME": str(self.root), **nowhere, **index, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def add_wheel(folder: Path, name: str, version: str, requires: str = "", code: str = "") -> None:
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    about += f"Requires-Dist: {requires}\n" if requires else ""
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", code)
        wheel.writestr(f"{info}/METADATA", about)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    root, wheels = tmp_path_factory.mktemp("check out"), tmp_path_factory.mktemp("wheels")
    shutil.copytree(
        SCRIPTS, root / "packaging", ignore=lambda folder, names: {"starter", "__pycache__"} & {*names}
    )
    (root / "packaging" / "constraints.txt").write_text("torch==2.13.0\n")
    (root / "pyproject.toml").write_text(PROJECT)
    (root / "studio").mkdir()
    (root / "studio" / "__main__.py").write_text(STUDIO)
    add_wheel(wheels, "hatchling", "1.0", code=BACKEND)
    add_wheel(wheels, "torch", "2.13.0+cpu")
    return Checkout(root, wheels)


@pytest.mark.long
def test_two_first_starts_install_once_and_both_reach_the_studio(checkout: Checkout) -> None:
    runs = [checkout.start("generate", "a boat"), checkout.start("generate", "a boat")]
    outputs = [run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [7, 7], outputs
    # Standard output belongs to the command, which stands where the person stands.
    assert [out for out, _ in outputs] == [f"['generate', 'a boat'] {checkout.wheels} PASSIVE\n"] * 2
    assert sorted("Making .venv" in told for _, told in outputs) == [False, True]
    assert sorted("waiting for it to end" in told for _, told in outputs) == [False, True]


def test_later_start_says_nothing(checkout: Checkout) -> None:
    checkout.run("doctor")  # the first, where no other test was it
    assert checkout.run("doctor") == (7, f"['doctor'] {checkout.wheels} PASSIVE\n", "")


def test_start_after_the_tests_were_installed_still_looks_for_qts_libraries(checkout: Checkout) -> None:
    stamp = checkout.root / ".venv" / "studio-installed"
    fingerprint = stamp.read_text().split()[0]
    stamp.write_text(f"{fingerprint} base test\n")  # as after packaging/test.py where libraries are missing
    checkout.run("doctor")
    assert "libraries" in stamp.read_text().split()


@pytest.mark.long
def test_failed_step_says_what_to_do_and_the_next_start_goes_on(checkout: Checkout) -> None:
    libraries = next(checkout.root.glob(".venv/lib/python*/site-packages"))
    with (checkout.root / "packaging" / "constraints.txt").open("a") as file:
        file.write("hatchling==1.0\n")  # a new fingerprint: everything is gone through again
    backend = libraries / "hatchling.py"
    backend.write_text("raise OSError('No space left on device')")
    status, out, told = checkout.run()
    assert (status, out) == (1, "")
    assert "torch 2.13.0 is there" in told
    assert "the disk is full" in told
    assert "Run the same command again" in told

    backend.write_text(BACKEND)
    record = next(libraries.glob("torch-*.dist-info/RECORD"))
    record.unlink()  # as a killed pip leaves it
    status, _, told = checkout.run()
    assert status == 7
    assert "installing torch==2.13.0" in told
    assert record.exists()


@pytest.mark.long
def test_cuda_build_is_refused_without_its_device_and_taken_with_it(checkout: Checkout) -> None:
    add_wheel(checkout.wheels, "nvidia-cublas", "1.0")
    add_wheel(checkout.wheels, "torch", "2.13.0", requires="nvidia-cublas")
    assert checkout.choose_torch("cuda") == "torch===2.13.0"
    assert checkout.choose_torch("cpu") == "torch==2.13.0"
    (checkout.wheels / "torch-2.13.0+cpu-py3-none-any.whl").unlink()
    assert "(1 nvidia packages" in (refusal := checkout.choose_torch("cpu"))
    assert "set STUDIO_TORCH=cuda" in refusal


def test_environment_of_another_maker_is_left_alone(tmp_path: Path) -> None:
    shutil.copytree(SCRIPTS, tmp_path / "packaging", ignore=shutil.ignore_patterns("starter"))
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / ".venv").mkdir()
    status, out, told = Checkout(tmp_path, tmp_path).run()
    assert (status, out) == (1, "")
    assert "was not made by this program" in told
    assert list((tmp_path / ".venv").iterdir()) == []
