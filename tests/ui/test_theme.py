"""Colours keep their contrast, and light and dark change at once."""

import itertools

import pytest
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPalette

from studio.ui.i18n import Language
from studio.ui.icons import GLYPHS, _codepoints, icon
from studio.ui.theme import DARK, INK, LIGHT, SCRIM, TYPES, Colours, Theme, colours, font, type_style

AA_TEXT, AA_CONTROL = 4.5, 3.0
GROUNDS = ("window", "panel", "raised", "input", "hover", "accent_soft")
TEXTS = ("text", "secondary", "accent_text", "success", "warning", "danger")
CONTROLS = ("control", "focus")
ON_THEIR_OWN = (
    *(("on_accent", ground) for ground in ("accent", "accent_hover", "accent_pressed", "danger_fill")),
    ("text", "selection"),
    ("text", "segment"),
    ("inserted", "inserted_soft"),
    ("text", "hover_raised"),
    ("secondary", "canvas"),
    *((code, "input") for code in ("code_word", "code_string", "code_number", "code_note")),
)


def luminance(colour: QColor) -> float:
    """WCAG 2.2, relative luminance."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def contrast(one: QColor | str, other: QColor | str) -> float:
    lighter, darker = sorted((luminance(QColor(one)), luminance(QColor(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_contrast(theme: Colours):
    pairs = [(text, ground, AA_TEXT) for text, ground in itertools.product(TEXTS, GROUNDS)]
    pairs += [(control, ground, AA_CONTROL) for control, ground in itertools.product(CONTROLS, GROUNDS)]
    pairs += [(ink, ground, AA_TEXT) for ink, ground in ON_THEIR_OWN]
    low = {
        (ink, ground): round(found, 2)
        for ink, ground, least in pairs
        if (found := contrast(getattr(theme, ink), getattr(theme, ground))) < least
    }
    assert low == {}


def test_figures_of_the_design():
    """A few of the table's own numbers, so that the colours are the ones that were measured."""
    assert round(contrast(DARK.text, DARK.panel), 1) == 14.3
    assert round(contrast(LIGHT.secondary, LIGHT.accent_soft), 1) == 5.6
    assert round(contrast(DARK.control, DARK.accent_soft), 1) == 3.1


def test_ink_is_read_over_a_white_picture():
    alpha = SCRIM.alphaF()
    over_white = [round(255 * (1 - alpha) + part * alpha) for part in SCRIM.toTuple()[:3]]
    assert round(contrast(INK, QColor(*over_white))) == 11


@pytest.fixture
def theme(qapp):
    made = Theme(qapp, "dark")
    yield made
    qapp.styleHints().colorSchemeChanged.disconnect(made.apply)
    made.deleteLater()
    qapp.setStyleSheet("")


def test_light_and_dark_change_at_once(qapp, theme, qtbot):
    assert colours() is DARK
    with qtbot.waitSignal(theme.changed):
        theme.choose("light")
    assert colours() is LIGHT
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(LIGHT.panel)
    assert LIGHT.border_strong in qapp.styleSheet()
    assert DARK.border_strong not in qapp.styleSheet()


def test_icons_take_the_colours_of_the_moment(theme):
    def ink() -> QColor:
        image = icon("stop", "text").pixmap(16, 16).toImage()
        found = (image.pixelColor(x, y) for x, y in itertools.product(range(16), range(16)))
        return max(found, key=lambda colour: colour.alpha())

    assert ink().lightness() > 200
    theme.choose("light")
    assert ink().lightness() < 60


def test_every_icon_is_in_the_set():
    assert {glyph for glyph, _ in GLYPHS.values()} <= _codepoints().keys()


def test_figures_have_one_width(theme):
    metrics = QFontMetrics(font("body"))
    assert metrics.horizontalAdvance("1111") == metrics.horizontalAdvance("0000")


def test_chinese_is_never_under_twelve_pixels(qapp, theme):
    language = Language(qapp, "zh")
    assert min(type_style(role).pixels for role in TYPES) == 12
    assert type_style("chat").line == 26
    language.choose("en")
    assert type_style("caption").pixels == 11
    assert font("strong").weight() == QFont.Weight.DemiBold
    language.deleteLater()
