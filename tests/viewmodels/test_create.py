"""Create without widgets: what is asked for, what is refused, what is remembered, and how batches fill."""

from pathlib import Path

import msgspec
import pytest
from PySide6.QtGui import QImage

from studio.core.conversations import Said
from studio.core.errors import (
    InputUnsupported,
    LoraForAnother,
    LoraMissing,
    NoModelInstalled,
    PictureUnreadable,
    PromptEmpty,
    PromptTooLong,
    ReferencesUnsupported,
    SeedOutOfRange,
    SizeOutOfRange,
    UsedAndGone,
)
from studio.core.inputs import Role, UsedInput
from studio.core.jobs import MAX_SEED, GenerateImages, JobState
from studio.core.messages import Stage
from studio.core.model import Kind, lora_of
from studio.core.passes import SecondPass, Variation
from studio.core.plan import Foreseen
from studio.core.recipe import Execution, Recipe, UsedLora
from studio.core.records import Problem
from studio.core.traits import Traits
from studio.viewmodels.batches import HISTORY
from studio.viewmodels.create import CreateViewModel
from studio.viewmodels.create_recipes import recipe_of
from studio.viewmodels.shell import WindowState
from studio.viewmodels.sizes import SHAPES, shape_of, shape_size
from studio.viewmodels.thumbnails import Thumbnails
from studio.viewmodels.tiles import TileState
from tests.ui.drawings import half_denoised
from tests.ui.fake_session import LARGE, POSTCARDS, SCRIBE, FakeSession
from tests.ui.scenes_create import GRAIN, INK, NEON
from tests.ui.shelf import LIGHTNING_FILE, stocked


@pytest.fixture
def session(qapp):
    return FakeSession()


@pytest.fixture
def open_create(session):
    """Makes view-models over the session; each one after the first is a later start."""
    made = []

    def make() -> CreateViewModel:
        for state, *_ in made:
            state.flush()
        state, thumbnails = WindowState(session), Thumbnails(session.picture_bytes)
        made.append((state, thumbnails, CreateViewModel(session, state, thumbnails)))
        return made[-1][2]

    yield make
    for state, thumbnails, _ in made:
        state.flush()
        thumbnails.close()


@pytest.fixture
def create(open_create):
    create = open_create()
    create.settings.set_prompt("a boat with red sails")
    return create


def asked(session) -> list[GenerateImages]:
    return [call[1] for call in session.calls if call[0] == "generate"]


def states(create) -> list[TileState]:
    return [create.results.tile(row).state for row in range(create.results.rowCount())]


# Settings.


def test_what_is_not_set_is_left_to_the_model(create, session):
    assert create.generate()
    job = asked(session)[0]
    assert job.model == POSTCARDS
    assert (job.prompt, job.num_images) == ("a boat with red sails", 4)
    assert (job.width, job.height, job.num_inference_steps, job.guidance_scale, job.scheduler) == (None,) * 5


def test_each_model_keeps_its_own_settings_and_reset_gives_them_back(create, session):
    settings = create.settings
    settings.set_steps(30)
    settings.set_guidance(7.5)
    settings.sizes.choose_shape("3:2")
    settings.choose_model(LARGE.id)
    assert not settings.customised
    assert (settings.steps, settings.guidance) == (28, 6.5)
    settings.choose_model(POSTCARDS.id)
    create.generate()
    job = asked(session)[0]
    assert (job.num_inference_steps, job.guidance_scale) == (30, 7.5)
    assert (job.width, job.height) == shape_size("3:2", POSTCARDS.defaults)
    settings.reset()
    assert not settings.customised
    assert (settings.steps, settings.size) == (20, (256, 256))


def test_a_value_that_is_the_models_own_is_no_change(create):
    create.settings.set_steps(30)
    create.settings.set_steps(20)
    create.settings.sizes.set(256, 256)
    assert not create.settings.customised


def test_seeds_are_new_each_time_until_locked(create, session):
    create.generate()
    create.generate()
    first, second = (job.seed for job in asked(session))
    assert first != second
    assert create.settings.draft.seed == second, "the field shows the seed that was used"
    create.settings.lock_seed(True)
    create.generate()
    create.generate()
    assert {job.seed for job in asked(session)[2:]} == {second}
    create.generate(new_seed=True)
    assert asked(session)[-1].seed != second


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s: s.set_prompt(""),
        lambda s: s.set_prompt("a {red|blue boat"),
        lambda s: s.set_prompt("a boat <lora:nobody:1>"),
        lambda s: s.set_negative_prompt("a" * 100_000),
        lambda s: s.set_seed(-1),
        lambda s: s.loras.add(lora_of(NEON)),
    ],
)
@pytest.mark.parametrize("new_seed", [False, True])
def test_what_is_refused_leaves_the_seed_as_it_was(create, session, spoil, new_seed):
    create.generate()
    settings = create.settings
    shown, ahead = settings.draft.seed, settings.next_seed
    spoil(settings)
    assert not create.generate(new_seed=new_seed)
    assert (settings.draft.seed, settings.next_seed) == (shown, ahead)


def test_a_style_alone_has_a_seed_of_its_own_each_time(create, session):
    create.settings.set_prompt("")
    create.settings.set_styles(("Watercolour",))
    assert create.generate() and create.generate()
    first, second = (job.seed for job in asked(session))
    assert first != second == create.settings.draft.seed


def test_a_typed_seed_is_locked(create, session):
    create.settings.set_seed(MAX_SEED)
    create.generate()
    assert asked(session)[0].seed == MAX_SEED
    assert create.settings.draft.seed_locked


@pytest.mark.parametrize(("typed", "used"), [(63, 64), (1023, 1024), (8190, 8192), (17, 16)])
def test_sizes_go_to_the_nearest_that_can_be_made_and_say_so(create, typed, used):
    create.settings.sizes.set(typed, 256)
    assert create.settings.size == (used, 256)
    assert create.settings.sizes.snap == (typed, used)


@pytest.mark.parametrize("model", [POSTCARDS, LARGE], ids=lambda model: model.name)
def test_shapes_have_about_as_many_pixels_as_the_model_was_made_for(model):
    native = shape_size("1:1", model.defaults)
    for name, across, down in SHAPES:
        width, height = shape_size(name, model.defaults)
        assert shape_of(width, height, model.defaults) == name
        assert width / height == pytest.approx(across / down, rel=0.07)
        assert width * height == pytest.approx(native[0] * native[1], rel=0.07)


# Refusals.


@pytest.mark.parametrize(
    ("field", "error", "spoil", "mend"),
    [
        ("prompt", PromptEmpty, lambda s: s.set_prompt(" \n"), lambda s: s.set_prompt("a boat")),
        ("prompt", PromptTooLong, lambda s: s.set_prompt("a" * 100_000), lambda s: s.set_prompt("a boat")),
        (
            "negative_prompt",
            PromptTooLong,
            lambda s: s.set_negative_prompt("a" * 100_000),
            lambda s: s.set_negative_prompt(""),
        ),
        ("size", SizeOutOfRange, lambda s: s.sizes.set(0, 256), lambda s: s.sizes.set(256, 256)),
        ("size", SizeOutOfRange, lambda s: s.sizes.set(256, -8), lambda s: s.sizes.choose_shape("1:1")),
        ("size", SizeOutOfRange, lambda s: s.sizes.set(100_000, 64), lambda s: s.reset()),
        ("seed", SeedOutOfRange, lambda s: s.set_seed(2**64), lambda s: s.roll_seed()),
        ("seed", SeedOutOfRange, lambda s: s.set_seed(-1), lambda s: s.set_seed(0)),
    ],
)
def test_bad_input_is_told_at_its_field_until_it_is_mended(create, session, field, error, spoil, mend):
    spoil(create.settings)
    assert not create.generate()
    assert asked(session) == [] or session.all_jobs == []
    assert isinstance(create.settings.problems[field], error)
    mend(create.settings)
    assert create.settings.problems == {}
    assert create.generate()


def test_without_a_model_the_model_is_the_problem(session, open_create):
    session.all_models = []
    create = open_create()
    create.settings.set_prompt("a boat")
    assert not create.generate()
    assert isinstance(create.settings.problems["model"], NoModelInstalled)
    session.all_models = [POSTCARDS]
    session.models.rescan()
    assert create.settings.problems == {}
    assert create.generate()


# What is remembered.


def test_the_draft_is_there_at_the_next_start(create, open_create, session):
    create.settings.set_negative_prompt("text")
    create.settings.set_steps(9)
    create.settings.set_seed(42)
    create.settings.set_num_images(7)
    again = open_create().settings
    assert again.draft == create.settings.draft
    assert (again.draft.prompt, again.steps, again.draft.num_images) == ("a boat with red sails", 9, 7)


@pytest.mark.allow_log("draft of the last sitting")
def test_a_draft_that_cannot_be_read_is_an_empty_one(session, open_create):
    session.change_settings(window={"create.draft": '{"prompt": 5}'})
    assert open_create().settings.draft.prompt == ""


def test_batches_are_there_at_the_next_start_newest_first(create, open_create, session):
    for prompt in ("first", "second"):
        create.settings.set_prompt(prompt)
        create.generate()
    first, second = (job.id for job in asked(session))
    session.play_start(first)
    session.play_picture(first, 0)
    session.play_picture(first, 1)
    session.play_end(first, JobState.INTERRUPTED)
    later = open_create()
    assert [section.key for section in later.results.sections()] == [second, first]
    assert states(later) == [TileState.QUEUED] * 4 + [TileState.DONE] * 2 + [TileState.ENDED]
    assert later.results.tile(6).missing == 2


def test_many_answers_push_no_batch_out(create, open_create, session):
    create.generate()
    conversation = session.chats.begin()
    for number in range(HISTORY + 1):
        session.chats.send(conversation.id, Said(text=f"question {number}"), SCRIBE)
    assert states(open_create()) == [TileState.QUEUED] * 4


def test_settings_of_a_picture_are_taken_over(create, session):
    recipe = Recipe(
        model=LARGE.id,
        prompt="a lake",
        negative_prompt="fog",
        seed=5,
        width=768,
        height=512,
        guidance_scale=3.0,
    )
    assert create.recipes.use(recipe)
    create.generate()
    job = asked(session)[0]
    assert (job.model, job.prompt, job.negative_prompt, job.seed) == (LARGE, "a lake", "fog", 5)
    assert (job.width, job.height, job.guidance_scale) == (768, 512, 3.0)
    assert not create.recipes.use(Recipe(model="someone/gone", prompt="a hill"))
    assert create.settings.model == LARGE


# Fast.


@pytest.fixture
def quick(session, create):
    """A model that can be fast."""
    stocked(session).put_models(*session.all_models, LIGHTNING_FILE)
    create.settings.choose_model(LARGE.id)
    session.models.shelf_changed.emit()
    return create


def test_fast_brings_its_lora_and_its_schedule(quick, session):
    settings = quick.settings
    assert settings.fast is not None and not settings.is_fast and settings.steps == 28
    settings.set_fast(True)
    assert (settings.steps, settings.guidance, settings.scheduler) == (4, 1.0, "Euler")
    quick.generate()
    job = asked(session)[0]
    assert [lora.id for lora in job.loras] == [LIGHTNING_FILE.id]
    assert job.model.defaults == settings.fast.defaults and job.model.id == LARGE.id
    assert job.num_inference_steps is None
    settings.set_fast(False)
    quick.generate()
    job = asked(session)[1]
    assert not job.loras and job.model == LARGE


def test_each_way_keeps_what_is_set_otherwise_and_both_the_size(quick, open_create):
    settings = quick.settings
    settings.set_steps(40)
    settings.sizes.set(768, 512)
    settings.set_fast(True)
    assert settings.steps == 4 and settings.size == (768, 512)
    settings.set_steps(6)
    later = open_create().settings
    assert later.is_fast and later.steps == 6
    later.set_fast(False)
    assert later.steps == 40 and later.size == (768, 512)
    later.set_fast(True)
    later.reset()
    assert later.is_fast and later.steps == 4
    later.choose_model(POSTCARDS.id)
    assert later.fast is None and not later.is_fast
    later.choose_model(LARGE.id)
    assert later.is_fast


def test_what_is_not_here_cannot_be_switched_on(quick, session):
    session.put_models(POSTCARDS, LARGE)
    assert quick.settings.fast is not None and quick.settings.fast.lora is None
    quick.settings.set_fast(True)
    assert not quick.settings.is_fast and quick.settings.steps == 28


def test_a_fast_picture_is_taken_over_as_fast(quick, session):
    settings, recipes = quick.settings, quick.recipes
    settings.set_fast(True)
    quick.generate()
    job = asked(session)[0]
    settings.set_fast(False)
    recipe = recipe_of(job)
    assert recipes.use(recipe) and settings.is_fast and not recipes.unused_loras(recipe)
    assert settings.overrides.num_inference_steps is None
    plain = msgspec.structs.replace(recipe, loras=())
    assert recipes.use(plain) and not settings.is_fast
    quick.make_again(job)
    assert asked(session)[-1].loras == job.loras
    session.put_models(POSTCARDS, LARGE)
    assert recipes.use(recipe) and recipes.unused_loras(recipe) == [LIGHTNING_FILE.name]


# Batches.


@pytest.fixture
def batch(create, session):
    create.settings.set_seed(100)
    create.generate()
    return asked(session)[0].id


def test_a_batch_fills_tile_by_tile(create, session, batch, qtbot):
    assert states(create) == [TileState.QUEUED] * 4
    assert [create.results.tile(row).seed for row in range(4)] == [100, 101, 102, 103]
    session.play_start(batch)
    session.play_phase(batch, Stage.LOADING, 10, 20)
    assert states(create) == [TileState.WORKING] + [TileState.QUEUED] * 3
    session.play_phase(batch, Stage.DENOISING, 3, 20, index=0, count=2)
    assert states(create) == [TileState.WORKING] * 2 + [TileState.QUEUED] * 2, "they are denoised together"
    session.play_preview(batch, 1, 3, half_denoised(101))
    qtbot.waitUntil(lambda: create.results.preview(create.results.tile(1)) is not None)
    session.play_picture(batch, 0)
    session.play_picture(batch, 1)
    session.play_phase(batch, Stage.DENOISING, 1, 20, index=2, count=2)
    assert states(create) == [TileState.DONE] * 2 + [TileState.WORKING] * 2
    for index in (2, 3):
        session.play_picture(batch, index)
    session.play_end(batch)
    assert states(create) == [TileState.DONE] * 4


def test_seeds_of_a_batch_go_round_at_the_end(create, session):
    create.settings.set_seed(MAX_SEED)
    create.generate()
    assert [create.results.tile(row).seed for row in range(2)] == [MAX_SEED, 0]


@pytest.mark.parametrize("end", [JobState.FAILED, JobState.STOPPED, JobState.INTERRUPTED])
def test_what_was_made_stays_and_one_tile_tells_of_the_rest(create, session, batch, end):
    session.play_start(batch)
    session.play_picture(batch, 0)
    problem = Problem(code="worker_killed", params={"signal": 9}) if end is JobState.FAILED else None
    session.play_end(batch, end, problem)
    assert states(create) == [TileState.DONE, TileState.ENDED]
    ended = create.results.tile(1)
    assert (ended.end, ended.problem, ended.missing, ended.index) == (end, problem, 3, 1)


def test_a_trashed_picture_leaves_and_an_undo_brings_it_back_to_its_place(create, session, batch):
    session.play_start(batch)
    made = [session.play_picture(batch, index) for index in range(4)]
    session.play_end(batch)
    told: list[str] = []
    create.results.rowsRemoved.connect(lambda _, first, last: told.append(f"-{first}"))
    create.results.rowsInserted.connect(lambda _, first, last: told.append(f"+{first}"))
    create.pictures.trash([made[1]])
    assert [create.results.tile(row).index for row in range(create.results.rowCount())] == [0, 2, 3]
    create.pictures.restore([made[1]])
    assert [create.results.tile(row).index for row in range(create.results.rowCount())] == [0, 1, 2, 3]
    assert told == ["-1", "+1"]
    create.pictures.trash(made)
    assert create.results.sections() == []
    create.pictures.erase(made)
    create.pictures.restore([])
    assert create.results.rowCount() == 0


@pytest.fixture
def twice(create, session) -> GenerateImages:
    """Two pictures with a second pass, which was stopped: the first passes made them."""
    create.settings.set_num_images(2)
    create.settings.set_second_pass(SecondPass())
    create.generate()
    job = asked(session)[0]
    session.play_start(job.id)
    for index in range(2):
        session.play_picture(job.id, index, half=True)
    session.play_end(job.id, JobState.STOPPED)
    return job


def shown(create) -> list[tuple[TileState, str]]:
    tiles = [create.results.tile(row) for row in range(create.results.rowCount())]
    return [(tile.state, tile.asset.id if tile.asset else "") for tile in tiles]


def test_a_second_pass_that_was_stopped_can_go_on(create, session, twice, open_create):
    first = [asset.id for asset in session.all_assets[::-1]]
    stopped = [(TileState.DONE, first[0]), (TileState.ENDED, ""), (TileState.DONE, first[1])]
    assert shown(create) == stopped == shown(open_create())
    assert create.results.tile(1).missing == 2
    create.resume(twice)
    assert shown(create) == [(TileState.QUEUED, "")] * 2
    session.play_start(twice.id)
    done = session.play_picture(twice.id, 0)
    kept = session.play_picture(twice.id, 1, half=True)  # its second pass failed: it is what there is
    session.play_end(twice.id)
    assert shown(create) == [(TileState.DONE, done.id), (TileState.DONE, kept.id)] == shown(open_create())


def test_what_a_first_pass_left_over_is_never_shown_for_the_finished_one(create, session, twice, open_create):
    left = session.all_assets[::-1]
    create.resume(twice)
    session.play_start(twice.id)
    done = [session.play_picture(twice.id, index).id for index in range(2)]
    session.play_end(twice.id)
    whole = [(TileState.DONE, asset) for asset in done]
    assert shown(create) == whole
    session.star([left[0].id], True)
    session.trash([left[1].id])
    assert shown(create) == whole == shown(open_create())
    session.restore([left[1].id])
    session.erase((done[1],))
    made = msgspec.structs.replace(twice, made=(1,))  # as the library writes it down
    session.all_jobs = [msgspec.structs.replace(session.all_jobs[0], job=made)]
    session.star([left[1].id], True)
    assert shown(create) == whole[:1] == shown(open_create())


def test_make_again_has_a_new_seed_unless_the_seed_is_locked(create, session):
    create.generate()
    job = asked(session)[0]
    create.make_again(job)
    create.settings.lock_seed(True)
    create.make_again(job)
    new, same = asked(session)[1:]
    assert new.seed != job.seed and same.seed == job.seed
    assert new.prompt == same.prompt == job.prompt
    assert len({job.id, new.id, same.id}) == 3


def test_a_picture_is_made_again_where_it_says_how_it_was_made(create, session):
    create.generate()
    job = asked(session)[0]
    picture = session.play_picture(job.id, 2)
    assert create.make_picture_again(picture)
    again = session.all_jobs[-1].job
    assert (again.num_images, again.seed, again.again) == (1, job.seed + 2, picture.recipe.execution)
    create.make_again(again)
    assert asked(session)[-1].again is None, "with another seed it is another picture"
    told = []
    create.refused.connect(told.append)
    session.put_models(LARGE)
    assert create.make_picture_again(picture) and isinstance(told[0], UsedAndGone)
    assert not create.make_picture_again(session.add_picture("from elsewhere"))


def test_stopping_ends_what_runs_before_what_waits(create, session):
    create.generate()
    create.generate()
    waiting, running = (job.id for job in asked(session))
    session.play_start(running)
    assert create.stop_current() and create.stop_current()
    assert [call[1] for call in session.calls if call[0] == "stop"] == [running, waiting]
    assert not create.stop_current()


def test_the_copied_picture_is_the_whole_one(create, session, batch, qtbot):
    from tests.ui.drawings import draw

    session.draw = draw
    session.play_start(batch)
    asset = session.play_picture(batch, 0)
    with qtbot.waitSignal(create.pictures.copied) as copied:
        create.pictures.copy(asset)
    assert (copied.args[0].width(), copied.args[0].height()) == (256, 256)


def test_copying_a_broken_file_says_so(create, session, batch, qtbot):
    asset = session.play_picture(batch, 0)
    with qtbot.waitSignal(create.pictures.failed) as failed:
        create.pictures.copy(asset)
    assert failed.args[0].code == "picture_unreadable"


# Size with the shape kept.


def test_a_locked_shape_brings_the_other_side_along(create):
    settings = create.settings
    settings.choose_model(LARGE.id)
    settings.sizes.set(1024, 768)
    settings.sizes.lock_aspect(True)
    settings.sizes.set_width(512)
    assert settings.size == (512, 384)
    settings.sizes.set_width(517)
    assert settings.size == (512, 384) and settings.sizes.snap == (517, 512)
    for width in (100, 1000, 100, 1024):
        settings.sizes.set_width(width)
    assert settings.size == (1024, 768), "snapping has not led the shape astray"
    settings.sizes.set_height(1536)
    assert settings.size == (2048, 1536)
    settings.sizes.swap()
    settings.sizes.set_width(768)
    assert settings.size == (768, 1024)
    settings.sizes.lock_aspect(False)
    settings.sizes.set_width(512)
    assert settings.size == (512, 1024)


def test_a_side_that_the_shape_makes_too_long_is_refused(create):
    create.settings.choose_model(LARGE.id)
    create.settings.sizes.set(512, 2048)
    create.settings.sizes.lock_aspect(True)
    create.settings.sizes.set_width(4096)
    assert isinstance(create.settings.problems["size"], SizeOutOfRange)
    assert create.settings.size == (512, 2048)


# What fits the model.


def test_only_schedulers_that_fit_the_model_are_offered(create, session):
    settings = create.settings
    told = []
    settings.models_changed.connect(lambda: told.append(settings.schedulers))
    assert "DPM++ 2M Karras" in settings.schedulers, "nothing is known yet"
    settings.set_scheduler("DPM++ 2M Karras")
    session.put_traits(POSTCARDS.id, Traits(scheduler="FlowMatchEulerDiscreteScheduler"))
    assert told == [("Euler",)] and not settings.scheduler_fits
    settings.choose_model(LARGE.id)
    session.put_traits(LARGE.id, Traits(scheduler="EulerDiscreteScheduler"))
    assert settings.own_scheduler == "Euler" and "Euler" not in settings.schedulers
    assert "Euler Karras" in settings.schedulers
    settings.set_scheduler("Euler")
    assert settings.overrides.scheduler is None, "it is the model's own"


# LoRAs.


@pytest.fixture
def inked(create, session):
    session.put_models(*session.all_models, INK, GRAIN, NEON)
    return create


def test_loras_are_kept_for_each_model_and_go_into_the_job(inked, session, open_create):
    settings = inked.settings
    assert [one.lora.name for one in settings.loras.choices] == [GRAIN.name, INK.name, NEON.name]
    assert [one.fits for one in settings.loras.choices] == [True, True, False]
    settings.loras.add(lora_of(INK))
    settings.loras.add(lora_of(INK))
    settings.loras.add(lora_of(GRAIN))
    settings.loras.set_scale(INK.id, -0.5)
    assert [one.lora.name for one in settings.loras.choices] == [NEON.name]
    inked.generate()
    assert [(one.id, one.scale) for one in asked(session)[0].loras] == [(INK.id, -0.5), (GRAIN.id, 1.0)]
    settings.choose_model(LARGE.id)
    assert settings.loras.chosen == () and not settings.customised
    again = open_create().settings
    again.choose_model(POSTCARDS.id)
    assert [one.id for one in again.loras.chosen] == [INK.id, GRAIN.id] and again.customised
    again.loras.remove(INK.id)
    again.reset()
    assert again.loras.chosen == () and not again.customised


def test_a_lora_of_another_base_or_one_that_is_gone_is_refused_at_its_field(inked, session):
    settings = inked.settings
    settings.loras.add(lora_of(NEON))
    assert isinstance(settings.loras.problem_of(settings.loras.chosen[0]), LoraForAnother)
    assert not inked.generate() and isinstance(settings.problems["loras"], LoraForAnother)
    settings.loras.set_scale(NEON.id, 0.0)
    assert settings.problems == {} and inked.generate(), "with no strength it does nothing"
    settings.loras.remove(NEON.id)
    settings.loras.add(lora_of(GRAIN))
    session.put_models(POSTCARDS, LARGE)
    assert not inked.generate() and isinstance(settings.problems["loras"], LoraMissing)


def test_trigger_words_go_into_the_prompt_once(create):
    create.settings.add_words("sumi ink")
    create.settings.add_words("Sumi ink")
    assert create.settings.draft.prompt == "a boat with red sails, sumi ink"


def test_fast_and_a_lora_go_together(quick, session):
    session.put_models(*session.all_models, NEON)
    quick.settings.set_fast(True)
    quick.settings.loras.add(lora_of(NEON, 0.7))
    quick.generate()
    assert [one.id for one in asked(session)[0].loras] == [LIGHTNING_FILE.id, NEON.id]


# Pictures to begin with.


@pytest.fixture
def looking(create, session):
    """A model that starts from pictures and looks at them."""
    session.put_traits(POSTCARDS.id, Traits(roles=frozenset({Role.START, Role.REFER})))
    return create


def roles(create) -> list[tuple[str, Role]]:
    return [(one.name, one.role) for one in create.inputs.pictures]


def test_the_first_picture_is_to_start_from_and_further_ones_to_refer_to(
    looking, session, qtbot, open_create
):
    looking.inputs.add_files([Path("/a/sea.png"), Path("/a/hill.png")])
    qtbot.waitUntil(lambda: len(looking.inputs.pictures) == 2)
    looking.inputs.add_files([Path("/a/boat.png")])
    qtbot.waitUntil(lambda: len(looking.inputs.pictures) == 3)
    assert roles(looking) == [("sea.png", Role.START), ("hill.png", Role.REFER), ("boat.png", Role.REFER)]
    looking.inputs.set_role(1, Role.START)
    assert [role for _, role in roles(looking)] == [Role.REFER, Role.START, Role.REFER]
    looking.inputs.set_weight(0, 0.4)
    looking.inputs.remove(2)
    looking.settings.set_strength(0.35)
    looking.generate()
    job = asked(session)[0]
    assert [(one.name, one.role, one.weight) for one in job.inputs] == [
        ("sea.png", Role.REFER, 0.4),
        ("hill.png", Role.START, 1.0),
    ]
    assert job.strength == 0.35
    assert open_create().inputs.pictures == looking.inputs.pictures, "they are there at the next start"


def test_a_model_that_changes_pictures_looks_at_the_first_one(create, session, qtbot):
    editing = msgspec.structs.replace(LARGE, kind=Kind.EDIT)
    session.all_models = [POSTCARDS, editing]
    session.put_traits(LARGE.id, Traits(roles=frozenset({Role.START, Role.REFER})))
    create.settings.choose_model(LARGE.id)
    create.inputs.add_files([Path("/a/sea.png")])
    qtbot.waitUntil(lambda: roles(create) == [("sea.png", Role.REFER)])
    create.inputs.add_files([Path("/a/hill.png")])
    qtbot.waitUntil(lambda: roles(create) == [("hill.png", Role.START), ("sea.png", Role.REFER)])


def test_another_to_start_from_takes_the_place_of_the_first(create, qtbot):
    create.inputs.add_files([Path("/a/sea.png")])
    qtbot.waitUntil(lambda: roles(create) == [("sea.png", Role.START)])
    create.inputs.add_files([Path("/a/hill.png")])
    qtbot.waitUntil(lambda: roles(create) == [("hill.png", Role.START)])


def test_without_a_picture_to_start_from_there_is_no_strength(looking, session, qtbot):
    looking.settings.set_strength(0.2)
    looking.inputs.add_files([Path("/a/sea.png")], Role.REFER)
    qtbot.waitUntil(lambda: len(looking.inputs.pictures) == 1)
    looking.generate()
    assert asked(session)[0].strength is None


def test_a_role_that_the_model_cannot_take_is_told_and_refused(looking, session, qtbot):
    looking.inputs.add_files([Path("/a/sea.png")], Role.REFER)
    qtbot.waitUntil(lambda: len(looking.inputs.pictures) == 1)
    session.put_traits(POSTCARDS.id, Traits())
    (picture,) = looking.inputs.pictures
    assert isinstance(looking.settings.problem_of_input(picture), ReferencesUnsupported)
    assert not looking.generate() and isinstance(looking.settings.problems["inputs"], ReferencesUnsupported)
    looking.inputs.set_role(0, Role.START)
    assert looking.settings.problems == {} and looking.generate()
    session.put_traits(POSTCARDS.id, Traits(roles=frozenset({Role.REFER})))
    assert not looking.generate() and isinstance(looking.settings.problems["inputs"], InputUnsupported)


def test_a_picture_that_cannot_be_taken_in_is_told(create, session, qtbot):
    session.inputs.refused["text.png"] = PictureUnreadable(path="/a/text.png")
    with qtbot.waitSignal(create.inputs.failed) as told:
        create.inputs.add_files([Path("/a/text.png")])
    assert isinstance(told.args[0], PictureUnreadable) and create.inputs.pictures == ()


def test_more_pictures_than_are_looked_at_are_told(looking, qtbot):
    looking.inputs.add_files([Path(f"/a/{number}.png") for number in range(16)])
    qtbot.waitUntil(lambda: len(looking.inputs.pictures) == 16)
    first = roles(looking)
    with qtbot.waitSignal(looking.inputs.failed) as told:
        looking.inputs.add_files([Path("/a/more.png")])
    assert told.args[0].params["most"] == 16 and roles(looking) == first


def test_a_dragged_picture_that_is_gone_is_told(create, qtbot):
    with qtbot.waitSignal(create.inputs.failed):
        create.inputs.add_ids(["gone"])


def test_a_picture_without_a_file_is_encoded_and_taken_in(create, qtbot):
    image = QImage(32, 16, QImage.Format.Format_RGB32)
    image.fill(0x204060)
    create.inputs.add_image(image, "pasted")
    qtbot.waitUntil(lambda: roles(create) == [("pasted", Role.START)])


# What is done besides, and what it will take.


def test_what_is_done_besides_goes_into_the_job_and_back_to_the_model(create, session, open_create):
    settings = create.settings
    settings.set_second_pass(SecondPass(scale=1.5, strength=0.4))
    settings.set_seamless(True)
    settings.set_cache("first_block")
    create.generate()
    job = asked(session)[0]
    assert (job.second_pass, job.seamless) == (SecondPass(scale=1.5, strength=0.4), True)
    assert job.cache == "", "this model has nothing to skip"
    session.put_traits(POSTCARDS.id, Traits(caches=True))
    create.generate()
    assert asked(session)[1].cache == "first_block"
    again = open_create().settings
    assert again.draft.seamless and again.customised
    again.reset()
    assert not again.customised and again.draft.second_pass is None and again.draft.cache == ""


def test_what_the_next_job_takes_is_asked_for_as_it_stands(create, session):
    told = []
    create.settings.outlook_changed.connect(lambda: told.append(create.settings.foreseen.seconds))
    create.settings.set_num_images(3)
    create.settings.sizes.set(512, 256)
    create.settings.set_second_pass(SecondPass(scale=2.0))
    session.foresight.put(Foreseen(seconds=12.0))
    assert told == [12.0]
    wanted = session.foresight.asked
    assert (wanted.width, wanted.height, wanted.num_images) == (512, 256, 3)
    assert (wanted.num_inference_steps, wanted.second_pass) == (20, SecondPass(scale=2.0))


def test_a_second_pass_does_not_grow_with_each_use(create, session):
    settings, recipes = create.settings, create.recipes
    settings.choose_model(LARGE.id)
    settings.sizes.set(768, 512)
    settings.set_second_pass(SecondPass(scale=1.5))
    create.generate()
    job = asked(session)[-1]
    made = Recipe(
        model=LARGE.id,
        prompt="a hill",
        width=1152,
        height=768,
        second_pass=job.second_pass,
        execution=Execution(device="cpu", precision="float32"),
    )
    for recipe in (made, recipe_of(job)):  # of the picture, and of its job
        recipes.use(recipe)
        assert (settings.size, settings.draft.second_pass) == ((768, 512), SecondPass(scale=1.5))
    recipes.use_fields(made, frozenset(("size", "second_pass")))
    assert settings.size == (768, 512)


def test_impossible_numbers_of_a_recipe_are_left_out_where_all_of_it_is_taken(create):
    made = Execution(device="cpu", precision="float32")
    second = SecondPass(scale=0.0)
    assert create.recipes.use(
        Recipe(model=POSTCARDS.id, prompt="a hill", strength=7.0, second_pass=second, execution=made)
    )
    assert (create.settings.strength, create.settings.draft.second_pass) == (0.6, None)


def test_a_recipe_gives_everything_back(inked, session, qtbot):
    session.put_traits(POSTCARDS.id, Traits(caches=True, roles=frozenset({Role.START, Role.REFER})))
    asset = session.add_picture("a hill")
    settings, recipes = inked.settings, inked.recipes
    settings.loras.add(lora_of(GRAIN))
    inked.inputs.add_files([Path("/a/old.png")])
    qtbot.waitUntil(lambda: len(inked.inputs.pictures) == 1)
    lost = []
    inked.inputs.lost.connect(lost.append)
    recipe = Recipe(
        model=POSTCARDS.id,
        prompt="a lake in autumn",
        template="a lake in {autumn|winter}",
        seed=5,
        loras=(UsedLora(id=INK.id, name=INK.name, scale=0.6), UsedLora(id="local/gone", name="gone")),
        inputs=(
            UsedInput(role=Role.START, asset=asset.id, name="a hill"),
            UsedInput(role=Role.REFER, hash="0" * 64, name="a lost one"),
        ),
        strength=0.3,
        second_pass=SecondPass(scale=1.5),
        seamless=True,
        cache="taylor_seer",
        variation=Variation(seed=3),
    )
    assert recipes.use(recipe)
    qtbot.waitUntil(lambda: len(inked.inputs.pictures) == 1 and bool(lost))
    assert recipes.unused_loras(recipe) == ["gone"] and lost == ["a lost one"]
    inked.generate()
    job = asked(session)[-1]
    assert job.prompt == "a lake in autumn"
    assert [(one.id, one.scale) for one in job.loras] == [(INK.id, 0.6)]
    assert [(one.asset, one.role) for one in job.inputs] == [(asset.id, Role.START)]
    assert (job.strength, job.second_pass, job.seamless, job.cache, job.variation) == (
        0.3,
        SecondPass(scale=1.5),
        True,
        "taylor_seer",
        None,
    )
    back = recipe_of(job)
    assert (back.strength, back.second_pass, back.seamless, back.cache) == (
        0.3,
        SecondPass(scale=1.5),
        True,
        "taylor_seer",
    )
    recipes.use(Recipe(model=POSTCARDS.id, prompt="plain", seed=6))
    assert not settings.customised and inked.inputs.pictures == ()
