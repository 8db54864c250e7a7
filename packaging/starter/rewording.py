"""Teaches a finished text encoder new wordings and new words without moving what its denoiser knows.

The encoder as it was is the teacher, and the pupil starts as its copy. Each scene is worded twice: in a plain
caption of words that the teacher knows, and in the words to be learned. The pupil must read the first as the
teacher does, at every position, and the second as the teacher reads the first, at the last positions, where
the answers stand (see `prompt`).

What the teacher has never read has no meaning yet, so it gets one by lot (`Meanings`): each style but the
flat one a vector at the style's position, each new thing one at the thing's. Where no new style is named, the
style's position reads as it does for the teacher on the average. For the other positions the teacher is given
the same scene without style, and with a thing it knows in the place of a new one (`known`).

The pupil may be longer than the teacher. The answers stay last; the places in between, where prompts seldom
reach, read as the teacher's last place before the answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import prompt
import torch
from caption import CAPTION_SLOTS, choose, wording
from checkpoint import Plan, Training, averaged, begin
from pictures import loader, lottery
from precision import autocast
from scene import COLOURS, HOMES, STYLES, THINGS, sample
from torch.nn import functional
from torch.utils.data import IterableDataset
from transformers import CLIPTextModel, CLIPTokenizer

ANSWERS = len(CAPTION_SLOTS)
STYLE, THING = (list(CAPTION_SLOTS).index(slot) for slot in ("style", "thing"))
NEW_STYLES = STYLES[1:]  # no style at all means flat, so that the two share what the teacher knows
NEW_THINGS = ("bridge",)
PLACES = "embeddings.position_embedding.weight"
AVERAGED = 256  # captions in which the teacher's usual reading is taken
KEPT = 4  # of so many known wordings the pupil reads one as well: it knew them from the start
FREE = 0.75  # the share of free wordings among those to be learned


class Wording(NamedTuple):
    """One scene in two wordings.

    Attributes:
        known: in plain words that the teacher knows.
        new: in the words to be learned.
        style, thing: which new ones are named there, counted from 1; 0 for none.
    """

    known: str
    new: str
    style: int
    thing: int


class Wordings(IterableDataset[Wording]):
    """Endless scenes, each in words that the teacher knows and in others."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __iter__(self) -> Iterator[Wording]:
        rng = lottery(self.seed)
        while True:
            said = choose(sample(rng), rng)
            yield Wording(
                wording(known(said), rng, free=False),
                wording(said, rng, free=rng.random() < FREE),
                number(said["style"], NEW_STYLES),
                number(said["thing"], NEW_THINGS),
            )


def known(said: dict[str, str]) -> dict[str, str]:
    """The same without style; for a new thing a known one of that colour, at home there if any is."""
    said = said | {"style": ""}
    if said["thing"] not in NEW_THINGS:
        return said
    able = [
        thing
        for thing in THINGS
        if thing not in (*NEW_THINGS, "flowers", "birds", "nothing")  # whose number may go unsaid
        and (not said["colour"] or said["colour"] in COLOURS[thing])
    ]
    home = [thing for thing in able if said["ground"] in HOMES[thing]]
    return said | {"thing": (home or able)[0]}


def number(word: str, words: tuple[str, ...]) -> int:
    """Which of the words it is, counted from 1; 0 for none."""
    return words.index(word) + 1 if word in words else 0


class Meanings(NamedTuple):
    """The vectors of what is new, each of the length that the encoder's last norm gives.

    Attributes:
        styles: no style (or the flat one), then each new style: (1 + len(NEW_STYLES), WIDTH).
        things: (len(NEW_THINGS), WIDTH).
    """

    styles: torch.Tensor
    things: torch.Tensor


@torch.no_grad()
def meanings(tokenizer: CLIPTokenizer, teacher: CLIPTextModel) -> Meanings:
    """Always the same for the same teacher and the same words."""
    lot = torch.randn(
        len(NEW_STYLES) + len(NEW_THINGS), prompt.WIDTH, generator=torch.Generator().manual_seed(0)
    )
    texts = [one.known for one in islice(Wordings(0), AVERAGED)]
    reading = teacher(prompt.encode(tokenizer, texts, teacher.device)).last_hidden_state
    norm = teacher.final_layer_norm
    usual = (reading[:, STYLE - ANSWERS].mean(0, keepdim=True) - norm.bias) / norm.weight
    new = norm(torch.cat((usual, lot.to(teacher.device))))
    return Meanings(new[: 1 + len(NEW_STYLES)], new[1 + len(NEW_STYLES) :])


def wanted(reading: torch.Tensor, style: torch.Tensor, thing: torch.Tensor, new: Meanings) -> torch.Tensor:
    """The answers (n, ANSWERS, WIDTH): the teacher's reading of known words, what is new in its place."""
    answers = reading[:, -ANSWERS:].clone()
    answers[:, STYLE] = new.styles[style]
    answers[thing > 0, THING] = new.things[thing[thing > 0] - 1]
    return answers


def train(work: Path, device: torch.device, plan: Plan, batch: int, seed: int) -> None:
    """Train the pupil as planned; at the end it takes the teacher's place in the other phases."""
    torch.manual_seed(seed)
    if not (work / "teacher.mean.safetensors").exists():
        weights = prompt.trained(work)[1].state_dict()
        begin("teacher", work, weights)
        begin("rewording", work, weights | {PLACES: lengthened(weights[PLACES])})
    old_tokenizer, teacher = prompt.restored(work, averaged("teacher", work))
    tokenizer, pupil = prompt.restored(work, averaged("rewording", work))
    for encoder in (teacher, pupil):
        encoder.to(device)  # pyright: ignore[reportArgumentType]
    teacher.eval().requires_grad_(False)
    pupil.final_layer_norm.requires_grad_(False)  # the new meanings have its lengths
    new = meanings(old_tokenizer, teacher)
    training = Training("rewording", work, pupil, plan, rate=1e-3, ema_decay=0.99)
    data: Iterator[list[Any]] = loader(Wordings(seed + training.step), batch, device)
    while training.share < 1:
        known_words, new_words, style, thing = next(data)
        with autocast(device):
            reading = teacher(prompt.encode(old_tokenizer, known_words, device)).last_hidden_state.float()
            kept = reading[: -(-batch // KEPT)]
            ids = prompt.encode(tokenizer, [*known_words[: len(kept)], *new_words], device)
            read_known, read_new = pupil(ids).last_hidden_state.float().split((len(kept), batch))
        nothing = torch.zeros_like(style[: len(kept)])
        before = stretched(kept[:, :-ANSWERS], tokenizer.model_max_length - ANSWERS)
        same = functional.mse_loss(read_known, torch.cat((before, wanted(kept, nothing, nothing, new)), 1))
        answers = wanted(reading, style.to(device), thing.to(device), new)
        training.advance(same + functional.mse_loss(read_new[:, -ANSWERS:], answers))
    learned = averaged("rewording", work)
    begin("prompt", work, {f"text_encoder.{name}": value for name, value in learned.items()})


def stretched(before: torch.Tensor, length: int) -> torch.Tensor:
    """What stands before the answers, (n, places, WIDTH), with the last of it repeated up to `length`."""
    return torch.cat((before, before[:, -1:].expand(-1, length - before.shape[1], -1)), 1)


def lengthened(places: torch.Tensor) -> torch.Tensor:
    """Position embeddings (n, WIDTH) for `prompt.LENGTH` places, the answers' kept at the end."""
    before = stretched(places[None, :-ANSWERS], prompt.LENGTH - ANSWERS)[0]
    return torch.cat((before, places[-ANSWERS:]))
