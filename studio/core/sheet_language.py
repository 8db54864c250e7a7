"""How a contact sheet is written: `seed=1..4; guidance=3,5,7`, for `--sheet` and for the fields of its form.

    SHEET    one or two settings, separated by `;`
    setting  NAME=VALUES; for a LoRA `lora NAME=VALUES`
    VALUES   separated by commas; one with a comma in it stands in quotation marks, but for one in braces;
             a mark of the same kind in a value is doubled: "a ""red"" boat"
    a range  FIRST..LAST or FIRST..LAST..STEP, in whole numbers or decimals, up or down

Full-width signs, as a Chinese keyboard writes them, count as the others.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from difflib import get_close_matches

from studio.core.errors import (
    SeedOutOfRange,
    SheetEmpty,
    SheetLoraMissing,
    SheetNameUnknown,
    SheetRangeEndless,
    SheetSettingTwice,
    SheetSettingUnknown,
    SheetSides,
    SheetTooLarge,
    SheetValueTwice,
    SheetValueUnreadable,
    SizeOutOfRange,
    ValueOutOfRange,
)
from studio.core.job_checks import LORA_SCALES, MAX_CELLS, SIZE_RANGE
from studio.core.jobs import MAX_SEED
from studio.core.passes import STEP_CACHES
from studio.core.plain_text import clean_text
from studio.core.schedulers import SCHEDULERS, known_scheduler
from studio.core.sheets import Axis, Setting

EXAMPLES: dict[Setting, str] = {
    Setting.SEED: "1..4",
    Setting.PROMPT: '"a red boat", "a blue boat"',
    Setting.REPLACE: "red, blue, green",
    Setting.MODEL: "starter/postcards, owner/name",
    Setting.STEPS: "10..30..5",
    Setting.GUIDANCE: "3, 5, 7",
    Setting.SCHEDULER: "Euler, DDIM",
    Setting.LORA: "0, 0.5, 1",
    Setting.STRENGTH: "0.3..0.9..0.2",
    Setting.SIZE: "512x512, 768x512",
    Setting.CACHE: "off, first_block",
}
NO_CACHE = "off"
WHOLE_NUMBERS = (Setting.SEED, Setting.STEPS)
NUMBERS = (*WHOLE_NUMBERS, Setting.GUIDANCE, Setting.LORA, Setting.STRENGTH)
# As `core.jobs` has them, by the name that it gives to the value.
LIMITS: dict[Setting, tuple[str, float, float]] = {
    Setting.STEPS: ("steps", 1, 1000),
    Setting.GUIDANCE: ("guidance", 0, 100),
    Setting.LORA: ("LoRA scale", *LORA_SCALES),
    Setting.STRENGTH: ("strength", 0, 1),
}
_OTHER_NAMES = {
    "seeds": "seed",
    "prompts": "prompt",
    "models": "model",
    "sampler": "scheduler",
    "cfg": "guidance",
}
_MOST_DIGITS = 24
_NUMBER = rf"[+-]?\d{{1,{_MOST_DIGITS}}}(?:\.\d{{1,{_MOST_DIGITS}}})?"
_RANGE = re.compile(rf"({_NUMBER})\s*\.\.\s*({_NUMBER})(?:\s*\.\.\s*({_NUMBER}))?")
_SIZE = re.compile(r"(\d{1,6})\s*[x×*]\s*(\d{1,6})", re.IGNORECASE)
_FULL_WIDTH = str.maketrans("，；＝", ",;=")
_QUOTES = {'"': '"', "“": "”"}
_QUOTED = re.compile(r'"((?:[^"]|"")*)"|“([^”]*)”')
_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)  # or what a backslash takes its meaning from


def read_sheet(text: str) -> tuple[Axis, ...]:
    """The one or two axes of a written sheet, the columns first; models and LoRAs by the names written.

    Raises SheetError, ValueOutOfRange, SeedOutOfRange or SizeOutOfRange.
    """
    clauses = [clause for clause in _split(clean_text(text), ";") if clause.strip()]
    if not clauses:
        raise SheetEmpty(setting="--sheet", example="seed=1..4; guidance=3,5,7")
    if len(clauses) > 2:
        raise SheetSides(count=len(clauses))
    axes = tuple(_clause(clause) for clause in clauses)
    check_axes(axes)
    return axes


def read_axis(setting: Setting, text: str, subject: str = "") -> Axis:
    """One axis from its values as they are written; raises as `read_sheet`."""
    if setting is Setting.LORA and not subject:
        raise SheetLoraMissing
    values: list[str] = []
    for part in _split(clean_text(text), ","):
        if written := part.strip():
            values += _values(setting, written)
            _check_count(len(values))
    if not values:
        raise SheetEmpty(setting=setting.value, example=EXAMPLES[setting])
    twice = next((value for place, value in enumerate(values) if value in values[:place]), None)
    if twice is not None:
        raise SheetValueTwice(setting=setting.value, value=twice)
    return Axis(setting=setting, values=tuple(values), subject=subject)


def check_axes(axes: Sequence[Axis]) -> None:
    """Raises SheetSettingTwice or SheetTooLarge."""
    count = 1
    for axis in axes:
        count *= len(axis.values)
    _check_count(count)
    if len(axes) > 1 and _same(axes[0], axes[1]):
        raise SheetSettingTwice(setting=axes[0].setting.value)


def sheet_text(axes: Sequence[Axis]) -> str:
    """A whole sheet as `read_sheet` takes it."""
    return "; ".join(f"{_head(axis)}={write_values(axis.written or axis.values)}" for axis in axes)


def write_values(values: Sequence[str]) -> str:
    """Values as `read_axis` takes them."""
    return ", ".join(map(_quoted, values))


def nearest(name: str, known: Sequence[str]) -> str:
    """The most like one of the known names; the first where none is like it, empty where there is none."""
    lowered = {one.casefold(): one for one in known}
    found = get_close_matches(name.casefold(), lowered, 1, cutoff=0.0)
    return lowered[found[0]] if found else ""


def named(setting: Setting, name: str, names: Sequence[tuple[str, str]]) -> str:
    """The id of what has this id or name; `names` are pairs of both. Raises SheetNameUnknown."""
    for wanted in (name, name.casefold()):
        for own_id, own_name in names:
            if wanted in (own_id, own_name, own_id.casefold(), own_name.casefold()):
                return own_id
    known = [one for pair in names for one in pair]
    raise SheetNameUnknown(setting=setting.value, name=name, near=nearest(name, known) or "–")


def _clause(text: str) -> Axis:
    head, *rest = _split(text, "=", most=1)
    word, _, subject = head.strip().partition(" ")
    word = _OTHER_NAMES.get(word.casefold(), word.casefold())
    if word not in set(Setting):
        known = [setting.value for setting in Setting]
        raise SheetSettingUnknown(name=word, near=nearest(word, known), known=", ".join(known))
    setting, subject = Setting(word), _unquoted(subject.strip())
    if subject and setting is not Setting.LORA:
        raise SheetSettingUnknown(name=head.strip(), near=setting.value, known=", ".join(Setting))
    return read_axis(setting, rest[0] if rest else "", subject)


def _quoted(value: str) -> str:
    """In quotation marks where it needs any."""
    braces = [found for found in _BRACES.findall(value) if found in "{}"]
    is_plain = len(braces) == 2 * len(_braces(value)) and not re.search(r'[,;=，；＝"“”]|^\s|\s$', value)
    return value if is_plain else _in_marks(value)


def _in_marks(value: str) -> str:
    """In those that it has none of itself, if possible."""
    doubled = value.replace('"', '""')
    return f"“{value}”" if '"' in value and "”" not in value else f'"{doubled}"'


def _head(axis: Axis) -> str:
    return f"{axis.setting.value} {_in_marks(axis.subject)}" if axis.subject else axis.setting.value


def _same(one: Axis, other: Axis) -> bool:
    if one.setting is Setting.REPLACE and other.setting is Setting.REPLACE:
        return one.values[0] == other.values[0]
    return (one.setting, one.subject) == (other.setting, other.subject)


def _split(text: str, sign: str, most: int = -1) -> list[str]:
    """The parts between the signs that stand outside quotation marks and braces; these stay."""
    parts, closing, braces, free = [""], "", _braces(text), 0
    for at, char in enumerate(text):
        if closing:
            closing = "" if char == closing else closing
        elif at < free:
            pass  # in braces
        elif char in _QUOTES:
            closing = _QUOTES[char]
        elif at in braces:
            free = braces[at]
        elif char.translate(_FULL_WIDTH) == sign and (most < 0 or len(parts) <= most):
            parts.append("")
            continue
        parts[-1] += char
    return parts


def _braces(text: str) -> dict[int, int]:
    """Where each brace opens that is closed, and where it closes; `\\{` is none."""
    opened, pairs = list[int](), dict[int, int]()
    for found in _BRACES.finditer(text):
        if found[0] == "{":
            opened.append(found.start())
        elif found[0] == "}" and opened:
            pairs[opened.pop()] = found.start()
    return pairs


def _unquoted(written: str) -> str:
    found = _QUOTED.fullmatch(written)
    if found is None:
        return written
    doubled, single = found.groups()
    return (doubled.replace('""', '"') if single is None else single).strip()


def _values(setting: Setting, written: str) -> list[str]:
    """What one part between commas stands for."""
    if setting in NUMBERS:
        return _numbers(setting, written)
    value = _unquoted(written)
    if not value:
        raise SheetValueUnreadable(setting=setting.value, value=written, example=EXAMPLES[setting])
    match setting:
        case Setting.SIZE:
            return [_size(value)]
        case Setting.SCHEDULER:
            return [_scheduler(value)]
        case Setting.CACHE:
            return [_cache(value)]
        case _:
            return [value]


def _cache(value: str) -> str:
    """As the setting is called in a job; `off` for none."""
    found = value.casefold().replace(" ", "_").replace("-", "_")
    if found not in (NO_CACHE, *filter(None, STEP_CACHES)):
        known = ", ".join((NO_CACHE, *filter(None, STEP_CACHES)))
        raise SheetValueUnreadable(setting=Setting.CACHE.value, value=value, example=known)
    return found


def _numbers(setting: Setting, written: str) -> list[str]:
    if found := _RANGE.fullmatch(written):
        numbers = _range(setting, written, *found.groups())
    elif re.fullmatch(_NUMBER, written):
        numbers = [Decimal(written)]
    else:
        raise SheetValueUnreadable(setting=setting.value, value=written, example=EXAMPLES[setting])
    for number in numbers:
        if setting in WHOLE_NUMBERS and number != number.to_integral_value():
            raise SheetValueUnreadable(setting=setting.value, value=written, example=EXAMPLES[setting])
        _check_number(setting, number)
    return [f"{number.normalize() + 0:f}" for number in numbers]


def _range(setting: Setting, written: str, first: str, last: str, step: str | None) -> list[Decimal]:
    """Both ends, and what lies between; without a step, by one in the last place that is written."""
    low, high = Decimal(first), Decimal(last)
    places = max(len(end.partition(".")[2]) for end in (first, last))
    by = abs(Decimal(step)) if step else Decimal(1).scaleb(-places)
    if by == 0:
        raise SheetRangeEndless(value=written, example=EXAMPLES[setting])
    count = int(abs(high - low) / by) + 1
    _check_count(count)
    return [low + by * place * (1 if high >= low else -1) for place in range(count)]


def _check_number(setting: Setting, number: Decimal) -> None:
    if setting is Setting.SEED:
        if not 0 <= number <= MAX_SEED:
            raise SeedOutOfRange(value=f"{number:f}")
        return
    name, least, most = LIMITS[setting]
    if not least <= number <= most:
        raise ValueOutOfRange(name=name, value=f"{number:f}", least=least, most=most)


def _check_count(count: int) -> None:
    if count > MAX_CELLS:
        raise SheetTooLarge(count=count, most=MAX_CELLS)


def _size(value: str) -> str:
    found = _SIZE.fullmatch(value)
    if found is None:
        raise SheetValueUnreadable(setting="size", value=value, example=EXAMPLES[Setting.SIZE])
    width, height = (int(side) for side in found.groups())
    least, most = SIZE_RANGE
    if not (least <= width <= most and least <= height <= most):
        raise SizeOutOfRange(width=width, height=height, least=least, most=most)
    return f"{width}x{height}"


def _scheduler(value: str) -> str:
    if usual := known_scheduler(value):
        return usual
    raise SheetNameUnknown(setting="scheduler", name=value, near=nearest(value, list(SCHEDULERS)))
