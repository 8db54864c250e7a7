"""The judge's prompts: scenes in wordings that no training caption has, the same in English and Chinese.

The sentences are built otherwise than in the captions, and what they say about style, sky, ground and place
stands in none of them (a test holds this). The names of things and colours are the common ones. Yet the
captions' vocabulary was widened after a look at which of these prompts were misread, so they are not quite
unseen.
"""

from __future__ import annotations

import random

import msgspec
import words_en
import words_zh
from phrases import phrases
from scene import COLOURS, HOMES, SEVERAL, SIDES, SKIES, STYLES, THINGS

STYLE = {
    "en": {
        "paper": phrases(
            "snipped from coloured paper with scissors | a scene of cut and glued paper | "
            "everything is paper cutouts | like a paper collage for children"
        ),
        "pixel": phrases(
            "chunky pixel graphics | as in an 8-bit console game | in the manner of pixel art | "
            "built of large square pixels"
        ),
        "line": phrases(
            "just thin ink outlines | a quick line sketch | drawn with a fine pen, lines only | "
            "an uncoloured ink drawing"
        ),
        "watercolour": phrases(
            "brushed in soft watercolours | a loose watercolour sketch | watercolor on wet paper | "
            "a page from a watercolour book"
        ),
        "neon": phrases(
            "lit by glowing neon | everything shines like neon tubes | as a neon sign at a bar | "
            "neon lines glowing in the dark"
        ),
    },
    "zh": {
        "paper": phrases("用彩色的纸剪成 | 像一幅剪纸作品 | 纸片贴成的画 | 孩子们的剪纸拼贴"),
        "pixel": phrases("由大块像素组成 | 像素风的小游戏 | 像8位游戏机的画面 | 一格格的像素画面"),
        "line": phrases("只用钢笔勾出线条 | 一张没上色的线稿 | 简单的黑线条画 | 细细的墨线勾勒"),
        "watercolour": phrases("淡淡的水彩 | 用水彩慢慢晕染 | 一页水彩写生 | 湿润的水彩画面"),
        "neon": phrases("像霓虹灯一样发光 | 霓虹灯管拼成 | 夜里的霓虹招牌 | 亮着霓虹的光"),
    },
}
STYLED = {
    "en": phrases(
        "{style} – {text} | {text} ~ {style} | Kind: {style}. {text} | {text} It should be {style}"
    ),
    "zh": phrases("{style}～{text} | {text}～{style} | 种类：{style}。{text} | {text}，全画{style}"),
}
SKY = {
    "en": {
        "day": phrases(
            "it is the middle of a sunny day | broad daylight | the sky is bright and blue | midday light"
        ),
        "sunset": phrases(
            "the sun is going down | the evening sky burns orange | dusk is falling | "
            "the last light of the evening"
        ),
        "dawn": phrases(
            "the sun has just come up | a pale pink morning begins | the first light of the morning | "
            "day is breaking"
        ),
        "night": phrases(
            "it is night and the stars are out | the sky is dark and full of stars | late at night | "
            "the midnight hour"
        ),
    },
    "zh": {
        "day": phrases("阳光灿烂的中午 | 天空蓝蓝的，是白天 | 晴空万里 | 大晴天"),
        "sunset": phrases("太阳快要落山了 | 天边满是晚霞 | 傍晚时候 | 夕阳西下"),
        "dawn": phrases("太阳刚刚升起 | 天快亮的时候 | 一大清早 | 清晨的第一缕光"),
        "night": phrases("天黑了，满天星星 | 夜半三更 | 星光闪闪的夜 | 夜已经深了"),
    },
}
GROUND = {
    "en": {
        "sea": phrases("the open sea | wide blue water | the wide ocean | waves all around"),
        "desert": phrases("nothing but sand dunes | a hot desert | dry desert sand | dunes to the horizon"),
        "meadow": phrases("soft green grass | a wide meadow | rolling green hills | grass all around"),
        "snow": phrases("deep white snow | snow everywhere | fresh snow | a land covered with snow"),
    },
    "zh": {
        "sea": phrases("四周都是海水 | 茫茫大海 | 海浪轻轻起伏 | 开阔的海面"),
        "desert": phrases("到处是黄沙 | 一望无际的沙漠 | 连绵的沙丘 | 干燥的大沙漠"),
        "meadow": phrases("绿油油的草地 | 一大片绿草 | 开阔的草原 | 青青的草坪"),
        "snow": phrases("厚厚的雪 | 白茫茫的雪地 | 到处是雪 | 积雪的大地"),
    },
}
PLACE = {
    "en": {
        "left": phrases("in the left half | near the left edge | over to the left | left of the middle"),
        "centre": phrases("exactly in the middle | dead centre | in the very middle | neatly centred"),
        "right": phrases("in the right half | near the right edge | over to the right | right of the middle"),
    },
    "zh": {
        "left": phrases("稍稍靠左 | 略微偏左 | 画的左半边 | 贴着左边框"),
        "centre": phrases("正当中 | 居中 | 画的正中间 | 最中间"),
        "right": phrases("稍稍靠右 | 略微偏右 | 画的右半边 | 贴着右边框"),
    },
}
# Things alone have a place; several have a number. So {what} says one, {where} the other.
SENTENCES = {
    "en": phrases(
        "I dream of {what}{where}; {sky}, and there is {ground} | "
        "Show me this: {sky}. I see {ground}. I also see {what}{where}. | "
        "{what}{where}. Land: {ground}. Hour: {sky}. | "
        "Imagine {ground} while {sky}. What do we find here? {what}{where}! | "
        "My grandmother loved {what}{where}, {ground}, {sky} | "
        "Scene: {ground} / {what}{where} / {sky}"
    ),
    "zh": phrases(
        "我想看{what}{where}，{sky}，{ground} | "
        "{sky}。{ground}。那里可以看到{what}{where}。 | "
        "{what}{where}；地上：{ground}；时间：{sky} | "
        "想象一下：{ground}，{sky}，{what}{where} | "
        "奶奶最喜欢的画：{what}{where}，{ground}，{sky} | "
        "场景是{ground}，主角是{what}{where}，{sky}"
    ),
}
COUNT = {
    "en": {1: ("one", "a single"), 2: ("two", "exactly two"), 3: ("three", "exactly three")},
    "zh": {1: ("一", "一"), 2: ("两", "两"), 3: ("三", "三")},
}


class Asked(msgspec.Struct, frozen=True):
    """What a prompt asks for; `colour` is empty where a thing has its own, `place` where it is not alone.

    A prompt that names no style asks for the flat one.
    """

    language: str
    text: str
    sky: str
    ground: str
    thing: str
    colour: str
    place: str
    number: int
    style: str = "flat"


def ask(count: int, seed: int) -> list[Asked]:
    """`count` scenes, each asked for in English and in Chinese: things and skies in turn, the rest by lot."""
    return _ask(count, random.Random(f"asked/{seed}"), STYLES[:1])


def ask_styled(count: int, seed: int) -> list[Asked]:
    """The same with a style named, each but the flat one in turn."""
    return _ask(count, random.Random(f"styled/{seed}"), STYLES[1:])


def _ask(count: int, rng: random.Random, styles: tuple[str, ...]) -> list[Asked]:
    kinds = [thing for thing in THINGS if thing != "nothing"]
    asked: list[Asked] = []
    for i in range(count):
        turn, which = divmod(i, len(kinds))
        thing, sky = kinds[which], SKIES[(which + turn) % len(SKIES)]
        number = rng.choice((1, 1, 2, 3)) if thing in SEVERAL else 1
        colour = "white" if thing == "birds" and sky == "night" else rng.choice(COLOURS[thing])
        place = rng.choice(SIDES) if number == 1 else ""
        ground, style = rng.choice(HOMES[thing]), styles[i % len(styles)]
        for language in SENTENCES:
            text = _sentence(language, sky, ground, _what(language, thing, colour, number, rng), place, rng)
            if style != "flat":
                name = rng.choice(STYLE[language][style])
                text = rng.choice(STYLED[language]).format(style=name, text=text)
            asked.append(Asked(language, text, sky, ground, thing, colour, place, number, style))
    return asked


def _sentence(language: str, sky: str, ground: str, what: str, place: str, rng: random.Random) -> str:
    where = f"{'，' if language == 'zh' else ', '}{rng.choice(PLACE[language][place])}" if place else ""
    return rng.choice(SENTENCES[language]).format(
        what=what,
        where=where,
        sky=rng.choice(SKY[language][sky]),
        ground=rng.choice(GROUND[language][ground]),
    )


def _what(language: str, thing: str, colour: str, number: int, rng: random.Random) -> str:
    """The thing with its colour and number, as "one boat whose sails are red" or "红色的帆船一艘"."""
    count = rng.choice(COUNT[language][number])
    if language == "zh":
        name, measure = words_zh.THING[thing][0]
        painted = f"{words_zh.COLOUR[colour][0]}色" if colour else ""
        part = words_zh.PARTS.get(thing, ("",))[0]
        whole = f"{name}（{part}是{painted}）" if part and painted and rng.random() < 0.4 else painted + name
        return f"{whole}{count}{measure}" if measure else f"一些{whole}"
    one, many = words_en.THING[thing][0]
    name = one if number == 1 and thing not in ("flowers", "birds") else many
    count = "some" if name == many and number == 1 else count
    part = words_en.PARTS.get(thing, ("",))[0].removeprefix("a ")
    if colour and part and rng.random() < 0.4:
        return f"{count} {name} ({part}: {words_en.COLOUR[colour][0]})"
    return " ".join(word for word in (count, words_en.COLOUR[colour][0] if colour else "", name) if word)
