"""Run the studio's quick tests, installing them and the studio into .venv first where needed.

`--long` adds the fault campaigns and the zoo of model families; other arguments go to pytest as they are.
"""

import os
import subprocess
import sys
import tempfile

import environment

SURROUNDINGS = {"QT_QPA_PLATFORM": "offscreen", "OMP_WAIT_POLICY": "PASSIVE", "HF_HUB_OFFLINE": "1"}
# About half of the time of all tests; the rest runs beside them, for most tests wait for other processes.
SECOND = ("app", "engine", "media", "session", "store", "ui", "viewmodels")


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
    if arguments:
        return environment.start(["-m", "pytest", "-m", marked, *arguments])
    return _in_two(marked)


def _in_two(marked: str) -> int:
    """All tests, in two processes; the words of the second are kept until the first has said its own."""
    tests = os.path.join(environment.ROOT, "tests")
    found = sorted(name for name in os.listdir(tests) if _holds_tests(os.path.join(tests, name)))
    halves = [name for name in found if name not in SECOND], [name for name in found if name in SECOND]
    base = [environment.PYTHON, "-m", "pytest", "-q", "-m", marked]
    commands = [[*base, *(os.path.join("tests", name) for name in half)] for half in halves]
    with tempfile.TemporaryFile() as words:
        second = subprocess.Popen(commands[1], stdout=words, stderr=subprocess.STDOUT)
        first = subprocess.Popen(commands[0])
        try:
            statuses = [first.wait(), second.wait()]
        finally:  # also after Ctrl+C, which reached them too
            words.seek(0)
            sys.stdout.buffer.write(words.read())
            sys.stdout.flush()
    return max(statuses, key=abs)


def _holds_tests(path: str) -> bool:
    name = os.path.basename(path)
    return (os.path.isdir(path) and not name.startswith("_")) or name.startswith("test_")


if __name__ == "__main__":
    sys.exit(main())
