"""How answers of `studio chat` are written, set while it runs: `/set`, `/preset`, `/takes`, `/thinking`."""

from typing import Any

import msgspec

from studio.cli.chat_talk import Talk
from studio.cli.output import table
from studio.core.conversations import Said
from studio.core.errors import BadRequest, ValueOutOfRange
from studio.core.job_checks import MAX_SEED, MOST_TAKES, SAMPLING_RANGES
from studio.core.sampling import Sampling
from studio.ui.i18n import tr

AUTO = "auto"  # leaves a value to the model
_DIGITS = 9
_BETWEEN = "|"  # texts of a list
# What can be set, by the name that is typed.
FIELDS = {
    "temperature": "temperature",
    "top-p": "top_p",
    "top-k": "top_k",
    "min-p": "min_p",
    "repetition": "repetition_penalty",
    "dry": "dry_multiplier",
    "dry-base": "dry_base",
    "dry-length": "dry_allowed_length",
    "xtc": "xtc_probability",
    "xtc-threshold": "xtc_threshold",
    "banned": "banned",
    "max-tokens": "max_new_tokens",
    "stop": "stop",
    "seed": "seed",
    "thinking-budget": "thinking_budget",
}
_TEXTS = ("banned", "stop")
_WHOLE = ("top_k", "dry_allowed_length", "max_new_tokens", "seed", "thinking_budget")


class CommandMisused(BadRequest):
    code = "command_misused"
    template = "This is typed as {usage}"
    hint = "/help lists what can be typed."


class SettingUnknown(BadRequest):
    code = "setting_unknown"
    template = "{name} cannot be set."
    hint = "/set alone lists what can be, and from what to what."


class SettingUnreadable(BadRequest):
    code = "setting_unreadable"
    template = "{name} cannot be {value}."
    hint = "Choose {allowed}, or auto for what the model prefers."


def set_value(talk: Talk, text: str) -> None:
    """`temperature 0.5`; without a value it shows what there is. Raises SettingUnknown, SettingUnreadable,
    ValueOutOfRange, SeedOutOfRange."""
    name, _, value = text.partition(" ")
    field = FIELDS.get(name.casefold().replace("_", "-"))
    if text and field is None:
        raise SettingUnknown(name=name)
    if field is None or not value.strip():
        shown = [one for one, its in FIELDS.items() if field in (None, its)]
        rows = [(one, _readable(getattr(talk.sampling, FIELDS[one])), _allowed(FIELDS[one])) for one in shown]
        for line in table(rows):
            talk.output.note(line)
        return
    changed = msgspec.structs.replace(talk.sampling, **{field: _value(field, value.strip(), name)})
    _take(talk, changed)


def choose_preset(talk: Talk, name: str) -> None:
    """Raises NotFound."""
    if not name:
        named = [preset.name for preset in talk.session.chat_presets.all()]
        for line in named or [tr("There are no presets yet; they are made in the window.")]:
            talk.output.note(line)
        return
    _take(talk, talk.preset(name).sampling)


def choose_takes(talk: Talk, number: str) -> None:
    """Raises ValueOutOfRange."""
    if number:
        count = number_in(number)
        if not 1 <= count <= MOST_TAKES:
            raise ValueOutOfRange(name="takes", value=number, least=1, most=MOST_TAKES)
        talk.takes = count
    talk.output.note(tr("Takes of each answer: {count}", count=talk.takes))


def think(talk: Talk, word: str) -> None:
    """Raises CommandMisused."""
    match word.casefold():
        case "on" | "off" as said:
            talk.sampling = msgspec.structs.replace(talk.sampling, thinking=said)
        case "auto":
            talk.sampling = msgspec.structs.replace(talk.sampling, thinking="")
        case "show" | "hide" as said:
            talk.thinking = said == "show"
        case "":
            shown = tr("shown") if talk.thinking else tr("hidden")
            talk.output.note(
                tr("Thinking: {switch}, {shown}", switch=talk.sampling.thinking or AUTO, shown=shown)
            )
        case _:
            raise CommandMisused(usage="/thinking [on | off | auto | show | hide]")


def number_in(text: str) -> int:
    """0 for what is none, or one with more digits than anything here is counted in."""
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else 0


def _take(talk: Talk, sampling: Sampling) -> None:
    talk.chats.check(Said(text="-"), talk.model, sampling)
    talk.sampling = sampling


def _value(field: str, text: str, name: str) -> Any:
    """Raises SettingUnreadable for what is no number."""
    if text.casefold() == AUTO:
        return () if field in _TEXTS else None
    if field in _TEXTS:
        return tuple(part.strip() for part in text.split(_BETWEEN) if part.strip())
    try:
        return int(text) if field in _WHOLE else float(text)
    except ValueError as error:
        raise SettingUnreadable(name=name, value=text, allowed=_allowed(field)) from error


def _allowed(field: str) -> str:
    """What there is to choose from."""
    if field in _TEXTS:
        return tr("words, with | between them")
    least, most = (0, MAX_SEED) if field == "seed" else SAMPLING_RANGES[field][1:]
    if field in _WHOLE:
        return tr("a whole number from {least} to {most}", least=least, most=most)
    return tr("a number from {least} to {most}", least=least, most=most)


def _readable(value: float | tuple[str, ...] | None) -> str:
    if value is None or value == ():
        return AUTO
    return f" {_BETWEEN} ".join(value) if isinstance(value, tuple) else str(value)
