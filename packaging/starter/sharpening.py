"""Sharpens a trained decoder: it learns to draw crisp pictures from the latents that the denoiser makes.

Trained on the latents of drawn pictures alone, a decoder hesitates where it is given less exact ones, and
hesitation looks soft. Two thirds of what it sees here are therefore latents that were dreamt (`dreaming`). No
picture is the right one for them; but what is drawn of them must have the latents it was drawn from, and in
small patches it must look like drawn pictures of the same scenes. Of drawn pictures, every small window is to
hold as much edge as it did, even where it cannot be known to the pixel. That neighbours differ as they should
is not asked for here: where an edge may be a little to the left or to the right, this is answered best by a
slope.
"""

from __future__ import annotations

from pathlib import Path

import torch
from autoencoder import SIZE, Components, build
from checkpoint import Plan, Training, averaged, begin
from dreaming import Dreams, dream
from pictures import Postcards, loader
from precision import autocast
from torch.nn import functional

DREAMS = 1024
CRISPNESS = 2.0  # how much an edge that is missing counts beside colours that are wrong
LIKENESS = 3.0  # how much unlikely patches count
TRUTH = 0.1  # and other latents than those given
WINDOW = 8  # pixels across in which edges are measured
KERNELS = 16  # random directions in which patches are compared
REACH = 5  # pixels across a patch
CROP = 96  # pixels across the part of a picture whose patches are compared
FAINT = 1e-4  # keeps the root's slope finite where there is no edge


def train(work: Path, device: torch.device, parts: Components, plan: Plan, batch: int, seed: int) -> None:
    """Train a copy of the autoencoder's decoder as planned; it is the one that is exported.

    `batch` is of drawn pictures; there are twice as many dreams.
    """
    torch.manual_seed(seed)
    if not (work / "sharpening.mean.safetensors").exists():
        begin("sharpening", work, averaged("autoencoder", work))
    dream(work, device, min(DREAMS, 2 * batch * plan.steps), seed)
    decoder = build().decoder.to(device, memory_format=torch.channels_last)
    training = Training("sharpening", work, decoder, plan, rate=1e-3, ema_decay=0.995)
    lot = seed + training.step
    data = loader(Postcards(lot, batch, [(SIZE, SIZE)]), None, device)
    dreams = loader(Dreams(work, 2 * batch, seed, lot), None, device)
    while training.share < 1:
        target = next(data)[0].to(device)
        dreamt, models = (part.to(device) for part in next(dreams))
        known = parts.encode(functional.avg_pool2d(target, 2))
        with autocast(device):
            drawn = decoder(torch.cat((known, dreamt)))
        drawn, free = drawn.float().split((batch, 2 * batch))
        missed = (edginess(drawn) - edginess(target)).abs().mean()
        astray = (parts.encode(functional.avg_pool2d(free, 2)) - dreamt).abs().mean()
        loss = (drawn - target).abs().mean() + CRISPNESS * missed
        training.advance(loss + LIKENESS * unlikeness(free, models) + TRUTH * astray)


def edginess(pictures: torch.Tensor) -> torch.Tensor:
    """How much edge each window holds, (n, 6, h / WINDOW, w / WINDOW), from the Laplacian of each channel.

    Its mean size, and half its root mean square, which a few clean edges raise more than many faint ones.
    """
    bends = pictures[:, :, 1:-1].diff(n=2, dim=-1) + pictures[:, :, :, 1:-1].diff(n=2, dim=-2)
    mean = functional.avg_pool2d(bends.abs(), WINDOW, ceil_mode=True)
    power = functional.avg_pool2d(bends.square(), WINDOW, ceil_mode=True)
    return torch.cat((mean, (power + FAINT).sqrt() / 2), 1)


def unlikeness(drawn: torch.Tensor, models: torch.Tensor) -> torch.Tensor:
    """How unlike the patches of two batches of pictures are, wherever they lie, at full and at half size.

    The sliced Wasserstein distance (Rabin et al., 2011): along random directions, without a patch's mean
    colour, the root mean square difference of what both have, each sorted.
    """
    top, left = (int(torch.randint(side - CROP + 1, ())) for side in drawn.shape[-2:])
    part = (..., slice(top, top + CROP), slice(left, left + CROP))
    both = torch.cat((drawn[part], models[part]))
    kernels = torch.randn(KERNELS, 3, REACH, REACH, device=drawn.device)
    kernels = functional.normalize(kernels - kernels.mean((2, 3), keepdim=True), dim=(1, 2, 3))
    apart = drawn.new_zeros(())
    for size in (both, functional.avg_pool2d(both, 2)):
        told = functional.conv2d(size, kernels).transpose(0, 1)
        ours, theirs = (half.flatten(1).sort().values for half in told.chunk(2, 1))
        apart = apart + ((ours - theirs).square().mean(-1) + FAINT**2).sqrt().mean()
    return apart
