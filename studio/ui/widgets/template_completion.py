"""Offers prompt templates while a message is a slash and some letters."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTextEdit

from studio.core.chat_templates import Template
from studio.ui.i18n import is_chinese, tr
from studio.ui.widgets.caret_completion import CaretCompletion


class TemplateCompletion(CaretCompletion):
    """The templates, and the way to them.

    Signals:
        taken (Template): the person chose it.
        edit_wanted: the last row, which leads to the templates themselves.
    """

    taken = Signal(object)
    edit_wanted = Signal()

    def __init__(self, editor: QTextEdit, fitting: Callable[[], Sequence[Template]]) -> None:
        """`fitting`: the templates that what is written may mean."""
        super().__init__(editor)
        self._fitting = fitting
        self._rows: dict[str, Template] = {}

    def follow(self) -> None:
        """After each key."""
        ours_first = sorted(
            self._fitting(), key=lambda one: not one.own and one.name.isascii() == is_chinese()
        )
        self._rows = {template_words(one): one for one in ours_first}
        self._offer([*self._rows, tr("Edit templates…")] if self._rows else [], tr("Templates"))

    def _take(self, words: str) -> None:
        if (template := self._rows.get(words)) is not None:
            self.taken.emit(template)
        else:
            self.edit_wanted.emit()


def template_words(template: Template) -> str:
    """/translate · Into another language"""
    return " · ".join(part for part in (f"/{template.name}", template.about) if part)
