"""The queue as rows: it keeps its order and tells how each job ended."""

import msgspec
import pytest

from studio.core.conversations import Conversation
from studio.core.errors import NotFound
from studio.core.ids import new_id
from studio.core.jobs import MAX_SEED, GenerateImages, JobState
from studio.core.messages import Figures, Note
from studio.core.passes import SecondPass
from studio.core.records import Failure, Problem
from studio.core.sampling import Sampling
from studio.core.sheets import Axis, Setting, Sheet, Shot
from studio.core.turns import AttachedText, ChatTurn
from tests.store.conftest import picture_job, reply_job, stage


def order(library, instance=None):
    return [record.job.prompt for record in library.jobs.pending("image", instance)]


def test_a_job_comes_back_whole_and_with_its_pictures(library, paths):
    job = picture_job()
    assert library.jobs.add(job, "one").state is JobState.PENDING
    assert library.jobs.start(job.id).started
    staged = [stage(paths, job=job.id) for _ in range(2)]
    adopted = tuple(library.adopt(picture).id for picture in staged)
    note = Note(code="size_changed", params={"width": 64})
    record = library.jobs.finish(job.id, JobState.DONE, notes=[note], figures=Figures(seconds=1.5))
    assert record == library.jobs.get(job.id)
    assert (record.job, record.state, record.instance) == (job, JobState.DONE, "one")
    assert (record.notes, record.figures.seconds, record.assets) == ((note,), 1.5, adopted)


def test_the_first_ending_stands(library):
    job = picture_job()
    library.jobs.add(job, "one")
    problem = Problem(code="disk_full", params={"path": "/x"}, traceback="…")
    library.jobs.finish(job.id, JobState.FAILED, problem)
    assert library.jobs.finish(job.id, JobState.DONE).problem == problem
    assert library.jobs.start(job.id).state is JobState.FAILED


def test_of_an_answer_only_the_words_that_it_answers_are_kept_once_more(library):
    last = ChatTurn("user", "and “now”?", files=(AttachedText("a.md", "z" * 1000),))
    turns = (ChatTurn("user", "x" * 1000), ChatTurn("assistant", "y" * 1000), last)
    job = msgspec.structs.replace(reply_job("c", "m"), turns=turns, sampling=Sampling(seed=MAX_SEED))
    kept = msgspec.structs.replace(job, turns=(msgspec.structs.replace(last, files=()),))
    assert library.jobs.add(job, "one").job == library.jobs.get(job.id).job == kept


def test_pending_jobs_keep_the_order_the_person_gives_them(library):
    jobs = {name: picture_job(name) for name in "abcd"}
    for index, job in enumerate(jobs.values()):
        library.jobs.add(job, f"instance-{index % 2}")
    library.jobs.add(reply_job("c", "m"), "instance-0")
    library.jobs.reorder(jobs["d"].id, before=jobs["b"].id)
    moved = library.jobs.reorder(jobs["a"].id, before=jobs["c"].id)
    assert [record.job.prompt for record in moved] == ["d", "b", "a"]
    assert moved == library.jobs.pending("image")[:3]
    library.jobs.reorder(jobs["a"].id, before=None)
    assert library.jobs.reorder(jobs["c"].id, before=jobs["c"].id) == []
    assert order(library) == ["d", "b", "c", "a"]
    library.jobs.add(picture_job("e"), "instance-0")
    assert order(library, "instance-0") == ["c", "a", "e"]
    library.jobs.start(jobs["d"].id)
    assert order(library)[0] == "b"
    for moved, before in ((jobs["d"].id, None), (jobs["b"].id, jobs["d"].id), ("nothing", None)):
        with pytest.raises(NotFound):
            library.jobs.reorder(moved, before)


def test_history_is_newest_first_of_one_lane_or_of_all(library):
    jobs = [picture_job(), reply_job("c", "m"), picture_job(), picture_job()]
    for job in jobs:
        library.jobs.add(job, "one")
    assert [record.job for record in library.jobs.history(limit=3)] == jobs[:0:-1]
    assert [record.job for record in library.jobs.history(2, "image")] == jobs[:1:-1]
    assert [record.job for record in library.jobs.history(2, "language")] == [jobs[1]]


def test_history_of_an_instance_has_what_ended_anywhere_and_waits_or_runs_in_it(library):
    jobs = {name: picture_job(name) for name in ("ended", "runs", "waits", "mine")}
    for name, job in jobs.items():
        library.jobs.add(job, "one" if name == "mine" else "other")
    library.jobs.finish(jobs["ended"].id, JobState.DONE)
    library.jobs.start(jobs["runs"].id)
    assert {record.job.prompt for record in library.jobs.history(instance="one")} == {"ended", "mine"}
    assert len(library.jobs.history()) == 4


def test_what_the_dead_left_is_interrupted(library):
    jobs = {name: picture_job(name) for name in ("waiting", "running", "done", "alive")}
    for name, job in jobs.items():
        library.jobs.add(job, "living" if name == "alive" else "dead")
    library.jobs.start(jobs["running"].id)
    library.jobs.finish(jobs["done"].id, JobState.DONE)
    library.jobs.interrupt(["living"])
    interrupted = library.jobs.interrupted()
    assert {record.job.prompt for record in interrupted} == {"waiting", "running"}
    assert {record.problem.code for record in interrupted} == {"job_interrupted"}
    assert library.jobs.get(jobs["alive"].id).state is JobState.PENDING
    library.jobs.interrupt(["living"])
    assert library.jobs.interrupted() == interrupted


def test_what_was_interrupted_is_offered_in_the_order_in_which_it_would_have_run(library):
    jobs = {name: picture_job(name) for name in "abcd"}
    for job in jobs.values():
        library.jobs.add(job, "dead")
    library.jobs.reorder(jobs["d"].id, before=jobs["a"].id)
    library.jobs.start(jobs["c"].id)
    library.jobs.interrupt([])
    assert [record.job.prompt for record in library.jobs.interrupted()] == ["c", "d", "a", "b"]


def left_behind(library, paths, made, wanted):
    """An interrupted job that had made some of the pictures wanted."""
    job = msgspec.structs.replace(picture_job(), num_images=wanted)
    library.jobs.add(job, "dead")
    library.jobs.start(job.id)
    for index in range(made):
        library.adopt(stage(paths, job=job.id, index=index))
    library.jobs.interrupt(["one"])
    return job.id


def test_a_job_is_queued_again_for_what_is_missing(library, paths):
    waiting, job = picture_job("waits"), left_behind(library, paths, made=2, wanted=5)
    library.jobs.add(waiting, "one")
    [again] = library.jobs.requeue([job], "one")
    assert again == library.jobs.get(job)
    assert (again.state, again.instance, again.started, again.ended) == (JobState.PENDING, "one", None, None)
    assert (again.problem, again.job.indices) == (None, range(2, 5))
    assert [record.job.id for record in library.jobs.pending("image")] == [waiting.id, job]
    assert library.jobs.requeue([job], "two") == []  # it waits already
    library.adopt(stage(paths, job=job, index=2))
    library.jobs.finish(job, JobState.STOPPED)
    [again] = library.jobs.requeue([job], "one")
    assert again.job.indices == range(3, 5)


def test_a_job_whose_pictures_are_all_there_is_done(library, paths):
    job = left_behind(library, paths, made=3, wanted=3)
    record = library.jobs.get(job)
    assert (record.state, record.problem) == (JobState.DONE, None)
    assert library.jobs.requeue([job], "one") == []


def test_a_declined_job_is_not_offered_again(library, paths):
    job, other = (left_behind(library, paths, made=0, wanted=1) for _ in range(2))
    assert [record.state for record in library.jobs.decline([job, "nothing"])] == [JobState.STOPPED]
    assert [record.job.id for record in library.jobs.interrupted()] == [other]


def test_answers_in_the_trash_are_not_offered_again(library):
    library.chats.put(Conversation(id="c", created=1.0, updated=1.0), [])
    job = reply_job("c", "m")
    library.jobs.add(job, "dead")
    library.jobs.interrupt([])
    assert [record.job.id for record in library.jobs.interrupted()] == [job.id]
    library.chats.set_trashed("c", True)
    assert library.jobs.interrupted() == []
    library.erase_conversation("c")
    assert library.jobs.interrupted() == []


def sheet_job(*steps: int) -> GenerateImages:
    """Two pictures for each number of steps."""
    values = tuple(map(str, steps))
    sheet = Sheet(
        id=new_id(),
        columns=Axis(setting=Setting.SEED, values=("1", "2")),
        rows=Axis(setting=Setting.STEPS, values=values),
    )
    shots = tuple(
        Shot(seed=MAX_SEED - column, num_inference_steps=number, cell=2 * row + column)
        for row, number in enumerate(steps)
        for column in range(2)
    )
    return msgspec.structs.replace(picture_job(), sheet=sheet, shots=shots, num_images=len(shots))


def test_what_failed_of_a_sheet_comes_last_when_it_goes_on(library, paths):
    job = sheet_job(10, 20, 30)
    library.jobs.add(job, "one")
    for index in range(3):
        library.adopt(stage(paths, job=job.id, index=index))
    library.jobs.finish(job.id, JobState.FAILED, Problem(code="memory_exhausted"))
    [again] = library.jobs.requeue([job.id], "two")
    assert (again.state, again.job.first) == (JobState.PENDING, 3)
    assert [again.job.cell(index) for index in range(6)] == [0, 1, 2, 4, 5, 3]
    library.jobs.finish(job.id, JobState.STOPPED)
    [again] = library.jobs.requeue([job.id], "two")
    assert [again.job.cell(index) for index in range(6)] == [0, 1, 2, 4, 5, 3], "nothing of it failed"


def failure(*indices: int) -> Failure:
    return Failure(indices=indices, problem=Problem(code="lora_missing", params={"lora": "Ink"}))


def test_what_failed_by_itself_is_written_down_while_the_rest_goes_on(library):
    job = sheet_job(10, 20, 30)
    library.jobs.add(job, "one")
    library.jobs.start(job.id)
    library.jobs.add_failure(job.id, failure(0, 1))
    record = library.jobs.add_failure(job.id, failure(4))
    assert record == library.jobs.get(job.id) and record.state is JobState.RUNNING
    assert record.failures == (failure(0, 1, 4),), "one reason"
    assert [record.failure(index) is None for index in range(6)] == [False, False, True, True, False, True]
    library.jobs.finish(job.id, JobState.FAILED, failure(0).problem)
    assert library.jobs.get(job.id).failures == record.failures
    assert library.jobs.add_failure(job.id, failure(5)).failures == record.failures, "it has ended"


def test_many_that_fail_take_little_room(library):
    job = sheet_job(10, 20, 30)
    library.jobs.add(job, "one")
    library.jobs.start(job.id)
    for index, name in enumerate(("Ink", "Chalk", "Ink", "Oil")):
        problem = Problem(code="lora_missing", params={"lora": name}, traceback=f"at {index}")
        record = library.jobs.add_failure(job.id, Failure(indices=(index,), problem=problem))
    assert [(one.indices, one.problem.params["lora"]) for one in record.failures] == [
        *(((0, 2), "Ink"), ((1,), "Chalk"), ((3,), "Oil"))
    ]
    assert [one.problem.traceback for one in record.failures] == ["at 0", "", ""]


def test_a_sheet_goes_on_with_what_is_missing_wherever_it_stands(library, paths):
    job = sheet_job(10, 20, 30)
    library.jobs.add(job, "one")
    for index in (1, 3, 4):
        library.adopt(stage(paths, job=job.id, index=index))
    library.jobs.add_failure(job.id, failure(0))
    library.jobs.finish(job.id, JobState.FAILED, failure(0).problem)
    [again] = library.jobs.requeue([job.id], "one")
    assert (again.state, again.problem, again.failures) == (JobState.PENDING, None, ())
    assert list(again.job.indices) == [0, 2, 5]
    # What failed is tried last, and so is what it ended at; where a picture is, its cell stays.
    assert [again.job.cell(index) for index in range(6)] == [5, 1, 0, 3, 4, 2]
    library.adopt(stage(paths, job=job.id, index=0))
    library.jobs.finish(job.id, JobState.STOPPED)
    [again] = library.jobs.requeue([job.id], "one")
    assert list(again.job.indices) == [2, 5] and again.job.made == (3, 4)
    for index in (2, 5):
        library.adopt(stage(paths, job=job.id, index=index))
    library.jobs.interrupt([])
    assert library.jobs.get(job.id).state is JobState.DONE, "nothing is missing"


def test_erased_pictures_are_not_missing_and_hide_none_that_is(library, paths):
    job = sheet_job(10, 20)
    library.jobs.add(job, "one")
    made = [library.adopt(stage(paths, job=job.id, index=index)).id for index in (0, 2, 3)]
    library.jobs.finish(job.id, JobState.FAILED, failure(1).problem)
    library.trash(made)
    library.erase(made)
    [again] = library.jobs.requeue([job.id], "one")
    assert (list(again.job.indices), again.job.first, again.job.made) == ([1], 1, (2, 3))


def test_what_was_stopped_in_its_second_pass_is_still_to_be_made(library, paths):
    second = SecondPass()
    job = msgspec.structs.replace(picture_job(), num_images=3, second_pass=second)
    library.jobs.add(job, "one")
    library.adopt(stage(paths, job=job.id, index=0, second_pass=second))
    library.adopt(stage(paths, job=job.id, index=1))
    library.jobs.finish(job.id, JobState.STOPPED)
    [again] = library.jobs.requeue([job.id], "one")
    assert list(again.job.indices) == [1, 2]
    plain = msgspec.structs.replace(picture_job(), num_images=3)
    library.jobs.add(plain, "one")
    library.adopt(stage(paths, job=plain.id, index=1))
    library.jobs.finish(plain.id, JobState.STOPPED)
    [again] = library.jobs.requeue([plain.id], "one")
    assert list(again.job.indices) == [0, 2]


def test_what_a_first_pass_left_over_is_erased_without_a_word(library, paths):
    second = SecondPass()
    job = msgspec.structs.replace(picture_job(), num_images=2, second_pass=second)
    library.jobs.add(job, "one")
    left, last = (library.adopt(stage(paths, job=job.id, index=0)).id for _ in range(2))
    library.jobs.finish(job.id, JobState.STOPPED)
    library.trash([left, last])
    library.erase([left])
    assert library.jobs.get(job.id).job.made == ()
    library.erase([last])
    assert library.jobs.get(job.id).job.made == (0,)


def test_sheets_are_known_by_their_jobs_and_by_their_pictures(library, paths):
    jobs = [sheet_job(10), sheet_job(20)]
    for job in jobs:
        library.jobs.add(job, "one")
    library.jobs.add(picture_job(), "one")
    ids = [job.sheet.id for job in jobs]
    assert library.jobs.sheets(10) == ids[::-1] and library.jobs.sheets(1) == ids[1:]
    assert [record.job for record in library.jobs.of_sheet(ids[0])] == [jobs[0]]
    asset = library.adopt(stage(paths, job=jobs[1].id, sheet=jobs[1].sheet, cell=1))
    assert library.assets.sheets(10) == [ids[1]]
    assert library.assets.of_sheet(ids[1]) == [asset]


def test_an_erased_picture_is_not_missing(library, paths):
    job = sheet_job(10)
    library.jobs.add(job, "one")
    asset = library.adopt(stage(paths, job=job.id))
    library.trash([asset.id])
    library.erase([asset.id])
    library.jobs.finish(job.id, JobState.STOPPED)
    [again] = library.jobs.requeue([job.id], "one")
    assert (again.job.first, again.job.picture(1).seed) == (1, MAX_SEED - 1)
