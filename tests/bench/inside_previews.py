"""Somebody who has sixteen pictures made at once and watches them, in the real window.

python -m tests.bench.inside_previews HOME

Prints what `tests.bench.inside` does.
"""

import sys
from collections.abc import Iterator

from studio.core.model import Ability
from studio.ui.panels.create import CreatePanel
from tests.bench.inside import Until, Visit, main

LABEL, STEPS, COUNT = "16 previews", 40, 16


class Watcher(Visit):
    """One job that brings the model into memory, then the sixteen."""

    def steps(self) -> Iterator[Until]:
        session, window = self._session, self._studio.window
        yield Until(session.ready, lambda: session.is_open)
        yield Until(session.models.changed, lambda: session.models.installed(Ability.GENERATE))
        self.click(session.models.installed(Ability.GENERATE)[0].examples["en"][0])
        yield Until(session.job_changed, lambda: self.ended == 1)
        assert window
        panel = window.panel("create")
        assert isinstance(panel, CreatePanel)
        panel.prompt.settings.set_num_images(COUNT)
        panel.prompt.settings.set_steps(STEPS)
        self.pulse.label = LABEL
        self.click("Generate")
        yield Until(session.job_changed, lambda: self.ended == 2)


if __name__ == "__main__":
    sys.exit(main(Watcher))
