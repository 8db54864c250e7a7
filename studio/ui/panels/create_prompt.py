"""The prompt box: what to make, what to avoid, and the one button that makes it."""

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent, QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QTextEdit, QVBoxLayout, QWidget

from studio.ui.i18n import explain, tr
from studio.ui.theme import MAIN_BUTTON, RADIUS_LARGE, Type, colours, font, type_style
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.labels import ElidedLabel, Label, Line
from studio.viewmodels.create_settings import GenerationSettings

WIDEST = 1200


class PromptEdit(QTextEdit):
    """Plain text that grows with its lines, between `least` and `most` of them; tab leaves it.

    Signals:
        edited (str): the person changed the text (not when `show_text` did).
    """

    edited = Signal(str)

    def __init__(self, english: str, role: Type, least: int, most: int) -> None:
        super().__init__()
        self._english = english
        self._role: Type = role
        self._least, self._most = least, most
        self._showing = False
        self.setProperty("bare", True)
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.textChanged.connect(self._on_changed)
        self.document().documentLayout().documentSizeChanged.connect(lambda: self.updateGeometry())
        self._dress()

    def show_text(self, text: str) -> None:
        """Show what stands in the view-model, unless it stands here already."""
        if text != self.toPlainText():
            self._showing = True
            cursor = self.textCursor()
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.insertText(text)  # unlike setPlainText this can be undone
            self._showing = False

    def sizeHint(self) -> QSize:
        line = type_style(self._role).line
        tall = round(self.document().size().height())
        return QSize(200, min(max(tall, self._least * line), self._most * line) + 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        """Words, font and line height of the language that is on."""
        self.setPlaceholderText(tr(self._english))
        self.setAccessibleName(tr(self._english))
        self.setFont(font(self._role))
        self._space_lines()
        self.updateGeometry()

    def _space_lines(self) -> None:
        """Qt forgets line heights when the whole text is replaced."""
        block, line = QTextBlockFormat(), type_style(self._role).line
        block.setLineHeight(line, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.mergeBlockFormat(block)

    def _on_changed(self) -> None:
        if self.document().firstBlock().blockFormat().lineHeight() != type_style(self._role).line:
            self._space_lines()
        if not self._showing:
            self.edited.emit(self.toPlainText())


class PromptBox(QFrame):
    """A well with prompt, negative prompt, what is wrong with them, and Generate.

    Attributes:
        prompt: where one begins to write.
        problem: what is wrong with the words.
        generate: the one accent button.
    """

    def __init__(
        self, settings: GenerationSettings, generate: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setMaximumWidth(WIDEST)
        self.prompt = PromptEdit("Describe the picture", "prompt", 2, 8)
        self._negative = PromptEdit("What should not be in it", "body", 1, 3)
        self.problem = ElidedLabel("", "secondary", "danger")
        self.generate = Button("Generate", "primary", keys="Ctrl+Return", height=MAIN_BUTTON)
        self.generate.bind(generate)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2, 2, 2, 2)
        whole.setSpacing(0)
        whole.addLayout(_row(self.prompt, top=11, bottom=8))
        whole.addWidget(Line())
        whole.addLayout(_row(Label("Negative", "section", "secondary"), self._negative, top=6, bottom=6))
        whole.addWidget(Line())
        whole.addLayout(self._buttons())
        for field in (self.prompt, self._negative):
            field.installEventFilter(self)
        self.prompt.edited.connect(settings.set_prompt)
        self._negative.edited.connect(settings.set_negative_prompt)
        settings.changed.connect(self._show_settings)
        settings.problems_changed.connect(self._show_problems)
        self._show_settings()
        self._show_problems()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return False

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._show_problems()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        focused = self.prompt.hasFocus() or self._negative.hasFocus()
        wrong = self.problem.isVisible()
        edge = now.focus if focused else now.danger if wrong else now.border_strong
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = 2.0 if focused else 1.0
        pen = painter.pen()
        pen.setColor(QColor(edge))
        pen.setWidthF(width)
        painter.setPen(pen)
        painter.setBrush(QColor(now.input))
        inset = width / 2
        area = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(area, RADIUS_LARGE, RADIUS_LARGE)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(14, 8, 8, 8)
        row.setSpacing(12)
        row.addWidget(self.problem, 1)
        row.addStretch(0)
        row.addWidget(self.generate)
        return row

    def _show_settings(self) -> None:
        draft = self._settings.draft
        self.prompt.show_text(draft.prompt)
        self._negative.show_text(draft.negative_prompt)
        self.generate.say("Generate {n}", n=draft.num_images)

    def _show_problems(self) -> None:
        problems = self._settings.problems
        error = problems.get("prompt") or problems.get("negative_prompt")
        self.problem.setText(explain(error) if error else "")
        self.problem.setVisible(error is not None)
        self.update()


def _row(*widgets: QWidget, top: int, bottom: int) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(14, top, 14, bottom)
    row.setSpacing(12)
    for widget in widgets:
        row.addWidget(widget, 1 if isinstance(widget, PromptEdit) else 0, Qt.AlignmentFlag.AlignTop)
    return row
