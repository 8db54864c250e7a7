"""InvokeAI, Fooocus, NovelAI, SwarmUI, Draw Things, Midjourney, hidden text, and pictures of bad will."""

import json
import os
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.core.errors import PictureUnreadable, RecipeTooLong
from studio.core.inputs import Role, UsedInput
from studio.core.passes import SecondPass, Variation
from studio.core.recipe import MODEL_HASH, Recipe, UsedLora
from studio.media import dialects
from studio.media.dialects import read_text
from studio.media.dialects.texts import Texts
from studio.media.recipes import read_fully, read_recipe, write_png
from tests.media.pictures_with_texts import drawn, png, stealthy, told, with_comment
from tests.media.test_dialects_comfyui import drawing, flux, node, plain, two_passes, with_inputs

A1111 = "a circle\nNegative prompt: a square\nSteps: 20, Sampler: Euler, Seed: 5, Size: 64x64, Model: m"


def swarm(**changed: Any) -> dict[str, Any]:
    params = {
        "prompt": "a wide bay <lora:ink:0.5>",
        "negativeprompt": "fog",
        "model": "OfficialStableDiffusion/sd_xl_base_1.0",
        "seed": 1480109132,
        "steps": 20,
        "cfgscale": 7.0,
        "aspectratio": "1:1",
        "width": 1024,
        "height": 768,
        "sampler": "dpmpp_2m",
        "scheduler": "karras",
        "automaticvae": True,
        "loras": ["styles/paper"],
        "loraweights": ["0.8"],
        "swarm_version": "0.9.5.0",
    }
    files = [{"name": "styles/paper.safetensors", "param": "loras", "hash": "0x0123456789abcdef"}]
    return {
        "sui_image_params": params | changed,
        "sui_models": files,
        "sui_extra_data": {"date": "2025-01-01"},
    }


def test_swarmui(tmp_path: Path):
    reading = told(png(tmp_path, parameters=json.dumps(swarm())))
    recipe = reading.recipe
    assert (reading.dialect, reading.unread, recipe.prompt) == ("SwarmUI", (), "a wide bay")
    assert (recipe.seed, recipe.num_inference_steps, recipe.guidance_scale) == (1480109132, 20, 7.0)
    assert (recipe.width, recipe.height, recipe.scheduler) == (1024, 768, "DPM++ 2M Karras")
    assert recipe.model_name == "sd_xl_base_1.0"
    assert recipe.loras == (
        UsedLora(id="", name="paper", hash="0123456789abcdef", scale=0.8),
        UsedLora(id="", name="ink", scale=0.5),
    )


def test_swarmui_in_jpeg_with_everything(tmp_path: Path):
    told_by = swarm(
        fluxguidancescale=3.5,
        seamlesstileable="true",
        refinerupscale=2,
        refinercontrolpercentage=0.3,
        variationseed=7,
        variationseedstrength=0.2,
        initimage="secret/folder/start.png",
        initimagecreativity=0.6,
        controlnetstrength=0.5,
    )
    reading = told(with_comment(tmp_path / "a.jpg", b"UNICODE\0" + json.dumps(told_by).encode("utf-16-le")))
    recipe = reading.recipe
    assert (recipe.guidance_scale, recipe.seamless, recipe.strength) == (3.5, True, 0.6)
    assert recipe.second_pass == SecondPass(scale=2.0, strength=0.3)
    assert (recipe.seed, recipe.variation) == (7, Variation(seed=1480109132, strength=0.2))
    assert recipe.inputs == (UsedInput(role=Role.START, name="start.png"),)
    assert reading.unread == ("controlnetstrength",)


def invoke(**changed: Any) -> str:
    return json.dumps(
        {
            "generation_mode": "sdxl_txt2img",
            "positive_prompt": "a barn owl",
            "negative_prompt": "fog",
            "width": 1024,
            "height": 1024,
            "seed": 3,
            "cfg_scale": 6.5,
            "steps": 30,
            "scheduler": "dpmpp_2m_sde_k",
            "model": {"name": "Juggernaut XL v9", "hash": "blake3:12ab", "base": "sdxl", "type": "main"},
            "loras": [{"model": {"name": "Ink"}, "weight": 0.6}],
            "app_version": "5.4.0",
            **changed,
        }
    )


def test_invokeai(tmp_path: Path):
    reading = told(png(tmp_path, invokeai_metadata=invoke(seamless_x=True, clip_skip=2, controlnets=[])))
    recipe = reading.recipe
    assert (reading.dialect, reading.unread) == ("InvokeAI", ("clip_skip",))
    assert (recipe.prompt, recipe.model_name, recipe.scheduler) == (
        "a barn owl",
        "Juggernaut XL v9",
        "DPM++ 2M SDE Karras",
    )
    assert (recipe.loras, recipe.seamless) == ((UsedLora(id="", name="Ink", scale=0.6),), True)
    assert MODEL_HASH not in recipe.extra


def test_invokeai_with_pictures_and_flux(tmp_path: Path):
    references = [{"config": {"image": {"image_name": "x/face.png"}}}]
    text = invoke(
        guidance=4.0, cfg_scale=1.0, strength=0.7, init_image="a\\b\\start.png", ref_images=references
    )
    recipe = told(png(tmp_path, invokeai_metadata=text)).recipe
    assert (recipe.guidance_scale, recipe.strength) == (4.0, 0.7)
    assert [(one.role, one.name) for one in recipe.inputs] == [
        (Role.START, "start.png"),
        (Role.REFER, "face.png"),
    ]


def test_invokeai_as_it_was_first(tmp_path: Path):
    dream = '"a barn owl\'s nest [fog, rain]" -s50 -S 12 -W 512 -H 768 -C 7.5 -A k_euler_a -G 0.8'
    reading = told(png(tmp_path, Dream=dream))
    recipe = reading.recipe
    assert (recipe.prompt, recipe.negative_prompt) == ("a barn owl's nest", "fog, rain")
    assert (recipe.seed, recipe.num_inference_steps, recipe.guidance_scale) == (12, 50, 7.5)
    assert (recipe.width, recipe.height, recipe.scheduler, reading.unread) == (512, 768, "Euler a", ("-G",))


FOOOCUS = {
    "metadata_scheme": "fooocus",
    "prompt": "a goldfish",
    "negative_prompt": "",
    "base_model": "juggernautXL_v8.safetensors",
    "base_model_hash": "aeb7e9e689",
    "guidance_scale": 4,
    "loras": [["offset.safetensors", 0.1, "4852686128"]],
    "performance": "Speed",
    "resolution": "(896, 1152)",
    "sampler": "dpmpp_2m_sde_gpu",
    "scheduler": "karras",
    "seed": "6952411511246973023",
    "sharpness": 2,
    "steps": 30,
    "styles": "['Fooocus V2']",
    "version": "Fooocus v2.5.5",
}


def test_fooocus(tmp_path: Path):
    reading = told(png(tmp_path, parameters=json.dumps(FOOOCUS), fooocus_scheme="fooocus"))
    recipe = reading.recipe
    assert (reading.dialect, reading.unread) == ("Fooocus", ("styles",))
    assert (recipe.model_name, recipe.extra[MODEL_HASH]) == ("juggernautXL_v8", "aeb7e9e689")
    assert (recipe.seed, recipe.scheduler) == (6952411511246973023, "DPM++ 2M SDE Karras")
    assert recipe.loras == (UsedLora(id="", name="offset", hash="4852686128", scale=0.1),)
    assert (recipe.width, recipe.height) == (896, 1152)


def test_fooocus_the_other_way(tmp_path: Path):
    text = (
        "a goldfish, cinematic\nNegative prompt: fog\nSteps: 30, Sampler: DPM++ 2M SDE, Seed: 8,"
        ' Size: 896x1152, CFG scale: 4, Sharpness: 2, ADM Guidance: "(1.5, 0.8, 0.3)",'
        " Model: juggernautXL_v8, Model hash: aeb7e9e689, Performance: Speed,"
        " Scheduler: karras, VAE: Default (model),"
        ' Loras: "offset: 4852686128: 0.1, ink: 0123456789: 0.4", Raw prompt: "a goldfish",'
        " Version: Fooocus v2.5.5"
    )
    reading = told(png(tmp_path, parameters=text, fooocus_scheme="a1111"))
    assert (reading.dialect, reading.recipe.scheduler) == ("Fooocus", "DPM++ 2M SDE Karras")
    assert [(one.name, one.scale) for one in reading.recipe.loras] == [("offset", 0.1), ("ink", 0.4)]


def test_ruined_fooocus(tmp_path: Path):
    text = json.dumps(
        {
            "Prompt": "a goldfish",
            "Negative": "fog",
            "steps": 20,
            "cfg": 6,
            "width": 1024,
            "height": 768,
            "seed": 5,
            "sampler_name": "uni_pc",
            "scheduler": "normal",
            "base_model_name": "x/base.safetensors",
            "loras": [["abcd", "0.5 - ink.safetensors"]],
            "software": "RuinedFooocus",
        }
    )
    recipe = told(png(tmp_path, parameters=text)).recipe
    assert (recipe.tool, recipe.model_name, recipe.scheduler) == ("RuinedFooocus", "base", "UniPC")
    assert recipe.loras == (UsedLora(id="", name="ink", scale=0.5),)


NOVELAI = {
    "prompt": "2girls, sea",
    "steps": 28,
    "height": 1216,
    "width": 832,
    "scale": 5.5,
    "uncond_scale": 0.0,
    "cfg_rescale": 0.2,
    "seed": 3365827412,
    "sampler": "k_euler_ancestral",
    "noise_schedule": "karras",
    "v4_prompt": {
        "caption": {
            "base_caption": "2girls, sea",
            "char_captions": [{"char_caption": "red hair", "centers": []}],
        },
        "use_coords": True,
    },
    "v4_negative_prompt": {"caption": {"base_caption": "blurry", "char_captions": []}},
    "uc": "blurry",
    "request_type": "PromptGenerateRequest",
}


def test_novelai_with_the_words_of_each_character(tmp_path: Path):
    source = "NovelAI Diffusion V4.5 4BDE2A90"
    path = png(tmp_path, Comment=json.dumps(NOVELAI), Software="NovelAI", Source=source, Description="2girls")
    reading = told(path)
    recipe = reading.recipe
    assert (recipe.prompt, recipe.negative_prompt) == ("2girls, sea, red hair", "blurry")
    assert (recipe.seed, recipe.width, recipe.height, recipe.model_name) == (3365827412, 832, 1216, source)
    assert (recipe.scheduler, recipe.strength) == ("Euler a", None)
    assert reading.unread == ("Karras", "cfg_rescale", "use_coords")


def test_novelai_in_webp(tmp_path: Path):
    whole = {
        "Comment": json.dumps(NOVELAI | {"request_type": "Img2ImgRequest", "strength": 0.6}),
        "Software": "NovelAI",
    }
    recipe = told(with_comment(tmp_path / "a.webp", b"ASCII\0\0\0" + json.dumps(whole).encode())).recipe
    assert (recipe.tool, recipe.strength, recipe.inputs) == ("NovelAI", 0.6, (UsedInput(role=Role.START),))


def test_draw_things_and_midjourney(tmp_path: Path):
    told_by = {
        "c": "a fox",
        "uc": "fog",
        "seed": 4,
        "steps": 8,
        "scale": 3.5,
        "sampler": "Euler A",
        "size": "768x512",
        "model": "flux_1_dev_q8p.ckpt",
        "strength": 1,
        "lora": [{"model": "ink.ckpt", "weight": 0.3}],
    }
    comment = json.dumps(told_by).replace('"', "&quot;")
    item = f"<rdf:li xml:lang='x-default'>{comment}</rdf:li>"
    xmp = f"<x><exif:UserComment>\n<rdf:Alt>\n{item}</rdf:Alt></exif:UserComment></x>"
    path = png(tmp_path, **{"XML:com.adobe.xmp": xmp})
    recipe = told(path).recipe
    assert (recipe.tool, recipe.prompt, recipe.scheduler) == ("Draw Things", "a fox", "Euler a")
    assert (recipe.width, recipe.loras[0].name, recipe.strength) == (768, "ink", None)
    job = "Job ID: 0197b0a0-0000-7000-8000-000000000001"
    asked = f"a fox, at dawn --ar 3:2 --no fog, rain --seed 12 --stylize 250 {job}"
    reading = told(png(tmp_path, Description=asked))
    assert (reading.dialect, reading.recipe.prompt, reading.recipe.seed) == (
        "Midjourney",
        "a fox, at dawn",
        12,
    )
    assert (reading.recipe.negative_prompt, reading.unread) == ("fog, rain", ("--stylize",))


@pytest.mark.parametrize(
    "mark", [b"stealth_pnginfo", b"stealth_pngcomp", b"stealth_rgbinfo", b"stealth_rgbcomp"]
)
def test_hidden_text(tmp_path: Path, mark: bytes):
    reading = told(stealthy(tmp_path / "a.png", A1111, mark))
    assert (reading.hidden, reading.recipe.prompt, reading.recipe.seed) == (True, "a circle", 5)


def test_hidden_text_in_a_webp_without_loss(tmp_path: Path):
    path = tmp_path / "a.webp"
    with Image.open(stealthy(tmp_path / "a.png", A1111, b"stealth_pngcomp")) as image:
        image.save(path, lossless=True, exact=True)
    assert (told(path).hidden, told(path).recipe.seed) == (True, 5)


def test_hidden_novelai(tmp_path: Path):
    text = json.dumps(
        {"Comment": json.dumps(NOVELAI), "Software": "NovelAI", "Source": "NovelAI Diffusion V4"}
    )
    path = stealthy(tmp_path / "a.png", text, b"stealth_pngcomp", (128, 128))
    reading = told(path)
    assert (reading.dialect, reading.hidden, reading.recipe.seed) == ("NovelAI", True, 3365827412)


@pytest.mark.parametrize(
    "head",
    [b"stealth_pnginfo" + b"\xff" * 4, b"stealth_pngcomp" + b"\0\0\0\x40" + b"nogz!!!!", b"stealth_pnginfo"],
)
def test_hidden_text_that_is_none(tmp_path: Path, head: bytes):
    bits = [byte >> place & 1 for byte in head for place in range(7, -1, -1)]
    picture = drawn((64, 64), "RGBA")
    for number, bit in enumerate(bits):
        at = divmod(number, 64)
        picture.putpixel(at, (*picture.getpixel(at)[:3], 254 | bit))
    picture.save(tmp_path / "a.png")
    assert read_fully(tmp_path / "a.png") is None


def test_ours_is_read_first(tmp_path: Path):
    recipe = Recipe(prompt="a boat", seed=4)
    write_png(drawn(), tmp_path / "a.png", recipe)
    reading = told(tmp_path / "a.png")
    assert (reading.recipe, reading.dialect, reading.unread) == (recipe, "Atelier", ())


def test_a_recipe_of_fifty_megabytes_has_a_sentence(tmp_path: Path):
    info = PngInfo()
    info.add_text("parameters", "a boat, " * 6_500_000)
    path = tmp_path / "a.png"
    drawn().save(path, pnginfo=info)
    with pytest.raises(RecipeTooLong):
        read_fully(path)
    assert read_recipe(path) is None


def test_a_small_file_that_unpacks_to_fifty_megabytes_has_a_sentence(tmp_path: Path):
    info = PngInfo()
    info.add_text("parameters", "a" * 50_000_000, zip=True)
    path = tmp_path / "a.png"
    drawn().save(path, pnginfo=info)
    assert path.stat().st_size < 100_000
    with pytest.raises(RecipeTooLong):
        read_fully(path)


def test_no_recipe_and_no_picture(tmp_path: Path):
    assert read_fully(png(tmp_path, Title="holiday", Comment="nice {")) is None
    (tmp_path / "text.png").write_text("a text that was renamed")
    with pytest.raises(PictureUnreadable):
        read_fully(tmp_path / "text.png")


def test_a_picture_cut_short_keeps_what_stands_before_the_cut(tmp_path: Path):
    path = png(tmp_path, (300, 200), parameters=A1111)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert told(path).recipe.prompt == "a circle"


@pytest.mark.parametrize(
    "text",
    [
        '{"sui_image_params": ' * 2_000,
        '{"sui_image_params": {"prompt": 5, "loras": 7, "seed": -4, "width": "x"}, "sui_models": 3}',
        '{"metadata_scheme": "fooocus", "loras": [[1, 2], "x", null], "styles": 4}',
        '{"v4_prompt": [], "steps": {}, "sampler": 4, "scale": "x", "uc": 3}',
        '{"c": 1, "steps": 2, "sampler": 3, "lora": {}}',
        "\ud800" * 50,
    ],
)
def test_strange_values_in_known_places(text: str):
    reading = read_text(text)
    assert reading is None or reading.recipe.prompt == ""


STRANGE = (None, True, 0, -1, 1e308, 2**70, "", "x" * 50, [], {}, ["3", 0], ["99", 5], {"a": 1}, float("nan"))


WRONG_SWARM = {"steps": -5, "width": 0, "cfgscale": -3e9}
WRONG_SAMPLER = with_inputs(plain()["3"], steps=-2, denoise=3)


@pytest.mark.parametrize(
    ("key", "text", "named"),
    [
        ("parameters", json.dumps(swarm(**WRONG_SWARM)), "steps -5, width 0, cfgscale -3000000000.0"),
        ("invokeai_metadata", invoke(steps=-5, height=2_000_000), "height 2000000, steps -5"),
        (
            "parameters",
            json.dumps(FOOOCUS | {"resolution": "(0, 0)", "steps": "x"}),
            "resolution (0, 0), steps x",
        ),
        (
            "Comment",
            json.dumps(NOVELAI | {"seed": 2**64, "scale": 1e12}),
            f"seed {2**64}, scale 1000000000000.0",
        ),
        ("prompt", json.dumps(plain(n5=node("EmptyLatentImage", width=0, height=512))), "width 0"),
        ("prompt", json.dumps(plain(n3=WRONG_SAMPLER)), "steps -2, denoise 3"),
    ],
)
def test_numbers_that_nothing_can_have_are_named(key: str, text: str, named: str):
    reading = dialects.read_texts(Texts({key: text}), (64, 64))
    assert reading and ", ".join(reading.unread).startswith(named)


def changed(value: Any, chance: random.Random) -> Any:
    """The same with some of it left out, and some of it something else."""
    if chance.random() < 0.04:
        return chance.choice(STRANGE)
    if isinstance(value, dict):
        return {key: changed(one, chance) for key, one in value.items() if chance.random() > 0.02}
    return [changed(one, chance) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "whole", [flux(), two_passes(), drawing(), swarm(), json.loads(invoke()), FOOOCUS, NOVELAI]
)
def test_whatever_stands_in_a_recipe_no_dialect_stumbles(whole: dict[str, Any]):
    chance = random.Random(11)
    for _ in range(60):
        text = json.dumps(changed(whole, chance))
        texts = Texts(
            dict.fromkeys(("parameters", "prompt", "workflow", "Comment", "invokeai_metadata"), text)
        )
        for read in dialects.ALL:
            reading = read(texts)
            assert reading is None or msgspec.json.encode(reading)


SAMPLES = os.environ.get("STUDIO_SAMPLES", "")


def test_a_long_text_beside_a_recipe_hides_nothing(tmp_path: Path):
    assert told(png(tmp_path, note="x" * 5_000_000, parameters=A1111)).recipe.seed == 5


@pytest.mark.skipif(not SAMPLES, reason="STUDIO_SAMPLES names no folder with pictures of other tools")
def test_every_sample_picture_is_read_or_refused():
    for path in sorted((Path(SAMPLES) / "recipes").iterdir()):
        if path.name.startswith("bad_images"):
            continue
        reading = read_fully(path)
        assert reading and reading.recipe.prompt and reading.recipe.seed is not None, path.name
