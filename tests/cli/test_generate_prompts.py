"""`studio generate` with a prompt that has alternatives, wildcards, styles and LoRAs in it."""

from pathlib import Path

import pytest

from studio.core.jobs import GenerateImages
from studio.core.paths import paths_for
from studio.store.library import Library


def last_job(home: Path) -> GenerateImages:
    library = Library.open(paths_for(home))
    job = library.jobs.history(1)[0].job
    library.close()
    assert isinstance(job, GenerateImages)
    return job


def prompts(job: GenerateImages) -> list[str]:
    return [job.picture(index).prompt for index in range(job.num_images)]


def test_each_picture_gets_its_own_prompt(studio, home: Path):
    assert studio("generate", "a {red|blue} boat", "-n", "3").code == 0
    job = last_job(home)
    assert prompts(job) == ["a red boat", "a blue boat", "a red boat"]
    assert job.template == "a {red|blue} boat"


def test_the_same_seed_draws_the_same_words(studio, home: Path):
    drawn = []
    for seed in ("7", "7", "8"):
        assert studio("generate", "a __colour__ __animal__", "-n", "4", "--seed", seed).code == 0
        drawn.append(prompts(last_job(home)))
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(set(drawn[0])) == 4


def test_styles_by_name_or_title_in_order(studio, home: Path):
    words = ("--style", "watercolour", "--style", "霓虹", "--negative", "fog")
    assert studio("generate", "a boat", *words).code == 0
    job = last_job(home)
    assert job.prompt == "neon picture of watercolour of a boat"
    assert (job.styles, job.template) == (("Watercolour", "Neon"), "a boat")
    assert job.negative_prompt.startswith("fog, ")


def test_ones_own_wildcards_are_read_from_the_library(studio, home: Path):
    folder = paths_for(home).wildcards
    folder.mkdir(parents=True)
    (folder / "hat.txt").write_text("# mine\nbowler\n")
    (folder / "broken.txt").write_bytes(b"\0")
    said = studio("generate", "a cat in a __hat__")
    assert said.code == 0 and "broken.txt" not in said.err
    assert last_job(home).prompt == "a cat in a bowler"


@pytest.mark.parametrize(
    "words", [("a __Broken__ cat",), ("a __by_way__ cat",), ("a cat", "--sheet", "prompt=a cat, __broken__")]
)
def test_a_wildcard_file_that_cannot_be_read_is_told_where_it_is_called(studio, home: Path, words):
    folder = paths_for(home).wildcards
    folder.mkdir(parents=True)
    (folder / "by_way.txt").write_text("a __broken__ one\n")
    (folder / "broken.txt").write_bytes(b"\0")
    said = studio("generate", *words)
    assert said.code == 2 and said.err.count("broken.txt") >= 1 and "left out" in said.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["a {red|blue boat"], "prompt_unclosed"),
        (["{|"], "prompt_unclosed"),
        (["a __colr__ boat"], "wildcard_missing"),
        (["a boat", "--style", "Watercolor"], "style_missing"),
        (["a boat <lora:none:1>"], "no_lora_installed"),
        (["{a|b}" * 5000], "prompt_too_long"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_a_job_is_made(
    studio, home: Path, words: list[str], code: str
):
    said = studio("generate", *words, "--json")
    assert (said.code, said.object["code"]) == (2, code)
    assert said.object["message"] and said.object["hint"]
    library = Library.open(paths_for(home))
    assert library.jobs.history(1) == []
    library.close()


def test_brackets_alone_are_words(studio, home: Path):
    assert studio("generate", "(((").code == 0
    assert last_job(home).prompt == "((("
