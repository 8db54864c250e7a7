"""Draws an uncurated contact sheet of prompts that no training caption was written like.

python packaging/starter/sheet.py MODEL PICTURE
"""

from __future__ import annotations

import argparse
from pathlib import Path

from judge import Painter, painter
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
    "a grey stone bridge crossing the water in the afternoon",
    "paper-cut scene: red lighthouse, calm sea, evening",
    "balloon over snow, like a paper collage",
    "retro 8-bit game screen with an orange house in the fields",
    "pixelated boat, night, moon",
    "a pen-and-ink sketch of a windmill by day",
    "ink outlines: three pines and snowy mountains",
    "pink tree painted in aquarelle while a new day begins",
    "loose watercolour, orange bridge over the sea, soft morning",
    "a cat that shines at night like a neon advert",
    "glowing neon cactus, desert, midnight",
    "red bridge in green hills, sun on the left",
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
    "蓝色小桥横在水面上，晴天，几朵白云",
    "海上的红帆船，傍晚，剪纸拼成的作品",
    "纸片拼成的雪地和小木屋，夜晚",
    "像素小游戏里的风车，草地，白天",
    "8位像素，沙漠里的仙人掌，日落",
    "钢笔勾线的灯塔，海边，白天",
    "线稿，一只小猫坐在雪地里",
    "水彩画里的橙色大树，清晨的草地",
    "淡淡水彩，海上一座拱桥，晚霞",
    "霓虹灯做成的热气球，夜里，山",
    "发着霓虹光的帆船，大海，深夜",
    "两个黄色热气球，雪地上空，清晨",
)
SHOWN = 128  # each picture is shown at half its size
GAP = 4
QUALITY = 88  # of the JPEG; a PNG of so many textures is six times as large


def sheet(paint: Painter, prompts: tuple[str, ...], columns: int) -> Image.Image:
    """A picture of each prompt, row by row, with the seeds 1, 2, 3 ..."""
    pictures = paint(list(prompts), list(range(1, len(prompts) + 1)))
    step = SHOWN + GAP
    rows = -(-len(pictures) // columns)
    whole = Image.new("RGB", (columns * step + GAP, rows * step + GAP), "white")
    for i, picture in enumerate(pictures):
        small = picture.resize((SHOWN, SHOWN), Image.Resampling.BOX)
        whole.paste(small, (GAP + i % columns * step, GAP + i // columns * step))
    return whole


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("picture", type=Path, help="a .jpg or .png to write")
    parser.add_argument("--count", type=int, default=len(PROMPTS), help="how many of the prompts")
    options = parser.parse_args()
    whole = sheet(painter(options.model), PROMPTS[: options.count], 8)
    whole.save(options.picture, quality=QUALITY, optimize=True)


if __name__ == "__main__":
    main()
