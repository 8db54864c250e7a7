"""What the session foresees of real models' memory, how the person changes it, and what jobs teach it."""

import threading
from pathlib import Path

import msgspec
import pytest

from studio.catalog.measured import load_measurements
from studio.core.errors import ModelNeedsParts, WishDamaged
from studio.core.ids import new_id
from studio.core.jobs import GenerateImages, JobState
from studio.core.messages import Device, Figures
from studio.core.model import Ability, Lora, ModelSpec, ReferenceAdapter, Wish
from studio.core.plan import Outlook
from studio.core.records import JobRecord
from studio.session import Session
from tests import zoo
from tests.session.conftest import delete

GIB = 1 << 30
CPU = Device(kind="cpu", name="Processor", total_bytes=16 * GIB, free_bytes=8 * GIB)
HALF = Wish(precision="bfloat16")
SOON = 10_000  # milliseconds


@pytest.fixture
def starters(session: Session, qtbot) -> Session:
    if not session.models.installed():
        with qtbot.waitSignal(session.models.changed, timeout=SOON, check_params_cb=len):
            pass
    return session


def writer(session: Session):
    return session.models.installed(Ability.REPLY)[0]


def foreseen(session: Session, qtbot, wanted=lambda one: True) -> Outlook:
    def there() -> None:
        told = session.models.outlook_of(writer(session))
        assert told is not None and wanted(told)

    qtbot.waitUntil(there, timeout=SOON)
    told = session.models.outlook_of(writer(session))
    assert told is not None
    return told


def learn(session: Session, told: Outlook, grown: int, tokens: int = 4096) -> None:
    figures = Figures(plan=told.plan, grown_bytes=grown, tokens=tokens)
    session.models._outlooks.record(writer(session), figures)


def test_it_is_known_whether_all_models_are_known(paths, qapp, qtbot):
    session = Session(paths)
    models, told = session.models, []
    models.changed.connect(lambda found: told.append((bool(found), models.is_read)))
    assert not models.is_read
    try:
        with qtbot.waitSignal(session.ready, timeout=SOON):
            session.open()
        qtbot.waitUntil(lambda: models.is_read, timeout=SOON)
    finally:
        session.close()
        delete(session)
    assert told[-1] == (True, True)
    assert (False, False) not in told, "better nothing yet than that there is nothing"


def test_nothing_is_foreseen_before_the_machine_is_known(starters, qtbot):
    assert starters.models.outlook_of(writer(starters)) is None
    with qtbot.waitSignal(starters.models.outlook_changed, timeout=SOON):
        starters.models._outlooks.set_machine((CPU,), 8 * GIB)
    told = foreseen(starters, qtbot)
    assert (told.plan.device, told.plan.precision, told.measured) == ("cpu", "float32", False)
    assert told.needed_bytes >= writer(starters).size_bytes


def test_what_a_file_is_lent_counts_too(starters, qtbot, monkeypatch):
    """And who lends is looked for in another thread, as headers are read for it."""
    whole, asked = starters.models.installed(Ability.GENERATE)[0], []

    def complete(spec):
        asked.append(threading.current_thread())
        return whole

    monkeypatch.setattr(starters.models._outlooks, "_complete", complete)
    starters.models._outlooks.set_machine((CPU,), 8 * GIB)
    assert foreseen(starters, qtbot).plan.needed_bytes >= whole.size_bytes > writer(starters).size_bytes
    assert asked and threading.main_thread() not in asked


def test_what_was_not_known_is_looked_at_again_once_a_folder_that_may_lend_is_here(
    starters, qtbot, monkeypatch, tmp_path: Path
):
    spec, here = writer(starters), []

    def complete(asked: ModelSpec) -> ModelSpec:
        if not here:
            raise ModelNeedsParts(model=asked.name, parts="vae", repository="owner/name")
        return asked

    starters.change_settings(model_folders=(str(tmp_path),))
    looked = starters.models._outlooks
    monkeypatch.setattr(looked, "_complete", complete)
    looked.set_machine((CPU,), 8 * GIB)
    assert starters.models.outlook_of(spec) is None
    starters.models._threads.submit(bool).result(10)  # that look has failed
    here.append(zoo.stable_diffusion(tmp_path / "painter"))
    with qtbot.waitSignal(starters.models.outlook_changed, timeout=SOON):
        starters.models.scan()
    foreseen(starters, qtbot)


def test_a_job_with_something_laid_over_teaches_nothing_of_the_model_alone(starters, qtbot):
    model = starters.models.installed(Ability.GENERATE)[0]
    starters.models._outlooks.set_machine((CPU,), 8 * GIB)
    qtbot.waitUntil(lambda: starters.models.outlook_of(model) is not None, timeout=SOON)
    told = starters.models.outlook_of(model)
    figures = Figures(plan=told.plan, grown_bytes=told.needed_bytes, pixels=256 * 256, together=1)
    lora = Lora(id="local/boats", name="Boats", path="/boats.safetensors")
    looks = ReferenceAdapter(id="local/looks", name="Looks", path="/looks.safetensors")
    plain = GenerateImages(id=new_id(), model=model, prompt="a boat", seed=1)
    for wishes in ({"loras": (lora,)}, {"reference_adapter": looks}, {}):
        assert not load_measurements(starters.paths.measured).models
        job = msgspec.structs.replace(plain, **wishes)
        starters.models.learn(JobRecord(job=job, state=JobState.DONE, created=0.0, figures=figures))
        starters.models._threads.submit(bool).result(10)
    assert load_measurements(starters.paths.measured).models


def test_a_measured_job_corrects_the_next_estimate_and_is_kept(starters, open_session, qtbot):
    starters.models._outlooks.set_machine((CPU,), 8 * GIB)
    told = foreseen(starters, qtbot)
    grown = told.needed_bytes * 5 // 4
    learn(starters, told, grown, min(writer(starters).context_length or 4096, 4096))
    again = foreseen(starters, qtbot, lambda one: one.measured)
    assert again.needed_bytes == pytest.approx(grown, rel=0.01)
    assert load_measurements(starters.paths.measured).devices == (CPU,)
    other = open_session()  # which knows the machine from the file
    qtbot.waitUntil(lambda: bool(other.models.installed()), timeout=SOON)
    assert foreseen(other, qtbot).needed_bytes == again.needed_bytes


def test_a_wish_is_handed_out_with_the_model_and_outlives_the_session(starters, open_session, qtbot):
    starters.models._outlooks.set_machine((CPU,), 8 * GIB)
    whole = foreseen(starters, qtbot)
    with qtbot.waitSignal(starters.models.changed, timeout=SOON):
        starters.models.hold(writer(starters).id, HALF)
    assert writer(starters).wish == HALF
    assert starters.models.find(None, Ability.REPLY).wish == HALF
    told = foreseen(starters, qtbot)
    assert told.plan.precision == "bfloat16" and told.plan.needed_bytes * 2 == whole.plan.needed_bytes
    qtbot.waitUntil(starters.paths.wishes.exists, timeout=SOON)
    other = open_session()
    qtbot.waitUntil(lambda: bool(other.models.installed()), timeout=SOON)
    assert writer(other).wish == HALF
    other.models.hold(writer(other).id, Wish())
    assert writer(other).wish == Wish()
    qtbot.waitUntil(lambda: starters.paths.wishes.read_text().strip() == "{}", timeout=SOON)


def test_a_damaged_wish_is_told_and_no_other_is_lost(paths, open_session, qtbot):
    paths.home.mkdir(parents=True)
    entries = {"starter/scribe": {"precision": "bfloat16"}, "starter/postcards": {"precision": "2-bit"}}
    paths.wishes.write_bytes(msgspec.json.encode(entries))
    told = []
    session = Session(paths)
    session.problem_raised.connect(told.append)
    with qtbot.waitSignal(session.ready, timeout=SOON):
        session.open()
    qtbot.waitUntil(lambda: bool(session.models.installed()), timeout=SOON)
    session.close()
    assert [(one.code, one.params) for one in told] == [(WishDamaged.code, {"name": "starter/postcards"})]
    assert {one.id: one.wish for one in session.models.installed()}["starter/scribe"] == HALF
