"""The files of a model are the reason."""

from studio.core.errors.base import StudioError


class ModelError(StudioError):
    """The model's files are the reason."""


class ModelMissing(ModelError):
    code = "model_missing"
    template = "The model folder {path} is gone."
    hint = "Put it back, or choose another model."


class ModelForbidden(ModelError):
    code = "model_forbidden"
    template = "The model folder {path} may not be read."
    hint = "Allow reading it, or choose another model."


class ModelMisnamed(ModelError):
    code = "model_misnamed"
    template = "The name of {path} has characters that are no text."
    hint = "Rename it."


class NoModelInstalled(ModelError):
    code = "no_model_installed"
    template = "No installed model can do this."
    hint = "Get one under Models, or add a model folder in Settings."


class RecipeModelMissing(ModelError):
    code = "recipe_model_missing"
    template = "{model}, which made {picture}, is not here; the nearest on the shelf is {nearest}."
    hint = "Get it with `studio models install {repository} --online`, or name another one with --model."


class RecipeModelUnknown(ModelError):
    code = "recipe_model_unknown"
    template = "{model}, which made {picture}, is not here, and nothing on the shelf is like it."
    hint = "Name another model with --model."


class ModelIncomplete(ModelError):
    code = "model_incomplete"
    template = "The model {model} lacks the file {file}."
    hint = "Copy or download the model again."


class ModelUnreadable(ModelError):
    code = "model_unreadable"
    template = "The file {file} of the model {model} is damaged or cut short."
    hint = "Copy or download the model again."


class ModelEmpty(ModelError):
    code = "model_empty"
    template = "The file {file} of the model {model} holds no weights."
    hint = "Copy or download the model again."


class ModelPointer(ModelError):
    code = "model_pointer"
    template = "{file} of the model {model} is only a note by Git LFS of where the file itself lies."
    hint = "Run `git lfs pull` in its folder, or download the model again."


class ModelUnsafe(ModelError):
    code = "model_unsafe"
    template = "{file} is a pickle, which can run code, so it was not loaded."
    hint = (
        "Look for the same model as .safetensors, or make one of it: Convert under Models, or "
        "`studio models convert`."
    )


class PickleRefused(ModelError):
    code = "pickle_refused"
    template = "{file} holds more than tensors ({name}), so it was not converted."
    hint = "Look for the same model as .safetensors."


class ModelNeedsCode(ModelError):
    code = "model_needs_code"
    template = (
        "The model {model} runs only with program code that comes with it, which the studio never runs."
    )
    hint = "Choose a model of a kind that transformers knows."


class ModelNeedsParts(ModelError):
    code = "model_needs_parts"
    template = (
        "{model} is a single file, which borrows its tokenizer and settings from a complete model of its "
        "kind. None is here that fits; {repository} is one."
    )
    hint = "Get that one once, under Models or with `studio models install {repository}`."


class ModelNeedsPackage(ModelError):
    code = "model_needs_package"
    template = "The model {model} needs the package {package}, which does not load ({cause})."
    hint = "Run `studio doctor`, which says how to install it."


class ModelIsAdapter(ModelError):
    code = "model_is_adapter"
    template = "The file {file} makes {model} an adapter (LoRA) of another model, which cannot be loaded yet."
    hint = "If the model is whole without that file, move the file elsewhere."


class ModelUnsupported(ModelError):
    code = "model_unsupported"
    template = "The model {model} is of a kind that the studio cannot run ({kind})."
    hint = "Choose another model."


class ModelUnable(ModelError):
    code = "model_unable"
    template = "The model {model} cannot do this; it is another kind of model ({kind})."
    hint = "Choose another model."


class ModelProducedNothing(ModelError):
    code = "model_produced_nothing"
    template = "The model {model} gave an empty picture; its numbers are not valid."
    hint = "Copy or download the model again, or use a higher precision."


class NothingFound(ModelError):
    code = "nothing_found"
    template = "The model {model} found nothing that stands out from its background."
    hint = "Choose the thing in the picture first, or try another model."


class ModelWroteNothing(ModelError):
    code = "model_wrote_nothing"
    template = "The model {model} wrote nothing; its numbers are not valid."
    hint = "Copy or download the model again, or use a higher precision."


class PromptNotWritten(ModelError):
    code = "prompt_not_written"
    template = "{model} wrote no prompt, so the picture is made from the words of the message."
    hint = "Choose another text model for prompts that suit pictures better."


class SuggestionEmpty(ModelError):
    code = "suggestion_empty"
    template = "The model {model} had nothing to suggest."
    hint = "Ask again, or choose another text model."


class ContextFull(ModelError):
    code = "context_full"
    template = "The message has {tokens} tokens; the model {model} can read {limit}."
    hint = "Shorten the message, send it in parts, or choose a model with a longer context."
