"""How a model is held in memory, in words: for the window and the command line."""

import re

from studio.core.plan import Choice, Outlook
from studio.ui import figures
from studio.ui.i18n import tr

PRECISION_WORDS = {"": "Automatic"}  # the others are names
OFFLOAD_WORDS = {
    "": "Automatic",
    "none": "All in one place",
    "model": "Part by part",
    "sequential": "Layer by layer",
}
COMPILE_WORDS = {"": "Off", "on": "Once it repays"}
# By `Choice.code`: why it cannot be chosen.
REASONS = {
    "half_on_processor": "The processor computes in bfloat16 instead.",
    "no_bfloat16": "The device here does not compute in bfloat16.",
    "whole_file": "A model in one file is held as it is there.",
    "nothing_to_pack": "There is nothing in it that can be packed.",
    "no_packer": "Nothing can pack so on the device here.",
    "package_missing": "Needs {name}. To get it: {command}",
    "one_memory": "There is no other memory that parts could wait in.",
    "text_stays_whole": "Text models are held in one place.",
}
# By `Outlook.remedy`: what would make it fit.
REMEDIES = {
    "automatic": "It does not fit like this. If the studio chooses, it does.",
    "precision": "It does not fit like this. In {precision} it does.",
    "offload_model": "It does not fit like this. Part by part it does.",
    "offload_sequential": "It does not fit like this. Layer by layer it does.",
    "package": "It does not fit. With {name} it would, in {precision}. To get it: {command}",
    "free": "It does not fit: {short_bytes} more would have to be free. Close other programs, or take a "
    "smaller model.",
}
_UNIT = re.compile(r"(?<=\d) (?=[^\W\d])(?!of )")
WAYS = {
    "model": "Parts of it wait in main memory. That makes it slower.",
    "sequential": "Layer by layer it comes from main memory. That makes it much slower.",
}


def unbroken(words: str) -> str:
    """For a line that wraps: a number stays with its unit."""
    return _UNIT.sub("\u00a0", words)


def plan_line(outlook: Outlook) -> str:
    """float32, about 0.9 of 18 GB, about 2 s to load."""
    words = "{precision}, {amount}, about {time} to load"
    if not outlook.measured:
        words = "{precision}, about {amount}, about {time} to load"
    amount = figures.part_of(outlook.needed_bytes, outlook.has_bytes)
    seconds = max(1.0, outlook.plan.load_seconds)
    time = figures.duration(seconds, 0)
    return tr(words, precision=outlook.plan.precision, amount=amount, time=time)


def plan_sentence(outlook: Outlook) -> str:
    """What is worth knowing of it; empty where all is as one would wish."""
    if outlook.remedy:
        params = {
            name: figures.whole_size(int(value)) if name.endswith("_bytes") else value
            for name, value in outlook.params.items()
        }
        return tr(REMEDIES[outlook.remedy], **params)
    if outlook.processor:
        return tr("It runs on the processor, as the graphics memory is too small for it.")
    return tr(WAYS[outlook.plan.offload]) if outlook.plan.offload else ""


def known_word(outlook: Outlook) -> str:
    """Where the amount comes from."""
    return tr("measured") if outlook.measured else tr("estimated")


def reason_of(choice: Choice) -> str:
    """Why it cannot be chosen; empty where it can."""
    return tr(REASONS[choice.code], **choice.params) if choice.code else ""


def precision_word(value: str) -> str:
    return tr(PRECISION_WORDS[value]) if value in PRECISION_WORDS else value


def offload_word(value: str) -> str:
    return tr(OFFLOAD_WORDS[value])


def compile_word(value: str) -> str:
    return tr(COMPILE_WORDS[value])
