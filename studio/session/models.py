"""Which models can be chosen: looked for in a thread of their own, chosen by id or by path."""

import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.catalog.adapters import encoder_of
from studio.catalog.borrow import is_single_file, lending_repository, may_borrow, with_lender
from studio.catalog.components import tinies_of, with_tiny
from studio.catalog.index import ModelIndex
from studio.catalog.inspect import inspect_model
from studio.catalog.roles import adapter_for, roles_of
from studio.catalog.scan import Found, Listing, hub_cache, inspect_pending, list_models, merged, scan
from studio.catalog.settings import all_with_settings, shelf_settings, with_settings
from studio.core.errors import (
    ModelMissing,
    ModelUnable,
    NoModelInstalled,
    NotFound,
    ReferenceNeeded,
    ReferencesUnsupported,
)
from studio.core.inputs import Role
from studio.core.jobs import GenerateImages
from studio.core.model import Ability, Defaults, Kind, ModelProblem, ModelSpec, ReferenceAdapter, Wish
from studio.core.paths import Paths, resources_dir
from studio.session.relay import Relay

SLICE_SECONDS = 0.5  # of reading headers, between two times that the window is told

Results = list[ModelSpec | ModelProblem]


class InstalledModels(QObject):
    """The models of this machine.

    Attributes:
        problems: models that are there and cannot be used.
        is_read: the headers of all of them were read; until then there may be others.

    Signals:
        changed (tuple of ModelSpec): what is known at once, then again as headers are read.
    """

    changed = Signal(object)

    def __init__(self, paths: Paths, relay: Relay, threads: Executor, parent: QObject) -> None:
        super().__init__(parent)
        self._paths, self._relay, self._threads = paths, relay, threads
        self._index: ModelIndex | None = None  # of the other thread alone
        self._settings: Mapping[str, Defaults] = {}  # of the other thread alone, too
        self._found = Found()
        self._wishes: Mapping[str, Wish] = {}
        self._served: tuple[ModelSpec, ...] = ()
        self._models: tuple[ModelSpec, ...] = ()  # those found, as they are wished, and those served
        self._able: dict[Ability, list[ModelSpec]] = {}  # asked for some dozen times after each change
        self._scanned = False
        self._scans = 0
        self.is_read = False

    @property
    def problems(self) -> tuple[ModelProblem, ...]:
        return self._found.problems

    def able(self, ability: Ability | None) -> list[ModelSpec]:
        """Those with the ability, or all."""
        if ability is None:
            return list(self._models)
        if ability not in self._able:
            self._able[ability] = [spec for spec in self._models if ability in spec.abilities]
        return list(self._able[ability])

    def get(self, model_id: str) -> ModelSpec:
        """Raises NotFound."""
        spec = next((spec for spec in self._models if spec.id == model_id), None)
        if spec is None:
            raise NotFound(name=model_id)
        return spec

    def set_wishes(self, wishes: Mapping[str, Wish]) -> None:
        """How models are to be held in memory, by their ids."""
        self._wishes = wishes
        if self._scanned:
            self._take(self._found)

    def put_served(self, models: tuple[ModelSpec, ...]) -> None:
        """What servers on this machine have besides."""
        if models != self._served:
            self._served = models
            self._put(self._found)
            self.changed.emit(self._models)

    def ensure_scanned(self, folders: tuple[str, ...]) -> None:
        """Waits for the first scan, for a command that needs its answer before it goes on."""
        if not self._scanned:
            index = ModelIndex(self._paths.model_index)
            found = scan([Path(folder) for folder in folders], resources_dir(), index=index)
            self.is_read = True
            self._take(all_with_settings(found, shelf_settings(resources_dir(), self._paths.catalog)))

    def scan(self, folders: tuple[str, ...]) -> None:
        """Looks for all anew; an earlier scan that is under way is told of no more."""
        self._scans += 1
        number = self._scans
        listing = self._threads.submit(self._list, [Path(folder) for folder in folders])
        self._relay.then(listing, lambda listed: self._on_listed(number, listed), _raise)

    def find(self, name: str | None, ability: Ability | None, preferred: str) -> ModelSpec:
        """A model by id, by the path of a folder or file, or the preferred one, else the first; with the
        ability, or any.

        Raises NotFound, ModelMissing, NoModelInstalled, ModelUnable, or what is wrong with a path's files.
        """
        if name is None:
            able = self.able(ability)
            if not able:
                raise NoModelInstalled
            return next((spec for spec in able if spec.id == preferred), able[0])
        spec = next((spec for spec in self._models if spec.id == name), None) or self._as_wished(_at(name))
        if ability and ability not in spec.abilities:
            raise ModelUnable(model=spec.name, kind=spec.base)
        return spec

    def lender_wanted(self, spec: ModelSpec) -> str:
        """The repository that has what a single file lacks, where no folder of its kind is here; else ""."""
        if not spec.abilities or not may_borrow(spec):
            return ""
        kin = (one for one in self._found.models if one.family == "diffusion" and one.suits == spec.suits)
        return "" if any(not is_single_file(one.path) for one in kin) else lending_repository(spec)

    def completed(self, job: GenerateImages) -> Future[GenerateImages]:
        """The job with the folder that lends what its model's file lacks, where one is installed, and with an
        IP-Adapter where the model needs one to look at pictures."""
        return self._threads.submit(completed_with, job, self._found.models)

    def check_roles(self, job: GenerateImages) -> None:
        """Raises ReferencesUnsupported, ReferenceNeeded where that is known before the model is loaded."""
        if not any(one.role is Role.REFER for one in job.inputs):
            if job.model.kind is Kind.EDIT and job.edit is None:
                raise ReferenceNeeded(model=job.model.name)
            return
        if job.reference_adapter:
            return
        roles = roles_of(job.model, self._models)
        if roles and Role.REFER not in roles:
            raise ReferencesUnsupported(model=job.model.name)

    def lent(self, spec: ModelSpec) -> ModelSpec:
        """The same at once, for another thread. Raises ModelError for a file that cannot be read."""
        return with_lender(spec, self._models)

    def looking(self, spec: ModelSpec) -> ReferenceAdapter | None:
        """What lets the model look at pictures, where it does not by itself; for another thread."""
        return _adapter_of(spec, self._models)

    # In the other thread.

    def _list(self, folders: list[Path]) -> Listing:
        if self._index is None:
            self._index = ModelIndex(self._paths.model_index)
        self._settings = shelf_settings(resources_dir(), self._paths.catalog)
        listing = list_models(folders, resources_dir(), index=self._index)
        for spec in listing.found.models:
            roles_of(spec)  # which reads files, and remembers: the window may ask at any time
        return msgspec.structs.replace(listing, found=all_with_settings(listing.found, self._settings))

    def _inspect(self, results: Iterator[ModelSpec | ModelProblem | None]) -> tuple[Results, bool]:
        """What could be read in one slice, and whether it was the last."""
        ends, read = time.monotonic() + SLICE_SECONDS, Results()
        for result in results:
            if isinstance(result, ModelSpec):
                roles_of(result)
                read.append(with_settings(result, self._settings))
            elif result is not None:
                read.append(result)
            if time.monotonic() >= ends:
                return read, False
        if self._index:
            self._index.save()
        return read, True

    # In this one.

    def _on_listed(self, number: int, listing: Listing) -> None:
        if number != self._scans:
            return
        self.is_read = not listing.pending
        if listing.found.models or not listing.pending:
            self._take(listing.found)
        if listing.pending:  # and at the first start: better nothing yet than that there is nothing
            self._put(listing.found)
            self._read_on(number, inspect_pending(listing.pending, self._index))

    def _read_on(self, number: int, results: Iterator[ModelSpec | ModelProblem | None]) -> None:
        def take(read: tuple[Results, bool]) -> None:
            some, last = read
            if number != self._scans:
                return
            self.is_read = last
            self._take(merged(self._found, some))
            if not last:
                self._read_on(number, results)

        self._relay.then(self._threads.submit(self._inspect, results), take, _raise)

    def _take(self, found: Found) -> None:
        self._put(found)
        self._scanned = True
        self.changed.emit(self._models)

    def _put(self, found: Found) -> None:
        self._found = found
        tinies = tinies_of(found.models)
        models = (with_tiny(self._as_wished(spec), tinies) for spec in found.models)
        self._models = (*models, *self._served)
        self._able = {}

    def _as_wished(self, spec: ModelSpec) -> ModelSpec:
        return as_wished(spec, self._wishes)


def completed_with(job: GenerateImages, models: tuple[ModelSpec, ...]) -> GenerateImages:
    """The job with what it takes of those models. Raises ModelError for a file that cannot be read."""
    model, adapter = with_lender(job.model, models), job.reference_adapter
    if adapter is None and any(one.role is Role.REFER for one in job.inputs):
        adapter = _adapter_of(model, models)
    return msgspec.structs.replace(job, model=model, reference_adapter=adapter)


def _adapter_of(model: ModelSpec, models: tuple[ModelSpec, ...]) -> ReferenceAdapter | None:
    """With the encoder that it needs; reads its header."""
    found = adapter_for(model, models)
    if found is None:
        return None
    encoder = str(encoder_of(Path(found.path), hub_cache()) or "")
    return ReferenceAdapter(id=found.id, name=found.name, path=found.path, suits=found.suits, encoder=encoder)


def as_wished(spec: ModelSpec, wishes: Mapping[str, Wish]) -> ModelSpec:
    wish = wishes.get(spec.id)
    return msgspec.structs.replace(spec, wish=wish) if wish else spec


def _at(name: str) -> ModelSpec:
    path = Path(os.path.expanduser(name))  # `Path` raises where `~` is of nobody
    if os.path.exists(path):  # False, too, for a name that is too long to be one
        return inspect_model(path.absolute())
    if path.is_absolute() or name.startswith((".", "~")):
        raise ModelMissing(path=name)
    raise NotFound(name=name)


def _raise(error: Exception) -> None:
    raise error
