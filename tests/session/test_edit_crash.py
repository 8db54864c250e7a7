"""What survives when a studio is killed in the middle of a stroke: all but the last second."""

import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.session.edit_document import EditDocument
from studio.store.edit_history import EditHistory
from tests.session.edit_victim import HEIGHT, WIDTH, digest

ROOT = Path(__file__).parents[2]
LOST_SECONDS = 1.0


def killed(folder: Path, seed: int, seconds: float) -> tuple[dict[int, tuple[str, float]], float]:
    """What a process painted there said of each position, and when it was killed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 4), np.uint8)
    Image.fromarray(pixels).save(folder.parent / "picture.png")
    command = [sys.executable, "-m", "tests.session.edit_victim", str(folder), str(seed)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    first = process.stdout.readline()
    time.sleep(seconds)
    process.kill()
    end = time.time()
    lines = [first, *process.stdout]
    process.stdout.close()
    process.wait()
    words = [line.split() for line in lines if line.endswith("\n")]
    return {int(place): (held, float(at)) for _, place, held, at in words}, end


def check(folder: Path, seed: int, seconds: float) -> None:
    said, end = killed(folder, seed, seconds)
    document = EditDocument.kept(*EditHistory.open(folder))
    surely = max(place for place, (_, at) in said.items() if at < end - LOST_SECONDS or place == 0)
    assert document.position >= surely
    for place in reversed(range(min(document.position, max(said)) + 1)):
        document.go_to(place)
        document.end_stroke()
        assert digest(document) == said[place][0], f"position {place} of {len(document.steps)}"
    document.go_to(len(document.steps))
    document.end_stroke()
    document.finish()


def test_killed_while_painting_loses_at_most_the_last_second(tmp_path, qapp):
    check(tmp_path / "edit", seed=1, seconds=2.5)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(40))
def test_killed_at_any_moment(tmp_path, qapp, seed):
    check(tmp_path / "edit", seed, random.Random(seed).uniform(0.05, 6))
