"""What there is to look at in a home that was never opened before."""

from studio.core.downloads import DownloadState, Wanted
from studio.core.messages import Device
from studio.core.records import Problem
from studio.core.shelf import FitLevel, Machine
from studio.ui.panels.welcome import WelcomePanel
from tests.ui.fake_session import LARGE, POSTCARDS, SCRIBE, FakeSession
from tests.ui.shelf import GIB, MACHINE, QWEN, SDXL, TURBO, fit, half_done, stocked
from tests.ui.stage import Stage, scene


def new_home(session: FakeSession) -> FakeSession:
    """The starters, a shelf with three models that fit well, and nobody was ever here."""
    session.all_models = [POSTCARDS, SCRIBE]
    session.all_assets, session.chats.all_conversations, session.chats.all_messages = [], [], []
    stocked(session)
    session.all_entries = [TURBO, QWEN, SDXL]
    session.fits[TURBO.repository] = fit(FitLevel.FITS, 10.9, "fits_device")
    return session


def welcome(stage: Stage) -> WelcomePanel:
    panel = stage.show("welcome")
    assert isinstance(panel, WelcomePanel)
    return panel


@scene("welcome")
def offline(stage: Stage) -> None:
    new_home(stage.session)
    welcome(stage)


@scene("welcome-asking")
def asking(stage: Stage) -> None:
    new_home(stage.session)
    welcome(stage).cards[0].get.click()


@scene("welcome-online")
def online(stage: Stage) -> None:
    new_home(stage.session).change_settings(offline=False)
    welcome(stage)


@scene("welcome-waiting")
def waiting(stage: Stage) -> None:
    new_home(stage.session).this_machine = None
    welcome(stage)


@scene("welcome-getting")
def getting(stage: Stage) -> None:
    """One is fetched, one has failed, one is there."""
    session = new_home(stage.session)
    session.change_settings(offline=False)
    session.all_models.append(LARGE)
    welcome(stage)
    session.put_download(half_done())
    session.put_download(
        half_done(
            DownloadState.FAILED,
            id="d2",
            wanted=Wanted(repository=QWEN.repository, files=QWEN.files),
            name=QWEN.name,
            problem=Problem(code="hub_unreachable", params={"host": "huggingface.co", "cause": "timed out"}),
        )
    )


@scene("welcome-paused")
def paused(stage: Stage) -> None:
    """It was begun, and the studio went offline."""
    new_home(stage.session)
    welcome(stage)
    stage.session.put_download(half_done(DownloadState.PAUSED))


@scene("welcome-nothing-fits")
def nothing_fits(stage: Stage) -> None:
    session = new_home(stage.session)
    session.fits = {}
    session.this_machine = Machine(
        memory_bytes=2 * GIB,
        devices=(Device(kind="cpu", name="CPU", total_bytes=2 * GIB, free_bytes=GIB),),
        processor="Celeron N4000",
        disk_free_bytes=20 * GIB,
    )
    welcome(stage)


@scene("welcome-two")
def two(stage: Stage) -> None:
    """Fewer than three fit."""
    session = new_home(stage.session)
    session.all_entries = [TURBO, QWEN]
    session.this_machine = MACHINE
    welcome(stage)


@scene("welcome-slow")
def slow(stage: Stage) -> None:
    """Without a graphics card a text model comes first, and what would be slow says so."""
    session = new_home(stage.session)
    session.this_machine = Machine(
        memory_bytes=32 * GIB,
        devices=(Device(kind="cpu", name="CPU", total_bytes=32 * GIB, free_bytes=24 * GIB),),
        processor="Ryzen 7 5700U",
        disk_free_bytes=200 * GIB,
    )
    session.all_entries = [QWEN, TURBO]
    session.fits[QWEN.repository] = fit(FitLevel.FITS, 9.1, "fits_memory")
    session.fits[TURBO.repository] = fit(FitLevel.SLOW, 10.9, "slow")
    welcome(stage)
