"""A1111's text as all the tools write it that took it over."""

import json
from pathlib import Path

import pytest

from studio.core.passes import SecondPass, Variation
from studio.core.recipe import MODEL_HASH, UsedLora
from studio.media.dialects import read_text
from tests.media.pictures_with_texts import drawn, png, shown, told, with_comment

PLAIN = (
    "a boat, (red sails:1.2) <lora:ink wash:0.7> <lora:boats_v2:0.5:0.9>\nNegative prompt: blurry,\n"
    "two boats\nSteps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 5.5, Seed: 1234567890123,"
    " Size: 832x1216, Model hash: 31e35c80fc, Model: sd_xl_base_1.0,"
    ' Lora hashes: "ink wash: 0123456789ab, boats_v2: ba9876543210", Version: v1.10.1'
)
SCHEDULED = "DPM++ 2M Karras"


def test_a1111_with_schedule_apart_and_loras_in_the_prompt(tmp_path: Path):
    reading = told(png(tmp_path, parameters=PLAIN))
    recipe = reading.recipe
    assert (reading.dialect, reading.unread) == ("AUTOMATIC1111", ())
    assert (recipe.prompt, recipe.negative_prompt) == ("a boat, (red sails:1.2)", "blurry,\ntwo boats")
    assert (recipe.seed, recipe.num_inference_steps, recipe.guidance_scale) == (1234567890123, 28, 5.5)
    assert (recipe.width, recipe.height, recipe.scheduler) == (832, 1216, SCHEDULED)
    assert (recipe.model_name, recipe.extra[MODEL_HASH]) == ("sd_xl_base_1.0", "31e35c80fc")
    assert recipe.loras == (
        UsedLora(id="", name="ink wash", hash="0123456789ab", scale=0.7),
        UsedLora(id="", name="boats_v2", hash="ba9876543210", scale=0.9),
    )


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".avif"])
@pytest.mark.parametrize(
    "comment",
    [
        b"UNICODE\0" + PLAIN.encode("utf-16-be"),
        b"UNICODE\0" + PLAIN.encode("utf-16-le"),
        b"UNICODE\0" + PLAIN.encode("utf-16"),
        b"ASCII\0\0\0" + PLAIN.encode(),
        b"\0" * 8 + PLAIN.encode(),
        PLAIN.encode(),
    ],
    ids=["big", "little", "marked", "ascii", "nameless", "bare"],
)
def test_exif_in_every_encoding(tmp_path: Path, suffix: str, comment: bytes):
    reading = told(with_comment(tmp_path / f"picture{suffix}", comment))
    assert (reading.recipe.seed, reading.recipe.scheduler) == (1234567890123, SCHEDULED)


def test_the_comment_of_a_gif(tmp_path: Path):
    drawn().save(tmp_path / "picture.gif", comment=PLAIN.encode())
    assert told(tmp_path / "picture.gif").recipe.model_name == "sd_xl_base_1.0"


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le"])
def test_chinese_words(tmp_path: Path, encoding: str):
    text = "夕阳下的海，一只小船\nNegative prompt: 模糊\nSteps: 20, Sampler: Euler a, Seed: 5, Model: 国风_v2"
    for path in (
        png(tmp_path, parameters=text),
        with_comment(tmp_path / "a.jpg", b"UNICODE\0" + text.encode(encoding)),
    ):
        assert shown(told(path), "prompt", "negative_prompt", "model_name", "scheduler") == {
            "prompt": "夕阳下的海，一只小船",
            "negative_prompt": "模糊",
            "model_name": "国风_v2",
            "scheduler": "Euler a",
        }


def test_the_second_pass_and_what_it_has_no_place_for(tmp_path: Path):
    text = (
        "a boat\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 512x768, Denoising strength: 0.45,"
        " Clip skip: 2, Hires upscale: 1.5, Hires steps: 12, Hires upscaler: R-ESRGAN 4x+,"
        ' ADetailer model: face_yolov8n.pt, ControlNet 0: "Module: canny, Model: x", Tiling: True'
    )
    reading = told(png(tmp_path, parameters=text))
    second = SecondPass(scale=1.5, strength=0.45, num_inference_steps=27)  # of which 12 are made
    assert reading.recipe.second_pass == second
    assert (reading.recipe.strength, reading.recipe.seamless) == (None, True)
    assert reading.unread == ("Hires upscaler", "ADetailer model", "ControlNet 0", "Clip skip")


def test_the_second_pass_by_its_size():
    reading = read_text("a\nSteps: 20, Sampler: Euler, Size: 512x512, Hires resize: 1024x1024, Seed: 3")
    assert reading and reading.recipe.second_pass == SecondPass(scale=2.0, num_inference_steps=58)


def test_image_to_image_has_a_strength():
    reading = read_text("a\nSteps: 20, Sampler: Euler, Seed: 3, Denoising strength: 0.6, Clip skip: 1")
    assert reading and (reading.recipe.strength, reading.unread) == (0.6, ())


def test_a_variation_is_told_from_the_other_end():
    """A1111 goes from the seed towards the variation seed; a recipe from the varied one to its own."""
    reading = read_text(
        "a\nSteps: 20, Sampler: Euler, Seed: 3, Variation seed: 9, Variation seed strength: 0.25"
    )
    assert reading and reading.recipe.seed == 9
    assert reading.recipe.variation == Variation(seed=3, strength=0.25)
    assert reading.unread == ()


def test_flux_in_forge(tmp_path: Path):
    text = (
        "a cat\nSteps: 20, Sampler: Euler, Schedule type: Simple, CFG scale: 1, Distilled CFG Scale: 3.5,"
        " Seed: 77, Size: 896x1152, Model hash: c161224931, Model: flux1-dev-bnb-nf4,"
        " Version: f2.0.1v1.10.1-previous-1-g00000000, Module 1: ae, Module 2: t5xxl_fp16"
    )
    reading = told(png(tmp_path, parameters=text))
    assert (reading.dialect, reading.recipe.guidance_scale) == ("Forge", 3.5)
    assert (reading.recipe.scheduler, reading.unread) == ("Euler", ("Module 1", "Module 2"))


def test_sd_next(tmp_path: Path):
    text = (
        "a cat\nNegative prompt: dog\nSize: 1024x1024, Seed: 7, Steps: 20, CFG scale: 6, Sampler: UniPC,"
        " App: SD.Next, Version: 8b5ca85, Pipeline: StableDiffusionXLPipeline, Operations: txt2img,"
        " Model: juggernautXL_v9, Model hash: c9e3e68f89, Parser: native"
    )
    reading = told(png(tmp_path, parameters=text))
    assert (reading.dialect, reading.unread) == ("SD.Next", ())
    assert (reading.recipe.pipeline, reading.recipe.negative_prompt) == ("StableDiffusionXLPipeline", "dog")


def test_civitai(tmp_path: Path):
    resources = [
        {"type": "checkpoint", "modelVersionId": 1, "modelName": "Pony, XL", "modelVersionName": "V6"},
        {"type": "lora", "weight": 0.8, "modelVersionId": 2, "modelName": "Ink"},
        {"type": "embed", "weight": 1, "modelVersionId": 3, "modelName": "neg"},
    ]
    text = (
        "a cat\nNegative prompt: dog\nSteps: 25, Sampler: Euler a, CFG scale: 7, Seed: 8, Size: 832x1216,"
        f" Clip skip: 2, Created Date: 2024-09-22T12:10:18.2Z, Civitai resources: {json.dumps(resources)},"
        " Civitai metadata: {}"
    )
    comment = b"UNICODE\0" + text.encode("utf-16-le")
    reading = told(with_comment(tmp_path / "a.jpg", comment))
    assert (reading.dialect, reading.recipe.model_name) == ("Civitai", "Pony, XL V6")
    assert reading.recipe.loras == (UsedLora(id="", name="Ink", scale=0.8),)
    assert reading.unread == ("embed neg", "Clip skip")


def test_stability_matrix(tmp_path: Path):
    path = png(tmp_path, parameters=PLAIN, parameters__json="{}", smproj='{"ProjectType": 1}')
    assert told(path).dialect == "Stability Matrix"


def test_a_node_of_comfyui_that_saves_as_a1111_does(tmp_path: Path):
    graph = '{"3": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 3}}}'
    reading = told(png(tmp_path, parameters=f"{PLAIN} ComfyUI".replace("v1.10.1 ", ""), prompt=graph))
    assert (reading.dialect, reading.recipe.seed) == ("ComfyUI", 1234567890123)


def test_dynamic_prompts_leave_their_template():
    reading = read_text(
        "a red boat\nNegative prompt: fog\nSteps: 20, Sampler: Euler, Seed: 3, Model: m\n"
        "Template: a {red|blue, dark} boat\nNegative Template: fog"
    )
    assert reading and reading.recipe.template == "a {red|blue, dark} boat"
    assert (reading.recipe.negative_prompt, reading.unread) == ("fog", ())


def test_what_is_not_a_recipe():
    for text in (
        "a boat on the sea",
        "Camera: X100, Lens: 23 mm, Film: none",
        "To do: Steps, then more",
        "{" * 1000,
        '{"a": 1}',
        "",
    ):
        assert read_text(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "a\nSteps: 20, Sampler: Euler, Seed: " + "9" * 5000,
        "a\nSteps: 1e999, Sampler: Euler, CFG scale: nan, Seed: -1, Size: 0x0",
        'a\nSteps: 20, Sampler: Euler, Lora hashes: "' + "x: 0, " * 20_000,
        "a\nSteps: 20, Sampler: Euler, X: " + "[" * 100_000,
        "<lora:" * 100_000 + "\nSteps: 20, Sampler: Euler, Seed: 1",
        "Steps: 1\n" * 100_000,
        "a: " * 200_000 + "\nSteps: 20, Sampler: Euler, Seed: 1",
        "\u202e\x00a\nSteps: 20, Sampler: Euler, Seed: 1, Model: ../../etc/passwd",
    ],
)
def test_hostile_texts_are_read_within_bounds(text: str):
    reading = read_text(text)
    if reading:
        recipe = reading.recipe
        assert recipe.seed is None or 0 <= recipe.seed < 2**64
        assert recipe.guidance_scale is None and "/" not in recipe.model_name
        assert len(recipe.prompt) <= 20_000 and len(reading.unread) <= 40


def test_numbers_that_nothing_can_have_are_named():
    reading = read_text(
        "a boat <lora:ink:99> <lora:wash:x>\nSteps: -5, Sampler: Euler, CFG scale: -3e9, Seed: 1, Size: 0x0,"
        " Denoising strength: 1.5"
    )
    assert reading and reading.unread == (
        *("Steps -5", "CFG scale -3e9", "Size 0x0", "Denoising strength 1.5"),
        *("<lora:ink:99>", "<lora:wash:x>"),
    )
    assert (reading.recipe.num_inference_steps, reading.recipe.guidance_scale) == (None, None)
    assert [one.scale for one in reading.recipe.loras] == [1.0, 1.0]


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("832x1216", (832, 1216)),
        ("999999999x512", (0, 0)),
        ("512.5x512", (0, 0)),
        ("-512x512", (0, 0)),
        ("512", (0, 0)),
    ],
)
def test_a_size_is_read_as_it_stands_or_named(said: str, size: tuple[int, int]):
    reading = read_text(f"a boat\nSteps: 20, Sampler: Euler, Seed: 1, Size: {said}")
    assert reading and (reading.recipe.width, reading.recipe.height) == size
    assert reading.unread == (() if all(size) else (f"Size {said}",))


def test_a_seed_that_is_not_chosen_is_no_impossible_one():
    reading = read_text("a boat\nSteps: 20, Sampler: Euler, Seed: -1, CFG scale: 7")
    assert reading and (reading.recipe.seed, reading.unread) == (None, ())


def test_a_lora_may_be_called_in_strange_ways():
    reading = read_text(
        "a <lora:styles\\ink.safetensors:0.4><lora:two><lyco:three:te=0.1:unet=0.6><hypernet:h:1>"
        "<lora:zero:0><lora:two:0.2>\nSteps: 20, Sampler: Euler, Seed: 1"
    )
    assert reading and [(one.name, one.scale) for one in reading.recipe.loras] == [
        ("ink", 0.4),
        ("two", 1.0),
        ("three", 0.6),
    ]
    assert reading.unread == ("<hypernet:h>",)


def test_an_endless_name_of_a_lora_is_left_aside():
    """Of three million letters: a search that begins anew at each of them would never end."""
    told = "a" * 3_000_000
    reading = read_text(
        f'a <lora:b:1>\nSteps: 20, Sampler: Euler, Seed: 3, Lora hashes: "{told}, b: 0123456789"'
    )
    assert reading and [(one.name, one.hash) for one in reading.recipe.loras] == [("b", "0123456789")]
