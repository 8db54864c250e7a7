"""Lets the window outlive an error in a method that overrides one of Qt's, such as `paintEvent` or `data`.

Before Python 3.12 an error that C code sets, such as `list index out of range` or `Internal C++ object
already deleted`, stays a class and a text until an `except` meets it. PySide, up to 6.12.0 at least, takes
that text for an exception where the override was called within a call from Python, as by `setStyleSheet` or
`sendEvent`, and the process ends with a segmentation fault. What C code sets while another error is being
handled is an exception at once. So while the window is open, one always is.

It does not help everywhere: until the error is raised where Python called Qt, PySide drops a reference to
the method of each object on which Qt looks for that method for the first time, as of all that is painted
first in a `grab`. With that, the process may end later, whatever the error. In what Qt calls from its event
loop, neither happens: there the error is printed at once.
"""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Lasting(Exception):
    """Is being handled as long as the window is open, and so the context of whatever is raised meanwhile."""


def outliving_errors(run: Callable[[], T]) -> T:
    """What `run` returns. An override that fails in it raises where Python called Qt."""
    try:
        raise Lasting
    except Lasting:
        return run()


def without_lasting(error: BaseException) -> None:
    """Take that context from an error of which a person will read: it says nothing of how it came about."""
    while (context := error.__context__) is not None:
        if isinstance(context, Lasting):
            error.__context__ = None
            return
        error = context
