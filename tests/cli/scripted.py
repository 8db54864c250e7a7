"""`studio` with a model whose prompts are scripts (see `runtime/families/fake.py`).

python -m tests.cli.scripted ARGV
"""

import sys

from studio.__main__ import main
from studio.core.model import Ability, ModelSpec
from studio.session.models import InstalledModels
from tests.session.conftest import FAKE


def find_scripted(
    _shelf: InstalledModels, _name: str | None, _ability: Ability, _preferred: str
) -> ModelSpec:
    return FAKE


if __name__ == "__main__":
    InstalledModels.find = find_scripted  # type: ignore[method-assign]
    sys.exit(main())
