"""A session over the real engine, store and pipe, with the family that plays scripts."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QProcess

from studio.core.ids import new_id
from studio.core.jobs import GenerateImages
from studio.core.model import Ability, Kind, ModelSpec
from studio.core.paths import Paths, paths_for
from studio.session import Session
from studio.store.library import Library
from tests.store.conftest import MEMORY

FAKE = ModelSpec(
    id="local/fake",
    name="Fake",
    family="fake",
    base="",
    abilities=(Ability.GENERATE, Ability.REPLY),
    path="/models/fake",
    kind=Kind.PICTURE,
    size_bytes=1000,
)


def picture(prompt: str, number: int = 1) -> GenerateImages:
    return GenerateImages(
        id=new_id(), model=FAKE, prompt=prompt, seed=7, num_images=number, width=32, height=32
    )


def delete(session: Session) -> None:
    """Now and in this thread. Left to the garbage, its processes and threads may be deleted by another one,
    which ends in a segmentation fault."""
    for process in session.findChildren(QProcess):
        process.waitForFinished()
    session.deleteLater()
    QCoreApplication.sendPostedEvents(session, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def paths(home: Path) -> Paths:
    return paths_for(home)


@pytest.fixture
def open_session(qapp: QCoreApplication, qtbot, paths: Paths) -> Iterator[Callable[[], Session]]:
    """Opens sessions of this test's home, one after another or side by side."""
    sessions: list[Session] = []

    def open_one() -> Session:
        session = Session(paths)
        sessions.append(session)
        with qtbot.waitSignal(session.ready, timeout=10_000):
            session.open()
        return session

    yield open_one
    for session in sessions:
        session.close()
        delete(session)


@pytest.fixture
def session(open_session: Callable[[], Session]) -> Session:
    return open_session()


@pytest.fixture
def chat(qapp: QCoreApplication):
    """A desk of conversations over a library in memory, where a test plays the model."""
    from tests.session.chatting import Chatting  # which takes the fake model from here

    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        library = Library.open(Paths(Path(folder) / "home", Path(folder) / "library"))
        chat = Chatting(library)
        yield chat
        chat.close()
        library.close()
