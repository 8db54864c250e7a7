"""Starts the studio: the window when at most a home is named, else the command line."""

import os
import signal
import sys
from types import FrameType


def main() -> int:
    """The exit code. Light on purpose: whatever starts this module again must not load Qt or torch."""
    before = signal.signal(signal.SIGINT, _leave)
    _fill_streams()
    import argparse  # it takes a moment, in which Ctrl+C would be an exception

    parser = argparse.ArgumentParser(prog="studio", add_help=False, allow_abbrev=False)
    parser.add_argument("--home", nargs="?", const="")
    known, rest = parser.parse_known_args()
    if rest or known.home == "":
        from studio.cli.main import main as run_command

        code = run_command(sys.argv[1:])
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is said: Python's own end must not be another one
        return code
    signal.signal(signal.SIGINT, before)
    from studio.app.opening import main as open_window

    return open_window(known.home)


def _fill_streams() -> None:
    """Where a standard stream was closed by whoever starts us (`>&-`), its number goes to nowhere: the next
    file to be opened would get it, and with it all that is printed."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - until the end


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Ctrl+C while libraries are brought in, some of which do not survive an exception. Nothing is at stake
    yet; from its first step on, a command stops by itself."""
    if "--json" in sys.argv:
        os.write(1, b'{"state":"stopped"}\n')
    os._exit(130)


if __name__ == "__main__":
    sys.exit(main())
