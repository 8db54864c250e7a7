"""Words drawn as pixels, which become a layer of a document."""

from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath

from studio.core.errors import OutsidePicture, ValueOutOfRange
from studio.core.layers import MOST_LETTERS, TextStyle

LINE = 1.25  # height of a line of words, as a share of their size


def drawn_text(style: TextStyle, most_width: int, most_height: int) -> QImage:
    """The words on nothing, as large as they are, without what lies beyond so many pixels; for any thread.

    Raises OutsidePicture where nothing is left, ValueOutOfRange for more letters than can be drawn.
    """
    if most_width <= 0 or most_height <= 0:
        raise OutsidePicture
    if len(style.text) > MOST_LETTERS:
        raise ValueOutOfRange(name="letters", value=len(style.text), least=1, most=MOST_LETTERS)
    font = _font(style)
    metrics = QFontMetricsF(font)
    lines = style.text.split("\n")
    widths = [metrics.horizontalAdvance(line) for line in lines]
    step, wide, spare = style.size * LINE, max(*widths, 1.0), style.size // 8 + 2
    width, height = round(wide) + 2 * spare, round(step * len(lines)) + 2 * spare
    image = QImage(min(width, most_width), min(height, most_height), QImage.Format.Format_RGBA8888)
    image.fill(QColor(0, 0, 0, 0))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shift = {"left": 0.0, "centre": 0.5, "right": 1.0}[style.align]
    path = QPainterPath()
    for row, (line, taken) in enumerate(zip(lines, widths, strict=True)):
        if row * step > most_height:
            break
        path.addText(spare + (wide - taken) * shift, spare + row * step + metrics.ascent(), font, line)
    painter.fillPath(path, QColor(style.colour))
    painter.end()
    return image


def _font(style: TextStyle) -> QFont:
    font = QFont(style.family) if style.family else QFont()
    font.setPixelSize(style.size)
    font.setBold(style.bold)
    font.setItalic(style.italic)
    return font
