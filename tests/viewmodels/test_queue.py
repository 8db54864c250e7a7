"""What the strip shows of lanes, waiting jobs and memory."""

import msgspec
import pytest

from studio.core.conversations import Said
from studio.core.jobs import JobState
from studio.core.lane import LaneState
from studio.core.messages import Stage
from studio.viewmodels.queue import QueueViewModel
from studio.viewmodels.waiting import MIME
from tests.ui.fake_session import SCRIBE, FakeSession
from tests.ui.scenes_shell import GIB, ask_for


@pytest.fixture
def session(qapp):
    made = FakeSession.filled()
    yield made
    made.deleteLater()


@pytest.fixture
def queue(session):
    clock = iter(range(0, 1000, 10))
    return QueueViewModel(session, session, clock=lambda: float(next(clock)))


def titles(queue: QueueViewModel) -> list[str]:
    model = queue.waiting
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_each_busy_lane_has_a_line_until_its_job_ends(session, queue, qtbot):
    picture = ask_for(session, "a boat")
    session.chats.send(session.chats.recent()[0].id, Said(text="Hello"), SCRIBE)
    answer = session.jobs()[0].job.id
    assert queue.lines == []
    session.play_start(picture)
    session.play_start(answer)
    assert [line.lane for line in queue.lines] == ["image", "language"]
    session.play_phase(picture, Stage.DENOISING, 0, 20, count=4)
    session.play_phase(picture, Stage.DENOISING, 10, 20, count=4)
    session.play_preview(picture, 0, 10, b"jpeg")
    session.play_phase(answer, Stage.WRITING, 64, 256)
    image, text = queue.lines
    assert (image.share, image.seconds_left, image.preview) == (0.5, 10.0, b"jpeg")
    assert (text.share, text.seconds_left) == (0.25, None)
    with qtbot.waitSignal(queue.lanes_changed):
        session.play_end(picture)
    assert [line.lane for line in queue.lines] == ["language"]


def test_stopping_is_shown_at_once_and_asked_once(session, queue):
    job = ask_for(session, "a boat")
    session.play_start(job)
    shown = []
    queue.line_changed.connect(shown.append)
    session.calls.clear()
    queue.stop("image")
    assert shown[0].stopping
    assert session.calls == [("stop", job)]
    assert queue.lines == []  # the session said that it had ended


def test_a_stop_that_was_asked_for_elsewhere_is_shown(session, queue):
    job = ask_for(session, "a boat")
    session.play_start(job)
    session.set_lane("image", state=LaneState.BUSY, job="another", stopping=True)
    assert not queue.lines[0].stopping
    session.set_lane("image", job=job)
    assert queue.lines[0].stopping


def test_a_paused_lane_keeps_its_line_and_says_so(session, queue):
    job = ask_for(session, "a boat")
    session.play_start(job)
    queue.pause("image", True)
    assert queue.lines[0].paused
    session.play_end(job)
    assert queue.lines[0].job is None
    queue.pause("image", False)
    assert queue.lines == []


def test_a_lost_worker_is_told_until_it_is_back(session, queue):
    session.set_lane("image", state=LaneState.RESTARTING)
    assert queue.lines[0].restarting
    session.set_lane("image", state=LaneState.READY)
    assert queue.lines == []


def test_an_engine_that_comes_up_is_told_in_the_name_of_what_waits_for_it(session, queue):
    session.set_lane("language", state=LaneState.BUSY, job="an errand", starting=True)
    assert queue.lines == []
    session.chats.send(session.chats.recent()[0].id, Said(text="Hello"), SCRIBE)
    answer = session.jobs()[0].job.id
    assert queue.lines[0].starting and queue.lines[0].job.id == answer
    session.set_lane("language", starting=False)
    session.play_phase(answer, Stage.LOADING, 1, 4)
    assert not queue.lines[0].starting and queue.lines[0].phase.stage is Stage.LOADING
    session.play_start(answer)
    session.play_end(answer)
    assert queue.lines == []


def test_what_was_to_begin_leaves_its_line_when_the_lane_is_paused(session, queue):
    session.set_lane("image", state=LaneState.STARTING, starting=True)
    job = ask_for(session, "a boat")
    session.set_lane("image", state=LaneState.PAUSED, paused=True)
    assert queue.lines[0].job is None and queue.lines[0].paused
    session.set_lane("image", state=LaneState.STARTING, paused=False)
    assert queue.lines[0].job.id == job
    session.stop(job)
    assert queue.lines == []


def test_waiting_jobs_are_in_their_order_and_move(session, queue):
    ids = [ask_for(session, prompt) for prompt in ("one", "two", "three")]
    assert titles(queue) == ["one", "two", "three"]
    queue.waiting.move(2, -1)
    assert titles(queue) == ["one", "three", "two"]
    queue.waiting.move(0, 1)
    assert titles(queue) == ["three", "one", "two"]
    queue.waiting.move(0, -1)  # it is the first already
    assert titles(queue) == ["three", "one", "two"]
    queue.waiting.remove(1)
    assert session.job(ids[0]).state is JobState.STOPPED
    session.play_start(ids[2])
    assert titles(queue) == ["two"]


def test_a_row_moves_when_the_session_tells_its_new_place(session, queue, qtbot):
    ids = [ask_for(session, prompt) for prompt in ("one", "two", "three")]
    with qtbot.waitSignal(queue.waiting_changed):
        session.job_changed.emit(msgspec.structs.replace(session.job(ids[2]), position=-1.0))
    assert titles(queue) == ["three", "one", "two"]


def test_a_dragged_row_stands_where_it_was_dropped(session, queue):
    for prompt in ("one", "two", "three"):
        ask_for(session, prompt)
    model = queue.waiting
    data = model.mimeData([model.index(0, 0)])
    assert data.hasFormat(MIME)
    model.dropMimeData(data, model.supportedDropActions(), 3, 0, model.index(-1, -1))
    assert titles(queue) == ["two", "three", "one"]
    model.dropMimeData(data, model.supportedDropActions(), 2, 0, model.index(-1, -1))  # where it is
    assert titles(queue) == ["two", "three", "one"]


def test_jobs_that_were_there_before_are_shown(session):
    running, waiting = ask_for(session, "running"), ask_for(session, "waiting")
    session.play_start(running)
    late = QueueViewModel(session, session)
    assert [line.job.id for line in late.lines if line.job] == [running]
    assert [record.job.id for record in late.waiting.records] == [waiting]


def test_memory_is_what_all_lanes_hold_against_the_budget_or_the_device(session, queue):
    session.set_lane("image", held_bytes=3 * GIB, device_total=12 * GIB)
    session.set_lane("language", held_bytes=GIB, device_total=12 * GIB)
    assert (queue.held_bytes, queue.memory_bytes) == (4 * GIB, 12 * GIB)
    session.change_settings(memory_budget=8 * GIB)
    assert queue.memory_bytes == 8 * GIB


def test_pausing_everything_and_going_on(session, queue):
    queue.toggle_pause()
    assert queue.paused
    queue.toggle_pause()
    assert not queue.paused


def test_of_jobs_that_are_made_together_the_first_has_the_line_and_the_next_follows_it(session, queue):
    first, second, third = (ask_for(session, f"boat {number}") for number in range(3))
    for job in (first, second, third):
        session.play_start(job)
    assert [line.job.id for line in queue.lines] == [first]
    session.play_phase(second, Stage.DENOISING, 5, 20, count=4)
    session.play_phase(first, Stage.DENOISING, 10, 20, count=4)
    assert queue.lines[0].share == 0.5
    session.play_end(second, JobState.STOPPED)
    assert [line.job.id for line in queue.lines] == [first]
    session.play_end(first, JobState.STOPPED)
    session.play_phase(third, Stage.DENOISING, 15, 20, count=4)
    assert [(line.job.id, line.share) for line in queue.lines] == [(third, 0.75)]
    queue.stop("image")
    assert session.calls[-1] == ("stop", third)
    session.play_end(third)
    assert queue.lines == []


def test_the_next_of_those_that_are_all_to_stop_is_shown_as_stopping(session, queue):
    first, second = (ask_for(session, f"boat {number}") for number in range(2))
    for job in (first, second):
        session.play_start(job)
    session.set_lane("image", job=second, stopping=True)
    assert not queue.lines[0].stopping
    session.play_end(first, JobState.STOPPED)
    assert [(line.job.id, line.stopping) for line in queue.lines] == [(second, True)]
