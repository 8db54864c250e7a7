"""What an edit document shows at one moment: for jobs, files and other programs, in any thread."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from studio.core.edits import Edit, Operation
from studio.core.layered_files import Lost
from studio.core.layers import SELECTION
from studio.core.recipe import Recipe
from studio.media.compose import composite
from studio.media.planes import Pixels, Plane
from studio.session.edit_document import EditDocument
from studio.session.edit_recording import recorded
from studio.store.edit_steps import Step

ROWS = 256  # that are copied at once


class View:
    """The document as it was when this was made; nothing is copied for it.

    Attributes:
        state: then.
        planes: of its layers and its selection.
    """

    def __init__(self, document: EditDocument) -> None:
        state = self.state = document.state
        names = (SELECTION, *(layer.plane for layer in state.layers))
        self.planes: Mapping[str, Plane] = {name: document.plane(name).copy() for name in names}

    def is_of(self, other: "View", chosen: bool = False) -> bool:
        """Whether both show the same; `chosen`: and have the same chosen."""
        return self.state == other.state and all(
            plane.tiles is other.planes[name].tiles
            for name, plane in self.planes.items()
            if chosen or name != SELECTION
        )

    @property
    def has_chosen(self) -> bool:
        return not self.planes[SELECTION].bounds().is_empty

    def pixels(self) -> Pixels:
        """(height, width, 4)."""
        return composite(self.state, self.planes, self.planes[SELECTION].region)

    def picture(self) -> Image.Image:
        """RGB, or RGBA where something shows through."""
        pixels = self.pixels()
        opaque = bool((pixels[..., 3] == 255).all())
        height, width = pixels.shape[:2]
        picture = Image.new("RGB" if opaque else "RGBA", (width, height), None)
        # Pillow keeps the lock of Python while it copies: a large picture in one go would hold up the window.
        for top in range(0, height, ROWS):
            rows = pixels[top : top + ROWS, :, : 3 if opaque else 4]
            picture.paste(Image.fromarray(np.ascontiguousarray(rows)), (0, top))
        return picture

    def chosen(self) -> Image.Image:
        """Grey, white where something is chosen."""
        selection = self.planes[SELECTION]
        return Image.fromarray(selection.read(selection.region))

    def png(self) -> bytes:
        written = io.BytesIO()
        self.picture().save(written, "PNG", compress_level=1)
        return written.getvalue()

    def edit(self, done: Sequence[Step]) -> Edit:
        """How it is remembered as a picture of its own; `done`: the steps that led to it."""
        steps, left_out = recorded(done)
        return Edit(operation=Operation.BY_HAND, parent=self.state.asset, steps=steps, left_out=left_out)

    def export(self, target: Path, recipe: Recipe) -> frozenset[Lost]:
        """Writes the document in the format of the target's name; what such a file cannot carry.

        Raises FormatUnknown, SidesTooLong, DiskFull, FileUnwritable.
        """
        from studio.media.layered import export_document  # its libraries are for files of layers only

        return export_document(self.state, self.planes, target, recipe)
