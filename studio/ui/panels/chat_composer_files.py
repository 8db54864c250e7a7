"""Files in the composer of Chat: a chip for each, how they come in, and a look at what is in them."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt
from PySide6.QtGui import QDragLeaveEvent, QDropEvent, QImage, QShowEvent
from PySide6.QtWidgets import QFileDialog, QSizePolicy, QWidget

from studio.core.conversations import Attachment
from studio.ui.context_words import tokens_words
from studio.ui.dialogs.chat_attachment import AttachmentSheet
from studio.ui.figures import size
from studio.ui.i18n import tr
from studio.ui.widgets.attachment_chip import AttachmentChip
from studio.ui.widgets.drop_veil import DropVeil
from studio.ui.widgets.flow import FlowLayout
from studio.ui.widgets.message_edit import MessageEdit, files_in
from studio.ui.widgets.tab_order import tab_before
from studio.viewmodels.chat_composer import ComposerViewModel
from studio.viewmodels.chat_context import ContextViewModel
from studio.viewmodels.thumbnails import Thumbnails

THUMB = 28
PAGE = 480  # pixels of a picture that is looked at


class ComposerFiles(QWidget):
    """Binds the composer; gone while there is no file.

    Attributes:
        chips: one for each file, by its id.
    """

    def __init__(
        self,
        viewmodel: ComposerViewModel,
        context: ContextViewModel,
        thumbnails: Thumbnails,
        edit: MessageEdit,
        parent: QWidget,
    ) -> None:
        """`parent` is there from the start: shown without one, it would be a window of its own."""
        super().__init__(parent)
        self._viewmodel, self._context, self._thumbnails = viewmodel, context, thumbnails
        self._edit = edit
        self._veil: DropVeil | None = None
        self._sheet: AttachmentSheet | None = None
        self.chips: dict[str, AttachmentChip] = {}
        self._flow = FlowLayout(self, gap=8)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        edit.files_given.connect(viewmodel.attach_files)
        edit.image_given.connect(viewmodel.attach_image)
        viewmodel.changed.connect(self.refresh)
        viewmodel.replaced.connect(self.refresh)
        context.changed.connect(self._show_details)
        thumbnails.ready.connect(self._on_thumbnail)
        self.refresh()

    def choose(self) -> None:
        dialog = QFileDialog(self.window(), tr("Attach files…"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self._on_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def take_drops_on(self, widget: QWidget) -> None:
        """What is dropped there goes with the message, too; it says so while something is held above it."""
        widget.setAcceptDrops(True)
        self._veil = DropVeil("Drop to attach", widget)
        for one in (widget, self._edit.viewport()):
            one.installEventFilter(self)

    def refresh(self) -> None:
        wanted = {one.id: one for one in self._viewmodel.attachments}
        for key in [key for key in self.chips if key not in wanted]:
            self._drop(key)
        for attachment in wanted.values():
            if attachment.id not in self.chips:
                self._add(attachment)
        self._arrange(list(wanted))
        self._show_reading()
        self._show_details()
        self.setVisible(bool(self.chips))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._veil is None:
            return False
        if isinstance(event, QDragLeaveEvent):
            self._veil.hide()
        if not isinstance(event, QDropEvent) or not self._takes(event.mimeData()):
            return False
        is_drop = event.type() == QEvent.Type.Drop
        if is_drop:
            self._veil.hide()
        elif not _is_text(event.mimeData()):
            self._veil.cover()
        if watched is not self._veil.parent():
            return False  # the field takes it itself
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if is_drop:
            self._take(event.mimeData())
        return True

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._order()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._show_details()
        super().changeEvent(event)

    def _on_chosen(self, paths: Sequence[str]) -> None:
        self._viewmodel.attach_files([Path(one) for one in paths])

    def _takes(self, source: QMimeData) -> bool:
        return self._edit.isVisible() and self._edit.canInsertFromMimeData(source)

    def _take(self, source: QMimeData) -> None:
        """Programs that give a picture beside its address mean the picture; words come where the caret is."""
        if source.hasImage() and not files_in(source):
            self._viewmodel.attach_image(QImage(source.imageData()))
        else:
            self._edit.insertFromMimeData(source)

    def _add(self, attachment: Attachment) -> None:
        chip = AttachmentChip(attachment.name, "picture" if attachment.picture else "file")
        chip.opened.connect(partial(self._open, attachment))
        chip.removed.connect(partial(self._remove, attachment.id))
        self.chips[attachment.id] = chip
        self._flow.addWidget(chip)
        self._order()
        self._show_thumbnail(attachment)

    def _arrange(self, wanted: list[str]) -> None:
        """A file that took longer to read comes before those that were given after it."""
        if [key for key in self.chips if key in wanted] == wanted:
            return
        for key in wanted:
            chip = self.chips[key] = self.chips.pop(key)
            self._flow.removeWidget(chip)
            self._flow.addWidget(chip)
        self._order()

    def _order(self) -> None:
        """Not before all are in one window."""
        if self._edit.window() is self.window():
            tab_before(self._edit, self.chips.values())

    def _drop(self, key: str) -> None:
        chip = self.chips.pop(key)
        self._flow.removeWidget(chip)
        chip.hide()
        chip.deleteLater()

    def _show_reading(self) -> None:
        """A chip without a cross for each file that is still read."""
        names = self._viewmodel.reading
        for key in [key for key in self.chips if key.startswith("reading:")]:
            self._drop(key)
        for name in names:
            chip = AttachmentChip(name, "clock")
            chip.cross.hide()
            chip.face.setEnabled(False)
            chip.show_detail(tr("Reading…"))
            self.chips[f"reading:{name}"] = chip
            self._flow.addWidget(chip)

    def _show_details(self) -> None:
        files = self._viewmodel.attachments
        tokens = self._context.draft_files if len(files) == 1 else None
        for attachment in files:
            if (chip := self.chips.get(attachment.id)) is not None:
                chip.show_detail(*self._detail(attachment, tokens))

    def _detail(self, attachment: Attachment, tokens: int | None) -> tuple[str, str]:
        """The words below its name, and their tone."""
        if attachment.picture and not self._viewmodel.sees:
            if self._viewmodel.is_blinded:
                return tr("What this model sees with cannot be used here"), "warning"
            return tr("This model cannot see pictures"), "warning"
        amount = size(attachment.size_bytes)
        if tokens and self._context.use:
            counted = tokens_words(tokens, self._context.use.exact)
            amount = tr("{size} · {n} tokens", size=amount, n=counted)
        if attachment.cut:
            return f"{tr('reads only the beginning')} · {amount}", "warning"  # which is what must not be cut
        return amount, ""

    def _show_thumbnail(self, attachment: Attachment) -> None:
        if attachment.picture:
            pixels = round(THUMB * self.devicePixelRatioF() * 1.5)
            image = self._thumbnails.thumbnail(self._viewmodel.thumbnail_of(attachment), pixels)
            self.chips[attachment.id].show_image(image)

    def _on_thumbnail(self, name: str) -> None:
        for attachment in self._viewmodel.attachments:
            if attachment.id == name and name in self.chips:
                self._show_thumbnail(attachment)
            if attachment.id == name and self._sheet and self._sheet.isVisible():
                self._sheet.show_image(self._large(attachment))

    def _open(self, attachment: Attachment) -> None:
        if self._sheet is None:
            self._sheet = AttachmentSheet(self.window())
            self._sheet.put_wanted.connect(self._put_in)
            self._sheet.removed.connect(self._remove)
        self._sheet.show_attachment(attachment, self._large(attachment) if attachment.picture else None)

    def _large(self, attachment: Attachment) -> QImage | None:
        pixels = round(PAGE * self.devicePixelRatioF())
        return self._thumbnails.thumbnail(self._viewmodel.thumbnail_of(attachment), pixels)

    def _put_in(self, attachment: Attachment) -> None:
        """Its words into the message, where the caret is."""
        self._edit.insertPlainText(attachment.text)
        self._remove(attachment.id)

    def _remove(self, attachment: str) -> None:
        self._viewmodel.remove(attachment)
        self._edit.setFocus()


def _is_text(source: QMimeData) -> bool:
    """It comes where the caret is."""
    return source.hasText() and not files_in(source)
