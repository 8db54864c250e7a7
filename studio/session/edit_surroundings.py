"""What editing has of the session around it: the library, and what carries jobs out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from studio.core.jobs import GenerateImages
from studio.core.records import Asset
from studio.engine.engine import Engine
from studio.session.edit_keeping import Keeper
from studio.session.inputs import InputDesk
from studio.session.jobs import JobFlow
from studio.session.model_desk import ModelDesk
from studio.session.reads import Reads


@dataclass(frozen=True)
class EditLibrary:
    """The pictures that there are.

    Attributes:
        reads: None until the store is open.
        asset: finds a picture by its id, or raises NotFound.
        trash: puts some into the trash.
        keeper: makes pictures that no job made a part of it.
    """

    reads: Callable[[], Reads | None]
    asset: Callable[[str], Asset]
    trash: Callable[[Sequence[str]], None]
    keeper: Keeper


@dataclass(frozen=True)
class EditWork:
    """What jobs begin with, and who does them.

    Attributes:
        generate: queues a checked job once its parts are found; where it cannot, it calls back.
    """

    models: ModelDesk
    inputs: InputDesk
    flow: JobFlow
    engine: Engine
    generate: Callable[[GenerateImages, Callable[[Exception], object]], None]
