"""Downloads as the window asks for them: real processes, and a hub on this machine."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from safetensors.numpy import save

from studio.core.downloads import Account, Download, DownloadState, Wanted
from studio.core.errors import (
    HubProcessDied,
    LicenceNotAccepted,
    NotFound,
    OfflineByVariable,
    RepositoryMissing,
    StayOffline,
    TokenUnknown,
)
from studio.core.model import Kind
from studio.session import Session
from tests.catalog.hub.local_hub import BLOCK, Guided, LocalHub, Status

pytestmark = pytest.mark.hub

WAIT_MS = 20_000
MODEL = "someone/model"
FILES = {
    "README.md": b"---\nlicense: mit\n---\n# A model\n",
    "config.json": json.dumps({"architectures": ["LlamaForCausalLM"]}).encode(),
    "model.safetensors": save({"lm_head.weight": np.zeros((20, BLOCK), np.uint8)}),
    "tokenizer.json": b"{}",
}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LocalHub]:
    hub = LocalHub()
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    yield hub
    hub.close()


@pytest.fixture
def online(hub: LocalHub, session: Session) -> Session:
    session.change_settings(offline=False)
    return session


def state_of(session: Session, download_id: str) -> Download:
    return next(one for one in session.models.downloads() if one.id == download_id)


def wait_for(qtbot, session: Session, download_id: str, state: DownloadState) -> Download:
    qtbot.waitUntil(lambda: state_of(session, download_id).state is state, timeout=WAIT_MS)
    return state_of(session, download_id)


def install_whole(qtbot, session: Session) -> str:
    """Downloads the model and waits until it is among those that can be chosen; the download's id."""
    download_id = session.models.install(Wanted(repository=MODEL), "Model")
    qtbot.waitUntil(lambda: MODEL in {spec.id for spec in session.models.installed()}, timeout=WAIT_MS)
    return download_id


def hold(hub: LocalHub, after: int = 4 * BLOCK) -> None:
    """The weights stop coming there, as long as the hub is open."""
    hub.lasting["model.safetensors"] = Guided(lambda sent: sent >= after)


def wait_until_held(qtbot, session: Session, download_id: str) -> None:
    qtbot.waitUntil(lambda: state_of(session, download_id).done_bytes > 3 * BLOCK, timeout=WAIT_MS)


def test_nothing_is_asked_of_the_hub_while_the_studio_stays_offline(hub: LocalHub, session: Session) -> None:
    for ask in (
        lambda: session.models.install(Wanted(repository=MODEL), "Model"),
        lambda: session.models.search_hub("model"),
        lambda: session.models.resume_download("any"),
    ):
        with pytest.raises(StayOffline):
            ask()
    assert not hub.asked


def test_model_that_was_downloaded_is_found_at_once_and_is_the_studios_own(
    qtbot, hub: LocalHub, online: Session
) -> None:
    hub.add(MODEL, FILES)
    download_id = install_whole(qtbot, online)
    download = state_of(online, download_id)
    assert download.state is DownloadState.DONE
    assert download.done_bytes == download.size_bytes == sum(map(len, FILES.values()))
    assert online.models.removable(MODEL)
    assert online.models.card(MODEL).result(10) == "# A model"


def test_pause_and_resume_fetch_nothing_twice(qtbot, hub: LocalHub, online: Session) -> None:
    hub.add(MODEL, FILES)
    hold(hub)
    download_id = online.models.install(Wanted(repository=MODEL), "Model")
    wait_until_held(qtbot, online, download_id)
    online.models.pause_download(download_id)
    assert state_of(online, download_id).state is DownloadState.PAUSED
    hub.lasting.clear()
    online.models.resume_download(download_id)
    wait_for(qtbot, online, download_id, DownloadState.DONE)
    assert hub.sent("model.safetensors") <= len(FILES["model.safetensors"]) + BLOCK


def test_going_offline_pauses_what_runs(qtbot, hub: LocalHub, online: Session) -> None:
    hub.add(MODEL, FILES)
    hold(hub)
    download_id = online.models.install(Wanted(repository=MODEL), "Model")
    wait_until_held(qtbot, online, download_id)
    online.change_settings(offline=True)
    assert state_of(online, download_id).state is DownloadState.PAUSED


def test_closed_studio_goes_on_downloading_at_the_next_start(
    qtbot, hub: LocalHub, online: Session, open_session: Callable[[], Session]
) -> None:
    hub.add(MODEL, FILES)
    hold(hub)
    download_id = online.models.install(Wanted(repository=MODEL), "Model")
    wait_until_held(qtbot, online, download_id)
    online.close()
    hub.lasting.clear()
    again = open_session()
    assert state_of(again, download_id).state is DownloadState.WAITING
    again.models.go_on_downloading()
    wait_for(qtbot, again, download_id, DownloadState.DONE)
    assert hub.sent("model.safetensors") <= len(FILES["model.safetensors"]) + BLOCK
    again.close()  # its list is written by then
    assert open_session().models.downloads() == ()


def fetchers() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "studio.catalog.hub" in child.cmdline()]


def test_download_whose_process_was_killed_goes_on_by_itself_and_fetches_nothing_twice(
    qtbot, hub: LocalHub, online: Session
) -> None:
    hub.add(MODEL, FILES)
    hold(hub)
    download_id = online.models.install(Wanted(repository=MODEL), "Model")
    wait_until_held(qtbot, online, download_id)
    hub.lasting.clear()
    for process in fetchers():
        process.kill()
    wait_for(qtbot, online, download_id, DownloadState.DONE)
    assert hub.sent("model.safetensors") <= len(FILES["model.safetensors"]) + BLOCK


def test_download_that_gets_no_further_fails_with_a_sentence_and_keeps_what_it_has(
    qtbot, hub: LocalHub, online: Session
) -> None:
    hub.add(MODEL, FILES)
    hold(hub)
    download_id = online.models.install(Wanted(repository=MODEL), "Model")
    wait_until_held(qtbot, online, download_id)
    killed: set[int] = set()

    def kill() -> bool:
        for process in fetchers():
            killed.add(process.pid)
            process.kill()
        return state_of(online, download_id).state is DownloadState.FAILED

    qtbot.waitUntil(kill, timeout=WAIT_MS)
    problem = state_of(online, download_id).problem
    assert problem is not None and problem.code == HubProcessDied.code and len(killed) > 1
    assert state_of(online, download_id).done_bytes > 3 * BLOCK


def test_dropped_download_leaves_nothing(qtbot, hub: LocalHub, online: Session, tmp_path: Path) -> None:
    hub.add(MODEL, FILES)
    hold(hub)
    download_id = online.models.install(Wanted(repository=MODEL), "Model")
    wait_until_held(qtbot, online, download_id)
    with qtbot.waitSignal(online.models.download_dropped):
        online.models.drop_download(download_id)
    assert online.models.downloads() == ()
    qtbot.waitUntil(lambda: not list((tmp_path / "hub").rglob("*.part")), timeout=WAIT_MS)
    with pytest.raises(NotFound):
        online.models.pause_download(download_id)


def test_what_was_dropped_can_be_fetched_again_at_once(qtbot, hub: LocalHub, online: Session) -> None:
    hub.add(MODEL, FILES)
    hold(hub)
    download_id = online.models.install(Wanted(repository=MODEL), "Model")
    wait_until_held(qtbot, online, download_id)
    online.models.drop_download(download_id)
    hub.lasting.clear()
    again = online.models.install(Wanted(repository=MODEL), "Model")
    assert state_of(online, again).state is DownloadState.WAITING, "what it would fetch is being removed"
    wait_for(qtbot, online, again, DownloadState.DONE)
    qtbot.waitUntil(lambda: MODEL in {spec.id for spec in online.models.installed()}, timeout=WAIT_MS)


def test_closing_ends_the_process_that_removes_a_dropped_download(
    qtbot, hub: LocalHub, online: Session
) -> None:
    hub.add(MODEL, FILES)
    hold(hub)
    download_id = online.models.install(Wanted(repository=MODEL), "Model")
    wait_until_held(qtbot, online, download_id)
    online.models.drop_download(download_id)
    assert fetchers()
    online.close()
    assert not fetchers()


def test_the_word_of_all_the_hubs_tools_is_heeded_and_named(
    qtbot, hub: LocalHub, online: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    download_id = online.models.install(Wanted(repository=MODEL), "Model")
    problem = wait_for(qtbot, online, download_id, DownloadState.FAILED).problem
    assert problem is not None and problem.code == OfflineByVariable.code
    assert problem.params == {"variable": "HF_HUB_OFFLINE"}
    assert not hub.asked


def test_going_offline_ends_what_asks_the_hub(
    qtbot, hub: LocalHub, online: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "token"))
    asked = [
        online.models.search_hub("model"),
        online.models.sign_in("hf_right"),
        online.models.hub_account(),
    ]
    given_up = online.models.search_hub("model")
    assert given_up.cancel() and len(fetchers()) == 4
    online.change_settings(offline=True)
    for answer in asked:
        with pytest.raises(StayOffline):
            answer.result(0)
    assert not fetchers() and not hub.asked


def test_refusal_says_why_and_can_be_tried_again(qtbot, hub: LocalHub, online: Session) -> None:
    hub.add(MODEL, FILES)
    hub.lasting[f"/api/models/{MODEL}/revision/main"] = Status(403, {"X-Error-Code": "GatedRepo"})
    download_id = online.models.install(Wanted(repository=MODEL), "Model")
    failed = wait_for(qtbot, online, download_id, DownloadState.FAILED)
    assert failed.problem is not None and failed.problem.code == LicenceNotAccepted.code
    hub.lasting.clear()
    assert online.models.install(Wanted(repository=MODEL), "Model") == download_id
    assert wait_for(qtbot, online, download_id, DownloadState.DONE).problem is None


def test_third_download_waits_for_one_of_the_first_two(qtbot, hub: LocalHub, online: Session) -> None:
    names = [f"someone/model-{number}" for number in range(3)]
    for name in names:
        hub.add(name, FILES)
    hold(hub)
    first, second, third = (online.models.install(Wanted(repository=name), name) for name in names)
    for one in (first, second):
        wait_until_held(qtbot, online, one)
    assert state_of(online, third).state is DownloadState.WAITING
    online.models.pause_download(first)
    wait_until_held(qtbot, online, third)


def test_search_tells_what_the_studio_can_run(hub: LocalHub, online: Session, qtbot) -> None:
    hub.found = [
        {"id": "someone/words", "pipeline_tag": "text-generation", "library_name": "transformers",
         "tags": ["safetensors"]},
        {"id": "someone/words-in-pickles", "pipeline_tag": "text-generation", "library_name": "transformers",
         "tags": []},
    ]  # fmt: skip
    found = online.models.search_hub("words")
    qtbot.waitUntil(found.done, timeout=WAIT_MS)
    assert [(one.repository, one.kind) for one in found.result()] == [("someone/words", Kind.TEXT)]


def test_model_can_be_verified_and_removed(qtbot, hub: LocalHub, online: Session, tmp_path: Path) -> None:
    hub.add(MODEL, FILES)
    install_whole(qtbot, online)
    whole = online.models.verify(MODEL)
    qtbot.waitUntil(whole.done, timeout=WAIT_MS)
    assert whole.result() == ()
    removed = online.models.remove(MODEL)
    qtbot.waitUntil(removed.done, timeout=WAIT_MS)
    assert removed.result() >= len(FILES["model.safetensors"])
    assert not list((tmp_path / "hub").rglob("model.safetensors"))
    qtbot.waitUntil(lambda: MODEL not in {spec.id for spec in online.models.installed()}, timeout=WAIT_MS)


def test_repository_that_is_not_there_ends_in_a_sentence(qtbot, hub: LocalHub, online: Session) -> None:
    download_id = online.models.install(Wanted(repository="someone/nothing"), "Nothing")
    failed = wait_for(qtbot, online, download_id, DownloadState.FAILED)
    assert failed.problem is not None and failed.problem.code == RepositoryMissing.code


def test_a_question_that_nobody_asks_any_more_is_not_answered(qtbot, hub: LocalHub, online: Session) -> None:
    given_up = online.models.search_hub("someone")
    assert given_up.cancel()
    assert ended(qtbot, online.models.search_hub("nobody")) == ()
    qtbot.waitUntil(lambda: not online.models._care._asked, timeout=WAIT_MS)


def test_who_signs_in_gets_what_is_gated(
    qtbot, hub: LocalHub, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "token"))
    hub.add(MODEL, FILES)
    hub.gated.add(MODEL)
    hub.accounts["hf_right"] = "ada"
    with pytest.raises(StayOffline):
        session.models.sign_in("hf_right")
    session.change_settings(offline=False)
    with pytest.raises(TokenUnknown):
        ended(qtbot, session.models.sign_in("hf_wrong"))
    assert ended(qtbot, session.models.sign_in("hf_right")).name == "ada"
    install_whole(qtbot, session)
    files = {file.name: file for file in session.models.files(MODEL).result(10)}
    assert files.keys() == FILES.keys() and not files["model.safetensors"].shared
    session.change_settings(offline=True)
    asked = len(hub.asked)
    assert ended(qtbot, session.models.hub_account()) == Account(signed_in=True)
    assert len(hub.asked) == asked
    assert ended(qtbot, session.models.sign_out()) == Account()
    assert not (tmp_path / "token").exists()
    written = [file for file in session.paths.home.rglob("*") if file.is_file()]
    assert written and not [file for file in written if b"hf_right" in file.read_bytes()]


def ended(qtbot, future):
    """What came of it."""
    qtbot.waitUntil(future.done, timeout=WAIT_MS)
    return future.result()
