"""Freer English wordings: clauses in any order, many more words, labels, and talk beside the point."""

from __future__ import annotations

import random

from phrases import phrases, scattered
from words_en import COLOUR, LIGHT, NUMBER, PARTS, PLACE, STYLE, THING

MORE_STYLES = {
    "flat": phrases(
        "flat | flat colours | vector | vector art | flat shapes | flat vector graphic | "
        "simple flat shapes | flat colours, clean shapes | flat style"
    ),
    "paper": phrases(
        "paper | cut out of paper | made of paper | layered paper | coloured paper | torn paper | "
        "cut paper | paper layers | paper shapes | a collage | cardboard | scissors and paper | "
        "cut-out shapes | construction paper | paper diorama | glued paper"
    ),
    "pixel": phrases(
        "pixels | pixelated | 8-bit | 8 bit | 16-bit | retro game | old video game | big pixels | pixel | "
        "game graphics | retro pixels | pixel game | blocky | little squares | a sprite | 8-bit game"
    ),
    "line": phrases(
        "outlines | only outlines | black lines on white | ink | sketch | ink on paper | pen and ink | "
        "fine lines | lines only | contours | hand-drawn lines | pencil sketch | thin black lines | "
        "a sketch in ink | sketched | outlined in black | no fill, just lines | a pen on white paper"
    ),
    "watercolour": phrases(
        "watercolours | watercolors | water colour | water colours | painted in watercolour | "
        "soft watercolour | watercolor wash | aquarelle painting | washes of colour | aquarelles | "
        "watercolour on paper | wet watercolour | loose watercolor | a watercolour wash | water-colour paint"
    ),
    "neon": phrases(
        "neon | glowing neon lights | glowing neon | neon light | glow in the dark | glowing lines | "
        "synthwave | neon tubes | fluorescent | neon colours | bright neon | luminous lines | "
        "glowing tubes | electric glow | neon outlines | cyberpunk neon | light tubes"
    ),
}
MORE_COLOURS = {
    "red": phrases("ruby | cherry-red | bright red | dark red | reddish"),
    "orange": phrases("tangerine | bright orange | ginger | orange-coloured"),
    "yellow": phrases("lemon | gold | mustard | bright yellow | sunny yellow"),
    "green": phrases("emerald | olive | leaf-green | dark green | bright green"),
    "blue": phrases("navy | azure | cobalt | sky-blue | dark blue | light blue"),
    "purple": phrases("lilac | lavender | mauve | deep purple"),
    "pink": phrases("rosy | rose | bright pink | pale pink | salmon"),
    "white": phrases("snow-white | ivory | pure white | off-white | milky"),
    "black": phrases("jet-black | coal-black | pitch black"),
    "grey": phrases("silver | ash-grey | light gray | dark grey"),
}
MORE_THINGS = {
    "boat": phrases("yacht/yachts | sail boat/sail boats | vessel/vessels | dinghy/dinghies"),
    "lighthouse": phrases("light house/light houses | beacon/beacons | lighthouse tower/lighthouse towers"),
    "house": phrases("hut/huts | farmhouse/farmhouses | chalet/chalets | villa/villas"),
    "pine": phrases(
        "conifer/conifers | evergreen/evergreens | spruce/spruces | christmas tree/christmas trees"
    ),
    "tree": phrases("oak/oaks | apple tree/apple trees | maple/maples | cherry tree/cherry trees"),
    "cactus": phrases("saguaro/saguaros | cactus plant/cactus plants | tall cactus/tall cacti"),
    "balloon": phrases("air balloon/air balloons | aerostat/aerostats | striped balloon/striped balloons"),
    "flowers": phrases("tulips/tulips | daisies/daisies | poppies/poppies | roses/roses | flower/flowers"),
    "birds": phrases(
        "swallows/swallows | geese/geese | sparrows/sparrows | sea birds/sea birds | bird/birds"
    ),
    "windmill": phrases("wind mill/wind mills | old mill/old mills | dutch windmill/dutch windmills"),
    "cat": phrases("kitty/kitties | pussycat/pussycats | tomcat/tomcats | house cat/house cats"),
    "bridge": phrases(
        "old bridge/old bridges | arched bridge/arched bridges | long bridge/long bridges | "
        "bridge with arches/bridges with arches | viaduct/viaducts | foot bridge/foot bridges"
    ),
}
MORE_PLACES = {
    "left": phrases(
        "left | left side | leftmost | towards the left | left hand side | at the left edge | far left | "
        "left part | in the left third | a bit to the left | placed left | left of the picture | "
        "left half | left of centre | off to the left | left from the middle | leftwards"
    ),
    "centre": phrases(
        "centre | center | middle | centred | centered | central | halfway | in the exact centre | mid | "
        "in the heart of the picture | between left and right | placed in the middle | right in the centre"
    ),
    "right": phrases(
        "right | right side | rightmost | towards the right | right hand side | at the right edge | "
        "far right | right part | in the right third | a bit to the right | placed right | "
        "right of the picture | right half | right of centre | off to the right | right from the middle | "
        "rightwards"
    ),
}
MORE_NUMBERS = {
    "1": phrases("one | a | a single | just one | only one | 1 | one lone"),
    "2": phrases("two | 2 | a couple of | twin | both | two of those | just two | precisely two"),
    "3": phrases("three | 3 | a trio of | triple | just three | precisely three | three of those"),
    "": phrases("some | many | a lot of | a few | several | lots of | a bunch of"),
}
GROUND = {
    "sea": phrases(
        "sea | water | ocean | the deep sea | ocean waves | out at sea | open water | gentle waves | "
        "the waves | water everywhere | a blue ocean | salt water | a wide sea | the coast | "
        "a calm ocean | blue waves"
    ),
    "desert": phrases(
        "desert | sand | dunes | hot sand | a sandy plain | the sahara | sandy ground | yellow sand | "
        "only dunes | an endless desert | sand hills | a dry desert | sand everywhere | a hot and dry desert"
    ),
    "meadow": phrases(
        "meadow | grass | grassland | lush grass | a pasture | hills | a green land | a lawn | "
        "grassy hills | fields of grass | a prairie | rolling hills | green everywhere | a grassy field | "
        "tall grass | the hills"
    ),
    "snow": phrases(
        "snow | deep snow | a snowy plain | a white land | snow-covered ground | covered in snow | "
        "ice and snow | a blanket of snow | winter | snowy hills | it has snowed | fields of snow | "
        "snowy ground | white winter"
    ),
}
SKY = {
    "day": phrases(
        "day | daytime | daylight | noon | midday | in the afternoon | a sunny afternoon | "
        "bright sunshine | sunny weather | a blue sky | blue skies above | in full sun | "
        "a clear blue sky | a summer day | it is day | in the middle of the day | the day is bright | "
        "bright daylight | a sunny day | the sky is blue"
    ),
    "sunset": phrases(
        "sunset | evening | dusk | sundown | twilight | the sun sets | as the sun goes down | "
        "setting sun | an orange evening | the golden hour | a red evening sky | at the end of the day | "
        "evening glow | evening sky | dusk has come | the sun sinks | late evening light | "
        "the day is ending | the sky is orange"
    ),
    "dawn": phrases(
        "dawn | sunrise | morning | early morning | the sun rises | as the sun comes up | rising sun | "
        "at first light | a pink morning | break of day | as day breaks | morning has come | "
        "pale morning sky | the morning light | daybreak | a soft pink dawn | the sun is coming up | "
        "a new day begins | crack of dawn | the sky is pink"
    ),
    "night": phrases(
        "night | nighttime | a dark night | after dark | in the dark | stars | "
        "in the middle of the night | the stars are shining | a dark starry sky | stars above | "
        "nocturnal | at midnight | night has fallen | a night full of stars | the sky is dark | "
        "the sky is full of stars | deep night | starlight"
    ),
}
TRAITS = ("",) * 12 + (
    *(
        "calm ",
        "quiet ",
        "endless ",
        "beautiful ",
        "lonely ",
        "vast ",
        "plain ",
        "distant ",
        "gentle ",
        "cold ",
    ),
    *("bright ", "a lot of ", "just ", "miles of "),
)
MOUNTAINS = phrases("mountains | peaks | hills far away | a mountain range | summits | mountain tops")
CLOUDS = phrases(
    "clouds | cloudy | a few clouds | some clouds | clouds pass by | puffy clouds | cloud | overcast"
)
LABELS = {
    "style": phrases("style | technique | look | art style | medium | made as"),
    "sky": phrases("time | sky | when | mood | time of day | light"),
    "ground": phrases("ground | place | where | setting | landscape | below"),
    "thing": phrases("subject | what | main thing | object | in it | thing"),
}
BEFORE = {
    "style": ("",) * 5
    + phrases("in | as | like | drawn as | a | in the style of | make it | done in | all in"),
    "sky": ("",) * 6 + phrases("it is | at | in | while | under | during | this is | we have"),
    "ground": ("",) * 4
    + phrases("there is | with | on | around it | in | over | I see | below lies | we see | near"),
    "thing": ("",) * 4
    + phrases("there is | I see | I want | show me | give me | we see | you find | paint | with"),
}
# n is the thing, c the colour, p the part that carries it.
PAINTED = phrases(
    "{c} {n} | {c} {n} | {c} {n} | {n} in {c} | {n}, {c} | {n} ({c}) | {n} painted {c} | {c} coloured {n}"
)
PART_PAINTED = phrases(
    "{n} ({c} {p}) | {n}, its {p} {c} | {n}, {p} in {c} | {c}-{p} {n} | {n} with {p} of {c} | {n}: {p} {c}"
)
ASIDES = phrases(
    "for my sister | I cannot sleep | thank you | hello | as I remember it | for the wall | how lovely | "
    "a memory | my father painted this | something like that | in an old book | make it nice | "
    "very quiet | 4k | once upon a time | like in a dream | for a birthday card | what a view | "
    "I love it | as a child would see it | story | no people | trending | let us travel | "
    "holiday greetings | can you do this | best wishes | simple shapes | here is the idea"
)
JOINTS = (", ", ", ", ". ", "; ", " / ", " - ", ": ", " and ", " | ", "! ", "? ", " ... ", ", and ", " ")


def write(said: dict[str, str], rng: random.Random) -> str:
    """The said attributes as English words of any order and manner."""
    clauses = [_clause("thing", _thing(said, rng), rng)] if said["thing"] else []
    if said["style"]:
        clauses.append(_style(said["style"], rng))
    if said["ground"]:
        clauses.append(_clause("ground", rng.choice(TRAITS) + rng.choice(GROUND[said["ground"]]), rng))
    if said["sky"]:
        clauses.append(_clause("sky", rng.choice(SKY[said["sky"]]), rng))
    if said["light"]:
        side = f" {rng.choice(PLACE[said['light_side']])}" if said["light_side"] else ""
        clauses.append(rng.choice(LIGHT[said["light"]]) + side)
    if said["mountains"]:
        clauses.append(_mountains(said["mountains"], rng))
    if said["clouds"]:
        clauses.append(rng.choice(CLOUDS))
    return scattered(clauses, ASIDES, JOINTS, rng).rstrip(" ,/-|:;")


def _clause(slot: str, words: str, rng: random.Random) -> str:
    if rng.random() < 0.15:
        return f"{rng.choice(LABELS[slot])}: {words}"
    return f"{rng.choice(BEFORE[slot])} {words}".strip()


def _style(style: str, rng: random.Random) -> str:
    words = _clause("style", rng.choice(STYLE[style] + MORE_STYLES[style]), rng)
    return words + rng.choice(("", "", "", "", " style", " look"))


def _thing(said: dict[str, str], rng: random.Random) -> str:
    """The thing with colour, number and place, each said in one of several manners."""
    thing = said["thing"]
    one, many = rng.choice([tuple(pair.split("/")) for pair in MORE_THINGS[thing]] + list(THING[thing]) * 2)
    several = said["number"] in NUMBER or thing in ("flowers", "birds")
    name = many if several else one
    if said["colour"]:
        name = _painted(name, thing, rng.choice(COLOUR[said["colour"]] + MORE_COLOURS[said["colour"]]), rng)
    words = f"{rng.choice(MORE_NUMBERS[said['number']])} {name}"
    if not said["place"]:
        return words
    place = rng.choice(PLACE[said["place"]] + MORE_PLACES[said["place"]])
    return rng.choice((f"{words} {place}", f"{words}, {place}", f"{place} {words}", f"{words} ({place})"))


def _painted(name: str, thing: str, colour: str, rng: random.Random) -> str:
    if thing in PARTS and rng.random() < 0.5:
        part = rng.choice(PARTS[thing]).removeprefix("a ")
        return rng.choice(PART_PAINTED).format(n=name, c=colour, p=part)
    return rng.choice(PAINTED).format(n=name, c=colour)


def _mountains(colour: str, rng: random.Random) -> str:
    name = rng.choice(MOUNTAINS)
    if colour == "any":
        return name
    if colour == "snowy":
        return rng.choice(("snowy ", "white-topped ", "snow-capped ")) + name
    return f"{rng.choice(COLOUR[colour])} {name}"
