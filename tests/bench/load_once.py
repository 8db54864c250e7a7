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
from studio.core.model import ModelSpec
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion, language
from studio.runtime.residency import LoadContext


def main() -> None:
    os.nice(10)  # as the worker is
    for library in (diffusers, transformers):
        library.utils.logging.disable_progress_bar()
    way, spec = sys.argv[1], inspect_model(Path(sys.argv[2]))
    began = time.perf_counter()
    kept: Any = (_studio if way == "studio" else _bare)(spec)
    print(time.perf_counter() - began, flush=True)
    del kept


def _studio(spec: ModelSpec) -> Any:
    """As the worker does, its checks and the plan among it."""
    family = diffusion if spec.family == "diffusion" else language
    return family.load(spec, LoadContext(Desk(new_id(), Path(spec.path), lambda _: None), 1 << 40))


def _bare(spec: ModelSpec) -> Any:
    folder = spec.path
    if spec.family == "diffusion":
        return DiffusionPipeline.from_pretrained(folder, local_files_only=True, torch_dtype=torch.float32)
    model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
    return AutoTokenizer.from_pretrained(folder, local_files_only=True), model


if __name__ == "__main__":
    main()
