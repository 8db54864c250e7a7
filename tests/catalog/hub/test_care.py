"""Looking after models in the hub's cache: what is the studio's own may go, what is not stays."""

import errno
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.catalog.hub.cache import size_of
from studio.catalog.hub.care import (
    clear,
    discard,
    disk_used,
    downloaded_by_studio,
    files_of,
    leftovers,
    remove,
    verify,
)
from studio.catalog.hub.wire import Resolved
from studio.core.downloads import Checking
from studio.core.errors import FileStays, ModelBeingFetched, ModelNotOurs
from tests.catalog.hub.fetching import Fetching, fetch, finished, request
from tests.catalog.hub.local_hub import Guided, LocalHub, Status, etag_of
from tests.catalog.hub.test_download import names, part_of

pytestmark = pytest.mark.hub

WEIGHTS = random.Random(5).randbytes(100_000)
FILES = {"README.md": b"# Model", "config.json": b"{}", "model.safetensors": WEIGHTS}
SIZE = sum(map(len, FILES.values()))
REPOSITORY = "someone/model"


def fetched(hub: LocalHub, cache: Path, **wanted: object) -> Path:
    return finished(fetch(hub.url, request(cache, REPOSITORY, **wanted)))


def by_another_tool(cache: Path, commit: str, files: dict[str, bytes]) -> Path:
    """A snapshot as the hub's own tools leave it."""
    folder = cache / "models--someone--model"
    for name, content in files.items():
        blob, shown = folder / "blobs" / etag_of(name, content), folder / "snapshots" / commit / name
        for path in (blob, shown):
            path.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(content)
        shown.symlink_to(f"../../blobs/{blob.name}")
    return folder / "snapshots" / commit


def test_whole_model_goes_and_leaves_nothing(hub: LocalHub, cache: Path) -> None:
    hub.add(REPOSITORY, FILES)
    snapshot = fetched(hub, cache)
    assert downloaded_by_studio(snapshot) and disk_used(snapshot) == SIZE
    told: list[Checking] = []
    assert verify(snapshot, told.append) == []
    assert told[-1] == Checking(done_bytes=SIZE, size_bytes=SIZE) and len(told) > 1
    assert remove(snapshot) == SIZE
    assert not (cache / "models--someone--model").exists()
    with pytest.raises(ModelNotOurs):
        remove(snapshot)


class Killed(BaseException):
    """Nothing catches it."""


def killed_at(step: int, act: Callable[[], object]) -> None:
    """Does so many changes of the file system, and no other after them, as if the process were killed."""
    left = [step]

    def counted(change: Callable[..., object]) -> Callable[..., object]:
        def changed(*given: object, **named: object) -> object:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return change(*given, **named)

        return changed

    with pytest.MonkeyPatch.context() as patched:
        for name in ("unlink", "replace"):
            patched.setattr(Path, name, counted(getattr(Path, name)))
        with pytest.raises(Killed):
            act()


@pytest.mark.parametrize("step", range(9))
def test_removal_that_was_killed_can_be_begun_again(hub: LocalHub, cache: Path, step: int) -> None:
    hub.add(REPOSITORY, FILES | {"a/config.json": b"{ }"})
    snapshot = fetched(hub, cache)
    killed_at(step, lambda: remove(snapshot))
    left = [name for name in (*FILES, "a/config.json") if (snapshot / name).exists()]
    assert not left or "config.json" in left  # a part of it is no model of its own
    if snapshot.exists():
        assert downloaded_by_studio(snapshot)
        remove(snapshot)
    else:
        assert bool(leftovers(cache, REPOSITORY)) == any(cache.glob("models--*/blobs/*"))
        discard(cache, REPOSITORY)
    assert not (cache / "models--someone--model").exists()


def test_files_tell_what_would_stay(hub: LocalHub, cache: Path, tmp_path: Path) -> None:
    hub.add(REPOSITORY, FILES)
    old = fetched(hub, cache)
    assert [(file.name, file.size_bytes, file.shared) for file in files_of(old)] == [
        ("README.md", 7, False),
        ("config.json", 2, False),
        ("model.safetensors", 100_000, False),
    ]
    hub.add(REPOSITORY, FILES | {"config.json": b"{ }"})
    fetched(hub, cache)
    by_another_tool(cache, old.name, {"vae/config.json": b"{}{}"})
    assert {file.name for file in files_of(old) if not file.shared} == {"config.json"}
    mine = tmp_path / "mine" / "ink.safetensors"
    mine.parent.mkdir()
    mine.write_bytes(b"12")
    for model in (mine, mine.parent):
        [file] = files_of(model)
        assert (file.name, file.size_bytes, file.shared) == ("ink.safetensors", 2, True)
    (old / "config.json").unlink()
    assert "config.json" not in {file.name for file in files_of(old)}
    assert files_of(tmp_path / "nowhere") == ()


def test_what_another_revision_uses_stays(hub: LocalHub, cache: Path) -> None:
    hub.add(REPOSITORY, FILES)
    old = fetched(hub, cache)
    hub.add(REPOSITORY, FILES | {"config.json": b"{ }"})
    new = fetched(hub, cache)
    assert remove(old) == len(FILES["config.json"])
    assert not old.exists() and verify(new) == []
    # What the second revision found there is the studio's too.
    assert remove(new) == SIZE + 1
    assert not (cache / "models--someone--model").exists()


def test_what_another_tool_fetched_is_never_removed(hub: LocalHub, cache: Path) -> None:
    commit = hub.add(REPOSITORY, FILES)
    theirs = by_another_tool(cache, commit, {"model.safetensors": WEIGHTS, "notes.txt": b"theirs"})
    assert not downloaded_by_studio(theirs)
    with pytest.raises(ModelNotOurs) as caught:
        remove(theirs)
    assert caught.value.params == {"model": REPOSITORY}
    snapshot = fetched(hub, cache)
    assert snapshot == theirs and not hub.fetched
    assert remove(snapshot) == SIZE - len(WEIGHTS)
    assert names(snapshot) == ["model.safetensors", "notes.txt"]
    assert verify(snapshot) == []


def test_one_quantisation_goes_and_the_card_with_the_last(hub: LocalHub, cache: Path) -> None:
    hub.add(REPOSITORY, {"README.md": b"card", "m.Q4_0.gguf": b"four", "m.Q8_0.gguf": b"eight!"})
    snapshot = fetched(hub, cache)
    fetched(hub, cache, files=["*Q8_0*"])
    assert disk_used(snapshot / "m.Q8_0.gguf") == 6 and verify(snapshot / "m.Q8_0.gguf") == []
    assert remove(snapshot / "m.Q4_0.gguf") == 4
    assert names(snapshot) == ["README.md", "m.Q8_0.gguf"]
    assert remove(snapshot / "m.Q8_0.gguf") == 10
    assert not snapshot.exists()


def test_damage_is_found_and_mended(hub: LocalHub, cache: Path) -> None:
    hub.add(REPOSITORY, FILES | {"LICENSE": b"free"})
    snapshot = fetched(hub, cache)
    (snapshot / "model.safetensors").write_bytes(WEIGHTS[:-1] + b"x")
    (snapshot / "config.json").resolve().unlink()
    (snapshot / "README.md").unlink()
    assert verify(snapshot) == ["README.md", "config.json", "model.safetensors"]
    assert verify(snapshot / "model.safetensors") == ["model.safetensors"]
    assert disk_used(snapshot) == len(WEIGHTS) + len(b"free")
    clear(snapshot, verify(snapshot))
    assert fetched(hub, cache) == snapshot
    assert verify(snapshot) == [] and (snapshot / "model.safetensors").read_bytes() == WEIGHTS
    with pytest.raises(ModelNotOurs):
        clear(snapshot, ["other.safetensors"])


@pytest.mark.parametrize("step", range(2))
def test_mending_that_was_killed_leaves_no_damage_to_a_download(
    hub: LocalHub, cache: Path, step: int
) -> None:
    hub.add(REPOSITORY, FILES)
    snapshot = fetched(hub, cache)
    (snapshot / "model.safetensors").write_bytes(WEIGHTS[:-1] + b"x")
    killed_at(step, lambda: clear(snapshot, ["model.safetensors"]))
    if step:
        fetched(hub, cache)
        assert verify(snapshot) == []
    assert downloaded_by_studio(snapshot)


def test_files_without_links_are_looked_after_too(hub: LocalHub, cache: Path) -> None:
    hub.add(REPOSITORY, FILES)
    snapshot = finished(fetch(hub.url, request(cache, REPOSITORY), HF_HUB_DISABLE_SYMLINKS="1"))
    assert verify(snapshot) == []
    (snapshot / "config.json").write_bytes(b"[]")
    assert verify(snapshot) == ["config.json"]
    assert remove(snapshot) == SIZE and not snapshot.exists()


def test_content_that_repositories_share_is_checked_and_left(hub: LocalHub, cache: Path) -> None:
    commit = hub.add(REPOSITORY, FILES)
    theirs = by_another_tool(cache, commit, {"model.safetensors": WEIGHTS})
    shared = cache / "blobs" / "ab" / ("ab" * 32)
    shared.parent.mkdir(parents=True)
    blob = (theirs / "model.safetensors").resolve().rename(shared)
    (theirs.parents[1] / "blobs" / etag_of(shared.name + ".gguf", WEIGHTS)).symlink_to(
        f"../../blobs/ab/{blob.name}"
    )
    snapshot = fetched(hub, cache)
    assert not hub.fetched and verify(snapshot) == [] and disk_used(snapshot) == SIZE
    shared.write_bytes(WEIGHTS[::-1])
    assert verify(snapshot) == ["model.safetensors"]
    assert remove(snapshot) == SIZE - len(WEIGHTS)
    assert shared.exists()


def test_download_that_runs_is_not_discarded(hub: LocalHub, cache: Path) -> None:
    hub.add(REPOSITORY, FILES)
    hub.lasting["model.safetensors"] = Guided(lambda sent: bool(sent))
    with Fetching(hub.url, request(cache, REPOSITORY)) as fetching:
        while size_of(part_of(cache, WEIGHTS)) <= 0:
            assert fetching.process.poll() is None
        with pytest.raises(ModelBeingFetched):
            discard(cache, REPOSITORY)
        assert leftovers(cache, REPOSITORY)
    assert discard(cache, REPOSITORY) > 0


def test_all_parts_of_a_model_go_with_it(hub: LocalHub, cache: Path) -> None:
    parts = {f"m-Q8_0-0000{n}-of-00002.gguf": WEIGHTS[n:] for n in (1, 2)}
    hub.add(REPOSITORY, {"README.md": b"#"} | parts)
    first = fetched(hub, cache) / "m-Q8_0-00001-of-00002.gguf"
    assert {file.name for file in files_of(first)} == parts.keys()
    assert disk_used(first) == sum(map(len, parts.values())) and verify(first) == []
    assert remove(first) == disk_used(first) + 2 * len(WEIGHTS) - 3 + 1
    assert not first.parents[2].exists()


def test_a_removal_that_fails_says_what_stays(
    hub: LocalHub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(REPOSITORY, FILES)
    snapshot = fetched(hub, cache)

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(FileStays) as refused:
        remove(snapshot)
    assert str(snapshot) in refused.value.params["path"]
    assert refused.value.params["cause"] == "Permission denied"


def test_nothing_is_removed_of_what_is_being_fetched(hub: LocalHub, cache: Path) -> None:
    """Neither between two files nor of another revision, whose contents the new one may have in common."""
    hub.add(REPOSITORY, FILES)
    old = fetched(hub, cache)
    hub.add(REPOSITORY, FILES | {"config.json": b"{ }"})
    hub.lasting["config.json"] = Guided(lambda sent: True)
    with Fetching(hub.url, request(cache, REPOSITORY)) as fetching:
        assert isinstance(fetching.update(), Resolved)
        for part in (cache / "models--someone--model" / "blobs").glob("*.part"):
            part.unlink()
        with pytest.raises(ModelBeingFetched):
            remove(old)
        with pytest.raises(ModelBeingFetched):
            discard(cache, REPOSITORY)
        assert verify(old) == []
    assert remove(old) > 0


def test_unfinished_download_can_be_discarded(hub: LocalHub, cache: Path) -> None:
    hub.add(REPOSITORY, FILES)
    old = fetched(hub, cache)
    weights = {f"model-0000{n}-of-00002.safetensors": WEIGHTS[n:] for n in (1, 2)}
    hub.add(REPOSITORY, {"config.json": b"{}", "model.safetensors.index.json": b"{ }"} | weights)
    hub.lasting["model-00002-of-00002.safetensors"] = Status(403)
    fetch(hub.url, request(cache, REPOSITORY))
    blobs = cache / "models--someone--model" / "blobs"
    part = blobs / (etag_of("x.gguf", WEIGHTS[2:]) + ".studio.part")
    part.write_bytes(b"some")
    left = sum(path.stat().st_size for path in blobs.iterdir())
    assert discard(cache, REPOSITORY) == left - SIZE
    assert sum(path.stat().st_size for path in blobs.iterdir()) == SIZE
    assert verify(old) == []


@pytest.mark.parametrize(
    "mark",
    [
        {"commits": {"{commit}": {"../../../../precious.txt": "{etag}"}}},
        {"commits": {"{commit}": {"model.safetensors": "../../../precious.txt"}}},
        {"commits": {"../../..": {"precious.txt": "{etag}"}}},
        {"commits": ["odd"]},
    ],
)
def test_mark_that_was_tampered_with_removes_nothing(cache: Path, mark: dict[str, object]) -> None:
    commit = "c" * 40
    snapshot = by_another_tool(cache, commit, FILES)
    precious = cache.parent / "precious.txt"
    precious.write_text("mine")
    etag = etag_of("model.safetensors", WEIGHTS)
    written = json.dumps(mark).replace("{commit}", commit).replace("{etag}", etag)
    (snapshot.parents[1] / ".studio.json").write_text(written)
    for path in (snapshot, snapshot / "model.safetensors"):
        with pytest.raises(ModelNotOurs):
            remove(path)
    assert precious.exists() and verify(snapshot) == []


def test_model_outside_of_the_hubs_cache_is_not_ours(tmp_path: Path) -> None:
    model = tmp_path / "models" / "mine.gguf"
    model.parent.mkdir()
    model.write_bytes(b"GGUF")
    assert not downloaded_by_studio(model) and disk_used(model) == 4 and verify(model) == []
    with pytest.raises(ModelNotOurs):
        remove(model)


def test_looking_at_what_is_there_loads_no_network_library() -> None:
    modules = "studio.catalog.hub.care, studio.catalog.hub.names, studio.catalog.hub.choose"
    words = f"import {modules}, sys; print({{'huggingface_hub', 'httpx2', 'ssl'}} & {{*sys.modules}})"
    told = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
