"""Servers on this machine through the whole studio: listed, asked, answering, and never asked unlisted."""

import sys

import msgspec
import pytest

from studio.core.conversations import Said
from studio.core.errors import ModelUnable, ServerAddressUnknown, ServerElsewhere, ServerNotListed
from studio.core.jobs import JobState
from studio.core.model import Ability
from studio.core.servers import server_model
from tests.catalog.servers.local_server import WORDS, endless, running, silent
from tests.session.test_session import LONG, ended

pytestmark = pytest.mark.hub


def asked(session):
    return lambda: all(state.asked for state in session.models.servers())


def add(session, qtbot, address: str) -> None:
    session.models.add_server(address)
    qtbot.waitUntil(asked(session), timeout=LONG)


def test_a_listed_server_s_model_is_chosen_and_answers(session, qtbot):
    with running() as server:
        add(session, qtbot, f" http://{server.address}/v1 ")
        assert session.settings.servers == (server.address,)
        [spec] = [one for one in session.models.installed(Ability.REPLY) if one.source == "server"]
        assert session.models.find(spec.id, Ability.REPLY).id == spec.id
        conversation = session.chats.begin().id
        job = session.chats.send(conversation, Said(text="hello"), spec)
        with qtbot.waitSignal(session.job_changed, timeout=LONG, check_params_cb=ended(job)) as last:
            pass
    record = last.args[0]
    assert record.state is JobState.DONE, record.problem
    assert session.chats.branch(conversation).messages[-1].text == "".join(WORDS)
    assert record.figures.tokens == len(WORDS)
    assert session.lane_status("language").devices == ()  # no torch was imported to talk to it
    assert [body["messages"] for body in server.asked] == [[{"role": "user", "content": "hello"}]]


def test_a_stop_hangs_up_on_the_server(session, qtbot):
    with running(post=endless) as server:
        add(session, qtbot, server.address)
        spec = server_model(server.address, "m")
        with qtbot.waitSignal(session.chats.tokens_added, timeout=LONG):
            job = session.chats.send(session.chats.begin().id, Said(text="hello"), spec)
        with qtbot.waitSignal(session.job_changed, timeout=LONG, check_params_cb=ended(job)) as last:
            session.stop(job)
        assert server.hung_up.wait(10)
    assert last.args[0].state is JobState.STOPPED


def test_an_address_that_is_none_costs_the_others_nothing(session, qtbot):
    """The settings are a file, and anyone may write into it."""
    with running() as good:
        session.change_settings(servers=("localhost:abc", "localhost", good.address))
        qtbot.waitUntil(asked(session), timeout=LONG)
    codes = [state.code for state in session.models.servers()]
    assert codes == [ServerAddressUnknown.code, ServerAddressUnknown.code, ""]


def test_a_server_that_is_silent_costs_the_others_nothing(session, qtbot):
    with running(get=silent) as mute, running() as good:
        session.change_settings(servers=(mute.address, good.address))
        qtbot.waitUntil(asked(session), timeout=LONG)
        first, second = session.models.servers()
    assert (first.code, first.models) == ("server_silent", ())
    assert (second.code, len(second.models)) == ("", 1)


def test_nothing_is_asked_that_is_not_listed(session, qtbot):
    with running() as server:
        spec = server_model(server.address, "m")
        with pytest.raises(ServerNotListed):
            session.chats.check(Said(text="hello"), spec)
        with pytest.raises(ServerNotListed):
            session.chats.send(session.chats.begin().id, Said(text="hello"), spec)
        with pytest.raises(ServerNotListed):
            session.models.find(spec.id, Ability.REPLY)
        add(session, qtbot, server.address)
        before = len(server.requests)
        session.models.remove_server(server.address)
        assert session.models.servers() == () and not [
            one for one in session.models.installed() if one.source == "server"
        ]
        with pytest.raises(ServerNotListed):
            session.chats.send(session.chats.begin().id, Said(text="hello"), spec)
        session.models.ask_servers()
        assert len(server.requests) == before
    with pytest.raises(ServerElsewhere):
        session.models.add_server("192.168.0.2:11434")
    assert session.settings.servers == ()


def test_the_chosen_model_of_a_server_stays_chosen_while_the_server_is_silent(session, qtbot):
    with running() as server:
        address = server.address
    spec = server_model(address, "qwen3:8b")
    session.change_settings(servers=(address,), language_model=spec.id)
    qtbot.waitUntil(asked(session), timeout=LONG)
    assert session.models.servers()[0].code == "server_silent"
    assert spec.id in [one.id for one in session.models.installed(Ability.REPLY)]
    assert session.models.find(None, Ability.REPLY).id == spec.id
    finder = server_model(address, "text-embedding-nomic")
    with pytest.raises(ModelUnable):
        session.models.find(finder.id, Ability.REPLY)
    session.change_settings(servers=())
    assert session.models.find(None, Ability.REPLY).id != spec.id


def test_what_listed_servers_have_survives_as_settings_alone(session, qtbot):
    """Models of servers are never written where the files of models are remembered."""
    with running() as server:
        add(session, qtbot, server.address)
    index = session.paths.model_index
    assert not index.exists() or server.address.encode() not in index.read_bytes()
    assert msgspec.json.decode(session.paths.settings.read_bytes())["servers"] == [server.address]


def test_a_process_that_does_not_start_or_dies_leaves_no_question_open(session, qtbot, monkeypatch):
    for command in (["/nowhere/python"], [sys.executable, "-c", "import os; os.abort()"]):
        monkeypatch.setattr("studio.session.servers.servers_command", lambda _, command=command: command)
        session.change_settings(servers=())
        session.change_settings(servers=("127.0.0.1:9",))
        qtbot.waitUntil(asked(session), timeout=LONG)
        assert session.models.servers()[0].code == "unexpected"
