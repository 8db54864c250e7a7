"""What survives when a studio is killed: everything that was finished or shown, and what was asked for."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import psutil
import pytest
from PIL import Image

from studio.core.conversations import MessageState
from studio.core.edits import PLAIN, Edit, Operation, Point, Region
from studio.core.ids import new_id
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import JobState, ProcessImage, SelectObject
from studio.core.records import AssetQuery
from studio.store.library import Library
from tests.session.conftest import FAKE, picture
from tests.session.editing import CHOSEN
from tests.store.conftest import stage

ROOT = Path(__file__).parents[2]
LONG = 20_000  # milliseconds
EVERYTHING = AssetQuery(limit=1000)


def one_of(quick: int, *slow: int) -> list[object]:
    """Moments to kill at, all but the first for the long run."""
    return [quick, *(pytest.param(moment, marks=pytest.mark.long) for moment in slow)]


class Victim:
    """A studio in a process of its own."""

    def __init__(self, *words: str) -> None:
        command = [sys.executable, "-m", "tests.session.victim", *words]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.said: list[tuple[str, str]] = []

    def wait_for(self, word: str, times: int = 1) -> None:
        """Reads on until `word` was said so often."""
        assert self.process.stdout
        while len(self.all(word)) < times:
            line = self.process.stdout.readline()
            assert line, f"ended before {word}; said {self.said}"
            first, _, rest = line.rstrip("\n").partition(" ")
            self.said.append((first, rest))

    def all(self, word: str) -> list[str]:
        return [rest for first, rest in self.said if first == word]

    def kill(self) -> None:
        """As a power cut for the process: nothing of it runs any more. Its workers see that by themselves."""
        workers = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        for line in self.process.stdout or ():  # what it had said before it died
            first, _, rest = line.rstrip("\n").partition(" ")
            self.said.append((first, rest))
        self.process.wait()
        _, alive = psutil.wait_procs(workers, timeout=10)
        assert not alive, "a worker outlived its studio"


@pytest.fixture
def victim() -> Iterator[Callable[..., Victim]]:
    victims: list[Victim] = []

    def start(*words: str) -> Victim:
        victims.append(Victim(*words))
        return victims[-1]

    yield start
    for one in victims:
        if one.process.poll() is None:
            one.kill()
        assert one.process.stdout
        one.process.stdout.close()


def files(session) -> set[Path]:
    return set(session.paths.library.rglob("*.png"))


def assert_whole(session, shown: list[str]) -> None:
    """Every picture that was shown is there once, and database and files agree."""
    assets = session.assets_page(EVERYTHING)
    ids = [asset.id for asset in assets]
    assert set(shown) <= set(ids)
    assert len(ids) == len(set(ids))
    assert {session.absolute(asset) for asset in assets} == files(session)
    assert not list(session.paths.library.rglob("*.part"))


def test_killed_while_queueing_offers_every_job_again(victim, open_session, qtbot):
    studio = victim("pictures", "until /nowhere", "1", "5")
    studio.wait_for("queued", 5)
    studio.kill()
    session = open_session()
    left = {record.job.id: record for record in session.jobs()}
    assert set(studio.all("queued")) <= left.keys()
    assert {record.state for record in left.values()} == {JobState.INTERRUPTED}
    assert {record.problem.code for record in left.values()} == {"job_interrupted"}
    with qtbot.waitSignal(session.job_added, timeout=LONG):
        session.resume(studio.all("queued")[:1])


def test_killed_while_generating_keeps_what_was_finished(victim, open_session):
    studio = victim("pictures", "save; half; until /nowhere", "3", "1")
    studio.wait_for("asset", 3)
    studio.kill()
    session = open_session()
    assert_whole(session, studio.all("asset"))
    assert session.jobs()[0].state is JobState.DONE  # only the word of it was missing
    assert len(session.jobs()[0].assets) == 3


@pytest.mark.parametrize("moment", one_of(4, 1, 9))
def test_killed_while_adopting_loses_and_doubles_nothing(victim, open_session, qtbot, moment):
    studio = victim("pictures", "save", "16", "2")
    studio.wait_for("asset", moment)
    studio.kill()
    session = open_session()
    assert_whole(session, studio.all("asset"))
    session.resume([record.job.id for record in session.jobs()])
    qtbot.waitUntil(lambda: all(record.state is JobState.DONE for record in session.jobs()), timeout=LONG)
    made = Counter((asset.recipe.job, asset.recipe.index) for asset in session.assets_page(EVERYTHING))
    assert made == Counter((record.job.id, index) for record in session.jobs() for index in range(16))


def test_killed_while_streaming_keeps_every_word_that_was_shown(victim, open_session):
    studio = victim("words", f"say {' '.join(f'w{number}' for number in range(50))}; slow 1000 0.01")
    studio.wait_for("words")
    studio.kill()
    session = open_session()
    branch = session.chats.branch(session.chats.recent()[0].id)
    answer = branch.messages[-1]
    assert answer.state is MessageState.INTERRUPTED
    assert answer.text.startswith("".join(studio.all("words")))


def test_a_living_neighbour_is_left_alone(victim, session, open_session, qtbot, tmp_path):
    """A window and a command line work in one home; one of them dies, the other goes on."""
    gate = tmp_path / "gate"
    job = picture(f"until {gate}")
    with qtbot.waitSignal(session.job_changed, timeout=LONG):
        session.generate(job)
    neighbour = victim("pictures", "save; until /nowhere", "2", "2")
    neighbour.wait_for("asset", 2)
    neighbour.kill()
    third = open_session()  # its recovery must not touch the living one's job
    assert third.job(job.id).state is JobState.RUNNING
    states = {record.job.id: record.state for record in third.jobs()}
    assert job.id not in states  # it is the other's to show and to stop
    assert set(states.values()) == {JobState.DONE, JobState.INTERRUPTED}
    with qtbot.waitSignal(session.job_changed, timeout=LONG, check_params_cb=lambda r: r.state.ended):
        gate.touch()  # at its end its staging folder is gone, which would else go under our eyes
    assert_whole(third, neighbour.all("asset"))


POINTS = {
    "before the load": ("kill", "a boat"),
    "while it loads": ("slow 3 0.01; kill", "a boat"),
    "as it begins": ("", "kill"),
    "at the first step": ("", "slow 1 0.01; kill"),
    "in the middle": ("", "slow 8 0.01; kill"),
    "with a preview out": ("", "preview; kill"),
    "with half a file": ("", "half; kill"),
    "with pictures saved": ("", "save; kill"),
    "in native code": ("", "segfault"),
    "in clean-up": ("", "save; preview; exit 3"),
}


@pytest.mark.allow_log("worker")
@pytest.mark.parametrize(("base", "prompt"), POINTS.values(), ids=POINTS.keys())
def test_a_worker_killed_anywhere_costs_one_job_and_no_picture(session, qtbot, base, prompt):
    model = msgspec.structs.replace(FAKE, base=base)
    job = msgspec.structs.replace(picture(prompt, number=2), model=model)
    following = picture("the next one")
    records = {}
    shown = []
    session.asset_added.connect(lambda asset, _: shown.append(asset.id))
    session.job_changed.connect(lambda record: records.__setitem__(record.job.id, record))
    session.generate(job)
    session.generate(following)
    qtbot.waitUntil(lambda: following.id in records and records[following.id].state.ended, timeout=LONG)
    assert records[job.id].state is JobState.FAILED
    assert records[job.id].problem.code in ("worker_killed", "worker_crashed", "worker_exited")
    assert records[following.id].state is JobState.DONE
    assert len(shown) == (3 if "save" in prompt else 1)
    assert_whole(session, shown)


@pytest.mark.allow_log("worker")
def test_a_worker_killed_from_outside_says_so(session, qtbot):
    phases = []
    session.phase_changed.connect(phases.append)
    with qtbot.waitSignal(session.job_changed, timeout=LONG):
        session.generate(picture("until /nowhere"))
    qtbot.waitUntil(
        lambda: bool(phases), timeout=LONG
    )  # killed before a word of it, the job would be tried again
    with qtbot.waitSignal(session.job_changed, timeout=LONG) as changed:
        os.kill(session.lane_status("image").pid, signal.SIGKILL)
    assert changed.args[0].problem.code in ("worker_killed", "memory_exhausted")


@pytest.mark.long
@pytest.mark.parametrize("moment", one_of(4, 3, 5))
def test_killed_while_jobs_are_made_together_each_goes_on_by_itself(victim, open_session, qtbot, moment):
    """The first is made alone, and tells how many go together: then three of two pictures each."""
    studio = victim("pictures", "room 8; some 1; slow 20 0.02; some 3; slow 20 0.02", "2", "4")
    studio.wait_for("running", 4)
    assert len(studio.all("done")) == 1
    studio.wait_for("asset", moment)
    studio.kill()
    session = open_session()
    assert_whole(session, studio.all("asset"))
    states = {record.state for record in session.jobs()}
    assert states == {JobState.DONE, JobState.INTERRUPTED}
    assert {asset.recipe.job for asset in session.assets_page(EVERYTHING)} <= set(studio.all("queued"))
    session.resume([record.job.id for record in session.jobs()])
    qtbot.waitUntil(lambda: all(record.state is JobState.DONE for record in session.jobs()), timeout=LONG)
    made = Counter((asset.recipe.job, asset.recipe.index) for asset in session.assets_page(EVERYTHING))
    assert made == Counter((record.job.id, index) for record in session.jobs() for index in range(2))
    assert_whole(session, studio.all("asset"))


@pytest.mark.allow_log("worker")
def test_a_worker_killed_in_the_middle_of_a_batch_costs_no_finished_picture(session, qtbot, tmp_path):
    gate, records, shown = tmp_path / "gate", {}, []
    session.asset_added.connect(lambda asset, job: shown.append((job, asset.id)))
    session.job_changed.connect(lambda record: records.__setitem__(record.job.id, record))
    prompt = f"room 8; some 2; until {gate}"

    def all_are(jobs, *states):
        return lambda: all(job.id in records and records[job.id].state in states for job in jobs)

    gate.touch()
    first = picture(prompt)
    session.generate(first)
    qtbot.waitUntil(all_are([first], JobState.DONE), timeout=LONG)
    gate.unlink()
    session.pause("image", True)
    jobs = [picture(prompt, number) for number in (1, 2, 1)]
    added = []
    session.job_added.connect(added.append)
    for job in jobs:
        session.generate(job)
    qtbot.waitUntil(lambda: len(added) == len(jobs), timeout=LONG)
    session.pause("image", False)
    qtbot.waitUntil(all_are(jobs, JobState.RUNNING), timeout=LONG)
    qtbot.waitUntil(lambda: len(shown) == 3, timeout=LONG)
    session.stop(jobs[2].id)
    qtbot.waitUntil(all_are(jobs[2:], JobState.STOPPED), timeout=LONG)
    os.kill(session.lane_status("image").pid, signal.SIGKILL)
    qtbot.waitUntil(all_are(jobs[:2], JobState.FAILED), timeout=LONG)
    assert {records[job.id].problem.code for job in jobs[:2]} == {"worker_killed"}
    assert [job for job, _ in shown[1:]] == [jobs[0].id, jobs[1].id]
    assert_whole(session, [asset for _, asset in shown])
    gate.touch()
    session.resume([jobs[1].id, jobs[2].id])
    qtbot.waitUntil(all_are(jobs[1:], JobState.DONE), timeout=LONG)
    made = Counter((asset.recipe.job, asset.recipe.index) for asset in session.assets_page(EVERYTHING))
    assert made == Counter(
        [(first.id, 0), (jobs[0].id, 0), (jobs[1].id, 0), (jobs[1].id, 1), (jobs[2].id, 0)]
    )


@pytest.mark.parametrize("moment", one_of(2, 1, 3))
def test_killed_in_the_middle_of_an_edit_keeps_what_was_done_and_drawn(
    victim, open_session, qtbot, tmp_path, moment
):
    """The document as it was, with all its steps, and the takes that were finished."""
    picture = tmp_path / "picture.png"
    Image.effect_noise((64, 48), 80).convert("RGB").save(picture)
    studio = victim(
        "edit", "some 1; slow 10 0.02; some 1; slow 10 0.02; some 1; half; until /nowhere", "4", str(picture)
    )
    studio.wait_for("saved")
    studio.wait_for("asset", moment)
    studio.kill()
    session = open_session()
    [record] = session.jobs()
    assert record.state is JobState.INTERRUPTED and len(record.assets) >= moment
    [card] = session.edits.recent().result(LONG / 1000)
    assert [card.id] == studio.all("document")
    with qtbot.waitSignal(session.edits.opened, timeout=LONG) as opened:
        session.edits.reopen(card.id)
    document = opened.args[0]
    assert document.position == 2 and document.selection.bounds() == CHOSEN
    assert tuple(document.pixels(Region(50, 40, 1, 1))[0, 0]) == (255, 0, 0, 255)
    left = session.edits.proposals_of(document).result(LONG / 1000)
    assert {one.asset.id for one in left} == set(record.assets) >= set(studio.all("asset"))
    with qtbot.waitSignal(session.edits.applied, timeout=LONG):
        session.edits.apply(document, left[0].asset)
    document.go_to(0)
    document.end_stroke()
    with Image.open(picture) as image:
        assert (document.pixels(Region(0, 0, 64, 48)) == np.asarray(image.convert("RGBA"))).all()
    session.stop_all()


def test_what_needs_no_words_is_done_where_only_the_word_of_it_was_missing(paths, open_session):
    """As left by a studio that died between the picture and its end."""
    enlarge = ProcessImage(
        id=new_id(),
        model=PLAIN,
        edit=Edit(operation=Operation.UPSCALE, scale=2),
        inputs=(InputPicture(role=Role.CHANGE, path="/nowhere.png"),),
    )
    look = SelectObject(id=new_id(), model=FAKE, picture=enlarge.inputs[0], points=(Point(1, 1),))
    other = msgspec.structs.replace(enlarge, id=new_id())
    library = Library.open(paths)
    for job in (enlarge, look, other):
        library.jobs.add(job, new_id())
    library.adopt(stage(paths, job=enlarge.id))
    library.close()
    session = open_session()
    states = {record.job.id: record.state for record in session.jobs()}
    assert states == {
        enlarge.id: JobState.DONE,
        look.id: JobState.STOPPED,
        other.id: JobState.INTERRUPTED,
    }
