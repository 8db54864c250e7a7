"""Estimates against what real models really hold."""

from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline
from transformers import AutoModelForCausalLM, DynamicCache

from studio.catalog.held import load_of
from studio.catalog.inspect import inspect_model
from studio.catalog.memory import Work, token_numbers, usual_work, work_bytes
from tests import zoo


def test_parameters_are_counted_from_headers(tmp_path: Path) -> None:
    writer = zoo.llama(tmp_path / "writer")
    model = AutoModelForCausalLM.from_pretrained(writer)
    numbers = sum(parameter.numel() for parameter in model.parameters())
    assert inspect_model(writer).parameters == numbers
    assert inspect_model(zoo.gguf(tmp_path / "small.gguf", writer)).parameters == numbers
    painter = zoo.stable_diffusion(tmp_path / "painter")
    pipe = StableDiffusionPipeline.from_pretrained(painter)
    parts = (pipe.unet, pipe.vae, pipe.text_encoder)
    assert inspect_model(painter).parameters == sum(
        one.numel() for part in parts for one in part.parameters()
    )


def test_the_cache_is_as_large_as_reckoned(tmp_path: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(zoo.llama(tmp_path / "writer"))
    cache = DynamicCache(config=model.config)
    model(input_ids=torch.zeros(1, 100, dtype=torch.long), past_key_values=cache)
    held = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    assert token_numbers(model.config.to_dict()) * 100 * 4 == held


def test_larger_pictures_and_higher_precision_need_more(tmp_path: Path) -> None:
    load = load_of(inspect_model(zoo.stable_diffusion(tmp_path / "painter")))
    small, large = (work_bytes(load, "float32", Work(pixels=side**2)) for side in (512, 1024))
    assert 0 < 2 * work_bytes(load, "float16", Work(pixels=512**2)) == small < large


def test_several_small_pictures_are_decoded_together_and_large_ones_are_not(tmp_path: Path) -> None:
    load = load_of(inspect_model(zoo.stable_diffusion(tmp_path / "painter")))
    for side, times in ((256, 4), (512, 1)):
        one, four = (work_bytes(load, "float32", Work(pixels=side**2, together=n)) for n in (1, 4))
        assert four == times * one


def test_a_usual_job_is_of_the_model_s_own_size(tmp_path: Path) -> None:
    writer = inspect_model(zoo.llama(tmp_path / "writer"))
    assert usual_work(writer, load_of(writer)) == Work(tokens=zoo.CONTEXT)
    painter = inspect_model(zoo.stable_diffusion(tmp_path / "painter"))
    pipe = StableDiffusionPipeline.from_pretrained(painter.path)
    side = pipe.unet.config.sample_size * pipe.vae_scale_factor
    assert usual_work(painter, load_of(painter)) == Work(pixels=side**2)
