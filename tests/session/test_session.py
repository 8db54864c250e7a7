"""From a submitted job to a picture in the library and words in the journal, through real processes."""

import msgspec
import numpy as np
import pytest
from safetensors.numpy import save_file

from studio.core.conversations import MessageState, Said
from studio.core.errors import NotFound, PromptEmpty
from studio.core.jobs import JobState, Reply
from studio.core.messages import Forget
from studio.core.model import Ability, Kind
from studio.core.passes import SecondPass
from studio.core.records import AssetQuery
from studio.core.sampling import Sampling
from studio.session import Session
from studio.session.neighbours import LOOK_AFTER_MS
from tests.session.conftest import FAKE, picture

LONG = 20_000  # milliseconds; a worker has to start


def ended(job_id):
    return lambda record: record.job.id == job_id and record.state.ended


def test_a_picture_is_in_the_library_before_anyone_is_told(session, qtbot):
    seen = []
    session.asset_added.connect(
        lambda asset, job: seen.append((asset, job, session.absolute(asset).exists()))
    )
    job = picture("a boat", number=2)
    with qtbot.waitSignal(session.job_changed, timeout=LONG, check_params_cb=ended(job.id)) as last:
        session.generate(job)
    record = last.args[0]
    assert record.state is JobState.DONE, record.problem
    assert [(job_id, exists) for _, job_id, exists in seen] == [(job.id, True)] * 2
    assert record.assets == tuple(asset.id for asset, _, _ in seen)
    assert [asset.id for asset in session.assets_page(AssetQuery(text="boat"))] == list(record.assets)[::-1]
    assert seen[0][0].recipe.prompt == "a boat"
    assert not any(session.paths.staging.rglob("*.png"))


def test_what_another_process_writes_is_told_and_nothing_of_ones_own(session, open_session, qtbot):
    told = []
    session.library_changed.connect(lambda: told.append("here"))
    neighbour = open_session()
    neighbour.library_changed.connect(lambda: told.append("there"))
    with qtbot.waitSignal(session.library_changed, timeout=LONG):
        neighbour.chats.begin()
    assert [one.id for one in session.chats.recent()] == [one.id for one in neighbour.chats.recent()]
    qtbot.wait(2 * LOOK_AFTER_MS)
    assert set(told) == {"here"}


def test_bad_input_is_refused_before_anything_is_written(session):
    with pytest.raises(PromptEmpty):
        session.generate(picture(" "))
    assert session.jobs() == []


def test_a_job_that_waits_and_one_that_runs_can_both_be_stopped(session, qtbot):
    running, waiting = picture("slow 1000 0.01"), picture("never")
    with qtbot.waitSignal(session.job_changed, timeout=LONG, check_params_cb=lambda r: r.state == "running"):
        session.generate(running)
        session.generate(waiting)
    states = {}
    session.job_changed.connect(lambda record: states.__setitem__(record.job.id, record.state))
    session.stop_all()
    qtbot.waitUntil(lambda: len(states) == 2, timeout=LONG)
    assert set(states.values()) == {JobState.STOPPED}


def test_a_job_that_is_stopped_in_its_second_pass_keeps_the_first_and_goes_on_with_the_second(
    session, qtbot, tmp_path
):
    mark, gate = tmp_path / "mark", tmp_path / "gate"
    script = f"aside; mark {mark}; until {gate}"
    job = msgspec.structs.replace(picture(script, number=2), second_pass=SecondPass())
    seen = []
    session.asset_added.connect(lambda asset, _: seen.append(asset))
    session.generate(job)
    qtbot.waitUntil(mark.exists, timeout=LONG)
    assert not seen
    with qtbot.waitSignal(session.job_changed, timeout=LONG, check_params_cb=ended(job.id)) as last:
        session.stop(job.id)
    assert last.args[0].state is JobState.STOPPED and len(last.args[0].assets) == 2
    assert [asset.recipe.index for asset in seen] == [0, 1]
    assert all(session.absolute(asset).exists() for asset in seen)
    gate.touch()
    with qtbot.waitSignal(session.job_changed, timeout=LONG, check_params_cb=ended(job.id)) as last:
        session.resume([job.id])
    assert last.args[0].state is JobState.DONE
    assert [asset.recipe.index for asset in seen] == [0, 1, 0, 1], "neither had its second pass"


def test_everything_is_stopped_even_what_was_asked_for_a_moment_ago(session, qtbot):
    job = picture("slow 1000 0.01")
    session.generate(job)
    with qtbot.waitSignal(session.job_changed, timeout=LONG, check_params_cb=ended(job.id)) as last:
        session.stop_all()
    assert last.args[0].state is JobState.STOPPED


def test_what_was_noted_of_a_job_is_kept_however_it_ends(session, qtbot, tmp_path):
    mark = tmp_path / "mark"
    failing, waiting = (
        picture("note offloaded; refuse"),
        picture(f"note offloaded; mark {mark}; until /never"),
    )
    for job, state in ((failing, JobState.FAILED), (waiting, JobState.STOPPED)):
        with qtbot.waitSignal(session.job_changed, timeout=LONG, check_params_cb=ended(job.id)) as last:
            session.generate(job)
            if job is waiting:
                qtbot.waitUntil(mark.exists, timeout=LONG)
                session.stop(job.id)
        (record,) = last.args
        assert record.state is state and record.figures.seconds > 0
        assert [note.code for note in record.notes] == ["offloaded"]


def test_a_failure_has_its_reason_and_can_be_made_again(session, qtbot):
    job = picture("raise the roof")
    with qtbot.waitSignal(session.job_changed, timeout=LONG, check_params_cb=ended(job.id)) as failed:
        session.generate(job)
    assert failed.args[0].problem.code == "unexpected"
    assert "the roof" in session.crash_report()
    with qtbot.waitSignal(session.job_added, timeout=LONG) as again:
        session.resume([job.id])
    assert again.args[0].job == job
    assert (again.args[0].state, again.args[0].problem) == (JobState.PENDING, None)


def test_jobs_can_be_asked_for_by_lane(session, qtbot):
    asked = [picture("slow 1000 0.01"), picture("waits")]
    with qtbot.waitSignals([session.job_added, session.job_added, session.job_added], timeout=LONG):
        for job in asked:
            session.generate(job)
        session.chats.send(session.chats.begin().id, Said(text="say hello"), FAKE, Sampling())
    assert len(session.jobs()) == 3
    assert [record.job for record in session.jobs(lane="image")] == asked[::-1]
    assert [type(record.job) for record in session.jobs(1, "language")] == [Reply]


def test_waiting_jobs_that_change_places_are_told_of(session, qtbot):
    running, *waiting = (picture(prompt) for prompt in ("slow 1000 0.01", "b", "c", "d"))
    with qtbot.waitSignal(session.job_changed, timeout=LONG, check_params_cb=lambda r: r.state == "running"):
        for job in (running, *waiting):
            session.generate(job)
    moved = []
    session.job_changed.connect(moved.append)
    session.reorder(waiting[2].id, before=waiting[1].id)
    qtbot.waitUntil(lambda: len(moved) == 2, timeout=LONG)
    assert [record.job.prompt for record in sorted(moved, key=lambda record: record.position)] == ["d", "c"]
    assert moved == [session.job(record.job.id) for record in moved]


def test_star_trash_restore_and_erase(session, qtbot):
    with qtbot.waitSignal(session.asset_added, timeout=LONG) as added:
        session.generate(picture("a lighthouse"))
    asset = added.args[0]
    for change, expected in (
        (lambda: session.star([asset.id], True), {"starred": True, "trashed": False}),
        (lambda: session.trash([asset.id]), {"starred": True, "trashed": True}),
        (lambda: session.restore([asset.id]), {"starred": True, "trashed": False}),
    ):
        with qtbot.waitSignal(session.asset_changed, timeout=LONG) as changed:
            change()
        assert {name: getattr(changed.args[0], name) for name in expected} == expected
    session.erase([asset.id])  # not from outside the trash
    session.trash([asset.id])
    with qtbot.waitSignal(session.asset_changed, timeout=LONG):
        pass
    assert session.absolute(asset).exists()
    with qtbot.waitSignal(session.assets_removed, timeout=LONG) as removed:
        session.erase([asset.id, "nothing"])
    assert removed.args == [(asset.id,)]
    assert not session.absolute(asset).exists()
    with pytest.raises(NotFound):
        session.asset(asset.id)


def say(session, qtbot, text, conversation=None, command=None):
    """Says something and waits for the end of the answer; the branch as it then stands."""
    conversation = conversation or session.chats.begin("Be brief.").id
    with qtbot.waitSignal(session.chats.message_changed, timeout=LONG):
        (command or (lambda: session.chats.send(conversation, Said(text=text), FAKE, Sampling())))()
    return session.chats.branch(conversation)


def test_words_are_in_the_journal_before_they_are_shown(session, qtbot):
    shown = []

    def check(added):
        stored = session.chats.branch(added.conversation).messages[-1]
        shown.append(added.text)
        assert stored.text.startswith("".join(shown))

    session.chats.tokens_added.connect(check)
    branch = say(session, qtbot, "say the sea is calm tonight")
    assert branch.messages[-1].state is MessageState.COMPLETE
    assert branch.messages[-1].text == "".join(shown)
    assert branch.conversation.title == "say the sea is calm tonight"
    qtbot.waitUntil(lambda: list(session.paths.chats.glob("*.jsonl")) != [])


def test_a_conversation_is_told_of_when_it_can_be_read(session, qtbot):
    seen = []
    session.chats.conversation_changed.connect(
        lambda changed: seen.append(session.chats.branch(changed.id).conversation)
    )
    with qtbot.waitSignal(session.chats.conversation_changed):
        begun = session.chats.begin("Be brief.")
    assert seen == [begun]


def test_conversations_are_found_by_their_words(session, qtbot):
    found = say(session, qtbot, "say 山水 and water").conversation.id
    say(session, qtbot, "say nothing")
    [hit] = session.chats.search("山水").result()
    assert hit.conversation.id == found
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["山水"]


def test_regenerate_and_edit_make_siblings_and_erase_nothing(session, qtbot):
    branch = say(session, qtbot, "say one")
    conversation, (question, answer) = branch.conversation.id, branch.messages
    branch = say(
        session, qtbot, "", conversation, lambda: session.chats.regenerate(answer.id, FAKE, Sampling())
    )
    assert branch.siblings[branch.messages[-1].id] == (answer.id, branch.messages[-1].id)
    branch = say(
        session,
        qtbot,
        "",
        conversation,
        lambda: session.chats.edit(question.id, Said(text="say two"), FAKE, Sampling()),
    )
    assert branch.messages[0].text == "say two"
    assert branch.siblings[branch.messages[0].id] == (question.id, branch.messages[0].id)
    with qtbot.waitSignal(session.chats.conversation_changed, timeout=LONG):
        session.chats.show_branch(conversation, question.id)
    assert session.chats.branch(conversation).messages[0].id == question.id


def test_messages_wait_for_a_model_that_loads_each_in_its_conversation(session, qtbot, tmp_path):
    gate = tmp_path / "gate"
    model = msgspec.structs.replace(FAKE, base=f"until {gate}")
    kept, trashed, erased = (session.chats.begin().id for _ in range(3))
    with qtbot.waitSignal(session.phase_changed, timeout=LONG):
        for conversation in (kept, trashed, erased):
            session.chats.send(conversation, Said(text=f"say to {conversation}"), model, Sampling())
    session.chats.trash(trashed)
    session.chats.trash(erased)
    with qtbot.waitSignal(session.chats.conversations_removed, timeout=LONG):
        session.chats.erase(erased)
    gate.touch()
    qtbot.waitUntil(lambda: all(record.state.ended for record in session.jobs()), timeout=LONG)
    for conversation in (kept, trashed):
        assert session.chats.branch(conversation).messages[-1].text == f"to {conversation} "
    assert len(session.jobs()) == 3


def test_takes_go_on_after_one_is_whole_and_stop_together(session, qtbot):
    conversation = session.chats.begin().id
    with qtbot.waitSignal(session.chats.message_changed, timeout=LONG):
        said = Said(text="say one two; whole 1; until /nowhere")
        job = session.chats.send(conversation, said, FAKE, Sampling(), takes=3)
    with qtbot.waitSignal(session.job_changed, timeout=LONG):
        session.stop(job)
    shown = session.chats.branch(conversation).messages[-1]
    takes = session.chats.branch(conversation).siblings[shown.id]
    ends = [session.chats.branch(conversation, take).messages[-1] for take in takes]
    stopped = MessageState.STOPPED
    assert [one.state for one in ends] == [stopped, MessageState.COMPLETE, stopped]
    assert [one.text for one in ends] == [f"{number}: one two " for number in (1, 2, 3)]
    assert takes[0] == shown.id


def test_what_would_be_read_is_counted_by_the_worker_and_gives_way(session, qtbot):
    conversation = say(session, qtbot, "say hello").conversation.id
    told = []
    session.job_added.connect(told.append)
    with qtbot.waitSignal(session.context.counted, timeout=LONG) as counted:
        branch = session.chats.branch(conversation)
        session.context.ask(branch, Said(text="until /nowhere"), FAKE, Sampling(), True)
    assert counted.args[0].use.total == 2 + 2 + 1 + 2
    assert told == []
    say(session, qtbot, "say bye", conversation)
    assert len(session.jobs()) == 2
    assert not any(folder.is_dir() for folder in (session.paths.staging).glob("*/aside"))


@pytest.mark.allow_log("ended from outside")
def test_an_answer_that_fails_keeps_what_was_said(session, qtbot):
    branch = say(session, qtbot, "say half of it; kill")
    assert branch.messages[-1].state is MessageState.FAILED
    assert "half" in branch.messages[-1].text


def test_a_conversation_comes_back_from_the_trash_or_is_erased(session, qtbot, monkeypatch):
    conversation = say(session, qtbot, "say hello").conversation.id
    for change, trashed in (
        (session.chats.trash, True),
        (session.chats.restore, False),
        (session.chats.trash, True),
    ):
        with qtbot.waitSignal(session.chats.conversation_changed, timeout=LONG):
            change(conversation)
        assert [one.id for one in session.chats.trashed()] == [conversation] * trashed
        assert [one.id for one in session.chats.recent()] == [conversation] * (not trashed)
    worker, told = session._engine._lanes["language"].thread, []
    with monkeypatch.context() as patch:
        patch.setattr(worker, "post", told.append)
        with qtbot.waitSignal(session.chats.conversations_removed, timeout=LONG) as removed:
            session.chats.erase(conversation)
    assert removed.args == [(conversation,)]
    assert told == [Forget(conversations=(conversation,))], "nor does a model remember it"
    assert session.chats.trashed() == []
    assert list(session.paths.chats.glob("*.jsonl")) == []


def test_a_conversation_is_erased_while_it_is_answered(session, qtbot):
    conversation, problems, states = session.chats.begin().id, [], []
    session.problem_raised.connect(problems.append)
    session.job_changed.connect(lambda record: states.append(record.state))
    with qtbot.waitSignal(session.chats.tokens_added, timeout=LONG):
        session.chats.send(
            conversation, Said(text="say one two three; slow 1000 0.01; say four"), FAKE, Sampling()
        )
    session.chats.trash(conversation)
    session.chats.erase(conversation)
    qtbot.waitUntil(lambda: states[-1:] == [JobState.STOPPED], timeout=LONG)
    assert (session.chats.recent(), session.chats.trashed()) == ([], [])
    assert problems == []


def test_changes_to_a_conversation_reach_its_file_soon(session, qtbot):
    conversation = say(session, qtbot, "say hello").conversation.id
    file = session.paths.chats / f"{conversation}.jsonl"
    qtbot.waitUntil(file.exists)
    session.chats.rename(conversation, "Boats")
    session.chats.set_system(conversation, "Be terse.")
    qtbot.waitUntil(lambda: '"Boats"' in (head := file.read_text()) and '"Be terse."' in head, timeout=LONG)


def test_settings_are_kept_and_told(session, open_session, qtbot):
    with qtbot.waitSignal(session.settings_changed):
        session.change_settings(language="zh", image_model="x/y")
    session.close()
    assert open_session().settings.language == "zh"


def test_the_starters_are_found_by_default_or_by_id(session):
    chosen = session.models.find(None, Ability.GENERATE)
    assert session.models.find(chosen.id, Ability.GENERATE) == chosen
    with pytest.raises(NotFound):
        session.models.find("nobody/nothing", Ability.GENERATE)


def test_what_makes_a_model_fast_is_known_once_shelf_and_models_are_read(session, qtbot, tmp_path):
    model = msgspec.structs.replace(FAKE, suits="sdxl")
    assert session.models.fast_of(model) is None
    with qtbot.waitSignal(session.models.shelf_changed):
        session.models.read_shelf()
    fast = session.models.fast_of(model)
    assert fast is not None and fast.lora is None and fast.defaults.num_inference_steps == 4
    assert session.models.machine() is None  # that is asked for elsewhere, and takes longer
    file = tmp_path / "sdxl_lightning_4step_lora.safetensors"
    layer = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
    down, up = np.zeros((1, 2048), np.float32), np.zeros((640, 1), np.float32)
    save_file({f"{layer}.lora_down.weight": down, f"{layer}.lora_up.weight": up}, file)
    with qtbot.waitSignal(session.models.changed, check_params_cb=lambda specs: bool(loras_of(specs))):
        session.models.adopt(tmp_path)
    fast = session.models.fast_of(model)
    assert fast is not None and fast.lora is not None and fast.lora.path == str(file)


def loras_of(specs):
    return [spec for spec in specs if spec.kind is Kind.LORA]


def test_closing_with_work_left_offers_it_again_and_keeps_what_was_said(session, qtbot):
    running, waiting = picture("save; until /nowhere"), picture("never")
    with qtbot.waitSignal(session.asset_added, timeout=LONG):
        session.generate(running)
        session.generate(waiting)
    with qtbot.waitSignal(session.chats.tokens_added, timeout=LONG):
        session.chats.send(
            session.chats.begin().id, Said(text="say hello there; slow 1000 0.01"), FAKE, Sampling()
        )
    session.close()
    again = Session(session.paths)
    with qtbot.waitSignal(again.jobs_interrupted, timeout=LONG) as offered:
        again.open()
    left = {record.job.id for record in again.jobs() if record.state is JobState.INTERRUPTED}
    assert left == {record.job.id for record in offered.args[0]}
    assert {record.job.id for record in again.jobs()} - left == {running.id}  # its picture was there
    assert len(left) == 2
    assert len(again.assets_page(AssetQuery())) == 1
    answer = again.chats.branch(again.chats.recent()[0].id).messages[-1]
    assert answer.state is MessageState.INTERRUPTED
    assert answer.text.startswith("hello")
    again.close()
    assert not any(again.paths.instances.glob("*.instance"))


def test_what_is_given_up_in_closing_is_stopped_and_offered_no_more(session, open_session, qtbot):
    running, waiting = picture("save; until /nowhere"), picture("never")
    with qtbot.waitSignal(session.asset_added, timeout=LONG):
        session.generate(running)
        session.generate(waiting)
    with qtbot.waitSignal(session.chats.tokens_added, timeout=LONG):
        session.chats.send(
            session.chats.begin().id, Said(text="say hello there; slow 1000 0.01"), FAKE, Sampling()
        )
    session.close(give_up=True)
    assert not any(session.paths.instances.glob("*.instance"))
    again = open_session()
    assert {record.state for record in again.jobs()} == {JobState.STOPPED}
    answer = again.chats.branch(again.chats.recent()[0].id).messages[-1]
    assert answer.state is MessageState.STOPPED and answer.text.startswith("hello")


def test_a_job_asked_for_right_before_closing_is_offered_again(session, open_session, qtbot):
    """Its row is written, but nobody in the window's thread has heard of it yet."""
    job = picture("a boat")
    session.generate(job)
    session.close()
    assert [(record.job.id, record.state) for record in open_session().jobs()] == [
        (job.id, JobState.INTERRUPTED)
    ]


def test_what_is_searched_before_it_is_open_is_not_found(paths, qapp):
    session = Session(paths)
    assert session.search(AssetQuery(text="boat")).result() == []
    assert session.count_assets(AssetQuery()).result() == 0
    assert session.chats.search("boat").result() == ()
    with pytest.raises(NotFound):
        session.chats.branch("nothing")
    session.close()


def test_nothing_is_told_once_it_is_closed(paths, qapp):
    session, told = Session(paths), []
    for signal in (session.ready, session.open_failed, session.models.changed, session.problem_raised):
        signal.connect(lambda *what: told.append(what))
    session.open()
    session.close()
    qapp.processEvents()
    assert told == []
    assert not session.is_open
