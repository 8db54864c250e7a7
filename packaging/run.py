"""Start the studio; the first time, install it into .venv.

Without arguments the window opens; any argument goes to `studio` as it is.
"""

import sys

import environment


def main() -> int:
    """Install what is missing, then become the studio."""
    arguments = sys.argv[1:]
    if not {"base", "libraries"} <= environment.installed():
        import bootstrap

        status = bootstrap.prepare({"base"}, needs_window=bootstrap.opens_window(arguments))
        if status:
            return status
    # -P: a file called torch.py in the folder where one happens to stand is not the library.
    return environment.start(["-P", "-m", "studio", *arguments])


if __name__ == "__main__":
    sys.exit(main())
