"""Run the studio's quick tests, installing them and the studio into .venv first where needed.

`--long` adds the fault campaigns and the zoo of model families; other arguments go to pytest as they are.
"""

import os
import sys

import environment

SURROUNDINGS = {"QT_QPA_PLATFORM": "offscreen", "OMP_WAIT_POLICY": "PASSIVE", "HF_HUB_OFFLINE": "1"}
SHARED = ("-n", "2", "--dist", "loadfile")  # files of tests in two processes: most wait for others


def main() -> int:
    """Install what is missing, then become pytest."""
    arguments = [word for word in sys.argv[1:] if word != "--long"]
    marked = "not bench" if "--long" in sys.argv else "not long and not bench"
    if not {"base", "test", "libraries"} <= environment.installed():
        import bootstrap

        status = bootstrap.prepare({"base", "test"}, needs_window=True)
        if status:
            return status
    os.environ.update(SURROUNDINGS)
    os.chdir(environment.ROOT)
    return environment.start(["-m", "pytest", "-m", marked, *(arguments or SHARED)])


if __name__ == "__main__":
    sys.exit(main())
