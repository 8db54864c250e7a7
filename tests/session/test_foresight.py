"""What a job will take is foreseen from its size and count, and from the pace of jobs before it."""

import time

import msgspec
import numpy as np
import pytest
from safetensors.numpy import save_file

from studio.core.edits import Edit, Operation
from studio.core.ids import new_id
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import GenerateImages, JobState
from studio.core.messages import Figures
from studio.core.model import Ability, Lora, ReferenceAdapter
from studio.core.passes import SecondPass
from studio.core.plan import Foreseen
from studio.core.records import JobRecord
from studio.session import Session
from tests.session.test_outlooks import CPU, GIB, SOON, starters  # noqa: F401


@pytest.fixture
def job(starters: Session) -> GenerateImages:  # noqa: F811
    starters.models._outlooks.set_machine((CPU,), 8 * GIB)
    model = starters.models.installed(Ability.GENERATE)[0]
    return GenerateImages(id=new_id(), model=model, prompt="a boat", seed=7, num_inference_steps=10)


def foreseen(session: Session, qtbot, job: GenerateImages) -> Foreseen:
    qtbot.waitUntil(lambda: session.foresight.of(job).outlook is not None, timeout=SOON)
    return session.foresight.of(job)


def done(job: GenerateImages, **figures) -> JobRecord:
    return JobRecord(job=job, state=JobState.DONE, created=time.time(), figures=Figures(**figures))


def test_a_larger_picture_more_of_them_and_a_second_pass_take_more(starters, qtbot, job):  # noqa: F811
    plain = foreseen(starters, qtbot, job).outlook
    several = foreseen(starters, qtbot, msgspec.structs.replace(job, num_images=2)).outlook
    larger = foreseen(starters, qtbot, msgspec.structs.replace(job, width=1024, height=1024)).outlook
    second = msgspec.structs.replace(job, second_pass=SecondPass(scale=4.0))
    enlarged = foreseen(starters, qtbot, second).outlook
    assert plain and several and larger and enlarged
    assert plain.needed_bytes < several.needed_bytes < larger.needed_bytes
    assert enlarged.needed_bytes == larger.needed_bytes, "256 by 4 is 1024"
    huge = foreseen(starters, qtbot, msgspec.structs.replace(job, width=8192, height=8192)).outlook
    assert huge and not huge.fits and huge.remedy


def test_what_lies_over_the_model_takes_its_share(starters, qtbot, job, tmp_path):  # noqa: F811
    def file(name: str, numbers: int) -> str:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        save_file({"layer": np.zeros(numbers, np.float16)}, path)
        return str(path)

    def needed(**wishes: object) -> int:
        outlook = foreseen(starters, qtbot, msgspec.structs.replace(job, **wishes)).outlook
        return outlook.needed_bytes

    def lora(path: str, scale: float = 1.0) -> Lora:
        return Lora(id=path, name="Ink", path=path, scale=scale)

    plain, ink = needed(), lora(file("ink.safetensors", 1_000_000))
    assert needed(loras=(ink,)) == plain + 4_000_000, "in the numbers of the model, which are float32 here"
    assert needed(loras=(ink, ink)) == plain + 4_000_000, "the same is there once"
    assert needed(loras=(msgspec.structs.replace(ink, scale=0.0),)) == plain
    file("oil/adapter_model.safetensors", 500_000)
    oil = lora(str(tmp_path / "oil"))
    assert needed(loras=(ink, oil)) == plain + 6_000_000
    second = SecondPass(scale=2.0)
    assert needed(loras=(ink,), second_pass=second) == needed(second_pass=second) + 4_000_000
    for damaged in ("gone.safetensors", "torn.safetensors"):
        (tmp_path / "torn.safetensors").write_bytes(b"torn")
        assert needed(loras=(lora(str(tmp_path / damaged)),)) == plain, "the job itself will say so"
    adapter = ReferenceAdapter(
        id="a", name="Looks", path=file("looks.safetensors", 250_000), encoder=str(tmp_path / "image_encoder")
    )
    file("image_encoder/model.safetensors", 250_000)
    assert needed(reference_adapter=adapter) == plain + 2_000_000


def test_an_adapter_that_is_yet_to_be_found_counts_too(
    starters,  # noqa: F811
    qtbot,
    job,
    monkeypatch,
    tmp_path,
):
    save_file({"layer": np.zeros(1_000_000, np.float16)}, tmp_path / "looks.safetensors")
    adapter = ReferenceAdapter(id="a", name="Looks", path=str(tmp_path / "looks.safetensors"))
    monkeypatch.setattr(starters.models._outlooks, "_adapter", lambda spec: adapter)
    plain = foreseen(starters, qtbot, job).outlook
    refers = InputPicture(role=Role.REFER, path=str(tmp_path / "picture.png"))
    looking = foreseen(starters, qtbot, msgspec.structs.replace(job, inputs=(refers,))).outlook
    assert looking.needed_bytes == plain.needed_bytes + 4_000_000
    start = msgspec.structs.replace(refers, role=Role.START)
    starting = foreseen(starters, qtbot, msgspec.structs.replace(job, inputs=(start,))).outlook
    assert starting.needed_bytes == plain.needed_bytes


def test_the_time_is_that_of_earlier_jobs(starters, qtbot, job):  # noqa: F811
    assert starters.foresight.of(job).seconds is None, "nothing was measured yet"
    size = {"pixels": 256 * 256, "together": 2}
    record = done(
        msgspec.structs.replace(job, num_images=4), steps=20, denoise_seconds=8.0, decode_seconds=2.0, **size
    )
    with qtbot.waitSignal(starters.foresight.changed):
        starters.foresight.learn(record)
    of = starters.foresight.of
    # A step of one picture took 0.2 s, decoding it 0.5 s.
    assert of(job).seconds == pytest.approx(10 * 0.2 + 0.5)
    assert of(msgspec.structs.replace(job, num_images=3)).seconds == pytest.approx(7.5)
    assert of(msgspec.structs.replace(job, width=512, height=256)).seconds == pytest.approx(5.0)
    second = SecondPass(scale=2.0, strength=0.5)
    assert of(msgspec.structs.replace(job, second_pass=second)).seconds == pytest.approx(2.5 + 4 * 1.5)
    change = InputPicture(role=Role.CHANGE, path="picture.png", width=240, height=200)
    for operation, seconds in ((Operation.REMOVE, 9 * 0.2 + 0.5), (Operation.UPSCALE, 4 * (3 * 0.2 + 0.5))):
        edit = Edit(operation=operation, scale=2.0)  # 2 × 2 tiles of 256 pixels
        asked = msgspec.structs.replace(job, edit=edit, inputs=(change,))
        assert of(asked).seconds == pytest.approx(seconds)


def test_what_says_nothing_of_the_pace_teaches_nothing(starters, job):  # noqa: F811
    size = {"pixels": 256 * 256, "together": 1}
    for record in (
        done(job, steps=0, **size),
        msgspec.structs.replace(done(job, steps=9, denoise_seconds=1.0, **size), state=JobState.FAILED),
        done(msgspec.structs.replace(job, second_pass=SecondPass()), steps=9, denoise_seconds=1.0, **size),
    ):
        starters.foresight.learn(record)
    assert starters.foresight.of(job).seconds is None


def test_the_next_sitting_remembers(open_session, qtbot):
    from tests.session.conftest import picture

    first = open_session()
    asked = msgspec.structs.replace(picture("a boat"), num_inference_steps=4)
    first._writer.submit(lambda library: library.jobs.add(asked, "earlier")).result(10)
    figures = Figures(steps=4, denoise_seconds=2.0, pixels=32 * 32, together=1)
    first._writer.submit(
        lambda library: library.jobs.finish(asked.id, JobState.DONE, figures=figures)
    ).result(10)
    second = open_session()
    qtbot.waitUntil(lambda: second.foresight.of(asked).seconds == pytest.approx(2.0), timeout=SOON)


def test_a_measured_peak_makes_the_next_of_that_size_known(starters, qtbot, job):  # noqa: F811
    job = msgspec.structs.replace(job, num_images=2)
    told = foreseen(starters, qtbot, job).outlook
    assert told and not told.measured
    figures = Figures(
        plan=told.plan, grown_bytes=round(told.needed_bytes * 1.3), pixels=256 * 256, together=2, steps=10
    )
    starters.models.learn(JobRecord(job=job, state=JobState.DONE, created=time.time(), figures=figures))

    def known() -> bool:
        outlook = starters.foresight.of(job).outlook
        return outlook is not None and outlook.measured

    qtbot.waitUntil(known, timeout=SOON)
    outlook = starters.foresight.of(job).outlook
    assert outlook and outlook.needed_bytes == figures.grown_bytes
