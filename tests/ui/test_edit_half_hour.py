"""A designer's half hour in Edit, in a real window over a real session with the starter model: from words to
a picture in five kinds of files, every step of it undone and done again to the very bytes, and a death."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import numpy as np
import psutil
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from studio.core.edits import Margins, Operation, Region
from studio.core.jobs import JobState
from studio.core.records import AssetQuery
from studio.media.compose import composite
from studio.media.layered import open_layered
from studio.session.edit_document import EditDocument
from studio.ui.panels.edit import EditPanel
from tests.session.conftest import open_session, paths, session  # noqa: F401 - fixtures
from tests.ui.test_edit_path import ALT, CTRL, Painter
from tests.ui.test_half_hour import LONG, closing, shown  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.long,
    pytest.mark.qt_log_ignore(
        "This plugin does not support"
    ),  # the offscreen platform's, for dialogs and menus
]
SHIFT, Key = Qt.KeyboardModifier.ShiftModifier, Qt.Key
REPO = Path(__file__).parents[2]
SECONDS = 100
LOSSY = {"jpg": 6.0, "webp": 6.0}  # mean difference of a channel that these kinds of files may make


def whole(document: EditDocument) -> np.ndarray:
    state = document.state
    return document.pixels(Region(0, 0, state.width, state.height))


def stand(document: EditDocument) -> tuple[object, bytes, bytes]:
    """All that one can see of it: the layers, the picture, and what is chosen."""
    state = document.state
    chosen = document.selection.read(Region(0, 0, state.width, state.height))
    return state, whole(document).tobytes(), chosen.tobytes()


def killed_in_a_stroke(home: Path, document: str, note: Path) -> np.ndarray:
    """What was chosen, and on the disk, when the process was killed. None of its workers outlives it."""
    script = [sys.executable, "-m", "tests.ui.edit_until_killed", str(home), document, str(note)]
    doomed = subprocess.Popen(script, cwd=REPO, stdout=subprocess.PIPE)
    at_the_latest = Timer(SECONDS, doomed.kill)
    at_the_latest.start()
    try:
        assert doomed.stdout.readline() == b"there\n"
        workers = psutil.Process(doomed.pid).children(recursive=True)
    finally:
        at_the_latest.cancel()
        doomed.kill()
        doomed.wait(SECONDS)
        doomed.stdout.close()
    _, alive = psutil.wait_procs(workers, SECONDS)
    assert not alive
    return np.load(note)


@contextmanager
def reopened(qapp, open_session, qtbot, document_id: str):  # noqa: F811
    """The document at the next start."""
    session = open_session()  # noqa: F811
    with shown(qapp, session) as window:
        window.shell.go("edit")
        vm = window.panel("edit").viewmodel
        with qtbot.waitSignal(vm.opened, timeout=LONG):
            vm.reopen(document_id)
        yield vm.document
    session.close()


def test_from_words_to_files_and_through_a_death(
    qapp,
    session,  # noqa: F811
    open_session,  # noqa: F811
    closing,  # noqa: F811
    qtbot,
    paths,  # noqa: F811
    home: Path,
    tmp_path: Path,
    monkeypatch,
):
    hands, window = Painter(), closing.enter_context(shown(qapp, session))

    def wait(until) -> None:
        qtbot.waitUntil(lambda: bool(until()), timeout=LONG)

    # A picture of words, which goes on to Edit.
    hands.press(Key.Key_2, CTRL)
    create = window.panel("create")
    wait(lambda: create._viewmodel.settings.model)
    create._viewmodel.settings.set_num_images(1)
    create._viewmodel.settings.set_steps(2)
    hands.type("a boat with red sails on the sea at sunset")
    hands.press(Key.Key_Return, CTRL)
    wait(lambda: [one.state for one in session.jobs(lane="image")] == [JobState.DONE])
    (picture,) = session.assets_page(AssetQuery())
    hands.press(Key.Key_G, CTRL)
    hands.press(Key.Key_E)
    panel = window.panel("edit")
    assert isinstance(panel, EditPanel)
    vm = panel.viewmodel
    wait(lambda: vm.document)
    document, canvas = vm.document, panel.work.canvas
    assert document.state.asset == picture.id
    stands = [stand(document)]
    with Image.open(paths.library / picture.path) as made:
        assert np.array_equal(np.asarray(made.convert("RGBA")), whole(document))

    def did(*labels: str) -> None:
        """So many steps more, of these names and no other."""
        wait(lambda: document.position >= len(stands) - 1 + len(labels) and not vm.commands.busy)
        assert list(document.steps)[len(stands) - 1 :] == list(labels)
        for back in reversed(range(len(labels))):
            document.go_to(document.position - back)
            stands.append(stand(document))
            document.go_to(len(document.steps))

    def jobs_done(count: int) -> None:
        wait(lambda: len(session.jobs(lane="image")) == count)
        wait(lambda: session.jobs(lane="image")[0].state.ended and vm.takes.shown)
        record = session.jobs(lane="image")[0]
        assert record.state is JobState.DONE, record.problem

    # A place of it anew: the second of two takes.
    vm.settings.set_num_images(2)
    vm.settings.set_steps(2)
    canvas.setFocus()
    hands.press(Key.Key_L)
    hands.drag(panel, (60, 60), (140, 50), (150, 130), (70, 140), (60, 60))
    did("Lasso")
    chosen = document.selection.bounds()
    assert chosen.within(152, 142) == chosen and chosen.width > 70
    hands.press(Key.Key_L, CTRL)
    hands.type("a yellow moon")
    hands.press(Key.Key_Return, CTRL)
    jobs_done(2)
    wait(lambda: vm.takes.done == 2)
    hands.press(Key.Key_Right, ALT)
    taken = vm.takes.shown.asset
    assert taken.recipe.index == 1
    hands.press(Key.Key_Return, CTRL, SHIFT)
    did("Fill")
    with Image.open(paths.library / taken.path) as made:
        assert np.array_equal(np.asarray(made.convert("RGBA")), whole(document))
    before = np.frombuffer(stands[0][1], np.uint8).reshape(256, 256, 4)
    changed = (before != whole(document)).any(axis=2)
    near = chosen.grown(vm.settings.edit.feather + 1).within(256, 256)
    changed[near.top : near.bottom, near.left : near.right] = False
    assert not changed.any(), "beyond the feather"

    # Two sides more.
    canvas.setFocus()
    hands.press(Key.Key_X)
    right = canvas.frame(vm.tools.tool).region.right
    hands.drag(panel, (right, 128), (right + 16, 128), (right + 32, 128))
    top = canvas.frame(vm.tools.tool).region.top
    hands.drag(panel, (canvas.frame(vm.tools.tool).region.width // 2, top), (140, top - 16), (140, top - 32))
    margins = vm.settings.margins
    assert margins.right >= 24 and margins.top >= 24 and not margins.left and not margins.bottom
    vm.settings.set_num_images(1)
    canvas.setFocus()
    hands.press(Key.Key_Return)
    jobs_done(3)
    hands.press(Key.Key_Return, CTRL, SHIFT)
    did("Extend")
    assert (document.state.width, document.state.height) == (256 + margins.right, 256 + margins.top)
    assert vm.settings.margins == Margins(), "it is not extended again unasked"

    # Twice as large.
    hands.press(Key.Key_7, ALT)
    assert vm.settings.operation is Operation.UPSCALE
    size = document.state.width, document.state.height
    hands.press(Key.Key_Return, CTRL)
    jobs_done(4)
    hands.press(Key.Key_Return, CTRL, SHIFT)
    did("Upscale")
    assert (document.state.width, document.state.height) == (2 * size[0], 2 * size[1])

    # Its colours, at once.
    canvas.setFocus()
    hands.press(Key.Key_D, CTRL)
    if not document.selection.bounds().is_empty:
        wait(lambda: document.selection.bounds().is_empty)
    if document.position == len(stands):
        did("Select nothing")
    hands.press(Key.Key_L, CTRL, ALT)
    sheet = panel.work.sheets.adjusting
    sheet.sliders["gamma"].set_value(2.0)
    hands.press(Key.Key_Return)
    did("Levels")
    assert (
        whole(document)[..., :3].mean() > np.frombuffer(stands[-2][1], np.uint8).reshape(-1, 4)[:, :3].mean()
    )

    # Words, as a layer; it fades, goes down, comes up again, and is merged.
    canvas.setFocus()
    layers = len(document.state.layers)
    hands.press(Key.Key_T, CTRL)
    hands.type("Greetings 海")
    hands.click(panel.work.sheets.writing.button, "Put them there")
    wait(lambda: len(document.state.layers) == layers + 1)
    did("Text")
    assert document.state.active_layer.text.text == "Greetings 海"
    assert stands[-1][1] != stands[-2][1]
    hands.press(Key.Key_BracketLeft, CTRL)
    did("Move a layer")
    hands.press(Key.Key_BracketRight, CTRL)
    did("Move a layer")
    assert stands[-1][1] == stands[-3][1]
    panel.inspector.layers.opacity.field.setValue(40)
    did("Opacity of a layer")
    assert document.state.active_layer.opacity == 0.4
    canvas.setFocus()
    hands.press(Key.Key_E, CTRL)
    did("Merge down")
    assert len(document.state.layers) == layers
    hands.press(Key.Key_A, CTRL)
    did("Select all")
    hands.press(Key.Key_M, CTRL, ALT)
    did("Keep the selection as a layer")

    # Back to the beginning, and forth again.
    for position in reversed(range(len(stands) - 1)):
        hands.press(Key.Key_Z, CTRL)
        assert document.position == position
        assert stand(document) == stands[position]
    assert not document.can_undo
    for position in range(1, len(stands)):
        hands.press(Key.Key_Z, CTRL, SHIFT)
        assert stand(document) == stands[position]

    # Before beside after.
    hands.press(Key.Key_Y)
    wait(lambda: canvas.is_comparing)
    hands.press(Key.Key_Y)
    assert not canvas.is_comparing

    # Five kinds of files.
    shows = whole(document)
    for kind in ("png", "jpg", "webp", "ora", "psd"):
        target = tmp_path / f"card.{kind}"
        monkeypatch.setattr(QFileDialog, "open", lambda dialog, to=target: dialog.fileSelected.emit(str(to)))
        with qtbot.waitSignal(vm.exported, timeout=LONG):
            hands.press(Key.Key_S, CTRL)
        if kind in ("ora", "psd"):
            read = open_layered(target)
            assert len(read.document.layers) == len(document.state.layers)
            area = Region(0, 0, document.state.width, document.state.height)
            assert np.array_equal(composite(read.document, read.planes, area), shows)
        else:
            with Image.open(target) as written:
                pixels = np.asarray(written.convert("RGBA"))
            assert pixels.shape == shows.shape
            difference = np.abs(pixels.astype(int) - shows)
            assert difference.mean() <= LOSSY.get(kind, 0)

    # Kept, and back to what it came from, which is a step like others.
    with qtbot.waitSignal(vm.kept, timeout=LONG):
        hands.press(Key.Key_S, CTRL, SHIFT)
    wait(lambda: picture.id in [row.asset.id for row in vm.lineage.rows] and len(vm.lineage.rows) > 1)
    rows = vm.lineage.rows
    tree = panel.inspector.lineage.list
    tree.setCurrentIndex(tree.model().index([row.asset.id for row in rows].index(picture.id), 0))
    hands.press(Key.Key_R, CTRL, SHIFT)
    wait(lambda: document.position == len(stands))
    assert whole(document).tobytes() == stands[0][1]
    hands.press(Key.Key_Z, CTRL)
    assert stand(document) == stands[-1]
    hands.press(Key.Key_D, CTRL)
    did("Select nothing")
    at_the_end, steps, position = stand(document), list(document.steps), document.position
    document_id = document.state.id
    closing.close()
    session.close()

    # Killed in a stroke: what was drawn until a moment ago is there, and goes as one.
    drawn = killed_in_a_stroke(home, document_id, tmp_path / "stroke.npy")
    assert drawn.any()
    with reopened(qapp, open_session, qtbot, document_id) as document:
        area = Region(0, 0, document.state.width, document.state.height)
        assert (document.selection.read(area) >= drawn).all()
        assert list(document.steps)[:position] == steps[:position]
        document.undo()
        assert stand(document) == at_the_end
        while document.position:
            document.undo()
            assert stand(document) == stands[document.position]
