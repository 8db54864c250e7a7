"""Colours, type and measures as tokens; everything that paints or lays out takes them from here."""

from typing import Literal, NamedTuple

from PySide6.QtCore import QLocale, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from studio.ui.stylesheet import stylesheet


class Colours(NamedTuple):
    """One theme's colours as `#RRGGBB`."""

    window: str
    panel: str
    raised: str
    input: str
    hover: str
    segment: str
    hover_raised: str
    canvas: str
    checker: str
    checker_other: str
    border: str
    border_strong: str
    control: str
    handle: str
    text: str
    secondary: str
    disabled: str
    on_accent: str
    accent: str
    accent_hover: str
    accent_pressed: str
    accent_text: str
    accent_soft: str
    focus: str
    selection: str
    success: str
    warning: str
    danger: str
    danger_fill: str
    inserted: str
    inserted_soft: str
    code_word: str
    code_string: str
    code_number: str
    code_note: str


DARK = Colours(
    window="#161616",
    panel="#1D1D1D",
    raised="#272727",
    input="#131313",
    hover="#2A2A2A",
    segment="#3A3A3A",
    hover_raised="#3A3A3A",
    canvas="#101010",
    checker="#242424",
    checker_other="#2C2C2C",
    border="#313131",
    border_strong="#444444",
    control="#7C7C7C",
    handle="#ECECEC",
    text="#ECECEC",
    secondary="#A9A9A9",
    disabled="#6E6E6E",
    on_accent="#FFFFFF",
    accent="#3567D9",
    accent_hover="#3B6FE0",
    accent_pressed="#2B58C0",
    accent_text="#8DB1FF",
    accent_soft="#22304D",
    focus="#7FA8FF",
    selection="#2C4476",
    success="#5FC68C",
    warning="#E3B04F",
    danger="#F37F79",
    danger_fill="#C4382F",
    inserted="#86DDAE",
    inserted_soft="#17372A",
    code_word="#D99BD0",
    code_string="#7FCB9B",
    code_number="#E3A96B",
    code_note="#9A9A9A",
)

LIGHT = Colours(
    window="#ECECEC",
    panel="#F7F7F7",
    raised="#FFFFFF",
    input="#FFFFFF",
    hover="#E9E9E9",
    segment="#FFFFFF",
    hover_raised="#E9E9E9",
    canvas="#DADADA",
    checker="#FFFFFF",
    checker_other="#EBEBEB",
    border="#DEDEDE",
    border_strong="#C6C6C6",
    control="#7A7A7A",
    handle="#FFFFFF",
    text="#1B1B1B",
    secondary="#5A5A5A",
    disabled="#9A9A9A",
    on_accent="#FFFFFF",
    accent="#2A5BD0",
    accent_hover="#3568DD",
    accent_pressed="#204BB3",
    accent_text="#2453C4",
    accent_soft="#DEE7FB",
    focus="#2A5BD0",
    selection="#C9D9FB",
    success="#17703F",
    warning="#855400",
    danger="#B92C24",
    danger_fill="#B92C24",
    inserted="#0F5C33",
    inserted_soft="#DCF2E4",
    code_word="#8A2F7E",
    code_string="#17703F",
    code_number="#9A4A00",
    code_note="#6A6A6A",
)

# On pictures, the same in both themes.
SCRIM = QColor(16, 16, 16, round(0.86 * 255))
INK = QColor("#ECECEC")
PICTURE_RING = QColor("#8DB1FF")
STAR = QColor("#E3B04F")

RADIUS_THUMBNAIL, RADIUS, RADIUS_LARGE = 4, 6, 8
SMALL, CONTROL, ROW, MAIN_BUTTON, MODEL_ROW, HEADER, RAIL, STRIP = 24, 28, 30, 32, 52, 48, 64, 56
MOVE_MS, MESSAGE_MS = 160, 200

Type = Literal[
    "caption",
    "group",
    "secondary",
    "section",
    "body",
    "strong",
    "button",
    "prompt",
    "title",
    "chat",
    "document",
    "heading",
    "mono",
]


class TypeStyle(NamedTuple):
    pixels: int
    line: int
    weight: int


TYPES: dict[Type, TypeStyle] = {
    "caption": TypeStyle(11, 16, 400),
    "group": TypeStyle(11, 16, 600),
    "secondary": TypeStyle(12, 16, 400),
    "section": TypeStyle(12, 16, 600),
    "body": TypeStyle(13, 18, 400),
    "strong": TypeStyle(13, 18, 600),
    "button": TypeStyle(13, 18, 500),
    "prompt": TypeStyle(14, 22, 400),
    "title": TypeStyle(15, 20, 600),
    "chat": TypeStyle(15, 24, 400),
    "document": TypeStyle(16, 26, 400),
    "heading": TypeStyle(20, 28, 600),
    "mono": TypeStyle(12, 20, 400),
}
# Chinese characters need room: nothing under 12 px, taller lines.
CHINESE_TYPES: dict[Type, TypeStyle] = {
    **TYPES,
    "caption": TypeStyle(12, 16, 400),
    "group": TypeStyle(12, 16, 600),
    "body": TypeStyle(13, 20, 400),
    "prompt": TypeStyle(14, 24, 400),
    "chat": TypeStyle(15, 26, 400),
    "document": TypeStyle(16, 30, 400),
}


def is_dark() -> bool:
    return QGuiApplication.palette().window().color().lightness() < 128


def colours() -> Colours:
    """The colours of the theme that is on."""
    return DARK if is_dark() else LIGHT


def type_style(role: Type) -> TypeStyle:
    """Pixels, line height in pixels and weight of a role, in the language that is on."""
    chinese = QLocale().language() == QLocale.Language.Chinese
    return (CHINESE_TYPES if chinese else TYPES)[role]


def font(role: Type) -> QFont:
    """The font of a role in the language that is on."""
    style = type_style(role)
    mono = role == "mono"
    base = _font(MONO_FAMILIES, QFontDatabase.SystemFont.FixedFont) if mono else QFont(QApplication.font())
    base.setPixelSize(style.pixels)
    base.setWeight(QFont.Weight(style.weight))
    return base


UI_FAMILIES = ("Inter", "", "PingFang SC", "Microsoft YaHei UI", "Noto Sans CJK SC", "sans-serif")
MONO_FAMILIES = ("JetBrains Mono", "", "Noto Sans Mono CJK SC", "monospace")


def _font(families: tuple[str, ...], system: QFontDatabase.SystemFont) -> QFont:
    """A font of the families in order; the empty one stands for the system's own."""
    own = QFontDatabase.systemFont(system).family()
    made = QFont()
    made.setFamilies([family or own for family in families])
    made.setFeature(QFont.Tag("tnum"), 1)
    # Hinting rounds the widths of letters and makes small weights heavier than drawn.
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


class Theme(QObject):
    """Dresses the application and follows the system's light and dark.

    Signals:
        changed: the colours are other ones now; whoever keeps some, as documents do, takes them again.
    """

    changed = Signal()

    def __init__(self, application: QApplication, choice: str = "system") -> None:
        super().__init__(application)
        self._application = application
        self._choice = choice
        application.setStyle("Fusion")
        body = _font(UI_FAMILIES, QFontDatabase.SystemFont.GeneralFont)
        body.setPixelSize(TYPES["body"].pixels)
        application.setFont(body)
        self._hints = application.styleHints()
        self._caret_ms = self._hints.cursorFlashTime()
        self._ask_system()
        self._hints.colorSchemeChanged.connect(self.apply)
        self.apply()

    def choose(self, choice: str) -> None:
        """`system`, `light` or `dark`."""
        if choice != self._choice:
            self._choice = choice
            self._ask_system()
            self.apply()

    def reduce_motion(self, on: bool) -> None:
        """A steady caret, or the system's."""
        self._hints.setCursorFlashTime(0 if on else self._caret_ms)

    def apply(self) -> None:
        """Dress the application in the colours that are asked for now."""
        scheme = self._hints.colorScheme()
        dark = self._choice == "dark" or (self._choice == "system" and scheme == Qt.ColorScheme.Dark)
        now = DARK if dark else LIGHT
        self._application.setPalette(_palette(now))
        self._application.setStyleSheet(stylesheet(now._asdict()))
        self.changed.emit()

    def _ask_system(self) -> None:
        """Title bars and native dialogs belong to the system; they follow its own idea of the scheme."""
        schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        self._hints.setColorScheme(schemes.get(self._choice, Qt.ColorScheme.Unknown))


def _palette(now: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    pairs = {
        role.Window: now.panel,
        role.WindowText: now.text,
        role.Base: now.input,
        role.AlternateBase: now.hover,
        role.Text: now.text,
        role.PlaceholderText: now.secondary,
        role.Button: now.raised,
        role.ButtonText: now.text,
        role.BrightText: now.on_accent,
        role.Highlight: now.selection,
        role.HighlightedText: now.text,
        role.Accent: now.accent,
        role.Link: now.accent_text,
        role.LinkVisited: now.accent_text,
        role.ToolTipBase: now.raised,
        role.ToolTipText: now.text,
        role.Light: now.hover,
        role.Midlight: now.hover,
        role.Mid: now.border,
        role.Dark: now.border_strong,
        role.Shadow: now.canvas,
    }
    for one, colour in pairs.items():
        palette.setColor(one, QColor(colour))
    for one in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText, role.PlaceholderText):
        palette.setColor(QPalette.ColorGroup.Disabled, one, QColor(now.disabled))
    return palette
