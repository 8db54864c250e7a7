"""What is given with a message in a real window over a real session: read, counted, sent and there again."""

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage

from studio.core.jobs import JobState
from studio.core.personas import Persona
from studio.core.sampling import Sampling
from tests.session.conftest import open_session, paths, session  # noqa: F401 - fixtures
from tests.ui.test_half_hour import LONG, closing, shown  # noqa: F401 - fixtures


@pytest.mark.long
def test_files_persona_preset_and_template_reach_the_model(qapp, qtbot, session, closing, tmp_path):  # noqa: F811
    qtbot.waitUntil(lambda: session.models.is_read, timeout=LONG)
    window = closing.enter_context(shown(qapp, session))
    window.shell.go("chat")
    panel = window.panel("chat")
    edit = panel.composer.edit
    (tmp_path / "brief.md").write_text("The cards are 105 × 148 mm.")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "brief.md"))])
    edit.insertFromMimeData(data)
    long = QMimeData()
    long.setText("paper " * 1000)
    edit.insertFromMimeData(long)
    image = QMimeData()
    image.setImageData(QImage(16, 16, QImage.Format.Format_RGB32))
    edit.insertFromMimeData(image)
    qtbot.waitUntil(lambda: len(panel._said.attachments) == 3, timeout=LONG)
    pasted = next(one for one in panel._said.attachments if one.name == "pasted.txt")
    panel._said.remove(pasted.id)
    session.personas.save(Persona(id="", name="Printer", system="Be brief."))
    qtbot.waitUntil(lambda: bool(session.personas.all()), timeout=LONG)
    panel.inspector.persona.picker.chosen.emit(session.personas.all()[0].id)
    panel._viewmodel.put_sampling(Sampling(max_new_tokens=8, seed=1))
    panel._said.set_text("/summarise")
    panel._said.set_takes(2)
    qtbot.waitUntil(lambda: panel._context.use is not None, timeout=LONG)  # a worker is there, and idle
    assert panel.composer.send()
    qtbot.waitUntil(lambda: panel._viewmodel.conversation_id != "", timeout=LONG)
    qtbot.waitUntil(lambda: [one.state for one in session.jobs()] == [JobState.DONE], timeout=LONG)
    job = session.jobs()[0].job
    assert len(job.messages) == 2
    assert panel._viewmodel.persona and panel._viewmodel.persona.name == "Printer"
    asked = panel._viewmodel.branch.messages[0]
    assert [one.name for one in asked.attachments if one.text] == ["brief.md"]
    panel._said.set_takes(1)
    panel._said.set_text("And now?")
    qtbot.waitUntil(lambda: panel._context.use is not None, timeout=LONG)
    assert panel._context.use.exact and panel._context.parts
