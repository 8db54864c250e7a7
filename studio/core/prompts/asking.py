"""What a text model is asked when it helps with a prompt, and the prompt alone out of what it answers."""

import re

from studio.core.jobs import Purpose
from studio.core.model import ModelSpec
from studio.core.sampling import Sampling
from studio.core.thoughts import said_in
from studio.core.turns import ChatTurn

TITLE_LENGTH = 48
TITLE_TOKENS = 48  # of an answer that is to be a title; one that goes on for longer is none

# The words that the starter model learned (packaging/starter/scribe/texts/picture.*.toml); others know them.
_ASKED: dict[tuple[Purpose, bool], str] = {
    ("write", False): "Write a full prompt for: {text}",
    ("write", True): "把这个想法扩写成完整的提示词：{text}",
    ("translate", False): "Translate this prompt into Chinese: {text}",
    ("translate", True): "把这个提示词翻译成英文：{text}",
    ("picture", False): "Write a full prompt for: {text}",
    ("picture", True): "把这个想法扩写成完整的提示词：{text}",
    ("title", False): "Give this conversation a title of at most six words:\n\n{text}",
    ("title", True): "给这段对话起一个标题，不超过十二个字：\n\n{text}",
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
    "picture": (
        "You write prompts for a model that makes pictures. The text is from a conversation: choose one scene"
        " that shows what it is about, and say in concrete phrases, separated by commas, at most 60 words,"
        " what is to be seen, where it is, in which light, colours and style. Write in the language of the"
        " text. Answer with the prompt alone, as one paragraph: no title, no quotation marks, no explanation."
    ),
    "title": (
        "You name conversations. Say what the conversation is about, in its own language, in a few words."
        " Answer with the title alone: no quotation marks, no label, no full stop."
    ),
}

_SUM_UP = (
    "The conversation pauses here. Sum up all that was said above, so that it can go on from the summary"
    " alone: who wants what, facts, names, numbers, decisions, and what is still open. At most {words} words,"
    " in plain sentences. Answer with the summary alone.",
    "对话到这里先暂停。请总结以上全部内容，使对话仅凭这份总结就能继续：谁想要什么、事实、名字、数字、"
    "决定，以及尚未解决的问题。不超过 {words} 个字，用平实的句子。只回答总结本身。",
)

_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LATIN = re.compile("[A-Za-z]")
_FENCE = re.compile(r"^```[^\n]*\n?|\n?```\s*$")
_LABEL = re.compile(
    r"^[\s*_#]*(?:(?:full |final |positive |picture |image )?prompt|translation|english|chinese|title"
    r"|(?:完整)?(?:的)?提示词|翻译|译文|英文|中文|标题)[\s*_]*[:：][\s*_]*",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"<\||\|>|^(?:user|assistant|system)\b", re.IGNORECASE)
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "「": "」", "『": "』", "《": "》", "`": "`"}


def is_chinese(text: str) -> bool:
    """Whether the words are Chinese: where both scripts are in it, a character counts as much as a word."""
    return 4 * len(_CHINESE.findall(text)) > len(_LATIN.findall(text))


def asked(purpose: Purpose, text: str, model: ModelSpec) -> tuple[ChatTurn, ...]:
    """The turns that ask this model; the starter reads no instructions beside the question."""
    question = ChatTurn("user", _ASKED[purpose, is_chinese(text)].replace("{text}", text.strip()))
    return (question,) if model.starter else (ChatTurn("system", _RULES[purpose]), question)


def asked_to_sum_up(said: str, words: int) -> ChatTurn:
    """The turn that asks for a summary of those before it, in the language of what was `said`."""
    return ChatTurn("user", _SUM_UP[is_chinese(said)].replace("{words}", str(words)), block="pinned")


def sampling_for(purpose: Purpose, again: bool = False) -> Sampling:
    """The likeliest translation or title, another one only when asked once more; a new prompt is another each
    time."""
    match purpose:
        case "translate":
            return Sampling() if again else Sampling(temperature=0)
        case "title":
            return Sampling(temperature=0, max_new_tokens=TITLE_TOKENS, thinking="off")
        case "write" | "picture":
            return Sampling()


def cleaned(answer: str) -> str:
    """The prompt out of an answer, also one still being written: no thoughts, fences, labels or quotes."""
    text = _FENCE.sub("", said_in(answer).strip()).strip()
    first, _, rest = text.partition("\n")
    if rest.strip() and first.rstrip("* ").endswith((":", "：")):  # "Here is a prompt:"
        text = _FENCE.sub("", rest.strip()).strip()
    text = _LABEL.sub("", text, count=1).strip()
    while len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    return text


def title_in(answer: str, about: str) -> str:
    """The title out of an answer; empty where that is none: several lines, too long, a repetition of the
    question that was asked, or mostly in other words than those that the conversation is `about`."""
    title = " ".join(cleaned(answer).strip("#* ").rstrip(".。!！ ").split()) if answer.strip() else ""
    lines = [line for line in cleaned(answer).splitlines() if line.strip()]
    if len(lines) != 1 or len(title) > TITLE_LENGTH or _CONTROL.search(title):
        return ""
    asked_with = {*_words(_RULES["title"]), *_words(_ASKED["title", False]), *_words(_ASKED["title", True])}
    words = _words(title)
    fits = 0 < len(words) <= 2 * len(words & _words(about)) and not words <= asked_with
    return title if fits else ""


def reads_like_prompt(text: str, about: str) -> bool:
    """Whether a small model has written a prompt rather than small talk: phrases between commas, in one
    sentence, with a word of what it is about."""
    sentences = [part for part in re.split(r"[.!?。！？]\s*", text) if part.strip()]
    return len(sentences) == 1 and len(re.findall("[,，]", text)) > 1 and bool(_words(text) & _words(about))


def _words(text: str) -> set[str]:
    """The beginnings of words of three Latin letters or more, which take endings; Chinese characters; and
    pairs of other letters, since not all scripts part words."""
    folded = _CHINESE.sub(" ", text.casefold())
    runs = re.findall(r"[^\W\d_a-z]+", folded)
    pairs = {run[at : at + 2] for run in runs for at in range(len(run) - 1)}
    return {*(word[:5] for word in re.findall("[a-z]{3,}", folded)), *_CHINESE.findall(text), *pairs}
