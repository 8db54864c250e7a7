"""LaTeX formulas as readable text, by pylatexenc, which is loaded with the first formula."""

import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pylatexenc.latex2text import LatexNodes2Text

LONGEST, DEEPEST = 4_000, 40  # characters and levels of braces; what has more is shown as it was written
RAISED = dict(zip("0123456789+-=()niabcdefgkxyT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵃᵇᶜᵈᵉᶠᵍᵏˣʸᵀ", strict=True))
LOWERED = dict(zip("0123456789+-=()aeijkmnopstx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑᵢⱼₖₘₙₒₚₛₜₓ", strict=True))
SIMPLE = re.compile(r"[^\W_]+|\\[A-Za-z]+(?:\{\w+\})?|.", re.DOTALL)
SHORT = re.compile(r"\\[A-Za-z]+|.", re.DOTALL)
WORD = re.compile(r"(?:[\w.]|[⁰-₟²³¹])+")


def formula_text(latex: str) -> str:
    """The formula in one or more lines; itself where it is too large or too deep to be read."""
    if len(latex) > LONGEST or _depth(latex) > DEEPEST:
        return latex
    text = str(_converter().latex_to_text(_scripts(latex)))  # pyright: ignore[reportUnknownArgumentType]
    lines = (re.sub(r"[ \t]+", " ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _depth(latex: str) -> int:
    deepest = depth = 0
    for character in latex:
        depth += (character == "{") - (character == "}")
        deepest = max(deepest, depth)
    return deepest


def _scripts(latex: str) -> str:
    """Raised and lowered letters as such, or in brackets: `x^{a+b}` must not come to be read as `x^a+b`."""
    done, place = "", 0
    while place < len(latex):
        mark = latex[place]
        if mark not in "^_" or latex[place - 1 : place] == "\\" or place + 1 == len(latex):
            done += mark
            place += 1
            continue
        inner, place = _argument(latex, place + 1)
        done += _script(mark, _scripts(inner.strip()))
    return done


def _argument(latex: str, place: int) -> tuple[str, int]:
    """What stands in the braces there, or the one letter or command; and the place behind it."""
    if latex[place] != "{":
        found = SHORT.match(latex, place)
        return (found.group(), found.end()) if found else ("", place)
    depth = 0
    for end in range(place, len(latex)):
        depth += (latex[end] == "{") - (latex[end] == "}")
        if depth == 0:
            return latex[place + 1 : end], end + 1
    return latex[place + 1 :], len(latex)


def _script(mark: str, inner: str) -> str:
    letters = RAISED if mark == "^" else LOWERED
    if inner and all(character in letters for character in inner):
        return "{" + "".join(letters[character] for character in inner) + "}"
    return f"{mark}{{{inner}}}" if SIMPLE.fullmatch(inner) else f"{mark}{{({inner})}}"


@cache
def _converter() -> "LatexNodes2Text":
    from pylatexenc.latex2text import (  # pyright: ignore[reportMissingTypeStubs]
        LatexNodes2Text,
        MacroTextSpec,
        get_default_latex_context_db,
    )

    def fraction(node: Any, l2tobj: Any) -> str:
        above, below = (l2tobj.nodelist_to_text([part]).strip() for part in node.nodeargd.argnlist[-2:])
        return f"{_bracketed(above)}/{_bracketed(below)}"

    known = get_default_latex_context_db()
    fractions = [MacroTextSpec(name, simplify_repl=fraction) for name in ("frac", "dfrac", "tfrac")]
    known.add_context_category("studio", prepend=True, macros=fractions)
    return LatexNodes2Text(latex_context=known, math_mode="text")


def _bracketed(text: str) -> str:
    return text if WORD.fullmatch(text) or len(text) == 1 else f"({text})"
