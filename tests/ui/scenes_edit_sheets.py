"""What there is to look at of the sheets over the canvas of Edit."""

from functools import partial

from studio.ui.dialogs.edit_adjust import CurvesSheet
from tests.ui.scenes_edit import opened, settle
from tests.ui.stage import Stage, scene

# As they open, by the name of their action.
OPENED = {
    "edit-levels": "levels",
    "edit-words": "text",
    "edit-resize": "resize",
    "edit-hue": "hue",
    "edit-blur": "blur",
    "edit-straighten": "straighten",
}


def _open(action: str, stage: Stage) -> None:
    panel = opened(stage)
    getattr(panel.acts, action).trigger()
    settle(stage, panel)


for _name, _action in OPENED.items():
    scene(_name)(partial(_open, _action))


@scene("edit-curves")
def curves(stage: Stage) -> None:
    panel = opened(stage)
    panel.acts.curves.trigger()
    sheet = panel.work.sheets.adjusting
    assert isinstance(sheet, CurvesSheet)
    sheet.curve.points = {**sheet.curve.points, "all": ((0, 0), (64, 40), (150, 205), (255, 255))}
    sheet.curve.changed.emit()
    settle(stage, panel)


@scene("edit-resize-refused")
def resize_refused(stage: Stage) -> None:
    """Larger than a picture can be."""
    panel = opened(stage)
    panel.acts.resize.trigger()
    sheet = panel.work.sheets.resizing
    assert sheet is not None
    sheet.width_field.setText("400000")
    settle(stage, panel)


@scene("edit-shortcuts")
def shortcuts(stage: Stage) -> None:
    """At its end, where the keys of the canvas stand."""
    opened(stage)
    stage.window.lists.open_shortcuts()
    bar = stage.window.lists.shortcuts._scroll.verticalScrollBar()
    stage.settle()
    bar.setValue(bar.maximum())
