"""Looking after models: ask the hub, sign in there, read cards, verify, remove, find other tools' folders."""

import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject

from studio.catalog.adopt import known_places
from studio.catalog.hub.care import files_of
from studio.catalog.hub.wire import Check, Find, Identify, Refused, Remove, Request, SignIn, SignOut
from studio.catalog.inspect import inspect_model
from studio.catalog.safetensors import open_regular
from studio.core.downloads import Account, Checking, HubModel, ModelFile
from studio.core.errors import ModelForbidden, NotFound, StayOffline, error_from
from studio.core.model import ModelSpec
from studio.session.hub_process import HubProcess

T = TypeVar("T")

FOUND_AT_MOST = 40  # repositories of one search
CARD_BYTES = 1 << 20
_FRONT_MATTER = re.compile(r"\A---\r?\n.*?\n---\r?\n", re.DOTALL)


class CareFlow(QObject):
    """Answers questions about models, each with a future; none holds up the window."""

    def __init__(self, threads: Executor, parent: QObject) -> None:
        super().__init__(parent)
        self._threads = threads
        self._asked = set[HubProcess]()
        self._online = dict[HubProcess, Future[Any]]()  # those that use the network

    def search(self, text: str) -> Future[tuple[HubModel, ...]]:
        """What the hub has and the studio can run. Ends in HubError."""
        return self._ask(Find(text=text, limit=FOUND_AT_MOST), lambda found: found.models, online=True)

    def verify(
        self, spec: ModelSpec, tell: Callable[[Checking], object] | None = None
    ) -> Future[tuple[str, ...]]:
        """The files that are missing or not what the hub describes; `tell` hears how far it is."""
        return self._ask(Check(path=spec.path), lambda checked: checked.damaged, tell)

    def remove(self, spec: ModelSpec) -> Future[int]:
        """The bytes that are free then. Ends in ModelNotOurs, ModelBeingFetched, FileStays."""
        return self._ask(Remove(path=spec.path), lambda freed: freed.freed_bytes)

    def account(self, online: bool) -> Future[Account]:
        """Who is signed in at the hub; by name only where `online`. Ends in HubError."""
        return self._ask(Identify(online=online), lambda identified: identified.account, online=online)

    def sign_in(self, token: str) -> Future[Account]:
        """Keeps the token where the hub's tools do, once the hub has said whose it is. Ends in HubError."""
        return self._ask(SignIn(token=token), lambda identified: identified.account, online=True)

    def sign_out(self) -> Future[Account]:
        """Forgets the token. Ends in TokenFromOutside, FileStays."""
        return self._ask(SignOut(), lambda identified: identified.account)

    def files(self, spec: ModelSpec) -> Future[tuple[ModelFile, ...]]:
        """What lies on the disk of it."""
        return self._threads.submit(files_of, Path(spec.path))

    def card(self, spec: ModelSpec) -> Future[str]:
        """The model's README without its front matter, as Markdown; "" where it has none."""
        return self._threads.submit(_card, Path(spec.path))

    def folder_of(self, path: Path) -> Future[str]:
        """The folder to read for what the person points at. Ends in NotFound where nothing is there, in
        ModelError where a file is no model."""
        return self._threads.submit(_folder_of, path)

    def places(self, adopted: Sequence[str]) -> Future[tuple[str, ...]]:
        """The usual folders of other tools that are on this machine, without those adopted already."""
        return self._threads.submit(_places, frozenset(adopted))

    def go_offline(self) -> None:
        """Ends what uses the network; its futures end in StayOffline."""
        for process, future in tuple(self._online.items()):
            process.stop()
            self._forget(process)
            if future.set_running_or_notify_cancel():
                future.set_exception(StayOffline())

    def close(self) -> None:
        """Ends what is under way; its futures never end."""
        for process in self._asked:
            process.stop()
        self._asked.clear()
        self._online.clear()

    def _ask(
        self,
        request: Request,
        take: Callable[[Any], T],
        tell: Callable[[Any], object] | None = None,
        online: bool = False,
    ) -> Future[T]:
        future = Future[T]()
        process = HubProcess(request, self)
        self._asked.add(process)
        if online:
            self._online[process] = future

        def settle(last: Any) -> None:
            self._forget(process)
            if not future.set_running_or_notify_cancel():
                return  # nobody wants to know any more
            if isinstance(last, Refused):
                future.set_exception(error_from(last.code, last.params))
            else:
                future.set_result(take(last))

        process.ended.connect(settle)
        if tell is not None:
            process.told.connect(tell)
        process.start()
        return future

    def _forget(self, process: HubProcess) -> None:
        self._asked.discard(process)
        self._online.pop(process, None)


def _places(adopted: frozenset[str]) -> tuple[str, ...]:
    return tuple(place for place in map(str, known_places(Path.home())) if place not in adopted)


def _folder_of(path: Path) -> str:
    if not path.is_absolute() or not os.path.lexists(path):  # a link without a place; a file that is gone
        raise NotFound(name=str(path))
    if not os.access(path, os.R_OK) and os.path.exists(path):
        raise ModelForbidden(path=str(path))
    if path.is_dir():
        return str(path)
    inspect_model(path.absolute())
    return str(path.parent)


def _card(model: Path) -> str:
    folder = model if model.is_dir() else model.parent
    try:
        with open_regular(folder / "README.md") as file:
            text = file.read(CARD_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    return _FRONT_MATTER.sub("", text).replace("\r\n", "\n").strip()
