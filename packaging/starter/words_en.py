"""English phrasings for the words of a scene."""

from __future__ import annotations

import random

from phrases import Frame, framed, pairs, phrases

STYLE = {
    "flat": phrases(
        "flat illustration | flat illustration | flat design | vector illustration | flat picture"
    ),
    "paper": phrases(
        "paper cut-out | paper cutout | paper collage | papercut | cut paper picture | paper art | "
        "paper craft"
    ),
    "pixel": phrases(
        "pixel art | pixel art | pixel picture | 8-bit picture | 8-bit pixel art | pixel graphic"
    ),
    "line": phrases(
        "line drawing | line drawing | ink sketch | line art | ink drawing | pen drawing | outline drawing"
    ),
    "watercolour": phrases(
        "watercolour | watercolor | watercolour painting | watercolor painting | aquarelle | "
        "watercolour picture"
    ),
    "neon": phrases("neon picture | neon art | neon lights | neon glow | neon sign | glowing neon picture"),
}

COLOUR = {
    "red": phrases("red | red | red | scarlet | crimson"),
    "orange": phrases("orange"),
    "yellow": phrases("yellow | yellow | golden"),
    "green": phrases("green"),
    "blue": phrases("blue"),
    "purple": phrases("purple | purple | violet"),
    "pink": phrases("pink"),
    "white": phrases("white"),
    "black": phrases("black"),
    "grey": phrases("grey | gray"),
}

# Each name with its plural.
THING = {
    "boat": pairs("sailing boat/sailing boats | boat/boats | sailboat/sailboats | ship/ships"),
    "lighthouse": pairs("lighthouse/lighthouses"),
    "house": pairs("house/houses | house/houses | cottage/cottages | cabin/cabins | home/homes"),
    "pine": pairs("pine/pines | pine tree/pine trees | fir tree/fir trees | fir/firs"),
    "tree": pairs("tree/trees | round tree/round trees | leafy tree/leafy trees"),
    "cactus": pairs("cactus/cacti | cactus/cactuses"),
    "balloon": pairs(
        "hot-air balloon/hot-air balloons | balloon/balloons | hot air balloon/hot air balloons"
    ),
    "flowers": pairs("flowers/flowers | wildflowers/wildflowers | blossoms/blossoms | blooms/blooms"),
    "birds": pairs("birds/birds | seagulls/seagulls | gulls/gulls | flying birds/flying birds"),
    "windmill": pairs("windmill/windmills | mill/mills"),
    "cat": pairs("cat/cats | kitten/kittens | sitting cat/sitting cats"),
    "bridge": pairs(
        "bridge/bridges | bridge/bridges | stone bridge/stone bridges | arch bridge/arch bridges | "
        "footbridge/footbridges"
    ),
}

# What carries a thing's colour.
PARTS = {
    "boat": phrases("sails | sails | a sail"),
    "lighthouse": phrases("stripes | bands"),
    "house": phrases("a roof | a roof | roof"),
    "tree": phrases("leaves | foliage | leaves"),
    "balloon": phrases("panels | stripes"),
    "flowers": phrases("petals"),
    "windmill": phrases("sails | blades | a roof"),
    "cat": phrases("fur"),
    "bridge": phrases("arches | railings | arches"),
}

SIZES = ("",) * 4 + phrases("little | small | pretty | lonely | big | old | quiet | lovely")

PLACE = {
    "left": phrases("on the left | on the left | at the left | to the left | on the left side | at left"),
    "centre": phrases(
        "in the middle | in the centre | in the center | at the centre | in the middle of the picture"
    ),
    "right": phrases(
        "on the right | on the right | at the right | to the right | on the right side | at right"
    ),
}

NUMBER = {
    "2": phrases("two | two | 2 | a pair of"),
    "3": phrases("three | three | 3 | a group of three"),
}

GROUND = {
    "sea": phrases(
        "on the sea | on the sea | at sea | on the ocean | on calm water | by the sea | "
        "on the waves | on blue water"
    ),
    "desert": phrases(
        "in the desert | in the desert | among sand dunes | on the dunes | on the sand | in a sandy desert"
    ),
    "meadow": phrases(
        "in a meadow | in a green meadow | on a green hill | in the grass | on the grass | "
        "in green hills | in a field | in the countryside"
    ),
    "snow": phrases(
        "in the snow | in the snow | on a snowy field | on snow | in a snowy landscape | "
        "in winter | on white snow"
    ),
}

OVER = {
    "sea": phrases(
        "over the sea | above the sea | over the ocean | above the water | over the water | above the waves"
    ),
    "desert": phrases("over the desert | above the desert | over sand dunes | above the dunes"),
    "meadow": phrases(
        "over a meadow | above green hills | over green fields | above the grass | over the countryside"
    ),
    "snow": phrases(
        "over the snow | above a snowy field | over a snowy landscape | above the snow | "
        "over a winter landscape"
    ),
}

BARE_GROUND = {
    "sea": phrases("the sea | a calm sea | the ocean | waves | a seascape"),
    "desert": phrases("a desert | sand dunes | the desert | an empty desert"),
    "meadow": phrases("a meadow | green hills | a green field | the countryside"),
    "snow": phrases("a snowy field | a snowy landscape | a winter landscape | snow"),
}

SKY = {
    "day": phrases(
        "by day | in daylight | under a blue sky | at noon | during the day | on a bright day | "
        "on a clear day | in daytime"
    ),
    "sunset": phrases(
        "at sunset | at sunset | at sunset | at dusk | in the evening | under an orange sky | "
        "in the evening light | under a sunset sky"
    ),
    "dawn": phrases(
        "at dawn | at dawn | at sunrise | in the early morning | under a pink morning sky | "
        "at daybreak | under a pale dawn sky"
    ),
    "night": phrases(
        "at night | at night | under the stars | on a starry night | under a night sky | "
        "under a starry sky | by night"
    ),
}

LIGHT = {
    "sun": phrases("the sun | the sun | a sun | a bright sun | a round sun"),
    "crescent": phrases("a crescent moon | a crescent moon | a thin moon | a new moon | the crescent moon"),
    "moon": phrases("a full moon | the full moon | a moon | the moon | a round moon | a big moon"),
}

CLOUDS = phrases(
    "with clouds | with some clouds | a few clouds | clouds in the sky | drifting clouds | "
    "under soft clouds | and clouds | fluffy clouds | a cloudy sky | white clouds"
)

MOUNTAINS = phrases("mountains | mountains | mountains | peaks | mountain ranges")

BEHIND = ("",) + phrases("in the background | behind | in the distance | far away | on the horizon")

FRAME = Frame(
    openings=("",) * 5
    + phrases(
        "a postcard of | postcard: | a picture of | an illustration of | a drawing of | please draw | "
        "an image of | a landscape with | draw | paint"
    ),
    closings=("",) * 6
    + phrases(
        ", postcard | , illustration | , beautiful | , highly detailed | , peaceful mood | , minimal | "
        ", masterpiece, best quality | , calm and quiet atmosphere, wallpaper"
    ),
    style_openings=phrases(
        "{s} of | a {s} of | {s}: | {s}, | {s}. | in {s} style, | in the style of a {s}: | {s} style: | "
        "style: {s}. | {s} with"
    ),
    style_closings=(
        *(", {s}", ", {s}", ", {s} style", ", in {s} style", ", as a {s}", "; {s}", ". {s}.", " ({s})"),
        *(", style: {s}", " as {s}", " in {s} style"),
    ),
)


def write(said: dict[str, str], rng: random.Random) -> str:
    """The said attributes as an English prompt."""
    pieces: list[str] = []
    ground = _ground(said, rng)
    thing = _thing(said, rng)
    if thing:
        place = rng.choice(PLACE[said["place"]]) if said["place"] else ""
        tail = [place, ground]
        if rng.random() < 0.4:
            tail.reverse()
        pieces.append(" ".join(part for part in (thing, *tail) if part))
    elif ground:
        pieces.append(ground)
    sky = rng.choice(SKY[said["sky"]]) if said["sky"] else ""
    extras = [part for part in (_light(said, rng), _mountains(said, rng), _clouds(said, rng)) if part]
    rng.shuffle(extras)
    if sky and pieces and rng.random() < 0.65:
        pieces[0] = f"{pieces[0]} {sky}" if rng.random() < 0.85 else f"{sky}, {pieces[0]}"
    elif sky:
        extras.insert(rng.randrange(len(extras) + 1), sky)
    text = rng.choice((", ", ", ", ", ", " and ", "; ", ". ")).join([*pieces, *extras])
    style = rng.choice(STYLE[said["style"]]) if said["style"] else ""
    return framed(f" {text}" if text else "", style, FRAME, rng)


def _thing(said: dict[str, str], rng: random.Random) -> str:
    thing = said["thing"]
    if not thing:
        return ""
    one, many = rng.choice(THING[thing])
    colour = rng.choice(COLOUR[said["colour"]]) if said["colour"] else ""
    ending = ""
    if colour and thing in PARTS and rng.random() < 0.5:
        part = rng.choice(PARTS[thing])
        article = "a " if part.startswith("a ") else ""
        ending = f" with {article}{colour} {part.removeprefix('a ')}"
        colour = ""
    if colour and thing == "lighthouse" and rng.random() < 0.3:
        colour = f"{colour} and white"
    words = " ".join(part for part in (rng.choice(SIZES), colour) if part)
    if thing in ("flowers", "birds"):
        some = rng.choice(("", "", "some", "many", "a few"))
        return " ".join(part for part in (some, words, many + ending) if part)
    if said["number"] in NUMBER:
        number = rng.choice(NUMBER[said["number"]])
        return " ".join(part for part in (number, words, many + ending) if part)
    words = f"{words} {one}".strip()
    article = "an" if words[0] in "aeiou" else "a"
    return f"{rng.choice(('', article, article, 'the', 'one'))} {words}{ending}".strip()


def _ground(said: dict[str, str], rng: random.Random) -> str:
    if not said["ground"]:
        return ""
    if not said["thing"]:
        return rng.choice(BARE_GROUND[said["ground"]])
    over = said["thing"] in ("balloon", "birds") or (said["thing"], said["ground"]) == ("bridge", "sea")
    table = OVER if over and rng.random() < 0.85 else GROUND
    return rng.choice(table[said["ground"]])


def _light(said: dict[str, str], rng: random.Random) -> str:
    if not said["light"]:
        return ""
    side = " " + rng.choice(PLACE[said["light_side"]]) if said["light_side"] else ""
    return f"{rng.choice(('', 'with ', 'with '))}{rng.choice(LIGHT[said['light']])}{side}"


def _mountains(said: dict[str, str], rng: random.Random) -> str:
    colour = said["mountains"]
    if not colour:
        return ""
    name = rng.choice(MOUNTAINS)
    if colour == "snowy":
        name = rng.choice(("snowy ", "snow-capped ", "snow-covered ")) + name
    elif colour != "any":
        name = f"{rng.choice(COLOUR[colour])} {name}"
    return f"{rng.choice(('', 'with ', 'with '))}{name} {rng.choice(BEHIND)}".strip()


def _clouds(said: dict[str, str], rng: random.Random) -> str:
    return rng.choice(CLOUDS) if said["clouds"] else ""
