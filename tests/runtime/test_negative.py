"""The list of pipelines without a negative prompt is what diffusers' signatures say."""

import inspect

import diffusers
import pytest

from studio.core.prompts.negative import WITHOUT, takes_negative


@pytest.mark.parametrize("base", sorted(WITHOUT))
def test_those_listed_have_none(base):
    assert "negative_prompt" not in inspect.signature(getattr(diffusers, base).__call__).parameters
    assert not takes_negative(base)


@pytest.mark.parametrize(
    "base", ["StableDiffusionPipeline", "StableDiffusionXLPipeline", "QwenImagePipeline"]
)
def test_others_have_one(base):
    assert "negative_prompt" in inspect.signature(getattr(diffusers, base).__call__).parameters
    assert takes_negative(base)
