"""The judge's counting and its table."""

import random

import pytest
from asked import Asked, ask, ask_styled
from detect import Detector, Seen
from judge import ATTRIBUTES, Figures, Painter, drawn_like, judge, right, table, try_detectors, verdict
from PIL import Image

SHARPNESS = {"flat": 0.9, "line": 0.7}


def _seen(one, **other) -> Seen:
    words = {name: getattr(one, name) for name in Seen.__struct_fields__} | other
    return Seen(**words)


def test_counts_only_what_was_asked():
    asked = ask(11, seed=0)
    seen = [_seen(one) for one in asked]
    assert {name: right(asked, seen, name) for name in ATTRIBUTES} == dict.fromkeys(ATTRIBUTES, 1.0)
    lonely = [_seen(one, number=9) for one in asked]
    assert right(asked, lonely, "number") == 0
    assert right(asked, lonely, "thing") == 1
    styled = ask_styled(10, seed=0)
    assert right(asked + styled, seen + [_seen(one, sky="other") for one in styled], "sky") == 1
    assert right(asked + styled, seen + [_seen(one, style="flat") for one in styled], "style") == 0
    empty = [_seen(one, thing="nothing", colour="", place="", number=0) for one in asked]
    for attribute in ("thing", "colour", "place", "number"):
        assert right(asked, empty, attribute) == 0
    elsewhere = [_seen(one, place="nowhere" if one.number > 1 else one.place) for one in asked]
    assert right(asked, elsewhere, "place") == 1  # where there are several, none was asked


@pytest.mark.parametrize(("style", "share"), [("flat", 0.5), ("neon", 0.1)])
def test_a_detector_that_always_sees_one_style_is_not_relied_on(style, share):
    assert try_detectors(_Blind(style), 5, 0)["style"] == pytest.approx(share)  # half of all are flat


def test_gives_no_figure_for_an_attribute_whose_detector_errs():
    trusted = {name: 0.9 for name in ATTRIBUTES if name != "place"}
    detectors = dict.fromkeys(ATTRIBUTES, 1.0) | {"place": 0.98}
    lines = table(Figures(8, detectors, {"en": trusted, "zh": trusted}, SHARPNESS, 0.6)).splitlines()
    assert next(line for line in lines if "place" in line).endswith("detector not reliable |")
    assert next(line for line in lines if "sky" in line).endswith("0.90 | 0.95 | not met |")
    assert next(line for line in lines if "sharpness |" in line).endswith("0.90 | 0.85 | met |")
    assert next(line for line in lines if "sharpness, line" in line).endswith("0.70 | | |")


def test_verdicts():
    assert verdict("sky", 0.95) == "met"
    assert verdict("sky", 0.94) == "not met"


def test_sharpness_is_measured_against_drawings_of_the_same_size():
    asked = ask(4, seed=0)
    figures = judge(_draughtsman(asked), _Blind(), 4, 0, 0)
    assert 0.8 < figures.sharpness["flat"] < 1.25


class _Blind(Detector):
    """Sees the same in every picture."""

    def __init__(self, style: str = "flat") -> None:
        self.style = style

    def see(self, picture: Image.Image) -> Seen:
        return Seen("day", "sea", "boat", "red", "left", 1, self.style)


def _draughtsman(asked: list[Asked]) -> Painter:
    """Draws a scene that was asked for, whatever the prompt, at 192 pixels."""

    def paint(prompts: list[str], seeds: list[int]) -> list[Image.Image]:
        rng = random.Random(1)
        return [drawn_like(asked[i % len(asked)], (192, 192), rng) for i in range(len(prompts))]

    return paint
