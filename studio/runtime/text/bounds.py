"""Foreign code held to little time and memory while it runs in this process: chat templates are programs.

Jinja's sandbox bounds what a template may touch, not how long it runs and how much it makes, and Python has
no other way to interrupt a loop in its own thread on every system.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from jinja2 import Environment, filters

SPARE_BYTES = 1 << 30  # of address space, beyond what the process has
_TRACED = ("<template>", filters.__file__)  # the name Jinja gives to the code it compiles, and its own
_STATM = Path("/proc/self/statm")


class TooSlow(Exception):
    """The code took longer than any that means well."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise TooSlow once the time is over: at the next line of a template, or call of any function.

    It is the thread's own time that counts: on a machine that is busy with other things nothing gets slower.
    Only frames of the template, and of Jinja's filters, are traced line by line, so the rest runs at nearly
    full speed.
    """
    end = time.thread_time() + seconds

    def check() -> None:
        if time.thread_time() > end:
            raise TooSlow

    def in_template(frame: FrameType, event: str, _: Any) -> Any:
        check()
        return in_template

    def enter(frame: FrameType, event: str, _: Any) -> Any:
        check()
        return in_template if frame.f_code.co_filename in _TRACED else None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def little_memory() -> Iterator[None]:
    """Let an allocation beyond SPARE_BYTES raise MemoryError, on Linux; elsewhere the system decides.

    One operation can ask for any amount (`'x' * 10 ** 12`), where no line is left to interrupt.
    """
    if not _STATM.exists():
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = int(_STATM.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") + SPARE_BYTES
    if soft == resource.RLIM_INFINITY or most < soft:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def raises_to_a_power(template: str) -> bool:
    """Whether the template has a power in it: one operation that can take for ever, and that no chat needs.

    Raises TemplateSyntaxError.
    """
    before = ""
    for _, kind, value in Environment().lex(template):
        if kind == "operator" and value == "**" and before not in ("(", ","):  # else keywords handed on
            return True
        if kind != "whitespace":
            before = value
    return False
