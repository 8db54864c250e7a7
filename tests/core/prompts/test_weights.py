import pytest

from studio.core.prompts.weights import HEAVIEST, Piece, plain, weight_spans, weighted


def pieces(text: str) -> list[tuple[str, float]]:
    return [(piece.text, piece.weight) for piece in weighted(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("normal text", [("normal text", 1)]),
        ("", [("", 1)]),
        ("an (important) word", [("an ", 1), ("important", 1.1), (" word", 1)]),
        ("((word))", [("word", 1.21)]),
        ("[word]", [("word", 0.909091)]),
        ("(word:1.3)", [("word", 1.3)]),
        ("(word: .5 )", [("word", 0.5)]),
        ("(unbalanced", [("unbalanced", 1.1)]),
        ("x) [y", [("x) ", 1), ("y", 0.909091)]),
        ("x:1.3)", [("x:1.3)", 1)]),
        (r"\(literal\] \\(a)", [("(literal] \\", 1), ("a", 1.1)]),
        (r"C:\new", [(r"C:\new", 1)]),
        ("(unnecessary)(parens)", [("unnecessaryparens", 1.1)]),
        ("(a[b)c]d", [("a", 1.1), ("b", 1), ("c", 0.909091), ("d", 1)]),
        ("雪(山:1.2)画", [("雪", 1), ("山", 1.2), ("画", 1)]),
        (
            "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
            [
                ("a ", 1),
                ("house", 1.573),
                (" ", 1.1),
                ("on", 1),
                (" a ", 1.1),
                ("hill", 0.55),
                (", sun, ", 1.1),
                ("sky", 1.4641),
                (".", 1.1),
            ],
        ),
    ],
)
def test_marks_weigh_as_in_a1111(text: str, expected: list[tuple[str, float]]) -> None:
    assert pieces(text) == expected


@pytest.mark.parametrize("number", ["99", "9" * 5000, "+11"])
def test_a_weight_stays_within_reason(number: str) -> None:
    assert pieces(f"(a:{number})") == [("a", HEAVIEST)]
    assert pieces(f"(a:-{number.lstrip('+')})") == [("a", -HEAVIEST)]


def test_break_begins_a_part_where_it_stands_alone() -> None:
    assert weighted("sun BREAK (sea:1.2), BREAK BREAKFAST") == (
        Piece("sun", 1),
        Piece("sea", 1.2, breaks=True),
        Piece(",", 1),
        Piece("BREAKFAST", 1, breaks=True),
    )
    assert plain("sun BREAK sea") == "sun sea"


def test_a_caption_with_a_structure_has_no_marks() -> None:
    caption = '{"objects": [{"name": "cup (blue)"}]}'
    assert plain(caption) == caption
    assert plain("{red|blue} (cup)") == "{red|blue} cup"


def test_spans_cover_what_weighs_with_its_marks() -> None:
    text = "a ((b) c) [d]"
    assert [(text[span.start : span.end], span.weight) for span in weight_spans(text)] == [
        ("(", 1.1),
        ("(b)", 1.21),
        (" c)", 1.1),
        ("[d]", 0.909091),
    ]


@pytest.mark.parametrize(
    "text", ["(" * 50_000, "[(" * 20_000 + "a" + ")]" * 20_000, '{"a":' + "[" * 9_000 + "}"]
)
def test_no_number_of_brackets_is_too_many(text: str) -> None:
    assert all(abs(piece.weight) <= HEAVIEST for piece in weighted(text))
    assert plain(text).count("(") == 0
