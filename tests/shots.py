"""Renders every screen to PNG, so that one can look at all of them: `python tests/shots.py FOLDER [NAME…]`.

Without names every scene of `tests/ui/scenes_*.py` is drawn, in light and dark, English and Chinese, 1280 and
2560 wide; a name draws the scenes that begin with it. `--quick` draws dark English and light Chinese at 1280.
`--golden` draws anew what `tests/ui/test_golden.py` compares with; look at it before committing it.
"""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PySide6.QtWidgets import QApplication

from tests.ui import golden
from tests.ui.stage import Look, Stage, all_scenes

SIZES = ((1280, 800), (2560, 1440))


def looks(quick: bool) -> list[Look]:
    if quick:
        return [Look("dark", "en"), Look("light", "zh")]
    return [
        Look(theme, language, *size)
        for size in SIZES
        for theme in ("dark", "light")
        for language in ("en", "zh")
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("shots"))
    parser.add_argument("names", nargs="*")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--golden", action="store_true")
    wanted = parser.parse_args()
    application = QApplication([])
    if wanted.golden:
        golden.write()
        return 0
    wanted.folder.mkdir(parents=True, exist_ok=True)
    for name, play in all_scenes().items():
        if wanted.names and not name.startswith(tuple(wanted.names)):
            continue
        for look in looks(wanted.quick):
            stage = Stage(look)
            play(stage)
            stage.picture().save(str(wanted.folder / f"{name}-{look.suffix}.png"))
            stage.close()
        print(name)
    application.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
