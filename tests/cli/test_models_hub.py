"""`studio models search`, `install`, `verify` and `remove` against a hub on this machine."""

import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.catalog.shelf import read_shelf
from studio.core.paths import resources_dir
from studio.core.shelf import Group
from tests.catalog.hub.local_hub import BLOCK, Guided, LocalHub, Status
from tests.catalog.hub.test_search import PAINTER, WRITER
from tests.cli.conftest import HANGS, ROOT, Said
from tests.cli.telling import tell

__all__ = ["tell"]
pytestmark = pytest.mark.hub

HEADER = b'{"weight":{"dtype":"U8","shape":[400000],"data_offsets":[0,400000]}}'
WEIGHTS = len(HEADER).to_bytes(8, "little") + HEADER + random.Random(1).randbytes(400_000)
FILES = {
    "README.md": b"# A model\n",
    "config.json": json.dumps({"architectures": ["LlamaForCausalLM"]}).encode(),
    "model.safetensors": WEIGHTS,
    "tokenizer.json": b"{}",
}
SIZE = sum(map(len, FILES.values()))
REPOSITORY = "someone/model"


class Shell:
    """Commands in processes of their own that may reach the hub of the test."""

    def __init__(self, hub: LocalHub, home: Path, cache: Path) -> None:
        self.hub, self.cache = hub, cache
        self.snapshots = cache / "models--someone--model" / "snapshots"
        kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        own = {"HF_ENDPOINT": hub.url, "HF_HUB_CACHE": str(cache), "STUDIO_HOME": str(home)}
        self.environment = kept | own | {"PYTHONUTF8": "1"}

    def start(self, *words: str, stdin: int = subprocess.DEVNULL, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "studio", "models", *words],
            cwd=ROOT,
            env=self.environment | more,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __call__(self, *words: str, **more: str) -> Said:
        return ended(self.start(*words, **more))

    def given(self, typed: str, *words: str, **more: str) -> Said:
        """With this on standard input."""
        return ended(self.start(*words, stdin=subprocess.PIPE, **more), typed)


def _size(part: Path) -> int:
    """0 once it is whole and renamed."""
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0


def ended(process: subprocess.Popen[str], typed: str | None = None) -> Said:
    out, err = process.communicate(typed, timeout=HANGS)
    return Said(process.returncode, out, err)


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    hub = LocalHub()
    yield hub
    hub.close()


@pytest.fixture
def shell(hub: LocalHub, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The cache is the one that commands in this process look into, too."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return Shell(hub, home, tmp_path / "hub")


def test_nothing_is_asked_while_the_studio_stays_offline(shell: Shell, hub: LocalHub, home: Path):
    hub.add(REPOSITORY, FILES)
    for words in (["search", "model"], ["install", REPOSITORY]):
        said = shell(*words, "--json", HF_HUB_OFFLINE="0")
        assert (said.code, said.object["code"]) == (1, "stay_offline")
        assert "--online" in said.object["hint"]
    home.mkdir(exist_ok=True)
    (home / "settings.json").write_text('{"offline": false}')
    said = shell("install", REPOSITORY, "--json", HF_HUB_OFFLINE="1")  # the word of all the hub's tools
    assert (said.code, said.object["code"]) == (1, "offline_by_variable")
    assert "HF_HUB_OFFLINE" in said.object["message"] and "--online" in said.object["hint"]
    assert not hub.asked
    assert shell("install", REPOSITORY, "--json", HF_HUB_OFFLINE="0").code == 0


def test_a_search_shows_what_can_be_run(shell: Shell, hub: LocalHub):
    hub.found = [PAINTER, WRITER, {"id": "someone/voice", "pipeline_tag": "text-to-speech"}]
    told = shell("search", "someone/", "--online", "--json").object["models"]
    assert [(one["repository"], one["kind"], one["gated"]) for one in told] == [
        ("someone/painter", "picture", True),
        ("someone/writer", "text", False),
    ]
    said = shell("search", "someone/", "--online", "--limit", "1")
    [line] = said.out.splitlines()
    assert line.split()[:3] == ["someone/painter", "picture", "apache-2.0"]
    assert "1,200" in line
    assert shell("search", "nothing", "--online", "--json").object == {"models": []}


def test_a_whole_model_arrives_is_listed_checked_and_removed(shell: Shell, hub: LocalHub, tell):
    commit = hub.add(REPOSITORY, FILES | {"pytorch_model.bin": b"pickle"})
    said = shell("install", f"{hub.url}/{REPOSITORY}", "--online", "--json")
    snapshot = shell.snapshots / commit
    assert said.object == {
        "state": "done",
        "id": REPOSITORY,
        "path": str(snapshot),
        "files": sorted(FILES),
        "bytes": SIZE,
        "problems": [],
    }
    assert "Downloading someone/model" in said.err
    assert (snapshot / "model.safetensors").read_bytes() == WEIGHTS
    [model] = [one for one in tell("models", "list", "--json").object["models"] if not one["starter"]]
    assert (model["id"], model["source"], model["ours"]) == (REPOSITORY, "hub", True)
    assert tell("models", "folders", "--json").object["folders"][0]["path"] == str(shell.cache)
    assert tell("models", "verify", REPOSITORY, "--json").object["whole"] is True
    unsure = tell("models", "remove", REPOSITORY, "--json")
    assert (unsure.code, unsure.object["code"]) == (2, "wrong_usage")
    assert snapshot.exists()
    gone = tell("models", "remove", REPOSITORY, "--yes", "--json").object
    assert gone == {"state": "done", "id": REPOSITORY, "freed_bytes": SIZE}
    assert not shell.snapshots.parent.exists()


def test_only_the_wanted_files_at_the_wanted_revision(shell: Shell, hub: LocalHub):
    hub.add(REPOSITORY, {"m.Q4_K_M.gguf": b"four", "m.Q8_0.gguf": b"eight"}, branch="old")
    old = hub.refs[REPOSITORY]["old"]
    hub.add(REPOSITORY, FILES)
    said = shell("install", REPOSITORY, "--revision", "old", "--file", "*Q8_0*", "--online", "--json").object
    assert (said["path"], said["files"]) == (str(shell.snapshots / old), ["m.Q8_0.gguf"])
    assert said["id"].startswith(f"{REPOSITORY}@{old[:12]}")
    assert said["problems"]  # those five bytes are no model


def test_a_name_of_the_shelf_brings_the_files_that_the_shelf_names(shell: Shell, hub: LocalHub):
    entry = next(one for one in read_shelf(resources_dir(), None) if one.group is Group.SPEED and one.files)
    hub.add(entry.repository, {entry.files[0]: WEIGHTS, "other.safetensors": b"other"})
    said = shell("install", entry.name.upper(), "--online", "--json").object
    assert said["files"] == list(entry.files)


def test_ctrl_c_keeps_what_came_and_the_same_command_goes_on(shell: Shell, hub: LocalHub):
    hub.add(REPOSITORY, FILES)
    reached = threading.Event()
    hub.faults["model.safetensors"] = [Guided(lambda sent: sent >= 2 * BLOCK and not reached.set())]
    process = shell.start("install", REPOSITORY, "--online", "--json")
    assert reached.wait(HANGS)
    blobs = shell.snapshots.parent / "blobs"
    while not any(_size(part) >= 2 * BLOCK for part in blobs.glob("*.part")):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)  # while the hub is silent
    said = ended(process)
    assert (said.code, said.object) == (130, {"state": "stopped"})
    assert "Traceback" not in said.err
    again = shell("install", REPOSITORY, "--online", "--json")
    assert again.object["bytes"] == SIZE
    assert [asked.start for asked in hub.fetched] == [0, 2 * BLOCK]


def test_what_an_unfinished_download_left_can_be_removed(shell: Shell, hub: LocalHub, tell):
    hub.add(REPOSITORY, FILES)
    hub.lasting["model.safetensors"] = Status(403)
    assert shell("install", REPOSITORY, "--online", "--json").object["code"] == "token_refused"
    part = shell.snapshots.parent / "blobs" / ("a" * 64 + ".studio.part")
    part.write_bytes(b"some")
    assert tell("models", "remove", REPOSITORY, "--yes", "--json").object["freed_bytes"] >= 4
    assert not list(shell.snapshots.parent.rglob("*.part"))
    missing = tell("models", "remove", REPOSITORY, "--yes", "--json")
    assert (missing.code, missing.object["code"]) == (2, "not_found")


@pytest.mark.parametrize(("answer", "code"), [("n\n", 130), ("", 130), ("y\n", 0)])
def test_at_a_terminal_one_is_asked_first(
    shell: Shell, hub: LocalHub, tell, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
):
    commit = hub.add(REPOSITORY, FILES)
    shell("install", REPOSITORY, "--online")
    terminal = io.StringIO(answer)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    said = tell("models", "remove", REPOSITORY)
    assert said.code == code
    assert REPOSITORY in said.err
    assert (shell.snapshots / commit).exists() is bool(code)


def test_a_gated_model_is_told_with_its_page(shell: Shell, hub: LocalHub):
    hub.add(REPOSITORY, FILES)
    hub.lasting[f"/api/models/{REPOSITORY}/revision/main"] = Status(403, {"X-Error-Code": "GatedRepo"})
    said = shell("install", REPOSITORY, "--online", "--json")
    assert (said.code, said.object["code"]) == (1, "licence_not_accepted")
    assert f"{hub.url}/{REPOSITORY}" in said.object["hint"]


@pytest.mark.long
def test_a_gated_model_comes_once_signed_in_until_signed_out(shell: Shell, hub: LocalHub, tmp_path: Path):
    hub.add(REPOSITORY, FILES)
    hub.gated.add(REPOSITORY)
    hub.accounts["hf_secret"] = "ada"
    shell.environment |= {"HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "0"}
    assert shell("account", "--json").object["signed_in"] is False
    assert shell.given("hf_secret\n", "login", "--token-stdin", "--json").object["code"] == "stay_offline"
    said = shell.given("hf_secret\n", "login", "--token-stdin", "--online", "--json")
    assert said.object == {"state": "done", "signed_in": True, "name": "ada", "outside": False}
    assert "hf_secret" not in said.out + said.err
    assert (tmp_path / "hf" / "token").read_text() == "hf_secret"
    assert shell("install", REPOSITORY, "--online", "--json").code == 0
    asked = len(hub.asked)
    assert shell("account", "--json").object["name"] is None  # who stays offline is not asked about
    assert len(hub.asked) == asked
    assert "ada" in shell("account", "--online").out
    assert shell("logout", "--json").object["signed_in"] is False
    assert not (tmp_path / "hf" / "token").exists()


@pytest.mark.long
def test_a_login_that_cannot_be_says_why(shell: Shell, hub: LocalHub, tmp_path: Path):
    shell.environment |= {"HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "0"}
    said = shell.given("hf_other\n", "login", "--token-stdin", "--online", "--json")
    assert (said.code, said.object["code"]) == (1, "token_unknown")
    assert f"{hub.url}/settings/tokens" in said.object["hint"]
    assert "hf_other" not in said.out + said.err
    assert shell("login", "--online", "--json").object["code"] == "wrong_usage"  # there is nobody to ask
    said = shell.given("\n", "login", "--token-stdin", "--online", "--json")  # as an unset variable gives it
    assert (said.code, said.object["code"]) == (2, "wrong_usage") and "token" in said.object["message"]
    for words in (["login", "--token-stdin", "--online"], ["logout"]):
        said = shell.given("hf_other\n", *words, "--json", HF_TOKEN="hf_mine")
        assert (said.code, said.object["code"]) == (1, "token_from_outside")


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (["install", "nobody/nothing", "--online"], "repository_missing", 1),
        (["install", "nothing"], "wrong_usage", 2),
        (["install", "https://example.org/someone/model"], "wrong_usage", 2),
        (["install", "someone/model", "--revision", "../up"], "wrong_usage", 2),
        (["install"], "wrong_usage", 2),
        (["search"], "wrong_usage", 2),
        (["search", "x", "--limit", "0"], "wrong_usage", 2),
        (["verify", "nobody/nothing"], "not_found", 2),
        (["remove", "nobody/nothing", "--yes"], "not_found", 2),
        (["remove", "starter/scribe", "--yes"], "model_not_ours", 1),
    ],
)
def test_bad_words_end_in_a_sentence(shell: Shell, words: list[str], code: str, exit_code: int):
    said = shell(*words, "--json")
    assert (said.code, said.object["code"]) == (exit_code, code)
    assert said.object["message"] and said.object["hint"]


def test_damage_is_found_and_mended(shell: Shell, hub: LocalHub, tell):
    commit = hub.add(REPOSITORY, FILES)
    shell("install", REPOSITORY, "--online")
    weights = shell.snapshots / commit / "model.safetensors"
    weights.write_bytes(WEIGHTS[:-1] + b"x" * (WEIGHTS[-1:] != b"x") + b"y" * (WEIGHTS[-1:] == b"x"))
    found = tell("models", "verify", "--json")
    [damage] = found.object["damaged"]
    assert (found.code, found.object["whole"]) == (1, False)
    assert (damage["id"], damage["files"]) == (REPOSITORY, ["model.safetensors"])
    assert damage["command"] == f"studio models verify {REPOSITORY} --mend"
    assert damage["command"] in tell("models", "verify", REPOSITORY).out
    refused = shell("verify", REPOSITORY, "--mend", "--json")
    assert refused.object["code"] == "stay_offline"
    assert weights.exists()  # nothing goes before it can come again
    before = len(hub.fetched)
    mended = shell("verify", REPOSITORY, "--mend", "--online", "--json")
    assert (mended.code, mended.object["whole"]) == (0, True)
    assert weights.read_bytes() == WEIGHTS
    assert len(hub.fetched) == before + 1


def test_a_model_with_a_file_missing_is_found_and_mended(shell: Shell, hub: LocalHub, tell):
    commit = hub.add(REPOSITORY, FILES)
    shell("install", REPOSITORY, "--online")
    (shell.snapshots / commit / "model.safetensors").unlink()
    [damage] = tell("models", "verify", "--json").object["damaged"]
    assert damage["files"] == ["model.safetensors"]
    words = damage["command"].removeprefix("studio models ").split()
    assert shell(*words, "--online", "--json").object["whole"] is True
    assert (shell.snapshots / commit / "model.safetensors").read_bytes() == WEIGHTS


def test_an_adopted_model_is_never_removed_and_its_damage_is_told(tell, home: Path, tmp_path: Path):
    model = tmp_path / "mine" / "model"
    model.mkdir(parents=True)
    for name, content in FILES.items():
        (model / name).write_bytes(content)
    assert tell("models", "adopt", str(tmp_path / "mine")).code == 0
    said = tell("models", "remove", str(model), "--yes", "--json")
    assert (said.code, said.object["code"]) == (1, "model_not_ours")
    assert sorted(file.name for file in model.iterdir()) == sorted(FILES)
    assert tell("models", "verify", "--json").object["whole"] is True
    (model / "model.safetensors").write_bytes(WEIGHTS[:1000])
    [damage] = tell("models", "verify", "--json").object["damaged"]
    assert (damage["path"], damage["command"]) == (str(model), "")
    assert damage["message"]
