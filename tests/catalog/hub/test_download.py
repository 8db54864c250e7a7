"""Whole downloads by the real process from a hub on this machine, and what they leave in the cache."""

import json
import os
import random
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download

from studio.catalog.hub.wire import Progress, Resolved
from studio.core.downloads import FileState
from tests.catalog.hub.fetching import Fetching, fetch, finished, refused, request
from tests.catalog.hub.local_hub import BLOCK, Guided, LocalHub, etag_of
from tests.leaks import NetworkRefused

pytestmark = pytest.mark.hub
AHEAD = 4 * BLOCK  # bytes that the store sends before it waits for them to be on the disk

CONFIG = json.dumps({"architectures": ["LlamaForCausalLM"]}).encode()
WEIGHTS = random.Random(1).randbytes(300_000)
TEXT = {
    "README.md": b"# A model\n",
    "config.json": CONFIG,
    "model.safetensors": WEIGHTS,
    "pytorch_model.bin": b"pickle",
    "tokenizer.json": b"{}",
}
NEEDED = ["README.md", "config.json", "model.safetensors", "tokenizer.json"]


def names(snapshot: Path) -> list[str]:
    return sorted(path.relative_to(snapshot).as_posix() for path in snapshot.rglob("*") if path.is_file())


def test_whole_model_arrives_as_the_hubs_own_tools_would_have_it(hub: LocalHub, cache: Path) -> None:
    commit = hub.add("someone/model", TEXT)
    updates = fetch(hub.url, request(cache, "someone/model"))
    snapshot = finished(updates)
    assert snapshot == cache / "models--someone--model" / "snapshots" / commit
    assert names(snapshot) == NEEDED
    weights = snapshot / "model.safetensors"
    assert os.readlink(weights) == f"../../blobs/{etag_of(weights.name, WEIGHTS)}"
    assert weights.read_bytes() == WEIGHTS
    assert Path(snapshot_download("someone/model", cache_dir=cache, local_files_only=True)) == snapshot
    for name in NEEDED:
        found = hf_hub_download("someone/model", name, cache_dir=cache, local_files_only=True)
        assert Path(found).read_bytes() == TEXT[name]
    scanned = scan_cache_dir(cache)
    assert not scanned.warnings
    assert [(repo.repo_id, repo.nb_files) for repo in scanned.repos] == [("someone/model", 4)]
    assert not list(cache.rglob("*.part"))


def test_what_is_said_on_the_way(hub: LocalHub, cache: Path) -> None:
    commit = hub.add("someone/model", TEXT)
    first, *told, _ = fetch(hub.url, request(cache, "someone/model"))
    assert isinstance(first, Resolved) and first.commit == commit
    assert [(file.name, file.size_bytes) for file in first.files] == [(n, len(TEXT[n])) for n in NEEDED]
    assert {file.state for file in first.files} == {FileState.WAITING}
    last = told[-1]
    assert isinstance(last, Progress)
    assert all(file.state is FileState.DONE and file.done_bytes == file.size_bytes for file in last.files)
    assert last.bytes_per_second > 0


def test_second_time_fetches_nothing(hub: LocalHub, cache: Path) -> None:
    hub.add("someone/model", TEXT)
    fetch(hub.url, request(cache, "someone/model"))
    hub.asked.clear()
    first, *_, _ = updates = fetch(hub.url, request(cache, "someone/model"))
    finished(updates)
    assert [asked.path for asked in hub.asked] == ["/api/models/someone/model/revision/main"]
    assert isinstance(first, Resolved) and {file.state for file in first.files} == {FileState.DONE}


def test_pipeline_is_chosen_by_the_index_that_it_brings(hub: LocalHub, cache: Path) -> None:
    index = {
        "_class_name": "FluxPipeline",
        "vae": ["diffusers", "AutoencoderKL"],
        "safety_checker": [None, None],
    }
    vae = "vae/diffusion_pytorch_model"
    hub.add(
        "someone/painter",
        {
            "model_index.json": json.dumps(index).encode(),
            "vae/config.json": b"{}",
            f"{vae}.safetensors": WEIGHTS,
            f"{vae}.fp16.safetensors": WEIGHTS[:150_000],
            f"{vae}.bin": WEIGHTS,
            "unet/config.json": b"{ }",
        },
    )
    snapshot = finished(fetch(hub.url, request(cache, "someone/painter")))
    assert names(snapshot) == ["model_index.json", "vae/config.json", f"{vae}.fp16.safetensors"]
    assert sum(asked.path.endswith("/model_index.json") for asked in hub.asked) == 1


def test_only_the_wanted_file_is_fetched(hub: LocalHub, cache: Path) -> None:
    hub.add("someone/texts", {"README.md": b"x", "a.Q8_0.gguf": b"eight", "a.Q4_K_M.gguf": b"four"})
    snapshot = finished(fetch(hub.url, request(cache, "someone/texts", files=["*Q8_0*"])))
    assert names(snapshot) == ["README.md", "a.Q8_0.gguf"]


@pytest.mark.long
def test_killed_at_ten_random_points_nothing_is_fetched_twice(hub: LocalHub, cache: Path) -> None:
    size = 5_000_000
    weights = random.Random(2).randbytes(size)
    commit = hub.add("someone/model", {"config.json": CONFIG, "model.safetensors": weights})
    part = part_of(cache, weights)
    points = sorted(random.Random(3).sample(range(size - AHEAD), 10))
    for point in points:
        reached = threading.Event()
        hub.lasting["model.safetensors"] = Guided(guide(part, point, reached))
        with Fetching(hub.url, request(cache, "someone/model")) as fetching:
            assert reached.wait(30)
            fetching.kill()
        kept = part.stat().st_size
        # Whatever the process had got by then is on the disk, and the next one asks from there.
        assert hub.fetched[-1].start + hub.fetched[-1].sent - kept <= AHEAD
    hub.lasting.clear()
    snapshot = finished(fetch(hub.url, request(cache, "someone/model")))
    assert (snapshot / "model.safetensors").read_bytes() == weights
    starts = [asked.start for asked in hub.fetched]
    assert len(starts) == 11 and starts == sorted(starts)
    assert hub.sent("model.safetensors") <= size + len(points) * AHEAD
    assert (cache / "models--someone--model" / "refs" / "main").read_text() == commit


def part_of(cache: Path, weights: bytes) -> Path:
    return cache / "models--someone--model" / "blobs" / f"{etag_of('model.safetensors', weights)}.studio.part"


def guide(part: Path, point: int, reached: threading.Event) -> Callable[[int], bool]:
    """Lets the store be at most AHEAD of the disk, and of `point`; tells when that has gone out."""

    def ahead(sent: int) -> bool:
        if sent + BLOCK > point:
            reached.set()
        return sent + BLOCK - min(point, part.stat().st_size) > AHEAD

    return ahead


def test_ends_when_its_parent_lets_go_and_goes_on_from_there(hub: LocalHub, cache: Path) -> None:
    commit = hub.add("someone/model", {"config.json": CONFIG, "model.safetensors": WEIGHTS})
    held = threading.Event()
    hub.faults["model.safetensors"] = [Guided(lambda sent: sent >= 2 * BLOCK and not held.set())]
    with Fetching(hub.url, request(cache, "someone/model")) as fetching:
        assert held.wait(30)
        part = part_of(cache, WEIGHTS)
        while part.stat().st_size < 2 * BLOCK:  # it reports what it has written, until it waits for more
            assert fetching.update()
    assert fetching.process.returncode == 1
    finished(fetch(hub.url, request(cache, "someone/model", commit=commit)))
    assert [asked.start for asked in hub.fetched] == [0, 2 * BLOCK]


def test_two_downloads_at_once_share_the_work(hub: LocalHub, cache: Path) -> None:
    files = {f"model-0000{n}-of-00004.safetensors": random.Random(n).randbytes(200_000) for n in range(1, 5)}
    files |= {"config.json": CONFIG, "model.safetensors.index.json": b"{}"}
    hub.add("someone/model", files)
    asked = request(cache, "someone/model")
    with Fetching(hub.url, asked) as one, Fetching(hub.url, asked) as other:
        assert finished(one.rest()) == finished(other.rest())
    assert sum(asked.sent for asked in hub.fetched) == 800_000
    assert sorted(asked.path for asked in hub.fetched) == sorted(n for n in files if n.endswith("rs"))


def test_branch_that_moves_meanwhile_mixes_nothing(hub: LocalHub, cache: Path) -> None:
    old = hub.add("someone/model", {"config.json": CONFIG, "model.safetensors": WEIGHTS})
    newer = {"config.json": CONFIG + b" ", "model.safetensors": WEIGHTS[::-1]}

    def move(sent: int) -> bool:
        if hub.refs["someone/model"]["main"] == old:
            hub.add("someone/model", newer)
        return False

    hub.faults["model.safetensors"] = [Guided(move)]
    snapshot = finished(fetch(hub.url, request(cache, "someone/model")))
    assert snapshot.name == old and (snapshot / "model.safetensors").read_bytes() == WEIGHTS
    assert (snapshot / "config.json").read_bytes() == CONFIG
    # Going on with a download of before keeps to its commit; a new one takes the new commit.
    assert finished(fetch(hub.url, request(cache, "someone/model", commit=old))) == snapshot
    later = finished(fetch(hub.url, request(cache, "someone/model")))
    assert later.name == hub.refs["someone/model"]["main"]
    assert (later / "model.safetensors").read_bytes() == newer["model.safetensors"]
    assert finished(fetch(hub.url, request(cache, "someone/model", commit=old))) == snapshot
    assert (cache / "models--someone--model" / "refs" / "main").read_text() == later.name


def test_where_links_are_not_allowed_the_files_themselves_are_there(hub: LocalHub, cache: Path) -> None:
    files = {"config.json": CONFIG, "model.safetensors": WEIGHTS, "README.md": b"same", "LICENSE": b"same"}
    hub.add("someone/model", files)
    asked = request(cache, "someone/model")
    snapshot = finished(fetch(hub.url, asked, HF_HUB_DISABLE_SYMLINKS="1"))
    assert {name: (snapshot / name).read_bytes() for name in names(snapshot)} == files
    assert not any((snapshot / name).is_symlink() for name in files)
    assert not list((snapshot.parents[1] / "blobs").iterdir())
    hub.asked.clear()
    assert finished(fetch(hub.url, asked, HF_HUB_DISABLE_SYMLINKS="1")) == snapshot
    assert len(hub.asked) == 1


def test_token_goes_to_the_hub_and_no_further(hub: LocalHub, cache: Path) -> None:
    hub.accounts["hf_secret"] = "ada"
    hub.add("someone/model", TEXT)
    hub.accounts["hf_secret"] = "ada"
    finished(fetch(hub.url, request(cache, "someone/model"), HF_TOKEN="hf_secret"))
    assert {asked.token for asked in hub.asked} == {"Bearer hf_secret"}
    assert [asked.token for asked in hub.fetched] == [None]


def test_offline_switch_of_the_hubs_tools_is_heeded(hub: LocalHub, cache: Path) -> None:
    for words in ({"HF_HUB_OFFLINE": "1"}, {"HF_HUB_OFFLINE": "", "TRANSFORMERS_OFFLINE": "1"}):
        last = refused(fetch(hub.url, request(cache, "someone/model"), **words))
        assert (last.code, last.params) == ("offline_by_variable", {"variable": list(words)[-1]})
    assert not hub.asked


def test_marker_lets_a_test_reach_this_machine_only() -> None:
    with pytest.raises(NetworkRefused):
        socket.create_connection(("192.0.2.1", 9))
    with pytest.raises(NetworkRefused):
        socket.socket(socket.AF_INET6)
    with pytest.raises(NetworkRefused):
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
