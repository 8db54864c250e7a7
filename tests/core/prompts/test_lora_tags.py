"""LoRAs that a prompt calls: what is taken out of the words, and which one is meant."""

import pytest

from studio.core.errors import LoraNotFound, LoraUnknown, NoLoraInstalled
from studio.core.model import Kind, ModelSpec
from studio.core.prompts.lora_tags import LoraTag, called_loras, is_known, lora_names, without_tags


def lora(name: str, path: str) -> ModelSpec:
    return ModelSpec(
        id=f"local/{name}",
        name=name,
        family="",
        base="",
        abilities=(),
        path=path,
        kind=Kind.LORA,
        suits="sdxl",
    )


INK = lora("Ink Style", "/loras/ink_v2.safetensors")
CLAY = lora("Clay", "/loras/more/clay-XL.safetensors")
MODELS = (
    INK,
    CLAY,
    ModelSpec(id="a/b", name="Base", family="diffusion", base="", abilities=(), path="/base"),
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a cat", "a cat"),
        ("  a cat ", "  a cat "),
        ("a cat, <lora:x:1>, red", "a cat, red"),
        ("a cat, <lora:x:1> red", "a cat, red"),
        ("a cat <lora:x:1> in a hat", "a cat in a hat"),
        ("a <lora:x:1>cat", "a cat"),
        ("<lora:x:1>, a cat", "a cat"),
        ("<lora:x:1> a cat", "a cat"),
        ("a cat, <lora:x:1>", "a cat"),
        ("a cat <lora:x:1><lora:y:1>", "a cat"),
        ("<lora:x:1> <lora:y:1>", ""),
        ("a <b> <lora c", "a <b> <lora c"),
    ],
)
def test_words_stay_whole(text: str, words: str):
    assert without_tags(text)[0] == words


def test_names_and_scales():
    tags = without_tags("<lora:a> <LORA:b:0.8> <lora:c:-1:0.5> <lyco:d e:.5> <lora:a:2>")[1]
    assert tags == (
        LoraTag("a", 2.0),
        LoraTag("b", 0.8),
        LoraTag("c", -1.0),
        LoraTag("d e:.5"),  # no number as A1111 writes it, so it is a name, which will be refused
    )


def test_found_by_name_or_file_without_case():
    found = called_loras((LoraTag("ink style", 0.5), LoraTag("Clay-xl"), LoraTag("any/INK_V2")), MODELS)
    assert [(one.id, one.scale) for one in found] == [(INK.id, 0.5), (CLAY.id, 1.0), (INK.id, 1.0)]
    assert found[0].path == INK.path and found[0].suits == "sdxl"


def test_an_unknown_one_is_refused_with_the_nearest():
    with pytest.raises(LoraUnknown) as caught:
        called_loras((LoraTag("inc style"),), MODELS)
    assert caught.value.params == {"name": "inc style", "nearest": "Ink Style"}
    with pytest.raises(LoraNotFound):
        called_loras((LoraTag("landscape of the moon"),), MODELS)
    with pytest.raises(NoLoraInstalled):
        called_loras((LoraTag("ink"),), MODELS[2:])


@pytest.mark.parametrize(
    ("tag", "known"),
    [
        ("<lora:INK style:0.8>", True),
        ("<lora:ink_v2.safetensors>", True),
        ("<lyco:a/b/clay-xl:-1:0.5>", True),
        ("<lora:inkstyle:1>", True),
        ("<lora:inkstyles:1>", False),
        ("<lora:ink style:much>", False),
        ("<lora:>", False),
    ],
)
def test_a_tag_is_known_while_it_is_typed(tag: str, known: bool):
    assert is_known(tag, lora_names(MODELS)) is known


def test_a_long_row_of_half_tags_ends():
    text = "<lora:" * 3000 + " " * 2000
    assert without_tags(text) == (text, ())
    words, tags = without_tags("a, <lora:x:1>" * 1500)
    assert words.count("a") == 1500 and tags == (LoraTag("x"),)
