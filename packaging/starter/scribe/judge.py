"""Scores Scribe on conversations that it never saw: the last answer of each, compared with the grammar's own.

`exact` is the share of answers that are right to the letter, where only one answer is right; `parts` is the
share of the right answer's comma-separated parts that are in the given one. A story counts as named when the
hero's name is in it, and as long when it has 75 to 200 words (150 to 400 characters in Chinese). A question
about the studio is answered when the answer begins as one of the grammar's; one from outside is refused when
the answer names bigger models.
"""

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import picture_tasks
import text_tasks
import torch
from conversation import Message, Turn
from export import RESOURCES
from grammar import studio, talk
from phrase import write
from story import ask_for, sample_story
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

Task = Callable[[Random, str], list[Turn]]
CERTAIN: tuple[Task, ...] = (
    picture_tasks.translate,
    picture_tasks.change_prompt,
    picture_tasks.shorten,
    text_tasks.rewrite,
    text_tasks.summarise,
    text_tasks.repeat,
)
BIGGER = {"en": "bigger", "zh": "更大的模型"}


def main() -> None:
    """Print one line a task and language."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=RESOURCES)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tokenizer = AutoTokenizer.from_pretrained(options.model, local_files_only=True, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(options.model, local_files_only=True, dtype=torch.float32)
    for language in ("en", "zh"):
        for task in CERTAIN:
            exact, parts = _score(model, tokenizer, task, language, options.count)
            print(f"{language} {task.__name__:<15} exact {exact:.2f}  parts {parts:.2f}", flush=True)
        print(f"{language} {'studio':<15} answered {_answered(model, tokenizer, language):.2f}", flush=True)
        print(f"{language} {'outside':<15} refused {_refused(model, tokenizer, language):.2f}", flush=True)
        named, long = _stories(model, tokenizer, language, options.count)
        print(f"{language} {'tell_story':<15} named {named:.2f}  long {long:.2f}", flush=True)


def answers(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    chats: list[list[Message]],
    sample: bool = False,
) -> list[str]:
    """Return an answer to each chat; the likeliest words unless `sample` is asked for."""
    texts = [
        tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False) for chat in chats
    ]
    inputs = tokenizer(
        texts, return_tensors="pt", padding=True, add_special_tokens=False, return_token_type_ids=False
    )
    output = model.generate(**inputs, do_sample=sample)[:, inputs["input_ids"].shape[1] :]
    return [text.strip() for text in tokenizer.batch_decode(output, skip_special_tokens=True)]


def _held_out(task: Task, language: str, count: int) -> tuple[list[list[Message]], list[str]]:
    chats: list[list[Message]] = []
    expected: list[str] = []
    for index in range(count):
        *before, (ask, answer) = task(Random(f"judge/{task.__name__}/{language}/{index}"), language)
        chat: list[Message] = []
        for turn in before:
            chat += [{"role": "user", "content": turn[0]}, {"role": "assistant", "content": turn[1]}]
        chats.append([*chat, {"role": "user", "content": ask.strip()}])
        expected.append(answer.strip())
    return chats, expected


def _score(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, task: Task, language: str, count: int
) -> tuple[float, float]:
    chats, expected = _held_out(task, language, count)
    pairs = list(zip(answers(model, tokenizer, chats), expected, strict=True))
    exact = sum(given == right for given, right in pairs) / count
    return exact, sum(_parts_kept(given, right) for given, right in pairs) / count


def _parts_kept(given: str, right: str) -> float:
    wanted, found = (set(re.split(r"[,，;；.。:：!！]\s*", text.lower())) - {""} for text in (right, given))
    return len(wanted & found) / len(wanted)


def _answered(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, language: str) -> float:
    rng, facts = Random(f"judge/studio/{language}"), studio(language).facts
    chats: list[list[Message]] = [[{"role": "user", "content": write(rng, fact.ask)}] for fact in facts]
    openings = [{write(rng, fact.answer)[:15] for _ in range(40)} for fact in facts]
    given = answers(model, tokenizer, chats)
    return sum(text[:15] in known for text, known in zip(given, openings, strict=True)) / len(facts)


def _refused(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, language: str) -> float:
    rng, outside = Random(f"judge/outside/{language}"), talk(language).outside * 2
    numbers = {"n": "37", "m": "5"}
    chats: list[list[Message]] = [[{"role": "user", "content": write(rng, o.ask, numbers)}] for o in outside]
    return sum(BIGGER[language] in text for text in answers(model, tokenizer, chats)) / len(outside)


def _stories(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, language: str, count: int
) -> tuple[float, float]:
    chats: list[list[Message]] = []
    names: list[str] = []
    rng = Random(f"judge/stories/{language}")
    while len(chats) < count:
        story = sample_story(rng, language)
        ask = ask_for(rng, story, language)
        if story.words["name"] in ask:
            chats.append([{"role": "user", "content": ask}])
            names.append(story.words["name"])
    texts = answers(model, tokenizer, chats, sample=True)
    named = sum(name in text for name, text in zip(names, texts, strict=True)) / count
    sizes = [len(text.split()) if language == "en" else len(text) // 2 for text in texts]
    return named, sum(75 <= size <= 200 for size in sizes) / count


if __name__ == "__main__":
    main()
