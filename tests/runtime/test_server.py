"""A model of a server on this machine, answered through the same messages as every other."""

import threading
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.core.errors import ContextFull, ServerCut, ServerLacksModel
from studio.core.jobs import ReadContext, Reply
from studio.core.messages import ContextRead, FromWorker, Phase, Result, Stage, TakeEnded, Tokens
from studio.core.sampling import Sampling
from studio.core.servers import server_model
from studio.core.turns import AttachedText, ChatTurn
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import server as family
from studio.runtime.residency import LoadContext
from tests.catalog.servers.local_server import WORDS, Handler, LocalServer, endless, running, silent, speaking
from tests.runtime.told import tokens_in

pytestmark = pytest.mark.hub
TURNS = (ChatTurn("system", "Be brief."), ChatTurn("user", "hello 你好"))


def answer(
    server: LocalServer,
    sampling: Sampling | None = None,
    desk: Desk | None = None,
    turns: tuple[ChatTurn, ...] = TURNS,
    software: str = "",
    sees: bool = False,
    **more: Any,
) -> Result:
    spec = server_model(server.address, "qwen3:1.7b", software=software, sees=sees)
    desk = desk or Desk("job", Path(), [].append)
    job = Reply(
        id="job",
        model=spec,
        conversation="c",
        message="m",
        turns=turns,
        sampling=sampling or Sampling(),
        **more,
    )
    loaded = family.load(spec, LoadContext(desk, 1 << 40))
    assert loaded.size_bytes == 0
    return family.reply(loaded, job, desk)


def test_an_answer_is_streamed_with_its_figures() -> None:
    sent = list[FromWorker]()
    with running() as server:
        result = answer(server, desk=Desk("job", Path(), sent.append))
    assert (result.text, result.finish) == ("".join(WORDS), "stop")
    assert "".join(one.text for one in sent if isinstance(one, Tokens)) == result.text
    stages = [one.stage for one in sent if isinstance(one, Phase)]
    assert list(dict.fromkeys(stages)) == [Stage.READING, Stage.WRITING]
    figures = result.figures
    assert (figures.prompt_tokens, figures.cached_tokens, figures.tokens) == (12, 7, 5)


def test_the_server_is_asked_for_what_was_wished_and_for_nothing_else() -> None:
    with running() as server:
        answer(server)
        wishes = Sampling(
            temperature=0.5, top_p=0.9, top_k=40, min_p=0.05, repetition_penalty=1.1, max_new_tokens=99,
            stop=("END",), seed=2**64 - 1,
        )  # fmt: skip
        answer(server, wishes)
    plain, wished = server.asked
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hello 你好"},
    ]
    always = {
        "model": "qwen3:1.7b",
        "stream": True,
        "stream_options": {"include_usage": True},
        "messages": messages,
    }
    assert plain == always | {"max_tokens": 4096}
    assert wished == always | {
        "max_tokens": 99,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "min_p": 0.05,
        "repeat_penalty": 1.1,
        "stop": ["END"],
        "seed": 2**31 - 1,
    }


class StopAt(threading.Event):
    """Set once the job has come so far."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.desk: Desk | None = None
        self.looks = 5

    def is_set(self) -> bool:
        if self.desk and self.desk.stage == self.stage:
            self.looks -= 1
        return self.looks < 0


@pytest.mark.parametrize(("script", "stage"), [(silent, Stage.READING), (endless, Stage.WRITING)])
def test_a_stop_hangs_up_at_once(script, stage: Stage) -> None:
    stop = StopAt(stage)
    stop.desk = desk = Desk("job", Path(), [].append, stop)
    with running(post=script) as server:
        with pytest.raises(Stopped):
            answer(server, desk=desk)
        assert script is silent or server.hung_up.wait(10)
    assert bool(desk.text) == (stage == Stage.WRITING)
    assert (desk.final_figures().tokens > 0) == (stage == Stage.WRITING)


def test_a_server_that_never_ends_is_not_listened_to_for_ever() -> None:
    with running(post=endless) as server:
        result = answer(server, Sampling(max_new_tokens=3))
    assert result.finish == "length" and len(result.text) <= 3 * family.MOST_CHARACTERS

    def much(handler: Handler) -> None:
        handler.begin()
        while True:
            handler.say("x" * 100_000)

    with running(post=much) as server:
        assert len(answer(server, Sampling(max_new_tokens=3)).text) == 3 * family.MOST_CHARACTERS

    def nothing_but_events(handler: Handler) -> None:
        handler.begin()
        while True:
            handler.say("")

    with running(post=nothing_but_events) as server:
        assert answer(server, Sampling(max_new_tokens=3)).text == ""


def test_thoughts_come_in_marks_as_other_models_write_them() -> None:
    def thinking(handler: Handler) -> None:
        handler.begin()
        handler.say("", reasoning_content="Hm")
        handler.say("", reasoning_content=", yes.")
        handler.say("Yes", reasoning="(LM Studio's name)", content=None)
        handler.say("Yes.")
        handler.done()

    with running(post=thinking) as server:
        result = answer(server)
    assert result.text == "<think>\nHm, yes.(LM Studio's name)\n</think>\n\nYes."


def test_an_answer_that_breaks_off_keeps_what_was_said() -> None:
    def cut(handler: Handler) -> None:
        handler.begin()
        handler.say("half")

    desk = Desk("job", Path(), [].append)
    with running(post=cut) as server, pytest.raises(ServerCut):
        answer(server, desk=desk)
    assert (desk.text, desk.final_figures().tokens) == ("half", 1)


def test_a_model_that_is_gone_is_named() -> None:
    gone = {"error": {"message": "no"}}
    with (
        running(post=lambda handler: handler.json(gone, 404)) as server,
        pytest.raises(ServerLacksModel) as caught,
    ):
        answer(server)
    assert caught.value.params["model"] == "qwen3:1.7b"


def test_the_oldest_turns_go_where_the_server_says_that_all_do_not_fit() -> None:
    limit = 40  # characters, each a token to this server

    def strict(handler: Handler) -> None:
        count = sum(len(turn["content"]) for turn in handler.server.asked[-1]["messages"])
        if count > limit:
            full = {"type": "exceed_context_size_error", "n_prompt_tokens": count, "n_ctx": limit}
            handler.json({"error": full}, 400)
        else:
            speaking(handler)

    turns = [ChatTurn("system", "Be brief.")]
    for number in range(5):
        turns += [ChatTurn("user", f"question {number}"), ChatTurn("assistant", f"answer {number}")]
    turns.append(ChatTurn("user", "and?", message="last"))
    with running(post=strict) as server:
        result = answer(server, turns=tuple(turns))
        assert [(note.code, note.params) for note in result.notes] == [
            ("messages_dropped", {"count": 10, "first": "last"})
        ]
        assert server.asked[-1]["messages"] == [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "and?"},
        ]
        with pytest.raises(ContextFull):
            answer(server, turns=(*turns[:-1], ChatTurn("user", "x" * 99)))


def notes(result: Result) -> list[tuple[str, object]]:
    return [(note.code, next(iter(note.params.values()), None)) for note in result.notes]


def test_files_and_what_stands_before_a_conversation_are_read_as_text() -> None:
    turns = (
        ChatTurn("system", "You are Ada.", block="persona"),
        ChatTurn("system", "Be brief.", block="system"),
        ChatTurn("user", "sum it up", files=(AttachedText("a.md", "# One\n```\nx\n```"),)),
    )
    with running() as server:
        answer(server, turns=turns)
    [asked] = server.asked
    assert asked["messages"] == [
        {"role": "system", "content": "You are Ada.\n\nBe brief."},
        {"role": "user", "content": "a.md:\n````\n# One\n```\nx\n```\n````\n\nsum it up"},
    ]


def test_pictures_go_to_models_that_see_and_are_told_of_others(tmp_path: Path) -> None:
    Image.new("RGB", (30, 20), "red").save(tmp_path / "red.png")
    turns = (ChatTurn("user", "what?", pictures=(str(tmp_path / "red.png"), str(tmp_path / "gone.png"))),)
    with running() as server:
        seen = answer(server, turns=turns, sees=True)
        blind = answer(server, turns=turns)
    picture, words = server.asked[0]["messages"][0]["content"]
    assert picture["image_url"]["url"].startswith("data:image/jpeg;base64,/9j/")
    assert words == {"type": "text", "text": "what?"}
    assert server.asked[1]["messages"] == [{"role": "user", "content": "what?"}]
    assert notes(seen) == [("pictures_gone", 1)] and notes(blind) == [("pictures_unread", 2)]


def test_an_answer_goes_on_where_the_server_can_and_else_that_is_told() -> None:
    with running() as server:
        sure = answer(server, software="Ollama", begun="Once upon")
        unsure = answer(server, begun="Once upon")
    assert [asked["messages"][-1] for asked in server.asked] == 2 * [
        {"role": "assistant", "content": "Once upon"}
    ]
    assert notes(sure) == [] and notes(unsure) == [("begun_unsure", None)]


def test_several_answers_come_one_after_another_with_seeds_of_their_own() -> None:
    sent = list[FromWorker]()
    with running() as server:
        result = answer(server, Sampling(seed=7), Desk("job", Path(), sent.append), takes=("second", "third"))
    assert [asked["seed"] for asked in server.asked] == [7, 8, 9]
    texts = dict.fromkeys(range(3), "")
    for one in tokens_in(sent):
        texts[one.take] += one.text
    assert set(texts.values()) == {result.text} == {"".join(WORDS)}
    assert [(one.take, one.finish) for one in sent if isinstance(one, TakeEnded)] == [
        (0, "stop"),
        (1, "stop"),
    ]
    assert result.figures.tokens == 15


def test_a_program_is_asked_for_what_it_takes_and_the_rest_is_told() -> None:
    wishes = Sampling(
        temperature=0.5, top_k=9, dry_multiplier=0.8, xtc_probability=0.5, banned=("tapestry",),
        thinking="off", thinking_budget=50,
    )  # fmt: skip
    with running() as server:
        told = {name: notes(answer(server, wishes, software=name)) for name in ("llama-server", "Ollama")}
    every, few = server.asked
    assert every["dry_multiplier"] == 0.8 and every["thinking_budget_tokens"] == 50
    assert every["chat_template_kwargs"] == {"enable_thinking": False}
    assert few["temperature"] == 0.5 and few["reasoning_effort"] == "none"
    assert not {"top_k", "dry_multiplier", "xtc_probability"} & few.keys()
    assert told["llama-server"] == [("sampling_unused", "banned")]
    assert [name for _, name in told["Ollama"]] == [
        "top_k", "dry_multiplier", "xtc_probability", "thinking_budget", "banned",
    ]  # fmt: skip


def test_what_an_answer_reads_is_thought_to_be_about_so_much() -> None:
    spec = server_model("127.0.0.1:1", "m", sees=True, context_length=2000)
    turns = (
        ChatTurn("system", "x" * 400, block="system"),
        ChatTurn("user", "你好世界。" * 30, message="a", pictures=("/p.png",)),
    )
    sent = list[FromWorker]()
    job = ReadContext(id="job", model=spec, conversation="c", turns=turns, ahead=True)
    loaded = family.load(spec, LoadContext(Desk("job", Path(), sent.append), 0))
    family.read_context(loaded, job, Desk("job", Path(), sent.append))
    [read] = [one.use for one in sent if isinstance(one, ContextRead)]
    assert [(turn.tokens, turn.pictures) for turn in read.turns] == [(100, 0), (100, 1000)]
    assert (read.total, read.limit, read.room, read.exact) == (1200, 2000, 800, False)


def test_what_is_kept_is_never_left_out_and_is_told_from_where_it_is_read() -> None:
    def strict(handler: Handler) -> None:
        if len(handler.server.asked[-1]["messages"]) > 4:
            full = {"type": "exceed_context_size_error", "n_prompt_tokens": 60, "n_ctx": 40}
            handler.json({"error": full}, 400)
        else:
            speaking(handler)

    turns = (
        ChatTurn("system", "Be brief.", block="system"),
        ChatTurn("user", "pinned", block="pinned", message="p"),
        ChatTurn("assistant", "pinned too", block="pinned", message="q"),
        *(ChatTurn("user", f"question {number}", message=str(number)) for number in range(5)),
    )
    with running(post=strict) as server:
        result = answer(server, turns=turns)
    said = [one["content"] for one in server.asked[-1]["messages"]]
    assert said == ["Be brief.", "pinned", "pinned too", "question 4"]
    assert result.notes[0].params == {"count": 4, "first": "4"}
