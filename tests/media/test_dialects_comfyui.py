"""Graphs of ComfyUI, from the plain one to what people build with it."""

import json
from pathlib import Path
from typing import Any

import pytest

from studio.core.inputs import Role, UsedInput
from studio.core.passes import SecondPass
from studio.core.reading import Reading
from studio.core.recipe import UsedLora
from studio.media.dialects import read_text
from tests.media.pictures_with_texts import png, told, with_comment

Graph = dict[str, dict[str, Any]]


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def plain(**changed: dict[str, Any]) -> Graph:
    """The graph that ComfyUI opens with; nodes of other ids or kinds are laid over it: `n6=node(…)`."""
    sampler = node(
        "KSampler",
        seed=156680208700286,
        steps=20,
        cfg=8,
        sampler_name="euler_ancestral",
        scheduler="normal",
        denoise=1,
        model=["4", 0],
        positive=["6", 0],
        negative=["7", 0],
        latent_image=["5", 0],
    )
    graph = {
        "3": sampler,
        "4": node("CheckpointLoaderSimple", ckpt_name="SDXL\\sd_xl_base_1.0.safetensors"),
        "5": node("EmptyLatentImage", width=768, height=512, batch_size=1),
        "6": node("CLIPTextEncode", text="a bottle of stars", clip=["4", 1]),
        "7": node("CLIPTextEncode", text="text, watermark", clip=["4", 1]),
        "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": node("SaveImage", filename_prefix="ComfyUI", images=["8", 0]),
    }
    return graph | {name[1:]: one for name, one in changed.items()}


def with_inputs(one: dict[str, Any], **inputs: Any) -> dict[str, Any]:
    return {**one, "inputs": one["inputs"] | inputs}


def read(graph: Graph) -> Reading:
    reading = read_text(json.dumps(graph))
    assert reading is not None and reading.dialect == "ComfyUI"
    return reading


def flux(**changed: dict[str, Any]) -> Graph:
    graph = {
        "5": node("EmptySD3LatentImage", width=1024, height=1536, batch_size=1),
        "6": node("CLIPTextEncode", text="a cat with a sign", clip=["11", 0]),
        "8": node("VAEDecode", samples=["13", 0], vae=["10", 0]),
        "9": node("SaveImage", filename_prefix="f", images=["8", 0]),
        "10": node("VAELoader", vae_name="ae.safetensors"),
        "11": node("DualCLIPLoader", clip_name1="t5xxl_fp16.safetensors", clip_name2="clip_l", type="flux"),
        "12": node("UNETLoader", unet_name="flux/flux1-dev.safetensors", weight_dtype="default"),
        "13": node(
            "SamplerCustomAdvanced",
            noise=["25", 0],
            guider=["22", 0],
            sampler=["16", 0],
            sigmas=["17", 0],
            latent_image=["5", 0],
        ),
        "16": node("KSamplerSelect", sampler_name="euler"),
        "17": node("BasicScheduler", scheduler="simple", steps=24, denoise=1, model=["30", 0]),
        "22": node("BasicGuider", model=["30", 0], conditioning=["26", 0]),
        "25": node("RandomNoise", noise_seed=2**63 + 5),
        "26": node("FluxGuidance", guidance=3.5, conditioning=["6", 0]),
        "30": node("ModelSamplingFlux", max_shift=1.15, base_shift=0.5, width=8, height=8, model=["12", 0]),
    }
    return graph | {name[1:]: one for name, one in changed.items()}


def test_the_graph_it_opens_with(tmp_path: Path):
    reading = told(png(tmp_path, prompt=json.dumps(plain()), workflow="{}"))
    recipe = reading.recipe
    assert (reading.dialect, reading.unread, recipe.tool) == ("ComfyUI", (), "ComfyUI")
    assert (recipe.prompt, recipe.negative_prompt) == ("a bottle of stars", "text, watermark")
    assert (recipe.seed, recipe.num_inference_steps, recipe.guidance_scale) == (156680208700286, 20, 8.0)
    assert (recipe.width, recipe.height, recipe.scheduler) == (768, 512, "Euler a")
    assert (recipe.model_name, recipe.strength, recipe.inputs) == ("sd_xl_base_1.0", None, ())


def test_flux_has_its_words_guidance_and_noise_apart():
    reading = read(flux())
    recipe = reading.recipe
    assert reading.unread == ()
    assert (recipe.prompt, recipe.negative_prompt, recipe.guidance_scale) == ("a cat with a sign", "", 3.5)
    assert (recipe.seed, recipe.num_inference_steps, recipe.scheduler) == (2**63 + 5, 24, "Euler")
    assert (recipe.model_name, recipe.width, recipe.height) == ("flux1-dev", 1024, 1536)


def test_flux_with_two_encoders_gguf_and_a_lora():
    reading = read(
        flux(
            n6=node(
                "CLIPTextEncodeFlux",
                clip_l="cat, sign",
                t5xxl="a cat holds a sign",
                guidance=2.5,
                clip=["11", 0],
            ),
            n22=node("BasicGuider", model=["30", 0], conditioning=["6", 0]),
            n30=node(
                "LoraLoaderModelOnly", lora_name="x/turbo.safetensors", strength_model=0.8, model=["12", 0]
            ),
            n12=node("UnetLoaderGGUF", unet_name="flux1-dev-Q4_K_S.gguf"),
        )
    )
    recipe = reading.recipe
    assert (recipe.prompt, recipe.guidance_scale) == ("a cat holds a sign", 2.5)
    assert (recipe.model_name, recipe.loras) == (
        "flux1-dev-Q4_K_S",
        (UsedLora(id="", name="turbo", scale=0.8),),
    )
    assert reading.unread == ("CLIPTextEncodeFlux: clip_l",)


def test_a_guider_with_two_sides_and_karras():
    reading = read(
        flux(
            n7=node("CLIPTextEncode", text="fog", clip=["11", 0]),
            n22=node("CFGGuider", model=["12", 0], positive=["6", 0], negative=["7", 0], cfg=4.5),
            n17=node("KarrasScheduler", steps=18, sigma_max=14, sigma_min=0.03, rho=7),
            n16=node("KSamplerSelect", sampler_name="dpmpp_2m"),
        )
    )
    recipe = reading.recipe
    assert (recipe.negative_prompt, recipe.guidance_scale) == ("fog", 4.5)
    assert (recipe.scheduler, recipe.num_inference_steps) == ("DPM++ 2M Karras", 18)


def test_values_that_come_over_links():
    graph = plain(
        n20=node("Seed (rgthree)", seed=99),
        n21=node("PrimitiveInt", value=640),
        n22=node("PrimitiveStringMultiline", value="a red boat"),
        n23=node("Text Multiline", text="at dawn"),
        n24=node(
            "Text Concatenate", delimiter=", ", clean_whitespace="true", text_a=["22", 0], text_b=["23", 0]
        ),
        n6=node("CLIPTextEncode", text=["24", 0], clip=["4", 1]),
        n5=node("EmptyLatentImage", width=["21", 0], height=512, batch_size=1),
    )
    graph["3"] = with_inputs(graph["3"], seed=["20", 0])
    recipe = read(graph).recipe
    assert (recipe.prompt, recipe.seed, recipe.width) == ("a red boat, at dawn", 99, 640)


def test_a_wildcard_node_tells_what_it_chose():
    graph = plain(
        n20=node(
            "ImpactWildcardProcessor", wildcard_text="{red|blue} boat", populated_text="blue boat", seed=3
        ),
        n6=node("CLIPTextEncode", text=["20", 0], clip=["4", 1]),
    )
    assert read(graph).recipe.prompt == "blue boat"


def test_conditionings_are_joined_in_their_order_and_control_is_told():
    graph = plain(
        n10=node("CLIPTextEncode", text="a hill", clip=["4", 1]),
        n11=node("ConditioningSetArea", width=64, height=64, x=0, y=0, strength=1, conditioning=["10", 0]),
        n12=node("ConditioningCombine", conditioning_1=["6", 0], conditioning_2=["11", 0]),
        n13=node("ControlNetLoader", control_net_name="canny.safetensors"),
        n14=node("LoadImage", image="edges.png"),
        n15=node(
            "ControlNetApplyAdvanced",
            positive=["12", 0],
            negative=["7", 0],
            control_net=["13", 0],
            image=["14", 0],
            strength=1,
        ),
    )
    graph["3"] = with_inputs(graph["3"], positive=["15", 0], negative=["15", 1])
    reading = read(graph)
    assert (reading.recipe.prompt, reading.recipe.negative_prompt) == (
        "a bottle of stars, a hill",
        "text, watermark",
    )
    assert reading.recipe.inputs == ()
    assert set(reading.unread) == {"ConditioningSetArea", "ControlNetApplyAdvanced", "ControlNetLoader"}


def test_image_to_image():
    graph = plain(
        n10=node("LoadImage", image="sub/folder/start.png [input]"),
        n5=node("VAEEncode", pixels=["10", 0], vae=["4", 2]),
    )
    graph["3"] = with_inputs(graph["3"], denoise=0.6)
    recipe = read(graph).recipe
    assert recipe.inputs == (UsedInput(role=Role.START, name="start.png"),)
    assert recipe.strength == 0.6


def test_a_reference_of_flux():
    reading = read(
        flux(
            n40=node("LoadImage", image="person.png"),
            n41=node("VAEEncode", pixels=["40", 0], vae=["10", 0]),
            n26=node("ReferenceLatent", conditioning=["6", 0], latent=["41", 0]),
        )
    )
    assert reading.recipe.inputs == (UsedInput(role=Role.REFER, name="person.png"),)
    assert reading.unread == ()


def two_passes() -> Graph:
    graph = plain(
        n20=node(
            "LatentUpscale", upscale_method="nearest", width=1152, height=768, crop="no", samples=["3", 0]
        ),
        n22=node("VAEDecode", samples=["21", 0], vae=["4", 2]),
        n23=node("SaveImage", filename_prefix="large", images=["22", 0]),
    )
    graph["21"] = with_inputs(graph["3"], seed=7, steps=14, denoise=0.5, latent_image=["20", 0])
    return graph


def test_of_two_pictures_the_one_of_this_size_is_meant(tmp_path: Path):
    text = json.dumps(two_passes())
    small, large = (told(png(tmp_path, size, prompt=text)) for size in ((768, 512), (1152, 768)))
    assert small.recipe.second_pass is None
    assert large.recipe.second_pass == SecondPass(scale=1.5, strength=0.5, num_inference_steps=14)
    assert small.recipe.seed == large.recipe.seed == 156680208700286
    assert (large.recipe.width, large.recipe.height, large.unread) == (768, 512, ())


def test_passes_and_nodes_without_a_place_are_named():
    graph = plain(
        n20=node("FreeU_V2", b1=1.1, model=["4", 0]),
        n21=node(
            "FaceDetailer",
            image=["8", 0],
            positive=["6", 0],
            negative=["7", 0],
            steps=10,
            seed=1,
            denoise=0.4,
        ),
        n9=node("SaveImage", filename_prefix="x", images=["21", 0]),
    )
    graph["3"] = with_inputs(graph["3"], model=["20", 0], sampler_name="res_multistep", scheduler="beta")
    reading = read(graph)
    assert reading.recipe.seed == 156680208700286 and reading.recipe.model_name == "sd_xl_base_1.0"
    assert reading.recipe.scheduler == "res_multistep beta"
    assert set(reading.unread) == {"FaceDetailer 21", "FaceDetailer", "FreeU_V2", "res_multistep"}


def test_a_chain_of_loras_and_a_stack():
    graph = plain(
        n20=node(
            "LoraLoader",
            lora_name="a.safetensors",
            strength_model=0.5,
            strength_clip=1,
            model=["4", 0],
            clip=["4", 1],
        ),
        n21=node(
            "Power Lora Loader (rgthree)",
            lora_1={"on": True, "lora": "b.safetensors", "strength": 0.7},
            lora_2={"on": False, "lora": "c.safetensors", "strength": 1},
            model=["20", 0],
        ),
    )
    graph["3"] = with_inputs(graph["3"], model=["21", 0])
    assert [(one.name, one.scale) for one in read(graph).recipe.loras] == [("a", 0.5), ("b", 0.7)]


def test_a_loader_that_does_all_at_once():
    graph = {
        "1": node(
            "Efficient Loader",
            ckpt_name="m.safetensors",
            lora_name="None",
            positive="a fox",
            negative="fog",
            empty_latent_width=640,
            empty_latent_height=960,
        ),
        "2": node(
            "KSampler (Efficient)",
            seed=4,
            steps=9,
            cfg=3,
            sampler_name="ddim",
            scheduler="normal",
            denoise=1,
            model=["1", 0],
            positive=["1", 1],
            negative=["1", 2],
            latent_image=["1", 3],
        ),
        "3": node("Image Save", images=["2", 5]),
    }
    recipe = read(graph).recipe
    assert (recipe.prompt, recipe.negative_prompt, recipe.model_name) == ("a fox", "fog", "m")
    assert (recipe.width, recipe.height, recipe.scheduler, recipe.loras) == (640, 960, "DDIM", ())


def drawing() -> dict[str, Any]:
    """The same graph as it is drawn, in the older form."""
    return {
        "nodes": [
            {
                "id": 3,
                "type": "KSampler",
                "mode": 0,
                "inputs": [
                    {"name": "model", "link": 1},
                    {"name": "positive", "link": 2},
                    {"name": "negative", "link": 3},
                    {"name": "latent_image", "link": 4},
                ],
                "widgets_values": [42, "randomize", 20, 8, "dpmpp_2m", "karras", 1],
            },
            {"id": 4, "type": "CheckpointLoaderSimple", "widgets_values": ["m.ckpt"]},
            {"id": 5, "type": "EmptyLatentImage", "widgets_values": [512, 768, 1]},
            {
                "id": 6,
                "type": "CLIPTextEncode",
                "inputs": [{"name": "clip", "link": 5}],
                "widgets_values": ["a fox"],
            },
            {"id": 7, "type": "CLIPTextEncode", "inputs": [], "widgets_values": ["fog"]},
            {"id": 8, "type": "VAEDecode", "inputs": [{"name": "samples", "link": 6}]},
            {
                "id": 9,
                "type": "SaveImage",
                "inputs": [{"name": "images", "link": 7}],
                "widgets_values": ["x"],
            },
        ],
        "links": [
            [1, 4, 0, 3, 0, "MODEL"],
            [2, 6, 0, 3, 1, "CONDITIONING"],
            [3, 7, 0, 3, 2, "CONDITIONING"],
            [4, 5, 0, 3, 3, "LATENT"],
            [5, 4, 1, 6, 0, "CLIP"],
            [6, 3, 0, 8, 0, "LATENT"],
            [7, 8, 0, 9, 0, "IMAGE"],
        ],
    }


def test_the_drawing_alone(tmp_path: Path):
    recipe = told(png(tmp_path, workflow=json.dumps(drawing()))).recipe
    assert (recipe.prompt, recipe.negative_prompt, recipe.model_name) == ("a fox", "fog", "m")
    assert (recipe.seed, recipe.num_inference_steps, recipe.guidance_scale) == (42, 20, 8.0)
    assert (recipe.width, recipe.height, recipe.scheduler) == (512, 768, "DPM++ 2M Karras")


@pytest.mark.parametrize("suffix", [".webp", ".jpg"])
def test_exif_of_webp_and_jpeg(tmp_path: Path, suffix: str):
    """`prompt:` and `workflow:` in the tags of the maker and its model."""
    text = json.dumps(flux())
    path = with_comment(
        tmp_path / f"a{suffix}", b"", t0110=f"prompt:{text}", t010f=f"workflow:{json.dumps(drawing())}"
    )
    reading = told(path)
    assert (reading.dialect, reading.recipe.model_name, reading.recipe.seed) == (
        "ComfyUI",
        "flux1-dev",
        2**63 + 5,
    )


def test_numbers_that_json_does_not_have():
    graph = (
        json.dumps(plain()).replace('"cfg": 8', '"cfg": NaN').replace('"denoise": 1,', '"denoise": Infinity,')
    )
    reading = read_text(graph)
    assert reading and reading.recipe.guidance_scale is None and reading.recipe.seed == 156680208700286


def doubling(depth: int) -> Graph:
    """Each conditioning combines the one before with itself: 2^depth ways to the words."""
    graph = plain()
    for number in range(depth):
        before = [str(99 + number), 0] if number else ["6", 0]
        graph[str(100 + number)] = node("ConditioningCombine", conditioning_1=before, conditioning_2=before)
    graph["3"] = with_inputs(graph["3"], positive=[str(99 + depth), 0])
    return graph


def circling() -> Graph:
    graph = plain(
        n6=node("ConditioningCombine", conditioning_1=["6", 0], conditioning_2=["6", 0]),
        n5=node("LatentUpscaleBy", scale_by=2, samples=["5", 0]),
        n4=node("ModelMergeSimple", model1=["4", 0], model2=["4", 0]),
    )
    graph["3"] = with_inputs(graph["3"], seed=["3", 0], steps=["4", 0], denoise=["5", 0])
    return graph


@pytest.mark.parametrize(
    "graph",
    [doubling(40), circling(), plain(n5=node("KSampler", positive=["6", 0], latent_image=["5", 0]))],
    ids=["doubling", "circling", "sampler in itself"],
)
def test_graphs_that_would_not_end(graph: Graph):
    assert read(graph).recipe.num_inference_steps in (20, None)


@pytest.mark.parametrize(
    "text",
    [
        '{"1": {"class_type": "KSampler"}}',
        '{"1": {"class_type": "KSampler", "inputs": {"positive": ["1", 0], "latent_image": ["1", 0]}}}',
        '{"1": {"class_type": ["KSampler"], "inputs": 5}, "2": null}',
        '{"nodes": [null, {"id": 1, "type": 5}], "links": "none"}',
        '{"1": ' * 5_000,
        json.dumps({str(n): node("SaveImage", images=[str(n + 1), 0]) for n in range(20_000)}),
        json.dumps(plain())[:-200],
    ],
)
def test_what_is_no_graph_gives_no_words(text: str):
    reading = read_text(text)
    assert reading is None or reading.recipe.prompt == ""
