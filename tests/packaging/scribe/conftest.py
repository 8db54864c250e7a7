"""Lets the tests import the recipe of Scribe as the package that it is."""

import sys
from pathlib import Path

RECIPE = Path(__file__).parents[3] / "packaging" / "starter"
if str(RECIPE) not in sys.path:
    sys.path.append(str(RECIPE))
