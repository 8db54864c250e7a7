"""Freer Chinese wordings: clauses in any order, many more words, labels, and talk beside the point."""

from __future__ import annotations

import random

from phrases import phrases, scattered
from words_zh import COLOUR, LIGHT, NUMBER, PARTS, PLACE, STYLE, THING

MORE_STYLES = {
    "flat": phrases("扁平化 | 扁平设计 | 矢量图 | 纯色块 | 简单的色块 | 平涂 | 扁平的"),
    "paper": phrases(
        "纸做的 | 纸张拼贴 | 彩纸 | 剪出来的纸 | 一层层的纸 | 手工纸 | 撕纸拼贴 | 卡纸 | 纸板 | 纸片 | "
        "用纸剪的 | 剪刀和纸 | 拼贴 | 剪贴 | 折纸 | 纸剪的 | 拼贴的纸 | 彩色剪纸"
    ),
    "pixel": phrases(
        "像素 | 像素游戏 | 复古游戏 | 小方块 | 8位游戏 | 8-bit | 像素图 | 大像素 | 马赛克 | 老游戏画面 | "
        "像素点 | 方块像素 | 16位像素 | 红白机 | 像素化 | 像素块 | 一块块的像素 | 像素组成的"
    ),
    "line": phrases(
        "线条 | 只有线条 | 黑色线条 | 勾线 | 墨水线条 | 白纸黑线 | 轮廓线 | 手绘线条 | 铅笔速写 | 白描 | "
        "细线 | 钢笔速写 | 钢笔线条 | 墨水 | 草图 | 素描 | 用钢笔画的 | 不上色，只有线 | 黑线 | 黑线条的画 | "
        "勾边 | 墨线"
    ),
    "watercolour": phrases(
        "水彩颜料 | 水彩晕开 | 淡彩 | 湿画法 | 水彩笔触 | 水彩纸 | 柔和的水彩 | 水彩作品 | 用水彩画的 | "
        "水彩手绘 | 水彩渲染 | 清淡水彩 | 水彩效果 | 水彩慢慢化开 | 画水彩 | 水彩的颜色"
    ),
    "neon": phrases(
        "霓虹光 | 霓虹色 | 荧光 | 发光的线条 | 霓虹灯牌 | 霓虹灯光效果 | 夜光 | 发光 | 赛博朋克 | 荧光线条 | "
        "霓虹灯做的 | 闪亮的霓虹 | 灯管 | 发光的灯管 | 霓虹线条"
    ),
}
MORE_THINGS = {
    "boat": phrases("船 | 帆船 | 小帆船 | 小船儿 | 游艇 | 船儿"),
    "lighthouse": phrases("灯塔 | 高高的灯塔 | 大灯塔 | 海边灯塔"),
    "house": phrases("房子 | 屋子 | 小木屋 | 农舍 | 家 | 别墅"),
    "pine": phrases("松树 | 松 | 圣诞树 | 云杉 | 杉树 | 小松树"),
    "tree": phrases("树 | 大树 | 苹果树 | 樱花树 | 枫树 | 橡树"),
    "cactus": phrases("仙人掌 | 高高的仙人掌 | 大仙人掌 | 仙人柱"),
    "balloon": phrases("热气球 | 大气球 | 气球 | 条纹热气球 | 飞行的热气球"),
    "flowers": phrases("花 | 花儿 | 郁金香 | 玫瑰 | 雏菊 | 花丛"),
    "birds": phrases("鸟 | 鸟儿 | 燕子 | 大雁 | 海鸟 | 麻雀"),
    "windmill": phrases("风车 | 老风车 | 大风车 | 荷兰风车"),
    "cat": phrases("猫 | 小猫咪 | 猫儿 | 花猫 | 猫猫 | 家猫"),
    "bridge": phrases("桥 | 桥梁 | 大桥 | 石拱桥 | 老桥 | 长桥 | 小石桥"),
}
MORE_PLACES = {
    "left": phrases(
        "左 | 左边儿 | 最左边 | 靠左边 | 偏左边 | 左半部分 | 在左 | 往左一点 | 左方 | 左手 | 画面左侧 | "
        "左面的地方 | 左半 | 稍微靠左 | 稍微偏左 | 略靠左 | 稍左 | 左边一点 | 左边的位置 | 左手方向 | "
        "左手一侧 | 左半侧 | 左边那半"
    ),
    "centre": phrases(
        "中 | 中心 | 正中央 | 画面中心 | 中间位置 | 在中央 | 当中 | 正中间的位置 | 居于中央 | 中部 | "
        "中间的地方"
    ),
    "right": phrases(
        "右 | 右边儿 | 最右边 | 靠右边 | 偏右边 | 右半部分 | 在右 | 往右一点 | 右方 | 右手 | 画面右侧 | "
        "右面的地方 | 右半 | 稍微靠右 | 稍微偏右 | 略靠右 | 稍右 | 右边一点 | 右边的位置 | 右手方向 | "
        "右手一侧 | 右半侧 | 右边那半"
    ),
}
GROUND = {
    "sea": phrases(
        "海 | 大海 | 海水 | 蓝色的海 | 海浪 | 海洋 | 水 | 水面 | 波涛 | 海上风光 | 碧蓝的海水 | 浪花 | "
        "宽阔的大海 | 海面平静 | 都是水"
    ),
    "desert": phrases(
        "沙漠 | 沙 | 黄沙 | 沙丘 | 荒漠 | 炎热的沙漠 | 沙地 | 无边的沙漠 | 干旱的沙地 | 戈壁 | "
        "黄色的沙子 | 一个个沙丘 | 都是沙子"
    ),
    "meadow": phrases(
        "草 | 草地 | 草原 | 青草 | 绿草 | 草坪 | 山坡 | 田野 | 绿色的大地 | 草场 | 青草地 | 绿色原野 | "
        "绿色的丘陵 | 大片的草地 | 都是草"
    ),
    "snow": phrases(
        "雪 | 雪地 | 白雪 | 冰天雪地 | 积雪 | 下过雪的地面 | 雪白的大地 | 冬天 | 冬雪 | 大雪 | 冰雪 | "
        "雪野 | 被雪覆盖的地方 | 都是雪"
    ),
}
SKY = {
    "day": phrases(
        "白天 | 中午 | 正午 | 下午 | 晴天 | 晴朗 | 阳光明媚 | 阳光 | 蓝天 | 天空是蓝色的 | 大太阳 | 晴空 | "
        "天很蓝 | 日间 | 午后 | 天气晴朗 | 夏日午后 | 明亮的白天 | 蓝蓝的天 | 阳光灿烂 | 上午 | 晌午 | "
        "烈日 | 艳阳天 | 阳光普照 | 碧空 | 万里无云 | 晴 | 天空湛蓝 | 太阳高高挂着 | 好天气 | 蔚蓝的天空 | "
        "中午时候 | 大中午 | 白天的天空，很蓝 | 阳光很好"
    ),
    "sunset": phrases(
        "日落 | 傍晚 | 黄昏 | 晚霞 | 夕阳 | 落日 | 太阳落山 | 太阳下山 | 日暮 | 天色渐晚 | 火烧云 | "
        "橙色的晚上天空 | 落日余晖 | 晚上快到了 | 太阳西沉 | 夕阳红 | 霞光满天 | 暮色 | 太阳要下山了 | "
        "斜阳 | 残阳 | 夕照 | 太阳落下去了 | 太阳就要落下 | 太阳正在下沉 | 太阳落到海平线 | 西边的天红了 | "
        "天快黑了 | 天快要黑的时候 | 天渐渐黑下来 | 日落西山 | 晚霞满天 | 红红的落日 | 太阳落山前 | "
        "一天快过完了 | 傍晚的天空 | 夕阳落下 | 夕阳快落下了 | 天边的晚霞 | 西边的太阳 | 一天结束了 | "
        "最后一缕阳光 | 傍晚六点"
    ),
    "dawn": phrases(
        "黎明 | 清晨 | 早晨 | 早上 | 日出 | 拂晓 | 太阳升起 | 太阳出来了 | 晨光 | 朝阳 | 天亮了 | 天刚刚亮 | "
        "大清早 | 一早 | 破晓 | 旭日东升 | 粉红色的早晨 | 晨曦 | 新的一天开始了 | 朝霞 | 朝霞满天 | "
        "太阳初升 | 太阳慢慢升起 | 太阳刚出来 | 太阳刚升起来 | 太阳就要升起 | 太阳从东边升起 | 东方发白 | "
        "东边的太阳 | 天色微亮 | 天要亮了 | 天快要亮了 | 天渐渐亮起来 | 天蒙蒙亮 | 凌晨 | 清早 | 一清早 | "
        "早晨的阳光 | 清晨的光线 | 第一缕晨光 | 早上第一缕阳光 | 日出东方 | 清晨六点 | 一天的开始 | "
        "早起的时候"
    ),
    "night": phrases(
        "夜 | 夜晚 | 晚上 | 深夜 | 夜里 | 星空 | 星星 | 满天星 | 黑夜 | 天黑 | 夜空 | 午夜 | 夜间 | 繁星 | "
        "漆黑的夜 | 星光 | 夜色 | 半夜里 | 有星星的晚上 | 深更半夜 | 夜深了 | 夜很深 | 夜深人静 | 三更半夜 | "
        "天黑以后 | 天已经黑了 | 星星闪闪 | 星光闪烁 | 满天的星星 | 银河 | 群星 | 黑漆漆的晚上 | 夜已深 | "
        "后半夜 | 半夜三更 | 夜半 | 三更天 | 夜半时分"
    ),
}
TRAITS = phrases(
    "美丽的 | 安静的 | 宽广的 | 辽阔的 | 无边无际的 | 一片 | 大片 | 远远的 | 空空的 | 平平的 | 大大的 | "
    "这片 | 那片"
)
GROUND_TRAITS = {
    "sea": phrases("蓝蓝的 | 深蓝的 | 起伏的 | 平静的 | 清凉的 | 湛蓝的 | 波光粼粼的"),
    "desert": phrases("金黄的 | 炎热的 | 热热的 | 干干的 | 荒凉的 | 滚烫的 | 黄黄的"),
    "meadow": phrases("绿绿的 | 碧绿的 | 青翠的 | 柔软的 | 嫩绿的 | 翠绿的 | 长满青草的"),
    "snow": phrases("白白的 | 洁白的 | 寒冷的 | 冰冷的 | 雪白的 | 刚下的 | 冻住的"),
}
SKY_ENDINGS = ("",) * 6 + phrases("的时候 | 时 | 时分 | 的天空 | 了 | 的光 | 啊 | 那会儿 | 的景色")
MOUNTAINS = phrases("山 | 群山 | 高山 | 山峰 | 山岭 | 大山 | 山脉")
CLOUDS = phrases("云 | 有云 | 云朵 | 多云 | 有几朵云 | 白云飘飘 | 云彩 | 一些云")
LABELS = {
    "style": phrases("风格 | 画风 | 画法 | 技法 | 样式"),
    "sky": phrases("时间 | 天空 | 时候 | 光线 | 时刻 | 气氛"),
    "ground": phrases("地面 | 地点 | 环境 | 背景 | 地上 | 风景"),
    "thing": phrases("主体 | 主角 | 画的是 | 内容 | 东西 | 里面有"),
}
BEFORE = {
    "style": ("",) * 5 + phrases("用 | 像 | 画成 | 做成 | 要 | 一幅 | 全是"),
    "sky": ("",) * 6 + phrases("现在是 | 在 | 正是 | 时间是 | 那是 | 此时"),
    "ground": ("",) * 4 + phrases("有 | 在 | 周围是 | 下面是 | 到了 | 那儿是 | 看见"),
    "thing": ("",) * 4 + phrases("有 | 我要 | 我想要 | 看到 | 来 | 给我画 | 里面有 | 那里有"),
}
# n is the thing, c the colour, p the part that carries it; w the thing with all that, at its place p.
PAINTED = phrases("{c}色的{n} | {c}色{n} | {c}{n} | {n}，{c}色 | {n}（{c}色） | {n}是{c}色的 | {c}颜色的{n}")
PART_PAINTED = phrases(
    "{c}{p}的{n} | {n}有{c}色的{p} | {n}，{c}色{p} | {n}，{p}{c}色 | {n}（{c}{p}） | {n}的{p}是{c}的"
)
PLACED = phrases("{p}{w} | {p}有{w} | {w}在{p} | {w}，{p} | {w}（{p}）")
ASIDES = phrases(
    "给妈妈的礼物 | 我睡不着 | 谢谢 | 你好 | 我记得 | 真好看 | 小时候 | 爸爸画的 | 差不多这样 | 一本旧书里 | "
    "画得好一点 | 很安静 | 高清 | 从前 | 像梦一样 | 生日贺卡 | 多美啊 | 我很喜欢 | 不要人 | 旅行 | "
    "节日快乐 | 可以吗 | 简单一点 | 想法如下 | 一个故事 | 拜托了 | 手机壁纸 | 挂在床边 | 爷爷最爱的 | "
    "姐姐喜欢的画 | 送给朋友 | 第三张 | 手边没有笔 | 放在窗边 | 我手上有一张 | 再来一张 | 慢慢画 | "
    "细细地看 | 第二次画 | 亮一点 | 请用心画 | 半天没画好 | 更好看一点"
)
JOINTS = ("，", "，", "，", "。", "；", "、", "：", " ", "！", "？", "…", "/", "")


def write(said: dict[str, str], rng: random.Random) -> str:
    """The said attributes as Chinese words of any order and manner."""
    clauses = [_clause("thing", _thing(said, rng), rng)] if said["thing"] else []
    if said["style"]:
        clauses.append(_style(said["style"], rng))
    if said["ground"]:
        trait = rng.choice(TRAITS + GROUND_TRAITS[said["ground"]]) if rng.random() < 0.5 else ""
        clauses.append(_clause("ground", trait + rng.choice(GROUND[said["ground"]]), rng))
    if said["sky"]:
        clauses.append(_clause("sky", rng.choice(SKY[said["sky"]]) + rng.choice(SKY_ENDINGS), rng))
    if said["light"]:
        side = rng.choice(PLACE[said["light_side"]]) if said["light_side"] else ""
        clauses.append(rng.choice((side, side + "有" if side else "")) + rng.choice(LIGHT[said["light"]]))
    if said["mountains"]:
        clauses.append(_mountains(said["mountains"], rng))
    if said["clouds"]:
        clauses.append(rng.choice(CLOUDS))
    return scattered(clauses, ASIDES, JOINTS, rng).rstrip(" ，、：；/")


def _clause(slot: str, words: str, rng: random.Random) -> str:
    if rng.random() < 0.15:
        return f"{rng.choice(LABELS[slot])}：{words}"
    return rng.choice(BEFORE[slot]) + words


def _style(style: str, rng: random.Random) -> str:
    words = _clause("style", rng.choice(STYLE[style] + MORE_STYLES[style]), rng)
    return words + rng.choice(("", "", "", "", "风格", "的样子", "效果"))


def _thing(said: dict[str, str], rng: random.Random) -> str:
    """The thing with colour, number and place, each said in one of several manners."""
    thing = said["thing"]
    name, measure = rng.choice(THING[thing])
    name = rng.choice((name, rng.choice(MORE_THINGS[thing])))
    if said["colour"]:
        name = _painted(name, thing, rng.choice(COLOUR[said["colour"]]), rng)
    words = rng.choice(_counted(name, measure, said["number"], rng))
    if not said["place"]:
        return words
    place = rng.choice(PLACE[said["place"]] + MORE_PLACES[said["place"]])
    return rng.choice(PLACED).format(p=place, w=words)


def _counted(name: str, measure: str, number: str, rng: random.Random) -> tuple[str, ...]:
    """The number before the thing, or behind it as lists do."""
    if not number:
        some = rng.choice(("一些", "很多", "一片", "好几", "一群", "几"))
        return (name, some + name, f"{name}{some}")
    count = rng.choice(NUMBER[number])
    before, behind = f"{count}{measure}{name}", f"{name}{count}{measure}"
    return (
        (before, before, behind, name)
        if number == "1"
        else (before, before, behind, f"{name}，{count}{measure}")
    )


def _painted(name: str, thing: str, colour: str, rng: random.Random) -> str:
    if thing in PARTS and rng.random() < 0.45:
        return rng.choice(PART_PAINTED).format(n=name, c=colour, p=rng.choice(PARTS[thing]))
    return rng.choice(PAINTED).format(n=name, c=colour)


def _mountains(colour: str, rng: random.Random) -> str:
    name = rng.choice(MOUNTAINS)
    if colour == "any":
        return name
    if colour == "snowy":
        return rng.choice(("雪山", "白雪皑皑的山", "积雪的山峰"))
    return f"{rng.choice(COLOUR[colour])}色的{name}"
