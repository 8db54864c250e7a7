"""Scenes as picture prompts, short ideas, titles and captions, in English and in Chinese."""

import re
from random import Random

from .phrase import capital, with_article, write
from .scene import (
    CLOUDS,
    COLOURS,
    GROUNDS,
    KINDS,
    LIGHT_MEASURES_ZH,
    LIGHTS,
    NUMBERS_EN,
    NUMBERS_ZH,
    PLACES,
    SKIES,
    STYLES,
    TOUCHES,
    Scene,
    Thing,
)

PARTS = ("things", "ground", "sky", "light", "clouds", "mountains")

ON_GROUND = {
    "en": {
        "sea": "on a calm sea",
        "desert": "among desert dunes",
        "meadow": "in a green meadow",
        "snow": "on snowy ground",
    },
    "zh": {
        "sea": "平静的大海上",
        "desert": "沙漠沙丘间",
        "meadow": "绿草地上",
        "snow": "白雪覆盖的大地上",
    },
}
UNDER_SKY = {
    "en": {
        "day": "under a clear blue sky",
        "sunset": "under a sunset sky",
        "dawn": "under a dawn sky",
        "night": "under a night sky with stars",
    },
    "zh": {
        "day": "晴朗的蓝天下",
        "sunset": "日落的天空下",
        "dawn": "黎明的天空下",
        "night": "繁星点点的夜空下",
    },
}


def sample_order(rng: Random) -> tuple[str, ...]:
    """Return the order in which a prompt tells its parts; usually things first."""
    if rng.random() < 0.5:
        return PARTS
    rest = list(PARTS[1:])
    rng.shuffle(rest)
    return ("things", *rest) if rng.random() < 0.7 else (*rest[:2], "things", *rest[2:])


def thing_en(thing: Thing) -> str:
    """Return "two green cacti on the left", "a bird", and so on."""
    kind = KINDS[thing.kind]
    if thing.number > 1:
        noun = kind.many.format(c=thing.colour) if thing.colour else kind.plural
        text = f"{NUMBERS_EN[thing.number]} {noun}"
    else:
        coloured = kind.en_coloured[thing.phrasing % len(kind.en_coloured)]
        noun = coloured.format(c=thing.colour).replace(" a orange", " an orange") if thing.colour else kind.en
        text = with_article(noun)
    return f"{text} {PLACES[thing.place].en}" if thing.place else text


def thing_zh(thing: Thing) -> str:
    """Return "左边两棵绿色的仙人掌", "一只小鸟", and so on."""
    kind = KINDS[thing.kind]
    noun = kind.zh_coloured.format(c=COLOURS[thing.colour].zh) if thing.colour else kind.zh
    text = f"{NUMBERS_ZH[thing.number]}{kind.measure}{noun}"
    return f"{PLACES[thing.place].zh}{text}" if thing.place else text


def part_en(scene: Scene, part: str) -> str:
    """Return one part of a prompt in English, "" when the scene says nothing about it."""
    if part == "things":
        return ", ".join(thing_en(thing) for thing in scene.things)
    if part == "ground":
        return GROUNDS[scene.ground].en if scene.ground else ""
    if part == "sky":
        return SKIES[scene.sky].en if scene.sky else ""
    if part == "light" and scene.light:
        text = with_article(f"{scene.light_colour} {LIGHTS[scene.light].en}".strip())
        return f"{text} {PLACES[scene.light_place].en}" if scene.light_place else text
    if part == "clouds" and scene.clouds:
        return CLOUDS[scene.clouds].en
    if part == "mountains" and scene.mountains:
        return f"{scene.mountains} mountains in the distance"
    return ""


def part_zh(scene: Scene, part: str) -> str:
    """Return one part of a prompt in Chinese, "" when the scene says nothing about it."""
    if part == "things":
        return "，".join(thing_zh(thing) for thing in scene.things)
    if part == "ground":
        return GROUNDS[scene.ground].zh if scene.ground else ""
    if part == "sky":
        return SKIES[scene.sky].zh if scene.sky else ""
    if part == "light" and scene.light:
        noun, measure = LIGHTS[scene.light].zh, LIGHT_MEASURES_ZH[scene.light]
        colour = f"{COLOURS[scene.light_colour].zh}的" if scene.light_colour else ""
        place = PLACES[scene.light_place].zh if scene.light_place else ""
        return f"{place}{measure}{colour}{noun}"
    if part == "clouds" and scene.clouds:
        return CLOUDS[scene.clouds].zh
    if part == "mountains" and scene.mountains:
        return f"远处{COLOURS[scene.mountains].zh}的群山"
    return ""


def prompt(scene: Scene, language: str, order: tuple[str, ...] = PARTS) -> str:
    """Return the prompt as a list of parts: style, parts in `order`, touches."""
    if language == "en":
        parts = [f"{STYLES[scene.style].en} postcard"] if scene.style else []
        parts += [part_en(scene, part) for part in order]
        return capital(", ".join(part for part in (*parts, *scene.touches) if part))
    parts = [f"{STYLES[scene.style].zh}明信片"] if scene.style else []
    parts += [part_zh(scene, part) for part in order]
    return "，".join(part for part in (*parts, *(TOUCHES[touch].zh for touch in scene.touches)) if part)


def prose(scene: Scene, language: str) -> str:
    """Return the prompt as one flowing sentence."""
    return _prose_en(scene) if language == "en" else _prose_zh(scene)


def _prose_en(scene: Scene) -> str:
    style = with_article(f"{STYLES[scene.style].en} postcard of ") if scene.style else ""
    things = _joined(tuple(thing_en(thing) for thing in scene.things), "and")
    where = " ".join(
        text for text in (ON_GROUND["en"].get(scene.ground, ""), UNDER_SKY["en"].get(scene.sky, "")) if text
    )
    rest = tuple(text for part in ("light", "clouds", "mountains") if (text := part_en(scene, part)))
    tail = f", with {_joined(rest, 'and')}" if rest else ""
    touches = f"; {', '.join(scene.touches)}" if scene.touches else ""
    return capital(f"{style}{things} {where}{tail}{touches}.".replace(" ,", ",").replace(" .", "."))


def _prose_zh(scene: Scene) -> str:
    style = f"一张{STYLES[scene.style].zh}明信片：" if scene.style else ""
    where = "，".join(
        t for t in (UNDER_SKY["zh"].get(scene.sky, ""), ON_GROUND["zh"].get(scene.ground, "")) if t
    )
    things = "，".join(
        thing_zh(thing).replace(place, f"{place}有", 1)
        if (place := _place_zh(thing))
        else f"有{thing_zh(thing)}"
        for thing in scene.things
    )
    rest = [text for part in ("light", "clouds", "mountains") if (text := part_zh(scene, part))]
    touches = [TOUCHES[touch].zh for touch in scene.touches]
    return style + "，".join(text for text in (where, things, *rest, *touches) if text) + "。"


def _place_zh(thing: Thing) -> str:
    return PLACES[thing.place].zh if thing.place else ""


def _joined(parts: tuple[str, ...], word: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"


_WHEN_EN = {
    "day": "[by day|on a sunny day|in the daytime|under a blue sky]",
    "sunset": "[at sunset|at dusk|in the evening light|with a sunset]",
    "dawn": "[at dawn|in the early morning|at sunrise]",
    "night": "[at night|under the stars|on a starry night|by night]",
}
_WHERE_EN = {
    "sea": "[on the sea|by the sea|at sea|on the water]",
    "desert": "[in the desert|among dunes|in the sand]",
    "meadow": "[in a meadow|on the hills|in a green field|on the grass]",
    "snow": "[in the snow|in winter|on a snowy day]",
}
_WHEN_ZH = {
    "day": "[白天|晴天|蓝天下|大白天]",
    "sunset": "[日落时|傍晚|夕阳下|黄昏]",
    "dawn": "[黎明|清晨|日出时|大清早]",
    "night": "[夜晚|夜里|星空下|晚上]",
}
_WHERE_ZH = {
    "sea": "[海上|大海上|海边|水面上]",
    "desert": "[沙漠里|沙丘上|沙漠中]",
    "meadow": "[草地上|草原上|山坡上|田野里]",
    "snow": "[雪地里|雪中|冬天|雪原上]",
}
_SHORT_EN = {"boat": "boat", "balloon": "balloon", "pine": "pine", "tree": "tree"}
_SHORT_ZH = {"boat": "小船", "balloon": "气球", "bird": "鸟", "cat": "小猫", "tree": "树"}


def idea(rng: Random, scene: Scene, language: str) -> str:
    """Return a sparse scene in the few words of a person in a hurry."""
    return _idea_en(rng, scene) if language == "en" else _idea_zh(rng, scene)


def freely(rng: Random, text: str, language: str) -> str:
    """Return a prompt with some of its words said as people say them, such as "crimson" for "red"."""
    for table in (COLOURS, SKIES, GROUNDS, STYLES, PLACES):
        for word in table.values():
            known, others = (word.en, word.en_other) if language == "en" else (word.zh, word.zh_other)
            if others and known in text and rng.random() < 0.15:
                text = re.sub(rf"\b{known}\b" if language == "en" else known, rng.choice(others), text)
    return text


def _idea_en(rng: Random, scene: Scene) -> str:
    thing = scene.things[0]
    if thing.number == 1 and not thing.place and not thing.phrasing and rng.random() < 0.7:
        bare = f"{thing.colour} {_SHORT_EN.get(thing.kind, KINDS[thing.kind].en)}".strip()
        start = with_article(bare) if rng.random() < 0.6 else bare
    else:
        start = thing_en(thing)
    rest = [_WHERE_EN[scene.ground]] if scene.ground else []
    rest += [_WHEN_EN[scene.sky]] if scene.sky else []
    rest += [f"with {scene.mountains} mountains"] if scene.mountains else []
    rest += [f"[in {STYLES[scene.style].en} style|, {STYLES[scene.style].en}]"] if scene.style else []
    text = write(rng, " ".join([start, *rest]))
    return " ".join(text.split()).replace(" ,", ",")


def _idea_zh(rng: Random, scene: Scene) -> str:
    thing = scene.things[0]
    noun = _SHORT_ZH.get(thing.kind, KINDS[thing.kind].zh) if rng.random() < 0.5 else KINDS[thing.kind].zh
    if thing.number == 1 and not thing.place and rng.random() < 0.6:
        what = (
            f"{COLOURS[thing.colour].zh}的{noun}"
            if thing.colour
            else f"[一{KINDS[thing.kind].measure}|]{noun}"
        )
    else:
        what = thing_zh(thing)
    before = (_WHEN_ZH[scene.sky] if scene.sky else "") + (_WHERE_ZH[scene.ground] if scene.ground else "")
    link = "[的|，]" if before else ""
    after = f"，{COLOURS[scene.mountains].zh}的山" if scene.mountains else ""
    after += f"，{STYLES[scene.style].zh}风格" if scene.style else ""
    return write(rng, f"{before}{link}{what}{after}")
