"""Formulas in an answer, read as text; sums of money, variables and paths are none."""

import pytest

from studio.ui.widgets.formulas import formula_text
from studio.ui.widgets.markdown_parts import parts_of


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"x^2 + x^{10}", "x² + x¹⁰"),
        (r"\frac{a+b}{c}", "(a+b)/c"),
        (r"\frac12", "1/2"),
        (r"\sum_{i=1}^{n} i", "∑ᵢ₌₁ⁿ i"),
        (r"e^{i\pi}", "e^(iπ)"),
        (r"v_{\text{max}}", "v_max"),
        (r"\begin{aligned} a &= b \\ c &= d\end{aligned}", "a = b\nc = d"),
        (r"x^{", "x^()"),
        ("x^" + "{" * 100, "x^" + "{" * 100),
        ("", ""),
    ],
)
def test_a_formula_is_read_as_it_is_meant(latex, text):
    assert formula_text(latex) == text


def formulas(text: str) -> list[str]:
    tokens = [token for part in parts_of(text) for token in part.tokens]
    tokens += [child for token in tokens for child in token.children or []]
    return [token.content for token in tokens if token.type.startswith("math")]


@pytest.mark.parametrize(
    "text",
    [
        "$5 and $6",
        "between $5 and 10$",
        "US$5–US$6",
        "$HOME/$USER and ${PATH}",
        "$20/month vs. 30$/month",
        "价格是$5和6$元",
        r"\$5 and \$6",
        "`$x$`",
        "```\n$$\nx\n$$\n```",
        "$$ is slang for money",
        "\\",
        "$",
    ],
)
def test_what_is_no_formula_stays_as_it_is(text):
    assert formulas(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("so $x^2$ and $y$", ["x^2", "y"]),
        (r"\(a\), then \[b\]", ["a", "b"]),
        ("$3.50 for $n$ of them", ["n"]),
        (r"$10\text{ km}$", [r"10\text{ km}"]),
        ("so\n$$\na\n= b\n- c\n$$\nafter", ["a\n= b\n- c"]),
        ("$$\na\n- b", ["a\n- b"]),
        ("- $$\n  a\n  $$\n- b", ["a"]),
    ],
)
def test_formulas_are_found(text, found):
    assert formulas(text) == found
