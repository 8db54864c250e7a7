"""What stands in the composer of Chat: words, files, how many answers, and how long the model may think."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import partial
from itertools import count
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QObject, Signal
from PySide6.QtGui import QImage

from studio.core.chat_templates import Template
from studio.core.conversations import Attachment, Message, Said
from studio.core.errors import StudioError
from studio.core.job_checks import MOST_TAKES
from studio.core.model import Ability, Kind
from studio.core.records import Asset
from studio.session import Session
from studio.viewmodels.chat import ChatViewModel
from studio.viewmodels.chat_templates import Filled, Place, called, fitting
from studio.viewmodels.latest import Each
from studio.viewmodels.shell import WindowState

LONG_PASTE = 4000  # characters; more become a file
TAKES_KEY = "chat.takes"
PNG_QUALITY = 80  # of pictures that have no file: hardly packed, since they are packed anew anyhow


class ComposerViewModel(QObject):
    """The draft of the open conversation, or the other wording of one of its messages.

    Attributes:
        text, attachments: what would be sent.
        places: what is left to fill in of a template.
        rewording: the message that they word anew; empty for a new one.

    Signals:
        replaced: text and attachments are those of something else; show them anew.
        changed: the text, as one types; the attachments, those being read, the takes, or who would read it.
        failed (StudioError): a file was not taken; of a file or a picture that came in this composer.
    """

    replaced = Signal()
    changed = Signal()
    failed = Signal(object)

    def __init__(
        self, session: Session, chat: ChatViewModel, state: WindowState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._chat, self._state = session, chat, state
        self.text = chat.draft
        self.attachments = chat.draft_files(chat.conversation_id)
        self.places = chat.draft_places
        self.rewording = ""
        # Of each file the conversation, the message that is worded anew, and the name.
        self._reading: dict[Each, tuple[str, str, str]] = {}
        self._numbers = count()
        self._given_at: dict[str, int] = {}  # of each file read: the how manyth it was that was given
        self._shown = chat.conversation_id
        chat.branch_changed.connect(self._on_branch)
        chat.settings_changed.connect(self.changed)
        chat.draft_returned.connect(self._on_returned)
        chat.rewording_returned.connect(self._on_rewording_returned)
        session.chat_templates.changed.connect(self.changed)

    # What is shown.

    @property
    def reading(self) -> list[str]:
        """Names of files that are read for what stands here."""
        here = (self._chat.conversation_id, self.rewording)
        return [name for *given, name in self._reading.values() if tuple(given) == here]

    @property
    def takes(self) -> int:
        """How many answers are asked for."""
        kept = self._state.get(TAKES_KEY, "1")
        return min(max(int(kept), 1), MOST_TAKES) if kept.isdecimal() else 1

    @property
    def ready(self) -> bool:
        """There is something to send, and no file of it is still being read."""
        return bool(self.text.strip() or self.attachments) and not self.reading

    @property
    def sees(self) -> bool:
        """The model reads pictures."""
        model = self._chat.model
        return model is not None and Ability.SEE in model.abilities

    @property
    def is_blinded(self) -> bool:
        """The model was made to read pictures, and cannot here: what it sees with is a file of its own."""
        return not self.sees and self._chat.model is not None and self._chat.model.kind is Kind.VISION

    @property
    def cut(self) -> Message | None:
        """The last answer, where it was cut off and can go on."""
        last = self._chat.branch.messages[-1] if self._chat.branch and self._chat.branch.messages else None
        if last is None or self._chat.busy or self._chat.trashed:
            return None
        return last if last.cut_short else None

    def thumbnail_of(self, attachment: Attachment) -> Asset:
        """What `Thumbnails` shows for a picture."""
        return self._chat.given(attachment)

    def said(self) -> Said:
        return Said(text=self.text, attachments=self.attachments)

    # Writing.

    def set_text(self, text: str) -> None:
        self.text = text
        if not self.rewording:
            self._chat.draft = text
        self.changed.emit()

    def set_places(self, places: tuple[Place, ...]) -> None:
        self.places = places
        if not self.rewording:
            self._chat.draft_places = places

    def show_draft(self) -> None:
        """What is written but not sent in the open conversation."""
        self.rewording, self._shown = "", self._chat.conversation_id
        self._show(self._draft(), self._chat.draft_places)

    def reword(self, message: Message) -> None:
        """Another wording of the person's message, files and all; the draft waits."""
        self.rewording = message.id
        self._show(Said(text=message.text, attachments=message.attachments))

    def set_takes(self, takes: int) -> None:
        self._state.put(TAKES_KEY, str(min(max(takes, 1), MOST_TAKES)))
        self.changed.emit()

    def send(self) -> bool:
        """Asks for the answers; False when that was refused, and everything stays."""
        if not self.ready:
            return False
        if not self.rewording:
            sent = self._chat.send(self.said(), self.takes)
        else:
            sent = self._chat.edit(self.rewording, self.said(), self.takes)
        if sent:
            self.show_draft()
        return sent

    # Files.

    def attach_files(self, paths: Iterable[Path]) -> None:
        for path in paths:
            self._read(path.name, partial(self._session.attachments.read, path))

    def attach_image(self, image: QImage) -> None:
        """A picture that has no file, such as the clipboard's."""
        name = self._free_name("picture", "png")
        self._read(name, lambda: self._session.attachments.read_picture(partial(_encoded, image), name))

    def paste(self, text: str) -> bool:
        """Takes a long text as a file; False for one that is short enough to be read as it stands."""
        if len(text) <= LONG_PASTE:
            return False
        name = self._free_name("pasted", "txt")
        self._read(name, partial(self._session.attachments.read_text, name, text))
        return True

    def remove(self, attachment: str) -> None:
        self._put(tuple(one for one in self.attachments if one.id != attachment))

    # Templates.

    @property
    def templates(self) -> tuple[Template, ...]:
        return self._session.chat_templates.all()

    def fitting(self) -> list[Template]:
        """Those that what is written may mean, while it is a slash and some letters."""
        return fitting(self.text, self.templates)

    def called(self) -> tuple[Template, Filled] | None:
        """What the text stands for where it begins with a template's name."""
        return called(self.text, self.templates)

    # Within.

    def _draft(self) -> Said:
        chat = self._chat
        return Said(text=chat.draft, attachments=chat.draft_files(chat.conversation_id))

    def _on_branch(self) -> None:
        """What is being written stays as it is while something is added to its conversation."""
        messages = self._chat.branch.messages if self._chat.branch else ()
        if self.rewording:
            stays = any(one.id == self.rewording for one in messages)
        else:
            stays = self.said() == self._draft()
        if not stays or self._shown != self._chat.conversation_id:
            self.show_draft()

    def _show(self, said: Said, places: tuple[Place, ...] = ()) -> None:
        self.text, self.attachments, self.places = said.text, said.attachments, places
        self.replaced.emit()
        self.changed.emit()

    def _put(self, attachments: tuple[Attachment, ...]) -> None:
        self.attachments = attachments
        if not self.rewording:
            self._chat.set_draft_files(self._chat.conversation_id, attachments)
        self.changed.emit()

    def _free_name(self, stem: str, suffix: str) -> str:
        taken = {*(one.name for one in self.attachments), *self.reading}
        names = (f"{stem}{'' if number == 1 else f'-{number}'}.{suffix}" for number in range(1, 10_000))
        return next(name for name in names if name not in taken)

    def _read(self, name: str, read: Callable[[], Future[Attachment]]) -> None:
        each = Each(self)
        self._reading[each] = (self._chat.conversation_id, self.rewording, name)
        each.arrived.connect(partial(self._on_read, each, next(self._numbers)))
        each.failed.connect(partial(self._on_unread, each))
        each.ask(read())
        self.changed.emit()

    def _on_read(self, each: Each, given_at: int, attachment: Attachment) -> None:
        """It belongs to the draft that it was given with, whichever is open now; that of a wording which was
        given up goes with it."""
        conversation, reworded = self._forget(each)
        self._given_at[attachment.id] = given_at
        if (conversation, reworded) == (self._chat.conversation_id, self.rewording):
            self._put(self._among(self.attachments, attachment))
        elif not reworded:
            files = self._chat.draft_files(conversation)
            self._chat.set_draft_files(conversation, self._among(files, attachment))

    def _among(self, files: tuple[Attachment, ...], added: Attachment) -> tuple[Attachment, ...]:
        """As they were given, whichever was read first."""
        later = (self._given_at.get(one.id, -1) > self._given_at[added.id] for one in files)
        place = next((place for place, is_later in enumerate(later) if is_later), len(files))
        return (*files[:place], added, *files[place:])

    def _on_unread(self, each: Each, error: StudioError) -> None:
        self._forget(each)
        self.failed.emit(error)
        self.changed.emit()

    def _forget(self, each: Each) -> tuple[str, str]:
        conversation, reworded, _ = self._reading.pop(each)
        each.deleteLater()
        return conversation, reworded

    def _on_returned(self) -> None:
        if not self.rewording:
            self.show_draft()

    def _on_rewording_returned(self, message: str, said: Said) -> None:
        self.rewording = message
        self._show(said)


def _encoded(image: QImage) -> bytes:
    """For any thread."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG", PNG_QUALITY)  # type: ignore[call-overload]
    return bytes(buffer.data().data())
