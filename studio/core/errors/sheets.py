"""Why a contact sheet cannot be made as it was asked for."""

from studio.core.errors.requests import BadRequest


class SheetError(BadRequest):
    """What a contact sheet is to go through; `setting` is a name of `core.sheets.Setting`."""


class SheetSettingUnknown(SheetError):
    code = "sheet_setting_unknown"
    template = "A sheet cannot go through “{name}”."
    hint = "The nearest is {near}; there are: {known}."


class SheetEmpty(SheetError):
    code = "sheet_empty"
    template = "There are no values for {setting}."
    hint = "Write some, such as {example}."


class SheetValueTwice(SheetError):
    code = "sheet_value_twice"
    template = "{setting} has the value {value} twice."
    hint = "Leave one of them out; the two pictures would be the same."


class SheetSettingTwice(SheetError):
    code = "sheet_setting_twice"
    template = "{setting} stands on both sides of the sheet."
    hint = "Choose another setting for one of the sides."


class SheetSides(SheetError):
    code = "sheet_sides"
    template = "A sheet has two sides at most; these are {count}."
    hint = "Keep the two settings that matter, and separate them with a semicolon."


class SheetTooLarge(SheetError):
    code = "sheet_too_large"
    template = "The sheet would have {count} pictures; {most} is the most."
    hint = "Leave some values out, or take larger steps."


class SheetValueUnreadable(SheetError):
    code = "sheet_value_unreadable"
    template = "“{value}” is no value for {setting}."
    hint = "Write it like this: {example}."


class SheetRangeEndless(SheetError):
    code = "sheet_range_endless"
    template = "The range {value} has a step of 0 and never ends."
    hint = "Write a larger step, such as {example}."


class SheetWordsMissing(SheetError):
    code = "sheet_words_missing"
    template = "“{value}” is not in the prompt, so nothing would be replaced."
    hint = "The first value has to stand in the prompt just as it is written."


class SheetNameUnknown(SheetError):
    code = "sheet_name_unknown"
    template = "{setting} knows no {name}."
    hint = "The nearest name is {near}."


class SheetLoraMissing(SheetError):
    code = "sheet_lora_missing"
    template = "It is not said which LoRA the sheet is to go through."
    hint = "Name one that is installed."


class SheetLoraForAnother(SheetError):
    code = "sheet_lora_for_another"
    template = "The LoRA {lora} does not go with the model {model}."
    hint = "Choose a LoRA for this model, or leave the model out."


class SheetBusy(SheetError):
    code = "sheet_busy"
    template = "Another process of the studio makes this sheet just now."
    hint = "Wait until it has ended, or stop it there."


class SheetForgotten(SheetError):
    """All its pictures are erased, and no job of it is known."""

    code = "sheet_forgotten"
    template = "It is not known any more what this sheet was made with: none of its pictures is left."
    hint = "Make a new sheet."


class SheetStartMissing(SheetError):
    code = "sheet_start_missing"
    template = "There is no picture to start from, so strength would change nothing."
    hint = "Add a picture to start from, or choose another setting."
