"""A download to be watched by eye: the real window on a screen of its own, a slow hub of ours, and kills.

python -m tests.watch_download FOLDER [--language zh] [--theme light]

Asks the hub for a model and gets it; kills the process that fetches it; goes on; kills the window too; starts
it again; waits for the end. At each step a picture goes to FOLDER. Prints what was fetched, how many bytes
came twice, and whether the checksum is right. Needs Xvfb, xdotool and ImageMagick.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from safetensors.numpy import load_file, save

from tests import zoo
from tests.catalog.hub.local_hub import BLOCK, Guided, LocalHub

ROOT = Path(__file__).parents[1]
MODEL, WEIGHTS = "someone/storyteller", "model.safetensors"
MEGABYTES, RATE = 48, 2_000_000  # bytes a second
BEGUN, LOST = 3.0, 20.0  # seconds that a window takes to open, at most


class Slow:
    """Lets that many bytes a second pass."""

    def __init__(self, rate: int) -> None:
        self._rate, self._left, self._at = rate, 0.0, time.monotonic()

    def __call__(self, sent: int) -> bool:
        now = time.monotonic()
        self._left, self._at = min(self._left + (now - self._at) * self._rate, 8 * BLOCK), now
        if self._left < BLOCK:
            return True
        self._left -= BLOCK
        return False


class Screen:
    """A screen nobody sees, and the window on it."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        read, write = os.pipe()
        size = ["-screen", "0", "1440x900x24", "-nolisten", "tcp"]
        self._server = subprocess.Popen(["Xvfb", "-displayfd", str(write), *size], pass_fds=[write])
        display = f":{os.read(read, 16).decode().strip()}"
        self._environment = {**os.environ, **environment, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        self._folder, self._number = folder, 0
        self.window: subprocess.Popen[bytes] | None = None

    def open(self, home: Path) -> None:
        """The studio, as large as the screen, with the keyboard."""
        command = [sys.executable, "-m", "studio", "--home", str(home)]
        self.window = subprocess.Popen(command, cwd=ROOT, env=self._environment)
        found = self._tell("search", "--sync", "--onlyvisible", "--name", "Atelier").split()[-1]
        self._tell("windowmove", found, "0", "0", "windowsize", found, "1440", "900", "windowfocus", found)
        time.sleep(BEGUN)

    def press(self, *keys: str) -> None:
        self._tell("key", "--delay", "60", *keys)
        time.sleep(0.5)

    def write(self, text: str) -> None:
        self._tell("type", "--delay", "40", text)
        time.sleep(0.5)

    def look(self, name: str) -> None:
        self._number += 1
        file = self._folder / f"{self._number:02}-{name}.png"
        subprocess.run(["import", "-window", "root", str(file)], env=self._environment, check=True)
        print(file.name, flush=True)

    def fetchers(self) -> list[psutil.Process]:
        """The processes of this window that fetch."""
        assert self.window
        children = psutil.Process(self.window.pid).children(recursive=True)
        return [child for child in children if "studio.catalog.hub" in child.cmdline()]

    def close(self) -> None:
        if self.window is not None and self.window.poll() is None:
            self.window.terminate()
            self.window.wait()
        self._server.terminate()
        self._server.wait()

    def _tell(self, *words: str) -> str:
        done = subprocess.run(
            ["xdotool", *words], env=self._environment, check=True, capture_output=True, text=True, timeout=60
        )
        return done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--language", default="en")
    parser.add_argument("--theme", default="dark")
    wanted = parser.parse_args()
    wanted.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="atelier-watch-") as name:
        home, cache = Path(name, "home"), Path(name, "hub")
        home.mkdir()
        chosen = {"language": wanted.language, "theme": wanted.theme, "offline": False, "welcomed": True}
        (home / "settings.json").write_text(json.dumps(chosen), "utf-8")
        hub = _hub(Path(name, "model"))
        screen = Screen(
            wanted.folder, {"HF_ENDPOINT": hub.url, "HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": "0"}
        )
        try:
            _play(screen, home)
        finally:
            screen.close()
            hub.close()
        return _judged(hub, cache)


def _play(screen: Screen, home: Path) -> None:
    screen.open(home)
    screen.press("ctrl+4")
    screen.look("shelf")
    screen.press("ctrl+f")
    screen.write("story")
    screen.look("typed")
    screen.press("Return", "End", "Return")
    time.sleep(3)
    screen.look("found")
    screen.press("End", "Return")
    time.sleep(2)
    screen.look("begun")
    time.sleep(6)
    screen.look("on the way")
    for fetcher in screen.fetchers():
        fetcher.kill()
    time.sleep(1)
    screen.look("fetcher killed, another goes on")
    while fetchers := screen.fetchers():  # before they get any further
        for fetcher in fetchers:
            fetcher.kill()
        time.sleep(0.1)
    time.sleep(1)
    screen.look("killed again and again")
    screen.press("Return")
    time.sleep(6)
    screen.look("goes on")
    fetchers = screen.fetchers()
    assert screen.window and fetchers
    screen.window.kill()
    screen.window.wait()
    _, alive = psutil.wait_procs(fetchers, 5)
    print(f"fetchers that outlived the window: {len(alive)}")
    screen.open(home)
    screen.press("ctrl+4")
    screen.look("window opened again")
    while screen.fetchers():
        time.sleep(1)
    time.sleep(2)
    screen.look("done")
    screen.press("ctrl+1")
    time.sleep(1)
    screen.look("in chat")


def _hub(folder: Path) -> LocalHub:
    """A hub with a story teller that is larger than it need be."""
    zoo.llama(folder)
    tensors = load_file(folder / WEIGHTS)
    padding = np.random.default_rng(1).integers(0, 255, (MEGABYTES << 20) // 1024 * 1024, np.uint8)
    (folder / WEIGHTS).write_bytes(save(tensors | {"padding": padding.reshape(-1, 1024)}, {"format": "pt"}))
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n# Story teller\n\nTells stories.\n")
    hub = LocalHub()
    hub.add(MODEL, {file.name: file.read_bytes() for file in folder.iterdir()})
    hub.found = [
        {"id": MODEL, "pipeline_tag": "text-generation", "library_name": "transformers",
         "tags": ["safetensors", "license:apache-2.0"], "downloads": 1234, "likes": 56}
    ]  # fmt: skip
    hub.lasting[WEIGHTS] = Guided(Slow(RATE))
    return hub


def _judged(hub: LocalHub, cache: Path) -> int:
    (commit,) = hub.commits[MODEL]
    wanted = hub.commits[MODEL][commit][WEIGHTS]
    found = next(cache.glob(f"models--*/snapshots/*/{WEIGHTS}"), None)
    right = bool(found) and hashlib.sha256(found.read_bytes()).digest() == hashlib.sha256(wanted).digest()
    print(f"{len(wanted):,} bytes, {hub.sent(WEIGHTS) - len(wanted):,} sent twice; whole and right: {right}")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
