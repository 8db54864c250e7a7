"""`studio chat`: one answer, answers that follow each other, and a conversation on a terminal."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.core.conversations import Branch
from studio.core.paths import paths_for
from studio.store.library import Library
from tests.cli.conftest import HANGS, ROOT

PATIENCE = 5  # seconds after which a person presses again

SHAPE = {
    *("job", "state", "conversation", "text", "model"),
    *("prompt_tokens", "tokens", "seconds", "tokens_per_second"),
}


def conversations(home: Path) -> list[Branch]:
    """The shown branch of every conversation, the last changed first."""
    library = Library.open(paths_for(home))
    branches = [library.chats.branch(one.id) for one in library.chats.recent()]
    library.close()
    return branches


def texts(branch: Branch) -> list[str]:
    return [message.text for message in branch.messages]


def test_an_answer_goes_to_standard_output_and_a_program_gets_one_object(studio, home: Path):
    said = studio("chat", "say good morning 早上好", "--system", "Be brief.")
    assert (said.code, said.out) == (0, "good morning 早上好 \n")
    told = studio("chat", "hello", "--json").object
    assert set(told) == SHAPE
    assert (told["state"], told["text"], told["model"]) == ("done", "nothing to add ", "local/fake")
    newest, oldest = conversations(home)
    assert newest.conversation.id == told["conversation"]
    assert oldest.conversation.system == "Be brief."


def test_a_conversation_goes_on(studio, home: Path):
    begun = studio("chat", "say one", "--json").object["conversation"]
    assert studio("chat", "say two", "--conversation", begun, "--json").object["conversation"] == begun
    [branch] = conversations(home)
    assert texts(branch) == ["say one", "one ", "say two", "two "]


def test_a_message_may_come_through_a_pipe(scripted, studio, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)  # as it is where a shell has closed it
    assert studio("chat", "--json").object["code"] == "message_empty"
    said = scripted("chat", stdin="say from\nthe pipe").end()
    assert (said.code, said.out) == (0, "from the pipe \n")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["chat", " "], "message_empty"),
        (["chat", "\x01"], "message_empty"),
        (["chat", "hello", "--temperature", "9"], "value_out_of_range"),
        (["chat", "hello", "--max-tokens", "0"], "value_out_of_range"),
        (["chat", "hello", "--seed", str(2**64)], "seed_out_of_range"),
        (["chat", "hello", "--conversation", "nothing"], "not_found"),
    ],
    ids=lambda value: "".join(value).encode("unicode_escape").decode(),
)
def test_what_cannot_be_said_is_refused_and_leaves_no_conversation(studio, home: Path, words, code):
    said = studio(*words, "--json")
    assert (said.code, said.object["code"]) == (2, code)
    assert conversations(home) == []


def test_a_reader_that_leaves_stops_the_answer(scripted, home: Path, tmp_path: Path):
    process = scripted("chat", f"say a; until {tmp_path / 'left'}; slow 9 0.01; say b; slow 100000 0.01")
    assert process.popen.stdout
    assert process.popen.stdout.read(1) == "a"
    process.popen.stdout.close()
    (tmp_path / "left").touch()
    assert process.popen.stderr
    assert process.popen.stderr.read() == "The engine is starting\nLoading\n"
    assert process.popen.wait() == 130
    [branch] = conversations(home)
    assert branch.messages[-1].state == "stopped"


class Terminal:
    """`studio chat` on a pseudo-terminal; standard error is there too."""

    def __init__(self, *words: str) -> None:
        self.end, other = os.openpty()
        command = [sys.executable, "-m", "tests.cli.scripted", *words]
        environment = {**os.environ, "TERM": "dumb"}
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=other, stdout=other, stderr=other, env=environment
        )
        os.close(other)
        self.shown = b""

    def wait_for(self, words: str) -> str:
        """Until this is on the screen; what came before it since the last time."""
        while words.encode() not in self.shown:
            assert select.select([self.end], [], [], HANGS)[0], f"no {words!r}; shown {self.shown!r}"
            self.shown += os.read(self.end, 4096)
        before, _, self.shown = self.shown.partition(words.encode())
        return before.decode()

    def type(self, text: str) -> None:
        os.write(self.end, text.encode())

    def interrupt(self) -> None:
        """Ctrl+C, again if nothing comes of it: between two keys, readline is deaf to signals."""
        self.process.send_signal(signal.SIGINT)
        while not select.select([self.end], [], [], PATIENCE)[0]:
            self.process.send_signal(signal.SIGINT)


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    terminals: list[Terminal] = []

    def open_one(*words: str) -> Terminal:
        terminals.append(Terminal(*words))
        return terminals[-1]

    yield open_one
    for one in terminals:
        os.close(one.end)
        with one.process as process:
            process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_a_conversation_on_a_terminal(terminal, home: Path):
    screen = terminal("chat")
    screen.wait_for("Fake listens. Ctrl+C stops an answer, Ctrl+D leaves.")
    screen.wait_for("› ")
    screen.type("say good morning\n")
    screen.wait_for("good morning ")
    screen.wait_for("› ")
    # An error ends its message, not the conversation.
    screen.type("refuse\n")
    screen.wait_for("gave an empty picture")
    screen.wait_for("› ")
    # Ctrl+C stops the answer, and at the prompt drops the line.
    screen.type("say so far; slow 100000 0.01\n")
    screen.wait_for("0.01\r\n")
    screen.wait_for("so ")
    screen.process.send_signal(signal.SIGINT)
    assert screen.wait_for("Stopping …").endswith("\r\n")
    screen.wait_for("› ")
    screen.type("half a li")
    screen.wait_for("half a li")
    screen.interrupt()
    screen.wait_for("› ")
    screen.type("say after all\n")
    screen.wait_for("after all ")
    screen.wait_for("› ")
    screen.type("\x04")
    screen.wait_for("studio chat --conversation ")
    [branch] = conversations(home)
    assert screen.wait_for("\r\n") == branch.conversation.id
    assert screen.process.wait() == 0
    assert texts(branch)[0::2] == [
        "say good morning",
        "refuse",
        "say so far; slow 100000 0.01",
        "say after all",
    ]
    assert [str(message.state) for message in branch.messages[1::2]] == [
        "complete",
        "failed",
        "stopped",
        "complete",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_commands_and_lines_are_remembered_on_a_terminal(terminal, home: Path):
    screen = terminal("chat")
    screen.wait_for("/help lists what else can be typed.")
    screen.wait_for("› ")
    screen.type("/nonsense\n")
    screen.wait_for("There is no command /nonsense.")
    screen.wait_for("› ")
    screen.type("say two \\\n")
    screen.wait_for("… ")
    screen.type("lines\n")
    screen.wait_for("two ")
    screen.wait_for("› ")
    screen.type("/quit\n")
    screen.wait_for("studio chat --conversation ")
    assert screen.process.wait() == 0
    [branch] = conversations(home)
    assert texts(branch)[0] == "say two \nlines"
    history = home / "chat" / "history"
    assert history.read_text("utf-8").splitlines()[-2:] == ["lines", "/quit"]
    assert history.stat().st_mode & 0o077 == 0
    # The next one finds them with the arrow up, which a dumb terminal has as Ctrl+P.
    again = terminal("chat", "--continue")
    again.wait_for("› ")
    again.type("\x10\x10\x10\x10\n")
    again.wait_for("There is no command /nonsense.")
    again.wait_for("› ")
    again.type("\x04")
    assert again.process.wait() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_a_polite_kill_ends_the_conversation_with_its_answer(terminal, home: Path):
    screen = terminal("chat")
    screen.wait_for("› ")
    screen.type("say so far; slow 100000 0.01\n")
    screen.wait_for("0.01\r\n")
    screen.wait_for("so ")
    screen.process.terminate()
    assert screen.process.wait(HANGS) == 130
    [branch] = conversations(home)
    assert branch.messages[-1].state == "stopped"
    assert texts(branch)[-1].startswith("so ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_who_says_nothing_leaves_nothing_behind(terminal, home: Path):
    screen, killed = terminal("chat"), terminal("chat")
    screen.wait_for("› ")
    screen.type("\x04")
    assert screen.process.wait() == 0
    killed.wait_for("› ")
    killed.process.terminate()
    assert killed.process.wait(HANGS) == 130
    assert conversations(home) == []
