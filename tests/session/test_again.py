"""A picture of the library made once more: the whole way, with the starter model."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from studio.core.edits import Edit, Operation
from studio.core.errors import NotRecorded, UsedAndGone
from studio.core.ids import new_id
from studio.core.inputs import Role, UsedInput
from studio.core.jobs import GenerateImages, JobState
from studio.core.model import Ability, Kind, ModelSpec
from studio.core.paths import Paths
from studio.core.recipe import Execution, Recipe, UsedLora
from studio.core.records import Asset
from studio.session import Session
from studio.session.again import again_job
from tests.session.conftest import FAKE

RECIPE = Recipe(
    prompt="a boat",
    model=FAKE.id,
    model_name="Fake",
    model_fingerprint="then",
    seed=2**64 - 1,
    width=96,
    height=64,
    num_inference_steps=4,
    guidance_scale=2.5,
    scheduler="Euler",
    execution=Execution(device="cpu", precision="float32", batch=4, place=2),
)


def test_the_third_of_four_postcards_comes_out_the_same(session: Session, qtbot) -> None:
    made = list[Asset]()
    session.asset_added.connect(lambda asset, job: made.append(asset))

    def run(start: Callable[[], object], count: int) -> None:
        with qtbot.waitSignal(
            session.job_changed, timeout=200_000, check_params_cb=lambda record: record.state.ended
        ) as changed:
            start()
        assert changed.args[0].state is JobState.DONE and not changed.args[0].notes, changed.args[0]
        assert len(made) == count

    starter = session.models.find("starter/postcards", Ability.GENERATE)
    job = GenerateImages(
        id=new_id(),
        model=starter,
        prompt="a red boat on the sea",
        seed=5,
        num_images=4,
        num_inference_steps=4,
    )
    run(lambda: session.generate(job), 4)
    third = made[2]
    assert third.recipe.execution is not None
    assert (third.recipe.execution.batch, third.recipe.execution.place) == (4, 2)
    run(lambda: session.make_again(third), 5)
    pixels = [Image.open(session.absolute(one)).tobytes() for one in (third, made[4])]
    assert pixels[0] == pixels[1] and made[4].recipe.seed == 7


def test_the_job_has_all_that_the_recipe_says() -> None:
    lora = ModelSpec(
        id="local/ink", name="Ink", family="", base="", abilities=(), path="/ink.safetensors", kind=Kind.LORA
    )
    recipe = msgspec.structs.replace(RECIPE, loras=(UsedLora(id=lora.id, name="Ink", scale=0.7),))
    job = again_job(recipe, [lora, FAKE])
    assert (job.prompt, job.seed, job.width, job.height) == ("a boat", 2**64 - 1, 96, 64)
    assert (job.num_inference_steps, job.guidance_scale, job.scheduler) == (4, 2.5, "Euler")
    assert [(one.path, one.scale) for one in job.loras] == [("/ink.safetensors", 0.7)]
    assert job.again == msgspec.structs.replace(RECIPE.execution, model="then")


def test_what_is_missing_is_said() -> None:
    with pytest.raises(NotRecorded):
        again_job(msgspec.structs.replace(RECIPE, execution=None), [FAKE])
    with pytest.raises(UsedAndGone) as caught:
        again_job(RECIPE, [])
    assert caught.value.params == {"name": "Fake"}
    with pytest.raises(UsedAndGone) as caught:
        again_job(msgspec.structs.replace(RECIPE, loras=(UsedLora(id="local/ink", name="Ink"),)), [FAKE])
    assert caught.value.params == {"name": "Ink"}


def test_an_input_is_found_by_what_it_was(session: Session, qtbot, paths: Paths, tmp_path: Path) -> None:
    paths.inputs.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (32, 32), "red").save(tmp_path / "red.png")
    data = (tmp_path / "red.png").read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    kept = paths.inputs / f"{digest}.png"
    kept.write_bytes(data)
    session.models.installed = lambda *_: [FAKE]  # type: ignore[method-assign]
    used = UsedInput(role=Role.START, name="red", hash=digest)
    asset = Asset(
        id="a",
        path="a.png",
        width=96,
        height=64,
        created=0.0,
        recipe=msgspec.structs.replace(RECIPE, inputs=(used,)),
    )
    with qtbot.waitSignal(session.job_added, timeout=10_000) as added:
        job_id = session.make_again(asset)
    job = added.args[0].job
    assert job.id == job_id and [(one.path, one.hash) for one in job.inputs] == [(str(kept), digest)]
    kept.write_bytes(b"something else")
    with qtbot.waitSignal(session.problem_raised, timeout=10_000) as raised:
        session.make_again(asset)
    assert (raised.args[0].code, raised.args[0].params) == ("used_and_gone", {"name": "red"})


@pytest.mark.long
def test_what_was_changed_is_changed_again_with_its_mask(session: Session, tmp_path: Path, qtbot) -> None:
    Image.effect_noise((64, 48), 60).convert("RGB").save(tmp_path / "noise.png")
    mask = Image.new("L", (64, 48))
    mask.paste(255, (10, 8, 30, 24))
    mask.save(tmp_path / "mask.png")
    made = list[Asset]()
    session.asset_added.connect(lambda asset, job: made.append(asset))

    def run(start: Callable[[], object]) -> None:
        with qtbot.waitSignal(
            session.job_changed, timeout=200_000, check_params_cb=lambda record: record.state.ended
        ) as changed:
            start()
        assert changed.args[0].state is JobState.DONE, changed.args[0].problem

    picture = session.inputs.take(tmp_path / "noise.png", Role.CHANGE).result()
    chosen = session.inputs.take_mask(tmp_path / "mask.png", picture).result()
    job = GenerateImages(
        id=new_id(),
        model=session.models.find("starter/postcards", Ability.GENERATE),
        prompt="a red boat",
        seed=5,
        num_images=2,
        num_inference_steps=2,
        edit=Edit(operation=Operation.FILL, feather=3, document=new_id()),
    )
    run(lambda: session.edits.submit(job, picture, chosen, document=job.edit.document))
    run(lambda: session.make_again(made[1]))
    first, again = (session.absolute(made[place]) for place in (1, 2))
    with Image.open(first) as one, Image.open(again) as other:
        assert one.tobytes() == other.tobytes()
    assert made[2].recipe.edit and made[2].recipe.edit.document == ""
    assert made[2].recipe.edit.region == made[1].recipe.edit.region
