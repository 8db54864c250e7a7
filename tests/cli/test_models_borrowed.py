"""A model in a single file is planned on the command line with what an installed folder lends to it."""

import json
from pathlib import Path

from diffusers import DiffusionPipeline

from tests import zoo
from tests.cli.telling import tell
from tests.runtime.single_files import write_sd1

__all__ = ["tell"]


def test_a_file_is_planned_with_what_is_lent_to_it(tell, home: Path, tmp_path: Path):
    folder, file = tmp_path / "models" / "whole", tmp_path / "models" / "alone.safetensors"
    zoo.stable_diffusion(folder)
    pipe = DiffusionPipeline.from_pretrained(folder, local_files_only=True)
    write_sd1(pipe, file)
    home.mkdir()
    (home / "settings.json").write_text(json.dumps({"model_folders": [str(folder.parent)]}))
    shown = tell("models", "show", str(file), "--json").object
    assert (shown["lender"], shown["plan"]["fits"]) == (str(folder), True)
    assert tell("models", "set", str(file), "--precision", "bfloat16", "--json").object["state"] == "done"
