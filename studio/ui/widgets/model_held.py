"""How a model is held: in which precision, where its parts lie, compiled or not; and why some cannot be."""

from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QGridLayout, QWidget

from studio.core.model import COMPILES, Wish
from studio.core.plan import Choice, Outlook
from studio.core.shelf import Fit, FitLevel
from studio.ui.i18n import tr
from studio.ui.plan_words import compile_word, offload_word, precision_word, reason_of
from studio.ui.widgets.fields import Combo
from studio.ui.widgets.labels import Label, plain_tip

TIGHT = 0.8  # of the free memory; beyond, little is left for others


class HeldFields(QWidget):
    """Shows an outlook's choices.

    Signals:
        chosen (Wish): the person wants it so.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wish = Wish()
        self._shown: tuple[object, ...] = ()
        self.precision = Combo("Precision")
        self.offload = Combo("Placement")
        self.precision.chosen.connect(self._on_precision)
        self.offload.chosen.connect(self._on_offload)
        self.compile = Combo("Compiling")
        self.compile.chosen.connect(self._on_compile)
        self.remark = Label("", "secondary", "secondary", wrap=True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        self._compile_label = Label("Compiling", "secondary", "secondary")
        labels = (Label("Precision", "secondary", "secondary"), Label("Placement", "secondary", "secondary"))
        combos = (self.precision, self.offload, self.compile)
        for row, (label, combo) in enumerate(zip((*labels, self._compile_label), combos, strict=True)):
            label.setBuddy(combo)
            grid.addWidget(label, row, 0)
            grid.addWidget(combo, row, 1)
        grid.addWidget(self.remark, len(combos), 0, 1, 2)

    def show_choices(self, outlook: Outlook, wish: Wish) -> None:
        shown = (outlook.precisions, outlook.offloads, outlook.compiles, outlook.remedy, wish)
        shown = (*shown, precision_word(""))
        if shown == self._shown:  # a list that is open stays so
            return
        self._shown, self._wish = shown, wish
        _fill(self.precision, outlook.precisions, precision_word)
        _fill(self.offload, outlook.offloads, offload_word)
        self.precision.select(wish.precision)
        self.offload.select(wish.offload)
        self.compile.fill([(compile_word(value), value) for value in ("", *COMPILES)])
        self.compile.select(wish.compile)
        tip = tr(
            "After a while its blocks are compiled between two jobs, for faster steps. Untried on a card."
        )
        self.compile.setToolTip(tip)
        for widget in (self._compile_label, self.compile):
            widget.setVisible(outlook.compiles)
        said = outlook.remedy == "package"
        missing = [one for one in outlook.precisions if one.code == "package_missing" and not said]
        package = missing[0] if missing else None
        names = ", ".join(precision_word(one.value) for one in missing)
        words = tr("{names}: {reason}", names=names, reason=reason_of(package)) if package else ""
        self.remark.setText(words)
        self.remark.setVisible(package is not None)
        self.remark.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def _on_precision(self, value: str) -> None:
        self.chosen.emit(msgspec.structs.replace(self._wish, precision=value))

    def _on_offload(self, value: str) -> None:
        self.chosen.emit(msgspec.structs.replace(self._wish, offload=value))

    def _on_compile(self, value: str) -> None:
        self.chosen.emit(msgspec.structs.replace(self._wish, compile=value))


def fit_of_plan(outlook: Outlook) -> Fit:
    """For the bar of memory."""
    tight = outlook.needed_bytes > TIGHT * outlook.has_bytes or bool(outlook.plan.offload)
    level = FitLevel.TIGHT if tight else FitLevel.FITS
    return Fit(
        level=level if outlook.fits else FitLevel.TOO_LARGE,
        needed_bytes=outlook.needed_bytes,
        has_bytes=outlook.has_bytes,
    )


def _fill(combo: Combo, choices: Sequence[Choice], word: Callable[[str], str]) -> None:
    """Automatic, then the choices; those that cannot be made are grey, and say why where the mouse rests."""
    combo.fill([(word(value), value) for value in ("", *(one.value for one in choices))])
    items = combo.model()
    assert isinstance(items, QStandardItemModel)
    for number, choice in enumerate(choices, 1):
        item = items.item(number)
        item.setEnabled(not choice.code)
        item.setToolTip(plain_tip(reason_of(choice)))
