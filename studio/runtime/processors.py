"""Processors of words and pictures, without the part of them that reads films.

transformers (5.23) gives that part to torchvision, which the studio does without, and then refuses the whole
processor. No pipeline and no model is shown films here, so it is left out on every machine.
"""

from pathlib import Path

from transformers import ProcessorMixin

_FILMS = "video_processor"


def load_processor(made: type[ProcessorMixin], folder: Path) -> ProcessorMixin:
    """The processor in the folder; raises what transformers raises."""
    return _without_films(made).from_pretrained(folder, local_files_only=True, trust_remote_code=False)


def reads_films(made: object) -> bool:
    return isinstance(made, type) and issubclass(made, ProcessorMixin) and _FILMS in made.get_attributes()


def _without_films(made: type[ProcessorMixin]) -> type[ProcessorMixin]:
    """The same class to all who look at it, that wants no such part."""
    kept = [name for name in made.get_attributes() if name != _FILMS]
    members = {"get_attributes": classmethod(lambda _: kept), "__module__": made.__module__}
    return type(made.__name__, (made,), members)
