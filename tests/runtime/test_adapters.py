"""IP-Adapters on real tiny pipelines: they make a model look at pictures, and nothing of them stays."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file, save_file

from studio.core.errors import AdapterIncomplete, AdapterUnfit, ModelUnsafe
from studio.core.inputs import InputPicture, Role
from studio.core.messages import Stage
from studio.core.model import ReferenceAdapter
from studio.core.passes import SecondPass
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion
from studio.runtime.pictures.load import LoadedPipeline
from tests import zoo
from tests.runtime.adapter_files import save_adapter, save_flux_adapter, save_sd3_adapter
from tests.runtime.held import held, same
from tests.runtime.painting import FAMILIES, load, order, paint
from tests.runtime.stops import StopAfter

SAVED: dict[str, Callable[[Any, Path], ReferenceAdapter]] = {
    "stable_diffusion": save_adapter,
    "flux": save_flux_adapter,
    "stable_diffusion_3": save_sd3_adapter,
}
BASES = {"stable_diffusion": "", "flux": "flux1", "stable_diffusion_3": "sd3"}
SEEING_ONE = {"stable_diffusion_3"}


@pytest.fixture(scope="module", params=SAVED)
def adapted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, LoadedPipeline, ReferenceAdapter]:
    root = tmp_path_factory.mktemp(request.param)
    loaded = load(FAMILIES[request.param](root / "model"))
    return request.param, loaded, SAVED[request.param](denoiser_of(loaded), root)


def denoiser_of(loaded: LoadedPipeline) -> Any:
    return getattr(loaded.pipe, "unet", None) or loaded.pipe.transformer


@pytest.fixture
def scene(tmp_path: Path) -> InputPicture:
    Image.effect_noise((96, 64), 90).convert("RGB").save(tmp_path / "scene.png")
    return InputPicture(role=Role.REFER, path=str(tmp_path / "scene.png"))


@pytest.fixture
def other(tmp_path: Path) -> InputPicture:
    Image.new("RGB", (64, 64), "orange").save(tmp_path / "other.png")
    return InputPicture(role=Role.REFER, path=str(tmp_path / "other.png"))


def noted(loaded: LoadedPipeline) -> list[object]:
    """What diffusers writes down of an adapter besides."""
    denoiser = denoiser_of(loaded)
    return [dict(loaded.pipe.config), vars(denoiser.config).copy(), {*vars(denoiser), *denoiser._modules}]


def test_an_adapter_makes_a_model_look_at_pictures_and_nothing_of_it_stays(
    adapted: tuple[str, LoadedPipeline, ReferenceAdapter],
    tmp_path: Path,
    scene: InputPicture,
    other: InputPicture,
) -> None:
    name, loaded, adapter = adapted
    assert adapter.suits == BASES[name]
    start = msgspec.structs.replace(scene, role=Role.START)
    before, found, written = paint(loaded, tmp_path), held(loaded), noted(loaded)

    def looking(*inputs: InputPicture, **wishes: object) -> Any:
        return paint(loaded, tmp_path, inputs=inputs, reference_adapter=adapter, **wishes)

    one, another, over = looking(scene), looking(other), looking(start, scene)
    made = [painted.pictures[0] for painted in (before, one, another, over)]
    assert all((first != second).any() for first, second in itertools.combinations(made, 2))
    both = looking(scene, other)
    if name in SEEING_ONE:
        assert both.notes["references_left_out"] == {"used": 1, "given": 2}
        assert (both.pictures[0] == made[1]).all()
    else:
        assert all((both.pictures[0] != each).any() for each in made) and not both.notes
    weak = looking(msgspec.structs.replace(scene, weight=0.0))
    assert np.abs(weak.pictures[0].astype(int) - made[0]).mean() <= 1  # of no weight it is none
    large = looking(scene, second_pass=SecondPass(), num_images=2)
    assert [picture.shape for picture in large.pictures] == [(128, 128, 3)] * 2
    execution = one.recipes[0].execution
    assert execution is not None and execution.options["ip_adapter"] == "ip-adapter × 1"
    assert (paint(loaded, tmp_path).pictures[0] == made[0]).all()
    assert not same(found, held(loaded)) and noted(loaded) == written


def test_a_stop_while_it_looks_takes_the_adapter_off(
    adapted: tuple[str, LoadedPipeline, ReferenceAdapter], tmp_path: Path, scene: InputPicture
) -> None:
    _, loaded, adapter = adapted
    before, found = paint(loaded, tmp_path).pictures[0], held(loaded)
    job = order(loaded.spec, inputs=(scene,), reference_adapter=adapter)
    stop = StopAfter(Stage.DENOISING, looks=3)
    stop.desk = desk = Desk("job", tmp_path, [].append, stop)
    with pytest.raises(Stopped):
        diffusion.generate(loaded, job, desk)
    assert (paint(loaded, tmp_path).pictures[0] == before).all() and not same(found, held(loaded))


def test_an_adapter_that_cannot_be_used_says_why(
    adapted: tuple[str, LoadedPipeline, ReferenceAdapter], tmp_path: Path, scene: InputPicture
) -> None:
    _, loaded, adapter = adapted
    before, found = paint(loaded, tmp_path).pictures[0], held(loaded)
    tensors = {key: tensor[:8].clone() for key, tensor in load_file(adapter.path).items()}
    save_file(tensors, tmp_path / "other.safetensors")
    (tmp_path / "empty").mkdir()
    for changed, error in (
        ({"encoder": ""}, AdapterIncomplete),
        ({"encoder": str(tmp_path / "empty")}, AdapterIncomplete),
        ({"path": str(tmp_path / "gone.safetensors")}, AdapterIncomplete),
        ({"path": scene.path}, ModelUnsafe),
        ({"path": str(tmp_path / "other.safetensors")}, AdapterUnfit),
    ):
        with pytest.raises(error):
            one = msgspec.structs.replace(adapter, **changed)
            paint(loaded, tmp_path, inputs=(scene,), reference_adapter=one)
    assert (paint(loaded, tmp_path).pictures[0] == before).all() and not same(found, held(loaded))


def test_without_its_encoder_the_makers_choice_is_named(tmp_path: Path, scene: InputPicture) -> None:
    loaded = load(zoo.flux(tmp_path / "model"))
    adapter = save_flux_adapter(loaded.pipe.transformer, tmp_path)
    bare = msgspec.structs.replace(adapter, encoder="")
    with pytest.raises(AdapterIncomplete) as caught:
        paint(loaded, tmp_path, inputs=(scene,), reference_adapter=bare)
    assert caught.value.params["path"] == "openai/clip-vit-large-patch14"


def test_an_adapter_that_fits_in_half_leaves_nothing(tmp_path: Path, scene: InputPicture) -> None:
    """Its layers go on before its projection turns out to be another model's."""
    loaded = load(zoo.stable_diffusion(tmp_path / "model"))
    whole = save_adapter(loaded.pipe.unet, tmp_path)
    tensors = load_file(whole.path)
    tensors["image_proj.proj.weight"] = tensors["image_proj.proj.weight"][:8].clone()
    save_file(tensors, tmp_path / "half.safetensors")
    half = msgspec.structs.replace(whole, path=str(tmp_path / "half.safetensors"))
    before, found = paint(loaded, tmp_path).pictures[0], held(loaded)
    with pytest.raises(AdapterUnfit):
        paint(loaded, tmp_path, inputs=(scene,), reference_adapter=half)
    assert np.array_equal(paint(loaded, tmp_path).pictures[0], before)
    assert not same(found, held(loaded))
