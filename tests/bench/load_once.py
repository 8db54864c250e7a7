"""Loads one model in a process of its own and prints how long that took, without the imports.

python -m tests.bench.load_once studio|bare FOLDER
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers import DiffusionPipeline
from transformers import AutoModelForCausalLM, AutoTokenizer

from studio.catalog.inspect import inspect_model
from studio.core.ids import new_id
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion, language
from studio.runtime.residency import LoadContext


def main() -> None:
    os.nice(10)  # as the worker is
    for library in (diffusers, transformers):
        library.utils.logging.disable_progress_bar()
    way, folder = sys.argv[1], Path(sys.argv[2])
    began = time.perf_counter()
    kept: Any = (_studio if way == "studio" else _bare)(folder)
    print(time.perf_counter() - began, flush=True)
    del kept


def _studio(folder: Path) -> Any:
    """As the worker does, its checks and the plan among it."""
    spec = inspect_model(folder)
    family = diffusion if spec.family == "diffusion" else language
    return family.load(spec, LoadContext(Desk(new_id(), folder, lambda _: None), 1 << 40))


def _bare(folder: Path) -> Any:
    if (folder / "model_index.json").exists():
        return DiffusionPipeline.from_pretrained(folder, local_files_only=True, torch_dtype=torch.float32)
    model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
    return AutoTokenizer.from_pretrained(folder, local_files_only=True), model


if __name__ == "__main__":
    main()
