"""Lets the tests import the recipe's modules as its own scripts do: by their plain names."""

import sys
from pathlib import Path

RECIPE = Path(__file__).parents[3] / "packaging" / "starter"
if str(RECIPE) not in sys.path:
    sys.path.append(str(RECIPE))
