"""`studio models remove` and `verify`: what the studio downloaded may go; damage is found and mended."""

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from studio.catalog.hub import care
from studio.catalog.hub.mark import read_mark
from studio.catalog.hub.wire import Fetch
from studio.catalog.inspect import inspect_model
from studio.catalog.scan import Found
from studio.cli.models_found import find_place, find_spec, installed, repository_place
from studio.cli.models_hub import download, must_be_online
from studio.cli.output import DONE, FAILED, Output
from studio.cli.usage import wrong_usage
from studio.core.downloads import Checking, Wanted
from studio.core.errors import (
    ModelError,
    ModelIncomplete,
    ModelNotOurs,
    ModelPointer,
    ModelUnreadable,
    NotFound,
    error_from,
)
from studio.core.paths import Paths
from studio.core.servers import split_id
from studio.ui.figures import size
from studio.ui.i18n import plural, sentence_of, tr

DAMAGE = (ModelIncomplete, ModelPointer, ModelUnreadable)


class Damage(msgspec.Struct, frozen=True):
    """What is wrong with one model.

    Attributes:
        files: missing, or not what the hub describes.
        message: what its headers tell, where the hub describes nothing.
        command: mends it; empty where only a new copy does.
    """

    id: str
    path: str
    files: tuple[str, ...] = ()
    message: str = ""
    command: str = ""


class HubPlace(msgspec.Struct, frozen=True):
    """Where in a cache of the hub a model lies."""

    repository: str
    commit: str
    folder: Path  # models--owner--name


def remove(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    found = installed(paths)
    try:
        path = find_place(found, args.model)
    except NotFound:
        if split_id(args.model):
            raise ModelNotOurs(model=args.model) from None
        return _discard(args, output)
    if not care.downloaded_by_studio(path):
        raise ModelNotOurs(model=args.model)
    _ask(args, care.disk_used(path), output)
    return _removed(args.model, care.remove(path), output)


def verify(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    chosen = list(_chosen(args, installed(paths)))
    damaged = list[Damage]()
    for number, (name, path) in enumerate(chosen, 1):
        words, place = tr("Checking {name}", name=name), f"{number}/{len(chosen)}"

        def tell(checking: Checking, words: str = words, place: str = place) -> None:
            read = f"{size(checking.done_bytes)} / {size(checking.size_bytes)}"
            output.progress(words, f"{place} · {read}")

        output.progress(words, place)
        if damage := _damage(name, path, tell):
            damaged.append(damage)
    if args.mend and damaged:
        must_be_online(args, paths)
        damaged = [left for damage in damaged if (left := _mended(damage, output))]
    whole = not damaged
    lines = [plural(len(chosen), "{n} model checked", "{n} models checked")]
    for damage in damaged:
        lines += _lines(damage)
    answer = {"state": "done", "whole": whole, "checked": len(chosen)}
    output.result({**answer, "damaged": msgspec.to_builtins(damaged)}, lines)
    return DONE if whole else FAILED


def _discard(args: argparse.Namespace, output: Output) -> int:
    """What an unfinished download, or removal, left. Raises NotFound."""
    place = repository_place(args.model)
    repository = "/".join(place.folder.name.split("--")[1:]) if place else ""
    left = care.leftovers(place.cache, repository) if place else []
    if place is None or not left:
        raise NotFound(name=args.model)
    _ask(args, sum(file.stat().st_size for file in left), output)
    return _removed(args.model, care.discard(place.cache, repository), output)


def _removed(name: str, freed: int, output: Output) -> int:
    lines = [tr("{name} was removed; {size} are free", name=name, size=size(freed))]
    output.result({"state": "done", "id": name, "freed_bytes": freed}, lines)
    return DONE


def _ask(args: argparse.Namespace, used: int, output: Output) -> None:
    """Raises WrongUsage where there is nobody to ask, KeyboardInterrupt where the answer is no."""
    if args.yes:
        return
    if not sys.stdin or not sys.stdin.isatty() or output.json:
        raise wrong_usage(tr("Nobody can be asked here; add --yes to remove it"), "studio models remove")
    question = tr("Remove {name} ({size}) from the disk? y/N", name=args.model, size=size(used))
    output.note(question)
    if sys.stdin.readline().strip().casefold() not in ("y", "yes", "是"):
        raise KeyboardInterrupt


def _chosen(args: argparse.Namespace, found: Found) -> Iterator[tuple[str, Path]]:
    """Names and places of the named model, or of all, the damaged ones too.

    Raises NotFound, or the ModelError that says why what is there is no model that could be whole.
    """
    if args.model:
        path = find_place(found, args.model)
        spec = find_spec(found, args.model)
        if spec is None and _hub_place(path) is None:
            with contextlib.suppress(*DAMAGE):  # which is told like that of any other
                inspect_model(path)
        yield (spec.id if spec else args.model), path
        return
    for spec in found.models:
        yield spec.id, Path(spec.path)
    for problem in found.problems:
        if isinstance(error_from(problem.code, problem.params), DAMAGE):
            path = Path(problem.path)
            place = _hub_place(path)
            yield (f"{place.repository}@{place.commit[:12]}" if place else problem.path), path


def _damage(name: str, path: Path, tell: Callable[[Checking], object] = lambda _: None) -> Damage | None:
    """By checksums where the hub tells them, else by headers; `tell` hears how far it is."""
    files, message = tuple(care.verify(path, tell)), ""
    if not files:
        try:
            inspect_model(path)
        except DAMAGE as error:
            message = sentence_of(error)
        except ModelError:  # of a kind that cannot be used, which is no damage
            return None
    if not files and not message:
        return None
    return Damage(name, str(path), files, message, _command(name, path, files))


def _command(name: str, path: Path, files: tuple[str, ...]) -> str:
    place = _hub_place(path)
    if place is None:
        return ""
    if care.downloaded_by_studio(path) and files:
        return f"studio models verify {name} --mend"
    words = ["hf", "download", place.repository, *files, "--revision", place.commit, "--force-download"]
    return " ".join(words)


def _lines(damage: Damage) -> Iterator[str]:
    yield f"! {damage.id} ({damage.path})"
    yield from (f"  {tr('{path}: damaged', path=name)}" for name in damage.files)
    if damage.message:
        yield f"  {damage.message}"
    yield "  " + (
        tr("To mend it: {command}", command=damage.command)
        if damage.command
        else tr("Copy or download the model again.")
    )


def _mended(damage: Damage, output: Output) -> Damage | None:
    """What is left of the damage after fetching anew what the studio had fetched. Raises HubError."""
    path = Path(damage.path)
    place = _hub_place(path)
    if place is None or not damage.files or not care.downloaded_by_studio(path):
        return damage
    care.clear(path, damage.files)
    # All that belongs to it: what is whole is there, and so is not fetched again.
    names = tuple(read_mark(place.folder).commits[place.commit])
    wanted = Wanted(repository=place.repository, revision=place.commit, files=names)
    download(Fetch(wanted=wanted, cache=str(place.folder.parent)), output)
    return _damage(damage.id, path)


def _hub_place(path: Path) -> HubPlace | None:
    for folder in (path, *path.parents):
        repository = folder.parents[1] if len(folder.parents) > 1 else folder
        if folder.parent.name == "snapshots" and repository.name.startswith("models--"):
            return HubPlace("/".join(repository.name.split("--")[1:]), folder.name, repository)
    return None
