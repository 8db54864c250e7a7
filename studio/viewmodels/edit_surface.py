"""What the canvas of Edit needs of the document that it shows."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import SignalInstance

from studio.core.brushes import Brush
from studio.core.edits import Region
from studio.core.layers import Document

Pixels = NDArray[np.uint8]


class Stroke(Protocol):
    """A stroke in progress; places are in pixels of the picture, pressure 0…1."""

    def to(self, x: float, y: float, pressure: float = 1.0) -> None: ...
    def end(self) -> None: ...
    def cancel(self) -> None: ...


class Mask(Protocol):
    """What is chosen, 0…255."""

    def read(self, region: Region) -> Pixels: ...  # (h, w), zeros outside of the picture
    def bounds(self) -> Region: ...
    @property
    def is_empty(self) -> bool: ...  # nothing is chosen, as one knows without looking at pixels


class Surface(Protocol):
    """An open edit document, as `studio.session.edit_document.EditDocument` is one."""

    @property
    def changed(self) -> SignalInstance: ...  # (Changed)
    @property
    def state(self) -> Document: ...
    @property
    def selection(self) -> Mask: ...

    def pixels(self, region: Region) -> Pixels: ...  # (h, w, 4), straight alpha; from any thread
    def original(self, region: Region) -> Pixels: ...
    def begin_stroke(self, brush: Brush, *, erase: bool = False) -> Stroke: ...


class Changed(Protocol):
    """What a document says of a change."""

    @property
    def region(self) -> Region: ...
    @property
    def chosen(self) -> Region: ...
    @property
    def resized(self) -> bool: ...
