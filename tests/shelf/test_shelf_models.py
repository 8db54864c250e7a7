"""A tiny clone of every model on the shelf, run with the shelf's own settings: by the studio where it runs
that kind, else by the library, and then the studio says in words that it does not."""

import inspect
from pathlib import Path
from typing import Any

import diffusers
import msgspec
import numpy as np
import pytest
import torch
import transformers
from diffusers import DiffusionPipeline, FlowMatchEulerDiscreteScheduler
from PIL import Image
from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

from studio.catalog.shelf import read_shelf
from studio.core.errors import ModelUnsupported
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import GenerateImages, Reply
from studio.core.messages import FromWorker, Result, Saved
from studio.core.model import Ability, Kind, ModelSpec
from studio.core.paths import resources_dir
from studio.core.sampling import Sampling
from studio.core.schedulers import SCHEDULERS
from studio.core.shelf import ShelfEntry
from studio.core.turns import ChatTurn
from studio.media.recipes import read_recipe
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion, language
from studio.runtime.pictures.arguments import plan_call
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.processors import load_processor
from studio.runtime.residency import LoadContext
from tests.shelf.clones import CLONES, EDITORS, LORAS, PICTURES, SEARCH, TEXTS, UPSCALERS
from tests.shelf.conftest import Install
from tests.zoo.others import looks_at_small_ones

SHELF = {entry.repository: entry for entry in read_shelf(resources_dir(), None)}
SIDE = 64  # pixels, where the shelf's size would take a clone minutes
# One of each architecture's kind, for the quick suite; the others are run by `packaging/test.py --long`.
QUICK = {
    "black-forest-labs/FLUX.2-klein-4B",
    "stabilityai/sdxl-turbo",
    "Qwen/Qwen-Image-2.1",
    "Qwen/Qwen3.5-0.8B",
    "LiquidAI/LFM2.5-1.2B-Instruct",
    "Qwen/Qwen3-VL-4B-Instruct",
    "meituan-longcat/LongCat-Image-Edit-Turbo",
    "caidas/swin2SR-classical-sr-x2-64",
    "intfloat/multilingual-e5-small",
    "latent-consistency/lcm-lora-sdv1-5",
}


def each(repositories: Any) -> pytest.MarkDecorator:
    marked = [pytest.param(one, marks=[] if one in QUICK else pytest.mark.long) for one in repositories]
    return pytest.mark.parametrize("repository", marked)


def test_every_model_of_the_shelf_has_its_clone() -> None:
    """But for those that find objects and cut out, whose tiny clones run in `tests/runtime`."""
    elsewhere = (Kind.SELECTOR, Kind.MATTING)
    assert {name for name, entry in SHELF.items() if entry.kind not in elsewhere} == CLONES


@pytest.mark.parametrize("repository", SHELF)
def test_what_the_shelf_says_of_a_model_is_known_to_the_libraries(repository: str) -> None:
    """Its class, the argument that guidance goes to, and the scheduler."""
    entry = SHELF[repository]
    if entry.kind is Kind.LORA:
        return
    made = getattr(diffusers, entry.base, None) or getattr(transformers, entry.base)
    if not issubclass(made, DiffusionPipeline):
        return
    accepted = inspect.signature(made.__call__).parameters
    given = entry.defaults
    named = {
        entry.guidance_name or "guidance_scale": given.guidance_scale,
        "num_inference_steps": given.num_inference_steps,
        "width": given.width,
        "height": given.height,
        "sigmas": entry.sigmas or None,
    }
    assert {name for name, value in named.items() if value is not None} <= accepted.keys()


# Pictures from words.


class Studio:
    """A clone in memory, and the pictures that it makes with the shelf's settings."""

    def __init__(self, spec: ModelSpec, entry: ShelfEntry, folder: Path) -> None:
        self.spec = msgspec.structs.replace(spec, defaults=entry.defaults)
        self.folder = folder
        self.loaded: LoadedPipeline = diffusion.load(self.spec, LoadContext(self.desk(), 1 << 40))

    def desk(self, sent: list[FromWorker] | None = None) -> Desk:
        return Desk("job", self.folder, ([] if sent is None else sent).append)

    def order(self, prompt: str, count: int, *inputs: InputPicture) -> GenerateImages:
        side = {"width": SIDE, "height": SIDE}
        return GenerateImages(
            id="job", model=self.spec, prompt=prompt, seed=7, num_images=count, inputs=inputs, **side
        )

    def paint(self, prompt: str, count: int, *inputs: InputPicture) -> tuple[list[Path], Result]:
        sent = list[FromWorker]()
        result = diffusion.generate(self.loaded, self.order(prompt, count, *inputs), self.desk(sent))
        return [Path(one.path) for one in sent if isinstance(one, Saved)], result


@each(PICTURES)
def test_a_picture_model_paints_with_the_shelf_s_settings(
    install: Install, tmp_path: Path, repository: str
) -> None:
    entry = SHELF[repository]
    spec = install(repository, PICTURES[repository])
    assert (spec.id, spec.kind, spec.family, spec.base) == (
        repository,
        entry.kind,
        "diffusion",
        entry.base,
    )
    assert spec.abilities == (Ability.GENERATE,)
    studio = Studio(spec, entry, tmp_path)
    if entry.defaults.guidance_scale is not None:
        call = plan_call(studio.loaded.pipe, studio.order("a boat", 1), studio.desk())
        assert call.arguments[entry.guidance_name or "guidance_scale"] == entry.defaults.guidance_scale
    first, result = studio.paint("a boat", 2)
    assert not result.notes
    recipe = read_recipe(first[0])
    assert recipe is not None and recipe.pipeline == entry.base
    assert recipe.num_inference_steps == entry.defaults.num_inference_steps
    # PLMS takes the second step twice.
    assert result.figures.steps - recipe.num_inference_steps == (recipe.scheduler == "PLMS")
    assert (recipe.width, recipe.height) == (SIDE, SIDE)
    other, _ = studio.paint("an old house", 1)
    made, another_seed, other_words = [np.asarray(Image.open(one)) for one in (*first, *other)]
    assert made.std() > 1 and (made != another_seed).any() and (made != other_words).any()


@each(EDITORS)
def test_an_editing_model_changes_a_picture_with_the_shelf_s_settings(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: str
) -> None:
    entry = SHELF[repository]
    spec = install(repository, EDITORS[repository])
    assert (spec.kind, spec.base) == (Kind.EDIT, entry.base) == (entry.kind, entry.base)
    assert spec.abilities == (Ability.GENERATE,)
    studio = Studio(spec, entry, tmp_path)
    looks_at_small_ones(type(studio.loaded.pipe), monkeypatch, SIDE)
    photo(SIDE).save(tmp_path / "photo.png")
    given = InputPicture(role=Role.REFER, path=str(tmp_path / "photo.png"))
    [first], result = studio.paint("make it snow", 1, given)
    assert not result.notes
    recipe = read_recipe(first)
    assert recipe is not None and recipe.pipeline == entry.base
    assert recipe.num_inference_steps == entry.defaults.num_inference_steps == result.figures.steps
    assert recipe.guidance_scale == entry.defaults.guidance_scale
    [other], _ = studio.paint("remove the house", 1, given)
    made, other_words = (np.asarray(Image.open(one)) for one in (first, other))
    assert made.std() > 1 and (made != other_words).any()


# Texts.


@each(TEXTS)
def test_a_text_model_answers_with_the_shelf_s_settings(
    install: Install, tmp_path: Path, repository: str
) -> None:
    """And goes on from what it has read as if it had read all anew."""
    entry = SHELF[repository]
    spec = install(repository, TEXTS[repository])
    assert (spec.id, spec.kind, spec.family, spec.base) == (repository, entry.kind, "language", entry.base)
    assert spec.abilities == (Ability.REPLY,) and spec.context_length
    spec = msgspec.structs.replace(spec, defaults=entry.defaults)

    def load() -> language.LoadedText:
        return language.load(spec, LoadContext(Desk("job", tmp_path, [].append), 1 << 40))

    def ask(loaded: language.LoadedText, *words: str, **sampling: float) -> Result:
        turns = tuple(
            ChatTurn("assistant" if place % 2 else "user", text) for place, text in enumerate(words)
        )
        job = Reply(
            id="job",
            model=spec,
            conversation="c",
            message="m",
            turns=turns,
            sampling=Sampling(max_new_tokens=12, **{"seed": 7} | sampling),  # type: ignore[arg-type]
        )
        return language.reply(loaded, job, Desk("job", tmp_path, [].append))

    loaded = load()
    first = ask(loaded, "a boat")
    assert first.text.strip() and not first.notes
    assert first.text not in (ask(loaded, "a boat", seed=8).text, ask(loaded, "an old house").text)
    said = ask(loaded, "a boat", temperature=0.0).text
    second = ask(loaded, "a boat", said, "and now?", temperature=0.0)
    assert second.figures.cached_tokens > 0
    assert second.text == ask(load(), "a boat", said, "and now?", temperature=0.0).text


# What the studio knows and does not run yet.


def refused(spec: ModelSpec, tmp_path: Path) -> bool:
    """In words, by whatever family the model would belong to, and without a try at it."""
    families = {"diffusion": diffusion, "language": language}
    if spec.family not in families:
        return not spec.family and not spec.abilities
    with pytest.raises(ModelUnsupported) as caught:
        families[spec.family].load(spec, LoadContext(Desk("job", tmp_path, [].append), 1 << 40))
    assert caught.value.params["kind"] == spec.base
    return not spec.abilities


def by_library(spec: ModelSpec) -> Any:
    """The pipeline as diffusers loads it, with processors that want no torchvision."""
    path = Path(spec.path)
    index = msgspec.json.decode((path / "model_index.json").read_bytes())
    processors = {
        name: load_processor(getattr(transformers, index[name][1]), path / name)
        for name in ("processor", "text_processor")
        if name in index
    }
    pipe = DiffusionPipeline.from_pretrained(path, local_files_only=True, **processors)
    assert type(pipe).__name__ == spec.base
    pipe.set_progress_bar_config(disable=True)
    return pipe


def settings_of(entry: ShelfEntry) -> dict[str, Any]:
    """The shelf's settings as arguments, but the size."""
    guidance = entry.guidance_name or "guidance_scale"
    return {
        "num_inference_steps": entry.defaults.num_inference_steps,
        guidance: entry.defaults.guidance_scale,
    }


def photo(side: int) -> Image.Image:
    return Image.effect_noise((side, side), 60).convert("RGB")


@each([one for one in UPSCALERS if SHELF[one].base.endswith("Pipeline")])
def test_an_upscaling_pipeline_is_told_and_enlarges_in_the_library(
    install: Install, tmp_path: Path, repository: str
) -> None:
    entry = SHELF[repository]
    spec = install(repository, UPSCALERS[repository])
    assert (spec.kind, spec.base) == (Kind.UPSCALER, entry.base)
    assert refused(spec, tmp_path)
    pipe = by_library(spec)
    [made] = pipe(prompt="a boat", image=photo(16), **settings_of(entry)).images
    assert made.size == (64, 64) and np.asarray(made).std() > 1


@each([one for one in UPSCALERS if not SHELF[one].base.endswith("Pipeline")])
def test_an_upscaling_model_is_told_and_enlarges_in_the_library(install: Install, repository: str) -> None:
    entry = SHELF[repository]
    spec = install(repository, UPSCALERS[repository])
    told = (spec.kind, spec.base, spec.family, spec.abilities)
    assert told == (Kind.UPSCALER, entry.base, "upscaling", (Ability.UPSCALE,))
    model = getattr(transformers, entry.base).from_pretrained(spec.path, local_files_only=True).eval()
    given = AutoImageProcessor.from_pretrained(spec.path, local_files_only=True)(
        photo(16), return_tensors="pt"
    )
    with torch.inference_mode():
        made = model(**given).reconstruction
    assert made.shape[-2:] == tuple(2 * side for side in given.pixel_values.shape[-2:])
    assert made.std() > 0


@each(SEARCH)
def test_an_embedding_model_is_told_and_tells_texts_apart_in_the_library(
    install: Install, tmp_path: Path, repository: str
) -> None:
    entry = SHELF[repository]
    spec = install(repository, SEARCH[repository])
    assert (spec.kind, spec.base, spec.abilities) == (Kind.SEARCH, entry.base, ())
    tokenizer = AutoTokenizer.from_pretrained(spec.path, local_files_only=True)
    model = AutoModel.from_pretrained(spec.path, local_files_only=True).eval()
    with torch.inference_mode():
        found = [
            model(**tokenizer(text, return_tensors="pt")).last_hidden_state.mean(1)[0]
            for text in ("a boat on the sea", "a boat on the sea", "一座小房子")
        ]
    assert torch.equal(found[0], found[1]) and not torch.allclose(found[0], found[2])


def scheduler_of(entry: ShelfEntry, pipe: Any) -> Any:
    """The class that the shelf's name stands for; "Euler" is also what flow matching has."""
    if type(pipe.scheduler) is FlowMatchEulerDiscreteScheduler and entry.defaults.scheduler == "Euler":
        return FlowMatchEulerDiscreteScheduler
    return getattr(diffusers, SCHEDULERS[entry.defaults.scheduler or ""][0])


@each(LORAS)
def test_a_lora_for_speed_is_told_and_changes_its_base_in_the_library(
    install: Install, tmp_path: Path, repository: str
) -> None:
    entry, clone = SHELF[repository], LORAS[repository]
    base = clone.base(tmp_path / "base")
    spec = install(repository, lambda folder: clone.made(folder, base, clone.file_of(entry)))
    assert (spec.kind, spec.suits, spec.abilities) == (Kind.LORA, clone.suits, ())
    pipe = DiffusionPipeline.from_pretrained(base, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    pipe.scheduler = scheduler_of(entry, pipe).from_config(pipe.scheduler.config, **clone.schedule)

    def paint() -> np.ndarray:
        seeded = torch.Generator().manual_seed(7)
        [made] = pipe("a boat", generator=seeded, width=SIDE, height=SIDE, **settings_of(entry)).images
        return np.asarray(made)

    bare = paint()
    pipe.load_lora_weights(Path(spec.path).parent, weight_name=Path(spec.path).name, local_files_only=True)
    assert (paint() != bare).any()
    pipe.unload_lora_weights()
    assert (paint() == bare).all()
