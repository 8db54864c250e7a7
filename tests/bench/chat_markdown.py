"""2,000 tokens of Markdown and code shown while they stream: the share of one core."""

from tests.bench.chat_stream import run
from tests.bench.figures import Figure

SHARE = 0.25


def measure() -> list[Figure]:
    told = run("markdown")
    share = told["worked"] / told["seconds"]
    note = f"{told['worked']:.1f} s of work in {told['seconds']:.1f} s, painting included"
    return [
        Figure("2,000 tokens of Markdown and code", f"{share:.0%}", f"≤ {SHARE:.0%}", share <= SHARE, note)
    ]
