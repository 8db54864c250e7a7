"""Which roles pictures can play for a model, read from the text of diffusers' pipelines: nothing is imported.

The runtime asks the classes themselves (`runtime/pictures/siblings.py`, `inputs.py`); this is for a process
that never loads them. What it says is compared with the classes in the tests.
"""

import functools
from collections.abc import Iterable

from studio.catalog.adapters import IP_ADAPTER
from studio.catalog.bases import BASES
from studio.catalog.loras import lora_fits
from studio.catalog.signatures import looks_at_pictures, signature_of
from studio.core.inputs import Role
from studio.core.model import ModelSpec

# Bases whose pipelines take one (diffusers 0.42) together with an encoder of pictures.
ADAPTED = ("sd1", "sd2", "sdxl", "flux1", "sd3", "kolors")


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
    read = signature_of(name)
    roles = set[Role]()
    # With a scheduler, any pipeline can be led to start from a picture (`runtime/pictures/starting.py`).
    if {"image", "strength"} <= read.accepted or any("scheduler" in part for part in read.parts):
        roles.add(Role.START)
    if looks_at_pictures(read.accepted):
        roles.add(Role.REFER)
    return frozenset(roles)
