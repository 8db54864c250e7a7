"""The folders that models are read from, what each holds, and those of other tools that could be read too."""

import os
from collections.abc import Iterable, Sequence

import msgspec

from studio.core.model import ModelProblem, ModelSpec

OWN_SOURCES = ("", "folder", "hub", "starter")
# As their makers write them; not translated.
TOOLS = {
    "a1111": "AUTOMATIC1111",
    "comfyui": "ComfyUI",
    "invokeai": "InvokeAI",
    "lmstudio": "LM Studio",
    "ollama": "Ollama",
}


class FolderRow(msgspec.Struct, frozen=True, kw_only=True):
    """One folder.

    Attributes:
        path: absolute; empty for the hub's cache, which is always read.
        tool: whose folder it is, such as `comfyui`; empty where nothing says so.
        models, size_bytes: what is in it, as far as the last scan knows.
        broken: models in it that cannot be used.
        trouble: the code of why the folder itself cannot be read: it is gone, or forbidden; "" where it can.
    """

    path: str
    tool: str = ""
    models: int = 0
    size_bytes: int = 0
    broken: int = 0
    trouble: str = ""


def tool_name(source: str) -> str:
    return TOOLS.get(source, source)


def folder_rows(
    folders: Sequence[str], models: Sequence[ModelSpec], problems: Sequence[ModelProblem]
) -> list[FolderRow]:
    """The hub's cache first, where it holds something; then the adopted ones as they were added."""
    hub = [spec for spec in models if spec.source == "hub"]
    rows = [_row("", hub, ())] if hub else []
    elsewhere = [spec for spec in models if spec.source != "hub" and not spec.starter]
    for folder in folders:
        start = os.path.normcase(os.path.join(folder, ""))
        inside = [spec for spec in elsewhere if _lies_in(spec.path, folder, start)]
        rows.append(_row(folder, inside, [one for one in problems if _lies_in(one.path, folder, start)]))
    return rows


def _row(folder: str, models: Sequence[ModelSpec], problems: Sequence[ModelProblem]) -> FolderRow:
    return FolderRow(
        path=folder,
        tool=_tool(spec.source for spec in models) if folder else "",
        models=len(models),
        size_bytes=sum(spec.size_bytes for spec in models),
        broken=sum(one.path != folder for one in problems),
        trouble=next((one.code for one in problems if one.path == folder), ""),
    )


def _tool(sources: Iterable[str]) -> str:
    return next((source for source in sources if source not in OWN_SOURCES), "")


def _lies_in(path: str, folder: str, start: str) -> bool:
    """By text, for ten thousand paths; `start` is how all that lies in the folder begins."""
    return path == folder or os.path.normcase(path).startswith(start)
