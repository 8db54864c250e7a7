"""Some screens as they are meant to look; `python tests/shots.py --golden` draws them anew."""

from pathlib import Path

from PIL import Image
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
    ("edit-empty", Look("light", "zh")),
    ("edit-proposal", Look("dark", "en")),
    ("gallery-empty", Look("dark", "en")),
    ("gallery-content", Look("light", "zh")),
    ("chat-empty", Look("dark", "zh")),
    ("chat-busy", Look("light", "en")),
    ("chat-error", Look("dark", "en")),
    ("models-gated", Look("dark", "en")),
    ("settings", Look("light", "zh")),
    ("shell-messages", Look("dark", "en")),
    ("shell-palette", Look("light", "en")),
    ("welcome", Look("light", "zh")),
)


def file_of(name: str, look: Look) -> Path:
    return FOLDER / f"{name}-{look.suffix}.png"


def drawn(stage: Stage, name: str) -> QImage:
    """The scene at half its size, where hairlines and hinting weigh less than places and colours."""
    all_scenes()[name](stage)
    whole = stage.picture().toImage()
    ratio, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    return whole.scaled(SIZE, ratio, smooth).convertToFormat(QImage.Format.Format_RGB888)


def to_pillow(image: QImage) -> Image.Image:
    size = (image.width(), image.height())
    return Image.frombytes("RGB", size, bytes(image.constBits()), "raw", "RGB", image.bytesPerLine())


def write() -> None:
    """In 256 colours, which takes a third of the room and is off by less than the tolerance."""
    FOLDER.mkdir(exist_ok=True)
    for name, look in GOLDEN:
        stage = Stage(look)
        few = to_pillow(drawn(stage, name)).quantize(256, kmeans=3, dither=Image.Dither.NONE)
        few.save(file_of(name, look), optimize=True)
        stage.close()
