"""The pipeline that changes a picture with the parts of a loaded one, found by name, parts and call: one that
paints over all of it, or one that fills a place in it.

Diffusers' Auto tables know only some of them, and importing them imports every pipeline they name; so it is
looked for in the package of the pipeline itself, and nothing but what may be it is imported.
"""

import importlib
import inspect
import re
from typing import Any, Literal

from diffusers import DiffusionPipeline
from torch import nn

from studio.catalog.signatures import fills_by_words

Task = Literal["paint_over", "fill"]

_TASKS = {
    "paint_over": re.compile("Img2Img|ImageToImage|I2I"),
    "fill": re.compile("Inpainting|Inpaint"),  # not Fill: those want a denoiser of their own
}
# What goes into the denoisers of pipelines that fill (diffusers 0.42): latents, or picture and mask besides.
_CHANNELS = {"StableDiffusion3": (16, 33), "StableDiffusion": (4, 9), "Kandinsky": (9,)}
_BROKEN = {"ChromaInpaintPipeline"}  # reads a setting that Chroma's denoiser does not have (diffusers 0.42)
_FAMILY = re.compile("Combined|Pipeline$")
# A pipeline that asks for one of these does another thing than to paint over a picture.
_OTHER_TASKS = {"mask_image", "mask", "control_image", "hint", "original_image", "control_mode"}
_KINDS_OF_PARAMETERS = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def paints_over(pipeline: type) -> bool:
    """Whether its call takes a picture and how far to go from it, and needs nothing but that and a prompt."""
    accepted = inspect.signature(pipeline.__call__).parameters
    return (
        {"image", "strength", "prompt"} <= accepted.keys()
        and _needed(accepted) <= {"self", "prompt", "image"}
        and not accepted.keys() & _OTHER_TASKS
    )


def fills(pipeline: type) -> bool:
    """Whether its call takes a picture and a mask, and needs nothing but them and a prompt."""
    accepted = inspect.signature(pipeline.__call__).parameters
    return fills_by_words(accepted.keys(), _needed(accepted))


def does(pipeline: type, task: Task) -> bool:
    return fills(pipeline) if task == "fill" else paints_over(pipeline)


def sibling_of(pipe: Any, task: Task) -> Any | None:
    """A pipeline around the same parts that does the task; the pipeline itself where it does.

    Nothing is copied. None where diffusers has none.
    """
    own = type(pipe)
    if does(own, task):
        return pipe
    for candidate in _candidates(own, task):
        arguments = _arguments(candidate, pipe)
        if arguments is None or not does(candidate, task):
            continue
        if task != "fill" or _takes_channels(candidate, pipe):
            sibling = candidate(**arguments)
            sibling.set_progress_bar_config(disable=True)
            return sibling
    return None


def share_parts(pipe: Any, sibling: Any) -> None:
    """Give the sibling what the pipeline has now: parts come and go with schedulers and adapters."""
    for name, part in pipe.components.items():
        if name in sibling.components and getattr(sibling, name) is not part:
            setattr(sibling, name, part)


def _needed(accepted: Any) -> set[str]:
    return {
        name
        for name, one in accepted.items()
        if one.default is one.empty and one.kind in _KINDS_OF_PARAMETERS
    }


def _takes_channels(candidate: type, pipe: Any) -> bool:
    """Some go by the number that the denoisers have which they were written for, and refuse all others."""
    channels = next((one for name, one in _CHANNELS.items() if candidate.__name__.startswith(name)), None)
    denoiser = getattr(pipe, "unet", None) or getattr(pipe, "transformer", None)
    return channels is None or denoiser is None or denoiser.config.in_channels in channels


def _candidates(own: type, task: Task) -> list[type]:
    """Classes of the same package whose name is that of the pipeline, or begins it, but for the task.

    The longest name first: a pipeline that specialises another may be painted over as the other is. The
    reverse does not hold: SanaSprint's would take Sana's parts and not work with them.
    """
    package = importlib.import_module(own.__module__.rpartition(".")[0])
    family = _family(own.__name__, task)
    named = [(_family(name, task), name) for name in dir(package) if _TASKS[task].search(name)]
    fitting = sorted((one for one in named if family.startswith(one[0])), key=lambda one: -len(one[0]))
    classes = [getattr(package, name, None) for _, name in fitting]
    found = [one for one in classes if isinstance(one, type) and issubclass(one, DiffusionPipeline)]
    return [one for one in found if one.__name__ not in _BROKEN]


def _family(name: str, task: Task) -> str:
    return _FAMILY.sub("", _TASKS[task].sub("", name))


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
