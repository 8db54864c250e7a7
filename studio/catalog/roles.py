"""Which roles pictures can play for a model, read from the text of diffusers' pipelines: nothing is imported.

The runtime asks the classes themselves (`runtime/pictures/siblings.py`, `inputs.py`); this is for a process
that never loads them. What it says is compared with the classes in the tests.
"""

import ast
import functools
import importlib.util
import re
from collections.abc import Iterable
from pathlib import Path

from studio.catalog.adapters import IP_ADAPTER
from studio.catalog.bases import BASES
from studio.catalog.loras import lora_fits
from studio.core.inputs import Role
from studio.core.model import ModelSpec

# Bases whose pipelines take one (diffusers 0.42) together with an encoder of pictures.
ADAPTED = ("sd1", "sd2", "sdxl", "flux1", "sd3", "kolors")
_REFERENCES = ("image", "images", "input_images")
_NAMED = re.compile(r'_import_structure\["([\w.]+)"\]\s*=\s*(\[[^\]]*\])')


def roles_of(spec: ModelSpec, installed: Iterable[ModelSpec] = ()) -> frozenset[Role]:
    """What the model takes; `installed` are those among which an IP-Adapter may be.

    Reads some files of diffusers the first time that a kind of model is asked for.
    """
    if spec.family != "diffusion" or not spec.abilities:
        return frozenset()
    roles = set(_roles_of_class(_pipeline(spec)))
    if Role.REFER not in roles and adapter_for(spec, installed):
        roles.add(Role.REFER)
    return frozenset(roles)


def adapter_for(spec: ModelSpec, installed: Iterable[ModelSpec]) -> ModelSpec | None:
    """The first IP-Adapter that goes with the model; None where the model looks at pictures by itself."""
    if spec.suits not in ADAPTED or Role.REFER in _roles_of_class(_pipeline(spec)):
        return None
    found = (one for one in installed if one.base == IP_ADAPTER and one.suits)
    return next((one for one in found if lora_fits(one.suits, spec.suits)), None)


def _pipeline(spec: ModelSpec) -> str:
    if spec.base.endswith("Pipeline") or spec.suits not in BASES:
        return spec.base
    return BASES[spec.suits].pipeline


@functools.cache
def _roles_of_class(name: str) -> frozenset[Role]:
    file = _files().get(name)
    if file is None:
        return frozenset()
    accepted, parts = _parameters(file, name)
    roles = set[Role]()
    # With a scheduler, any pipeline can be led to start from a picture (`runtime/pictures/starting.py`).
    if {"image", "strength"} <= accepted or any("scheduler" in part for part in parts):
        roles.add(Role.START)
    if "strength" not in accepted and accepted & set(_REFERENCES):
        roles.add(Role.REFER)
    return frozenset(roles)


@functools.cache
def _files() -> dict[str, Path]:
    """Where each pipeline's class is written, by the lists in the packages of diffusers."""
    found = importlib.util.find_spec("diffusers")
    if found is None or not found.submodule_search_locations:
        return {}
    files = dict[str, Path]()
    root = Path(next(iter(found.submodule_search_locations)), "pipelines")
    for package in sorted((*root.glob("*/__init__.py"), *root.glob("deprecated/*/__init__.py"))):
        for module, names in _NAMED.findall(package.read_text("utf-8")):
            for name in ast.literal_eval(names):
                file = package.parent / f"{module.replace('.', '/')}.py"
                if file.is_file():  # not a package, which has a list of its own
                    files.setdefault(name, file)
    return files


def _parameters(file: Path, name: str) -> tuple[set[str], set[str]]:
    """What the class is called with, and what it is made of; nothing where the file is not as expected."""
    try:
        tree = ast.parse(file.read_text("utf-8"))
    except (OSError, SyntaxError):
        return set(), set()
    classes = (one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == name)
    methods = {
        method.name: {one.arg for one in (*method.args.args, *method.args.kwonlyargs)}
        for one in classes
        for method in one.body
        if isinstance(method, ast.FunctionDef)
    }
    return methods.get("__call__", set()), methods.get("__init__", set())
