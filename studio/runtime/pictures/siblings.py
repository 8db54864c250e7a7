"""The pipeline that paints over a picture with the parts of a loaded one, found by name, parts and call.

Diffusers' Auto tables know only some of them, and importing them imports every pipeline they name; so it is
looked for in the package of the pipeline itself, and nothing but what may be it is imported.
"""

import importlib
import inspect
import re
from typing import Any

from diffusers import DiffusionPipeline
from torch import nn

_TASK = re.compile("Img2Img|ImageToImage|I2I")
_FAMILY = re.compile("Combined|Pipeline$")
# A pipeline that asks for one of these does another thing than to paint over a picture.
_OTHER_TASKS = {"mask_image", "mask", "control_image", "hint", "original_image", "control_mode"}
_KINDS_OF_PARAMETERS = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def paints_over(pipeline: type) -> bool:
    """Whether its call takes a picture and how far to go from it, and needs nothing but that and a prompt."""
    accepted = inspect.signature(pipeline.__call__).parameters
    needed = {
        name
        for name, one in accepted.items()
        if one.default is one.empty and one.kind in _KINDS_OF_PARAMETERS
    }
    return (
        {"image", "strength", "prompt"} <= accepted.keys()
        and needed <= {"self", "prompt", "image"}
        and not accepted.keys() & _OTHER_TASKS
    )


def sibling_of(pipe: Any) -> Any | None:
    """A pipeline around the same parts that paints over a picture; the pipeline itself where it does.

    Nothing is copied. None where diffusers has none.
    """
    own = type(pipe)
    if paints_over(own):
        return pipe
    for candidate in _candidates(own):
        arguments = _arguments(candidate, pipe)
        if arguments is not None and paints_over(candidate):
            sibling = candidate(**arguments)
            sibling.set_progress_bar_config(disable=True)
            return sibling
    return None


def share_parts(pipe: Any, sibling: Any) -> None:
    """Give the sibling what the pipeline has now: parts come and go with schedulers and adapters."""
    for name, part in pipe.components.items():
        if name in sibling.components and getattr(sibling, name) is not part:
            setattr(sibling, name, part)


def _candidates(own: type) -> list[type]:
    """Classes of the same package whose name is that of the pipeline, or begins it, but for the task.

    The longest name first: a pipeline that specialises another may be painted over as the other is. The
    reverse does not hold: SanaSprint's would take Sana's parts and not work with them.
    """
    package = importlib.import_module(own.__module__.rpartition(".")[0])
    family = _family(own.__name__)
    named = [(_family(name), name) for name in dir(package) if _TASK.search(name)]
    fitting = sorted((one for one in named if family.startswith(one[0])), key=lambda one: -len(one[0]))
    classes = [getattr(package, name, None) for _, name in fitting]
    return [one for one in classes if isinstance(one, type) and issubclass(one, DiffusionPipeline)]


def _family(name: str) -> str:
    return _FAMILY.sub("", _TASK.sub("", name))


def _arguments(candidate: type[Any], pipe: Any) -> dict[str, Any] | None:
    """What the candidate is made of, from the pipeline's parts and settings; None where something lacks, or
    where a model would be left over."""
    parameters = inspect.signature(candidate.__init__).parameters
    optional, settings = set(candidate._optional_components), dict(pipe.config)
    arguments = dict[str, Any]()
    for name, one in parameters.items():
        if name == "self" or one.kind not in _KINDS_OF_PARAMETERS:
            continue
        if name in pipe.components:
            arguments[name] = pipe.components[name]
        elif name in settings:
            arguments[name] = settings[name]
        elif name in optional:
            arguments[name] = None
        elif one.default is one.empty:
            return None
    types = candidate._get_signature_types()
    for name, part in pipe.components.items():
        if not isinstance(part, nn.Module):
            continue
        if name not in arguments or not _is_meant(part, types.get(name, ())):
            return None
    return arguments


def _is_meant(part: nn.Module, types: Any) -> bool:
    """Whether the class is one that the signature names. It says less than it takes: any model of the same
    library would do for a text encoder, so only denoisers and autoencoders of diffusers are looked at."""
    named = [one for one in types if isinstance(one, type) and one is not inspect.Parameter.empty]
    if not named or not type(part).__module__.startswith("diffusers."):
        return True
    return isinstance(part, tuple(named))
