"""Which models this machine has: the starters, the person's folders, and the hub's cache."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from studio.catalog.inspect import describe_model, readable
from studio.core.errors import ModelError, ModelUnreadable, ModelUnsupported, Params
from studio.core.model import ModelSpec

DEPTH = 4  # folders below the one the person chose: person / kind / author / model
MOST_FOLDERS = 5000


class ModelProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A model that is there and cannot be used, and why."""

    path: str
    code: str
    params: Params = {}


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan found: starters first, then by name."""

    models: tuple[ModelSpec, ...] = ()
    problems: tuple[ModelProblem, ...] = ()


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A folder or file that looks like a model."""

    path: Path
    id: str = ""
    name: str = ""
    starter: bool = False


def scan(folders: Iterable[Path], resources: Path, hub: Path | None = None) -> Shelf:
    """Every model found, by names, sizes and configs alone; each place counts once."""
    candidates = [*_starters(resources / "starter"), *_in_hub(hub or hub_cache())]
    for folder in folders:
        candidates += _below(folder)
    models, problems, seen = list[ModelSpec](), list[ModelProblem](), set[str]()
    for candidate in candidates:
        place = os.path.realpath(candidate.path)
        if place in seen:
            continue
        seen.add(place)
        match _look_at(candidate):
            case ModelSpec() as spec:
                models.append(spec)
            case ModelError() as error:
                path = readable(candidate.path)
                problems.append(ModelProblem(path=path, code=error.code, params=error.params))
            case None:
                pass
    models.sort(key=lambda spec: (not spec.starter, spec.name.casefold(), spec.id))
    return Shelf(models=tuple(models), problems=tuple(problems))


def _look_at(candidate: Candidate) -> ModelSpec | ModelError | None:
    """What the candidate is, or what is wrong with it; None for another kind of model, which is fine."""
    try:
        spec = describe_model(candidate.path, id=candidate.id, name=candidate.name)
    except ModelUnsupported:
        return None
    except ModelError as error:
        return error
    except (ValueError, RuntimeError):  # a file stranger than any we thought of; it must not hide the others
        return ModelUnreadable(model=candidate.path.name, file=candidate.path.name)
    return msgspec.structs.replace(spec, starter=candidate.starter)


def hub_cache() -> Path:
    """Where the hub's tools keep what they downloaded (the order of huggingface_hub 2.4, `constants.py`)."""
    if chosen := os.environ.get("HF_HUB_CACHE"):
        return Path(chosen).expanduser()
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
    return Path(os.environ.get("HF_HOME", cache / "huggingface")).expanduser() / "hub"


def _starters(folder: Path) -> Iterator[Candidate]:
    for path in _subfolders(folder):
        if _is_model(path):
            yield Candidate(path=path, id=f"starter/{path.name}", starter=True)


def _in_hub(cache: Path) -> Iterator[Candidate]:
    """`models--owner--name/snapshots/<revision>`; the revision of `main` goes without its name."""
    for repository in _subfolders(cache):
        kind, *names = repository.name.split("--")
        if kind != "models" or not names:
            continue
        name = "/".join(names)
        revisions = _subfolders(repository / "snapshots")
        main = _main_revision(repository) or (revisions[0].name if len(revisions) == 1 else "")
        for revision in revisions:
            shown = name if revision.name == main else f"{name}@{revision.name[:12]}"
            if _is_model(revision):
                yield Candidate(path=revision, id=shown, name=names[-1])
            for file in _gguf_files(revision):
                yield Candidate(path=file, id=f"{shown}/{file.stem}")


def _main_revision(repository: Path) -> str:
    try:
        return (repository / "refs" / "main").read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _below(root: Path) -> Iterator[Candidate]:
    """Models in a folder the person chose, breadth first; a model's own subfolders are not searched."""
    level, left = [root], MOST_FOLDERS
    for _ in range(DEPTH + 1):
        following = list[Path]()
        for folder in level[:left]:
            if folder.name.startswith("models--"):
                yield from (one for one in _in_hub(folder.parent) if folder in one.path.parents)
            elif _is_model(folder):
                yield Candidate(path=folder)
            else:
                yield from (Candidate(path=file) for file in _gguf_files(folder))
                following += _subfolders(folder)
        left -= len(level)
        level = following


def _is_model(folder: Path) -> bool:
    # Not Path.exists, which raises for a folder that one may not look into, such as a disk's `lost+found`.
    return any(os.path.exists(folder / name) for name in ("model_index.json", "config.json"))


def _gguf_files(folder: Path) -> list[Path]:
    """Language models in one file; what belongs to a picture half (`mmproj`) or to a split is left out."""
    names = [name for name in _names(folder) if name.lower().endswith(".gguf")]
    return [folder / name for name in names if "mmproj" not in name.lower() and "-of-" not in name]


def _subfolders(folder: Path) -> list[Path]:
    return [folder / name for name in _names(folder) if name[:1] != "." and os.path.isdir(folder / name)]


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:  # gone, or not allowed: the person's folders come and go with their disks
        return []
