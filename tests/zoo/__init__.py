"""Tiny models of the real diffusers and transformers classes, random weights, saved as folders on disk.

The parts and pipelines that most tests need are named here; `pictures`, `further` and `unusual` have more
pipelines, `others` what changes or enlarges pictures, and `texts` more language models.
"""

import torch

from tests.zoo.language import gemma, gguf, gguf_name, llama, qwen
from tests.zoo.parts import clip_encoder, t5_encoder, unet, vae
from tests.zoo.pipelines import flux, latent_consistency, pixart, stable_diffusion, stable_diffusion_xl
from tests.zoo.words import (
    CHATML,
    CONTEXT,
    CORPUS,
    IN_PARTS,
    VOCABULARY,
    clip_tokenizer,
    t5_tokenizer,
    text_tokenizer,
)

__all__ = [
    "CHATML",
    "CONTEXT",
    "CORPUS",
    "IN_PARTS",
    "VOCABULARY",
    "clip_encoder",
    "clip_tokenizer",
    "flux",
    "gemma",
    "gguf",
    "gguf_name",
    "latent_consistency",
    "llama",
    "pixart",
    "qwen",
    "stable_diffusion",
    "stable_diffusion_xl",
    "t5_encoder",
    "t5_tokenizer",
    "text_tokenizer",
    "unet",
    "vae",
]

torch.set_num_threads(1)  # for models this small, a second thread costs more than it does
