"""Writes the trained parts as one diffusers folder in half precision, with `studio.json` beside them."""

from __future__ import annotations

import json
import random
from pathlib import Path

import autoencoder
import denoiser
import prompt
import torch
from checkpoint import averaged
from denoiser import GUIDANCE, STEPS
from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline
from pictures import pixels
from scene import sample
from torch.nn import functional

ABOUT = {
    "en": "Draws illustrated postcards: a sky, a ground, and a boat, lighthouse, bridge, house or cat where "
    "you want it, in six styles. Small, quick and made for first tries.",
    "zh": "画小小的插画明信片：天空、大地，再加上你想要的帆船、灯塔、房子、小桥、树或猫，有六种画风。"
    "小巧、快速，适合初次尝试。",
}
EXAMPLES = {
    "en": [
        "a boat with red sails on the sea at sunset",
        "paper cut-out of a house with a blue roof in a meadow by day",
        "three pine trees in the snow at dawn, blue mountains",
    ],
    "zh": [
        "日落时海上有一艘白色的帆船",
        "剪纸风格，草地上一栋蓝屋顶的房子，白天",
        "左边有一个红色的热气球，在沙漠上空，白天",
    ],
}


def assemble(work: Path) -> StableDiffusionPipeline:
    """The pipeline from the averaged weights of whatever checkpoints lie in `work`."""
    tokenizer, text_encoder = prompt.trained(work)
    vae = autoencoder.build()
    autoencoder.set_encoder(vae, autoencoder.Components.load(work))
    sharpened = (work / "sharpening.mean.safetensors").exists()
    vae.decoder.load_state_dict(averaged("sharpening" if sharpened else "autoencoder", work))
    unet = denoiser.build()
    unet.load_state_dict(averaged("denoiser", work))
    return StableDiffusionPipeline(
        vae=vae,
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=DPMSolverMultistepScheduler.from_config(denoiser.schedule().config),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


@torch.no_grad()
def latent_colours(pipeline: StableDiffusionPipeline) -> tuple[list[list[float]], list[float]]:
    """Least-squares factors from latents to RGB in 0 to 1, a row for each channel, and their offset."""
    rng = random.Random(0)
    drawn = torch.stack([pixels(sample(rng), rng, autoencoder.SIZE, autoencoder.SIZE) for _ in range(100)])
    latents = pipeline.vae.encode(drawn).latent_dist.mode() * pipeline.vae.config.scaling_factor
    known = latents.permute(0, 2, 3, 1).flatten(0, 2)
    wanted = functional.avg_pool2d(drawn / 2 + 0.5, autoencoder.PATCH).permute(0, 2, 3, 1).flatten(0, 2)
    known = torch.cat((known, torch.ones(len(known), 1)), 1)
    factors = torch.linalg.lstsq(known, wanted).solution
    rows = [[round(value, 4) for value in row] for row in factors.tolist()]
    return rows[:-1], rows[-1]


def write(work: Path, folder: Path) -> None:
    """Save the pipeline and its `studio.json` to `folder`."""
    pipeline = assemble(work)
    factors, offset = latent_colours(pipeline)
    for part in (pipeline.vae, pipeline.text_encoder, pipeline.unet):
        part.half()
    pipeline.save_pretrained(folder, safe_serialization=True)
    _declare_float32(folder / "text_encoder" / "config.json")
    studio = {
        "id": "starter/postcards",
        "name": "Postcards",
        "defaults": {
            "width": autoencoder.SIZE,
            "height": autoencoder.SIZE,
            "num_inference_steps": STEPS,
            "guidance_scale": GUIDANCE,
            "scheduler": "DPMSolverMultistepScheduler",
        },
        "latent_rgb": factors,
        "latent_rgb_bias": offset,
        "abilities": ["generate"],
        "license": "Apache-2.0",
        "about": ABOUT,
        "examples": EXAMPLES,
    }
    (folder / "studio.json").write_text(json.dumps(studio, ensure_ascii=False, indent=2) + "\n", "utf8")


def _declare_float32(config: Path) -> None:
    """Asked for no dtype, diffusers loads float32 but transformers what the file holds: make them agree."""
    settings = json.loads(config.read_text("utf8")) | {"dtype": "float32"}
    config.write_text(json.dumps(settings, indent=2) + "\n", "utf8")
