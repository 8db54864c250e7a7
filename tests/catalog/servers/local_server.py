"""A server on 127.0.0.1 that answers as llama-server, Ollama and LM Studio do, or misbehaves as told."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WORDS = ("Hello", " there", ", 你好", " 👋", "!")
Script = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """One request, played by the server's script for its path."""

    protocol_version = "HTTP/1.1"
    server: "LocalServer"

    def do_GET(self) -> None:
        self._play(self.server.get)

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(json.loads(self.body))
        self._play(self.server.post)

    def _play(self, script: Script) -> None:
        self.server.requests.append((self.command, self.path, dict(self.headers)))
        self.close_connection = True
        try:
            script(self)
        except OSError:  # hung up on
            self.server.hung_up.set()

    def log_message(self, *_: Any) -> None:
        """Not on stderr."""

    # What scripts are made of.

    def json(self, value: object, status: int = 200, **headers: str) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def begin(self) -> None:
        """The head of a stream of chunks."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def event(self, value: object) -> None:
        self.chunk(b"data: " + (value if isinstance(value, bytes) else json.dumps(value).encode()) + b"\n\n")

    def say(self, text: str, **more: Any) -> None:
        self.event({"choices": [{"index": 0, "delta": {"content": text} | more, "finish_reason": None}]})

    def done(self, reason: str = "stop", **usage: Any) -> None:
        self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        if usage:
            self.event({"choices": [], "usage": usage})
        self.event(b"[DONE]")
        self.chunk(b"")


class LocalServer(ThreadingHTTPServer):
    """Attributes:
    get, post: what is done with a request.
    asked: the bodies of the questions, in order.
    requests: method, path and headers of each.
    hung_up: set when a client has closed the connection while it was written to.
    closing: set when the test is over.
    """

    daemon_threads = False

    def __init__(self, get: Script, post: Script) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.get, self.post = get, post
        self.asked: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.hung_up, self.closing = threading.Event(), threading.Event()
        self.address = f"127.0.0.1:{self.server_port}"


def listing(handler: Handler) -> None:
    """As llama-server lists its one model."""
    meta = {"n_params": 1_720_574_976, "n_ctx_train": 40960}
    handler.json(
        {
            "object": "list",
            "data": [{"id": "/models/Qwen3-1.7B-Q4_K_M.gguf", "owned_by": "llamacpp", "meta": meta}],
        }
    )


def speaking(handler: Handler) -> None:
    handler.begin()
    handler.chunk(b": a comment\n\n")
    handler.event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": None}}]})
    for word in WORDS:
        handler.say(word)
    handler.done(prompt_tokens=12, completion_tokens=len(WORDS), prompt_tokens_details={"cached_tokens": 7})


def endless(handler: Handler) -> None:
    handler.begin()
    while not handler.server.closing.wait(0.005):
        handler.say("on and ")


def silent(handler: Handler) -> None:
    handler.server.closing.wait()


@contextmanager
def running(get: Script = listing, post: Script = speaking) -> Iterator[LocalServer]:
    server = LocalServer(get, post)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
