"""How long the tools of the canvas take: choosing on 4096 × 4096, and the slow ones' part in the window."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QCoreApplication

from studio.core.adjustments import Blur, HueSaturation, Levels
from studio.core.edits import Region
from studio.media import selection
from studio.session import edit_tools
from studio.session.edit_document import EditDocument
from studio.session.edit_opening import new_document
from tests.bench.clock import Clock
from tests.bench.figures import Figure

SIDE = 4096
CHOOSING_BAR = 0.1  # seconds
WINDOW_BAR = 0.05


def measure() -> list[Figure]:
    return [_choosing(), _in_the_window()]


def _choosing() -> Figure:
    """The slowest of the tools that choose, each the best of three, over nearly all of the picture."""
    angles = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    radii = SIDE * (0.46 + 0.02 * np.sin(30 * angles))
    points = np.stack([SIDE / 2 + radii * np.cos(angles), SIDE / 2 + radii * np.sin(angles)], axis=1)
    patch = selection.polygon(points.tolist(), SIDE, SIDE)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    region = patch.region
    mask[region.top : region.bottom, region.left : region.right] = patch.mask
    soft, pixels = selection.feathered(mask, 40), np.dstack([mask] * 4)
    whole = Region(0, 0, SIDE, SIDE)
    tools: dict[str, Callable[[], object]] = {
        "rectangle": lambda: selection.rectangle(whole, SIDE, SIDE),
        "lasso": lambda: selection.polygon(points.tolist(), SIDE, SIDE),
        "wand": lambda: selection.alike(pixels, SIDE // 2, SIDE // 2, 20, True),
        "invert": lambda: selection.inverted(mask),
        "grow": lambda: selection.grown(mask, 20),
        "grow what is soft": lambda: selection.grown(soft, 20),
        "feather": lambda: selection.feathered(mask, 40),
        "bounds": lambda: selection.bounds(mask),
    }
    seconds = {name: min(_seconds(tool) for _ in range(3)) for name, tool in tools.items()}
    slowest = max(seconds.values())
    note = ", ".join(f"{name} {taken * 1000:.0f}" for name, taken in seconds.items())
    return Figure(
        f"choosing on {SIDE} × {SIDE}",
        f"{slowest * 1000:.0f} ms",
        f"≤ {CHOOSING_BAR * 1000:.0f} ms",
        slowest <= CHOOSING_BAR,
        note,
    )


def _in_the_window() -> Figure:
    """What the window's own thread does for tools that are worked out in another."""
    application = QCoreApplication.instance() or QCoreApplication([])
    pixels = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 4), np.uint8)
    document = EditDocument(*new_document(pixels, "bench"), application)
    works = (
        lambda: edit_tools.adjust.work(document, Levels(gamma=2)),
        lambda: edit_tools.adjust.work(document, HueSaturation(hue=20)),
        lambda: edit_tools.adjust.work(document, Blur(radius=5)),
        lambda: edit_tools.invert_selection.work(document),
        lambda: edit_tools.flip.work(document, True),
        lambda: edit_tools.straighten.work(document, 2.0),
    )
    longest = 0.0
    for prepare in works:
        with Clock() as preparing:
            work = prepare()
        outcome = work()
        with Clock() as committing:
            work.commit(outcome)
        longest = max(longest, preparing.seconds, committing.seconds)
    document.finish()
    return Figure(
        "slow tools, in the window's thread",
        f"{longest * 1000:.0f} ms",
        f"≤ {WINDOW_BAR * 1000:.0f} ms",
        longest <= WINDOW_BAR,
        f"{SIDE} × {SIDE}, the longest of preparing and committing",
    )


def _seconds(tool: Callable[[], object]) -> float:
    with Clock() as clock:
        tool()
    return clock.seconds
