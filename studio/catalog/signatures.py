"""What diffusers' pipelines are called with and made of, read from their text: nothing is imported."""

import ast
import functools
import importlib.util
import re
from collections.abc import Set
from pathlib import Path

import msgspec

# What they (diffusers 0.42) call the pictures that they look at.
REFERENCES = ("image", "images", "input_images")
# A pipeline that takes one of these does more than to change a picture by words.
_OTHER_INPUTS = {"mask_image", "mask", "control_image", "num_frames", "layers", "image_embeds"}
_NAMED = re.compile(r'_import_structure\["([\w.]+)"\]\s*=\s*(\[[^\]]*\])')
_NONE = frozenset[str]()


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """Of one pipeline class.

    Attributes:
        accepted: what it is called with.
        needed: those of them that have no default.
        parts: what it is made of.
    """

    accepted: frozenset[str] = _NONE
    needed: frozenset[str] = _NONE
    parts: frozenset[str] = _NONE


@functools.cache
def signature_of(name: str) -> Signature:
    """Empty for a class that is not there or not as expected."""
    file = _files().get(name)
    try:
        tree = ast.parse(file.read_text("utf-8")) if file else ast.Module([], [])
    except (OSError, SyntaxError):
        return Signature()
    classes = (one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == name)
    methods = {
        method.name: method.args
        for one in classes
        for method in one.body
        if isinstance(method, ast.FunctionDef)
    }
    call, made = methods.get("__call__"), methods.get("__init__")
    return Signature(
        accepted=_names(call) if call else _NONE,
        needed=_needed(call) if call else _NONE,
        parts=_names(made) if made else _NONE,
    )


def looks_at_pictures(accepted: Set[str]) -> bool:
    """Whether a call with those arguments takes pictures to refer to."""
    return "strength" not in accepted and any(name in accepted for name in REFERENCES)


def edits_by_words(accepted: Set[str], needed: Set[str]) -> bool:
    """Whether a prompt and pictures to refer to are all that such a call wants."""
    return (
        "prompt" in accepted
        and looks_at_pictures(accepted)
        and not accepted & _OTHER_INPUTS
        and needed <= {"self", "prompt", *REFERENCES}
    )


def fills_by_words(accepted: Set[str], needed: Set[str]) -> bool:
    """Whether a prompt, a picture and a mask are all that such a call wants."""
    return (
        accepted >= {"prompt", "image", "mask_image"}
        and not accepted & (_OTHER_INPUTS - {"mask_image"})
        and needed <= {"self", "prompt", "image", "mask_image"}
    )


def pipelines_read() -> tuple[str, ...]:
    """The names of all classes whose text is there."""
    return tuple(_files())


@functools.cache
def _files() -> dict[str, Path]:
    """Where each pipeline's class is written, by the lists in the packages of diffusers."""
    found = importlib.util.find_spec("diffusers")
    if found is None or not found.submodule_search_locations:
        return {}
    files = dict[str, Path]()
    root = Path(next(iter(found.submodule_search_locations)), "pipelines")
    for package in sorted((*root.glob("*/__init__.py"), *root.glob("deprecated/*/__init__.py"))):
        for module, names in _NAMED.findall(package.read_text("utf-8")):
            for name in ast.literal_eval(names):
                file = package.parent / f"{module.replace('.', '/')}.py"
                if file.is_file():  # not a package, which has a list of its own
                    files.setdefault(name, file)
    return files


def _names(given: ast.arguments) -> frozenset[str]:
    return frozenset(one.arg for one in (*given.args, *given.kwonlyargs))


def _needed(given: ast.arguments) -> frozenset[str]:
    plain = given.args[: len(given.args) - len(given.defaults)]
    named = (one for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default is None)
    return frozenset(one.arg for one in (*plain, *named))
