"""Pictures that a model is to look at: refused where it cannot, and an adapter found where one helps."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file

from studio.catalog.adapters import IP_ADAPTER
from studio.catalog.inspect import inspect_model
from studio.core.errors import ReferenceNeeded, ReferencesUnsupported
from studio.core.ids import new_id
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import GenerateImages
from studio.core.model import Kind
from studio.session import Session
from studio.session.models import completed_with
from tests.session.conftest import FAKE


def looking(base: str, suits: str, folder: Path) -> GenerateImages:
    model = msgspec.structs.replace(FAKE, family="diffusion", base=base, suits=suits, path=str(folder))
    picture = InputPicture(role=Role.REFER, path=str(folder / "picture.png"))
    return GenerateImages(id=new_id(), model=model, prompt="a boat", seed=7, inputs=(picture,))


def test_references_are_refused_before_anything_is_loaded(session: Session, tmp_path: Path) -> None:
    with pytest.raises(ReferencesUnsupported):
        session.generate(looking("StableDiffusionPipeline", "sd1", tmp_path))


def test_an_editing_model_wants_a_picture_before_anything_is_loaded(session: Session, tmp_path: Path) -> None:
    job = looking("QwenImageEditPlusPipeline", "qwen-image", tmp_path)
    editing = msgspec.structs.replace(job, model=msgspec.structs.replace(job.model, kind=Kind.EDIT))
    start = msgspec.structs.replace(job.inputs[0], role=Role.START)
    for inputs in ((), (start,)):
        with pytest.raises(ReferenceNeeded):
            session.generate(msgspec.structs.replace(editing, inputs=inputs))


def test_what_a_model_looks_at_changes_with_the_adapters(
    session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    """Read in another thread: START is all that is known at once."""
    model = looking("StableDiffusionPipeline", "sd1", tmp_path).model
    adapter = msgspec.structs.replace(
        model, id="local/looks", base=IP_ADAPTER, kind=Kind.CONTROL, abilities=()
    )
    flow = session.models._traits
    for models, roles in (
        ((model,), {Role.START}),
        ((model, adapter), {Role.START, Role.REFER}),
        ((model,), {Role.START}),
    ):
        flow.take_models(models)
        session.models.traits_of(model)
        qtbot.waitUntil(lambda roles=roles: session.models.roles_of(model) == roles)
        assert session.models.traits_of(model).weighs == (Role.REFER in roles)


def test_a_model_that_looks_by_itself_is_told_so(session: Session, tmp_path: Path, qtbot: QtBot) -> None:
    model = looking("Flux2KleinPipeline", "flux2", tmp_path).model
    session.models.traits_of(model)
    qtbot.waitUntil(lambda: session.models.roles_of(model) == {Role.START, Role.REFER})
    assert not session.models.traits_of(model).weighs


def test_an_adapter_is_found_for_a_model_that_does_not_look_by_itself(tmp_path: Path) -> None:
    encoder = tmp_path / "image_encoder"
    encoder.mkdir()
    (encoder / "config.json").write_text('{"projection_dim": 24}')
    (encoder / "model.safetensors").touch()
    tensors = {
        "image_proj.proj.weight": np.zeros((8, 24), np.float16),
        "ip_adapter.1.to_k_ip.weight": np.zeros((8, 768), np.float16),
    }
    save_file(tensors, tmp_path / "looks.safetensors")
    adapter = inspect_model(tmp_path / "looks.safetensors")
    assert (adapter.kind, adapter.base, adapter.suits) == (Kind.CONTROL, "IP-Adapter", "sd1")
    job = looking("StableDiffusionPipeline", "sd1", tmp_path)
    found = completed_with(job, (adapter,)).reference_adapter
    assert found is not None and (found.path, found.suits) == (adapter.path, "sd1")
    assert found.encoder == str(encoder)
    of_itself = looking("Flux2KleinPipeline", "flux2", tmp_path)
    assert completed_with(of_itself, (adapter,)).reference_adapter is None
    assert completed_with(msgspec.structs.replace(job, inputs=()), (adapter,)).reference_adapter is None
    (encoder / "config.json").write_text('{"projection_dim": 32}')
    other = completed_with(job, (adapter,)).reference_adapter
    assert other is not None and not other.encoder  # which the job itself will say
