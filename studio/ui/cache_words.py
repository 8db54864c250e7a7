"""What a cache of steps gains and costs, in words: for the window and the command line."""

from studio.core.cache_costs import CacheCost, Likeness
from studio.ui.figures import number
from studio.ui.i18n import plural, tr

LIKENESS: dict[Likeness, str] = {
    Likeness.SAME: "the same picture",
    Likeness.CLOSE: "hardly to be told apart",
    Likeness.DETAILS: "small details differ",
    Likeness.ANOTHER: "another picture",
}


def cost_words(cost: CacheCost) -> str:
    """1.34 times as fast, 31 dB alike: small details differ; measured with 20 steps."""
    words = "{faster} times as fast, {decibels} dB alike: {likeness}; {measured}"
    if cost.likeness is Likeness.SAME:
        words = "{faster} times as fast, {likeness}; {measured}"
    return tr(
        words,
        faster=number(cost.faster, 2),
        decibels=number(cost.decibels, 0),
        likeness=tr(LIKENESS[cost.likeness]),
        measured=plural(cost.steps, "measured with 1 step", "measured with {n} steps"),
    )
