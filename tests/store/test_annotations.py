"""The annotations file: it only grows, and a torn line costs only itself."""

from studio.store.annotations import Annotations


def test_later_lines_overrule_earlier_ones(tmp_path):
    annotations = Annotations(tmp_path / "annotations.jsonl")
    assert annotations.read().starred == set()
    annotations.star(["a", "b"], True)
    annotations.star(["b"], False)
    annotations.trash(["a", "b", "c"], True)
    annotations.trash(["b"], False)
    annotations.imported("c", "x/c.png", "x/c.png", 5.0)
    said = annotations.read()
    assert (said.starred, said.trashed) == ({"a"}, {"a", "c"})
    assert said.imports["x/c.png"].asset == "c"
    annotations.erase(["a", "c"])
    said = annotations.read()
    assert (said.starred, said.trashed, said.imports) == (set(), set(), {})


def test_torn_and_unknown_lines_are_passed_over(tmp_path):
    file = tmp_path / "annotations.jsonl"
    annotations = Annotations(file)
    annotations.star(["a"], True)
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"do": "tag", "at": 1, "assets": ["a"]}\n' + b"\xff\n" + whole[:20])
    annotations.star(["b"], True)
    assert annotations.read().starred == {"a", "b"}
    assert file.read_bytes().startswith(whole)
