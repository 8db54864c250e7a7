"""Estimates against what real models really hold."""

from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline
from transformers import AutoModelForCausalLM, DynamicCache

from studio.catalog.inspect import inspect_model
from studio.catalog.memory import LIBRARY_BYTES, cache_bytes, count_parameters, needed_bytes
from tests import zoo


def test_parameters_are_counted_from_headers(tmp_path: Path) -> None:
    writer = zoo.llama(tmp_path / "writer")
    model = AutoModelForCausalLM.from_pretrained(writer)
    numbers = sum(parameter.numel() for parameter in model.parameters())
    assert count_parameters(inspect_model(writer)) == numbers
    assert count_parameters(inspect_model(zoo.gguf(tmp_path / "small.gguf", writer))) == numbers
    painter = zoo.stable_diffusion(tmp_path / "painter")
    pipe = StableDiffusionPipeline.from_pretrained(painter)
    parts = (pipe.unet, pipe.vae, pipe.text_encoder)
    assert count_parameters(inspect_model(painter)) == sum(
        one.numel() for part in parts for one in part.parameters()
    )


def test_the_cache_is_as_large_as_reckoned(tmp_path: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(zoo.llama(tmp_path / "writer"))
    cache = DynamicCache(config=model.config)
    model(input_ids=torch.zeros(1, 100, dtype=torch.long), past_key_values=cache)
    held = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    assert cache_bytes(model.config.to_dict(), 100, 4) == held


def test_larger_pictures_and_higher_precision_need_more(tmp_path: Path) -> None:
    spec = inspect_model(zoo.stable_diffusion(tmp_path / "painter"))
    small, large = needed_bytes(spec, pixels=512**2), needed_bytes(spec, pixels=1024**2)
    assert LIBRARY_BYTES < needed_bytes(spec, number_bytes=2, pixels=512**2) < small < large
