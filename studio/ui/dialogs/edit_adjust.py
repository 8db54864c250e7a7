"""A small sheet over the canvas for one adjustment: what is set shows at once, Enter keeps it, Esc not."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.adjustments import (
    GAMMAS,
    MOST_RADIUS,
    Adjustment,
    Blur,
    Channel,
    Curves,
    Histogram,
    HueSaturation,
    Levels,
    Sharpen,
    ends,
)
from studio.ui.dialogs.edit_curve import CurveField
from studio.ui.dialogs.edit_histogram import HistogramField
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.fields import SliderField
from studio.ui.widgets.labels import Label
from studio.ui.widgets.overlay import Overlay
from studio.ui.widgets.segment import Segment

WIDTH, FROM_EDGE = 320, 24
SMALL_BUTTON = 24
CHANNELS = (("RGB", "all"), ("Red", "red"), ("Green", "green"), ("Blue", "blue"))


class Setting(NamedTuple):
    """A number of an adjustment: the field of its struct, and how it is set."""

    field: str
    english: str
    least: float
    most: float
    start: float
    step: float = 1
    decimals: int = 0


class AdjustSheet(Overlay):
    """Numbers, Apply and Cancel.

    Signals:
        changed (Adjustment): what is set now.
        accepted (Adjustment): and is to be done.
        compared (bool): the picture as it was is to be seen, or no longer.
    """

    changed = Signal(object)
    accepted = Signal(object)
    compared = Signal(bool)
    keeps_shortcuts = True

    def __init__(self, host: QWidget, settings: Sequence[Setting], *, english: str) -> None:
        super().__init__(host)
        self._settings = settings
        self.sliders = {one.field: self._slider(one) for one in settings}
        eye = IconButton("eye", "Hold to see the picture as it was", size=SMALL_BUTTON)
        eye.pressed.connect(lambda: self.compared.emit(True))
        eye.released.connect(lambda: self.compared.emit(False))
        self.head = QHBoxLayout()
        self.head.setSpacing(4)
        self.head.addWidget(Label(english, "strong"), 1)
        self.head.addWidget(eye)
        self.apply = Button("Apply", "primary", keys="Return")
        self.apply.clicked.connect(self._accept)
        cancel = Button("Cancel", "quiet", keys="Esc")
        cancel.clicked.connect(self.close_overlay)
        reset = Button("Reset", "quiet")
        reset.clicked.connect(self.reset)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(reset)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.apply)
        self.content = QVBoxLayout()
        self.content.setContentsMargins(16, 12, 16, 14)
        self.content.setSpacing(8)
        self.content.addLayout(self.head)
        for slider in self.sliders.values():
            self.content.addWidget(slider)
        self._foot = foot
        self.body.addLayout(self.content)

    def adjustment(self) -> Adjustment:
        """What is set."""
        raise NotImplementedError

    def reset(self) -> None:
        """As it was opened: nothing changes."""
        for one in self._settings:
            self.sliders[one.field].set_value(one.start)
        self.tell()

    def show_counts(self, counts: Histogram) -> None:
        """How often each value occurs in what is adjusted, for those that show it."""

    def open(self) -> None:
        """At the upper right of the canvas, so that most of the picture is seen."""
        if self._foot.parent() is None:
            self.content.addSpacing(4)
            self.content.addLayout(self._foot)
        self.reset()
        height = self.content.sizeHint().height() + 2
        room = self._host.rect()
        frame = QRect(room.right() - WIDTH - FROM_EDGE, FROM_EDGE + 16, WIDTH, height)
        first = next(iter(self.sliders.values()), None)
        self.open_at(frame, first.field if first else self.apply)

    def tell(self) -> None:
        self.changed.emit(self.adjustment())

    def value(self, field: str) -> float:
        return self.sliders[field].value()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not self.press_focused():
                self._accept()
            return
        super().keyPressEvent(event)

    def _slider(self, one: Setting) -> SliderField:
        slider = SliderField(
            one.english, one.least, one.most, one.step, one.decimals, one.start, label_width=72
        )
        slider.changed.connect(lambda: self.tell())
        return slider

    def _accept(self) -> None:
        adjustment = self.adjustment()
        self.close_overlay()
        self.accepted.emit(adjustment)


class LevelsSheet(AdjustSheet):
    """Black, white and what lies between, of all channels or of one."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(
            host,
            (
                Setting("black", "Black", 0, 254, 0),
                Setting("white", "White", 1, 255, 255),
                Setting("gamma", "Middle", *GAMMAS, 1, 0.05, 2),
                Setting("out_black", "Black to", 0, 255, 0),
                Setting("out_white", "White to", 0, 255, 255),
            ),
            english="Levels",
        )
        self._channel: Channel = "all"
        self.channels = Segment("Channel", CHANNELS)
        self.channels.chosen.connect(self._on_channel)
        self.histogram = HistogramField()
        self._counts: Histogram = {}
        self.auto = _auto_button(self)
        self.auto.clicked.connect(self._stretch)
        self.changed.connect(self._show_ends)
        self.content.insertWidget(1, self.channels)
        self.content.insertWidget(2, self.histogram)

    def show_counts(self, counts: Histogram) -> None:
        self._counts = counts
        self.histogram.show_counts(counts)
        self.auto.setEnabled(True)

    def adjustment(self) -> Adjustment:
        black = round(self.value("black"))
        return Levels(
            black=black,
            white=max(black + 1, round(self.value("white"))),
            gamma=round(self.value("gamma"), 2),
            out_black=round(self.value("out_black")),
            out_white=round(self.value("out_white")),
            channel=self._channel,
        )

    def reset(self) -> None:
        self._channel = "all"
        self.channels.select("all")
        self.histogram.show_channel("all")
        super().reset()

    def _on_channel(self, channel: Channel) -> None:
        self._channel = channel
        self.histogram.show_channel(channel)
        self.tell()

    def _stretch(self) -> None:
        black, white = ends(self._counts[self._channel])
        self.sliders["black"].set_value(black)
        self.sliders["white"].set_value(white)
        self.tell()

    def _show_ends(self, levels: Levels) -> None:
        self.histogram.show_ends(levels.black, levels.white)


class CurvesSheet(AdjustSheet):
    """A curve of all channels, and one of each."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, (), english="Curves")
        self.channels = Segment("Channel", CHANNELS)
        self.curve = CurveField()
        self.channels.chosen.connect(self.curve.show_channel)
        self.curve.changed.connect(self.tell)
        self._counts: Histogram = {}
        self.auto = _auto_button(self)
        self.auto.clicked.connect(self._stretch)
        self.content.addWidget(self.channels)
        self.content.addWidget(self.curve)
        self.content.addWidget(
            Label("Click to add a point, drag it away to remove it.", "secondary", "secondary", wrap=True)
        )

    def adjustment(self) -> Adjustment:
        points = self.curve.points
        return Curves(all=points["all"], red=points["red"], green=points["green"], blue=points["blue"])

    def show_counts(self, counts: Histogram) -> None:
        self._counts = counts
        self.curve.show_counts(counts)
        self.auto.setEnabled(True)

    def _stretch(self) -> None:
        self.curve.stretch(*ends(self._counts[self.curve.channel]))

    def reset(self) -> None:
        self.channels.select("all")
        self.curve.reset()
        super().reset()


class HueSheet(AdjustSheet):
    def __init__(self, host: QWidget) -> None:
        super().__init__(
            host,
            (
                Setting("hue", "Hue", -180, 180, 0),
                Setting("saturation", "Saturation", -100, 100, 0),
                Setting("lightness", "Lightness", -100, 100, 0),
            ),
            english="Hue and saturation",
        )

    def adjustment(self) -> Adjustment:
        return HueSaturation(
            hue=self.value("hue"), saturation=self.value("saturation"), lightness=self.value("lightness")
        )


class BlurSheet(AdjustSheet):
    def __init__(self, host: QWidget) -> None:
        super().__init__(host, (Setting("radius", "Radius", 0, MOST_RADIUS, 4, 0.5, 1),), english="Blur")

    def adjustment(self) -> Adjustment:
        return Blur(radius=self.value("radius"))


class SharpenSheet(AdjustSheet):
    def __init__(self, host: QWidget) -> None:
        super().__init__(
            host,
            (
                Setting("amount", "Amount", 0, 500, 80),
                Setting("radius", "Radius", 0.1, MOST_RADIUS, 1, 0.1, 1),
                Setting("threshold", "Threshold", 0, 255, 0),
            ),
            english="Sharpen",
        )

    def adjustment(self) -> Adjustment:
        threshold = round(self.value("threshold"))
        return Sharpen(radius=self.value("radius"), amount=self.value("amount"), threshold=threshold)


def _auto_button(sheet: AdjustSheet) -> Button:
    """At the right of the title; it waits for the counts."""
    auto = Button("Auto", height=SMALL_BUTTON, tip="Stretch from the darkest value to the lightest")
    auto.setEnabled(False)
    sheet.head.insertWidget(1, auto)
    return auto
