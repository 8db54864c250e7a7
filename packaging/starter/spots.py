"""What things are drawn with: paints under the hour's light, and spots, on which a thing's height is 1."""

from __future__ import annotations

from canvas import Canvas, Colour, Point, mix

PAINTS: dict[str, Colour] = {
    "red": (216, 52, 48),
    "orange": (242, 132, 38),
    "yellow": (250, 206, 58),
    "green": (66, 158, 78),
    "blue": (44, 104, 200),
    "purple": (138, 74, 176),
    "pink": (244, 142, 178),
    "white": (248, 246, 240),
    "black": (40, 40, 52),
    "grey": (136, 140, 150),
}
CREAM: Colour = (250, 240, 220)
WOOD: Colour = (112, 70, 48)
DARK: Colour = (44, 38, 54)
LAMP: Colour = (255, 222, 120)

# Light that catches the edges of things when the land is dark, and how far it reaches around them.
RIMS: dict[str, Colour] = {"night": (146, 166, 222), "sunset": (255, 206, 140)}
RIM = (0.006, -0.0055)


class Paint:
    """Colours under the hour's light. Things keep more of their own colour than the land does, most at night.

    Attributes:
        night: whether windows and lamps are lit.
    """

    def __init__(self, tint: tuple[Colour, float], sky: str) -> None:
        self.tint, strength = tint
        self.strength = 0.5 * strength if sky == "night" else strength
        self.moonlight = 0.1 if sky == "night" else 0.0
        self.night = sky in ("night", "sunset")

    def __call__(self, colour: Colour, share: float = 0.5) -> Colour:
        return mix(colour, self.tint, self.strength * share)

    def pair(self, colour: Colour) -> tuple[Colour, Colour]:
        """The colour in light and in shade."""
        lit = mix(self(colour), RIMS["night"], self.moonlight)
        return lit, self(mix(colour, (30, 20, 60), 0.24))

    def window(self) -> Colour:
        return LAMP if self.night else self((92, 128, 160))


class Rim(Paint):
    """Everything in the one colour of the light behind it."""

    def __init__(self, colour: Colour) -> None:
        super().__init__((colour, 1.0), "")
        self.colour = colour

    def __call__(self, colour: Colour, share: float = 0.5) -> Colour:
        return self.colour


class Spot:
    """A place for one thing: shapes around a foot at (0, 0), x to the right, y up, the thing's height 1."""

    def __init__(self, canvas: Canvas, x: float, y: float, height: float) -> None:
        self.canvas = canvas
        self.x, self.y, self.height = x, y, height

    def at(self, x: float, y: float) -> Point:
        return self.x + x * self.height, self.y - y * self.height

    def polygon(self, colour: Colour, *points: Point) -> None:
        self.canvas.polygon([self.at(x, y) for x, y in points], colour)

    def box(self, colour: Colour, left: float, bottom: float, right: float, top: float) -> None:
        self.canvas.box(*self.at(left, top), *self.at(right, bottom), colour)

    def oval(self, colour: Colour, x: float, y: float, across: float, down: float) -> None:
        self.canvas.oval(*self.at(x, y), across * self.height, down * self.height, colour)

    def disc(self, colour: Colour, x: float, y: float, radius: float) -> None:
        self.oval(colour, x, y, radius, radius)

    def line(self, colour: Colour, width: float, *points: Point) -> None:
        self.canvas.line([self.at(x, y) for x, y in points], colour, width * self.height)

    def thread(self, colour: Colour, width: float, *points: Point) -> None:
        """A line whose width is the picture's, not the thing's."""
        self.canvas.line([self.at(x, y) for x, y in points], colour, width)

    def water(self, colour: Colour, x: float, y: float, across: float, down: float) -> None:
        """An oval that lies flat, so that no light catches its edge."""
        self.oval(colour, x, y, across, down)

    def glow(self, x: float, y: float, radius: float) -> None:
        """The light around a lamp."""
        self.canvas.glow(*self.at(x, y), radius * self.height, LAMP, 0.5)


class Silhouette(Spot):
    """A spot for the rim of light around a thing: moved by that rim, without what gives or takes no light."""

    def __init__(self, spot: Spot, side: int) -> None:
        super().__init__(spot.canvas, spot.x + RIM[0] * side, spot.y + RIM[1], spot.height)

    def water(self, colour: Colour, x: float, y: float, across: float, down: float) -> None:
        pass

    def glow(self, x: float, y: float, radius: float) -> None:
        pass
