"""Measures everything that the studio promises of its speed and memory, and prints one table.

python -m tests.bench             all rows
python -m tests.bench ROW ...     some of them
"""

import os
import sys

# Before Qt is loaded here, and torch in the workers and scripts, which inherit it.
os.environ.update(
    OMP_WAIT_POLICY="PASSIVE",
    TOKENIZERS_PARALLELISM="false",
    HF_HUB_OFFLINE="1",
    HF_HUB_DISABLE_PROGRESS_BARS="1",
    TRANSFORMERS_VERBOSITY="error",
    DIFFUSERS_VERBOSITY="error",
)
if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import importlib

from tests.bench.figures import Figure, table

ROWS = (
    "startup",
    "smooth",
    "memory",
    "newcomer",
    "pictures",
    "tokens",
    "turns",
    "long_chat",
    "takes5",
    "lookup",
    "mtp",
    "stop",
    "listing",
    "headers",
    "next_start",
    "panel",
    "memory_foreseen",
    "load",
    "second_use",
    "crowd",
    "batch",
    "seeds",
    "overhead",
    "previews",
    "previews16",
    "prompt_keys",
    "caches",
    "edit_brush",
    "edit_path",
    "edit_tools",
    "edits",
    "fill",
    "chat_stream",
    "chat_markdown",
    "chat_open_window",
    "chat_open",
    "chat_search",
)


def main() -> int:
    """0 when every bar is met, 1 when one is not, 2 for an unknown row."""
    rows = sys.argv[1:] or ROWS
    if unknown := [row for row in rows if row not in ROWS]:
        print(f"There is no row {unknown[0]!r}; there are {', '.join(ROWS)}.", file=sys.stderr)
        return 2
    figures: list[Figure] = []
    for row in rows:
        print(f"{row} …", file=sys.stderr, flush=True)
        measured = importlib.import_module(f"tests.bench.{row}").measure()
        print(table(measured), file=sys.stderr, flush=True)  # should a later row not come to its end
        figures += measured
    print(table(figures))
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
