"""Markdown cut into parts: the same ones whether the text comes at once or grows."""

import random

import pytest

from studio.ui.widgets.markdown_parts import Part, parts_of, settled

CODE = "\n".join("" if line % 7 == 0 else f"{'    ' * (line % 3 > 0)}line {line}" for line in range(120))
TEXT = f"intro\n\n- one\n- two\n\n```python\n{CODE}\n```\n\nafter\n\n   ~~~\n{CODE}\n   ~~~\n"


def told(part: Part, before: int) -> tuple[int, str, object]:
    words = "".join(token.content for token in part.tokens)
    return before + part.start, words, part.tokens[0].meta.get("begun")


@pytest.mark.parametrize("seed", range(3))
def test_a_text_that_grows_is_cut_as_the_whole_one(seed: int) -> None:
    dice, stable, opening, upto = random.Random(seed), 0, "", 0
    cut = list[tuple[int, str, object]]()
    while upto < len(TEXT):
        upto = min(len(TEXT), upto + dice.randint(1, 90))
        parts = parts_of(TEXT[stable:upto], opening)
        kept = settled(TEXT[stable:upto], parts)
        cut += [told(part, stable) for part in parts[:kept]]
        if kept:
            stable, opening = stable + parts[kept].start, parts[kept].opening
    cut += [told(part, stable) for part in parts_of(TEXT[stable:], opening)]
    assert cut == [told(part, 0) for part in parts_of(TEXT)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(end: str) -> None:
    text = f"a{end}{end}```{end}b{end}```{end}{end}c"
    assert [text[part.start] for part in parts_of(text)] == ["a", "`", "c"]
