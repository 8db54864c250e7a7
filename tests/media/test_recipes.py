"""Recipes are written so that other tools read them, and read from whatever other tools wrote."""

import json
import os
import random
import re
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from sd_parsers import ParserManager

from studio.core.errors import DiskFull, FileUnwritable
from studio.core.passes import SecondPass, Variation
from studio.core.recipe import Execution, Recipe, UsedLora
from studio.core.schedulers import SCHEDULERS
from studio.media import durable
from studio.media.dialects.a1111 import read_parameters
from studio.media.dialects.texts import Texts
from studio.media.recipes import SOURCE_TYPE, a1111_text, read_recipe, write_png

SOURCE_PATH = "digitalsourcetype/trainedAlgorithmicMedia"
_BESIDE = Path(__file__).parents[2].parent / "shared" / "samples"
SAMPLES = Path(os.environ.get("STUDIO_SAMPLES", _BESIDE)) / "recipes"

RECIPE = Recipe(
    asset="0197b0a0-0000-7000-8000-000000000001",
    job="0197b0a0-0000-7000-8000-000000000002",
    created=1_763_900_000.25,
    prompt="a boat, (red sails:1.2) on the sea\n夕阳下的海",
    negative_prompt="blurry, 模糊",
    model="starter/postcards",
    model_name="Postcards",
    model_fingerprint="9f3c",
    pipeline="StableDiffusionPipeline",
    seed=2**64 - 1,
    index=3,
    width=48,
    height=32,
    num_inference_steps=20,
    guidance_scale=7.25,
    scheduler="EulerAncestralDiscreteScheduler",
    seconds=1.5,
    execution=Execution(device="cpu", precision="float32", versions={"torch": "2.13.0"}, threads=2, batch=4),
    extra={"note": "值"},
)


@pytest.fixture
def picture():
    return Image.effect_mandelbrot((48, 32), (-2, -1.5, 1, 1.5), 50).convert("RGB")


def read_as_a1111(text):
    """What A1111's `parse_generation_parameters` makes of the text."""
    *lines, last = text.strip().split("\n")
    prompt, negative, target = [], [], None
    for line in (line.strip() for line in lines):
        if line.startswith("Negative prompt:"):
            target, line = negative, line[16:].strip()
        (prompt if target is None else target).append(line)
    pairs = re.findall(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)', last)
    values = {key: json.loads(value) if value.startswith('"') else value for key, value in pairs}
    return "\n".join(prompt), "\n".join(negative), values


def test_a_picture_gives_back_its_pixels_and_its_recipe(picture, tmp_path):
    path = tmp_path / "boat.png"
    write_png(picture, path, RECIPE)
    assert read_recipe(path) == RECIPE
    assert Image.open(path).tobytes() == picture.tobytes()
    assert [file.name for file in tmp_path.iterdir()] == ["boat.png"]


def test_other_tools_read_the_same(picture, tmp_path):
    path = tmp_path / "boat.png"
    write_png(picture, path, RECIPE)
    found = ParserManager().parse(path)
    assert (found.full_prompt, found.full_negative_prompt) == (RECIPE.prompt, RECIPE.negative_prompt)
    assert found.samplers[0].name == "Euler a"
    assert found.samplers[0].parameters == {"steps": "20", "seed": str(2**64 - 1), "cfg_scale": "7.25"}
    assert [model.name for model in found.models] == ["Postcards"]
    prompt, negative, values = read_as_a1111(Image.open(path).info["parameters"])
    assert (prompt, negative) == (RECIPE.prompt, RECIPE.negative_prompt)
    assert values["Seed"] == str(2**64 - 1)
    assert values["Size"] == "48x32"


def test_marks_that_mean_something_in_the_text_do_not_break_it():
    recipe = Recipe(prompt="x Negative prompt: y", model_name='big: "one", fp16', seed=1)
    prompt, negative, values = read_as_a1111(a1111_text(recipe))
    assert (prompt, negative) == ("x Negative prompt : y", "")
    assert values["Model"] == 'big: "one", fp16'


def test_loras_are_named_as_a1111_does_it():
    loras = (
        UsedLora(id="a/b", name="SDXL: <fast>, 4", hash="0123456789abcdef", scale=0.5),
        UsedLora(id="c/d", name="boats"),
    )
    text = a1111_text(msgspec.structs.replace(RECIPE, prompt="a boat", loras=loras))
    prompt, negative, values = read_as_a1111(text)
    assert prompt == "a boat <lora:SDXL fast 4:0.5> <lora:boats:1>" and negative == RECIPE.negative_prompt
    assert values["Lora hashes"] == "SDXL fast 4: 0123456789ab" and values["Seed"] == str(2**64 - 1)


def test_what_it_starts_from_and_a_second_pass_are_told_as_a1111_does_it():
    text = a1111_text(msgspec.structs.replace(RECIPE, strength=0.6))
    values = read_as_a1111(text)[2]
    assert values["Denoising strength"] == "0.6" and "Hires upscale" not in values
    second = SecondPass(scale=1.5, strength=0.35, num_inference_steps=20)
    larger = msgspec.structs.replace(RECIPE, strength=0.6, second_pass=second, width=96, height=48)
    values = read_as_a1111(a1111_text(larger))[2]
    assert values["Denoising strength"] == "0.35" and values["Size"] == "64x32"
    assert (values["Hires upscale"], values["Hires steps"]) == ("1.5", "7")
    assert values["Hires upscaler"] == "Lanczos"


@pytest.mark.parametrize(
    "said",
    [
        {"variation": Variation(seed=9, strength=0.25)},
        {"variation": Variation(seed=9, strength=1.0)},
        {"seamless": True},
        {"strength": 0.6},
        *({"scheduler": name} for name in SCHEDULERS),
        *(
            {"second_pass": SecondPass(scale=1.5, strength=strength, num_inference_steps=steps)}
            for strength, steps in ((0.35, 20), (0.5, 30), (0.7, 10), (1.0, 4))
        ),
    ],
)
def test_what_was_written_for_others_reads_back_the_same(said):
    """As of a picture that lost our own text on its way through another program."""
    basic = {"scheduler": "Euler a", "width": 96, "height": 48}
    recipe = msgspec.structs.replace(RECIPE, **(basic | said))
    reading = read_parameters(a1111_text(recipe), Texts({}))
    assert reading and not reading.unread
    for name in ("prompt", "negative_prompt", "seed", "scheduler", *said):
        assert getattr(reading.recipe, name) == getattr(recipe, name), name


def test_what_others_have_no_word_for_leaves_the_own_seed():
    for variation in (Variation(seed=9, drift=0.1), Variation(seed=9, of=Variation(seed=2))):
        values = read_as_a1111(a1111_text(msgspec.structs.replace(RECIPE, variation=variation)))[2]
        assert values["Seed"] == str(RECIPE.seed) and "Variation seed" not in values


def test_the_picture_says_that_a_model_made_it(picture, tmp_path):
    path = tmp_path / "boat.png"
    write_png(picture, path, RECIPE)
    packet = ElementTree.fromstring(Image.open(path).info["XML:com.adobe.xmp"].strip("\ufeff"))
    description = packet.find(".//{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description")
    key = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
    assert description.get(key) == SOURCE_TYPE == f"http://cv.iptc.org/newscodes/{SOURCE_PATH}"


@pytest.mark.parametrize(("code", "error"), [(28, DiskFull), (5, FileUnwritable)])
def test_a_write_that_fails_leaves_nothing_behind(picture, tmp_path, monkeypatch, code, error):
    def refuse(file):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(durable, "fsync_file", refuse)
    with pytest.raises(error):
        write_png(picture, tmp_path / "boat.png", RECIPE)
    assert list(tmp_path.iterdir()) == []


def test_a_strange_file_has_no_recipe(picture, tmp_path):
    path = tmp_path / "boat.png"
    write_png(picture, path, RECIPE)
    whole = path.read_bytes()
    rng = random.Random(7)
    for _ in range(150):
        damaged = bytearray(whole[: rng.randrange(len(whole))])
        for _ in range(rng.randrange(8)):
            if damaged:
                damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        path.write_bytes(damaged)
        assert read_recipe(path) is None or isinstance(read_recipe(path), Recipe)
    path.write_text("not a picture")
    assert read_recipe(path) is None
    assert read_recipe(tmp_path / "absent.png") is None


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"prompt": 5}',
        "[" * 100_000,
        '{"x":' * 100_000,
        '{"prompt": "kept", "unknown": 1}',
        '{"seed": -1e999}',
    ],
)
def test_our_text_written_by_another_hand(picture, tmp_path, text):
    path = tmp_path / "boat.png"
    texts = PngInfo()
    texts.add_itxt("atelier", text)
    texts.add_text("prompt", '{"1": {"inputs": {"model": ["1", 0]}, "class_type": "KSampler"}}')
    texts.add_text("workflow", '{"links": [[1, 1, 0, 1, 0, "MODEL"]]}')  # a graph that bites its tail
    picture.save(path, pnginfo=texts)
    recipe = read_recipe(path)
    assert recipe is None or recipe.prompt in ("", "kept")


def sample(name):
    if not SAMPLES.is_dir():
        pytest.skip("the sample pictures of other tools are not on this machine")
    return SAMPLES / name


DUCK = ("AUTOMATIC1111", "photo of a duck", "monochrome", 235284042, 15, 5, (512, 400))
GIRL = ("InvokeAI", "professional full body", "rendering", 2980747362, 50, 5, (512, 768))
OTHERS = {
    "AUTOMATIC1111__automatic1111_cropped.png": DUCK,
    "AUTOMATIC1111__automatic1111_cropped.jpg": DUCK,
    "bad_images__text_after_idat.png": DUCK,
    "ComfyUI__night_evening_day_morning_cropped.png": (
        *("ComfyUI", "(best quality) (night:1.3) (darkness) sky", "(hands), text", 335608130539327),
        *(13, 8.5, (704, 1280)),
    ),
    "Fooocus__fooocus1_cropped.png": (
        *("Fooocus", "a smiling goldfish", "", 6952411511246973023, 30, 4),
        (768, 1280),
    ),
    "InvokeAI__invokeai_dream1.png": GIRL,
    "InvokeAI__invokeai_sdmeta1.png": GIRL,
    "InvokeAI__invokeai_imeta1.png": (
        *("InvokeAI", "digital artwork, oil painting", "grainy+, photo", 3293022630),
        *(35, 8, (1024, 1024)),
    ),
    "NovelAI__novelai1_cropped.png": (
        *("NovelAI", "masterpiece, best quality,  cat", "lowres, bad anatomy", 2253955223, 50, 10),
        (1, 1),
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_recipes_of_other_tools(name):
    recipe = read_recipe(sample(name))
    tool, prompt, negative, seed, steps, guidance, size = OTHERS[name]
    assert recipe.tool == tool
    assert recipe.prompt.startswith(prompt)
    assert recipe.negative_prompt.startswith(negative)
    assert (recipe.seed, recipe.num_inference_steps, recipe.guidance_scale) == (seed, steps, guidance)
    assert (recipe.width, recipe.height) == size


@pytest.mark.parametrize("name", ["empty_file.png", "empty_image.jpg", "empty_image.png"])
def test_pictures_without_a_recipe(name):
    assert read_recipe(sample(f"bad_images__{name}")) is None
