"""What is wrong with the way a prompt is written."""

from studio.core.errors.requests import BadRequest


class PromptError(BadRequest):
    """What the prompt is written in: alternatives, wildcards, styles, LoRAs called by name."""


class PromptUnclosed(PromptError):
    """`position` counts characters from 1."""

    code = "prompt_unclosed"
    template = "The brace that opens at character {position} of the prompt is never closed."
    hint = "Close it, or put a backslash before it if it is meant as it stands."


class TooManyPicked(PromptError):
    """`options`: how many different ones there are."""

    code = "too_many_picked"
    template = "The prompt asks for {picked} alternatives of one pair of braces, which holds only {options}."
    hint = "Put a smaller number before $$, or write more alternatives."


class PromptDrawnEmpty(PromptError):
    code = "prompt_drawn_empty"
    template = "Nothing comes of the prompt {prompt}: what it draws from is empty."
    hint = "Write words beside it, or put lines into its wildcard."


class WildcardMissing(PromptError):
    code = "wildcard_missing"
    template = "There is no wildcard {name}; the nearest is {nearest}."
    hint = "Check the spelling, or put {name}.txt into the folder wildcards of the library."


class WildcardNotFound(PromptError):
    """`known`: the first few that there are."""

    code = "wildcard_not_found"
    template = "There is no wildcard {name}, nor one of a similar name; there are: {known}."
    hint = "Check the spelling, or put {name}.txt into the folder wildcards of the library."


class WildcardRefersToItself(PromptError):
    code = "wildcard_refers_to_itself"
    template = "The wildcard {name} leads back to itself: {chain}."
    hint = "Take one of them out of the file of the other."


class WildcardUnclosed(PromptError):
    code = "wildcard_unclosed"
    template = "An entry of the wildcard {name} opens a brace and never closes it: {entry}"
    hint = "Mend that line, or put a backslash before the brace."


class StyleMissing(PromptError):
    code = "style_missing"
    template = "There is no style {name}; the nearest is {nearest}."
    hint = "Check the spelling, or choose another style."


class StyleNotFound(PromptError):
    """`known`: the first few that there are."""

    code = "style_not_found"
    template = "There is no style {name}, nor one of a similar name; there are: {known}."
    hint = "Check the spelling, or choose another style."


class LoraNameless(PromptError):
    code = "lora_nameless"
    template = "The prompt calls a LoRA without saying which."
    hint = "Write its name after the colon, or leave it out."


class LoraUnknown(PromptError):
    code = "lora_unknown"
    template = "There is no LoRA {name}; the nearest is {nearest}."
    hint = "Check the spelling, install it, or leave it out."


class LoraNotFound(PromptError):
    code = "lora_not_found"
    template = "There is no LoRA {name}, nor one of a similar name."
    hint = "Check the spelling, install it, or leave it out."


class NoLoraInstalled(PromptError):
    code = "no_lora_installed"
    template = "There is no LoRA {name}; none is installed."
    hint = "Get it under Models, or leave it out."
