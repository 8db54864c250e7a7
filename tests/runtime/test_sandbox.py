"""The bound on what one operation of a chat template makes: known before it is made."""

import pytest

from studio.runtime.text.sandbox import Sandbox, TooLarge, bounded

MANY = "{% set many = 'x' * 90 %}{% set some = [many, many] %}"


def written(template: str, most: int = 100) -> str:
    with bounded(most):
        return Sandbox().from_string(MANY + template).render(names=["a", "b"])


@pytest.mark.parametrize(
    "template",
    [
        "many.replace('x', 'yy')",
        "many | replace('x', 'yy')",
        "many | replace(new='yy', old='x')",
        "''.join(some)",
        "many.join(names)",
        "''.join(some | map('string'))",
        "'{} {}'.format(many, many)",
        "'{0}{0}'.format(many)",
        "'%s%s' % (many, many)",
        "'%s%s' | format(many, many)",
        "'\n\n\n' | indent(50)",
        "'\n\n\n' | indent(many)",
        "'\t\t'.expandtabs(60)",
        "many.translate({120: many})",
    ],
)
def test_what_would_be_too_large_is_never_made(template: str) -> None:
    with pytest.raises(TooLarge):
        written(f"{{{{ ({template}) | length }}}}")


def test_what_templates_do_with_texts_is_done() -> None:
    assert written("{{ 'a,b'.replace(',', '-') }}{{ 'a,b' | replace(',', '+', 1) }}") == "a-ba+b"
    assert written("{{ ', '.join(names | map('upper')) }}{{ '-'.join('cd') }}") == "A, Bc-d"
    assert written("{{ '%s %d' % ('a', 3) }}{{ '{} {b}'.format(1, b=2) }}") == "a 31 2"
    assert written("{{ 'a\nb' | indent }}{{ 'a\tb'.expandtabs(4) }}") == "a\n    ba   b"
