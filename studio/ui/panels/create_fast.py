"""The *Fast* switch of the Create inspector: a LoRA with its own schedule, or the way to get it."""

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.shelf import Fast
from studio.ui import figures
from studio.ui.i18n import tr
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.fields import CheckBox
from studio.ui.widgets.labels import ElidedLabel


class FastRow(QWidget):
    """Hidden where nothing makes the model fast.

    Attributes:
        box: the switch; cannot be used while the LoRA is not here.
        get: leads to the LoRA; hidden once it is here.

    Signals:
        switched (bool): the person wants it fast, or no longer.
        get_wanted (str): the repository of the LoRA.
    """

    switched = Signal(bool)
    get_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._fast: Fast | None = None
        self.box = CheckBox("Fast")
        self.box.clicked.connect(self.switched)
        self.get = Button("Get", height=24)
        self.get.clicked.connect(self._on_get)
        self._name = ElidedLabel("", "secondary", "secondary")
        self._name.setContentsMargins(24, 0, 0, 0)  # below the words of the box
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.box)
        row.addStretch(1)
        row.addWidget(self.get)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self._name)
        self.hide()

    def show_fast(self, fast: Fast | None, on: bool) -> None:
        """What makes the model fast, and whether it is used."""
        self.box.setChecked(on)
        if fast != self._fast:
            self._fast = fast
            self._show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._show()
        super().changeEvent(event)

    def _show(self) -> None:
        fast = self._fast
        self.setVisible(fast is not None)
        if fast is None:
            return
        entry = fast.entry
        self._name.setText(entry.name)
        self.box.setEnabled(fast.lora is not None)
        self.get.setVisible(fast.lora is None)
        if entry.download_bytes:
            self.get.say("Get ({size})", size=figures.size(entry.download_bytes))
        else:
            self.get.say("Get")
        self.get.setAccessibleName(tr("Get {name}", name=entry.name))

    def _on_get(self) -> None:
        if self._fast is not None:
            self.get_wanted.emit(self._fast.entry.repository)
