"""`studio models servers`, and every command that a server's models go through."""

import pytest

from studio.store.settings_file import load_settings
from tests.catalog.servers.local_server import WORDS, running
from tests.cli.telling import tell

__all__ = ["tell"]
pytestmark = pytest.mark.hub
MODEL = "/models/Qwen3-1.7B-Q4_K_M.gguf"


def servers_of(home) -> tuple[str, ...]:
    return load_settings(home / "settings.json").servers


def test_a_server_is_added_listed_shown_and_removed(tell, home):
    with running() as server:
        address = server.address
        told = tell("models", "servers", "add", f"http://{address}/v1", "--json").object
        assert (told["added"], told["address"], told["software"]) == (True, address, "llama-server")
        assert told["models"] == [f"server/{address}/{MODEL}"] and servers_of(home) == (address,)
        assert tell("models", "servers", "add", "--json", address).object["added"] is False
        [listed] = tell("models", "servers", "--json").object["servers"]
        assert (listed["address"], listed["problem"]) == (address, None)
        models = tell("models", "list", "--json").object["models"]
        [spec] = [one for one in models if one["source"] == "server"]
        shown = tell("models", "show", spec["id"], "--json").object
        assert (shown["family"], shown["fit"]["code"]) == ("server", "held_by_server")
        assert "known there alone" in tell("models", "show", spec["id"]).out
        report = tell("doctor", "--json").object
        assert report["servers"] == {address: "1 model"} and spec["id"] not in report["models"]
    [silent] = tell("models", "servers", "list", "--json").object["servers"]
    assert silent["problem"]["code"] == "server_silent" and silent["models"] == []
    problems = tell("models", "list", "--json").object["problems"]
    assert [(one["path"], one["code"]) for one in problems] == [(address, "server_silent")]
    assert "does not answer" in tell("models", "list").out
    assert tell("models", "servers", "remove", f"{address}").code == 0 and servers_of(home) == ()
    assert "studio models servers add" in tell("models", "servers").out


def test_a_message_is_answered_by_a_listed_server_only(tell, home):
    with running() as server:
        model = f"server/{server.address}/{MODEL}"
        refused = tell("chat", "hello", "--model", model, "--json")
        assert (refused.code, refused.object["code"], server.requests) == (1, "server_not_listed", [])
        assert tell("models", "servers", "add", server.address).code == 0
        said = tell("chat", "hello", "--model", model, "--json").object
        assert (said["state"], said["text"], said["tokens"]) == ("done", "".join(WORDS), len(WORDS))


def test_a_server_s_model_is_neither_held_nor_removed_here(tell):
    model = f"server/127.0.0.1:1/{MODEL}"
    held = tell("models", "set", model, "--precision", "4-bit", "--json")
    assert (held.code, held.object["code"]) == (2, "wish_impossible")
    assert "Qwen3-1.7B-Q4_K_M" in held.object["message"] and "server" in held.object["hint"]
    assert tell("models", "remove", model, "--yes", "--json").object["code"] == "model_not_ours"


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (["add", "192.168.0.2:11434"], "server_elsewhere", 1),
        (["add", "ollama"], "server_address_unknown", 1),
        (["add"], "wrong_usage", 2),
        (["remove", "127.0.0.1:1"], "not_found", 2),
        (["mend", "127.0.0.1:1"], "wrong_usage", 2),
    ],
)
def test_what_cannot_be_done_is_told(tell, home, words: list[str], code: str, exit_code: int):
    said = tell("models", "servers", *words, "--json")
    assert (said.object["code"], said.code) == (code, exit_code)
    assert not (home / "settings.json").exists()
