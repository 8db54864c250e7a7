"""The one style sheet, a template fed by the tokens; widgets that paint themselves need no rule here."""

from collections.abc import Mapping
from string import Template

_SHEET = Template("""
QWidget[surface="window"] { background: $window; }
QWidget[surface="panel"] { background: $panel; }
QWidget[surface="raised"] { background: $raised; }
QWidget[surface="canvas"] { background: $canvas; }
QFrame[surface="card"] { background: $raised; border: 1px solid $border; border-radius: 6px; }
QFrame[surface="well"] { background: $input; border: 1px solid $border_strong; border-radius: 8px; }
QFrame[line] { background: $border; border: none; }

QLabel { background: transparent; color: $text; }
QLabel:disabled { color: $disabled; }
QLabel[tone="secondary"] { color: $secondary; }
QLabel[tone="accent"] { color: $accent_text; }
QLabel[tone="success"] { color: $success; }
QLabel[tone="warning"] { color: $warning; }
QLabel[tone="danger"] { color: $danger; }

QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox {
    background: $input; color: $text; border: 1px solid $border_strong; border-radius: 6px;
    selection-background-color: $selection; selection-color: $text;
}
QLineEdit, QAbstractSpinBox { min-height: 26px; max-height: 26px; padding: 0 7px; }
QPlainTextEdit, QTextEdit { padding: 5px 6px; }
QLineEdit:focus, QAbstractSpinBox:focus {
    border: 2px solid $focus; padding: 0 6px; min-height: 24px; max-height: 24px;
}
QPlainTextEdit:focus, QTextEdit:focus { border: 2px solid $focus; padding: 4px 5px; }
QLineEdit[problem="true"], QAbstractSpinBox[problem="true"] { border-color: $danger; }
QLineEdit:disabled, QPlainTextEdit:disabled, QTextEdit:disabled, QAbstractSpinBox:disabled {
    color: $disabled; border-color: $border;
}
QLineEdit[bare="true"], QPlainTextEdit[bare="true"], QTextEdit[bare="true"] {
    background: transparent; border: none; padding: 0;
}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; height: 0; border: none; }

QComboBox {
    background: $input; color: $text; border: 1px solid $border_strong; border-radius: 6px;
    min-height: 26px; max-height: 26px; padding: 0 26px 0 8px;
}
QComboBox:focus, QComboBox:on {
    border: 2px solid $focus; padding: 0 25px 0 7px; min-height: 24px; max-height: 24px;
}
QComboBox:disabled { color: $disabled; border-color: $border; }
QComboBox::drop-down { border: none; width: 0; }
QComboBox::down-arrow { image: none; }
QComboBox QAbstractItemView {
    background: $raised; border: 1px solid $border_strong; padding: 4px; outline: none;
}
QComboBox QAbstractItemView::item { color: $text; min-height: 26px; padding: 0 6px; border-radius: 4px; }
QComboBox QAbstractItemView::item:selected { background: $hover_raised; color: $text; }

QMenu { background: $raised; border: 1px solid $border_strong; border-radius: 8px; padding: 4px; }
QMenu::item {
    color: $text; background: transparent; border-radius: 6px; padding: 5px 14px 5px 10px; min-height: 18px;
}
QMenu::item:selected { background: $hover_raised; }
QMenu::item:disabled { color: $disabled; }
QMenu::icon { padding-left: 10px; }
QMenu::separator { height: 1px; background: $border; margin: 4px -4px; }

QSlider { min-height: 20px; background: transparent; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $border_strong; margin: 0 1px; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: $accent; margin: 0 1px; }
QSlider::sub-page:horizontal:disabled { background: $border_strong; }
QSlider::handle:horizontal {
    width: 12px; height: 12px; margin: -5px 0; border: 1px solid $control; border-radius: 7px;
    background: $handle;
}
QSlider::handle:horizontal:disabled { background: $disabled; border-color: $disabled; }

QScrollBar:vertical { width: 10px; background: transparent; margin: 0; }
QScrollBar:horizontal { height: 10px; background: transparent; margin: 0; }
QScrollBar::handle { background: $border_strong; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $control; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QScrollArea, QAbstractScrollArea[bare="true"] { background: transparent; border: none; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QAbstractItemView { background: transparent; border: none; outline: none; selection-color: $text; }
QListView[surface="popup"] { background: $raised; border: 1px solid $border_strong; padding: 2px; }
QListView[surface="popup"]::item { color: $text; min-height: 26px; padding: 0 6px; border-radius: 4px; }
QListView[surface="popup"]::item:selected { background: $hover_raised; color: $text; }
QTableView { selection-background-color: transparent; }
QHeaderView { background: $panel; }
QHeaderView::section {
    background: $panel; color: $secondary; border: none; border-bottom: 1px solid $border; padding: 4px 8px;
}
QTableCornerButton::section { background: $panel; border: none; }
QToolTip { background: $raised; color: $text; border: 1px solid $border_strong; padding: 3px 7px; }
QDialog { background: $panel; }
QSplitter::handle { background: $border; }
""")


def stylesheet(colours: Mapping[str, str]) -> str:
    """The sheet for these colours."""
    return _SHEET.substitute(colours)
