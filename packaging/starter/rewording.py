"""Teaches a finished text encoder new wordings without moving the meanings that its denoiser knows.

The encoder as it was is the teacher: it reads a scene's plain caption. The pupil starts as its copy; it must
read the plain caption as the teacher does, at every position, and a free caption of the same scene as the
teacher reads the plain one, at the last positions, where the answers stand (see `prompt`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import prompt
import torch
from caption import CAPTION_SLOTS, choose, wording
from checkpoint import Plan, Training, averaged, begin
from pictures import loader
from precision import autocast
from scene import sample
from torch.nn import functional
from torch.utils.data import IterableDataset

ANSWERS = len(CAPTION_SLOTS)


class Wordings(IterableDataset[tuple[str, str]]):
    """Scenes as a plain and a free caption that say the same."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __iter__(self) -> Iterator[tuple[str, str]]:
        rng = random.Random(self.seed)
        while True:
            said = choose(sample(rng), rng)
            yield wording(said, rng, free=False), wording(said, rng, free=True)


def train(work: Path, device: torch.device, plan: Plan, batch: int, seed: int) -> None:
    """Train the pupil as planned; at the end it takes the teacher's place in the other phases."""
    torch.manual_seed(seed)
    tokenizer, teacher = prompt.trained(work)
    if not (work / "teacher.mean.safetensors").exists():
        begin("teacher", work, teacher.state_dict())
        begin("rewording", work, teacher.state_dict())
    teacher.load_state_dict(averaged("teacher", work))
    pupil = prompt.build(tokenizer).to(device)
    teacher = teacher.to(device).eval().requires_grad_(False)
    training = Training("rewording", work, pupil, plan, rate=1e-3, decay=0.99)
    data = loader(Wordings(seed + training.step), batch, device)
    while training.share < 1:
        plain, free = next(data)
        ids = prompt.encode(tokenizer, [*plain, *free], device)
        with autocast(device):
            wanted = teacher(ids[: len(plain)]).last_hidden_state.float()
            read_plain, read_free = pupil(ids).last_hidden_state.float().chunk(2)
        answers = functional.mse_loss(read_free[:, -ANSWERS:], wanted[:, -ANSWERS:])
        training.advance(functional.mse_loss(read_plain, wanted) + answers)
    learned = averaged("rewording", work)
    begin("prompt", work, {f"text_encoder.{name}": value for name, value in learned.items()})
