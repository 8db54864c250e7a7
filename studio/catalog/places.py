"""Where models may lie: a walk over names and sizes that opens no file, for folders with ten thousand."""

import os
import re
import stat
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

import msgspec

from studio.catalog.adopt import Adopted, recognise
from studio.catalog.files import PICKLES
from studio.catalog.gguf import parts_of, without_part
from studio.catalog.hub.mark import read_mark
from studio.catalog.inspect import has_sight
from studio.catalog.onnx import ENDING as ONNX
from studio.catalog.single import SAFETENSORS
from studio.core.model import Kind

DEPTH = 4  # folders below the one the person chose: person / kind / author / model
MOST_FOLDERS = 5000
_INDEXES = ("model_index.json", "config.json", "adapter_config.json")
_SHARD = re.compile(r"-\d{5}-of-\d{5}\.")
# Names that tools give to files of weights: the folder's name says more.
_GENERIC = ("model", "diffusion_pytorch_model", "pytorch_lora_weights", "adapter_model")


class Place(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A folder or file that looks like a model.

    Attributes:
        path: absolute, links in it not followed.
        id, name: "" leaves them to inspection.
        source: as in ModelSpec.
        ours: the studio downloaded it.
        kind: what the tool that it belongs to keeps there; OTHER if unknown.
        folder: it is one, and no file.
        stamp: changes with the files: of a file its size and time, of a folder a sum over all.
        key: the same for one place reached in two ways.
    """

    path: str
    id: str = ""
    name: str = ""
    source: str = "folder"
    ours: bool = False
    kind: Kind = Kind.OTHER
    folder: bool = False
    stamp: tuple[int, int] = (0, 0)
    key: tuple[int, int] | str = ""


def all_places(folders: Iterable[Path], resources: Path, hub: Path) -> Iterator[Place]:
    """The starters, the hub's cache, then the person's folders; each place once."""
    seen = set[tuple[int, int] | str]()
    for place in _all(folders, resources, hub):
        if place.key not in seen:
            seen.add(place.key)
            yield place


def _all(folders: Iterable[Path], resources: Path, hub: Path) -> Iterator[Place]:
    for name in _Walk("starter").folders_in(str(resources / "starter")):
        if _is_model(name, _names(name)):
            yield from _folder(name, id=f"starter/{os.path.basename(name)}", source="starter")
    yield from _in_hub(str(hub))
    for folder in folders:
        adopted = recognise(folder)
        yield from _adopted(adopted) if adopted else _Walk("folder").below(str(folder))


def _adopted(adopted: Adopted) -> Iterator[Place]:
    for named in adopted.files:
        path = str(named.path)
        if os.path.isdir(path):
            yield from _folder(path, name=named.name, source=adopted.tool)
        else:
            yield from _file(path, name=named.name, source=adopted.tool, kind=named.kind)
    for folder, kind in adopted.folders:
        yield from _Walk(adopted.tool, kind).below(str(folder))


def _in_hub(cache: str) -> Iterator[Place]:
    for repository in _Walk("hub").folders_in(cache):
        if os.path.basename(repository).startswith("models--"):
            mine = [
                os.path.join(repository, "snapshots", commit, *name.split("/"))
                for commit, files in read_mark(Path(repository)).commits.items()
                for name in files
            ]
            for place in _repository(repository):
                ours = any(one == place.path or one.startswith(place.path + os.sep) for one in mine)
                yield msgspec.structs.replace(place, ours=True) if ours else place


def _repository(repository: str) -> Iterator[Place]:
    """`models--owner--name/snapshots/<revision>`; the revision of `main` goes without its name."""
    _, *names = os.path.basename(repository).split("--")
    if not any(names):
        return
    revisions = _Walk("hub").folders_in(os.path.join(repository, "snapshots"))
    main = _main_revision(repository) or (os.path.basename(revisions[0]) if len(revisions) == 1 else "")
    for revision in revisions:
        commit = os.path.basename(revision)
        shown = "/".join(names) if commit == main else f"{'/'.join(names)}@{commit[:12]}"
        inside = _names(revision)
        whole = _is_model(revision, inside)
        if whole:
            yield from _folder(revision, id=shown, name=names[-1], source="hub")
        walk = _Walk("hub", home=revision, id=shown)
        yield from walk.files(revision, inside) if whole else walk.below(revision)


def _main_revision(repository: str) -> str:
    try:
        return Path(repository, "refs", "main").read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


class _Walk:
    """A walk below one folder.

    Args:
        kind: what the tool keeps there.
        home, id: of a repository of the hub: its folder, and the id that those of its files begin with.
    """

    def __init__(self, source: str, kind: Kind = Kind.OTHER, *, home: str = "", id: str = "") -> None:
        self.source, self.kind, self.home, self.id = source, kind, home, id

    def below(self, root: str) -> Iterator[Place]:
        """Breadth first; a model's own subfolders are not searched, nor one folder twice."""
        level, left, seen = [root], MOST_FOLDERS, set[tuple[int, int]]()
        for _ in range(DEPTH + 1):
            following = list[str]()
            for folder in level[: max(0, left)]:
                names = _names(folder)
                if _known(folder, seen):
                    continue
                if os.path.basename(folder).startswith("models--") and "snapshots" in names:
                    yield from _repository(folder)
                    continue
                if _is_model(folder, names):
                    yield from _folder(folder, source=self.source, kind=self.kind, **self._called(folder))
                    if any(name == "model_index.json" or name.endswith(_WEIGHTS) for name in names):
                        continue  # else a settings file of that name, perhaps, with models below
                else:
                    yield from self.files(folder, names)
                following += self.folders_in(folder, names)
            left -= len(level)
            level = following

    def files(self, folder: str, names: dict[str, os.DirEntry[str]]) -> Iterator[Place]:
        # Beside an index of parts lie whole checkpoints; beside a config the weights that it is about.
        whole = "model_index.json" not in names and any(name in names for name in _INDEXES)
        plain = (*SAFETENSORS, ONNX)
        sight = has_sight(list(names))
        for name, entry in names.items():
            ending = f".{name.rpartition('.')[2].lower()}"
            kind = self.kind
            if ending == ".gguf":
                if "mmproj" in name.lower():  # half of a model that sees
                    continue
                kind = Kind.VISION if sight else kind
            elif whole or not (ending in plain or (ending in PICKLES and self._keeps_models(ending))):
                continue
            if _SHARD.search(name) and not (ending == ".gguf" and "-00001-of-" in name):
                continue  # llama.cpp is given the first part, and finds the others
            called = self._called(entry.path) if self.id else {}
            for place in _file(entry.path, entry, source=self.source, kind=kind, **called):
                yield _with_all_parts(place) if _SHARD.search(name) else place

    def _keeps_models(self, ending: str) -> bool:
        """Whether a pickle there is a model, and not just any file with such an ending."""
        return self.source in ("a1111", "comfyui") or (ending == ".ckpt" and not self.id)

    def _called(self, path: str) -> dict[str, str]:
        if not self.id or path == self.home:
            return {"id": self.id} if self.id else {}
        below = os.path.splitext(without_part(os.path.relpath(path, self.home)))[0].replace(os.sep, "/")
        generic = os.path.basename(below) in _GENERIC
        return {"id": f"{self.id}/{below}", **({"name": self.id.split("/")[-1]} if generic else {})}

    def folders_in(self, folder: str, names: "dict[str, os.DirEntry[str]] | None" = None) -> list[str]:
        found = _names(folder) if names is None else names
        return [
            os.path.join(folder, name) for name, entry in found.items() if name[:1] != "." and _is_dir(entry)
        ]


_WEIGHTS = (*SAFETENSORS, *PICKLES, ".gguf", ONNX, ".safetensors.index.json")


def _is_model(folder: str, names: "dict[str, os.DirEntry[str]]") -> bool:
    """Whether an index or a config is there; it may be in a folder that one may enter and not list."""
    return any(
        (name in names or not names) and os.path.exists(os.path.join(folder, name)) for name in _INDEXES
    )


def _names(folder: str) -> "dict[str, os.DirEntry[str]]":
    try:
        with os.scandir(folder) as entries:
            return {entry.name: entry for entry in sorted(entries, key=lambda entry: entry.name)}
    except OSError:  # gone, or not allowed: the person's folders come and go with their disks
        return {}


def _is_dir(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _known(folder: str, seen: set[tuple[int, int]]) -> bool:
    """Whether the walk was there before, by a link that leads back."""
    try:
        status = os.stat(folder)
    except OSError:
        return True
    key = (status.st_dev, status.st_ino)
    known = key in seen and status.st_ino != 0
    seen.add(key)
    return known


def _file(
    path: str,
    entry: "os.DirEntry[str] | None" = None,
    *,
    id: str = "",
    name: str = "",
    source: str,
    kind: Kind = Kind.OTHER,
) -> Iterator[Place]:
    """A regular file; nothing for a pipe, a device, or a link that leads nowhere."""
    try:
        # On Windows an entry knows no inode.
        status = entry.stat() if entry and os.name != "nt" else os.stat(path)
    except OSError:
        return
    if stat.S_ISREG(status.st_mode):
        stamp = (status.st_size, status.st_mtime_ns)
        key = (status.st_dev, status.st_ino)
        yield Place(path=path, id=id, name=name, source=source, kind=kind, stamp=stamp, key=key)


def _with_all_parts(place: Place) -> Place:
    """Its stamp counts the files that go with it."""
    size, changed = 0, 0
    for part in parts_of(Path(place.path)):
        try:
            status = part.stat()
        except OSError:  # not here yet: inspection says so, and the stamp changes once it comes
            continue
        size, changed = size + status.st_size, max(changed, status.st_mtime_ns)
    return msgspec.structs.replace(place, stamp=(size, changed))


def _folder(
    path: str, *, id: str = "", name: str = "", source: str, kind: Kind = Kind.OTHER
) -> Iterator[Place]:
    """A folder of a model, with a stamp over its files and those of its parts."""
    digest, total = blake2b(digest_size=7), 0
    parts = [path]
    for folder in parts:
        for name_, entry in _names(folder).items():
            try:
                status = entry.stat()
            except OSError:
                continue
            if stat.S_ISDIR(status.st_mode):
                if folder == path and len(parts) < 50 and name_[:1] != ".":
                    parts.append(entry.path)
                continue
            total += status.st_size
            line = f"{entry.path}\0{status.st_size}\0{status.st_mtime_ns}\n"
            digest.update(line.encode(errors="surrogateescape"))
    try:
        status = os.stat(path)
    except OSError:
        return
    stamp = (total, int.from_bytes(digest.digest()))
    key = (status.st_dev, status.st_ino)
    yield Place(path=path, id=id, name=name, source=source, kind=kind, folder=True, stamp=stamp, key=key)
