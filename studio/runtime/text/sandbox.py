"""Jinja's sandbox with a bound on what one operation makes, for no deadline can interrupt a single one.

Jinja bounds `range` alone. Here no number that a template hands to a function, a method or a filter, and no
text or list that it multiplies or gets from one, is larger than a prompt may be.
"""

import functools
import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jinja2 import TemplateRuntimeError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from transformers.utils import chat_template_utils

_USUAL = 100_000
_WRITES = ("tojson", "string", "pprint", "join")  # filters that make a text of all that lies in a value
_DIGITS, _LONGEST = re.compile("[0-9]+"), 20
_most: ContextVar[int] = ContextVar("most", default=_USUAL)


class TooLarge(TemplateRuntimeError):
    """One operation of a template would make, or has made, more than any that means well."""


@contextmanager
def bounded(most: int) -> Iterator[None]:
    """While open, templates that are compiled here, or by transformers, are held to that size: characters of
    a text, items of a list, numbers.

    transformers makes the environment by itself and has no place to hand one in (5.23), so the class that it
    calls by name is another one meanwhile.
    """
    token, theirs = _most.set(most), chat_template_utils.ImmutableSandboxedEnvironment
    chat_template_utils.ImmutableSandboxedEnvironment = Sandbox
    try:
        yield
    finally:
        chat_template_utils.ImmutableSandboxedEnvironment = theirs
        _most.reset(token)


class Sandbox(ImmutableSandboxedEnvironment):
    """See above. The bound is that of the context it runs in, also while constants are folded."""

    intercepted_binops = frozenset(("*", "%"))

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.filters = _Filters({name: _checked(name, one) for name, one in self.filters.items()})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "*":
            _check_product(left, right)
        elif isinstance(left, str):
            _check_form(left, "%", right if isinstance(right, tuple) else (right,))
        return super().call_binop(context, operator, left, right)

    def call(self, context: Any, function: Any, /, *args: Any, **named: Any) -> Any:
        method = inspect.unwrap(function)  # Jinja puts its own around `format`
        text = getattr(method, "__self__", None)
        if isinstance(text, str):
            if method.__name__ == "join":
                args = tuple(list(one) for one in args)  # of what `map` makes nothing is known before
            _check_numbers(args, named)
            _check_method(text, method.__name__, (*args, *named.values()))
        return _sized(super().call(context, function, *args, **named))


class _Filters(dict[str, Callable[..., Any]]):
    """transformers puts its own beside Jinja's, and those are held to the bound as well."""

    def __setitem__(self, name: str, function: Callable[..., Any]) -> None:
        super().__setitem__(name, _checked(name, function))


def _checked(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    given_first = 2 if hasattr(function, "jinja_pass_arg") else 1  # the value, behind what Jinja hands on

    @functools.wraps(function)  # with the marks by which Jinja knows what else it wants
    def checked(*args: Any, **named: Any) -> Any:
        _check_numbers(args[given_first:], named)
        if name in _WRITES:
            _check_size(sum(map(_weight, args)))
        elif name == "format":
            _check_form(str(args[0]), "%", (*args[1:], *named.values()))
        elif name in ("replace", "indent"):
            said = (named[one] for one in ("old", "new", "width") if one in named)
            _check_method(str(args[given_first - 1]), name, (*args[given_first:], *said))
        return _sized(function(*args, **named))

    return checked


def _check_product(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        _check_size(left.bit_length() + right.bit_length())
        return
    for one, times in ((left, right), (right, left)):
        if isinstance(times, int):
            _check_size(_weight(one) * times)


def _check_numbers(args: tuple[Any, ...], named: dict[str, Any]) -> None:
    for one in (*args, *named.values()):
        if isinstance(one, int):
            _check_size(abs(one))


def _check_method(text: str, name: str, values: tuple[Any, ...]) -> None:
    """What some of a text's own methods would make of it, for these arguments."""
    if name in ("format", "format_map"):
        _check_form(text, "{", values)
    elif name == "replace" and all(isinstance(one, str) for one in values[:2]):
        old, new = values[:2]
        _check_size(len(text) + text.count(old) * len(new))
    elif name == "join":
        _check_size(len(text) * sum(map(len, values)) + _weight(values))
    elif name == "indent":
        width = values[0] if values else 0
        _check_size(len(text) + text.count("\n") * (len(width) if isinstance(width, str) else width))
    elif name == "expandtabs":
        _check_size(len(text) + text.count("\t") * sum(values))
    elif name == "translate":  # of one letter it makes a text of any length, and no chat needs it
        raise TooLarge


def _check_form(form: str, mark: str, values: tuple[Any, ...]) -> None:
    """A width in a format is a number that is handed on, though it is written as text; each `mark` may stand
    for all that is given."""
    _check_numbers(values, {})
    _check_size(form.count(mark) * _weight(values))
    for number in _DIGITS.findall(form):
        _check_size(int(number[:_LONGEST]))


def _sized(made: Any) -> Any:
    if isinstance(made, str | list | tuple | dict):
        _check_size(len(made))
    return made


def _check_size(size: int) -> None:
    if size > _most.get():
        raise TooLarge


def _weight(value: Any) -> int:
    """Characters and items in it, one that lies in it twice twice; those beyond the bound are not counted."""
    most, weight, left = _most.get(), 0, [value]
    while left and weight <= most:
        one = left.pop()
        if isinstance(one, str):
            weight += len(one)
        elif isinstance(one, dict):
            weight += len(one)
            left += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple):
            weight += len(one)
            left += one
    return weight
