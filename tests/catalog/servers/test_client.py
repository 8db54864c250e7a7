"""A server's answers, good and bad: real HTTP on loopback, every failure a sentence."""

import socket
from collections.abc import Callable

import pytest

from studio.catalog.servers import client
from studio.catalog.servers.client import Event, Server
from studio.core.errors import (
    ContextFull,
    ServerBusy,
    ServerCut,
    ServerElsewhere,
    ServerFailed,
    ServerIncomprehensible,
    ServerLacksModel,
    ServerSilent,
)
from studio.core.model import Ability, Kind
from tests.catalog.servers.local_server import WORDS, Handler, running, silent

pytestmark = pytest.mark.hub
MODEL = "/models/Qwen3-1.7B-Q4_K_M.gguf"


def answer(address: str, check: Callable[[], None] = lambda: None) -> list[Event]:
    return list(Server(address, check).answer(MODEL, {"messages": []}))


def test_models_are_listed_with_what_the_server_tells_of_them():
    with running() as server:
        state = Server(server.address).models()
    [model] = state.models
    assert state.software == "llama-server" and not state.code
    assert model.id == f"server/{server.address}/{MODEL}" and model.name == "Qwen3-1.7B-Q4_K_M"
    assert (model.family, model.source, model.kind) == ("server", "server", Kind.TEXT)
    assert (model.abilities, model.parameters) == ((Ability.REPLY,), 1_720_574_976)
    [(method, path, headers)] = server.requests
    assert (method, path, headers["Host"]) == ("GET", "/v1/models", server.address)


def test_names_that_are_no_names_are_left_out_and_what_finds_does_not_write():
    names = ["good", "", "x" * 2000, "a\x07b", "text-embedding-nomic"]
    with running(lambda handler: handler.json({"data": [{"id": name} for name in names]})) as server:
        state = Server(server.address).models()
    assert [model.name for model in state.models] == ["good", "text-embedding-nomic"]
    assert [model.abilities for model in state.models] == [(Ability.REPLY,), ()]


def test_models_that_see_and_think_are_told_from_others_by_each_program() -> None:
    def llama_server(handler: Handler) -> None:
        able = [{"name": "a", "capabilities": ["completion", "multimodal"]}]
        one = {"id": "a", "owned_by": "llamacpp", "meta": {"n_ctx": 8192}}
        other = {"id": "b", "owned_by": "llamacpp", "architecture": {"input_modalities": ["text", "image"]}}
        handler.json({"models": able, "data": [one, other, {"id": "c", "owned_by": "llamacpp"}]})

    def ollama(handler: Handler) -> None:
        if handler.path == "/api/show":
            sees = handler.server.asked[-1] == {"model": "a"}
            handler.json({"capabilities": ["completion", "vision", "thinking"] if sees else ["completion"]})
        else:
            handler.json({"data": [{"id": one, "owned_by": "library"} for one in "ac"]})

    def lm_studio(handler: Handler) -> None:
        if handler.path == "/api/v0/models":
            sees = {"id": "a", "type": "vlm", "loaded_context_length": 4096}
            handler.json({"data": [sees, {"id": "c", "type": "llm"}]})
        else:
            handler.json({"data": [{"id": one, "owned_by": "organization_owner"} for one in "ac"]})

    def old(handler: Handler) -> None:
        if handler.path == "/v1/models":
            handler.json({"data": [{"id": "c", "owned_by": "library"}]})
        else:
            handler.json({}, 404)

    seeing, lengths, thinking = {}, {}, {}
    for script in (llama_server, ollama, lm_studio, old):
        with running(script, script) as server:
            models = Server(server.address).models().models
        seeing[script] = {one.name for one in models if Ability.SEE in one.abilities}
        lengths[script] = {one.context_length for one in models} - {None}
        thinking[script] = {one.name: one.thinks for one in models}
        assert all(one.kind is Kind.VISION for one in models if one.name in seeing[script])
    assert list(seeing.values()) == [{"a", "b"}, {"a"}, {"a"}, set()]
    assert list(lengths.values()) == [{8192}, set(), {4096}, set()]
    unknown, nothing = dict.fromkeys("abc"), {"a": (), "c": ()}
    assert list(thinking.values()) == [unknown, {"a": ("on", "off"), "c": ()}, nothing, {"c": None}]


def test_an_answer_comes_event_by_event_and_ends_with_its_usage():
    with running() as server:
        events = answer(server.address)
    assert "".join(event.text for event in events) == "".join(WORDS)
    assert [event.finish for event in events if event.finish] == ["stop"]
    usage = events[-1].usage
    assert usage and (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens) == (12, 5, 7)
    assert server.asked == [{"model": MODEL, "stream": True, "messages": []}]


def test_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.1:3128")
    with running() as server:
        assert answer(server.address.replace("127.0.0.1", "localhost"))


def status(number: int, error: object = None, **headers: str) -> Callable[[Handler], None]:
    return lambda handler: handler.json({"error": error} if error else {}, number, **headers)


def cut_in_a_chunk(handler: Handler) -> None:
    handler.begin()
    handler.say("half")
    handler.wfile.write(b"100\r\ndata: {")


def cut_between(handler: Handler) -> None:
    handler.begin()
    handler.say("half")
    handler.chunk(b"")


def reset(handler: Handler) -> None:
    handler.begin()
    handler.say("half")
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def event(data: bytes) -> Callable[[Handler], None]:
    def script(handler: Handler) -> None:
        handler.begin()
        handler.event(data)
        handler.chunk(b"")

    return script


def endless_line(handler: Handler) -> None:
    handler.begin()
    handler.chunk(b"data: ")
    while True:
        handler.chunk(b"x" * 65536)


def raw(data: bytes) -> Callable[[Handler], None]:
    return lambda handler: (handler.wfile.write(data), handler.wfile.flush())[0]


BAD = {
    "404": (status(404, {"message": "model not found"}), ServerLacksModel),
    "500": (status(500, {"message": "CUDA\nerror"}), ServerFailed),
    "500 text": (status(500, "out of memory"), ServerFailed),
    "500 nonsense": (raw(b"HTTP/1.1 500 X\r\nContent-Length: 3\r\n\r\n\xff{["), ServerFailed),
    "401": (status(401, {"message": "Invalid API Key"}), ServerFailed),
    "503": (status(503, {"message": "Loading model", "type": "unavailable_error"}), ServerBusy),
    "full": (
        status(400, {"type": "exceed_context_size_error", "message": "", "n_prompt_tokens": 9, "n_ctx": 4}),
        ContextFull,
    ),
    "redirect": (status(307, Location="http://192.0.2.1/"), ServerFailed),
    "cut in a chunk": (cut_in_a_chunk, ServerCut),
    "cut between": (cut_between, ServerCut),
    "reset": (reset, ServerCut),
    "nothing": (raw(b""), ServerCut),
    "not http": (raw(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"), ServerIncomprehensible),
    "long head": (raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"), ServerIncomprehensible),
    "many heads": (raw(b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 500 + b"\r\n"), ServerIncomprehensible),
    "chunk of words": (
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n"),
        ServerCut,
    ),
    "no json": (event(b"<html>"), ServerIncomprehensible),
    "half a json": (event(b'{"choices": [{"delta"'), ServerIncomprehensible),
    "other json": (event(b'{"choices": "many"}'), ServerIncomprehensible),
    "deep json": (event(b"[" * 100_000), ServerIncomprehensible),
    "half a character": (event(b'{"choices":[{"delta":{"content":"\\ud83d"}}]}'), ServerIncomprehensible),
    "error in the stream": (event(b'{"error": {"message": "slot failed", "code": 500}}'), ServerFailed),
    "loading in the stream": (event(b'{"error": {"message": "x", "code": 503}}'), ServerBusy),
    "endless line": (endless_line, ServerIncomprehensible),
}


@pytest.mark.parametrize("case", BAD)
def test_whatever_goes_wrong_is_a_sentence(case: str):
    script, expected = BAD[case]
    with running(post=script) as server, pytest.raises(expected) as caught:
        answer(server.address)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600


def test_a_server_that_trickles_bytes_and_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client, "FIRST_SECONDS", 0.3)

    def loris(handler: Handler) -> None:
        handler.begin()
        while not handler.server.closing.wait(0.02):
            handler.chunk(b":")

    def slow_head(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not handler.server.closing.wait(0.02):
            handler.wfile.write(b"X: x\r\n")

    for script in (loris, slow_head, silent):
        with running(post=script) as server, pytest.raises(ServerSilent):
            answer(server.address)


def test_where_nothing_listens_is_told_and_another_machine_is_never_reached():
    with running() as server:
        address = server.address
    with pytest.raises(ServerSilent):
        answer(address)
    with pytest.raises(ServerElsewhere):
        answer("192.0.2.1:80")


def test_what_the_check_raises_leaves_at_once_and_hangs_up():
    class Enough(Exception):
        pass

    looks = iter(range(3))

    def check() -> None:
        if next(looks, None) is None:
            raise Enough

    with running(post=silent) as server, pytest.raises(Enough):
        answer(server.address, check)


def test_an_answer_that_is_left_is_hung_up():
    def endless(handler: Handler) -> None:
        handler.begin()
        while True:
            handler.say("x" * 10_000)

    with running(post=endless) as server:
        events = Server(server.address).answer(MODEL, {})
        assert next(events).text
        events.close()
        assert server.hung_up.wait(10)


def test_the_end_may_go_unsaid_once_the_answer_is_finished():
    def script(handler: Handler) -> None:
        handler.begin()
        handler.say("yes")
        handler.event({"choices": [{"delta": {}, "finish_reason": "length"}]})
        handler.chunk(b"")

    with running(post=script) as server:
        assert [one.finish for one in answer(server.address)] == ["", "length"]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (status(404), ServerIncomprehensible),
        (status(500), ServerFailed),
        (status(503), ServerBusy),
        (raw(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"data": ['), ServerIncomprehensible),
        (lambda handler: handler.json({"data": "all"}), ServerIncomprehensible),
        (lambda handler: handler.json([]), ServerIncomprehensible),
    ],
)
def test_a_list_that_is_none_is_a_sentence(script: Callable[[Handler], None], expected: type[Exception]):
    with running(get=script) as server, pytest.raises(expected):
        Server(server.address).models()


def test_a_list_without_models_is_one():
    with running(get=lambda handler: handler.json({"object": "list", "data": None})) as server:
        assert Server(server.address).models().models == ()
