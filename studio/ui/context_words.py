"""What the parts of a model's context are called, and what is said about them."""

from studio.ui.figures import count
from studio.ui.i18n import plural, tr
from studio.viewmodels.chat_context import ContextViewModel, Part, PartName

PARTS: dict[PartName, str] = {
    "system": "System prompt",
    "persona": "Persona",
    "notes": "Notes to the model",
    "summary": "Summary",
    "pinned": "Pinned messages",
    "attachments": "Attachments",
    "messages": "Messages",
    "over": "Too much",
    "room": "Room for the answer",
    "free": "Free",
}


def tokens_words(tokens: int, exact: bool) -> str:
    """1,190, or about 1,190 where that is not counted by the model's own tokenizer."""
    return count(tokens) if exact else tr("about {n}", n=count(tokens))


def short(tokens: int) -> str:
    """820, 3.8k, 128k."""
    if tokens < 1000:
        return str(tokens)
    thousands = f"{tokens / 1000:.1f}" if tokens < 9950 else f"{tokens / 1000:.0f}"
    return f"{thousands.removesuffix('.0')}k"


def parts_words(parts: list[Part], exact: bool) -> str:
    """All parts in one line, for screen readers."""
    return " · ".join(f"{tr(PARTS[part.name])} {tokens_words(part.tokens, exact)}" for part in parts)


def unfit_words(context: ContextViewModel) -> str:
    """What there is no room for; empty where there is room for all."""
    if context.use and context.over:
        return over_words(context.over, context.use.exact, context.alone)
    return dropped_words(len(context.dropped)) if context.dropped else ""


def dropped_words(number: int) -> str:
    return plural(
        number,
        "The oldest message will not be read: there is no room for it.",
        "The {n} oldest messages will not be read: there is no room for them.",
    )


def over_words(number: int, exact: bool, alone: bool) -> str:
    """What does not fit, and what to do."""
    if alone:
        words = (
            "This message alone does not fit: one token too many. "
            "Shorten it, send it in parts, or choose a model that reads more.",
            "This message alone does not fit: {tokens} tokens too many. "
            "Shorten it, send it in parts, or choose a model that reads more.",
        )
    else:
        words = (
            "With all that is always read the message does not fit: one token too many. "
            "Shorten it, pin less, or choose a model that reads more.",
            "With all that is always read the message does not fit: {tokens} tokens too many. "
            "Shorten it, pin less, or choose a model that reads more.",
        )
    return plural(number, *words, tokens=tokens_words(number, exact))


def refused_words(number: int, exact: bool) -> str:
    """The same in short, beside Send."""
    tokens = tokens_words(number, exact)
    return plural(number, "Not sent: one token too many", "Not sent: {tokens} tokens too many", tokens=tokens)
