"""What the window's process holds after pictures and a chat."""

from tests.bench.figures import Figure
from tests.bench.window import visit

BAR = 200e6


def measure() -> list[Figure]:
    """Resident memory counts libraries that other processes share in full, so it is the larger figure."""
    told = visit()
    note = f"resident; {told.pss / 1e6:.0f} MB as its fair share; " + (
        f"imported {', '.join(told.heavy)}" if told.heavy else "no torch in it"
    )
    met = told.rss <= BAR and not told.heavy
    return [Figure("window process", f"{told.rss / 1e6:.0f} MB", f"≤ {BAR / 1e6:.0f} MB", met, note)]
