"""How many actions it takes from an empty home to the first picture."""

from tests.bench.figures import Figure
from tests.bench.window import visit

BAR = 2


def measure() -> list[Figure]:
    actions = visit().actions
    note = "a click on an example"
    return [Figure("actions to the first picture", str(actions), f"≤ {BAR}", actions <= BAR, note)]
