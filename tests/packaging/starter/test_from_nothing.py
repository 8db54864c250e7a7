"""The one command makes a whole model out of nothing, which after one update a phase knows nothing."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from diffusers import StableDiffusionPipeline

TRAIN = Path(__file__).parents[3] / "packaging" / "starter" / "train.py"
PHASES = ("prompt", "autoencoder", "sharpening", "denoiser")


@pytest.mark.long
def test_one_command_makes_a_model_that_draws(tmp_path: Path):
    work, out = tmp_path / "work", tmp_path / "model"
    once = [word for phase in PHASES for word in (f"--{phase}-steps", "1")]
    command = [sys.executable, TRAIN, "--work", work, "--out", out, *once]
    subprocess.run(command, check=True, env=os.environ | {"OMP_WAIT_POLICY": "PASSIVE"})

    pipeline = StableDiffusionPipeline.from_pretrained(out, local_files_only=True)
    drawn = pipeline("红色的帆船", num_inference_steps=1, width=320, height=192, output_type="np").images
    assert drawn.shape == (1, 192, 320, 3)
    assert np.isfinite(drawn).all()
