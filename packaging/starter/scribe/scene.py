"""The postcard world: what a picture may hold, said in English and in Chinese."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from .guests import GUESTS


@dataclass(frozen=True)
class Word:
    """One meaning in both languages, with the other ways to say it."""

    en: str
    zh: str
    en_other: tuple[str, ...] = ()
    zh_other: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """A thing that stands in a postcard.

    `en_coloured`, `many` and `zh_coloured` hold `{c}` for the colour; `measure` is the Chinese measure word.
    """

    en: str
    plural: str
    zh: str
    measure: str
    en_coloured: tuple[str, ...]
    zh_coloured: str
    colours: tuple[str, ...]
    grounds: tuple[str, ...]
    many: str = ""


@dataclass(frozen=True)
class Thing:
    """A kind with its colour ("" when unsaid), number and place ("" when unsaid)."""

    kind: str
    colour: str = ""
    number: int = 1
    place: str = ""
    phrasing: int = 0


@dataclass(frozen=True)
class Scene:
    """A whole postcard; empty strings mean that nothing is said about it."""

    style: str = ""
    sky: str = ""
    ground: str = ""
    things: tuple[Thing, ...] = ()
    light: str = ""
    light_colour: str = ""
    light_place: str = ""
    clouds: str = ""
    mountains: str = ""
    touches: tuple[str, ...] = ()


COLOURS = {
    word.en: word
    for word in (
        Word("red", "红色", ("bright red", "crimson"), ("红", "大红色")),
        Word("orange", "橙色", (), ("橘色", "橙")),
        Word("yellow", "黄色", (), ("黄",)),
        Word("golden", "金色", ("gold",), ("金黄色",)),
        Word("green", "绿色", (), ("绿",)),
        Word("blue", "蓝色", (), ("蓝",)),
        Word("teal", "青色", ("turquoise",), ("青绿色",)),
        Word("purple", "紫色", ("violet",), ("紫",)),
        Word("pink", "粉色", (), ("粉红色",)),
        Word("white", "白色", (), ("白", "雪白色")),
        Word("cream", "米色", (), ("奶油色",)),
        Word("brown", "棕色", (), ("褐色",)),
        Word("grey", "灰色", ("gray",), ("灰",)),
        Word("black", "黑色", (), ("黑",)),
    )
}
BRIGHT = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white", "teal")

_NATIVE_KINDS = {
    "boat": Kind(
        "sailing boat",
        "sailing boats",
        "帆船",
        "艘",
        ("sailing boat with {c} sails", "boat with {c} sails", "{c} sailing boat"),
        "{c}风帆的帆船",
        ("red", "white", "yellow", "blue", "orange", "purple"),
        ("sea",),
        "sailing boats with {c} sails",
    ),
    "lighthouse": Kind(
        "lighthouse",
        "lighthouses",
        "灯塔",
        "座",
        ("lighthouse with {c} stripes", "{c} striped lighthouse", "{c} lighthouse"),
        "{c}条纹的灯塔",
        ("red", "blue", "green", "black"),
        ("sea", "meadow", "snow"),
    ),
    "house": Kind(
        "house",
        "houses",
        "房子",
        "座",
        ("house with a {c} roof", "little house with a {c} roof", "cottage with a {c} roof"),
        "{c}屋顶的小房子",
        ("red", "blue", "orange", "yellow", "purple"),
        ("meadow", "snow", "sea"),
        "houses with {c} roofs",
    ),
    "pine": Kind(
        "pine tree",
        "pine trees",
        "松树",
        "棵",
        ("{c} pine tree", "tall {c} pine tree"),
        "{c}的松树",
        ("green",),
        ("snow", "meadow"),
        "{c} pine trees",
    ),
    "tree": Kind(
        "round tree",
        "round trees",
        "圆圆的树",
        "棵",
        ("round tree with {c} leaves", "tree with {c} leaves"),
        "{c}树叶的圆树",
        ("green", "orange", "red", "yellow", "pink"),
        ("meadow", "snow"),
        "round trees with {c} leaves",
    ),
    "cactus": Kind(
        "cactus",
        "cacti",
        "仙人掌",
        "棵",
        ("{c} cactus", "tall {c} cactus"),
        "{c}的仙人掌",
        ("green",),
        ("desert",),
        "{c} cacti",
    ),
    "balloon": Kind(
        "hot-air balloon",
        "hot-air balloons",
        "热气球",
        "个",
        ("{c} hot-air balloon", "{c} balloon"),
        "{c}的热气球",
        ("red", "yellow", "blue", "purple", "orange", "green", "pink"),
        ("sea", "desert", "meadow", "snow"),
        "{c} hot-air balloons",
    ),
    "flower": Kind(
        "flower",
        "flowers",
        "花",
        "朵",
        ("{c} flower",),
        "{c}的花",
        ("red", "yellow", "pink", "purple", "white", "blue"),
        ("meadow",),
        "{c} flowers",
    ),
    "bird": Kind(
        "bird",
        "birds",
        "小鸟",
        "只",
        ("{c} bird", "little {c} bird"),
        "{c}的小鸟",
        ("white", "black"),
        ("sea", "desert", "meadow", "snow"),
        "{c} birds",
    ),
    "windmill": Kind(
        "windmill",
        "windmills",
        "风车",
        "座",
        ("windmill with {c} blades", "{c} windmill"),
        "{c}叶片的风车",
        ("red", "blue", "white"),
        ("meadow", "snow"),
    ),
    "cat": Kind(
        "cat",
        "cats",
        "猫",
        "只",
        ("{c} cat", "little {c} cat"),
        "{c}的猫",
        ("black", "white", "orange", "grey"),
        ("meadow", "snow", "desert"),
        "{c} cats",
    ),
    "bridge": Kind(
        "bridge",
        "bridges",
        "桥",
        "座",
        ("{c} bridge", "arched {c} bridge"),
        "{c}的桥",
        ("red", "grey", "orange", "blue"),
        ("sea", "meadow"),
    ),
}
NATIVES = tuple(_NATIVE_KINDS)
KINDS = _NATIVE_KINDS | {
    en: Kind(
        en,
        plural,
        zh,
        measure,
        (f"{{c}} {en}", f"little {{c}} {en}"),
        f"{{c}}的{zh}",
        BRIGHT,
        (),
        f"{{c}} {plural}",
    )
    for en, plural, zh, measure in GUESTS
}

SKIES = {
    "day": Word("clear blue sky", "晴朗的蓝天", ("bright day sky", "sunny day"), ("明亮的白天", "大晴天")),
    "sunset": Word("sunset sky", "日落的天空", ("at sunset", "glowing sunset"), ("夕阳西下", "傍晚的霞光")),
    "dawn": Word("dawn sky", "黎明的天空", ("at dawn", "soft dawn light"), ("清晨的微光", "黎明时分")),
    "night": Word("night sky with stars", "繁星点点的夜空", ("starry night", "at night"), ("星空", "夜晚")),
}
GROUNDS = {
    "sea": Word("calm sea", "平静的大海", ("glittering sea", "blue sea"), ("波光粼粼的海面", "蓝色的大海")),
    "desert": Word("desert dunes", "沙漠沙丘", ("golden dunes", "wide desert"), ("金色的沙丘", "辽阔的沙漠")),
    "meadow": Word(
        "green meadow", "绿草地", ("rolling meadow hills", "soft hills"), ("起伏的草坡", "青青草原")
    ),
    "snow": Word("snowy ground", "白雪覆盖的大地", ("fields of snow", "deep snow"), ("雪地", "厚厚的积雪")),
}
STYLES = {
    "flat": Word("flat illustration", "扁平插画", ("flat",), ("扁平",)),
    "paper": Word("paper cut-out", "剪纸", ("cut paper",), ("剪纸拼贴",)),
    "pixel": Word("pixel art", "像素画", ("pixel",), ("像素",)),
    "line": Word("line drawing", "线描", ("ink line",), ("线条画",)),
    "watercolour": Word("watercolour", "水彩", ("watercolor",), ("水彩画",)),
    "neon": Word("neon", "霓虹", ("neon glow",), ("霓虹灯光",)),
}
PLACES = {
    "left": Word("on the left", "左边", ("at the left",), ("左侧",)),
    "centre": Word("in the centre", "中间", ("in the middle",), ("正中",)),
    "right": Word("on the right", "右边", ("at the right",), ("右侧",)),
}
TOUCHES = {
    word.en: word
    for word in (
        Word("soft warm light", "柔和的暖光"),
        Word("long shadows", "长长的影子"),
        Word("gentle haze", "淡淡的薄雾"),
        Word("clean shapes", "简洁的形状"),
        Word("plenty of empty space", "大片留白"),
        Word("muted colours", "柔和的配色"),
        Word("bold colours", "鲜明的色彩"),
        Word("quiet mood", "宁静的气氛"),
        Word("cheerful mood", "欢快的气氛"),
        Word("dreamy mood", "梦幻的气氛"),
        Word("fine paper texture", "细腻的纸纹"),
        Word("cool evening air", "清凉的晚风"),
    )
}
NUMBERS_EN = {1: "one", 2: "two", 3: "three"}
NUMBERS_ZH = {1: "一", 2: "两", 3: "三"}
GUEST_SHARE = 0.15
LIGHTS = {
    "sun": Word("sun", "太阳"),
    "moon": Word("crescent moon", "月牙"),
    "full moon": Word("full moon", "圆月"),
}
LIGHT_MEASURES_ZH = {"sun": "一轮", "moon": "一弯", "full moon": "一轮"}
LIGHT_COLOURS = {
    "sun": ("yellow", "orange", "red", "golden"),
    "moon": ("white", "yellow", "golden"),
    "full moon": ("white", "yellow", "golden"),
}
CLOUDS = {
    "a few": Word("a few white clouds", "几朵白云"),
    "one": Word("a white cloud", "一朵白云"),
    "soft": Word("soft clouds", "柔和的云"),
    "drifting": Word("drifting clouds", "飘动的云"),
}
MOUNTAIN_COLOURS = ("purple", "blue", "grey", "green", "red")


def sample_scene(rng: Random, things: Sequence[int] = (1, 1, 1, 2, 2, 3)) -> Scene:
    """Return a scene that a postcard can show, most of it said; how many things, is drawn from `things`."""
    sky = rng.choice(tuple(SKIES))
    ground = rng.choice(tuple(GROUNDS))
    light = rng.choice(("moon", "moon", "full moon")) if sky == "night" else "sun"
    return Scene(
        style=rng.choice(tuple(STYLES)),
        sky=sky,
        ground=ground,
        things=_sample_things(rng, ground, rng.choice(things)),
        light=light if rng.random() < 0.75 else "",
        light_colour=rng.choice(LIGHT_COLOURS[light]) if rng.random() < 0.2 else "",
        light_place=rng.choice(("", *PLACES)),
        clouds=rng.choice(tuple(CLOUDS)) if rng.random() < 0.5 else "",
        mountains=rng.choice(MOUNTAIN_COLOURS) if rng.random() < 0.45 else "",
        touches=tuple(rng.sample(tuple(TOUCHES), rng.choice((0, 0, 1, 1, 2)))),
    )


def sample_thing(rng: Random, ground: str, besides: Sequence[Thing] = ()) -> Thing:
    """Return a thing that fits the ground and is not of a kind already there."""
    taken = {thing.kind for thing in besides}
    guest = rng.random() < GUEST_SHARE
    names = KINDS if guest else NATIVES
    name = rng.choice([key for key in names if (guest or ground in KINDS[key].grounds) and key not in taken])
    kind = KINDS[name]
    number = rng.choice((2, 3)) if kind.many and rng.random() < 0.3 else 1
    free = [place for place in PLACES if place not in {thing.place for thing in besides}]
    return Thing(
        kind=name,
        colour=rng.choice(kind.colours) if rng.random() < 0.8 else "",
        number=number,
        place=rng.choice(free) if rng.random() < 0.7 else "",
        phrasing=rng.randrange(len(kind.en_coloured)),
    )


def _sample_things(rng: Random, ground: str, number: int) -> tuple[Thing, ...]:
    things: list[Thing] = []
    for _ in range(number):
        things.append(sample_thing(rng, ground, things))
    return tuple(things)


def sparse(rng: Random, scene: Scene) -> Scene:
    """Return what a person in a hurry would say of `scene`: one thing and one or two facts."""
    first = scene.things[0]
    thing = Thing(
        kind=first.kind,
        colour=first.colour if rng.random() < 0.6 else "",
        number=first.number,
        place=first.place if rng.random() < 0.2 else "",
        phrasing=first.phrasing,
    )
    return Scene(
        things=(thing,),
        sky=scene.sky if rng.random() < 0.55 else "",
        ground=scene.ground if rng.random() < 0.35 else "",
        style=scene.style if rng.random() < 0.15 else "",
        mountains=scene.mountains if rng.random() < 0.1 else "",
    )


def simpler(scene: Scene) -> Scene:
    """Return the scene with only what matters: style, first thing, ground and sky."""
    first = scene.things[:1]
    return replace(
        scene, things=first, clouds="", mountains="", touches=(), light="", light_place="", light_colour=""
    )
