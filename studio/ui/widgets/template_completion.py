"""Offers prompt templates while a message is a slash and some letters."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QStringListModel, Signal
from PySide6.QtWidgets import QCompleter, QListView, QTextEdit

from studio.core.chat_templates import Template
from studio.ui.i18n import is_chinese, tr


class TemplateCompletion(QObject):
    """A list at the caret; Return or Tab takes a template, Esc closes it.

    Attributes:
        popup: the list; None before it was first wanted.

    Signals:
        taken (Template): the person chose it.
        edit_wanted: the last row, which leads to the templates themselves.
    """

    taken = Signal(object)
    edit_wanted = Signal()

    def __init__(self, editor: QTextEdit, fitting: Callable[[], Sequence[Template]]) -> None:
        """`fitting`: the templates that what is written may mean."""
        super().__init__(editor)
        self._editor, self._fitting = editor, fitting
        self.popup: QListView | None = None
        self._rows: dict[str, Template] = {}
        self._model = QStringListModel(self)
        self._completer = QCompleter(self)

    @property
    def is_open(self) -> bool:
        return self.popup is not None and self.popup.isVisible()

    def follow(self) -> None:
        """After each key."""
        templates = self._fitting()
        if templates:
            self._open(templates)
        elif self.popup is not None:
            self.popup.hide()

    def _open(self, templates: Sequence[Template]) -> None:
        popup = self.popup = self.popup or self._made()
        ours_first = sorted(templates, key=lambda one: not one.own and one.name.isascii() == is_chinese())
        self._rows = {template_words(one): one for one in ours_first}
        self._model.setStringList([*self._rows, tr("Edit templates…")])
        place = self._editor.cursorRect()
        place.setWidth(popup.sizeHintForColumn(0) + popup.verticalScrollBar().sizeHint().width() + 24)
        self._completer.complete(place)
        popup.setCurrentIndex(self._completer.completionModel().index(0, 0))

    def _made(self) -> QListView:
        popup = QListView()
        popup.setProperty("surface", "popup")  # a list is transparent, and a window of its own black below
        popup.setAccessibleName(tr("Templates"))
        self._completer.setModel(self._model)
        self._completer.setPopup(popup)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setWidget(self._editor)
        self._completer.activated.connect(self._take)
        return popup

    def _take(self, words: str) -> None:
        if (template := self._rows.get(words)) is not None:
            self.taken.emit(template)
        else:
            self.edit_wanted.emit()


def template_words(template: Template) -> str:
    """/translate · Into another language"""
    return " · ".join(part for part in (f"/{template.name}", template.about) if part)
