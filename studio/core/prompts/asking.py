"""What a text model is asked when it helps with a prompt, and the prompt alone out of what it answers."""

import re

from studio.core.jobs import Purpose
from studio.core.model import ModelSpec
from studio.core.sampling import Sampling
from studio.core.turns import ChatTurn

# The words that the starter model learned (packaging/starter/scribe/texts/picture.*.toml); others know them.
_ASKED: dict[tuple[Purpose, bool], str] = {
    ("write", False): "Write a full prompt for: {text}",
    ("write", True): "把这个想法扩写成完整的提示词：{text}",
    ("translate", False): "Translate this prompt into Chinese: {text}",
    ("translate", True): "把这个提示词翻译成英文：{text}",
}
_MARKS = (
    "Keep every (word:1.2), [word], {one|other}, __name__ and <lora:name:1> exactly as it stands."
    " Answer with the prompt alone, as one paragraph: no title, no quotation marks, no explanation."
)
_RULES: dict[Purpose, str] = {
    "write": (
        "You write prompts for a model that makes pictures. Turn the person's idea into one prompt that says"
        " what is to be seen, where it is, in which light, colours and style, in concrete phrases separated"
        " by commas, at most 60 words. Keep all that the idea says and nothing that contradicts it. Write in"
        " the language of the idea. " + _MARKS
    ),
    "translate": (
        "You translate prompts for a model that makes pictures, between Chinese and English. Translate all"
        " of it, in the same order and style, and add nothing. " + _MARKS
    ),
}

_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LATIN = re.compile("[A-Za-z]")
_THOUGHTS = re.compile(r"<think>.*?(</think>|\Z)", re.DOTALL)
_FENCE = re.compile(r"^```[^\n]*\n?|\n?```\s*$")
_LABEL = re.compile(
    r"^[\s*_#]*(?:(?:full |final |positive |picture |image )?prompt|translation|english|chinese"
    r"|(?:完整)?(?:的)?提示词|翻译|译文|英文|中文)[\s*_]*[:：][\s*_]*",
    re.IGNORECASE,
)
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "「": "」", "『": "』", "《": "》", "`": "`"}


def is_chinese(text: str) -> bool:
    """Whether the words are Chinese: where both scripts are in it, a character counts as much as a word."""
    return 4 * len(_CHINESE.findall(text)) > len(_LATIN.findall(text))


def asked(purpose: Purpose, text: str, model: ModelSpec) -> tuple[ChatTurn, ...]:
    """The turns that ask this model; the starter reads no instructions beside the question."""
    question = ChatTurn("user", _ASKED[purpose, is_chinese(text)].replace("{text}", text.strip()))
    return (question,) if model.starter else (ChatTurn("system", _RULES[purpose]), question)


def sampling_for(purpose: Purpose, again: bool = False) -> Sampling:
    """The likeliest translation, another one only when asked once more; a new prompt is another each time."""
    return Sampling(temperature=0) if purpose == "translate" and not again else Sampling()


def cleaned(answer: str) -> str:
    """The prompt out of an answer, also one still being written: no thoughts, fences, labels or quotes."""
    text = _FENCE.sub("", _THOUGHTS.sub("", answer).strip()).strip()
    first, _, rest = text.partition("\n")
    if rest.strip() and first.rstrip("* ").endswith((":", "：")):  # "Here is a prompt:"
        text = _FENCE.sub("", rest.strip()).strip()
    text = _LABEL.sub("", text, count=1).strip()
    while len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    return text
