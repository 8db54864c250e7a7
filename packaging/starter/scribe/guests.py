"""Things from outside the postcard world that a prompt may name all the same; Scribe carries them over."""

_TABLE = """
dog dogs 狗 只|horse horses 马 匹|castle castles 城堡 座|train trains 火车 列|robot robots 机器人 个
dragon dragons 龙 条|whale whales 鲸鱼 条|bicycle bicycles 自行车 辆|car cars 汽车 辆
rabbit rabbits 兔子 只|fox foxes 狐狸 只|owl owls 猫头鹰 只|bear bears 熊 只|deer deer 鹿 只
elephant elephants 大象 头|tiger tigers 老虎 只|lion lions 狮子 头|panda pandas 熊猫 只
penguin penguins 企鹅 只|camel camels 骆驼 头|sheep sheep 绵羊 只|cow cows 奶牛 头|duck ducks 鸭子 只
fish fish 鱼 条|turtle turtles 乌龟 只|butterfly butterflies 蝴蝶 只|bee bees 蜜蜂 只
snail snails 蜗牛 只|dolphin dolphins 海豚 只|temple temples 寺庙 座|tower towers 塔 座
church churches 教堂 座|tent tents 帐篷 顶|barn barns 谷仓 座|well wells 水井 口|bench benches 长椅 张
lantern lanterns 灯笼 盏|umbrella umbrellas 雨伞 把|kite kites 风筝 只|airplane airplanes 飞机 架
rocket rockets 火箭 枚|truck trucks 卡车 辆|bus buses 公交车 辆|ship ships 轮船 艘
fountain fountains 喷泉 座|statue statues 雕像 座|snowman snowmen 雪人 个|mushroom mushrooms 蘑菇 朵
apple apples 苹果 个|pumpkin pumpkins 南瓜 个|sunflower sunflowers 向日葵 朵|rose roses 玫瑰 朵
lotus lotuses 荷花 朵|palm palms 棕榈树 棵|willow willows 柳树 棵|book books 书 本|chair chairs 椅子 把
teapot teapots 茶壶 把|cup cups 杯子 个|guitar guitars 吉他 把|piano pianos 钢琴 架|clock clocks 钟 座
door doors 门 扇|window windows 窗户 扇|girl girls 女孩 个|boy boys 男孩 个|dancer dancers 舞者 个
fisherman fishermen 渔夫 个|knight knights 骑士 个|astronaut astronauts 宇航员 个
mermaid mermaids 美人鱼 条|angel angels 天使 个|wolf wolves 狼 只|monkey monkeys 猴子 只
seagull seagulls 海鸥 只|crane cranes 仙鹤 只|swan swans 天鹅 只|frog frogs 青蛙 只
squirrel squirrels 松鼠 只|hut huts 茅屋 座
"""
GUESTS: tuple[tuple[str, str, str, str], ...] = tuple(
    (entry[0], entry[1], entry[2], entry[3])
    for entry in (item.split() for line in _TABLE.split("\n") for item in line.split("|"))
    if entry
)
