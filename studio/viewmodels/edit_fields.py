"""The field of Edit at which an error is told."""

from studio.core.errors import (
    EditError,
    InputError,
    LoraError,
    ModelError,
    NothingExtended,
    PromptEmpty,
    PromptError,
    PromptTooLong,
    SeedOutOfRange,
    StudioError,
    ValueOutOfRange,
)


def field_of(error: StudioError) -> str:
    """A name in `EditSettings.problems`; "" for none."""
    match error:
        case PromptEmpty() | PromptTooLong() | PromptError():
            return "prompt"
        case SeedOutOfRange():
            return "seed"
        case ValueOutOfRange() if error.params["name"] in ("margin", "margins"):
            return "margins"
        case ValueOutOfRange() if error.params["name"] in ("steps", "guidance", "pictures"):
            return str(error.params["name"])
        case NothingExtended():
            return "margins"
        case LoraError():
            return "loras"
        case ModelError():
            return "model"
        case EditError() | InputError() | ValueOutOfRange():
            return "edit"
        case _:
            return ""
