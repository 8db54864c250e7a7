"""The error tree is complete: every leaf has its own code, and survives the pipe."""

import string

from studio.core import errors
from studio.core.errors import StudioError, error_from


def leaves(error: type[StudioError]) -> list[type[StudioError]]:
    """Those of the core; a composition root may add some that only it raises."""
    below = [leaf for child in error.__subclasses__() for leaf in leaves(child)] or [error]
    return [leaf for leaf in below if leaf.__module__.startswith(f"{errors.__name__}.")]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_codes_are_unique_and_lead_back_to_their_class():
    every = leaves(StudioError)
    assert len({error.code for error in every}) == len(every)
    for error in every:
        params = dict.fromkeys(fields(error.template), "x")
        again = error_from(error.code, params)
        assert type(again) is error
        assert again.params == params


def test_a_hint_uses_only_what_the_error_knows():
    for error in leaves(StudioError):
        assert fields(error.hint) <= fields(error.template) | {
            "example",
            "known",
            "least",
            "most",
            "near",
            "log",
            "page",
            "repository",
        }, error


def test_an_unknown_code_is_still_a_sentence():
    assert isinstance(error_from("from_the_future", {"a": 1}), errors.UnexpectedError)


def test_what_nobody_expected_names_its_type():
    full = errors.DiskFull(path="/x")
    assert errors.known(full) is full
    assert errors.known(KeyError("x")).params == {"detail": "KeyError: 'x'"}
