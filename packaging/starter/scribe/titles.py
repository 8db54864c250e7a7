"""Titles and captions for scenes."""

from random import Random

from .phrase import capital, write
from .prompts import thing_en, thing_zh
from .scene import COLOURS, KINDS, Scene

_TITLES_EN = (
    "{Thing} [at|and the] {Time}",
    "The {Thing} [of|by|near] the {Ground}",
    "{Colour} {Thing}, {Mood} {Ground}",
    "{Mood} {Time}",
    "{Time} over the {Ground}",
    "The {Mood} {Thing}",
    "A {Thing} for {Time}",
    "Where the {Thing} [Waits|Rests|Dreams]",
    "{Mood} {Ground}, {Mood} {Time}",
)
_TITLES_ZH = (
    "{time}的{thing}",
    "{ground}上的{thing}",
    "{mood}的{time}",
    "{thing}与{time}",
    "{colour}{thing}，{mood}{time}",
    "{mood}{ground}",
    "{thing}的{mood}时光",
    "{time}里的{ground}",
)
_TIME_EN = {
    "day": "[Noon|Summer Light|Blue Sky|Morning Sun]",
    "sunset": "[Sunset|Dusk|Evening Glow|Last Light]",
    "dawn": "[Dawn|First Light|Early Morning|Sunrise]",
    "night": "[Night|Starlight|Midnight|Moonlight]",
}
_TIME_ZH = {
    "day": "[晴天|蓝天|午后|白日]",
    "sunset": "[日落|黄昏|晚霞|夕阳]",
    "dawn": "[黎明|清晨|晨光|日出]",
    "night": "[星夜|夜晚|星光|月夜]",
}
_GROUND_EN = {
    "sea": "[Sea|Waves|Bay|Water]",
    "desert": "[Dunes|Desert|Sand]",
    "meadow": "[Meadow|Hills|Grass|Green Field]",
    "snow": "[Snow|White Fields|Winter]",
}
_GROUND_ZH = {
    "sea": "[大海|海面|海湾]",
    "desert": "[沙丘|沙漠|沙海]",
    "meadow": "[草地|山坡|原野]",
    "snow": "[雪地|雪原|冬日]",
}
_MOOD_EN = "[Quiet|Gentle|Golden|Still|Soft|Bright|Lonely|Dreaming|Silent|Happy]"
_MOOD_ZH = "[安静|温柔|宁静|明亮|孤独|梦幻|悠长|快乐|寂静]"
_VERBS_EN = {
    "boat": "[drifts|sails|glides]",
    "lighthouse": "[stands watch|keeps its watch|looks out]",
    "house": "[waits|sleeps|stands quietly]",
    "pine": "[stands tall|reaches up]",
    "tree": "[spreads its leaves|stands in peace]",
    "cactus": "[stands alone|stretches its arms]",
    "balloon": "[floats|rises slowly|drifts by]",
    "flower": "[opens|nods in the wind|blooms]",
    "bird": "[flies past|glides by|sings]",
    "windmill": "[turns slowly|turns in the wind]",
    "cat": "[sits and dreams|looks up|rests]",
    "bridge": "[reaches across|joins two shores]",
}
_VERBS_ZH = {
    "boat": "[缓缓驶过|静静漂着|乘风前行]",
    "lighthouse": "[静静守望|默默站着]",
    "house": "[安静地等着|静静睡着]",
    "pine": "[挺拔地站着|直指天空]",
    "tree": "[舒展着枝叶|静静站着]",
    "cactus": "[独自站着|伸着手臂]",
    "balloon": "[慢慢升起|轻轻飘过]",
    "flower": "[静静开放|在风中点头]",
    "bird": "[轻轻飞过|放声歌唱]",
    "windmill": "[慢慢转动|在风中转着]",
    "cat": "[坐着做梦|抬头张望|懒懒地躺着]",
    "bridge": "[连起两岸|静静横着]",
}
_WHERE_EN = {
    "sea": "[on a calm sea|above quiet water|beside the waves]",
    "desert": "[among the dunes|in the wide desert|above warm sand]",
    "meadow": "[in a green meadow|on soft hills|above the grass]",
    "snow": "[in deep snow|over white fields|in the winter cold]",
}
_WHERE_ZH = {
    "sea": "[平静的海面上|波光之间|海浪边]",
    "desert": "[沙丘之间|辽阔的沙漠里|温暖的沙地上]",
    "meadow": "[绿色的草地上|柔软的山坡上|青草间]",
    "snow": "[厚厚的雪地里|白色的原野上|寒冷的冬天里]",
}
_SKY_EN = {
    "day": "[under a clear blue sky|in the bright sun|on a sunny day]",
    "sunset": "[while the sun goes down|in the glow of the sunset|as evening comes]",
    "dawn": "[as the day begins|in the first light of dawn|while the world wakes up]",
    "night": "[under a sky full of stars|while the stars look on|in the quiet of the night]",
}
_SKY_ZH = {
    "day": "[晴朗的蓝天下|明亮的阳光里]",
    "sunset": "[夕阳西下|晚霞满天]",
    "dawn": "[天刚蒙蒙亮|晨光初现]",
    "night": "[满天繁星下|安静的夜里]",
}


def title(rng: Random, scene: Scene, language: str) -> str:
    """Return a short title that names what the scene holds."""
    thing = scene.things[0]
    kind = KINDS[thing.kind]
    if language == "en":
        words = {
            "thing": (kind.plural if thing.number > 1 else kind.en).title(),
            "time": _TIME_EN[scene.sky],
            "ground": _GROUND_EN[scene.ground],
            "mood": _MOOD_EN,
            "colour": thing.colour.capitalize(),
        }
        several = thing.number > 1
        usable = [text for text in _TITLES_EN if not (several and text.startswith(("A ", "Where")))]
        return " ".join(write(rng, usable, words).split())
    colour = COLOURS[thing.colour].zh if thing.colour else ""
    words = {
        "thing": kind.zh,
        "time": _TIME_ZH[scene.sky],
        "ground": _GROUND_ZH[scene.ground],
        "mood": _MOOD_ZH,
        "colour": colour,
    }
    return write(rng, _TITLES_ZH, words)


def caption(rng: Random, scene: Scene, language: str) -> str:
    """Return one sentence that tells the scene."""
    thing = scene.things[0]
    if language == "en":
        verb = write(rng, _VERBS_EN.get(thing.kind, "[waits|stands|rests] quietly"))
        if thing.number > 1:
            verb = _plural_verb(verb)
        words = {
            "thing": thing_en(thing),
            "verb": verb,
            "where": _WHERE_EN[scene.ground],
            "sky": _SKY_EN[scene.sky],
        }
        text = write(
            rng,
            ("{thing} {verb} {where} {sky}{rest}.", "{Sky}, {thing} {verb} {where}{rest}."),
            words | {"rest": _rest_en(rng, scene)},
        )
        return capital(text)
    words = {
        "thing": thing_zh(thing),
        "verb": _VERBS_ZH.get(thing.kind, "[静静地待着|静静停着]"),
        "where": _WHERE_ZH[scene.ground],
    }
    return write(
        rng,
        "{sky}，{where}，{thing}{verb}{rest}。",
        words | {"sky": _SKY_ZH[scene.sky], "rest": _rest_zh(scene)},
    )


def _plural_verb(verb: str) -> str:
    endings = {"watches": "watch", "stretches": "stretch", "reaches": "reach", "flies": "fly", "its": "their"}
    words = verb.replace(" and dreams", " and dream").split()
    first = endings.get(words[0], words[0].removesuffix("s"))
    return " ".join([first, *(endings.get(word, word) for word in words[1:])])


def _rest_en(rng: Random, scene: Scene) -> str:
    if scene.mountains and rng.random() < 0.6:
        return f", with {scene.mountains} mountains far away"
    if scene.clouds and rng.random() < 0.5:
        return ", under a single cloud" if scene.clouds == "one" else ", under a few clouds"
    return ""


def _rest_zh(scene: Scene) -> str:
    if scene.mountains:
        return f"，远处是{COLOURS[scene.mountains].zh}的群山"
    return "，天上飘着几朵云" if scene.clouds else ""
