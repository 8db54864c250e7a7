"""Stopping a model in the middle of its work: hooks that look at the cancel event before every block."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import nn


class Stopped(Exception):
    """No error: the person asked the job to stop. Passes through the model's code to the job loop."""


class Checked(Protocol):
    """What the hooks need of a desk."""

    def check(self) -> None:
        """Raise Stopped when the job was told to stop; else say at most four times a second: still alive."""


@contextmanager
def block_hooks(module: "nn.Module", desk: Checked) -> Iterator[None]:
    """While open, `desk.check()` runs before `module` and before each of its repeated blocks.

    Fits denoisers, text models and VAEs alike. Raising there leaves a diffusers pipeline usable and
    bit-identical; a text model's cache is left uneven (crop it to the shortest layer, or drop it).
    Inside a block that is compiled as a whole it does not run.
    """
    with _hooked([module, *repeated_blocks(module)], desk):
        yield


@contextmanager
def layer_hooks(module: "nn.Module", desk: Checked) -> Iterator[None]:
    """The same before every single layer: for models that are no lists of blocks, and whose layers take far
    longer than the look at the event."""
    with _hooked(module.modules(), desk):
        yield


@contextmanager
def _hooked(modules: "Iterable[nn.Module]", desk: Checked) -> Iterator[None]:
    from torch.compiler import is_compiling  # not before there is a model

    def before(*_: object) -> None:
        if not is_compiling():
            desk.check()

    with ExitStack() as hooks:
        for module in modules:
            hooks.callback(module.register_forward_pre_hook(before).remove)
        yield


def repeated_blocks(module: "nn.Module") -> list["nn.Module"]:
    """The items of every ModuleList inside that have parts of their own: layers, resnets, attentions.

    The kind is told by name, so that this file does not import torch. Leaves (a Linear or a Dropout in
    a list) are left out: they are over in microseconds, and a hook costs about three.
    """
    lists = [part for part in module.modules() if type(part).__name__ == "ModuleList"]
    return [block for part in lists for block in part.children() if any(True for _ in block.children())]
