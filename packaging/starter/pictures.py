"""Endless training data: freshly drawn postcards, each with its scene, from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import torch
from caption import CAPTION_SLOTS, caption
from draw import draw
from scene import Scene, sample
from torch.utils.data import DataLoader, IterableDataset, get_worker_info


def pixels(scene: Scene, rng: random.Random, size: int) -> torch.Tensor:
    """One drawn picture as (3, size, size) in -1 to 1."""
    picture = np.asarray(draw(scene, rng, size, size), dtype=np.float32)
    return torch.from_numpy(picture / 127.5 - 1).permute(2, 0, 1)


class Postcards(IterableDataset[tuple[torch.Tensor, str]]):
    """Pictures with captions. Data-loader workers each draw their own, from seeds that never meet."""

    def __init__(self, seed: int, size: int) -> None:
        self.seed = seed
        self.size = size

    def __iter__(self) -> Iterator[tuple[torch.Tensor, str]]:
        worker = get_worker_info()
        rng = random.Random(f"{self.seed}/{worker.id if worker else 0}")
        while True:
            scene = sample(rng)
            words = caption(scene, rng).text
            yield pixels(scene, rng, self.size), words


class Captions(IterableDataset[tuple[str, torch.Tensor]]):
    """Captions with what they say, as one class number for each slot."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __iter__(self) -> Iterator[tuple[str, torch.Tensor]]:
        rng = random.Random(self.seed)
        while True:
            words = caption(sample(rng), rng)
            yield words.text, torch.tensor([CAPTION_SLOTS[k].index(v) for k, v in words.said.items()])


def loader(data: IterableDataset, batch: int, device: torch.device) -> Iterator:
    """Batches without end; beside an accelerator several processes draw."""
    workers = 12 if device.type == "cuda" else 0
    return iter(DataLoader(data, batch_size=batch, num_workers=workers, pin_memory=device.type == "cuda"))
