"""Chinese phrasings for the words of a scene."""

from __future__ import annotations

import random

from phrases import Frame, framed, pairs, phrases

STYLE = {
    "flat": phrases("扁平插画 | 扁平插画 | 扁平 | 矢量插画 | 扁平画"),
    "paper": phrases("剪纸 | 剪纸画 | 剪纸 | 纸艺 | 纸雕 | 剪贴画 | 拼贴画"),
    "pixel": phrases("像素画 | 像素画 | 像素 | 像素艺术 | 8位像素画 | 点阵画"),
    "line": phrases("线稿 | 线稿 | 钢笔画 | 线描 | 线条画 | 速写 | 墨线画"),
    "watercolour": phrases("水彩 | 水彩画 | 水彩画 | 水彩插画 | 透明水彩 | 水彩"),
    "neon": phrases("霓虹 | 霓虹灯 | 霓虹灯光 | 霓虹画 | 霓虹灯 | 荧光霓虹"),
}

COLOUR = {
    "red": phrases("红 | 红 | 大红 | 鲜红"),
    "orange": phrases("橙 | 橘 | 橘黄"),
    "yellow": phrases("黄 | 黄 | 金黄"),
    "green": phrases("绿 | 绿 | 翠绿"),
    "blue": phrases("蓝 | 蓝 | 天蓝"),
    "purple": phrases("紫 | 紫"),
    "pink": phrases("粉 | 粉红 | 粉"),
    "white": phrases("白 | 白 | 雪白"),
    "black": phrases("黑 | 黑"),
    "grey": phrases("灰 | 灰"),
}

# Each name with its measure word.
THING = {
    "boat": pairs("帆船/艘 | 帆船/只 | 小船/条 | 船/艘 | 小帆船/只"),
    "lighthouse": pairs("灯塔/座 | 灯塔/个"),
    "house": pairs("房子/座 | 小屋/间 | 小房子/座 | 房屋/栋 | 木屋/间"),
    "pine": pairs("松树/棵 | 松树/棵 | 青松/棵 | 杉树/棵"),
    "tree": pairs("树/棵 | 大树/棵 | 圆圆的树/棵 | 小树/棵"),
    "cactus": pairs("仙人掌/棵 | 仙人掌/株 | 仙人掌/个"),
    "balloon": pairs("热气球/个 | 热气球/只 | 气球/个"),
    "flowers": pairs("花/ | 野花/ | 花朵/ | 鲜花/ | 小花/"),
    "birds": pairs("鸟/ | 飞鸟/ | 海鸥/ | 小鸟/ | 鸟儿/"),
    "windmill": pairs("风车/座 | 风车/架 | 风车磨坊/座"),
    "cat": pairs("猫/只 | 小猫/只 | 猫咪/只"),
    "bridge": pairs("桥/座 | 小桥/座 | 拱桥/座 | 石桥/座 | 大桥/座"),
}

# What carries a thing's colour.
PARTS = {
    "boat": phrases("帆 | 船帆"),
    "lighthouse": phrases("条纹"),
    "house": phrases("屋顶 | 房顶"),
    "tree": phrases("叶子 | 树叶"),
    "balloon": phrases("条纹"),
    "flowers": phrases("花瓣"),
    "windmill": phrases("叶片 | 风叶 | 屋顶"),
    "cat": phrases("毛"),
    "bridge": phrases("桥拱 | 栏杆 | 桥身"),
}

PLACE = {
    "left": phrases("左边 | 左侧 | 左面 | 画面左边"),
    "centre": phrases("中间 | 中央 | 正中 | 画面中央"),
    "right": phrases("右边 | 右侧 | 右面 | 画面右边"),
}

NUMBER = {
    "1": phrases("一 | 一 | 1"),
    "2": phrases("两 | 两 | 2"),
    "3": phrases("三 | 三 | 3"),
}

GROUND = {
    "sea": phrases("海上 | 海面上 | 大海上 | 海边 | 水面上 | 大海 | 海洋上 | 波浪上"),
    "desert": phrases("沙漠里 | 沙漠中 | 沙丘上 | 沙漠 | 沙地上 | 大漠中"),
    "meadow": phrases("草地上 | 草原上 | 绿色的山坡上 | 田野里 | 草坪上 | 绿草地 | 牧场上"),
    "snow": phrases("雪地里 | 雪地上 | 雪原上 | 雪中 | 白雪上 | 冬天的雪地里 | 冬天"),
}

BARE_GROUND = {
    "sea": phrases("大海 | 平静的海面 | 海 | 海洋 | 海景"),
    "desert": phrases("沙漠 | 沙丘 | 空旷的沙漠 | 大漠"),
    "meadow": phrases("草地 | 绿色的原野 | 草原 | 田野"),
    "snow": phrases("雪地 | 雪景 | 雪原 | 冬天的原野"),
}

SKY = {
    "day": phrases("白天 | 晴天 | 蓝天下 | 中午 | 晴朗的白天 | 大白天 | 蓝色的天空"),
    "sunset": phrases("日落 | 日落时 | 傍晚 | 黄昏 | 夕阳下 | 晚霞中 | 黄昏时分 | 日落时分"),
    "dawn": phrases("黎明 | 清晨 | 日出时 | 早晨 | 拂晓 | 日出 | 粉色的晨光中 | 天刚亮"),
    "night": phrases("夜晚 | 夜里 | 星空下 | 晚上 | 夜空下 | 繁星满天 | 星夜 | 深夜"),
}

LIGHT = {
    "sun": phrases("太阳 | 太阳 | 圆圆的太阳 | 一轮太阳"),
    "crescent": phrases("弯月 | 月牙 | 一弯新月 | 新月 | 弯弯的月亮"),
    "moon": phrases("满月 | 圆月 | 月亮 | 一轮圆月 | 明月"),
}

CLOUDS = phrases("有云 | 天上有云 | 白云 | 几朵云 | 飘着白云 | 云朵 | 多云 | 天上飘着几朵云")

MOUNTAINS = phrases("山 | 群山 | 山脉 | 远山 | 高山 | 大山")

BEHIND = ("",) * 2 + phrases("远处是 | 背景是 | 后面有 | 远处有 | 远方有")

FRAME = Frame(
    openings=("",) * 5
    + phrases("一张明信片， | 明信片： | 画一幅画： | 请画 | 画 | 插画， | 一幅插图， | 风景画："),
    closings=("",) * 6
    + phrases("，插画 | ，明信片 | ，很美 | ，宁静的气氛 | ，高清，细节丰富 | ，简约风格 | ，最佳质量，壁纸"),
    style_openings=phrases(
        "{s}， | {s}： | {s}风格， | {s}风格： | 一幅{s}： | 一张{s}， | 画一幅{s}， | {s}风格的 | "
        "风格：{s}。 | 用{s}画"
    ),
    style_closings=phrases(
        "，{s} | ，{s} | ，{s}风格 | ，{s}风格 | ，{s}效果 | （{s}） | 。{s}。 | ，风格：{s} | 的{s}"
    ),
)


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
            parts[0] = sky + rng.choice(("，", "，", "")) + parts[0]
        else:
            parts.insert(rng.choice((0, 0, len(parts))), sky)
    text = rng.choice(("，", "，", "，", "、", " ", "，")).join(parts)
    return framed(text, rng.choice(STYLE[said["style"]]) if said["style"] else "", FRAME, rng)


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
    counted = counted or thing
    if place and rng.random() < 0.5:
        link = rng.choice(("有", "，", "的", "")) if where else ""
        return f"{where}{link}{counted}{rng.choice(('，在', '在', '位于'))}{place}"
    if place:
        link = rng.choice(("的", "", "，")) if where else ""
        return f"{where}{link}{place}{rng.choice(('有', '是', '的', ''))}{counted}"
    return f"{where}{rng.choice(('有', '的', '', '，'))}{counted}" if where else counted


def _thing(said: dict[str, str], rng: random.Random) -> tuple[str, str]:
    """The thing's name with its colour, and the same with its number and measure word in front."""
    thing = said["thing"]
    name, measure = rng.choice(THING[thing])
    colour = rng.choice(COLOUR[said["colour"]]) if said["colour"] else ""
    words = name
    if colour and thing in PARTS and rng.random() < 0.4:
        part = rng.choice(PARTS[thing])
        words = rng.choice((f"{colour}色{part}的{name}", f"{colour}{part}{name}"))
    elif colour:
        words = f"{colour}{rng.choice(('色的', '色的', '色', ''))}{name}"
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
    if rng.random() < 0.2:
        return f"{light}在{place}"
    return f"{place}{rng.choice(('有', '是', '的', '挂着'))}{light}"


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
