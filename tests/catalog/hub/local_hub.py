"""A hub of the tests' own: real HTTP on 127.0.0.1, a second server for large files, and faults by script.

Answers as huggingface.co does: `/api/models/<repository>/revision/<revision>`, `/api/models?search=`,
`/<repository>/resolve/<commit>/<file>`, `/api/whoami-v2`; small files come at once, large ones by a redirect
to the other host.
"""

import hashlib
import json
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

BLOCK = 64 << 10
LARGE = (".safetensors", ".gguf", ".bin")


@dataclass(frozen=True)
class Status:
    """The request is answered by this status, and by nothing of a hub."""

    code: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Cut:
    """The body ends after so many bytes, though more were announced."""

    after: int


@dataclass(frozen=True)
class Stall:
    """Nothing comes after so many bytes, until the hub closes."""

    after: int


@dataclass(frozen=True)
class Wrong:
    """The first byte of the body is another."""


@dataclass(frozen=True)
class Whole:
    """The range that was asked for is not heeded."""


@dataclass(frozen=True)
class Page:
    """Another page in the place of the file, as a proxy shows that wants one to log in."""

    text: bytes = b"<html>Log in</html>"


@dataclass(frozen=True)
class Guided:
    """`ahead(sent)` is asked before each block; while it is true, the block waits."""

    ahead: Callable[[int], bool]


Fault = Status | Cut | Stall | Wrong | Whole | Page | Guided


@dataclass
class Asked:
    """One request, and how many bytes of a file went out for it."""

    path: str
    token: str | None
    start: int = 0
    sent: int = 0


class LocalHub:
    """Attributes:
    repositories: for each name its commits (files by name), and `refs` from branch to commit.
    faults: by a file's name, or a path of the interface; each request takes the next, the last one stays if
        it stands in `lasting`.
    accounts: names by token; another token is refused, whatever it asks for.
    gated: repositories that only an account may see.
    asked, fetched: requests to the hub, and to the host of large files.
    """

    def __init__(self) -> None:
        self.commits: dict[str, dict[str, dict[str, bytes]]] = {}
        self.refs: dict[str, dict[str, str]] = {}
        self.faults: dict[str, list[Fault]] = {}
        self.lasting: dict[str, Fault] = {}
        self.found: list[dict[str, Any]] = []
        self.names: dict[str, dict[str, Any]] = {}  # fields of the listing that are not as they should be
        self.accounts: dict[str, str] = {}
        self.gated: set[str] = set()
        self.asked: list[Asked] = []
        self.fetched: list[Asked] = []
        self.closing = threading.Event()
        self._contents: dict[str, tuple[str, bytes]] = {}
        self._servers = [_Server(self, _Hub), _Server(self, _Store)]
        self.url, self.store = (server.url for server in self._servers)

    def add(self, repository: str, files: dict[str, bytes], branch: str = "main") -> str:
        """A commit with these files, which the branch stands for from now on."""
        commits = self.commits.setdefault(repository, {})
        commit = hashlib.sha1(f"{repository} {branch} {len(commits)}".encode()).hexdigest()
        commits[commit] = files
        self.refs.setdefault(repository, {})[branch] = commit
        self._contents |= {etag_of(name, content): (name, content) for name, content in files.items()}
        return commit

    def fault(self, name: str) -> Fault | None:
        waiting = self.faults.get(name)
        return waiting.pop(0) if waiting else self.lasting.get(name)

    def content(self, etag: str) -> tuple[str, bytes]:
        return self._contents[etag]

    def sent(self, name: str) -> int:
        """Bytes of a large file that went out in all."""
        return sum(asked.sent for asked in self.fetched if asked.path == name)

    def close(self) -> None:
        self.closing.set()
        for server in self._servers:
            server.end()


def etag_of(name: str, content: bytes) -> str:
    if name.endswith(LARGE):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, hub: LocalHub, handler: type["_Handler"]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.hub = hub
        self.url = f"http://127.0.0.1:{self.server_port}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.005,))
        self._thread.start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # the client was killed, as it should be
            super().handle_error(request, client_address)

    def server_bind(self) -> None:
        self.socket.setsockopt(6, 1, 1)  # TCP_NODELAY
        super().server_bind()

    def end(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def note(self, where: list[Asked], path: str) -> Asked:
        start = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-")
        asked = Asked(path=path, token=self.headers.get("Authorization"), start=int(start))
        where.append(asked)
        return asked

    def head(self, code: int, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def refuse(self, status: Status) -> None:
        self.head(status.code, {"Content-Length": str(len(status.body)), **status.headers})
        self.wfile.write(status.body)

    def answer_json(self, content: Any) -> None:
        body = json.dumps(content).encode()
        self.head(200, {"Content-Length": str(len(body)), "Content-Type": "application/json"})
        self.wfile.write(body)

    def answer_file(self, content: bytes, fault: Fault | None, asked: Asked, headers: dict[str, str]) -> None:
        if isinstance(fault, Page):
            self.head(200, {"Content-Length": str(len(fault.text)), "Content-Type": "text/html"})
            self.wfile.write(fault.text)
            return None
        start = 0 if isinstance(fault, Whole) else asked.start
        if start >= len(content) > 0:
            return self.refuse(Status(416, {"Content-Range": f"bytes */{len(content)}"}))
        ranged = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        partial = "Range" in self.headers and not isinstance(fault, Whole)
        body = content[start:]
        self.head(
            206 if partial else 200,
            {"Content-Length": str(len(body)), **(ranged if partial else {}), **headers},
        )
        if isinstance(fault, Wrong):
            body = bytes([body[0] ^ 1]) + body[1:]
        if isinstance(fault, Cut | Stall):
            body = body[: fault.after]
        for place in range(0, len(body), BLOCK):
            while isinstance(fault, Guided) and fault.ahead(start + place):
                if self.server.hub.closing.wait(0.001):
                    return None
            block = body[place : place + BLOCK]
            self.wfile.write(block)
            asked.sent += len(block)
        if isinstance(fault, Stall):
            self.server.hub.closing.wait()
        return None


class _Hub(_Handler):
    def do_GET(self) -> None:
        hub, path = self.server.hub, unquote(urlsplit(self.path).path)
        asked = self.note(hub.asked, path)
        if isinstance(fault := hub.fault(path), Status):
            return self.refuse(fault)
        name = hub.accounts.get((asked.token or "").removeprefix("Bearer "))
        if name is None and (asked.token or path == "/api/whoami-v2"):
            return self.refuse(
                Status(401, {"X-Error-Message": "Invalid credentials in Authorization header"})
            )
        if path == "/api/whoami-v2":
            return self.answer_json({"type": "user", "name": name})
        if name is None and any(f"/{one}/" in path for one in hub.gated):
            return self.refuse(Status(401, {"X-Error-Code": "GatedRepo"}))
        if path == "/api/models":
            words = parse_qs(urlsplit(self.path).query)["search"][0]
            return self.answer_json([one for one in hub.found if words in one["id"]])
        if path.startswith("/api/models/"):
            return self._listing(*path.removeprefix("/api/models/").split("/revision/"))
        repository, rest = path[1:].split("/resolve/")
        commit, _, name = rest.partition("/")
        return self._resolve(hub.commits[repository][commit][name], commit, name, asked)

    def _listing(self, repository: str, revision: str) -> None:
        hub = self.server.hub
        commit = hub.refs.get(repository, {}).get(revision, revision)
        if commit not in hub.commits.get(repository, {}):
            known = repository in hub.commits
            return self.refuse(Status(404, {"X-Error-Code": "RevisionNotFound" if known else "RepoNotFound"}))
        siblings = [
            _sibling(name, content) | hub.names.get(name, {})
            for name, content in hub.commits[repository][commit].items()
        ]
        return self.answer_json({"id": repository, "sha": commit, "siblings": siblings, "private": False})

    def _resolve(self, content: bytes, commit: str, name: str, asked: Asked) -> None:
        hub, etag = self.server.hub, etag_of(name, content)
        headers = {"X-Repo-Commit": commit, "ETag": f'"{etag}"'}
        if name.endswith(LARGE):
            linked = {"X-Linked-Etag": f'"{etag}"', "X-Linked-Size": str(len(content)), "Content-Length": "0"}
            return self.head(302, headers | linked | {"Location": f"{hub.store}/{etag}"})
        if isinstance(fault := hub.fault(name), Status):
            return self.refuse(fault)
        return self.answer_file(content, fault, asked, headers)


def _sibling(name: str, content: bytes) -> dict[str, Any]:
    git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    found: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": git}
    if name.endswith(LARGE):
        found["lfs"] = {"sha256": etag_of(name, content), "size": len(content), "pointerSize": 134}
    return found


class _Store(_Handler):
    """Where large files lie: another host as far as a token is concerned, with etags of its own."""

    def do_GET(self) -> None:
        name, content = self.server.hub.content(self.path[1:])
        asked = self.note(self.server.hub.fetched, name)
        if isinstance(fault := self.server.hub.fault(name), Status):
            return self.refuse(fault)
        return self.answer_file(content, fault, asked, {"ETag": f'"{len(content):x}-store"'})
