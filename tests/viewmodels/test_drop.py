"""A recipe from elsewhere, field by field: what is offered, what is ticked, and what Create takes over."""

from pathlib import Path

import msgspec
import pytest

from studio.core.errors import PictureUnreadable
from studio.core.inputs import Role, UsedInput
from studio.core.model import Kind, Lora, ModelSpec
from studio.core.nearest import NearestLora, NearestModel
from studio.core.passes import SecondPass, Variation
from studio.core.reading import Dropped, Reading
from studio.core.recipe import Execution, Recipe, UsedLora
from studio.viewmodels.create_recipes import RecipeFiller
from studio.viewmodels.create_settings import GenerationSettings
from studio.viewmodels.drop import DropViewModel
from studio.viewmodels.shell import WindowState
from tests.ui.fake_session import LARGE, POSTCARDS, FakeSession
from tests.ui.shelf import SDXL

FILE = Path("/pictures/boat.png")
INK = ModelSpec(
    id="local/ink",
    name="Ink",
    family="",
    base="LoRA",
    abilities=(),
    path="/loras/ink.safetensors",
    kind=Kind.LORA,
)
RECIPE = Recipe(
    tool="ComfyUI",
    prompt="a red boat",
    negative_prompt="fog",
    model_name="sd_xl",
    seed=2**64 - 1,
    width=1000,
    height=1216,
    num_inference_steps=28,
    guidance_scale=5.5,
    scheduler="DPM++ 2M Karras",
    loras=(UsedLora(id="", name="ink", scale=0.5), UsedLora(id="", name="other")),
    strength=0.6,
    second_pass=SecondPass(scale=1.5),
    seamless=True,
)
LORAS = (
    NearestLora(wanted=RECIPE.loras[0], here=Lora(id=INK.id, name=INK.name, path=INK.path, scale=0.5)),
    NearestLora(wanted=RECIPE.loras[1]),
)
DROPPED = Dropped(
    path=str(FILE),
    reading=Reading(recipe=RECIPE, dialect="ComfyUI", unread=("FreeU",)),
    model=NearestModel(name="sd_xl", here=LARGE, how="same"),
    loras=LORAS,
)
MADE = Execution(device="cpu", precision="float32")
NAMES = [
    *("prompt", "negative_prompt", "model", "size", "steps", "guidance", "scheduler", "seed"),
    *("lora:0", "lora:1", "strength", "second_pass", "seamless"),
]


@pytest.fixture
def session(qapp):
    session = FakeSession()
    session.all_models.append(INK)
    return session


@pytest.fixture
def settings(session):
    state = WindowState(session)
    yield GenerationSettings(session, state)
    state.flush()


@pytest.fixture
def drop(session, settings, qtbot):
    drop = DropViewModel(session, settings, RecipeFiller(session, settings))

    def read(dropped: Dropped = DROPPED) -> DropViewModel:
        session.recipes.told[str(FILE)] = dropped
        with qtbot.waitSignal(drop.arrived):
            drop.read(FILE)
        return drop

    return read


def field(drop: DropViewModel, name: str):
    return next(one for one in drop.fields if one.name == name)


def with_recipe(**changed) -> Dropped:
    reading = msgspec.structs.replace(DROPPED.reading, recipe=msgspec.structs.replace(RECIPE, **changed))
    return msgspec.structs.replace(DROPPED, reading=reading)


def test_every_part_is_a_field_and_what_can_be_had_is_ticked(drop):
    vm = drop()
    assert [one.name for one in vm.fields] == NAMES
    assert vm.accepted == frozenset(NAMES) - {"lora:1"}
    assert (vm.unread, vm.input_names, vm.problem) == (("FreeU",), (), None)


def test_a_field_says_what_stands_there_and_what_would(drop, settings):
    settings.set_prompt("a blue boat")
    vm = drop()
    assert (field(vm, "prompt").before, field(vm, "prompt").after) == ("a blue boat", "a red boat")
    size = field(vm, "size")
    assert (size.before, size.after) == ("256 × 256", "992 × 1216")
    assert (size.note, size.params["wanted"]) == ("Nearest to {wanted}.", "1000 × 1216")
    assert (field(vm, "model").before, field(vm, "model").after) == (POSTCARDS.name, LARGE.name)
    assert (field(vm, "seed").before, field(vm, "seed").after) == ("", str(2**64 - 1))
    assert field(vm, "second_pass").after == "× 1.5 · 0.35"


def test_all_of_it_goes_into_create(drop, settings):
    assert drop().use()
    draft = settings.draft
    assert settings.model is LARGE
    assert (draft.prompt, draft.negative_prompt) == ("a red boat", "fog")
    assert (draft.seed, draft.seed_locked) == (2**64 - 1, True)
    assert (settings.size, settings.steps, settings.guidance) == ((992, 1216), 28, 5.5)
    assert settings.scheduler == "DPM++ 2M Karras"
    assert draft.loras == {LARGE.id: (Lora(id=INK.id, name=INK.name, path=INK.path, scale=0.5),)}
    assert (draft.strength, draft.second_pass, draft.seamless) == (0.6, SecondPass(scale=1.5), True)


def test_only_what_is_ticked_goes_into_create(drop, settings):
    settings.set_prompt("a blue boat")
    vm = drop()
    vm.accept_all(False)
    assert vm.accepted == frozenset() and not vm.use()
    vm.accept("steps", True)
    vm.accept("lora:1", True)  # is not here
    assert vm.accepted == {"steps"} and vm.use()
    assert (settings.draft.prompt, settings.steps, settings.model) == ("a blue boat", 28, POSTCARDS)
    assert settings.draft.loras == {} and not settings.draft.seed_locked


def test_a_model_that_is_not_here_is_named_with_the_nearest_of_the_shelf(drop, settings):
    vm = drop(msgspec.structs.replace(DROPPED, model=NearestModel(name="sd_xl", shelf=SDXL)))
    model = field(vm, "model")
    assert (model.possible, model.note, model.get) == (
        False,
        "Not here; nearest on the shelf: {shelf}.",
        SDXL.repository,
    )
    assert model.params == {"wanted": "sd_xl", "shelf": SDXL.name}
    assert vm.use() and settings.model is POSTCARDS


def test_one_of_the_same_base_stands_in(drop):
    model = field(
        drop(msgspec.structs.replace(DROPPED, model=NearestModel(name="x", here=LARGE, how="base"))), "model"
    )
    assert (model.possible, model.after, model.get) == (True, LARGE.name, "")
    assert model.note == "Stands in for {wanted}, which is not here."


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"width": 12_000}, "size"),
        ({"num_inference_steps": 5_000}, "steps"),
        ({"guidance_scale": 1000.0}, "guidance"),
        ({"scheduler": "res_multistep"}, "scheduler"),
        ({"num_inference_steps": 0}, "steps"),
        ({"guidance_scale": -3e9}, "guidance"),
        ({"width": 0}, "size"),
        ({"width": 10**400}, "size"),
        ({"seed": -5}, "seed"),
        ({"strength": 7.0}, "strength"),
        ({"second_pass": SecondPass(scale=0.0), "execution": MADE}, "second_pass"),
        ({"second_pass": SecondPass(scale=9.0)}, "second_pass"),
    ],
)
def test_what_no_job_could_have_is_not_offered(drop, settings, changed, name):
    vm = drop(with_recipe(**changed))
    assert not field(vm, name).possible and field(vm, name).note
    assert name not in vm.accepted and vm.use()
    assert settings.problems == {}


def test_a_lora_of_an_impossible_strength_is_not_offered(drop, settings):
    strong = NearestLora(wanted=UsedLora(id="", name="ink", scale=99.0), here=LORAS[0].here)
    vm = drop(msgspec.structs.replace(DROPPED, loras=(strong,)))
    assert (field(vm, "lora:0").possible, field(vm, "lora:0").params["most"]) == (False, "10")
    assert vm.use() and settings.draft.loras == {}


def test_what_a_recipe_does_not_say_is_no_field(drop):
    reading = Reading(recipe=Recipe(prompt="a red boat"), dialect="A")
    vm = drop(Dropped(path=str(FILE), reading=reading))
    assert [one.name for one in vm.fields] == ["prompt"]


def test_an_empty_negative_prompt_takes_one_away(drop, settings):
    settings.set_negative_prompt("birds")
    vm = drop(with_recipe(negative_prompt=""))
    assert (field(vm, "negative_prompt").before, field(vm, "negative_prompt").after) == ("birds", "")
    assert vm.use() and settings.draft.negative_prompt == ""


def test_pictures_that_it_began_with_and_a_variation_are_told(drop):
    inputs = (UsedInput(role=Role.START, name="a.png"), UsedInput(role=Role.START))
    vm = drop(with_recipe(inputs=inputs, variation=Variation(seed=4)))
    assert vm.input_names == ("a.png",) and vm.unread == ("FreeU", "Variation seed")


def test_a_picture_without_a_recipe_has_no_fields(drop):
    vm = drop(Dropped(path=str(FILE), too_long=True))
    assert (vm.fields, vm.unread, vm.use()) == ((), (), False)
    assert vm.problem and vm.problem.params["path"] == "boat.png"


def test_what_is_no_picture_is_told(session, settings, qtbot):
    vm = DropViewModel(session, settings, RecipeFiller(session, settings))
    session.recipes.told[str(FILE)] = PictureUnreadable(path=str(FILE))
    with qtbot.waitSignal(vm.failed):
        vm.read(FILE)
    assert vm.dropped is None


def test_a_copied_text(session, settings, qtbot):
    vm = DropViewModel(session, settings, RecipeFiller(session, settings))
    with qtbot.waitSignal(vm.text_unread):
        vm.read_text("hello")
    session.recipes.told["text"] = msgspec.structs.replace(DROPPED, path="")
    with qtbot.waitSignal(vm.arrived):
        vm.read_text("text")
    assert vm.use() and settings.draft.prompt == "a red boat"
