"""The Inputs row of Create: pictures to start from or to refer to; one quiet line while there are none."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from studio.core.inputs import InputPicture, Role
from studio.ui.i18n import explain, tr
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.fields import Combo, SliderField
from studio.ui.widgets.flow import FlowLayout
from studio.ui.widgets.labels import ElidedLabel, Label, plain_tip
from studio.ui.widgets.tab_order import tab_before
from studio.ui.widgets.thumb import Thumb
from studio.viewmodels.asset_list import ASSETS_MIME
from studio.viewmodels.create_inputs import InputsViewModel
from studio.viewmodels.create_settings import GenerationSettings
from studio.viewmodels.draft import STRENGTH
from studio.viewmodels.thumbnails import Thumbnails

THUMB = 56
CHIP = 284
MOST_HIGH = 224  # of all chips, before they scroll
ROLES = {Role.START: "Start from", Role.REFER: "Refer to"}
# How far a picture goes from the one that it starts from, by the strength up to which that is so.
FAR = (
    (0.25, "Stays very close to it."),
    (0.5, "Keeps its layout and most of its forms."),
    (0.75, "Keeps its layout, changes forms and colours."),
    (0.95, "Keeps little but its colours."),
    (1.0, "Keeps almost nothing of it."),
)
SUFFIXES = "*.png *.jpg *.jpeg *.webp *.gif *.bmp *.tif *.tiff"


class InputsRow(QWidget):
    """Binds the inputs; takes dropped files and pictures of the library.

    Attributes:
        add: opens the dialog for files.
        chips: one for each picture.
    """

    def __init__(
        self,
        inputs: InputsViewModel,
        settings: GenerationSettings,
        thumbnails: Thumbnails,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._inputs, self._settings, self._thumbnails = inputs, settings, thumbnails
        self.chips: list[InputChip] = []
        self.setAcceptDrops(True)
        self.add = Button("Add picture", "quiet", icon="add", tip="Add pictures to start from or to refer to")
        self.add.clicked.connect(self.choose)
        self._hint = ElidedLabel(
            "To start from, or to refer to: drop or paste one here.", "secondary", "secondary"
        )
        self._problem = Label("", "secondary", "danger", wrap=True)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.add)
        line.addWidget(self._hint, 1)
        line.addStretch(0)
        self._flow = FlowLayout(gap=8, column=CHIP)
        self._scroll = _Chips(self._flow)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 8)
        whole.setSpacing(6)
        whole.addWidget(self._scroll)
        whole.addLayout(line)
        whole.addWidget(self._problem)
        settings.options_changed.connect(self._show)
        settings.models_changed.connect(self._show)
        settings.problems_changed.connect(self._show_problem)
        thumbnails.ready.connect(self._on_thumbnail)
        self._show()

    def choose(self) -> None:
        dialog = QFileDialog(self, tr("Add picture"), "", f"{tr('Pictures')} ({SUFFIXES})")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self._on_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def go_to_fault(self) -> None:
        """Show the picture that the model cannot take, and give its role the keyboard."""
        chip = next((one for one in self.chips if one.problem), None)
        if chip is not None:
            chip.role.setFocus()
            self._scroll.ensureWidgetVisible(chip)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_ids(event) or dropped_files(event):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if ids := dropped_ids(event):
            self._inputs.add_ids(ids)
        else:
            self._inputs.add_files(dropped_files(event))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._show()
        super().changeEvent(event)

    def _on_chosen(self, paths: Sequence[str]) -> None:
        self._inputs.add_files([Path(one) for one in paths])

    def _show(self) -> None:
        pictures = self._inputs.pictures
        while len(self.chips) > len(pictures):
            chip = self.chips.pop()
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        while len(self.chips) < len(pictures):
            chip = InputChip(self._inputs, self._settings, len(self.chips))
            self.chips.append(chip)
            self._flow.addWidget(chip)
            tab_before(self.add, self.chips)
        told = set[str]()
        for chip, picture in zip(self.chips, pictures, strict=True):
            chip.show_picture(picture, told)
            self._show_thumbnail(chip)
        self._scroll.setVisible(bool(pictures))
        self._hint.setVisible(not pictures)
        self._show_problem()

    def _show_problem(self) -> None:
        """What the model cannot take stands at its chip; here is what is left."""
        error = self._settings.problems.get("inputs")
        told = {str(chip.problem) for chip in self.chips if chip.problem}
        shown = error is not None and str(error) not in told
        self._problem.setText(explain(error) if error is not None and shown else "")
        self._problem.setVisible(shown)

    def _show_thumbnail(self, chip: "InputChip") -> None:
        if chip.picture is not None:
            asset = self._inputs.thumbnail_of(chip.picture)
            pixels = round(THUMB * self.devicePixelRatioF() * 1.5)
            chip.thumb.show_image(self._thumbnails.thumbnail(asset, pixels))

    def _on_thumbnail(self, name: str) -> None:
        for chip in self.chips:
            if chip.picture is not None and name in (chip.picture.asset, chip.picture.hash):
                self._show_thumbnail(chip)


class _Chips(QScrollArea):
    """As high as its lines, up to a height that leaves room for the results."""

    def __init__(self, flow: FlowLayout) -> None:
        super().__init__()
        self.setProperty("bare", True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inside = QWidget()
        self._inside.setLayout(flow)
        self.setWidget(self._inside)
        policy = self.sizePolicy()
        policy.setVerticalPolicy(QSizePolicy.Policy.Preferred)  # else its hint, made of no width, is the most
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def heightForWidth(self, width: int) -> int:
        return min(self._inside.heightForWidth(width), MOST_HIGH)

    def hasHeightForWidth(self) -> bool:
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_bar()
        super().resizeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A chip that is shown only now, or that has more to say, makes the lines higher."""
        if event.type() == QEvent.Type.LayoutRequest:
            QTimer.singleShot(0, self, self._fit)  # once the chips have been laid out themselves
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        self._fit_bar()
        self.updateGeometry()

    def _fit_bar(self) -> None:
        """A bar that came while the room was short would make words wrap, and so keep itself needed."""
        scrolls = self._inside.heightForWidth(self.width()) > MOST_HIGH
        policies = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policies.ScrollBarAsNeeded if scrolls else policies.ScrollBarAlwaysOff
        )


class InputChip(QFrame):
    """One picture: what it is to the job, how much it counts, and away with it.

    Attributes:
        picture: the one that is shown.
        problem: why the model cannot take it so.
        thumb, role, strength, weight, away: its parts.
    """

    def __init__(self, inputs: InputsViewModel, settings: GenerationSettings, index: int) -> None:
        super().__init__()
        self._inputs, self._settings, self._index = inputs, settings, index
        self.picture: InputPicture | None = None
        self.problem: Exception | None = None
        self.setProperty("surface", "card")
        self.thumb = Thumb(THUMB)
        self.role = Combo("What the picture is for")
        self.role.chosen.connect(self._on_role)
        self.away = IconButton("close", "Take the picture out", size=24, glyph_size=14)
        self.away.clicked.connect(lambda: self._inputs.remove(self._index))
        self.strength = SliderField("Strength", 0, 1, 0.05, 2, STRENGTH, label_width=48)
        self.strength.changed.connect(self._on_strength)
        self.weight = SliderField("Weight", 0, 2, 0.05, 2, 1.0, label_width=48)
        self.weight.changed.connect(self._on_weight)
        self._remark = Label("", "secondary", "secondary", wrap=True)
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 0, 0)
        top.setSpacing(6)
        top.addWidget(self.role, 1)
        top.addWidget(self.away)
        side = QVBoxLayout()
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(2)
        side.addLayout(top)
        side.addWidget(self.strength)
        side.addWidget(self.weight)
        across = QHBoxLayout()
        across.setSpacing(10)
        across.addWidget(self.thumb, 0, Qt.AlignmentFlag.AlignTop)
        across.addLayout(side, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(8, 8, 8, 8)
        whole.setSpacing(6)
        whole.addLayout(across)
        whole.addWidget(self._remark)
        whole.addStretch(1)

    def show_picture(self, picture: InputPicture, told: set[str]) -> None:
        """`told`: what other chips say is wrong already; this one adds its own."""
        self.picture = picture
        self.problem = self._settings.problem_of_input(picture)
        self.role.fill([(tr(ROLES[role]), role) for role in self._inputs.roles])
        self.role.select(picture.role)
        starts = picture.role is Role.START
        self.strength.setVisible(starts)
        self.weight.setVisible(not starts and self._settings.traits.weighs)
        self.strength.set_value(self._settings.strength)
        self.weight.set_value(picture.weight)
        about = f"{picture.name}\n{picture.width} × {picture.height}".strip()
        self.thumb.setToolTip(plain_tip(about))
        self.thumb.setAccessibleName(picture.name)
        problem = explain(self.problem) if self.problem else ""
        words = problem if self.problem else self._words(picture)
        self._remark.setText("" if problem in told else words)
        if problem:
            told.add(problem)
        self._remark.set_tone("warning" if self.problem else "secondary")
        self._remark.setVisible(bool(self._remark.text()))

    def _words(self, picture: InputPicture) -> str:
        words: list[str] = []
        if picture.role is Role.START:
            words.append(tr(next(text for most, text in FAR if self._settings.strength <= most)))
        if picture.animated:
            words.append(tr("It moves: only its first frame is used."))
        return " ".join(words)

    def _on_strength(self, strength: float) -> None:
        self._settings.set_strength(round(strength, 2))

    def _on_weight(self, weight: float) -> None:
        self._inputs.set_weight(self._index, round(weight, 2))

    def _on_role(self, role: str) -> None:
        self._inputs.set_role(self._index, Role(role))  # Qt makes a plain text of it


def dropped_files(event: QDropEvent) -> list[Path]:
    """Files of this machine that are held over a widget, or dropped."""
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]


def dropped_ids(event: QDropEvent) -> list[str]:
    """Pictures of the library, by their ids."""
    held = bytes(event.mimeData().data(ASSETS_MIME).data())
    return held.decode("ascii", "replace").split()
