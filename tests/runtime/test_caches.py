"""Caches skip work between steps, leave no trace, and are told where they cannot be."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from diffusers import MagCacheConfig
from PIL import Image
from torch import nn

from studio.catalog.inspect import inspect_model
from studio.core.cache_costs import cost_of, twin_key
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import GenerateImages
from studio.core.messages import FromWorker, Saved
from studio.core.passes import SecondPass
from studio.media.recipes import read_recipe
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.wraps import wrapped
from studio.runtime.residency import LoadContext
from tests import zoo
from tests.runtime.painting import paint
from tests.zoo import pictures

STEPS = 12


def load(folder: Path, build: Callable[[Path], Path]) -> LoadedPipeline:
    desk = Desk("job", folder, [].append)
    return diffusion.load(inspect_model(build(folder)), LoadContext(desk, 1 << 40))


@pytest.fixture(scope="module")
def flux(tmp_path_factory: pytest.TempPathFactory) -> LoadedPipeline:
    return load(tmp_path_factory.mktemp("models") / "flux", zoo.flux)


def make(loaded: LoadedPipeline, folder: Path, **wishes: object) -> tuple[np.ndarray, set[str], str]:
    """The picture, the notes, and what the execution record says of a cache."""
    basic = {"prompt": "a boat", "seed": 7, "num_inference_steps": STEPS, "width": 64, "height": 64}
    job = GenerateImages(id="job", model=loaded.spec, **(basic | wishes))  # type: ignore[arg-type]
    sent = list[FromWorker]()
    result = diffusion.generate(loaded, job, Desk("job", folder, sent.append))
    (path,) = [Path(one.path) for one in sent if isinstance(one, Saved)]
    recipe = read_recipe(path)
    assert recipe is not None and recipe.execution is not None
    codes = {note.code for note in result.notes}
    return np.asarray(Image.open(path)), codes, recipe.execution.options.get("cache", "")


def calls_of(loaded: LoadedPipeline, run: Callable[[], object]) -> int:
    count = [0]

    def add(*_: object) -> None:
        count[0] += 1

    layers = [part for part in loaded.pipe.transformer.modules() if isinstance(part, nn.Linear)]
    hooks = [layer.register_forward_hook(add) for layer in layers]
    run()
    for hook in hooks:
        hook.remove()
    return count[0]


@pytest.mark.parametrize("cache", ["taylor_seer", "mag_cache"])
def test_a_cache_skips_work_says_so_and_is_gone_afterwards(
    flux: LoadedPipeline, tmp_path: Path, cache: str
) -> None:
    before, _, without = make(flux, tmp_path)
    full = calls_of(flux, lambda: make(flux, tmp_path))
    skipped = calls_of(flux, lambda: make(flux, tmp_path, cache=cache))
    assert skipped < 0.9 * full
    cached, codes, record = make(flux, tmp_path, cache=cache)
    assert record.startswith(cache) and "cache_unused" not in codes and not without
    assert not np.array_equal(before, cached)
    assert np.array_equal(before, make(flux, tmp_path)[0])


def test_each_pass_has_a_cache_of_its_own_for_as_many_steps_as_it_makes(
    flux: LoadedPipeline, tmp_path: Path
) -> None:
    transformer, seen = flux.pipe.transformer, list[tuple[int, list[int]]]()

    def enabled(original: Callable[..., None], config: MagCacheConfig) -> None:
        seen.append((config.num_inference_steps, []))
        original(config)

    hook = transformer.register_forward_pre_hook(lambda *_: seen[-1][1].append(1))
    with wrapped(transformer, "enable_cache", enabled):
        wished = SecondPass(scale=1.5, strength=0.5, num_inference_steps=8)
        _, codes, record = make(flux, tmp_path, cache="mag_cache", second_pass=wished)
    hook.remove()
    assert [steps for steps, _ in seen] == [STEPS, 4]
    assert [len(forwards) for _, forwards in seen] == [STEPS, 4]
    assert record.startswith("mag_cache") and not codes and not transformer.is_cache_enabled


@pytest.mark.parametrize("cache", ["first_block", "taylor_seer", "mag_cache"])
def test_with_guidance_each_call_of_a_step_goes_on_with_its_own(tmp_path: Path, cache: str) -> None:
    """What paints over a picture does not tell them apart: the second would take what is the first one's."""
    schnell = load(tmp_path / "schnell", lambda folder: zoo.flux(folder, guided=False))
    transformer, seen = schnell.pipe.transformer, list[str]()

    def told(original: Callable[..., Any], name: str, **more: object) -> Any:
        seen.append(name)
        return original(name, **more)

    wished = SecondPass(scale=1.5, strength=1.0, num_inference_steps=4)
    guided = {"negative_prompt": "fog", "guidance_scale": 3.0, "second_pass": wished}
    with wrapped(transformer, "cache_context", told):
        _, codes, record = make(schnell, tmp_path, cache=cache, num_inference_steps=2, **guided)
    assert record.startswith(cache) and not codes
    assert seen == ["cond", "uncond"] * 2 + ["call 1", "call 2"] * 4


def test_a_picture_says_what_a_step_takes_but_for_the_first(flux: LoadedPipeline, tmp_path: Path) -> None:
    """In which much happens once; here it also waits."""

    def wait(*_: object) -> None:
        hook.remove()
        time.sleep(0.5)

    hook = flux.pipe.transformer.register_forward_pre_hook(wait)
    recipe = paint(flux, tmp_path, num_inference_steps=STEPS).recipes[0]
    assert recipe.step_seconds is not None and recipe.seconds is not None
    assert 0 < recipe.step_seconds * (STEPS - 1) <= recipe.seconds - 0.5
    assert paint(flux, tmp_path, num_inference_steps=1).recipes[0].step_seconds is None


def test_two_pictures_tell_what_a_cache_gains_and_costs(flux: LoadedPipeline, tmp_path: Path) -> None:
    off, on = (
        paint(flux, tmp_path, num_inference_steps=STEPS, cache=cache).recipes[0]
        for cache in ("", "taylor_seer")
    )
    assert twin_key(off) == twin_key(on) != ""
    assert cost_of(off, on, 1.0).faster > 0
    other = paint(flux, tmp_path, num_inference_steps=STEPS, seed=8).recipes[0]
    assert twin_key(other) != twin_key(off)


def test_a_denoiser_without_caches_is_told(tmp_path: Path) -> None:
    loaded = load(tmp_path / "sd", zoo.stable_diffusion)
    plain, _, _ = make(loaded, tmp_path)
    cached, codes, record = make(loaded, tmp_path, cache="first_block")
    assert "cache_unused" in codes and not record and np.array_equal(plain, cached)


def test_a_cache_that_fails_on_the_way_is_given_up(tmp_path: Path) -> None:
    """Flux 2's blocks are on diffusers' list, and its first block's cache cannot follow what they return."""
    loaded = load(tmp_path / "klein", pictures.flux2_klein)
    plain, _, _ = make(loaded, tmp_path)
    cached, codes, record = make(loaded, tmp_path, cache="first_block")
    assert "cache_unused" in codes and not record and np.array_equal(plain, cached)


@pytest.mark.parametrize("cache", ["first_block", "taylor_seer", "mag_cache"])
def test_a_picture_to_start_from_takes_no_cache_away(tmp_path: Path, cache: str) -> None:
    schnell = load(tmp_path / "schnell", lambda folder: zoo.flux(folder, guided=False))
    Image.new("RGB", (64, 64), "teal").save(tmp_path / "start.png")
    start = (InputPicture(role=Role.START, path=str(tmp_path / "start.png")),)
    seen = list[str]()

    def told(original: Callable[..., Any], name: str, **more: object) -> Any:
        seen.append(name)
        return original(name, **more)

    with wrapped(schnell.pipe.transformer, "cache_context", told):
        _, codes, record = make(schnell, tmp_path, cache=cache, inputs=start, strength=0.5)
    assert record.startswith(cache) and not codes
    assert seen == ["call 1"] * (STEPS // 2)
