"""Edit documents without a window: a move of the brush, undo and redo, what the history takes, opening."""

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from PySide6.QtCore import QCoreApplication

from studio.core.brushes import Brush
from studio.core.edits import Region
from studio.media.opening import first_view, open_picture
from studio.session.edit_document import EditDocument
from studio.session.edit_opening import new_document
from studio.store.edit_history import EditHistory
from tests.bench.figures import Figure

BRUSH = Brush(size=300, hardness=0.8, colour="#D04020")
MOVES = 400
STROKES = 100
KEY_SECONDS = 1 / 30  # between two undos, while the key is held down
MOVE_BARS = {4096: 16.0, 8192: 25.0}  # milliseconds, repainting included
UNDO_BAR, OPEN_BAR, VIEW_BAR = 50.0, 700.0, 150.0
HISTORY_BAR = 200e6  # bytes
VIEW_SIDE = 1024


def measure() -> list[Figure]:
    app = QCoreApplication.instance() or QCoreApplication([])
    with tempfile.TemporaryDirectory() as folder:
        figures = [*_moves(Path(folder)), *_history(Path(folder)), *_opening(Path(folder))]
    app.processEvents()
    return figures


def photo(width: int, height: int) -> np.ndarray:
    """Smooth colours with the noise of a camera, opaque."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (height // 64, width // 64, 3), np.uint8)
    pixels = np.empty((height, width, 4), np.uint8)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    for top in range(0, height, 512):
        part = smooth[top : top + 512]
        pixels[top : top + 512, :, :3] = cv2.add(part, rng.integers(0, 9, part.shape, np.uint8))
    pixels[..., 3] = 255
    return pixels


def _document(folder: Path, side: int) -> EditDocument:
    pixels = photo(side, side)
    source = folder / f"{side}.png"
    if not source.exists():
        cv2.imwrite(str(source), pixels[..., 2::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
    state, planes = new_document(pixels, "photo")
    return EditDocument.kept(*EditHistory.create(folder / state.id, state, planes, source))


def _moves(folder: Path) -> list[Figure]:
    return [_move(_document(folder, side), side, bar) for side, bar in MOVE_BARS.items()]


def _move(document: EditDocument, side: int, bar: float) -> Figure:
    """Along a spiral, faster and faster."""
    document.changed.connect(lambda change: document.pixels(change.region))
    stroke = document.begin_stroke(BRUSH)
    took = list[float]()
    for number in range(MOVES):
        away, angle = 25 * number**0.75, number / 40
        x, y = side / 2 + away * np.cos(angle), side / 2 + away * np.sin(angle)
        took.append(_milliseconds(partial(stroke.to, x, y)))
        QCoreApplication.processEvents()
    stroke.end()
    document.finish()
    worst = float(np.percentile(took, 99))
    note = f"median {statistics.median(took):.1f} ms; the pixels put together anew, not shown"
    return Figure(f"brush of 300 px, {side}², a move", f"{worst:.1f} ms", f"≤ {bar:.0f}", worst <= bar, note)


def _history(folder: Path) -> list[Figure]:
    document = _document(folder, 4096)
    _paint(document)
    name, whole = document.state.layers[0].plane, Region(0, 0, 4096, 4096)
    plane = document.plane(name)
    document.commit("Invert", document.state, {name: plane.changed(whole, 255 - plane.read(whole))})
    _settle(document)
    took = list[float]()
    for work in [document.undo] * len(document.steps) + [document.redo] * len(document.steps):
        took.append(_milliseconds(work))
        QCoreApplication.processEvents()
        time.sleep(KEY_SECONDS)
    document.finish()
    size = (folder / document.id / "steps.log").stat().st_size
    slowest, note = max(took), f"median {statistics.median(took):.1f} ms; one step changes all pixels"
    strokes, bar = f"history of {STROKES} strokes, 4096²", f"≤ {HISTORY_BAR / 1e6:.0f}"
    kept = "on the disk, with the step that changes all pixels"
    return [
        Figure("undo or redo, 4096²", f"{slowest:.0f} ms", f"≤ {UNDO_BAR:.0f}", slowest <= UNDO_BAR, note),
        Figure(strokes, f"{size / 1e6:.0f} MB", bar, size <= HISTORY_BAR, kept),
    ]


def _paint(document: EditDocument) -> None:
    rng = np.random.default_rng(1)
    for _ in range(STROKES):
        stroke = document.begin_stroke(BRUSH)
        x, y = rng.uniform(300, 3800, 2)
        for angle in rng.uniform(0, 6.3) + np.linspace(0, 2, 30):
            x, y = x + 40 * np.cos(angle), y + 40 * np.sin(angle)
            stroke.to(x, y)
        stroke.end()
        QCoreApplication.processEvents()


def _settle(document: EditDocument) -> None:
    while not document.is_saved:
        QCoreApplication.processEvents()
        time.sleep(0.01)


def _opening(folder: Path) -> list[Figure]:
    path = folder / "photo.jpg"
    Image.fromarray(photo(6000, 4000)[..., :3]).save(path, quality=92)
    whole = min(_milliseconds(lambda: open_picture(path)) for _ in range(5))
    view = min(_milliseconds(lambda: first_view(path, VIEW_SIDE)) for _ in range(5))
    note = f"{path.stat().st_size / 1e6:.0f} MB, the best of 5"
    return [
        Figure("24-megapixel JPEG, whole", f"{whole:.0f} ms", f"≤ {OPEN_BAR:.0f}", whole <= OPEN_BAR, note),
        Figure("its first view", f"{view:.0f} ms", f"≤ {VIEW_BAR:.0f}", view <= VIEW_BAR, note),
    ]


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3
