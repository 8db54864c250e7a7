"""Signing in: the token lies where the hub's own tools keep theirs, and is told nowhere else."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from studio.catalog.hub.wire import Identified, Identify, Refused, Request, SignIn, SignOut, Update
from studio.core.downloads import Account
from tests.catalog.hub.fetching import fetch, finished, refused, request
from tests.catalog.hub.local_hub import LocalHub, Status

pytestmark = pytest.mark.hub

TOKEN = "hf_BirchAndSlateOnTheQuay"
REPOSITORY = "someone/model"
FILES = {
    "config.json": b"{}",
    "model.safetensors": b"\x02\x00\x00\x00\x00\x00\x00\x00{}",
}


class Process:
    """Asks the process of the hub as the studio does, in a home of the hub's own."""

    def __init__(self, hub: LocalHub, home: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        self.environment = kept | {"HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0", "HF_HOME": str(home)}
        self.place, self.said = home / "token", ""

    def __call__(self, asked: Request, **environment: str) -> Update:
        with subprocess.Popen(
            [sys.executable, "-m", "studio.catalog.hub"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.environment | environment,
            cwd=Path(__file__).parents[3],
        ) as process:
            assert process.stdin and process.stdout
            process.stdin.write(msgspec.json.encode(asked) + b"\n")
            process.stdin.flush()
            said = process.stdout.read()  # it ends by itself, and would sooner if its input did
        self.said += said.decode()
        return msgspec.json.decode(said.splitlines()[-1], type=Update)


@pytest.fixture
def ask(hub: LocalHub, tmp_path: Path) -> Process:
    hub.accounts[TOKEN] = "ada"
    return Process(hub, tmp_path / "hf")


def account(update: Update) -> Account:
    assert isinstance(update, Identified), update
    return update.account


def code(update: Update) -> str:
    assert isinstance(update, Refused), update
    return update.code


def test_token_is_kept_for_the_hubs_own_tools_and_for_nobody_else(ask: Process, hub: LocalHub) -> None:
    assert account(ask(Identify(online=True))) == Account()
    assert not hub.asked  # there is nothing to ask
    assert account(ask(SignIn(token=f" {TOKEN}\n"))) == Account(signed_in=True, name="ada")
    assert ask.place.read_text() == TOKEN
    if os.name == "posix":
        assert ask.place.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in ask.place.parent.iterdir()] == ["token"]
    assert account(ask(Identify(online=True))).name == "ada"
    script = "import huggingface_hub; print(huggingface_hub.get_token())"
    done = subprocess.run(
        [sys.executable, "-c", script], env=ask.environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == TOKEN
    assert TOKEN not in ask.said
    assert TOKEN not in repr(SignIn(token=TOKEN))


def test_nothing_is_asked_offline(ask: Process, hub: LocalHub) -> None:
    ask(SignIn(token=TOKEN))
    hub.asked.clear()
    assert account(ask(Identify(online=False))) == Account(signed_in=True)
    assert not hub.asked


@pytest.mark.parametrize("token", ["hf_other", "hf_two words", "令牌", ""])
def test_what_is_no_token_of_the_hub_is_not_kept_and_not_told(
    ask: Process, hub: LocalHub, token: str
) -> None:
    answer = ask(SignIn(token=token))
    assert code(answer) == "token_unknown"
    assert isinstance(answer, Refused) and answer.params == {"page": f"{hub.url}/settings/tokens"}
    assert not ask.place.exists()
    assert not token or token not in ask.said


@pytest.mark.parametrize(("status", "code_"), [(404, "hub_broken"), (429, "hub_busy"), (503, "hub_broken")])
def test_a_hub_that_does_not_say_whose_token_it_is_keeps_none(
    ask: Process, hub: LocalHub, status: int, code_: str
) -> None:
    hub.lasting["/api/whoami-v2"] = Status(status)
    assert code(ask(SignIn(token=TOKEN))) == code_
    assert not ask.place.exists()


def test_a_token_that_cannot_be_kept_lies_nowhere_else(ask: Process) -> None:
    ask.place.mkdir(parents=True)
    assert code(ask(SignIn(token=TOKEN))) == "file_unwritable"
    assert list(ask.place.parent.iterdir()) == [ask.place]


def test_signing_out_forgets_that_token_alone(ask: Process) -> None:
    ask(SignIn(token=TOKEN))
    noted = ask.place.with_name("stored_tokens")
    noted.write_text(f"[here]\nhf_token = {TOKEN}\n\n[work]\nhf_token = hf_work\n")
    assert account(ask(SignOut())) == Account()
    assert not ask.place.exists()
    assert "[work]" in noted.read_text() and TOKEN not in noted.read_text()
    assert account(ask(SignOut())) == Account()  # and again, where there is none


def test_token_of_the_environment_counts_and_is_left_alone(ask: Process, hub: LocalHub) -> None:
    assert account(ask(Identify(online=True), HF_TOKEN=TOKEN)) == Account(
        signed_in=True, name="ada", outside=True
    )
    for asked in (SignIn(token=TOKEN), SignOut()):
        assert code(ask(asked, HF_TOKEN="hf_mine")) == "token_from_outside"
    assert not ask.place.exists()


@pytest.mark.parametrize("token", ["hf_withdrawn", "令牌"])
def test_token_that_counts_no_more_is_named_as_the_reason(
    ask: Process, hub: LocalHub, cache: Path, token: str
) -> None:
    hub.add(REPOSITORY, FILES)
    assert code(ask(Identify(online=True), HF_TOKEN=token)) == "token_unknown"
    answer = refused(fetch(hub.url, request(cache, REPOSITORY), HF_TOKEN=token))
    assert answer.code == "token_unknown"
    assert token not in ask.said + answer.traceback + str(answer.params)


def test_gated_model_is_fetched_once_signed_in(ask: Process, hub: LocalHub, tmp_path: Path) -> None:
    hub.add(REPOSITORY, FILES)
    hub.gated.add(REPOSITORY)
    asked = request(tmp_path / "hf" / "hub", REPOSITORY)
    answer = refused(fetch(hub.url, asked))
    assert (answer.code, answer.params["page"]) == ("licence_not_accepted", f"{hub.url}/{REPOSITORY}")
    ask(SignIn(token=TOKEN))
    assert finished(fetch(hub.url, asked)).exists()
