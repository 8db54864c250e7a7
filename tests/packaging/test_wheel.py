"""Builds the wheel, installs it alone in an empty environment and runs it from there."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Installed:
    """An environment that holds the wheel, and sees this one's libraries but not the checkout."""

    root: Path
    wheel: Path

    @property
    def programs(self) -> Path:
        return self.root / ("Scripts" if os.name == "nt" else "bin")

    def run(self, program: str, *arguments: str) -> str:
        command = [str(self.programs / program), *arguments]
        run = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        return run.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("wheel")
    building = ["build", "--wheel", "--no-isolation", "--outdir", str(folder), str(CHECKOUT)]
    subprocess.run([sys.executable, "-m", *building], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    root = folder / "environment"
    venv.create(root, symlinks=os.name != "nt")
    libraries = Path(sysconfig.get_path("purelib", "venv", {"base": str(root)}))
    (libraries / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    result = Installed(root, wheel)
    python = str(result.programs / "python")
    installing = ["install", "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)]
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, *installing], check=True, capture_output=True
    )
    return result


def test_wheel_holds_the_package_and_its_resources_only(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        tops = {name.split("/")[0] for name in wheel.namelist()}
        assert "studio/resources/icons/atelier.svg" in wheel.namelist()
    assert {top for top in tops if not top.startswith("atelier_studio-")} == {"studio"}


def test_wheel_and_picture_model_are_small(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        pictures = [file.file_size for file in wheel.infolist() if "/starter/postcards/" in file.filename]
    assert installed.wheel.stat().st_size < 90e6
    assert 1e6 < sum(pictures) <= 45e6


def test_version_is_the_one_that_is_installed(installed: Installed) -> None:
    words = "from importlib.metadata import version; print(version('atelier-studio'))"
    assert installed.run("studio", "--version").split() == [
        "Atelier",
        installed.run("python", "-c", words).strip(),
    ]


def test_resources_are_found_inside_the_environment(installed: Installed) -> None:
    found = installed.run(
        "python", "-c", "from studio.core.paths import resources_dir; print(resources_dir())"
    )
    assert Path(found.strip()).is_relative_to(installed.root.resolve())


def test_starter_models_are_listed(installed: Installed) -> None:
    models = json.loads(installed.run("studio", "models", "list", "--json"))["models"]
    assert {"starter/postcards", "starter/scribe"} <= {model["id"] for model in models}


def test_desktop_entry_names_the_program_and_an_icon_that_are_there(installed: Installed) -> None:
    share = installed.root / "share"
    lines = (share / "applications" / "atelier.desktop").read_text(encoding="utf-8").splitlines()
    entry = dict(line.split("=", 1) for line in lines if "=" in line)
    assert (installed.programs / entry["Exec"]).exists()
    assert (share / "icons/hicolor/scalable/apps" / f"{entry['Icon']}.svg").exists()
