"""Who is signed in at the hub, as the Models panel is told."""

import pytest

from studio.core.downloads import Account, DownloadState, Wanted
from studio.core.errors import HubUnreachable, StayOffline, TokenUnknown
from studio.core.records import Problem
from studio.viewmodels.model_account import HubAccount
from studio.viewmodels.models import Access, ModelsViewModel, Tab
from studio.viewmodels.shell import WindowState
from tests.ui.fake_session import LARGE, FakeSession, failed
from tests.ui.shelf import DEV, half_done, stocked

PAGE = f"https://huggingface.co/{DEV.repository}"


@pytest.fixture
def session(qapp):
    made = stocked(FakeSession())
    made.change_settings(offline=False)
    yield made
    made.deleteLater()


@pytest.fixture
def account(session):
    return HubAccount(session, session)


@pytest.fixture
def models(session):
    return ModelsViewModel(session, WindowState(session, session), session)


def test_it_is_asked_once_and_again_when_the_network_is_allowed(session, account, qtbot):
    session.account = Account(signed_in=True, name="ada")
    session.change_settings(offline=True)
    with qtbot.waitSignal(account.changed, check_params_cb=lambda: account.account is not None):
        account.look()
    account.look()
    assert account.account == Account(signed_in=True)
    session.change_settings(offline=False)
    account.look()
    qtbot.waitUntil(lambda: account.account == session.account)
    assert session.calls.count(("hub_account",)) == 2


def test_a_token_that_the_hub_does_not_know_changes_nothing(session, account, qtbot):
    session.accounts["hf_right"] = "ada"
    account.look()
    account.sign_in("hf_wrong")
    assert account.waiting
    qtbot.waitUntil(lambda: account.problem is not None)
    assert isinstance(account.problem, TokenUnknown)
    assert account.account is None or not account.account.signed_in
    account.sign_in("hf_right")
    assert account.problem is None
    qtbot.waitUntil(lambda: account.account == Account(signed_in=True, name="ada"))
    account.sign_out()
    qtbot.waitUntil(lambda: account.account == Account())
    assert "hf_right" not in str(vars(account))


def test_a_kept_token_that_cannot_be_asked_about_can_still_be_forgotten(session, account, qtbot, monkeypatch):
    monkeypatch.setattr(session, "hub_account", lambda: failed(HubUnreachable(host="hub", cause="silence")))
    account.look()
    qtbot.waitUntil(lambda: account.problem is not None)
    assert account.account == Account(signed_in=True)


def test_offline_nobody_signs_in(session, account, qtbot):
    session.change_settings(offline=True)
    with qtbot.waitSignal(account.refused) as refused:
        account.sign_in("hf_right")
    assert isinstance(refused.args[0], StayOffline)


@pytest.mark.parametrize(
    ("code", "access"),
    [
        ("licence_not_accepted", Access(f"https://huggingface.co/{LARGE.id}")),
        ("token_refused", Access()),
        ("token_unknown", Access(refused=True)),
        ("hub_busy", None),
    ],
)
def test_what_the_hub_wants_first_is_told_by_why_it_refused(models, session, code, access):
    session.put_models()
    problem = Problem(code=code, params={"repository": LARGE.id, "page": "", "seconds": 1})
    wanted = Wanted(repository=LARGE.id)
    session.put_download(half_done(DownloadState.FAILED, wanted=wanted, problem=problem))
    models.choose(LARGE.id)
    assert models.access() == access


def test_a_gated_model_tells_before_it_is_asked_for(models):
    models.choose(DEV.repository)
    assert models.access() == Access(PAGE)
    models.choose(LARGE.id)
    assert models.access() is None
    models.go(Tab.FOLDERS)
    assert models.access() == Access(), "where one can always sign out"


def test_a_search_that_is_refused_wants_an_account(models, session, qtbot):
    models.search("turbo")
    models.hub.search()
    session.hub_answers[-1].set_exception(TokenUnknown(page=PAGE))
    qtbot.waitUntil(lambda: models.hub.problem is not None)
    assert models.access() == Access(refused=True)
    models.search("other")
    assert models.access() is None
