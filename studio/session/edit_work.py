"""What a tool does to an edit document, in two parts: worked out in any thread, then made a step."""

from collections.abc import Callable, Mapping
from typing import Concatenate, Generic, NamedTuple, ParamSpec

import msgspec

from studio.core.errors import EditedMeanwhile, LayerHidden, LayerIsMask, LayerMissing
from studio.core.hand_steps import HandStep
from studio.core.layers import SELECTION, Document, Layer
from studio.media.planes import Plane, Tiles
from studio.session.edit_document import EditDocument

P = ParamSpec("P")


class Snapshot(NamedTuple):
    """A document at one moment, which stays as it is whatever becomes of the document."""

    state: Document
    planes: Mapping[str, Plane]

    @property
    def selection(self) -> Plane:
        return self.planes[SELECTION]


class Outcome(NamedTuple):
    """What is to become of a document: its state, tiles by plane, and planes that are new or that replace
    others."""

    state: Document
    tiles: Mapping[str, Tiles] = {}
    planes: Mapping[str, Plane] = {}


class Work:
    """One use of a tool: call it in any thread for the outcome, then `commit` that in the window's."""

    def __init__(
        self,
        label: str,
        document: EditDocument,
        make: Callable[[Snapshot], Outcome],
        figures: HandStep | None = None,
    ) -> None:
        """`label`: of the step, in English; `figures`: what that does not say. `make` may raise
        BadRequest."""
        document.end_stroke()
        self._label, self._document, self._make, self._figures = label, document, make, figures
        self._before = taken(document)

    def __call__(self) -> Outcome:
        return self._make(self._before)

    def commit(self, outcome: Outcome) -> None:
        """One step, or none where nothing changes. Raises EditedMeanwhile where the document is no longer
        what the outcome was made from."""
        self._document.end_stroke()
        now, before = taken(self._document), self._before
        if now.state != before.state or any(
            now.planes[name].tiles is not plane.tiles for name, plane in before.planes.items()
        ):
            raise EditedMeanwhile
        if outcome.state != before.state or outcome.planes or any(outcome.tiles.values()):
            self._document.commit(
                self._label, outcome.state, outcome.tiles, outcome.planes, figures=self._figures
            )


class Tool(Generic[P]):
    """A tool: called, it is used at once; `work` is for what may take longer than the window can wait."""

    def __init__(self, work: Callable[Concatenate[EditDocument, P], Work]) -> None:
        self.work = work
        self.__doc__ = work.__doc__

    def __call__(self, document: EditDocument, *args: P.args, **kwargs: P.kwargs) -> None:
        work = self.work(document, *args, **kwargs)
        work.commit(work())


def taken(document: EditDocument) -> Snapshot:
    names = {SELECTION, *(layer.plane for layer in document.state.layers)}
    return Snapshot(document.state, {name: document.plane(name).copy() for name in names})


def layer_of(state: Document, layer_id: str) -> Layer:
    """Raises LayerMissing."""
    layer = state.layer(layer_id)
    if layer is None:
        raise LayerMissing
    return layer


def painted_layer(state: Document) -> Layer:
    """The active layer, where its colours can be changed. Raises LayerMissing, LayerIsMask, LayerHidden."""
    layer = layer_of(state, state.active)
    if layer.kind == "mask":
        raise LayerIsMask(name=layer.name)
    if not layer.visible:
        raise LayerHidden(name=layer.name)
    return layer


def with_layer(state: Document, layer: Layer) -> Document:
    """With this one in the place of the one with its id."""
    layers = tuple(layer if one.id == layer.id else one for one in state.layers)
    return msgspec.structs.replace(state, layers=layers)


def with_other_pixels(state: Document, layer: Layer) -> Document:
    """Once the layer's pixels are changed."""
    return msgspec.structs.replace(with_layer(state, layer.repainted()), whole=False)
