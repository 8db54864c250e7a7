"""What can go wrong on the way from the hub: each ends well, or with an error that says what happened."""

import errno
import gzip
import json
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec
import pytest

from studio.catalog.hub import client, ranges
from studio.catalog.hub.repository import RepositoryDownload, free_bytes
from studio.catalog.hub.wire import Fetch, Patience, Progress, Update
from studio.core.errors import StudioError
from tests.catalog.hub.fetching import PATIENCE, fetch, finished, refused, request
from tests.catalog.hub.local_hub import Cut, Fault, LocalHub, Page, Stall, Status, Whole, Wrong, etag_of
from tests.catalog.hub.test_download import CONFIG, WEIGHTS, names, part_of

pytestmark = pytest.mark.hub

NAME = "model.safetensors"
FILES = {"config.json": CONFIG, NAME: WEIGHTS}
LISTING = "/api/models/someone/model/revision/main"


class Inside(Protocol):
    def __call__(self, asked: Fetch, free: int = 1 << 40) -> RepositoryDownload: ...


@pytest.fixture
def inside(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> Inside:
    """Makes the download in this process, where its surroundings can be made up and it starts at once."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
    return lambda asked, free=1 << 40: RepositoryDownload(asked, lambda update: None, lambda path: free)


def refusal(download: RepositoryDownload) -> StudioError:
    with pytest.raises(StudioError) as caught:
        download.run()
    return caught.value


@pytest.fixture
def asked(hub: LocalHub, cache: Path) -> Fetch:
    hub.add("someone/model", FILES)
    return request(cache, "someone/model")


@pytest.mark.parametrize(
    ("faults", "starts"),
    [
        ([Cut(100_000), Cut(50_000)], [0, 100_000, 150_000]),
        ([Cut(0), Status(500), Status(503)], [0, 0, 0, 0]),
        (
            [Cut(100_000), Status(502), Cut(1), Cut(1), Cut(1), Status(500)],
            [0, 100_000, 100_000, 100_001, 100_002, 100_003, 100_003],
        ),
        ([Cut(100_000), Status(416)], [0, 100_000, 0]),
        ([Cut(100_000), Whole()], [0, 100_000]),
        ([Status(429, {"Retry-After": "0"})], [0, 0]),
        ([Wrong()], [0, 0]),
        ([Cut(100_000), Wrong()], [0, 100_000, 0]),
    ],
    ids=["cut", "broken", "progress counts", "416", "range not heeded", "busy", "wrong once", "wrong rest"],
)
def test_passing_fault_costs_no_more_than_it_must(
    hub: LocalHub, asked: Fetch, faults: list[Fault], starts: list[int]
) -> None:
    hub.faults[NAME] = list(faults)
    patient = msgspec.structs.replace(asked, patience=msgspec.structs.replace(PATIENCE, attempts=4))
    snapshot = finished(fetch(hub.url, patient))
    assert (snapshot / NAME).read_bytes() == WEIGHTS
    assert [fetched.start for fetched in hub.fetched] == starts


def test_stall_is_left_and_the_rest_asked_for_anew(hub: LocalHub, asked: Fetch) -> None:
    hub.faults[NAME] = [Stall(65_536)]
    patience = msgspec.structs.replace(PATIENCE, stall=0.3)
    finished(fetch(hub.url, msgspec.structs.replace(asked, patience=patience)))
    assert [fetched.start for fetched in hub.fetched][:2] == [0, 65_536]


def test_file_that_stays_wrong_is_fetched_twice_and_then_refused(hub: LocalHub, asked: Fetch) -> None:
    hub.lasting[NAME] = Wrong()
    problem = refused(fetch(hub.url, asked))
    assert (problem.code, problem.params) == ("download_damaged", {"file": NAME})
    assert len(hub.fetched) == 2
    blobs = Path(asked.cache, "models--someone--model", "blobs")
    assert not list(blobs.glob(f"{etag_of(NAME, WEIGHTS)}*"))
    assert not (blobs.parent / "snapshots").exists()


def test_page_in_the_place_of_a_file_costs_nothing_that_has_arrived(hub: LocalHub, asked: Fetch) -> None:
    hub.faults[NAME] = [Cut(100_000)]
    hub.lasting[NAME] = Page()
    assert refused(fetch(hub.url, asked)).code == "hub_unreachable"
    assert part_of(Path(asked.cache), WEIGHTS).read_bytes() == WEIGHTS[:100_000]


def test_file_that_the_hub_says_is_another_is_refused(hub: LocalHub, asked: Fetch) -> None:
    other = hub.add("someone/model", {**FILES, NAME: WEIGHTS[::-1]}, branch="other")
    commit = hub.refs["someone/model"]["main"]
    hub.commits["someone/model"][commit] = hub.commits["someone/model"][other]
    hub.names[NAME] = {"lfs": {"sha256": etag_of(NAME, WEIGHTS), "size": len(WEIGHTS), "pointerSize": 134}}
    assert refused(fetch(hub.url, asked)).code == "download_damaged"
    assert not part_of(Path(asked.cache), WEIGHTS).read_bytes()


MISSING = {"repository": "someone/model", "revision": "main"}


@pytest.mark.parametrize(
    ("status", "code", "params"),
    [
        (Status(401), "token_refused", {"repository": "someone/model"}),
        (Status(403), "token_refused", {"repository": "someone/model"}),
        (Status(404, {"X-Error-Code": "RepoNotFound"}), "repository_missing", MISSING),
        (Status(429, {"Retry-After": "3600"}), "hub_busy", {"seconds": 3600}),
        (Status(429, {"Retry-After": "tomorrow"}), "hub_busy", {"seconds": 60}),
        (Status(429, {"Retry-After": "9" * 400}), "hub_busy", {"seconds": 60}),
        (Status(429, {"Retry-After": "9" * 5000}), "hub_busy", {"seconds": 60}),
        (Status(500), "hub_broken", {"status": 500}),
        (Status(418), "hub_broken", {"status": 418}),
    ],
)
def test_refused_by_the_hub(
    hub: LocalHub, asked: Fetch, inside: Inside, status: Status, code: str, params: dict[str, object]
) -> None:
    hub.lasting[LISTING] = status
    problem = refusal(inside(asked))
    assert (problem.code, problem.params) == (code, params)
    assert len(hub.asked) == (3 if status.code == 500 else 1)
    assert not Path(asked.cache).exists()


def test_refusal_crosses_the_pipe_with_where_it_came_from(hub: LocalHub, cache: Path) -> None:
    problem = refused(fetch(hub.url, request(cache, "someone/nothing", revision="v2")))
    assert (problem.code, problem.params) == (
        "repository_missing",
        {"repository": "someone/nothing", "revision": "v2"},
    )
    assert problem.traceback.startswith("Traceback")


@pytest.mark.parametrize("status", [401, 403])
def test_gated_files_name_the_page_of_the_licence(
    hub: LocalHub, asked: Fetch, inside: Inside, status: int
) -> None:
    commit = hub.refs["someone/model"]["main"]
    hub.lasting[f"/someone/model/resolve/{commit}/{NAME}"] = Status(status, {"X-Error-Code": "GatedRepo"})
    problem = refusal(inside(asked))
    assert problem.code == "licence_not_accepted"
    assert problem.params == {"repository": "someone/model", "page": f"{hub.url}/someone/model"}


def test_busy_hub_is_waited_for_only_as_long_as_patience_allows(hub: LocalHub, asked: Fetch) -> None:
    hub.lasting[NAME] = Status(429, {"Retry-After": "1"})
    patience = Patience(attempts=3, busy=0.5)
    problem = refused(fetch(hub.url, msgspec.structs.replace(asked, patience=patience)))
    assert (problem.code, problem.params) == ("hub_busy", {"seconds": 1})
    assert len(hub.fetched) == 1


def test_nobody_answers(cache: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    problem = refused(fetch(f"http://127.0.0.1:{port}", request(cache, "someone/model")))
    assert problem.code == "hub_unreachable" and problem.params["host"] == f"127.0.0.1:{port}"


def test_what_answers_is_no_server_of_files(cache: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        running = pool.submit(fetch, "http://{}:{}".format(*server.getsockname()), request(cache, "a/b"))
        while not running.done():
            server.settimeout(0.05)
            with suppress(TimeoutError), server.accept()[0] as visitor:
                visitor.recv(1 << 16)
                visitor.sendall(b"\x00\xff" * 2_000 + b"\r\n\r\n")
        problem = refused(running.result())
    assert problem.code == "hub_unreachable"
    assert len(str(problem.params["cause"])) <= 200


def test_what_answers_is_no_hub(hub: LocalHub, asked: Fetch, inside: Inside) -> None:
    hub.lasting[LISTING] = Status(200)
    assert refusal(inside(asked)).code == "hub_unreachable"


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_answer_that_does_not_end_is_left_before_it_fills_the_memory(
    hub: LocalHub, asked: Fetch, inside: Inside, packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "LARGEST_ANSWER", 1 << 20)
    body = json.dumps({"sha": "0" * 40}).encode() + b" " * (2 << 20)
    headers = {"Content-Encoding": "gzip"} if packed else {}
    hub.lasting[LISTING] = Status(200, headers, gzip.compress(body) if packed else body)
    problem = refusal(inside(asked))
    assert (problem.code, problem.params["cause"]) == ("hub_unreachable", "no answer of a hub")


def test_answer_that_comes_drop_by_drop_is_not_waited_for(
    hub: LocalHub, asked: Fetch, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "ANSWER_SECONDS", -1.0)
    assert refusal(inside(asked)).params["cause"] == "no answer of a hub"


def test_headers_that_come_drop_by_drop_end_within_the_patience(cache: Path) -> None:
    hasty = msgspec.structs.replace(PATIENCE, connect=0.2, stall=0.3, attempts=1)
    asked = msgspec.structs.replace(request(cache, "a/b"), patience=hasty)
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        running = pool.submit(fetch, "http://{}:{}".format(*server.getsockname()), asked)
        with server.accept()[0] as visitor, suppress(OSError):
            visitor.settimeout(0.05)
            visitor.sendall(b"HTTP/1.1 200 OK\r\n")
            while not running.done():  # never as long without a byte as the client would wait for one
                visitor.sendall(b"X-Drop: 1\r\n")
                with suppress(TimeoutError):
                    visitor.recv(1 << 16)
        problem = refused(running.result())
    assert (problem.code, problem.params["cause"]) == ("hub_unreachable", "no answer of a hub")


def test_each_second_until_another_try_is_told(hub: LocalHub, asked: Fetch, monkeypatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
    hub.faults[LISTING] = [Status(503)]
    hub.faults[NAME] = [Status(429, {"Retry-After": "1"})]
    told: list[Update] = []
    RepositoryDownload(asked, told.append, lambda path: 1 << 40).run()
    waits = [update.waiting_seconds for update in told if isinstance(update, Progress)]
    assert waits[:2] == [1, 0] and 1 in waits[2:] and waits[-1] == 0


def test_what_a_redirection_says_is_not_read(hub: LocalHub, asked: Fetch, inside: Inside) -> None:
    headers = {"Location": LISTING, "Content-Length": str(1 << 40)}
    hub.faults[LISTING] = [Status(302, headers, b"and so on")]
    once = msgspec.structs.replace(PATIENCE, attempts=1)
    inside(msgspec.structs.replace(asked, patience=once)).run()


@pytest.mark.parametrize(
    "address", ["/api/models/someone/model/revision/main", "file:///etc/passwd", "http://["]
)
def test_redirection_that_leads_nowhere_is_left(
    hub: LocalHub, asked: Fetch, inside: Inside, address: str
) -> None:
    hub.lasting[LISTING] = Status(302, {"Location": address})
    assert refusal(inside(asked)).code in ("hub_unreachable", "hub_broken")
    assert not Path(asked.cache).exists()


@pytest.mark.parametrize("name", ["../../x.json", "/etc/x.json", "a/../../x.json", "C:\\x.json", "a//x.json"])
def test_listing_with_a_name_that_leads_outside_is_refused(hub: LocalHub, asked: Fetch, name: str) -> None:
    hub.names["config.json"] = {"rfilename": name}
    problem = refused(fetch(hub.url, asked))
    assert (problem.code, problem.params["kind"]) == ("nothing_to_run", name)
    assert not Path(asked.cache).exists()


@pytest.mark.parametrize("wanted", [{"revision": "../../x"}, {"repository": "../x"}, {"repository": "a/b@c"}])
def test_wanted_that_could_lead_outside_is_refused(
    asked: Fetch, inside: Inside, wanted: dict[str, str]
) -> None:
    odd = msgspec.structs.replace(asked, wanted=msgspec.structs.replace(asked.wanted, **wanted))
    assert refusal(inside(odd)).code == "address_unknown"
    assert not Path(asked.cache).exists()


@pytest.mark.parametrize("field", [{"blobId": "../../x"}, {"blobId": None}, {"size": "many"}, {"size": -1}])
def test_listing_without_sound_etags_and_sizes_is_refused(
    hub: LocalHub, asked: Fetch, inside: Inside, field: dict[str, object]
) -> None:
    hub.names["config.json"] = field
    assert refusal(inside(asked)).code == "hub_unreachable"
    assert not Path(asked.cache).exists()


def test_pickles_are_not_fetched(hub: LocalHub, cache: Path, inside: Inside) -> None:
    hub.add("someone/old", {"config.json": CONFIG, "pytorch_model.bin": b"pickle"})
    problem = refusal(inside(request(cache, "someone/old")))
    assert (problem.code, problem.params) == ("model_unsafe", {"file": "pytorch_model.bin"})
    assert not hub.fetched


def test_pipeline_whose_index_is_no_json_is_refused(hub: LocalHub, cache: Path, inside: Inside) -> None:
    hub.add("someone/odd", {"model_index.json": b"[]", "vae/model.safetensors": WEIGHTS})
    problem = refusal(inside(request(cache, "someone/odd")))
    assert (problem.code, problem.params["file"]) == ("model_unreadable", "model_index.json")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_full_disk_is_told_and_another_try_goes_on(hub: LocalHub, asked: Fetch) -> None:
    part = part_of(Path(asked.cache), WEIGHTS)
    part.parent.mkdir(parents=True)
    part.symlink_to("/dev/full")
    problem = refused(fetch(hub.url, asked))
    assert (problem.code, problem.params) == ("disk_full", {"path": str(part)})
    part.unlink()
    assert names(finished(fetch(hub.url, asked))) == sorted(FILES)


def test_disk_that_fills_up_midway_keeps_what_was_written(
    hub: LocalHub, asked: Fetch, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = part_of(Path(asked.cache), WEIGHTS)

    def full(file: BinaryIO) -> None:
        if file.name == str(part):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(ranges, "_sync", full)
    monkeypatch.setattr(ranges, "SYNC_BYTES", 100_000)
    problem = refusal(inside(asked))
    assert (problem.code, problem.params) == ("disk_full", {"path": str(part)})
    kept = part.stat().st_size
    assert 100_000 <= kept < len(WEIGHTS)
    finished(fetch(hub.url, asked))
    assert hub.fetched[-1].start == kept


def test_disk_too_small_is_told_before_anything_is_fetched(
    hub: LocalHub, asked: Fetch, inside: Inside
) -> None:
    part = part_of(Path(asked.cache), WEIGHTS)
    part.parent.mkdir(parents=True)
    part.write_bytes(WEIGHTS[:100_000])
    needed = len(CONFIG) + len(WEIGHTS) - 100_000
    problem = refusal(inside(asked, free=needed - 1))
    assert problem.code == "disk_too_small"
    assert problem.params == {
        "name": "someone/model",
        "needed_bytes": needed,
        "free_bytes": needed - 1,
        "path": asked.cache,
    }
    assert not hub.fetched
    inside(asked, free=needed).run()


def test_disk_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A drive of Windows that is not connected: no folder above it is there either."""
    monkeypatch.setattr(Path, "exists", lambda path: False)
    with pytest.raises(FileNotFoundError):
        free_bytes(tmp_path / "hub")


def test_cache_that_cannot_be_written_is_told(hub: LocalHub, asked: Fetch) -> None:
    Path(asked.cache).write_bytes(b"a file where the folder should be")
    problem = refused(fetch(hub.url, asked))
    assert problem.code == "file_unwritable" and str(asked.cache) in str(problem.params["path"])
