"""A process that paints in an edit document until it is killed, and says after each step what it has.

python -m tests.session.edit_victim FOLDER SEED
"""

import hashlib
import random
import sys
import time
from pathlib import Path

import msgspec
import numpy as np
from PySide6.QtCore import QCoreApplication, QTimer

from studio.core.brushes import Brush
from studio.core.edits import Region
from studio.session.edit_document import EditDocument
from studio.session.edit_opening import new_document
from studio.store.edit_history import EditHistory

WIDTH, HEIGHT = 700, 600
LONG_MOVES = 80  # of 20 ms: longer than a part


def digest(document: EditDocument) -> str:
    whole = Region(0, 0, WIDTH, HEIGHT)
    return hashlib.sha256(
        document.pixels(whole).tobytes() + document.selection.read(whole).tobytes()
    ).hexdigest()


class Painter:
    def __init__(self, document: EditDocument, seed: int) -> None:
        self.document, self.random = document, random.Random(seed)
        self.stroke = None
        self.moves = 0

    def turn(self) -> None:
        """One move of a stroke, or something else between two."""
        if self.moves:
            self.moves -= 1
            self.stroke.to(
                self.random.uniform(0, WIDTH), self.random.uniform(0, HEIGHT), self.random.random()
            )
            if not self.moves:
                self.stroke.end()
                self.tell()
            return
        match self.random.randrange(4):
            case 0:
                name = self.document.state.layers[0].plane
                plane = self.document.plane(name)
                region = Region(*(self.random.randrange(500) for _ in range(4)))
                pixels = np.full((region.height, region.width, 4), self.random.randrange(256), np.uint8)
                self.document.commit("Fill", self.document.state, {name: plane.changed(region, pixels)})
                self.tell()
            case 1 if self.document.can_undo:
                self.document.undo()
                self.document.redo()
            case _:
                colour = self.random.choice(["", "#FF8800", "#0044CC"])
                self.stroke = self.document.begin_stroke(Brush(size=60, hardness=0.5, colour=colour))
                self.moves = self.random.choice([3, 10, LONG_MOVES])

    def tell(self) -> None:
        print("step", self.document.position, digest(self.document), time.time(), flush=True)


def main(folder: Path, seed: int) -> None:
    app = QCoreApplication([])
    picture = folder.parent / "picture.png"
    pixels = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 4), np.uint8)
    state, planes = new_document(pixels, "postcard")
    state = msgspec.structs.replace(state, id=folder.name)
    document = EditDocument.kept(*EditHistory.create(folder, state, planes, picture.read_bytes()))
    painter = Painter(document, seed)
    painter.tell()
    timer = QTimer(interval=20)
    timer.timeout.connect(painter.turn)
    timer.start()
    app.exec()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
