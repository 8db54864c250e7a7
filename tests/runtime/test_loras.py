"""LoRAs over real pipelines at tiny sizes: pictures change with them, and nothing of them stays."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline
from PIL import Image
from safetensors.torch import load_file, save_file

from studio.catalog.inspect import inspect_model
from studio.core.errors import (
    LoraBroken,
    LoraDamaged,
    LoraForAnother,
    LoraMissing,
    LoraUnfit,
    LoraUnsupported,
    ModelUnsafe,
    StudioError,
)
from studio.core.jobs import GenerateImages
from studio.core.messages import FromWorker, Phase, Saved, Stage
from studio.core.model import Defaults, Lora, lora_of
from studio.media.recipes import read_recipe
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.loras import take_off
from studio.runtime.residency import LoadContext
from tests import zoo
from tests.runtime import single_files
from tests.runtime.lora_files import diffusers_file, kohya_file, pairs, peft_folder
from tests.runtime.stops import StopAfter

BUILDERS = {
    "stable_diffusion": zoo.stable_diffusion,
    "stable_diffusion_xl": zoo.stable_diffusion_xl,
    "flux": zoo.flux,
}
Paint = Callable[..., np.ndarray]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], LoadedPipeline]:
    root, loaded = tmp_path_factory.mktemp("pipelines"), dict[str, LoadedPipeline]()

    def find(name: str) -> LoadedPipeline:
        if name not in loaded:
            spec = inspect_model(BUILDERS[name](root / name))
            loaded[name] = diffusion.load(spec, LoadContext(Desk("job", root, [].append), 1 << 40))
        return loaded[name]

    return find


@pytest.fixture
def paint(model: Callable[[str], LoadedPipeline], tmp_path: Path) -> Paint:
    """One picture; `sent` takes what was told of it."""

    def paint(
        name: str,
        *loras: Lora,
        sent: list[FromWorker] | None = None,
        desk: Desk | None = None,
        **wishes: object,
    ) -> np.ndarray:
        told = list[FromWorker]() if sent is None else sent
        loaded = model(name)
        job = order(loaded, *loras, **wishes)
        diffusion.generate(loaded, job, desk or Desk("job", tmp_path, told.append))
        return np.asarray(Image.open(saved(told)))

    return paint


def order(loaded: LoadedPipeline, *loras: Lora, **wishes: object) -> GenerateImages:
    basic = {"prompt": "a boat", "seed": 7, "num_inference_steps": 2, "width": 64, "height": 64}
    return GenerateImages(id="job", model=loaded.spec, loras=loras, **(basic | wishes))  # type: ignore[arg-type]


def saved(sent: list[FromWorker]) -> Path:
    return Path([one for one in sent if isinstance(one, Saved)][-1].path)


def alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Not to the last bit: other sums in another order."""
    return np.abs(one.astype(int) - other.astype(int)).max() <= 1


def denoiser(loaded: LoadedPipeline) -> torch.nn.Module:
    """Bare: whatever an earlier test left on it is taken off."""
    take_off(loaded)
    return loaded.pipe.unet if hasattr(loaded.pipe, "unet") else loaded.pipe.transformer


def scaled(lora: Lora, scale: float) -> Lora:
    return msgspec.structs.replace(lora, scale=scale)


@pytest.fixture
def lora(model: Callable[[str], LoadedPipeline], tmp_path: Path) -> Callable[..., Lora]:
    def write(name: str, seed: int = 1) -> Lora:
        made, part = pairs(denoiser(model(name)), seed), "transformer" if name == "flux" else "unet"
        return lora_of(inspect_model(diffusers_file(tmp_path / f"{name}-{seed}.safetensors", made, part)))

    return write


@pytest.mark.parametrize("name", BUILDERS)
def test_a_picture_changes_with_a_lora_and_nothing_of_it_stays(
    paint: Paint, lora: Callable[..., Lora], model: Callable[[str], LoadedPipeline], name: str
) -> None:
    one, loaded = lora(name), model(name)
    before, bytes_before = paint(name), loaded.size_bytes
    keys = list(denoiser(loaded).state_dict())
    with_it = paint(name, one)
    assert (with_it != before).any()
    assert loaded.size_bytes > bytes_before
    assert (paint(name, one) == with_it).all()
    assert (paint(name, scaled(one, 0)) == before).all()
    assert (paint(name, scaled(one, 0.5)) != with_it).any()
    assert (paint(name) == before).all()
    assert loaded.size_bytes == bytes_before
    assert list(denoiser(loaded).state_dict()) == keys
    assert "loras" not in loaded.options and "peft" not in loaded.versions


def test_a_repeated_job_finds_its_loras_loaded(
    paint: Paint,
    lora: Callable[..., Lora],
    model: Callable[[str], LoadedPipeline],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded, loads = model("stable_diffusion"), list[str]()
    original = loaded.pipe.load_lora_weights

    def count(*args: object, **kwargs: object) -> None:
        loads.append(str(kwargs["weight_name"]))
        original(*args, **kwargs)

    monkeypatch.setattr(loaded.pipe, "load_lora_weights", count)
    one, other = lora("stable_diffusion"), lora("stable_diffusion", 2)
    for _ in range(2):
        paint("stable_diffusion", one)
    paint("stable_diffusion", scaled(one, 0.3))
    assert loads == ["stable_diffusion-1.safetensors"]
    sent = list[FromWorker]()
    paint("stable_diffusion", other, sent=sent)
    assert loads[1:] == ["stable_diffusion-2.safetensors"]
    told = [one for one in sent if isinstance(one, Phase) and one.stage == Stage.LOADING]
    assert told and told[-1].done == told[-1].total > 0
    paint("stable_diffusion")


def test_two_loras_count_together_and_one_given_twice_with_both_scales(
    paint: Paint, lora: Callable[..., Lora]
) -> None:
    one, other = lora("stable_diffusion"), lora("stable_diffusion", 2)
    first, second, both = (paint("stable_diffusion", *loras) for loras in ((one,), (other,), (one, other)))
    assert (both != first).any() and (both != second).any()
    assert alike(paint("stable_diffusion", one, scaled(other, 0)), first)
    assert (paint("stable_diffusion", scaled(one, 0.25), scaled(one, 0.75)) == first).all()
    bare = paint("stable_diffusion", one, scaled(one, -1))
    assert (bare == paint("stable_diffusion")).all()


def test_every_layout_gives_the_same_picture(
    paint: Paint, model: Callable[[str], LoadedPipeline], tmp_path: Path
) -> None:
    made = pairs(denoiser(model("stable_diffusion")))
    files = [
        diffusers_file(tmp_path / "diffusers.safetensors", made),
        kohya_file(tmp_path / "kohya.safetensors", made),
        peft_folder(tmp_path / "peft", made),
        diffusers_file(tmp_path / "short.sft", made),
    ]
    pictures = [paint("stable_diffusion", lora_of(inspect_model(file))) for file in files]
    assert (pictures[0] != paint("stable_diffusion")).any()
    assert all(alike(pictures[0], other) for other in pictures[1:])


def test_alpha_weakens_a_lora_wherever_it_is_written(
    paint: Paint, model: Callable[[str], LoadedPipeline], tmp_path: Path
) -> None:
    made = pairs(denoiser(model("stable_diffusion")))
    half = scaled(lora_of(inspect_model(diffusers_file(tmp_path / "whole.safetensors", made))), 0.5)
    expected = paint("stable_diffusion", half)
    for file in (
        kohya_file(tmp_path / "k.safetensors", made, alpha=1),
        peft_folder(tmp_path / "p", made, alpha=1),
    ):
        assert alike(paint("stable_diffusion", lora_of(inspect_model(file))), expected)


def test_text_encoders_are_changed_too(
    paint: Paint, model: Callable[[str], LoadedPipeline], tmp_path: Path
) -> None:
    torch.manual_seed(5)
    names = [
        f"text_model.encoder.layers.{number}.self_attn.{name}_proj"
        for number in (0, 1)
        for name in ["q", "k", "v", "out"]
    ]
    made = {name: (torch.randn(2, 32), torch.randn(32, 2)) for name in names}
    file = kohya_file(tmp_path / "te.safetensors", made, start="lora_te")
    before = paint("stable_diffusion")
    assert (paint("stable_diffusion", lora_of(inspect_model(file))) != before).any()
    assert (paint("stable_diffusion") == before).all()


def test_the_recipe_and_its_execution_record_name_the_loras(paint: Paint, lora: Callable[..., Lora]) -> None:
    one, sent = scaled(lora("stable_diffusion"), 0.8), list[FromWorker]()
    paint("stable_diffusion", one, sent=sent)
    recipe = read_recipe(saved(sent))
    assert recipe is not None and recipe.execution is not None
    content = Path(one.path).read_bytes()
    digest = hashlib.sha256(content[8 + int.from_bytes(content[:8], "little") :]).hexdigest()
    (used,) = recipe.loras
    assert (used.id, used.name, used.fingerprint, used.hash, used.scale) == (
        one.id,
        "stable_diffusion-1",
        one.fingerprint,
        digest,
        0.8,
    )
    assert recipe.execution.options["loras"] == f"{digest[:12]} × 0.8" and "peft" in recipe.execution.versions
    text = str(Image.open(saved(sent)).info["parameters"])
    assert text.startswith("a boat <lora:stable_diffusion-1:0.8>\n")
    assert f'Lora hashes: "stable_diffusion-1: {digest[:12]}"' in text


def test_a_schedule_brings_its_own_scheduler_options(
    paint: Paint, model: Callable[[str], LoadedPipeline], monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_defaults(name: str, **fields: object) -> np.ndarray:
        loaded = model(name)
        spec = msgspec.structs.replace(loaded.spec, defaults=Defaults(**fields))  # type: ignore[arg-type]
        monkeypatch.setattr(loaded, "spec", spec)
        return paint(name, sent=sent)

    sent = list[FromWorker]()
    plain = with_defaults("stable_diffusion_xl", scheduler="Euler")
    trailing = with_defaults(
        "stable_diffusion_xl", scheduler="Euler", scheduler_options={"timestep_spacing": "trailing"}
    )
    alone = with_defaults("stable_diffusion_xl", scheduler_options={"timestep_spacing": "trailing"})
    assert (plain != trailing).any() and (trailing == alone).all()
    recipe = read_recipe(saved(sent))
    assert recipe is not None and recipe.execution is not None
    assert recipe.execution.options["timestep_spacing"] == "trailing"
    with_defaults("stable_diffusion", scheduler="LCM", guidance_scale=1.0)
    recipe = read_recipe(saved(sent))
    assert recipe is not None and (recipe.scheduler, recipe.guidance_scale) == ("LCM", 1.0)
    own = with_defaults("flux")
    shifted = with_defaults(
        "flux", scheduler="Euler", scheduler_options={"shift": 3.0, "shift_terminal": False}
    )
    assert (own != shifted).any()
    assert model("flux").pipe.scheduler.config.shift == 1.0


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def _nan(path: Path) -> None:
    tensors = load_file(path)
    next(iter(tensors.values())).view(-1)[0] = float("nan")
    save_file(tensors, path)


def _pickle(path: Path) -> None:
    torch.save({"lora": torch.ones(1)}, path)


def _foreign(path: Path) -> None:
    """Names that no part of the model has."""
    save_file(
        {"unet.nowhere.lora_A.weight": torch.ones(2, 8), "unet.nowhere.lora_B.weight": torch.ones(8, 2)}, path
    )


def _of_no_part(path: Path) -> None:
    save_file(
        {"prior.to_q.lora_A.weight": torch.ones(2, 8), "prior.to_q.lora_B.weight": torch.ones(8, 2)}, path
    )


def _wide(path: Path) -> None:
    """The right names, for layers of another size."""
    save_file(
        {
            name: torch.randn(tensor.shape[0] + 3, tensor.shape[1] + 3)
            for name, tensor in load_file(path).items()
        },
        path,
    )


@pytest.mark.parametrize("name", ["stable_diffusion", "flux"])
@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (_cut, LoraDamaged),
        (_nan, LoraBroken),
        (_pickle, ModelUnsafe),
        (_foreign, LoraUnfit),
        (_of_no_part, LoraUnfit),
        (_wide, LoraUnfit),
        (Path.unlink, LoraMissing),
    ],
)
def test_a_lora_that_cannot_be_used_gets_a_sentence_and_leaves_no_trace(
    paint: Paint,
    lora: Callable[..., Lora],
    model: Callable[[str], LoadedPipeline],
    name: str,
    spoil: Callable[[Path], None],
    expected: type[StudioError],
) -> None:
    good, bad = lora(name), lora(name, 2)
    before, with_it = paint(name), paint(name, good)
    spoil(Path(bad.path))
    for loras in ((bad,), (good, bad)):
        with pytest.raises(expected) as caught:
            paint(name, *loras)
        assert "2" in str(caught.value)
        assert (paint(name) == before).all()
    assert (paint(name, good) == with_it).all()
    assert (paint(name) == before).all()


def test_a_lora_for_another_base_is_refused_by_its_header(
    paint: Paint, lora: Callable[..., Lora], model: Callable[[str], LoadedPipeline]
) -> None:
    other = lora("flux")
    assert other.suits == "flux1"
    with pytest.raises(LoraForAnother) as caught:
        paint("stable_diffusion_xl", other)
    assert (caught.value.params["base"], caught.value.params["own"]) == ("flux1", "sdxl")
    untold = msgspec.structs.replace(other, suits="")  # then the file is asked
    with pytest.raises(LoraForAnother):
        paint("stable_diffusion_xl", untold)


def test_a_pipeline_that_takes_none_says_so(lora: Callable[..., Lora], tmp_path: Path) -> None:
    spec = inspect_model(zoo.pixart(tmp_path / "pixart"))
    loaded = diffusion.load(spec, LoadContext(Desk("job", tmp_path, [].append), 1 << 40))
    with pytest.raises(LoraUnsupported):
        diffusion.generate(loaded, order(loaded, lora("stable_diffusion")), Desk("job", tmp_path, [].append))


@pytest.mark.parametrize("stage", [Stage.LOADING, Stage.DENOISING])
def test_a_stop_with_a_lora_leaves_the_model_usable(
    paint: Paint, lora: Callable[..., Lora], tmp_path: Path, stage: Stage
) -> None:
    one = lora("stable_diffusion")
    before, with_it = paint("stable_diffusion"), paint("stable_diffusion", one)
    paint("stable_diffusion")
    stop = StopAfter(stage, looks=0 if stage is Stage.LOADING else 3)
    stop.desk = desk = Desk("job", tmp_path, [].append, stop)
    with pytest.raises(Stopped):
        paint("stable_diffusion", one, desk=desk)
    assert desk.stage == stage
    assert (paint("stable_diffusion", one) == with_it).all()
    assert (paint("stable_diffusion") == before).all()


@pytest.mark.parametrize("kind", ["model", "sequential"])
def test_offloading_is_taken_off_for_the_change_and_put_back(
    paint: Paint,
    lora: Callable[..., Lora],
    model: Callable[[str], LoadedPipeline],
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    loaded, done = model("stable_diffusion"), list[str]()
    monkeypatch.setitem(loaded.options, "offload", kind)
    monkeypatch.setattr(loaded.pipe, "remove_all_hooks", lambda: done.append("off"))
    monkeypatch.setattr(loaded.pipe, f"enable_{kind}_cpu_offload", lambda device: done.append("on"))
    one = lora("stable_diffusion")
    paint("stable_diffusion", one)
    assert done == ["off", "on"]
    paint("stable_diffusion", one)
    assert done == ["off", "on"]
    paint("stable_diffusion")
    assert done == ["off", "on"] * 2
    _nan(Path(one.path))
    with pytest.raises(LoraBroken):
        paint("stable_diffusion", one)
    assert done == ["off", "on"] * 3


def test_a_packed_denoiser_takes_loras_too(tmp_path: Path) -> None:
    folder = single_files.stable_diffusion_3(tmp_path / "sd3")
    pipe = DiffusionPipeline.from_pretrained(folder, local_files_only=True)
    packed = single_files.write_sd3_gguf(pipe, tmp_path / "packed.gguf")
    spec = msgspec.structs.replace(inspect_model(folder), path=str(packed), lender=str(folder), suits="sd3")
    loaded = diffusion.load(spec, LoadContext(Desk("job", tmp_path, [].append), 1 << 40))
    kinds = [type(one).__name__ for one in loaded.pipe.transformer.modules()]
    assert "GGUFLinear" in kinds
    one = lora_of(
        inspect_model(diffusers_file(tmp_path / "l.safetensors", pairs(pipe.transformer), "transformer"))
    )

    def paint(*loras: Lora) -> np.ndarray:
        sent = list[FromWorker]()
        diffusion.generate(loaded, order(loaded, *loras), Desk("job", tmp_path, sent.append))
        return np.asarray(Image.open(saved(sent)))

    before = paint()
    assert (paint(one) != before).any()
    assert (paint() == before).all()
    assert [type(one).__name__ for one in loaded.pipe.transformer.modules()] == kinds
