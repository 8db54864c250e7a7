"""The prompt of the whole Create panel with 5,000 characters in it, typed in from inside its process.

python -m tests.bench.inside_prompt

Prints one JSON object: for each kind of text the seconds of each key to the last pixel, beside them those in
which the window's thread worked; and the same of the look at the whole that follows a pause.
"""

import gc
import json
import time
from collections.abc import Callable

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core.model import Kind, ModelSpec
from studio.ui.panels.create import CreatePanel
from tests.ui.stage import Look, Stage

LENGTH, KEYS = 5_000, 60
TYPED = "a boat, (red:1.2) sails "
Took = tuple[float, float]

PLAIN = "a boat with red sails on the sea at sunset, "
MARKS = "(red:1.2) {boat|ship} [sails] __colour__ <lora:ink:0.6> "
HALF_TYPED = "a boat with sails of ink, "
KINDS = {
    "plain words": PLAIN * 12 + "\n",
    "many marks": MARKS * 12 + "\n",
    "many lines": "a boat, red sails\n",
    "one long line": PLAIN,
    "one long line of marks": MARKS,
    "a bracket left open": "a boat, {red|blue} sails\n",
    "a LoRA half typed": HALF_TYPED,
}
LORAS = 3000


def text_of(kind: str) -> str:
    text = (KINDS[kind] * LENGTH)[:LENGTH]
    if kind.endswith("half typed"):
        return "<lora:ink wash of the rivers:1> " * 20 + text[: LENGTH - 640]
    return "(a {boat" + text[8:] if kind.endswith("open") else text


def _loras() -> list[ModelSpec]:
    return [
        ModelSpec(
            id=f"local/lora-{number}",
            name=f"Ink wash {number} of rivers",
            family="",
            base="",
            abilities=(),
            path=f"/loras/{number % 40}/ink-wash-{number}.safetensors",
            kind=Kind.LORA,
        )
        for number in range(LORAS)
    ]


def main() -> None:
    application = QApplication([])
    stage = Stage(Look(width=1440, height=900))
    panel = stage.show("create")
    assert isinstance(panel, CreatePanel)
    stage.session.put_models(*stage.session.all_models, *_loras())
    gc.collect()
    gc.freeze()
    gc.disable()  # as studio.app does
    told = {kind: _typed(application, panel, text_of(kind)) for kind in KINDS}
    print(json.dumps(told), flush=True)
    stage.close()


def _typed(application: QApplication, panel: CreatePanel, text: str) -> dict[str, list[Took]]:
    """In the middle of the text and at both its ends."""
    field, look = panel.prompt.prompt, panel.prompt.viewmodel.look
    field.setFocus()
    keys, looks = list[Took](), list[Took]()
    for place in (0, len(text) // 2, len(text)):
        panel.prompt.settings.set_prompt(text)
        QTest.qWait(400)  # what follows a pause has been
        cursor = field.textCursor()
        cursor.setPosition(place)
        field.setTextCursor(cursor)
        _settled(application, lambda: None)
        for number in range(KEYS // 3):
            key = TYPED[number % len(TYPED)]
            keys.append(_settled(application, lambda key=key: QTest.keyClick(field.viewport(), key)))
        if len(field.toPlainText()) < LENGTH:
            raise RuntimeError("the keys did not come to the prompt")
        looks.append(_settled(application, look))
    return {"keys": keys, "looks": looks}


def _settled(application: QApplication, act: Callable[[], object]) -> Took:
    began, worked = time.perf_counter(), time.thread_time()
    act()
    application.sendPostedEvents()
    application.processEvents()
    return time.perf_counter() - began, time.thread_time() - worked


if __name__ == "__main__":
    main()
