"""What all errors have in common: a code, a sentence, and what to do."""

from typing import ClassVar

Params = dict[str, str | int | float]


class StudioError(Exception):
    """Base of all errors that a person may see.

    Attributes:
        code: stable name, used on the wire and by `--json`.
        template: what happened, in English, with `{params}`.
        hint: what to do about it, in English, with `{params}`.
    """

    code: ClassVar[str] = "error"
    template: ClassVar[str] = "Something went wrong."
    hint: ClassVar[str] = "Try again."

    def __init__(self, **params: str | int | float) -> None:
        self.params: Params = params
        super().__init__(self.template.format(**params))
