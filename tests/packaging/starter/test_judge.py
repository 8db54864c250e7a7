"""The judge's counting and its table."""

from asked import ask
from detect import Seen
from judge import ATTRIBUTES, Figures, right, table, verdict


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
    elsewhere = [_seen(one, place="nowhere" if one.number > 1 else one.place) for one in asked]
    assert right(asked, elsewhere, "place") == 1  # where there are several, none was asked


def test_gives_no_figure_for_an_attribute_whose_detector_errs():
    trusted = {name: 0.9 for name in ATTRIBUTES if name != "place"}
    detectors = dict.fromkeys(ATTRIBUTES, 1.0) | {"place": 0.98}
    lines = table(Figures(8, detectors, {"en": trusted, "zh": trusted}, 0.9, 0.6)).splitlines()
    assert next(line for line in lines if "place" in line).endswith("detector not reliable |")
    assert next(line for line in lines if "sky" in line).endswith("met for two cores |")


def test_verdicts():
    assert verdict("sky", 0.95) == "met"
    assert verdict("sky", 0.8) == "met for two cores"
    assert verdict("sky", 0.79) == "not met"
