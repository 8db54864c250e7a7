"""What caches of steps gain and cost on this machine: learned whenever two pictures show it, and kept."""

from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from PySide6.QtCore import QObject, Signal

from studio.core.cache_costs import CacheCost, cost_of, nearest_cost, twin_key, with_cost
from studio.core.errors import StorageError, StudioError
from studio.core.model import ModelSpec
from studio.core.passes import StepCache
from studio.core.paths import Paths
from studio.core.records import Asset
from studio.media.likeness import squared_error
from studio.session.relay import Relay
from studio.store.cache_costs_file import Costs, load_cache_costs, save_cache_costs

REMEMBERED = 200  # pictures that a new one may be the twin of


class CacheCosts(QObject):
    """Answers at once with what is known; pictures are compared in a thread of its own.

    Signals:
        changed: something of some model is known, or known otherwise.
    """

    changed = Signal()

    def __init__(self, paths: Paths, relay: Relay, parent: QObject) -> None:
        super().__init__(parent)
        self._paths, self._relay = paths, relay
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="likeness")
        self._known: Costs = {}
        self._twins: OrderedDict[str, dict[str, Asset]] = OrderedDict()  # by what they share and their cache

    def close(self) -> None:
        """What is being compared is still learned."""
        self._thread.shutdown(cancel_futures=True)

    def read(self, pictures: Future[list[Asset]]) -> None:
        """What was learned before; and the newest pictures that jobs of this home made, the newest first."""
        loading = self._thread.submit(load_cache_costs, self._paths.cache_costs)
        self._relay.then(loading, self._take, _expected)
        self._relay.then(pictures, self._take_pictures, _expected)

    def of(self, model: ModelSpec, cache: StepCache, steps: int | None) -> CacheCost | None:
        """For the nearest number of steps; None where nothing was measured."""
        return nearest_cost(self._known.get(model.fingerprint, ()), cache, steps)

    def learn(self, asset: Asset, job_id: str) -> None:
        """From a picture that a job made, where there is one like it but for the cache."""
        key = twin_key(asset.recipe) if job_id else ""
        if not key:
            return
        twins = self._remember(key, asset)
        for cache, other in twins.items():
            if cache and not asset.recipe.cache:
                self._compare(asset, other)
            elif asset.recipe.cache and not cache:
                self._compare(other, asset)

    def _take_pictures(self, pictures: Sequence[Asset]) -> None:
        for asset in reversed(pictures):
            key = twin_key(asset.recipe)
            if key and asset.recipe.cache not in self._twins.get(key, {}):
                self._remember(key, asset)

    def _remember(self, key: str, asset: Asset) -> dict[str, Asset]:
        twins = self._twins.setdefault(key, {})
        twins[asset.recipe.cache] = asset
        self._twins.move_to_end(key)
        while len(self._twins) > REMEMBERED:
            self._twins.popitem(last=False)
        return twins

    def _compare(self, off: Asset, on: Asset) -> None:
        self._relay.then(self._thread.submit(self._measured, off, on), self._take, _expected)

    def _take(self, costs: Costs) -> None:
        if costs != self._known:
            self._known = costs
            self.changed.emit()

    # In the other thread.

    def _measured(self, off: Asset, on: Asset) -> Costs:
        """All that is known then; another process may have learned something meanwhile."""
        error = squared_error(*(self._paths.library / one.path for one in (off, on)))
        cost, model = cost_of(off.recipe, on.recipe, error), on.recipe.model_fingerprint
        costs = load_cache_costs(self._paths.cache_costs)
        before = costs.pop(model, ())  # so that it comes last: the oldest are dropped
        costs[model] = with_cost(before, cost)
        with suppress(StorageError):  # what cannot be kept is measured again
            save_cache_costs(self._paths.cache_costs, costs)
        return costs


def _expected(error: Exception) -> None:
    """A picture that is gone meanwhile tells nothing."""
    if not isinstance(error, StudioError):
        raise error
