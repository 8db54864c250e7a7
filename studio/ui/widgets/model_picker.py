"""Which model works: its name and size in a field of two lines, and a menu of the others."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QActionGroup, QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy, QWidget

from studio.core.model import Kind, ModelSpec
from studio.core.servers import split_id
from studio.ui import figures
from studio.ui.i18n import tr
from studio.ui.icons import draw_icon
from studio.ui.theme import MODEL_ROW, RADIUS, Type, colours, font
from studio.ui.widgets.labels import plain_tip


class ModelPicker(QPushButton):
    """A button that looks like a field.

    Signals:
        chosen (str): the id of the model that the person picked.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models: Sequence[ModelSpec] = ()
        self._model: ModelSpec | None = None
        self._loaded = self._looking = False
        self._menu: QMenu | None = None
        self.setFixedHeight(MODEL_ROW)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._open)

    def show_models(
        self,
        models: Sequence[ModelSpec],
        model: ModelSpec | None,
        *,
        loaded: bool,
        looking: bool = False,
        missing: str = "No model installed",
    ) -> None:
        """`looking`: there may be models that are not known yet, so nothing is said of there being none; else
        `missing` says it, in English."""
        self._models, self._model = models, model
        self._loaded, self._looking = loaded, looking and model is None
        name = "" if self._looking else model.name if model else tr(missing)
        self.setText(name)
        self.setAccessibleName(tr("Model: {name}", name=name or self._about()))
        self.setToolTip(plain_tip(model.id) if model else self._about())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, MODEL_ROW)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, MODEL_ROW)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._open()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = now.control if self.underMouse() else now.border_strong
        painter.setPen(QColor(edge))
        painter.setBrush(QColor(now.input))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        inner = self.rect().adjusted(10, 6, -32, -6)
        lines: list[tuple[Type, str, str]] = [("secondary", now.secondary, self._about())]
        if self.text():
            lines.insert(0, ("button", now.text, self.text()))
        top = inner.top() + 20 - 10 * len(lines)
        for number, (role, ink, words) in enumerate(lines):
            painter.setFont(font(role))
            painter.setPen(QColor(ink))
            shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, inner.width())
            line = QRect(inner.left(), top + 20 * number, inner.width(), 20)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        middle = QPoint(self.width() - 26, self.height() // 2)
        draw_icon(painter, "up", QRect(middle.x(), middle.y() - 11, 12, 12), now.secondary)
        draw_icon(painter, "down", QRect(middle.x(), middle.y() - 1, 12, 12), now.secondary)

    def _about(self) -> str:
        if self._looking:
            return tr("Looking for models …")
        if self._model is None:
            return tr("Get one under Models")
        parts = [
            self._kind_of(self._model),
            tr("Starter") if self._model.starter else self._place_of(self._model),
            figures.size(self._model.size_bytes) if self._model.size_bytes else "",
            tr("loaded") if self._loaded else "",
        ]
        return " · ".join(part for part in parts if part)

    def _kind_of(self, spec: ModelSpec) -> str:
        """What tells those that need a picture from those that make one of words alone."""
        return tr("Editing") if spec.kind is Kind.EDIT else ""

    def _place_of(self, spec: ModelSpec) -> str:
        """Which server has it, or what tells it from others of its name; nothing where its name does."""
        if served := split_id(spec.id):
            return served[0]
        if [other.name for other in self._models].count(spec.name) < 2:
            return ""
        path = Path(spec.path)
        return tr("Starter") if spec.starter else f"{path.parent.name}/{path.name}"

    def _open(self) -> None:
        menu = QMenu(self)
        group = QActionGroup(menu)
        for spec in self._models:
            about = " · ".join(filter(None, (self._kind_of(spec), self._place_of(spec))))
            action = menu.addAction("\t".join((spec.name, about)).strip().replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(spec is self._model)
            action.triggered.connect(lambda _=False, model_id=spec.id: self.chosen.emit(model_id))
            group.addAction(action)
        menu.setMinimumWidth(self.width())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(QPoint(0, self.height() + 2)))
        if current := group.checkedAction():
            menu.setActiveAction(current)  # arrows go on from there
        self._menu = menu
