"""A LoRA is the reason."""

from studio.core.errors.models import ModelError


class LoraError(ModelError):
    """What is laid over the model is the reason; without it the model works."""


class LoraMissing(LoraError):
    code = "lora_missing"
    template = "The LoRA {lora} is gone: {path} is not there."
    hint = "Put it back, or make the picture without it."


class LoraNotInstalled(LoraError):
    code = "lora_not_installed"
    template = "The LoRA {lora}, which makes {model} fast, is not installed."
    hint = "Get it with `studio models install {repository}`, or under Models in the window."


class LoraUnsupported(LoraError):
    code = "lora_unsupported"
    template = "The model {model} takes no LoRAs, so {lora} cannot be used with it."
    hint = "Make the picture without it, or choose another model."


class LoraForAnother(LoraError):
    """`base` and `own` are short names of bases (`catalog/bases.py`)."""

    code = "lora_for_another"
    template = "The LoRA {lora} is made for {base}; {model} is built on {own}."
    hint = "Choose a LoRA for this model, or a model of that kind."


class LoraUnfit(LoraError):
    code = "lora_unfit"
    template = "The LoRA {lora} does not fit the model {model}: its layers are others."
    hint = "Choose a LoRA that was made for this model."


class LoraDamaged(LoraError):
    code = "lora_damaged"
    template = "The file {file} of the LoRA {lora} is damaged or cut short."
    hint = "Copy or download it again."


class LoraBroken(LoraError):
    code = "lora_broken"
    template = "The LoRA {lora} holds numbers that are not valid."
    hint = "Copy or download it again."
