"""Words that count more or less at a key."""

import pytest

from studio.core.prompts.emphasis import LEAST, reweighted


def put(text: str, marked: str, steps: int) -> str | None:
    """`marked` is the text with | around what is selected, or one | where the caret is."""
    start = marked.index("|")
    end = marked.rindex("|") - 1 if marked.count("|") > 1 else start
    change = reweighted(text, start, end, steps)
    if change is None:
        return None
    after = text[: change.start] + change.text + text[change.end :]
    one, two = change.selected
    return after[:one] + "|" + after[one:two] + "|" + after[two:]


@pytest.mark.parametrize(
    ("marked", "steps", "after"),
    [
        ("a red bo|at at sea", 1, "a red (|boat|:1.1) at sea"),
        ("a |red boat| at sea", 1, "a (|red boat|:1.1) at sea"),
        ("a |red boat, |at sea", -1, "a (|red boat|:0.9), at sea"),
        ("a (red bo|at:1.1), sea", 1, "a (|red boat|:1.2), sea"),
        ("a (|red boat|:1.1), sea", -1, "a |red boat|, sea"),
        ("a (red (bo|at:1.3) x:1.1)", 1, "a (red (|boat|:1.4) x:1.1)"),
        ("a (r|ed (boat:1.3) x:1.1)", 1, "a (|red (boat:1.3) x|:1.2)"),
        ("一艘红|船，大海", 1, "(|一艘红船|:1.1)，大海"),
        ("a \\(red\\) bo|at", 1, "a \\(red\\) (|boat|:1.1)"),
    ],
)
def test_the_words_at_the_caret(marked, steps, after):
    assert put(marked.replace("|", ""), marked, steps) == after


def test_nothing_where_no_word_is():
    assert reweighted("a  , b", 3, 3, 1) is None
    assert reweighted("a  , b", 1, 3, 1) is None
    assert reweighted("  ", 1, 1, 1) is None
    assert reweighted("", 0, 0, 1) is None


def test_there_is_a_least():
    assert reweighted("(a:0.1)", 1, 2, -1).text == f"(a:{LEAST})"
