"""What `session.inputs`, `foresight` and `cache_costs` are to the window, without files."""

import hashlib
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from studio.core.cache_costs import CacheCost, nearest_cost, with_cost
from studio.core.errors import NotFound, StudioError
from studio.core.inputs import InputPicture, Role, UsedInput
from studio.core.jobs import GenerateImages
from studio.core.model import ModelSpec
from studio.core.passes import StepCache
from studio.core.plan import Foreseen
from studio.core.records import Asset
from studio.session.inputs import Source


class FakeInputs:
    """Takes anything in, at once.

    Attributes:
        refused: by the name of a file, why it is not taken.
        moving: names of files of which only the first frame counts.
    """

    def __init__(self, session: Any) -> None:
        self._session = session
        self.refused: dict[str, StudioError] = {}
        self.moving: set[str] = set()
        self._kept: dict[str, InputPicture] = {}

    def take(self, source: Source, role: Role = Role.START, name: str = "") -> Future[InputPicture]:
        shown = source.name if isinstance(source, Path) else name
        future: Future[InputPicture] = Future()
        if shown in self.refused:
            future.set_exception(self.refused[shown])
            return future
        if isinstance(source, Path):
            content = str(source).encode()
        else:
            content = source if isinstance(source, bytes) else source()
        digest = hashlib.sha256(content).hexdigest()
        path = self._session.paths.inputs / f"{digest}.png"
        taken = InputPicture(
            role=role,
            path=str(path),
            name=shown,
            hash=digest,
            width=640,
            height=480,
            animated=shown in self.moving,
        )
        self._kept[digest] = taken
        future.set_result(taken)
        return future

    def of_asset(self, asset: Asset, role: Role = Role.START) -> Future[InputPicture]:
        future: Future[InputPicture] = Future()
        future.set_result(
            InputPicture(
                role=role,
                path=str(self._session.absolute(asset)),
                asset=asset.id,
                name=asset.recipe.prompt,
                hash=hashlib.sha256(asset.id.encode()).hexdigest(),
                width=asset.width,
                height=asset.height,
            )
        )
        return future

    def of_used(self, used: UsedInput) -> Future[InputPicture]:
        try:
            return self.of_asset(self._session.asset(used.asset), used.role)
        except NotFound:
            future: Future[InputPicture] = Future()
            if used.hash in self._kept:
                future.set_result(self._kept[used.hash])
            else:
                future.set_exception(NotFound(name=used.name))
            return future


class FakeForesight(QObject):
    """Says what a test put there, whatever is asked.

    Attributes:
        asked: the last job that was to be foreseen.
    """

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._foreseen = Foreseen()
        self.asked: GenerateImages | None = None

    def of(self, job: GenerateImages) -> Foreseen:
        self.asked = job
        return self._foreseen

    def put(self, foreseen: Foreseen) -> None:
        self._foreseen = foreseen
        self.changed.emit()


class FakeCacheCosts(QObject):
    """Knows what a test put there."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._known: dict[str, tuple[CacheCost, ...]] = {}

    def of(self, model: ModelSpec, cache: StepCache, steps: int | None) -> CacheCost | None:
        return nearest_cost(self._known.get(model.id, ()), cache, steps)

    def put(self, model_id: str, cost: CacheCost) -> None:
        self._known[model_id] = with_cost(self._known.get(model_id, ()), cost)
        self.changed.emit()
