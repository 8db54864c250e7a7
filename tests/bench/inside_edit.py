"""The ordinary path of editing in the real window, from inside its process: choose, fill, judge, apply,
extend, enlarge, export; then a large picture is opened.

python -m tests.bench.inside_edit HOME

Prints what `tests.bench.inside` does; HOME holds the pictures that are opened.
"""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from studio.core.edits import Operation
from studio.core.jobs import JobState
from studio.core.model import Ability
from studio.core.records import Asset, JobRecord
from studio.ui.panels.edit import EditPanel
from studio.viewmodels.edit_tools import Tool
from tests.bench.inside import Until, Visit, main

SIDE = 2048
PICTURE, LARGE = "picture.png", "large.jpg"
SEEN, SHOWN = "first view in the window", "shown in the window"
LASSO = ((500, 500), (900, 400), (1300, 600), (1400, 1100), (900, 1300), (500, 1000))
MARGIN = 256


class Editing(Visit):
    """Does it with the starter and few steps."""

    def steps(self) -> Iterator[Until]:
        session, pulse, studio = self._session, self.pulse, self._studio
        home = Path(sys.argv[1])
        yield Until(session.ready, lambda: session.is_open)
        yield self._until(lambda: session.models.installed(Ability.GENERATE) and studio.window)
        assert studio.window and studio.shell
        shell, kept = studio.shell, list[Asset]()
        session.job_changed.connect(_check)
        shell.go("edit", home / PICTURE)
        panel = studio.window.panel("edit")
        assert isinstance(panel, EditPanel)
        vm = panel.viewmodel
        vm.kept.connect(kept.append)
        yield self._until(lambda: vm.document)
        vm.keep()
        yield self._until(lambda: kept)
        vm.close_document()
        pulse.label = "open from the gallery"
        shell.go("edit", kept[0])
        yield self._until(lambda: vm.document and self._painted(panel))
        document = vm.document
        assert document is not None
        pulse.label = "lasso"
        vm.tools.choose(Tool.LASSO)
        self._drag(panel, LASSO)
        yield self._until(lambda: not vm.commands.busy and not vm.chosen.is_empty and self._painted(panel))
        pulse.label = "fill"
        vm.settings.set_prompt("a small boat")
        vm.settings.set_num_images(2)
        vm.settings.set_steps(2)
        panel.acts.run.trigger()
        yield self._until(lambda: self.ended == 1 and vm.takes.done == 2 and vm.takes.shown)
        pulse.label = "walk takes"
        for _ in range(3):
            vm.takes.walk(1)
            yield self._until(lambda: self._painted(panel))
        pulse.label = "apply"
        vm.apply()
        yield self._until(lambda: len(document.state.layers) == 2 and self._painted(panel))
        pulse.label = "extend"
        vm.settings.set_num_images(1)
        vm.tools.choose(Tool.EXTEND)
        yield self._until(lambda: self._painted(panel))
        edge = panel.work.canvas.frame(Tool.EXTEND).region.right
        self._drag(panel, ((edge, SIDE // 2), (edge + MARGIN // 2, SIDE // 2), (edge + MARGIN, SIDE // 2)))
        QTest.keyClick(panel.work.canvas, Qt.Key.Key_Return)
        yield self._until(lambda: self.ended == 2 and vm.takes.shown)
        pulse.label = "apply the extension"
        vm.apply()
        yield self._until(lambda: document.state.width > SIDE and self._painted(panel))
        pulse.label = "upscale"
        vm.settings.choose_operation(Operation.UPSCALE)
        panel.acts.run.trigger()
        yield self._until(lambda: self.ended == 3 and vm.takes.shown)
        pulse.label = "apply the upscaled"
        vm.apply()
        yield self._until(lambda: document.state.width > 2 * SIDE and self._painted(panel))
        pulse.label = "export"
        vm.export(home / "exported.png")
        yield self._until(lambda: (home / "exported.png").exists() and not vm.busy)
        yield from self._open_large(panel, home / LARGE)

    def _open_large(self, panel: EditPanel, path: Path) -> Iterator[Until]:
        self.pulse.label = "open a large one"
        before, began = panel.viewmodel.document, time.perf_counter()
        self._studio.shell.go("edit", path)  # type: ignore[union-attr]
        picture = panel.work.canvas.picture
        there = picture.still  # of the picture before, where it was not painted to the end
        yield self._until(lambda: picture.still is not None and picture.still is not there)
        self.times[SEEN] = time.perf_counter() - began  # a turn later than it was painted, at most
        yield self._until(lambda: panel.viewmodel.document not in (None, before) and self._painted(panel))
        self.times[SHOWN] = time.perf_counter() - began

    def _until(self, true: Callable[[], object]) -> Until:
        return Until(self.pulse.turned, true)

    def _painted(self, panel: EditPanel) -> bool:
        return not panel.work.canvas.busy

    def _drag(self, panel: EditPanel, places: tuple[tuple[int, int], ...]) -> None:
        canvas = panel.work.canvas
        spots: list[QPoint] = [canvas.to_view().map(QPointF(*place)).toPoint() for place in places]
        QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=spots[0])
        for spot in spots[1:]:
            QTest.mouseMove(canvas.viewport(), spot)
        QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=spots[-1])


def _check(record: JobRecord) -> None:
    if record.state is JobState.FAILED:
        sys.exit(f"the job failed: {record.problem}")


if __name__ == "__main__":
    sys.exit(main(Editing))
