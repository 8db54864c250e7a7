"""A window of its own in a process that is to be killed: `HOME CONVERSATION` asks for a long answer and never
lets go. Once some of it is on the disk, that is written to standard output as one line of JSON."""

import json
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from studio.app import opening
from studio.core.conversations import Said, TokensAdded
from studio.core.paths import paths_for
from studio.core.settings import Settings
from studio.ui.panels.chat import ChatPanel

TOKENS = 12  # of an answer that is far longer


class Doomed(opening.Studio):
    """Opens the conversation once the panel is there, and asks."""

    def __init__(self, application: QApplication, home: str, conversation: str) -> None:
        super().__init__(
            application, paths_for(Path(home)), Settings(window={"panel": "chat", "welcome.done": "1"})
        )
        self._wanted, self._said = conversation, False
        self.opened.connect(lambda: self.session.ready.connect(self._begin))

    def _begin(self) -> None:
        panel = self.window.panel("chat")
        assert isinstance(panel, ChatPanel)
        self._vm = panel._viewmodel
        self._vm.open(self._wanted)
        self._vm.set_sampling(max_new_tokens=400, temperature=0.9)
        self._vm.settings_changed.connect(self._ask)
        self.session.chats.tokens_added.connect(self._on_tokens)
        self._ask()

    def _ask(self) -> None:
        """As soon as it is known which models there are."""
        if self._vm.model and not self._said:
            self._said = self._vm.send(Said(text="Tell me a long story about the storm"))

    def _on_tokens(self, added: TokensAdded) -> None:
        if added.count >= TOKENS and self._wanted:
            self._wanted = ""
            stored = self.session.chats.branch(added.conversation).messages[-1]
            print(json.dumps({"message": stored.id, "text": stored.text}), flush=True)


if __name__ == "__main__":
    application = QApplication([])
    studio = Doomed(application, *sys.argv[1:])
    application.exec()
