"""The Models panel over ten thousand installed models, opened and searched in from inside its process.

python -m tests.bench.inside_models

Prints one JSON object: seconds of each step of opening the panel, and of each key typed into its search, to
the last pixel; beside them those in which the window's thread worked.
"""

import gc
import json
import time
from collections.abc import Callable

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core.model import Kind, ModelSpec
from studio.ui.panels.models import ModelsPanel
from studio.viewmodels.models import Tab
from tests.ui.fake_session import FakeSession
from tests.ui.scenes_models import DREAMY
from tests.ui.shelf import stocked
from tests.ui.stage import Look, Stage

COUNT = 10_000
WORDS = ("watercolour", "portrait", "ink", "night", "harbour", "paper", "neon", "forest", "clay", "snow")
TYPED = "watercolour night 77"
KINDS = (Kind.LORA, Kind.LORA, Kind.LORA, Kind.LORA, Kind.PICTURE, Kind.WORD, Kind.VAE, Kind.TEXT)
PAUSE_MS = 500

Took = tuple[float, float]


def specs() -> list[ModelSpec]:
    model = msgspec.structs.replace(DREAMY, base="LoRA", licence="openrail++")
    return [
        msgspec.structs.replace(
            model,
            id=f"local/style-{number:08x}",
            name=f"{WORDS[number % 10].title()} {WORDS[number // 10 % 10]} {number:05}",
            path=f"/models/loras/{number}.safetensors",
            kind=KINDS[number % len(KINDS)],
            size_bytes=150_000_000 + number,
        )
        for number in range(COUNT)
    ]


def main() -> None:
    application = QApplication([])
    session = stocked(FakeSession())
    session.all_models += specs()
    stage = Stage(Look(width=1440, height=900), session)
    stage.show("create")
    gc.collect()
    gc.freeze()
    gc.disable()  # as studio.app does
    opened, panel = _opened(application, stage)
    panel._to_search()
    QTest.qWait(PAUSE_MS)  # nobody types in the same moment
    keys = [*TYPED, *[Qt.Key.Key_Backspace] * len(TYPED)]
    typed = [_settled(application, lambda key=key: QTest.keyClick(panel.search, key)) for key in keys]
    if panel.table.model().rowCount() < COUNT:
        raise RuntimeError("the search was taken back and not all models are listed")
    print(json.dumps({"opened": opened, "typed": typed}), flush=True)
    stage.close()


def _opened(application: QApplication, stage: Stage) -> tuple[list[Took], ModelsPanel]:
    """Seconds of each turn of the event loop: the panel made in slices, shown, its tabs changed."""
    slices, more, opened = stage.window.builder.steps("models"), True, list[Took]()

    def make() -> None:
        nonlocal more
        more = next(slices, "end") is None

    while more:
        opened.append(_settled(application, make))
    opened.append(_settled(application, lambda: stage.shell.go("models")))
    panel = stage.window.panel("models")
    assert isinstance(panel, ModelsPanel)
    for tab in (Tab.INSTALLED, Tab.SHELF, Tab.INSTALLED):
        opened.append(_settled(application, lambda tab=tab: panel.tabs.chosen.emit(tab)))
    return opened, panel


def _settled(application: QApplication, act: Callable[[], object]) -> Took:
    began, worked = time.perf_counter(), time.thread_time()
    act()
    application.sendPostedEvents()
    application.processEvents()
    return time.perf_counter() - began, time.thread_time() - worked


if __name__ == "__main__":
    main()
