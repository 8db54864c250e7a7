"""Measures how well the text encoder reads the judge's prompts, without drawing a picture.

    python packaging/starter/reading.py WORK

For each slot a linear answer is fitted to what the teacher of the last rewording reads in plain captions,
where new words have their new meanings, then asked about the pupil's reading of the judge's prompts: it is
right only where the pupil understands them and says so as the denoiser is used to.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from statistics import mean

import msgspec
import prompt
import rewording
import torch
from asked import Asked, ask, ask_styled
from caption import CAPTION_SLOTS, choose, wording
from checkpoint import averaged
from judge import applies
from scene import sample
from torch import nn
from torch.nn import functional

SLOTS = ("style", "sky", "ground", "thing", "colour", "place", "number")
FITTED = 2000  # captions
READ = 120  # scenes without and as many with a style


def fitted(work: Path, seed: int) -> dict[str, nn.Linear]:
    """For each slot the linear answer that fits the teacher's reading."""
    rng = random.Random(f"reading/{seed}")
    said = [choose(sample(rng), rng) for _ in range(FITTED)]
    tokenizer, teacher = prompt.restored(work, averaged("teacher", work))
    texts = [wording(rewording.known(one), rng, free=False) for one in said]
    reading = _read(tokenizer, teacher, texts)
    new = rewording.meanings(tokenizer, teacher)
    style = torch.tensor([rewording.number(one["style"], rewording.NEW_STYLES) for one in said])
    thing = torch.tensor([rewording.number(one["thing"], rewording.NEW_THINGS) for one in said])
    answers = rewording.wanted(reading, style, thing, new)
    return {slot: fit(answers[:, _at(slot)], [one[slot] for one in said], slot) for slot in SLOTS}


def fit(vectors: torch.Tensor, words: list[str], slot: str) -> nn.Linear:
    """A softmax regression from vectors to the words of a slot."""
    labels = torch.tensor([CAPTION_SLOTS[slot].index(_meant(word, slot)) for word in words])
    answer = nn.Linear(prompt.WIDTH, len(CAPTION_SLOTS[slot]))
    optimiser = torch.optim.LBFGS(answer.parameters(), max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = functional.cross_entropy(answer(vectors), labels) + 1e-4 * answer.weight.square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    return answer


def read(work: Path, answers: dict[str, nn.Linear], asked: list[Asked]) -> list[Asked]:
    """What the pupil takes each prompt for; words of slots that are not asked about stay as asked."""
    vectors = _read(*prompt.restored(work, averaged("rewording", work)), [one.text for one in asked])
    found = {
        slot: [CAPTION_SLOTS[slot][int(i)] for i in answer(vectors[:, _at(slot)]).argmax(1)]
        for slot, answer in answers.items()
    }
    understood: list[Asked] = []
    for i, one in enumerate(asked):
        words = {slot: column[i] for slot, column in found.items() if slot != "number"}
        number = int(found["number"][i] or 0)
        understood.append(msgspec.structs.replace(one, **words, number=number))
    return understood


@torch.no_grad()
def _read(tokenizer: prompt.CLIPTokenizer, encoder: prompt.CLIPTextModel, texts: list[str]) -> torch.Tensor:
    """The answers' positions: (n, ANSWERS, WIDTH)."""
    parts = [
        encoder(prompt.encode(tokenizer, texts[at : at + 250], encoder.device)).last_hidden_state
        for at in range(0, len(texts), 250)
    ]
    return torch.cat([part[:, -rewording.ANSWERS :] for part in parts])


def _at(slot: str) -> int:
    return list(CAPTION_SLOTS).index(slot)


def _meant(word: str, slot: str) -> str:
    return word or "flat" if slot == "style" else word


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--wrong", action="store_true", help="list the prompts that are misread")
    options = parser.parse_args()
    asked = ask(READ, options.seed) + ask_styled(READ, options.seed)
    understood = read(options.work, fitted(options.work, options.seed), asked)
    print("| | English | Chinese |\n|---|---|---|")
    for slot in SLOTS:
        shares: list[str] = []
        for language in ("en", "zh"):
            pairs = [
                (one, getattr(one, slot) == getattr(other, slot), getattr(other, slot))
                for one, other in zip(asked, understood, strict=True)
                if one.language == language and applies(slot, one)
            ]
            shares.append(f"{mean(good for _, good, _ in pairs):.3f}")
            if options.wrong:
                print(*(f"{slot}: {word}? {one.text}" for one, good, word in pairs if not good), sep="\n")
        print(f"| {slot} | {' | '.join(shares)} |")


if __name__ == "__main__":
    main()
