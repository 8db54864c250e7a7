"""Chinese phrasings for the words of a scene."""

from __future__ import annotations

import random

COLOUR = {
    "red": ("红", "红", "大红", "鲜红"),
    "orange": ("橙", "橘", "橘黄"),
    "yellow": ("黄", "黄", "金黄"),
    "green": ("绿", "绿", "翠绿"),
    "blue": ("蓝", "蓝", "天蓝"),
    "purple": ("紫", "紫"),
    "pink": ("粉", "粉红", "粉"),
    "white": ("白", "白", "雪白"),
    "black": ("黑", "黑"),
    "grey": ("灰", "灰"),
}

# Each name with its measure word.
THING = {
    "boat": (("帆船", "艘"), ("帆船", "只"), ("小船", "条"), ("船", "艘"), ("小帆船", "只")),
    "lighthouse": (("灯塔", "座"), ("灯塔", "个")),
    "house": (("房子", "座"), ("小屋", "间"), ("小房子", "座"), ("房屋", "栋"), ("木屋", "间")),
    "pine": (("松树", "棵"), ("松树", "棵"), ("青松", "棵"), ("杉树", "棵")),
    "tree": (("树", "棵"), ("大树", "棵"), ("圆圆的树", "棵"), ("小树", "棵")),
    "cactus": (("仙人掌", "棵"), ("仙人掌", "株"), ("仙人掌", "个")),
    "balloon": (("热气球", "个"), ("热气球", "只"), ("气球", "个")),
    "flowers": (("花", ""), ("野花", ""), ("花朵", ""), ("鲜花", ""), ("小花", "")),
    "birds": (("鸟", ""), ("飞鸟", ""), ("海鸥", ""), ("小鸟", ""), ("鸟儿", "")),
    "windmill": (("风车", "座"), ("风车", "架"), ("风车磨坊", "座")),
    "cat": (("猫", "只"), ("小猫", "只"), ("猫咪", "只")),
}
PARTS = {
    "boat": ("帆", "船帆"),
    "lighthouse": ("条纹",),
    "house": ("屋顶", "房顶"),
    "tree": ("叶子", "树叶"),
    "balloon": ("条纹",),
    "flowers": ("花瓣",),
    "windmill": ("叶片", "风叶", "屋顶"),
    "cat": ("毛",),
}
PLACE = {
    "left": ("左边", "左侧", "左面", "画面左边"),
    "centre": ("中间", "中央", "正中", "画面中央"),
    "right": ("右边", "右侧", "右面", "画面右边"),
}
NUMBER = {"1": ("一", "一", "1"), "2": ("两", "两", "2"), "3": ("三", "三", "3")}
GROUND = {
    "sea": ("海上", "海面上", "大海上", "海边", "水面上", "大海", "海洋上", "波浪上"),
    "desert": ("沙漠里", "沙漠中", "沙丘上", "沙漠", "沙地上", "大漠中"),
    "meadow": ("草地上", "草原上", "绿色的山坡上", "田野里", "草坪上", "绿草地", "牧场上"),
    "snow": ("雪地里", "雪地上", "雪原上", "雪中", "白雪上", "冬天的雪地里", "冬天"),
}
BARE_GROUND = {
    "sea": ("大海", "平静的海面", "海", "海洋", "海景"),
    "desert": ("沙漠", "沙丘", "空旷的沙漠", "大漠"),
    "meadow": ("草地", "绿色的原野", "草原", "田野"),
    "snow": ("雪地", "雪景", "雪原", "冬天的原野"),
}
SKY = {
    "day": ("白天", "晴天", "蓝天下", "中午", "晴朗的白天", "大白天", "蓝色的天空"),
    "sunset": ("日落", "日落时", "傍晚", "黄昏", "夕阳下", "晚霞中", "黄昏时分", "日落时分"),
    "dawn": ("黎明", "清晨", "日出时", "早晨", "拂晓", "日出", "粉色的晨光中", "天刚亮"),
    "night": ("夜晚", "夜里", "星空下", "晚上", "夜空下", "繁星满天", "星夜", "深夜"),
}
LIGHT = {
    "sun": ("太阳", "太阳", "圆圆的太阳", "一轮太阳"),
    "crescent": ("弯月", "月牙", "一弯新月", "新月", "弯弯的月亮"),
    "moon": ("满月", "圆月", "月亮", "一轮圆月", "明月"),
}
CLOUDS = ("有云", "天上有云", "白云", "几朵云", "飘着白云", "云朵", "多云", "天上飘着几朵云")
MOUNTAINS = ("山", "群山", "山脉", "远山", "高山", "大山")
BEHIND = ("", "", "远处是", "背景是", "后面有", "远处有", "远方有")
OPENINGS = ("", "", "", "", "", "一张明信片，", "明信片：", "画一幅画：", "请画", "画", "插画，", "扁平插画，", "一幅插图，", "风景画：")
CLOSINGS = ("", "", "", "", "", "", "，插画", "，明信片", "，扁平风格", "，很美", "，宁静的气氛", "，高清，细节丰富", "，简约风格", "，最佳质量，壁纸")


def write(said: dict[str, str], rng: random.Random) -> str:
    """The said attributes as a Chinese prompt."""
    main = _main(said, rng)
    parts = [part for part in (_light(said, rng), _mountains(said, rng), _clouds(said, rng)) if part]
    rng.shuffle(parts)
    if main:
        parts.insert(0 if rng.random() < 0.75 else rng.randrange(len(parts) + 1), main)
    if said["sky"]:
        sky = rng.choice(SKY[said["sky"]])
        if parts and rng.random() < 0.4:
            parts[0] = sky + rng.choice(("的", "，", "")) + parts[0]
        else:
            parts.insert(rng.choice((0, 0, len(parts))), sky)
    text = rng.choice(("，", "，", "，", "、", " ", "，")).join(parts)
    return rng.choice(OPENINGS) + text + rng.choice(CLOSINGS) if text else ""


def _main(said: dict[str, str], rng: random.Random) -> str:
    """The thing with its ground and place, in one of several orders."""
    ground = said["ground"]
    if not said["thing"]:
        return rng.choice(BARE_GROUND[ground]) if ground else ""
    thing, counted = _thing(said, rng)
    place = rng.choice(PLACE[said["place"]]) if said["place"] else ""
    where = rng.choice(GROUND[ground]) if ground else ""
    if said["thing"] in ("balloon", "birds") and where:
        where = rng.choice((where, where, where + "空", rng.choice(BARE_GROUND[ground]) + "上空"))
    if place and rng.random() < 0.5:
        return f"{where}{rng.choice(('有', '，', '的', ''))}{counted or thing}{rng.choice(('，在', '在', '位于'))}{place}"
    if place:
        return f"{where}{rng.choice(('的', '', '，'))}{place}{rng.choice(('有', '是', '的', ''))}{counted or thing}"
    return f"{where}{rng.choice(('有', '的', '', '，'))}{counted or thing}" if where else counted or thing


def _thing(said: dict[str, str], rng: random.Random) -> tuple[str, str]:
    """The thing's name with its colour, and the same with its number and measure word in front."""
    thing = said["thing"]
    name, measure = rng.choice(THING[thing])
    colour = rng.choice(COLOUR[said["colour"]]) if said["colour"] else ""
    words = name
    if colour and thing in PARTS and rng.random() < 0.4:
        words = rng.choice((f"{colour}色{rng.choice(PARTS[thing])}的{name}", f"{colour}{rng.choice(PARTS[thing])}{name}"))
    elif colour:
        words = rng.choice((f"{colour}色的{name}", f"{colour}色{name}", f"{colour}{name}", f"{colour}色的{name}"))
    if thing == "flowers":
        return words, rng.choice(("", "一片", "几朵", "一丛", "许多")) + words
    if thing == "birds":
        return words, rng.choice(("", "一群", "几只", "一群", "许多")) + words
    number = rng.choice(NUMBER[said["number"]]) if said["number"] else ""
    if said["number"] == "1" and rng.random() < 0.45:
        return words, words
    return words, f"{number}{measure}{words}"


def _light(said: dict[str, str], rng: random.Random) -> str:
    if not said["light"]:
        return ""
    light = rng.choice(LIGHT[said["light"]])
    if not said["light_side"]:
        return rng.choice(("", "天上有", "挂着", "")) + light
    place = rng.choice(PLACE[said["light_side"]])
    return rng.choice((f"{light}在{place}", f"{place}有{light}", f"{place}是{light}", f"{place}的{light}", f"{place}挂着{light}"))


def _mountains(said: dict[str, str], rng: random.Random) -> str:
    colour = said["mountains"]
    if not colour:
        return ""
    name = rng.choice(MOUNTAINS)
    if colour == "snowy":
        name = rng.choice(("雪山", "白雪覆盖的山", "积雪的群山", "雪峰"))
    elif colour != "any":
        name = f"{rng.choice(COLOUR[colour])}色{rng.choice(('的', ''))}{name}"
    return rng.choice(BEHIND) + name


def _clouds(said: dict[str, str], rng: random.Random) -> str:
    return rng.choice(CLOUDS) if said["clouds"] else ""
