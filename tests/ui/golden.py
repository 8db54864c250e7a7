"""A dozen screens as they are meant to look; `python tests/shots.py --golden` draws them anew."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from tests.ui.stage import Look, Stage, all_scenes

FOLDER = Path(__file__).parent / "golden"
SIZE = QSize(640, 400)
GOLDEN = (
    ("create-empty", Look("light", "en")),
    ("create-busy", Look("dark", "en")),
    ("create-error", Look("light", "zh")),
    ("create-large", Look("dark", "zh")),
    ("gallery-empty", Look("dark", "en")),
    ("gallery-content", Look("light", "zh")),
    ("chat-empty", Look("dark", "zh")),
    ("chat-busy", Look("light", "en")),
    ("chat-error", Look("dark", "en")),
    ("settings", Look("light", "zh")),
    ("shell-messages", Look("dark", "en")),
    ("shell-palette", Look("light", "en")),
)


def file_of(name: str, look: Look) -> Path:
    return FOLDER / f"{name}-{look.suffix}.png"


def drawn(stage: Stage, name: str) -> QImage:
    """The scene at half its size, where hairlines and hinting weigh less than places and colours."""
    all_scenes()[name](stage)
    whole = stage.picture().toImage()
    ratio, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    return whole.scaled(SIZE, ratio, smooth).convertToFormat(QImage.Format.Format_RGB888)


def write() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, look in GOLDEN:
        stage = Stage(look)
        drawn(stage, name).save(str(file_of(name, look)))
        stage.close()
