"""Labels show what others wrote, prompts in files among it, as it stands."""

import pytest
from PySide6.QtGui import QTextDocument

from studio.ui.widgets.clamped_label import ClampedLabel
from studio.ui.widgets.labels import ElidedLabel

EVIL = "a boat <img src='file:///etc/passwd'> <b>at sea</b> & more " * 3


@pytest.mark.parametrize("make", [lambda: ElidedLabel(), lambda: ClampedLabel(lines=1)])
def test_a_tooltip_is_never_html_of_others(qtbot, make):
    label = make()
    qtbot.addWidget(label)
    label.setText(EVIL)
    label.resize(60, 20)
    label.show()
    document = QTextDocument()  # as the tooltip will read it
    document.setHtml(label.toolTip())
    assert document.toPlainText() == EVIL
    assert "<img" not in document.toHtml()
