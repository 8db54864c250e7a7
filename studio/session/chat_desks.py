"""All desks that have to do with conversations, made and closed together."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from studio.core.paths import Paths
from studio.core.records import Problem
from studio.core.settings import Settings
from studio.engine.engine import Engine
from studio.session.attachments import AttachmentDesk
from studio.session.chat_context import ContextDesk
from studio.session.chat_desk import ChatDesk, ChatWork
from studio.session.chat_drafts import ChatDrafts
from studio.session.chat_presets import ChatPresetDesk
from studio.session.chat_templates import ChatTemplateDesk
from studio.session.personas import PersonaDesk
from studio.session.reads import Reads
from studio.session.relay import Relay


class ChatDesks:
    """For the window's thread; what each of them is for is said where a `Session` shows it."""

    def __init__(
        self,
        paths: Paths,
        reads: Callable[[], Reads | None],
        settings: Callable[[], Settings],
        work: ChatWork,
        engine: Engine,
        relay: Relay,
        parent: QObject,
    ) -> None:
        self.attachments = AttachmentDesk(paths)
        self.personas = PersonaDesk(paths, parent)
        self.presets = ChatPresetDesk(paths, parent)
        self.templates = ChatTemplateDesk(paths, parent)
        self.drafts = ChatDrafts(paths, relay, work.writes.report)
        self.chats = ChatDesk(reads, settings, work, parent)
        self.context = ContextDesk(
            reads, settings, paths.library, work.models, work.asides, engine, relay, parent
        )

    def tell_problems(self, tell: Callable[[Problem], object]) -> None:
        """Of files that cannot be read whole."""
        for kept in (self.personas, self.presets, self.templates):
            kept.problem_raised.connect(tell)

    def close(self) -> None:
        """What is to be kept is still written."""
        self.chats.close()
        self.context.close()
        self.attachments.close()
        for kept in (self.personas, self.presets, self.templates):
            kept.close()
        self.drafts.close()
