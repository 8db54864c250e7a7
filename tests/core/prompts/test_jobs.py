"""A job as it was written becomes one that a worker can do."""

import msgspec
import pytest

from studio.core.errors import (
    LoraNameless,
    LoraUnknown,
    PromptDrawnEmpty,
    PromptEmpty,
    StyleMissing,
    StyleNotFound,
    WildcardMissing,
)
from studio.core.job_checks import checked
from studio.core.jobs import GenerateImages
from studio.core.model import Ability, Kind, Lora, ModelSpec
from studio.core.prompts.jobs import written
from studio.core.prompts.wildcards import Wildcards
from studio.core.prompts.written import Style
from studio.core.sheets import Shot

MODEL = ModelSpec(
    id="a/b", name="Base", family="diffusion", base="", abilities=(Ability.GENERATE,), path="/base"
)
INK = ModelSpec(
    id="local/ink", name="Ink", family="", base="", abilities=(), path="/ink.safetensors", kind=Kind.LORA
)
SOFT = Style(name="Soft", prompt="{prompt}, soft light", negative_prompt="noise", titles={"zh": "柔光"})
WILDCARDS = Wildcards({"colour": ("red", "blue", "green")})


def make(prompt: str, **fields) -> GenerateImages:
    job = GenerateImages(id="j", model=MODEL, prompt=prompt, seed=3, **fields)
    return checked(written(job, (SOFT,), WILDCARDS, (MODEL, INK)))


def prompts(job: GenerateImages) -> list[str]:
    return [job.picture(index).prompt for index in range(job.num_images)]


def test_plain_words_stay_as_they_are():
    job = make("a boat", num_images=4, negative_prompt="fog")
    assert (job.prompt, job.negative_prompt, job.template, job.shots) == ("a boat", "fog", "", ())


def test_each_picture_gets_its_prompt_and_the_recipe_what_was_written():
    job = make("a {red|blue} boat", num_images=3)
    assert prompts(job) == ["a red boat", "a blue boat", "a red boat"]
    assert job.template == "a {red|blue} boat"
    assert job.picture(1).seed == 4


def test_one_prompt_for_all_needs_no_shots():
    job = make("a boat", styles=("柔光",), num_images=3, negative_prompt="fog")
    assert (job.prompt, job.negative_prompt) == ("a boat, soft light", "fog, noise")
    assert (job.template, job.styles, job.shots) == ("a boat", ("Soft",), ())


def test_a_negative_that_holds_the_styles_already_is_not_doubled():
    assert make("a boat", styles=("soft",), negative_prompt="fog, noise").negative_prompt == "fog, noise"


def test_a_called_lora_is_laid_over_the_job_and_taken_out_of_the_words():
    other = Lora(id="local/clay", name="Clay", path="/clay", scale=0.3)
    same = Lora(id="local/ink", name="Ink", path="/ink.safetensors", scale=0.1)
    job = make("a boat, <lora:ink:0.8>", loras=(other, same), num_images=2)
    assert job.prompt == "a boat"
    assert [(one.id, one.scale) for one in job.loras] == [("local/clay", 0.3), ("local/ink", 0.8)]
    assert job.shots == ()


def test_loras_can_be_alternatives():
    job = make("a boat {<lora:ink:1>|by night}", num_images=2)
    assert prompts(job) == ["a boat", "a boat by night"]
    assert [len(job.picture(index).loras) for index in (0, 1)] == [1, 0]


def test_cells_of_a_sheet_stay_comparable():
    shots = (Shot(cell=0, guidance_scale=2.0), Shot(cell=1, prompt="a __colour__ cat"), Shot(cell=2, seed=9))
    job = make("a __colour__ boat <lora:ink:1>", num_images=3, shots=shots)
    first, second, third = prompts(job)
    assert first == third and first.removesuffix(" boat") == second.removesuffix(" cat")
    assert [job.cell(index) for index in range(3)] == [0, 1, 2]
    assert job.picture(0).loras == job.loras != ()


def test_a_lora_that_one_cell_calls_is_laid_over_that_cell_alone():
    other = Lora(id="local/clay", name="Clay", path="/clay", scale=0.3)
    shots = (Shot(cell=0, prompt="a boat <lora:ink:1>"), Shot(cell=1, prompt="a cat"))
    for first, second in (shots, shots[::-1]):
        job = make(first.prompt or "", num_images=2, shots=(first, second), loras=(other,))
        called = {job.cell(index): [one.id for one in job.picture(index).loras] for index in (0, 1)}
        assert called == {0: ["local/clay", "local/ink"], 1: ["local/clay"]}


def test_what_is_not_there_is_refused():
    for prompt, fields, error in (
        ("a __color__ boat", {}, WildcardMissing),
        ("a boat", {"styles": ("Sofd",)}, StyleMissing),
        ("a boat <lora:oink:1>", {}, LoraUnknown),
    ):
        with pytest.raises(error) as caught:
            make(prompt, **fields)
        assert caught.value.params["nearest"] in ("colour", "Soft", "Ink")


def test_a_style_that_none_is_like_is_refused_with_those_that_there_are():
    with pytest.raises(StyleNotFound) as caught:
        make("a boat", styles=("nothere",))
    assert caught.value.params["name"] == "nothere" and "Soft" in str(caught.value.params["known"])


def test_it_survives_the_database():
    job = make("a {red|blue} boat", num_images=2)
    assert msgspec.json.decode(msgspec.json.encode(job), type=GenerateImages) == job


def test_a_prompt_that_draws_nothing_is_told_from_none_at_all():
    empty = Wildcards({"none": ()})
    job = GenerateImages(id="j", model=MODEL, prompt=" __none__", seed=3)
    with pytest.raises(PromptDrawnEmpty) as caught:
        written(job, (), empty, ())
    assert "__none__" in str(caught.value)
    assert (
        written(msgspec.structs.replace(job, prompt="a boat __none__"), (), empty, ()).prompt.strip()
        == "a boat"
    )
    with pytest.raises(PromptEmpty):
        make(" ")


def test_a_lora_has_to_be_named():
    for models in ((), (INK,)):
        with pytest.raises(LoraNameless):
            written(
                GenerateImages(id="j", model=MODEL, prompt="a boat <lora:>", seed=3), (), WILDCARDS, models
            )
