"""What a server on this machine is asked and how its answers are read: bounded, and never believed.

The interface is the part of OpenAI's that llama-server, Ollama and LM Studio share: `GET /v1/models`, and
`POST /v1/chat/completions` whose answer is a stream of events (`data: {…}`, at last `data: [DONE]`).
"""

import http.client
from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec

from studio.catalog.servers.wire import Check, Wire
from studio.core.errors import (
    ContextFull,
    ServerBusy,
    ServerCut,
    ServerFailed,
    ServerIncomprehensible,
    ServerLacksModel,
    ServerSilent,
    StudioError,
)
from studio.core.plain_text import clean_text
from studio.core.servers import ServerState, server_model
from studio.core.thoughts import Askable

T = TypeVar("T")

LIST_SECONDS = 5.0
# Until the first event: a server may load the model and read a long prompt before it says anything.
FIRST_SECONDS = 900.0
NEXT_SECONDS = 180.0
LINE_BYTES = 1 << 20
LIST_BYTES = 4 << 20
DETAIL_LENGTH = 300
MOST_MODELS = 1000
MOST_ASKED = 50  # models that are asked for one by one
NAME_LENGTH = 500
# What each writes into `owned_by`.
_SOFTWARE = {"llamacpp": "llama-server", "library": "Ollama", "organization_owner": "LM Studio"}
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


class _Meta(msgspec.Struct, frozen=True):
    n_params: int = 0
    n_ctx: int = 0


class _Architecture(msgspec.Struct, frozen=True):
    input_modalities: list[str] = []


class _Model(msgspec.Struct, frozen=True):
    """`architecture`: of a llama-server that has several models to choose from. `type` and
    `loaded_context_length`: in LM Studio's own list."""

    id: str
    owned_by: str | None = None
    meta: _Meta | None = None
    architecture: _Architecture | None = None
    type: str | None = None
    loaded_context_length: int | None = None


class _Able(msgspec.Struct, frozen=True):
    """What a model can do: of llama-server in a second list (`multimodal`), of Ollama when it is asked for
    that model (`vision`, `thinking`)."""

    name: str = ""
    capabilities: list[str] | None = None

    @property
    def sees(self) -> bool:
        return not {"vision", "multimodal"}.isdisjoint(self.capabilities or ())

    @property
    def thinks(self) -> tuple[Askable, ...] | None:
        """Such a server takes the switch, and no budget."""
        if self.capabilities is None:
            return None
        return ("on", "off") if "thinking" in self.capabilities else ()


class _Models(msgspec.Struct, frozen=True):
    data: list[_Model] | None = None
    models: list[_Able] | None = None


class _Delta(msgspec.Struct, frozen=True):
    """`reasoning_content` (Ollama: `reasoning`): what the model thinks before it answers."""

    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Details(msgspec.Struct, frozen=True):
    cached_tokens: int | None = None


class Usage(msgspec.Struct, frozen=True):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _Details | None = None

    @property
    def cached_tokens(self) -> int:
        return (self.prompt_tokens_details and self.prompt_tokens_details.cached_tokens) or 0


class _Error(msgspec.Struct, frozen=True):
    message: str = ""
    type: str | None = None
    code: int | str | None = None
    n_prompt_tokens: int = 0
    n_ctx: int = 0


class Event(msgspec.Struct, frozen=True):
    """One event of an answer."""

    choices: list[_Choice] = []
    usage: Usage | None = None
    error: _Error | str | None = None

    @property
    def text(self) -> str:
        return "".join(one.delta.content or "" for one in self.choices if one.delta)

    @property
    def thought(self) -> str:
        deltas = [one.delta for one in self.choices if one.delta]
        return "".join(delta.reasoning_content or delta.reasoning or "" for delta in deltas)

    @property
    def finish(self) -> str:
        return next((one.finish_reason for one in self.choices if one.finish_reason), "")


class _Refusal(msgspec.Struct, frozen=True):
    error: _Error | str | None = None


class Server:
    """The server at an address. `check` is called while it is waited for; what that raises passes through."""

    def __init__(self, address: str, check: Check = lambda: None) -> None:
        self.address = address
        self._check = check

    def models(self) -> ServerState:
        """Raises ServerError."""
        told = self._told_of("GET", "/v1/models", None, _Models)
        listed = [
            one
            for one in (told.data or [])[:MOST_MODELS]
            if 0 < len(one.id) <= NAME_LENGTH and clean_text(one.id) == one.id
        ]
        software = next((_SOFTWARE[one.owned_by] for one in listed if one.owned_by in _SOFTWARE), "")
        seeing, lengths, thinks = self._abilities(software, told, listed)
        models = [
            server_model(
                self.address,
                one.id,
                software=software,
                parameters=max(0, one.meta.n_params if one.meta else 0),
                sees=one.id in seeing,
                context_length=lengths.get(one.id) or (one.meta.n_ctx if one.meta else 0),
                thinks=thinks.get(one.id),
            )
            for one in listed
        ]
        return ServerState(address=self.address, software=software, models=tuple(models))

    def _abilities(
        self, software: str, told: _Models, listed: list[_Model]
    ) -> tuple[set[str], dict[str, int], dict[str, tuple[Askable, ...] | None]]:
        """The models that see, how many tokens some read, and what can be asked of the thoughts of some; each
        program tells it in another place."""
        seeing = {one.name for one in told.models or [] if one.sees}
        seeing |= {
            one.id for one in listed if one.architecture and "image" in one.architecture.input_modalities
        }
        lengths, thinks = dict[str, int](), dict[str, tuple[Askable, ...] | None]()
        try:
            if software == "Ollama":
                for one in listed[:MOST_ASKED]:
                    able = self._told_of("POST", "/api/show", {"model": one.id}, _Able)
                    thinks[one.id] = able.thinks
                    if able.sees:
                        seeing.add(one.id)
            elif software == "LM Studio":
                thinks.update((one.id, ()) for one in listed)  # it takes neither switch nor budget
                for own in self._told_of("GET", "/api/v0/models", None, _Models).data or []:
                    seeing |= {own.id} if own.type == "vlm" else set()
                    lengths[own.id] = own.loaded_context_length or 0
        except StudioError:  # an older program, which does not tell: such a model is shown no pictures
            pass
        return seeing, lengths, thinks

    def _told_of(self, method: str, path: str, asked: object, kind: type[T]) -> T:
        """A short answer. Raises ServerError."""
        wire = Wire(self.address, self._check)
        try:
            wire.allow(LIST_SECONDS)
            body = msgspec.json.encode(asked) if asked is not None else b""
            response = self._ask(wire, method, path, body, "")
            data = self._heard(lambda: response.read(LIST_BYTES))
        finally:
            wire.hang_up()
        return self._understood(data, kind)

    def answer(self, model: str, request: dict[str, object]) -> Iterator[Event]:
        """The events of an answer until its end. Raises ServerError, ContextFull.

        Close the iterator to hang up.
        """
        wire = Wire(self.address, self._check)
        try:
            wire.allow(FIRST_SECONDS)
            body = msgspec.json.encode({"model": model, "stream": True, **request})
            response = self._ask(wire, "POST", "/v1/chat/completions", body, model)
            finished = False
            while (event := self._next(response, model, finished)) is not None:
                finished = finished or bool(event.finish)
                yield event
                wire.allow(NEXT_SECONDS)
        finally:
            wire.hang_up()

    def _ask(self, wire: Wire, method: str, path: str, body: bytes, model: str) -> http.client.HTTPResponse:
        """The answer's head, if it is a good one. Nothing is followed elsewhere, and no proxy is asked."""

        def ask() -> http.client.HTTPResponse:
            connection = http.client.HTTPConnection(self.address)
            connection.sock = wire  # type: ignore[assignment]
            connection.request(method, path, body or None, _HEADERS)
            return connection.getresponse()

        response = self._heard(ask)
        if response.status != http.client.OK:
            raise self._refused(response, model)
        return response

    def _next(self, response: http.client.HTTPResponse, model: str, finished: bool) -> Event | None:
        """The next event; None at the end of the answer, which may come unsaid once it is `finished`."""
        while True:
            line = self._heard(lambda: response.readline(LINE_BYTES))
            if not line and finished:
                return None
            if not line.endswith(b"\n"):
                if len(line) >= LINE_BYTES:
                    raise ServerIncomprehensible(address=self.address, detail="a line without an end")
                raise ServerCut(address=self.address)
            name, _, value = line.strip().partition(b":")
            if name not in (b"data", b"error"):  # a comment, an empty line, a field that nobody needs
                continue
            value = value.strip()
            if value == b"[DONE]":
                return None
            if name == b"error":
                raise self._told(self._understood(value, _Error), 500, model)
            event = self._understood(value, Event)
            if event.error:
                raise self._told(event.error, 500, model)
            return event

    def _refused(self, response: http.client.HTTPResponse, model: str) -> StudioError:
        """What is behind a status that is none of success."""
        data = self._heard(lambda: response.read(LINE_BYTES))
        try:
            error = msgspec.json.decode(data, type=_Refusal).error or ""
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            error = ""
        return self._told(error, response.status, model)

    def _told(self, error: _Error | str, status: int, model: str) -> StudioError:
        told = error if isinstance(error, _Error) else _Error(message=error)
        if told.type == "exceed_context_size_error":
            return ContextFull(tokens=told.n_prompt_tokens, model=model, limit=told.n_ctx)
        if status == http.client.SERVICE_UNAVAILABLE or told.code == http.client.SERVICE_UNAVAILABLE:
            return ServerBusy(address=self.address)
        if status == http.client.NOT_FOUND and model:
            return ServerLacksModel(address=self.address, model=model)
        words = " ".join(clean_text(told.message).split())[:DETAIL_LENGTH]
        if status == http.client.NOT_FOUND:
            return ServerIncomprehensible(address=self.address, detail=words or str(status))
        return ServerFailed(address=self.address, detail=": ".join(filter(None, (str(status), words))))

    def _heard(self, read: Callable[[], T]) -> T:
        """What `read` returns; what goes wrong on the way becomes a sentence."""
        try:
            return read()
        except TimeoutError as error:
            raise ServerSilent(address=self.address, cause="timed out") from error
        except (ConnectionError, http.client.IncompleteRead) as error:
            raise ServerCut(address=self.address) from error
        except (http.client.HTTPException, ValueError) as error:
            detail = " ".join(clean_text(str(error)).split())[:DETAIL_LENGTH]
            raise ServerIncomprehensible(address=self.address, detail=detail or "HTTP") from error

    def _understood(self, data: bytes, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(data, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            shown = clean_text(data[:60].decode("utf-8", "replace")).strip() or "nothing"
            raise ServerIncomprehensible(address=self.address, detail=shown) from error
