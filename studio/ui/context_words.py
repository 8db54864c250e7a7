"""What the parts of a model's context are called, and what is said about them."""

from studio.ui.figures import count
from studio.ui.i18n import plural, tr
from studio.viewmodels.chat_context import Part, PartName

PARTS: dict[PartName, str] = {
    "system": "System prompt",
    "persona": "Persona",
    "notes": "Notes to the model",
    "summary": "Summary",
    "pinned": "Pinned messages",
    "attachments": "Attachments",
    "messages": "Messages",
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


def dropped_words(number: int) -> str:
    return plural(
        number,
        "The oldest message will not be read: there is no room for it.",
        "The {n} oldest messages will not be read: there is no room for them.",
    )
