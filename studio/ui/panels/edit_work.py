"""Where one works on an open document: tools, their options, the canvas, and what opens over it.

Imported once a document is open: what works on pixels takes its time to import.
"""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.panels.edit_actions import EditActions
from studio.ui.panels.edit_canvas import CanvasBinding
from studio.ui.panels.edit_options import OptionsBar
from studio.ui.panels.edit_sheets import EditSheets
from studio.ui.panels.edit_tools import ToolActions, ToolStrip
from studio.ui.widgets.edit_canvas import EditCanvas
from studio.ui.widgets.labels import Line
from studio.viewmodels.edit import EditViewModel


class EditWork(QWidget):
    """Shows the view-model's document from the start.

    Attributes:
        canvas, options, strip: its parts.
        binding: between canvas and document; sheets: what opens over them.
    """

    def __init__(
        self,
        viewmodel: EditViewModel,
        actions: EditActions,
        tools: ToolActions,
        middle: QWidget,
        parent: QWidget,
    ) -> None:
        """Hidden in `parent` from the start: a window that closes before this is shown takes it along."""
        super().__init__(parent)
        self._viewmodel = viewmodel
        self.canvas = EditCanvas(viewmodel.tools)
        self.binding = CanvasBinding(viewmodel, self.canvas, self)
        self.sheets = EditSheets(viewmodel, actions, self.binding, middle)
        menus = (("Select", actions.select), ("Adjust", actions.adjust), ("Image", actions.image))
        self.options = OptionsBar(viewmodel.tools, menus)
        self.strip = ToolStrip(tools, viewmodel.tools)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.options)
        right.addWidget(self.canvas, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.strip)
        whole.addWidget(Line(vertical=True))
        whole.addLayout(right, 1)
        viewmodel.settings.models_changed.connect(self._show_finding)
        viewmodel.motion_changed.connect(self._show_motion)
        self._show_finding()
        self._show_motion()
        self.binding.show_document()

    def _show_finding(self) -> None:
        self.options.show_finding(self._viewmodel.finds_objects)

    def _show_motion(self) -> None:
        self.canvas.reduced_motion = self._viewmodel.reduced_motion
