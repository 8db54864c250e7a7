"""What is typed at `studio chat` besides messages, with a model that plays scripts."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from studio.cli.chat_commands import COMMANDS, CommandUnknown, obey, words_to_complete
from studio.cli.chat_sampling import CommandMisused, SettingUnknown, SettingUnreadable
from studio.cli.chat_shown import Answers, Thoughts, parted
from studio.cli.chat_talk import NothingSaid, Talk
from studio.cli.output import Output
from studio.cli.parser import parse
from studio.cli.running import Runner
from studio.core.conversations import Message, TokensAdded
from studio.core.errors import DocumentUnopened, NotFound, ValueOutOfRange
from studio.core.paths import paths_for
from studio.core.personas import Example, Persona
from studio.core.sampling import Sampling
from studio.session.models import InstalledModels
from tests.cli.conftest import Studio
from tests.cli.scripted import find_scripted
from tests.cli.test_chat import conversations, texts


@pytest.fixture
def runner(qapp, home: Path, monkeypatch) -> Iterator[Runner]:
    monkeypatch.setattr(InstalledModels, "find", find_scripted)
    with Runner(paths_for(home), Output(json=False)) as opened:
        yield opened


@pytest.fixture
def begin(runner: Runner) -> Callable[..., Talk]:
    return lambda *words: Talk(parse(["chat", *words]), runner)


@pytest.fixture
def told(capfd: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What was said on standard error since the last time."""

    def read() -> str:
        return capfd.readouterr().err

    return read


def shown(talk: Talk) -> list[str]:
    return [message.text for message in talk.chats.branch(talk.conversation).messages]


def test_help_lists_every_command_and_tab_completes_it(begin, told):
    talk = begin()
    told()
    assert not obey(talk, "/help")
    said = told()
    assert all(f"/{name}" in said for name in COMMANDS)
    assert {"/help", "/quit", "/summarise", "/翻译"} <= set(words_to_complete(talk))
    assert obey(talk, " /quit ") and obey(talk, "/EXIT")
    with pytest.raises(CommandUnknown, match="/nonsense"):
        obey(talk, "/nonsense at all")
    assert talk.conversation == ""


def test_answers_are_taken_beside_each_other_reworded_and_gone_on_with(begin, told, capfd):
    talk = begin("--takes", "2")
    capfd.readouterr()
    obey(talk, "say one two")
    assert capfd.readouterr().out.startswith("[1]\n")
    assert len(talk.takes_of_last()) == 2
    second = talk.takes_of_last()[1]
    obey(talk, "/take 2")
    assert talk.now().leaf == second
    obey(talk, "/take 1")
    for number in ("3", "9" * 5000):
        with pytest.raises(ValueOutOfRange):
            obey(talk, f"/take {number}")
        with pytest.raises(NotFound):
            obey(talk, f"/open {number}")
    obey(talk, "/takes 1")
    for number in ("9", "9" * 5000):
        with pytest.raises(ValueOutOfRange):
            obey(talk, f"/takes {number}")
    obey(talk, "/again")
    assert len(talk.takes_of_last()) == 3
    obey(talk, "/edit say three")
    assert shown(talk) == ["say three", "three "]
    told()
    obey(talk, "/edit")
    assert told() == "say three\n"
    obey(talk, "/continue")
    assert shown(talk)[1].startswith("three ")
    obey(talk, "//help")
    assert shown(talk)[2] == "/help"


def test_a_conversation_is_written_to_a_file(begin, tmp_path: Path):
    talk = begin()
    obey(talk, "say one")
    obey(talk, f"/export {tmp_path / 'it.md'}")
    obey(talk, f"/export {tmp_path / 'it.json'}")
    assert "say one" in (tmp_path / "it.md").read_text("utf-8")
    assert (tmp_path / "it.json").read_bytes().lstrip().startswith((b"{", b"["))
    for line in ("/export", "/open", "/search", "/thinking maybe"):
        with pytest.raises(CommandMisused, match=line.split()[0]):
            obey(talk, line)


def test_a_fork_leaves_the_first_conversation_alone(begin, home: Path):
    talk = begin()
    obey(talk, "say one")
    first = talk.conversation
    obey(talk, "/fork")
    assert talk.conversation != first
    obey(talk, "say two")
    assert shown(talk) == ["say one", "one ", "say two", "two "]
    assert [message.text for message in talk.chats.branch(first).messages] == ["say one", "one "]


def test_what_is_said_once_holds_before_and_after_the_first_message(begin, told):
    talk = begin("--system", "Be brief.")
    obey(talk, "/notes I am Ada.")
    obey(talk, "say hello")
    assert (talk.now().system, talk.now().notes) == ("Be brief.", "I am Ada.")
    obey(talk, "/system -")
    obey(talk, "/notes She is gone.")
    obey(talk, "/title The harbour")
    obey(talk, "/pin")
    now = talk.now()
    assert (now.system, now.notes, now.title, now.pinned) == ("", "She is gone.", "The harbour", True)
    told()
    obey(talk, "/notes")
    obey(talk, "/title")
    obey(talk, "/system")
    assert told() == "She is gone.\nThe harbour\nNothing is said there.\n"
    obey(talk, "/new")
    assert (talk.conversation, talk.now().notes) == ("", "She is gone.")


def test_conversations_are_listed_found_and_opened(begin, told):
    talk = begin()
    for words in ("say red sails", "say a tower"):
        obey(talk, words)
        obey(talk, "/new")
    told()
    obey(talk, "/list")
    assert [line[6:] for line in told().splitlines()[:2]] == ["say a tower", "say red sails"]
    obey(talk, "/search sails")
    assert "1  say red sails" in told()
    obey(talk, "/open 1")
    assert "› say red sails\n\nred sails" in told()
    assert shown(talk)[0] == "say red sails"
    obey(talk, "/open say a tower")
    assert shown(talk)[0] == "say a tower"
    with pytest.raises(NotFound):
        obey(talk, "/open 7")


def test_files_go_with_the_next_message_alone(begin, told, tmp_path: Path):
    (tmp_path / "notes.txt").write_text("红帆", "utf-16")
    talk = begin()
    with pytest.raises(DocumentUnopened):
        obey(talk, f"/attach {tmp_path / 'gone'}")
    obey(talk, f"/attach '{tmp_path / 'notes.txt'}'")
    obey(talk, "say one")
    obey(talk, "say two")
    first, _, second, _ = talk.chats.branch(talk.conversation).messages
    assert [one.text for one in first.attachments] == ["红帆"] and second.attachments == ()
    obey(talk, f"/attach {tmp_path / 'notes.txt'}")
    obey(talk, "/attach -")
    told()
    obey(talk, "/attach")
    assert told() == "Nothing is attached.\n"


def test_a_persona_is_chosen_by_its_name_and_left(begin, runner: Runner, told):
    keeper = Persona(
        id="", name="Keeper", system="You keep a light.", examples=(Example(user="a", assistant="b"),)
    )
    kept = runner.outcome(runner.session.personas.save(keeper))
    runner.outcome(runner.session.chat_presets.save("Calm", Sampling(temperature=0.2)))
    talk = begin("--persona", "keeper", "--preset", "calm", "--temperature", "0.5")
    assert talk.sampling.temperature == 0.5
    obey(talk, "say ahoy")
    assert talk.now().persona == kept
    told()
    obey(talk, "/persona")
    assert told() == "*  Keeper\n"
    obey(talk, "/persona -")
    obey(talk, "/preset Calm")
    obey(talk, "say more")
    assert (talk.now().persona, talk.sampling.temperature) == (None, 0.2)
    again = begin("--continue", "--system", "Be loud.", "--persona", "keeper")
    assert (again.conversation, again.now().system) == (talk.conversation, "Be loud.")
    assert again.now().persona == kept
    assert begin("--continue").now().system == "Be loud."
    assert begin("--continue", "--system", "").now().system == ""
    with pytest.raises(NotFound):
        begin("--persona", "nobody")


def test_templates_are_filled_in(begin, told):
    talk = begin()
    obey(talk, "/translate language=French 早上好")
    assert shown(talk)[0].endswith("Answer with the translation alone.\n\n早上好")
    assert "into French" in shown(talk)[0]
    told()
    obey(talk, "/templates")
    assert "/brainstorm" in told()


def test_sampling_is_set_value_by_value(begin, told):
    talk = begin()
    for line in ("temperature 0.5", "max-tokens 20", "stop a b | c", "banned as an AI", "XTC 0.3", "seed 7"):
        obey(talk, f"/set {line}")
    assert talk.sampling == Sampling(
        temperature=0.5,
        max_new_tokens=20,
        stop=("a b", "c"),
        banned=("as an AI",),
        xtc_probability=0.3,
        seed=7,
    )
    for line in ("temperature banana", "top-k 0.5", "seed x"):
        with pytest.raises(SettingUnreadable) as caught:
            obey(talk, f"/set {line}")
        assert " from 0 to " in caught.value.params["allowed"]
    with pytest.raises(SettingUnknown, match="speed"):
        obey(talk, "/set speed 3")
    told()
    obey(talk, "/set temperature")
    assert told() == "temperature  0.5  a number from 0 to 5\n"
    with pytest.raises(ValueOutOfRange):
        obey(talk, "/set temperature 9")
    obey(talk, "/set temperature auto")
    obey(talk, "/thinking off")
    obey(talk, "/thinking show")
    assert (talk.sampling.temperature, talk.sampling.thinking, talk.thinking) == (None, "off", True)
    told()
    obey(talk, "/set")
    obey(talk, "/thinking")
    said = told()
    assert "stop             a b | c" in said and "temperature      auto" in said
    assert "off, shown" in said


@pytest.mark.parametrize(
    "line", ["/again", "/continue", "/edit x", "/take 1", "/fork", "/pin", "/compact", "/title x"]
)
def test_before_the_first_message_there_is_nothing_to_change(begin, line: str):
    with pytest.raises(NothingSaid):
        obey(begin(), line)


def test_older_messages_are_summed_up_to_the_last(begin, told):
    """In several stretches, for they do not fit the model at once."""
    talk = begin()
    for _ in range(6):
        obey(talk, "words " * 1000)
    told()
    obey(talk, "/compact")
    summaries = talk.chats.branch(talk.conversation).summaries
    assert len(summaries) > 1
    assert all(one.state == "complete" for one in summaries.values())
    assert told().count("in the place of the older messages") == 1
    assert talk.chats.compaction_after("any") == ""


def test_thoughts_are_told_apart_in_whatever_pieces_they_come():
    text = "<think>a < b\n</think>\n\nIt is <b>. <think>"
    for size in range(1, len(text)):
        thoughts, said = Thoughts(), ["", ""]
        for start in range(0, len(text), size):
            for piece, inside in thoughts.split(text[start : start + size]):
                said[inside] += piece
        for piece, inside in thoughts.rest():
            said[inside] += piece
        assert said == ["It is <b>. ", "a < b\n"]
    assert parted(text) == ("It is <b>. ", "a < b")


def test_thoughts_are_faint_on_a_terminal_and_harmless_anywhere(capfd, monkeypatch):
    output = Output(json=False)
    output.thought("so\x1b[0m")
    monkeypatch.setattr(Output, "dims", True)
    output.thought("so\x1b[0m")
    assert capfd.readouterr().out == "so\ufffd[0m\x1b[2mso\ufffd[0m\x1b[22m"


def test_of_several_answers_the_first_is_shown_at_once():
    seen: list[tuple[str, bool]] = []
    answers = Answers(lambda text, inside: seen.append((text, inside)))
    answers.begin("job")
    for name in ("m1", "m2"):
        answers.on_message(
            Message(id=name, conversation="c", parent=None, role="assistant", text="", created=0, job="job")
        )
    for name, text in (("m2", "two"), ("m1", "one <thi"), ("m3", "other")):
        answers.on_tokens(TokensAdded(conversation="c", message=name, text=text, count=1))
    answers.end()
    assert seen == [("one ", False), ("<thi", False)]
    assert answers.all == [("one <thi", ""), ("two", "")]


def test_a_program_gets_takes_and_files_are_read_first(studio: Studio, home: Path, tmp_path: Path):
    (tmp_path / "a.md").write_text("# Harbour")
    Image.new("RGB", (8, 8)).save(picture := io.BytesIO(), "PNG")
    (tmp_path / "b.png").write_bytes(picture.getvalue())
    files = ["--attach", str(tmp_path / "a.md"), "--attach", str(tmp_path / "b.png")]
    told = studio("chat", "say one", *files, "--takes", "3", "--json").object
    assert len(told["takes"]) == 3 and told["takes"][0] == told["text"]
    [branch] = conversations(home)
    assert [one.name for one in branch.messages[0].attachments] == ["a.md", "b.png"]
    assert studio("chat", "say two", "--continue").out == "two \n"
    assert len(conversations(home)) == 1 and texts(conversations(home)[0])[-1] == "two "


def test_what_cannot_be_read_is_told_and_nothing_is_said(studio: Studio, home: Path, tmp_path: Path):
    (tmp_path / "x.bin").write_bytes(b"\x7fELF\x00\x01")
    for words, code in (
        (["--attach", str(tmp_path / "x.bin")], "document_unsupported"),
        (["--takes", "0"], "wrong_usage"),
    ):
        said = studio("chat", "hello", *words, "--json")
        assert (said.code, said.object["code"]) == (2, code)
    assert conversations(home) == []


def test_thoughts_go_to_a_pipe_only_where_they_are_wanted(studio: Studio):
    message = "say <think> so </think> yes"
    assert studio("chat", message).out == "yes \n"
    told = studio("chat", message, "--thinking", "--json").object
    assert (told["text"], told["thinking"]) == ("yes ", "so")
