"""Which models this machine has: the starters, the hub's cache, the person's folders, those of other tools.

`list_models` is fast: names and sizes, and what the index remembers. `inspect_pending` reads the headers of
the rest, one after another, so that a window can show them as they come. `scan` does both.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from studio.catalog.index import ModelIndex, Seen
from studio.catalog.inspect import inspect_model, readable
from studio.catalog.llama import with_runner
from studio.catalog.places import Place, all_places
from studio.core.errors import ModelError, ModelForbidden, ModelMissing, ModelUnreadable, ModelUnsupported
from studio.core.model import Kind, ModelProblem, ModelSpec


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan found: starters first, then by name."""

    models: tuple[ModelSpec, ...] = ()
    problems: tuple[ModelProblem, ...] = ()


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What is known at once, and what has to be read first: folders before files."""

    found: Found = Found()
    pending: tuple[Place, ...] = ()


def scan(
    folders: Iterable[Path], resources: Path, hub: Path | None = None, index: ModelIndex | None = None
) -> Found:
    """Every model found, with every header read that the index does not know; each place counts once."""
    listing = list_models(folders, resources, hub, index)
    found = merged(listing.found, filter(None, inspect_pending(listing.pending, index)))
    if index:
        index.save()
    return found


def merged(found: Found, results: Iterable[ModelSpec | ModelProblem]) -> Found:
    """What was found with further results, in order; a result takes the place of what its path was before."""
    fresh = {result.path: result for result in results}
    kept = [one for one in (*found.models, *found.problems) if one.path not in fresh]
    both = [*kept, *fresh.values()]
    return _sorted(
        [one for one in both if isinstance(one, ModelSpec)],
        [one for one in both if isinstance(one, ModelProblem)],
    )


def list_models(
    folders: Iterable[Path], resources: Path, hub: Path | None = None, index: ModelIndex | None = None
) -> Listing:
    """All places by names and sizes; nothing is opened but the lists of other tools."""
    asked = tuple(folders)
    models, problems, pending = list[ModelSpec](), list[ModelProblem](), list[Place]()
    paths = set[str]()
    for place in all_places(asked, resources, hub or hub_cache()):
        paths.add(place.path)
        seen = index.get(place.path) if index else None
        if seen is None or seen.stamp != place.stamp or seen.name != place.name or seen.id != place.id:
            pending.append(place)
        elif seen.spec:
            models.append(_as_placed(seen.spec, place))
        elif seen.problem:
            problems.append(seen.problem)
    problems += filter(None, map(_trouble_with, asked))
    if index:
        index.keep_only(paths)
    pending.sort(key=lambda place: not place.folder)
    return Listing(found=_sorted(models, problems), pending=tuple(pending))


def inspect_pending(
    pending: Iterable[Place], index: ModelIndex | None = None
) -> Iterator[ModelSpec | ModelProblem | None]:
    """What each place is, in their order; None for what is no model that the studio knows.

    The index learns each result; the caller saves it.
    """
    for place in pending:
        result = _look_at(place)
        if index and readable(Path(place.path)) == place.path:
            spec = result if isinstance(result, ModelSpec) else None
            problem = result if isinstance(result, ModelProblem) else None
            seen = Seen(stamp=place.stamp, id=place.id, name=place.name, spec=spec, problem=problem)
            index.put(place.path, seen)
        yield _as_placed(result, place) if isinstance(result, ModelSpec) else result


def hub_cache() -> Path:
    """Where the hub's tools keep what they downloaded (the order of huggingface_hub 2.4, `constants.py`)."""
    named = os.environ.get
    home = named("HF_HOME") or os.path.join(named("XDG_CACHE_HOME") or "~/.cache", "huggingface")
    cache = named("HF_HUB_CACHE") or named("HUGGINGFACE_HUB_CACHE") or os.path.join(home, "hub")
    return Path(os.path.expandvars(os.path.expanduser(cache)))


def _trouble_with(folder: Path) -> ModelProblem | None:
    """What is wrong with a folder itself, in which nothing was found for that."""
    if not os.path.isdir(folder):
        error: ModelError = ModelMissing(path=readable(folder))
    elif not os.access(folder, os.R_OK | os.X_OK):
        error = ModelForbidden(path=readable(folder))
    else:
        return None
    return ModelProblem(path=readable(folder), code=error.code, params=error.params)


def _look_at(place: Place) -> ModelSpec | ModelProblem | None:
    path = Path(place.path)
    try:
        return inspect_model(path, id=place.id, name=place.name)
    except ModelUnsupported:
        return None
    except ModelError as error:
        return ModelProblem(path=readable(path), code=error.code, params=error.params)
    except (ValueError, RuntimeError):  # a file stranger than any we thought of; it must not hide the others
        error = ModelUnreadable(model=readable(Path(path.name)), file=readable(Path(path.name)))
        return ModelProblem(path=readable(path), code=error.code, params=error.params)


def _as_placed(spec: ModelSpec, place: Place) -> ModelSpec:
    """With what the place says: whose it is, and the kind where the header tells nothing."""
    spec = with_runner(spec)
    kind = spec.kind
    if (kind is Kind.OTHER and not spec.base) or (kind is Kind.TEXT and place.kind is Kind.VISION):
        kind = place.kind
    if kind is spec.kind and place.source == spec.source and place.ours == spec.ours:
        return spec
    starter = place.source == "starter"
    return msgspec.structs.replace(spec, kind=kind, source=place.source, starter=starter, ours=place.ours)


def _sorted(models: list[ModelSpec], problems: list[ModelProblem]) -> Found:
    names = Counter(spec.name for spec in models if spec.path.endswith(".gguf"))
    for place, spec in enumerate(models):  # those whose headers say the same are told apart by their files
        if names[spec.name] > 1 and (stem := Path(spec.path).stem) != spec.name:
            models[place] = msgspec.structs.replace(spec, name=f"{spec.name} ({stem})")
    models.sort(key=lambda spec: (not spec.starter, spec.name.casefold(), spec.id))
    return Found(models=tuple(models), problems=tuple(problems))
