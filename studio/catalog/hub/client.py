"""Asks the hub: what a repository holds at a revision, what a search finds; and says what went wrong.

Addresses, token, proxies and the offline switch are those of `huggingface_hub` 2.4, whose session does the
talking. Its `HfApi` is not used: `list_models` retries in silence for 23 seconds where nobody answers, and
importing it takes three times as long. The two addresses asked here are of the hub's documented interface
(huggingface.co/docs/hub/api).
"""

import os
import re
import threading
import time
from collections.abc import Generator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from typing import TypeVar
from urllib.parse import quote, urlsplit

import httpx2
import msgspec
from huggingface_hub import constants
from huggingface_hub.errors import OfflineModeIsEnabled
from huggingface_hub.utils import get_session, get_token_to_send

from studio import __version__
from studio.catalog.hub.listing import ETAG, HubFile, Listing
from studio.catalog.hub.names import is_plain
from studio.catalog.hub.search import Found, runnable
from studio.catalog.hub.wire import Patience
from studio.core.downloads import HubModel, Wanted
from studio.core.errors import (
    HubBroken,
    HubBusy,
    HubError,
    HubUnreachable,
    LicenceNotAccepted,
    NothingToRun,
    OfflineByVariable,
    RepositoryMissing,
    TokenRefused,
    TokenUnknown,
)

COMMIT = re.compile(r"[0-9a-f]{40}")
# Bytes of JSON, unpacked. The hub tells some 250 bytes of a file, and advises no more than 100,000 of them in
# a repository (huggingface.co/docs/hub/storage-limits).
LARGEST_ANSWER = 64 << 20
ANSWER_SECONDS = 60.0  # until all of it is there, of one that comes drop by drop
REDIRECTIONS = 10
_TOKEN = re.compile(r"[!-~]{1,1000}")  # anything else no header may hold
_BAD_TOKEN = "Invalid credentials in Authorization header"  # the hub's own words
LONGEST_SEARCH = 100  # models in one answer; the hub gives no more than 1000
RANGE_REFUSED = 416  # the status; left to who asked
LONGEST_CAUSE = 200  # characters: what is no HTTP is told with all of its bytes
_SECONDS = re.compile(r"[0-9]{1,6}")
_UNSAID_WAIT = 60  # seconds, where the hub asks for patience but not how much
_EXPANDED = (
    "config", "downloads", "gated", "lastModified", "library_name", "likes", "pipeline_tag", "tags",
)  # fmt: skip

T = TypeVar("T")


class _Large(msgspec.Struct):
    sha256: str
    size: int


class _Sibling(msgspec.Struct):
    rfilename: str
    size: int | None = None
    blobId: str | None = None
    lfs: _Large | None = None


class _Repository(msgspec.Struct):
    sha: str
    siblings: list[_Sibling] = []


class _Who(msgspec.Struct):
    name: str


class Hub:
    """The hub at `endpoint` (HF_ENDPOINT, else the hub's own site)."""

    def __init__(self, patience: Patience, endpoint: str = "") -> None:
        self.endpoint = (endpoint or constants.ENDPOINT).rstrip("/")
        self.host = urlsplit(self.endpoint).netloc
        self.tokens_page = f"{self.endpoint}/settings/tokens"
        self._headers_seconds = patience.connect + patience.stall
        self._timeout = httpx2.Timeout(patience.stall, connect=patience.connect)

    def account_name(self, token: str = "") -> str:
        """Whose token this is, or the one that counts here. Raises TokenUnknown, HubError."""
        try:
            return self._ask(f"{self.endpoint}/api/whoami-v2", {}, _Who, Wanted(repository=""), token).name
        except TokenRefused as error:
            raise self._bad_token() from error
        except RepositoryMissing as error:  # a mirror that has models and no accounts
            raise HubBroken(status=404) from error

    def listing(self, wanted: Wanted) -> Listing:
        """The files at the revision, and the commit it stands for now.

        Raises HubError; NothingToRun for a file whose name leads out of the repository.
        """
        address = f"{self.endpoint}/api/models/{wanted.repository}/revision/{quote(wanted.revision, safe='')}"
        found = self._ask(address, {"blobs": "true"}, _Repository, wanted)
        files = tuple(map(_file, found.siblings))
        odd = next((file.name for file in files if not is_plain(file.name)), None)
        if odd is not None:
            raise NothingToRun(repository=wanted.repository, kind=odd[:200])
        sound = all(ETAG.fullmatch(file.etag) and file.size_bytes >= 0 for file in files)
        if not COMMIT.fullmatch(found.sha) or not sound:
            raise self._no_hub()
        return Listing(repository=wanted.repository, commit=found.sha, files=files)

    def search(self, text: str, limit: int = 30) -> tuple[HubModel, ...]:
        """Models that the studio can run, the most downloaded first; at most `limit`. Raises HubError."""
        params: dict[str, str | list[str]] = {"limit": str(LONGEST_SEARCH), "sort": "downloads"}
        params |= {"search": text.strip(), "expand": list(_EXPANDED)}
        found = self._ask(f"{self.endpoint}/api/models", params, list[Found], Wanted(repository=text.strip()))
        models = [model for one in found if (model := runnable(one))]
        return tuple(models[:limit])

    @contextmanager
    def open(self, file: str, start: int, wanted: Wanted) -> Generator[httpx2.Response]:
        """The file's bytes from `start` on, at the commit `wanted.revision`. Raises HubError.

        Where it leads to another host the token stays behind: httpx2 drops it when the origin changes.
        """
        address = f"{self.endpoint}/{wanted.repository}/resolve/{wanted.revision}/{quote(file)}"
        # Packed bytes could not be asked for from the middle.
        headers = self._headers() | {"Accept-Encoding": "identity", "Range": f"bytes={start}-"}
        with self._named_errors(), self._get(address, headers) as response:
            if response.status_code != RANGE_REFUSED:
                self._check(response, wanted)
            yield response

    def _ask(
        self,
        address: str,
        params: dict[str, str] | dict[str, str | list[str]],
        shape: type[T],
        wanted: Wanted,
        token: str = "",
    ) -> T:
        with self._named_errors(), self._get(address, self._headers(token), params) as answer:
            self._check(answer, wanted)
            content = self._read(answer)
        try:
            return msgspec.json.decode(content, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            # A hotel's log-in page, say.
            raise self._no_hub() from error

    @contextmanager
    def _get(
        self,
        address: str,
        headers: dict[str, str],
        params: dict[str, str] | dict[str, str | list[str]] | None = None,
    ) -> Generator[httpx2.Response]:
        """The answer; its `history` has those that led to it, whose bodies are not read: httpx2 would read
        them into memory, and one might never end."""
        session, led = get_session(), list[httpx2.Response]()
        asked = session.build_request("GET", address, params=params, headers=headers, timeout=self._timeout)
        while len(led) <= REDIRECTIONS:
            response = self._send(session, asked)
            with closing(response):
                if response.next_request is None:
                    response.history = led
                    yield response
                    return
            asked = response.next_request
            led.append(response)
        raise self._no_hub()

    def _send(self, session: httpx2.Client, asked: httpx2.Request) -> httpx2.Response:
        """The beginning of the answer.

        httpx2 bounds only the wait for each piece of its headers, which may come drop by drop for ever; so
        another thread waits for all of them, and is left alone where that takes too long.
        """
        answer = Future[httpx2.Response]()

        def send() -> None:
            try:
                answer.set_result(session.send(asked, stream=True, follow_redirects=False))
            except BaseException as error:  # noqa: BLE001 - told in the thread that waits
                answer.set_exception(error)

        threading.Thread(target=send, name="headers", daemon=True).start()
        try:
            return answer.result(self._headers_seconds)
        except TimeoutError as error:
            answer.add_done_callback(_close)
            raise self._no_hub() from error

    def _read(self, answer: httpx2.Response) -> bytes:
        content, ends = bytearray(), time.monotonic() + ANSWER_SECONDS
        for piece in answer.iter_bytes():
            content += piece
            if len(content) > LARGEST_ANSWER or time.monotonic() > ends:
                raise self._no_hub()
        return bytes(content)

    def _no_hub(self) -> HubUnreachable:
        return HubUnreachable(host=self.host, cause="no answer of a hub")

    def _check(self, answer: httpx2.Response, wanted: Wanted) -> None:
        if not answer.is_success:
            raise self._refusal(answer, wanted)

    def _refusal(self, answer: httpx2.Response, wanted: Wanted) -> HubError:
        reason = answer.headers.get("X-Error-Code", "")
        match answer.status_code:
            case 401 if answer.headers.get("X-Error-Message", "").startswith(_BAD_TOKEN):
                return self._bad_token()
            case 401 | 403 if reason == "GatedRepo":
                page = f"{self.endpoint}/{wanted.repository}"
                return LicenceNotAccepted(repository=wanted.repository, page=page)
            case 401 | 403:
                return TokenRefused(repository=wanted.repository)
            case 404:
                return RepositoryMissing(repository=wanted.repository, revision=wanted.revision)
            case 429:
                after = answer.headers.get("Retry-After", "")
                return HubBusy(seconds=int(after) if _SECONDS.fullmatch(after) else _UNSAID_WAIT)
            case status:
                return HubBroken(status=status)

    def _bad_token(self) -> TokenUnknown:
        return TokenUnknown(page=self.tokens_page)

    def _headers(self, token: str = "") -> dict[str, str]:
        """Who asks. Not `build_hf_headers`, which once a day sends the hub a request of its own, for
        telemetry (`utils/_detect_agent.py`). Raises TokenUnknown for what no header may hold: the error of
        the client would tell the token."""
        token = token or get_token_to_send(None) or ""
        named = {"User-Agent": f"atelier/{__version__}"}
        if token and not is_token(token):
            raise self._bad_token()
        return named | {"Authorization": f"Bearer {token}"} if token else named

    @contextmanager
    def _named_errors(self) -> Generator[None]:
        try:
            yield
        except OfflineModeIsEnabled as error:
            # `constants.HF_HUB_OFFLINE` is the one or the other
            variable = "HF_HUB_OFFLINE" if os.environ.get("HF_HUB_OFFLINE") else "TRANSFORMERS_OFFLINE"
            raise OfflineByVariable(variable=variable) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            cause = str(error) or type(error).__name__
            raise HubUnreachable(host=self.host, cause=cause[:LONGEST_CAUSE]) from error


def _close(late: "Future[httpx2.Response]") -> None:
    if late.exception() is None:
        late.result().close()


def is_token(text: str) -> bool:
    """Whether it can be one."""
    return _TOKEN.fullmatch(text) is not None


def _file(sibling: _Sibling) -> HubFile:
    if sibling.lfs:
        return HubFile(name=sibling.rfilename, size_bytes=sibling.lfs.size, etag=sibling.lfs.sha256)
    return HubFile(name=sibling.rfilename, size_bytes=sibling.size or 0, etag=sibling.blobId or "")
