"""Endless training data: freshly drawn postcards, each with its scene, from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from caption import CAPTION_SLOTS, caption
from draw import draw
from scene import Scene, sample
from torch.utils.data import DataLoader, IterableDataset, get_worker_info


def pixels(scene: Scene, rng: random.Random, width: int, height: int) -> torch.Tensor:
    """One drawn picture as (3, height, width) in -1 to 1."""
    picture = np.asarray(draw(scene, rng, width, height), dtype=np.float32)
    return torch.from_numpy(picture / 127.5 - 1).permute(2, 0, 1)


def lottery(seed: int) -> random.Random:
    """The lottery of a data set; each of a loader's processes has its own."""
    worker = get_worker_info()
    return random.Random(f"{seed}/{worker.id if worker else 0}")


class Postcards(IterableDataset[tuple[torch.Tensor, list[str]]]):
    """Batches of pictures with captions, each batch of one of the shapes (width, height).

    Data-loader workers each draw their own, from seeds that never meet.
    """

    def __init__(self, seed: int, batch: int, shapes: Sequence[tuple[int, int]]) -> None:
        self.seed = seed
        self.batch = batch
        self.shapes = shapes

    def __iter__(self) -> Iterator[tuple[torch.Tensor, list[str]]]:
        rng = lottery(self.seed)
        while True:
            shape = rng.choice(self.shapes)
            scenes = [sample(rng) for _ in range(self.batch)]
            words = [caption(scene, rng).text for scene in scenes]
            yield torch.stack([pixels(scene, rng, *shape) for scene in scenes]), words


class Captions(IterableDataset[tuple[str, torch.Tensor]]):
    """Captions with what they say, as one class number for each slot."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __iter__(self) -> Iterator[tuple[str, torch.Tensor]]:
        rng = lottery(self.seed)
        while True:
            words = caption(sample(rng), rng)
            yield words.text, torch.tensor([CAPTION_SLOTS[k].index(v) for k, v in words.said.items()])


def loader(data: IterableDataset, batch: int | None, device: torch.device) -> Iterator:
    """Batches without end; `batch` is None where the data come in batches.

    Other processes draw them: several beside an accelerator, else one.
    """
    workers = 12 if device.type == "cuda" else 1
    return iter(DataLoader(data, batch_size=batch, num_workers=workers, pin_memory=device.type == "cuda"))
