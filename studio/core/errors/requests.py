"""What the person asked for cannot be done as asked."""

from studio.core.errors.base import StudioError


class BadRequest(StudioError):
    """What the person asked for cannot be done as asked."""


class PromptEmpty(BadRequest):
    code = "prompt_empty"
    template = "There is no prompt."
    hint = "Describe the picture in a few words."


class MessageEmpty(BadRequest):
    code = "message_empty"
    template = "There is no message."
    hint = "Write something first."


class AnswerUnderWay(BadRequest):
    code = "answer_under_way"
    template = "An answer here is still being written."
    hint = "Wait until it is whole, or stop it first."


class NothingToSumUp(BadRequest):
    code = "nothing_to_sum_up"
    template = "There is too little in this conversation to sum up."
    hint = "The last exchange is never summed up; go on first."


class PromptTooLong(BadRequest):
    code = "prompt_too_long"
    template = "The prompt has {length} characters; at most {limit} can be used."
    hint = "Shorten the prompt."


class SizeOutOfRange(BadRequest):
    code = "size_out_of_range"
    template = "A picture of {width} × {height} pixels cannot be made."
    hint = "Choose width and height between {least} and {most} pixels."


class ValueOutOfRange(BadRequest):
    code = "value_out_of_range"
    template = "{name} is {value}; it has to be between {least} and {most}."
    hint = "Choose a value in that range."


class SeedOutOfRange(BadRequest):
    code = "seed_out_of_range"
    template = "The seed {value} is out of range."
    hint = "Use a whole number from 0 to 18446744073709551615."


class FormatUnknown(BadRequest):
    code = "format_unknown"
    template = "{path} cannot be written: pictures are saved as {formats}."
    hint = "Choose one of these endings."


class WishImpossible(BadRequest):
    code = "wish_impossible"
    template = "{name} cannot be held in {value} here."
    hint = "Choose another way, or auto."


class NotRecorded(BadRequest):
    code = "not_recorded"
    template = "How exactly this picture was made is not recorded in it, so it cannot be made again."
    hint = "Use its settings for a new picture; that will be a similar one."


class UsedAndGone(BadRequest):
    """A model, a LoRA or a picture that the picture was made from."""

    code = "used_and_gone"
    template = "This picture was made with {name}, which is not here any more."
    hint = "Put it back or install it again, and try once more."


class NotFound(BadRequest):
    code = "not_found"
    template = "Nothing here is called {name}."
    hint = "Check the spelling, or list what is there."


class ConversationGone(NotFound):
    code = "conversation_gone"
    template = "This conversation is not there any more."
    hint = "It was erased meanwhile; begin a new one."


class RecipeMissing(BadRequest):
    code = "recipe_missing"
    template = "There is no recipe in {path} that can be read."
    hint = "Choose another picture, or write a prompt."
