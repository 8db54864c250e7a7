"""A job with a LoRA through real processes: stopped, killed, made again, refused when its file is gone."""

import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.catalog.inspect import inspect_model
from studio.core.ids import new_id
from studio.core.jobs import GenerateImages, JobState
from studio.core.messages import Stage
from studio.core.model import Lora, ModelSpec, lora_of
from studio.core.records import JobRecord
from tests import zoo
from tests.runtime.lora_files import diffusers_file, pairs
from tests.session.test_session import ended

LONG = 90_000  # milliseconds; the worker imports torch


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return inspect_model(zoo.stable_diffusion(tmp_path_factory.mktemp("model") / "painter"))


@pytest.fixture
def lora(tmp_path: Path) -> Lora:
    return lora_of(inspect_model(diffusers_file(tmp_path / "boats.safetensors", pairs(zoo.unet()))))


@pytest.fixture
def run(session, qtbot, painter):
    """Runs a job to its end; `meanwhile` is called at the first step of the denoiser."""

    def run(*loras: Lora, steps: int = 2, meanwhile=None) -> JobRecord:
        job = GenerateImages(
            id=new_id(),
            model=painter,
            prompt="a boat",
            seed=7,
            width=64,
            height=64,
            num_inference_steps=steps,
            loras=loras,
            previews=False,
        )

        def follow(phase) -> None:
            if phase.job == job.id and phase.stage is Stage.DENOISING:
                session.phase_changed.disconnect(follow)
                meanwhile(job.id)

        if meanwhile:
            session.phase_changed.connect(follow)
        with qtbot.waitSignal(session.job_changed, timeout=LONG, check_params_cb=ended(job.id)) as last:
            session.generate(job)
        return last.args[0]

    return run


def kill_worker(session) -> None:
    os.kill(session.lane_status("image").pid, signal.SIGKILL)


@pytest.mark.long
@pytest.mark.allow_log("worker")
def test_a_lora_survives_stop_and_kill_and_is_told_when_it_is_gone(session, run, lora):
    def pixels(record: JobRecord) -> np.ndarray:
        assert record.state is JobState.DONE, record.problem
        asset = session.asset(record.assets[0])
        assert [one.id for one in asset.recipe.loras] == [one.id for one in record.job.loras]
        return np.asarray(Image.open(session.absolute(asset)))

    bare, with_it = pixels(run()), pixels(run(lora))
    assert (bare != with_it).any()
    assert run(lora, steps=500, meanwhile=session.stop).state is JobState.STOPPED
    assert (pixels(run(lora)) == with_it).all()
    if sys.platform != "win32":
        assert run(lora, steps=500, meanwhile=lambda _: kill_worker(session)).problem.code == "worker_killed"
    assert (pixels(run(lora)) == with_it).all()
    assert (pixels(run()) == bare).all()
    Path(lora.path).unlink()
    gone = run(lora)
    assert gone.problem is not None and gone.problem.code == "lora_missing"
    assert (pixels(run()) == bare).all()
