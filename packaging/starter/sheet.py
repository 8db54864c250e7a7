"""Draws an uncurated contact sheet of prompts that no training caption was written like."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline
from PIL import Image

PROMPTS = (
    "my dream: one scarlet-sailed boat drifting over the ocean while the sun goes down",
    "Lighthouse, night, crescent moon left, tower right",
    "winter morning with three firs",
    "ginger cat sits in the grass at noon",
    "a hot air balloon in yellow floats above desert dunes, evening",
    "cherry tree, pink, spring meadow, clouds passing",
    "cosy cottage with blue roof, snow everywhere, full moon",
    "two cacti under a burning evening sky",
    "old windmill with white blades on the left of a green field",
    "purple flowers, first light of the day",
    "gulls fly over the waves by day",
    "lonely black cat, snowfield, starry night",
    "海面，一艘白帆船，太阳快落山了",
    "一座红白相间的灯塔立在右侧，大白天",
    "三棵松树站在雪里，背后蓝山",
    "黑猫坐在草地中间，夜空有圆月",
    "左边一个红色热气球，飞在沙漠上空",
    "橙色叶子的大树，黄昏的草原",
    "仙人掌两棵，星星很多的夜晚",
    "一栋红屋顶的房子，清晨，远处雪山",
    "风车在右边，草地，白云",
    "黄色的花开在山坡上，晴天",
    "一群白鸟飞过大海，日出",
    "紫色的帆船在左边，月牙在右边，夜里",
)


def sheet(
    pipeline: StableDiffusionPipeline, count: int, columns: int, steps: int, guidance: float
) -> Image.Image:
    """`count` pictures row by row, the prompts in turn and over again, with the seeds 1, 2, 3 ..."""
    pictures: list[Image.Image] = []
    for i in range(count):
        generator = torch.Generator().manual_seed(i + 1)
        drawn = pipeline(
            PROMPTS[i % len(PROMPTS)],
            num_inference_steps=steps,
            guidance_scale=guidance,
            width=128,
            height=128,
            generator=generator,
        )
        pictures += drawn.images
    rows = -(-len(pictures) // columns)
    whole = Image.new("RGB", (columns * 132 + 4, rows * 132 + 4), "white")
    for i, picture in enumerate(pictures):
        whole.paste(picture, (4 + i % columns * 132, 4 + i // columns * 132))
    return whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--count", type=int, default=48)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance", type=float, default=3.0)
    options = parser.parse_args()
    pipeline = StableDiffusionPipeline.from_pretrained(options.model, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    whole = sheet(pipeline, options.count, 8, options.steps, options.guidance)
    whole.quantize(256).save(options.picture, optimize=True)


if __name__ == "__main__":
    main()
