"""Contact sheets: one picture for each pair of two settings' values."""

from enum import StrEnum

import msgspec

from studio.core.model import Lora
from studio.core.passes import StepCache


class Setting(StrEnum):
    """What an axis of a sheet can go through."""

    SEED = "seed"
    PROMPT = "prompt"
    REPLACE = "replace"  # words of the prompt: the first value is what stands in it
    MODEL = "model"
    STEPS = "steps"
    GUIDANCE = "guidance"
    SCHEDULER = "scheduler"
    LORA = "lora"  # the scale of one LoRA, named by the axis
    STRENGTH = "strength"
    SIZE = "size"
    CACHE = "cache"


class Axis(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One side of a sheet.

    Attributes:
        values: as text, in order; what the labels show. Alternatives and wildcards in them are drawn already,
            once for each value, so that all cells of a row or column have the same words.
        subject: for a LoRA its id.
        written: the values as they were written, where words were drawn.
    """

    setting: Setting
    values: tuple[str, ...]
    subject: str = ""
    written: tuple[str, ...] = ()


class Sheet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A grid of pictures; a cell's number counts row by row from the top left.

    Attributes:
        id: UUIDv7; the jobs of a sheet (one for each model) share it.
        prompt: what words are replaced in; empty where none are, or where the sheet goes through prompts.
    """

    id: str
    columns: Axis
    rows: Axis | None = None
    prompt: str = ""

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return len(self.columns.values), len(self.rows.values) if self.rows else 1

    @property
    def axes(self) -> tuple[Axis, ...]:
        return (self.columns, self.rows) if self.rows else (self.columns,)

    @property
    def cells(self) -> range:
        """The numbers of all cells."""
        columns, rows = self.size
        return range(columns * rows)

    def place(self, cell: int) -> tuple[int, int]:
        """Column and row of a cell, from 0."""
        row, column = divmod(cell, len(self.columns.values))
        return column, row

    def values(self, cell: int) -> tuple[tuple[Axis, str], ...]:
        """What a cell is made with: each axis and its value there."""
        return tuple((axis, axis.values[at]) for axis, at in zip(self.axes, self.place(cell), strict=False))


class Shot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one picture of a job does otherwise than the job; None leaves it as the job has it.

    Attributes:
        template: the prompt as it was written, as in the job.
        cell: its place in the job's sheet.
    """

    prompt: str | None = None
    template: str | None = None
    negative_prompt: str | None = None
    seed: int | None = None
    width: int | None = None
    height: int | None = None
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    strength: float | None = None
    scheduler: str | None = None
    loras: tuple[Lora, ...] | None = None
    cache: StepCache | None = None
    cell: int | None = None
