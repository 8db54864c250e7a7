"""Starts the studio: the window when at most a home is named, else the command line."""

import argparse
import sys


def main() -> int:
    """The exit code. Light on purpose: whatever starts this module again must not load Qt or torch."""
    parser = argparse.ArgumentParser(prog="studio", add_help=False, allow_abbrev=False)
    parser.add_argument("--home")
    known, rest = parser.parse_known_args()
    if rest:
        from studio.cli.main import main as run_command

        return run_command(sys.argv[1:])
    from studio.app import main as open_window

    return open_window(known.home)


if __name__ == "__main__":
    sys.exit(main())
