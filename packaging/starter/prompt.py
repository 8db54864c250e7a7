"""The prompt's side: a byte-level tokenizer of our own and a small CLIP text encoder.

The encoder is taught, on captions alone, to say what each caption says: its last positions (which see the
whole prompt through the causal mask) each answer for one slot of the scene. The denoiser then finds sky,
ground, thing and colour at known places, in English and Chinese alike, and needs far fewer pictures.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from caption import CAPTION_SLOTS, caption
from checkpoint import Plan, Training, averaged
from pictures import Captions, loader
from precision import autocast
from scene import sample
from tokenizers import Tokenizer, pre_tokenizers, trainers
from tokenizers.models import BPE
from torch import nn
from torch.nn import functional
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

LENGTH = 77
WIDTH = 128
VOCABULARY = 1600
WORD_END = "</w>"


def build_tokenizer(seed: int) -> CLIPTokenizer:
    """Byte pairs learned from captions, in words as CLIPTokenizer cuts them; any text has tokens."""
    rules = CLIPTokenizer().backend_tokenizer
    learner = Tokenizer(BPE(end_of_word_suffix=WORD_END))
    learner.normalizer = rules.normalizer
    learner.pre_tokenizer = rules.pre_tokenizer
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        end_of_word_suffix=WORD_END,
        max_token_length=13,  # about three Chinese characters, or nine letters and the end of a word
        show_progress=False,
    )
    learner.train_from_iterator(islice(_texts(seed), 30_000), trainer)
    merges = [(first, second) for first, second in json.loads(learner.to_str())["model"]["merges"]]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = ["<|startoftext|>", "<|endoftext|>", *letters, *(letter + WORD_END for letter in letters)]
    tokens += [first + second for first, second in merges]
    vocabulary = {token: i for i, token in enumerate(dict.fromkeys(tokens))}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=LENGTH)


def _texts(seed: int) -> Iterator[str]:
    rng = random.Random(seed)
    while True:
        yield caption(sample(rng), rng).text


def build(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """A new encoder, as long as the tokenizer's longest prompt."""
    special: dict[str, Any] = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    text_encoder = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=4 * WIDTH,
            num_hidden_layers=3,
            num_attention_heads=4,
            max_position_embeddings=tokenizer.model_max_length,
            projection_dim=WIDTH,
            **special,
        )
    )
    text_encoder.set_attn_implementation("eager")  # in bfloat16 on a CPU the fused one takes twice as long
    return text_encoder


def encode(tokenizer: CLIPTokenizer, texts: list[str], device: torch.device) -> torch.Tensor:
    """Token ids (n, the tokenizer's longest), padded and cut as the pipeline does it."""
    batch: Any = tokenizer(texts, padding="max_length", truncation=True, return_tensors="pt")
    return batch.input_ids.to(device)


class Reader(nn.Module):
    """The text encoder with one linear answer for each slot, read at the last positions."""

    def __init__(self, text_encoder: CLIPTextModel) -> None:
        super().__init__()
        self.text_encoder = text_encoder
        self.answers = nn.ModuleList(nn.Linear(WIDTH, len(words)) for words in CAPTION_SLOTS.values())

    def forward(self, ids: torch.Tensor) -> list[torch.Tensor]:
        hidden = self.text_encoder(ids).last_hidden_state[:, -len(self.answers) :]
        return [answer(hidden[:, i]) for i, answer in enumerate(self.answers)]


def train(
    work: Path, device: torch.device, tokenizer: CLIPTokenizer, plan: Plan, batch: int, seed: int
) -> None:
    """Teach the encoder to answer every slot of fresh captions."""
    torch.manual_seed(seed)
    reader = Reader(build(tokenizer)).to(device)
    training = Training("prompt", work, reader, plan, rate=1e-3, ema_decay=0.99)
    data: Iterator[tuple[list[str], torch.Tensor]] = loader(Captions(seed + training.step), batch, device)
    while training.share < 1:
        texts, said = next(data)
        with autocast(device):
            answers = reader(encode(tokenizer, texts, device))
        wanted = said.to(device).unbind(1)
        losses = [functional.cross_entropy(*pair) for pair in zip(answers, wanted, strict=True)]
        training.advance(torch.stack(losses).float().sum())


def trained(work: Path) -> tuple[CLIPTokenizer, CLIPTextModel]:
    """The tokenizer, and the text encoder with the averaged weights of its last checkpoint."""
    prefix = "text_encoder."
    kept = averaged("prompt", work).items()
    return restored(work, {k.removeprefix(prefix): v for k, v in kept if k.startswith(prefix)})


def restored(work: Path, weights: dict[str, torch.Tensor]) -> tuple[CLIPTokenizer, CLIPTextModel]:
    """An encoder with these weights, and the tokenizer cutting where the encoder ends."""
    tokenizer: CLIPTokenizer = CLIPTokenizer.from_pretrained(work / "tokenizer")
    tokenizer.model_max_length = len(weights["embeddings.position_embedding.weight"])
    text_encoder = build(tokenizer)
    text_encoder.load_state_dict(weights)
    return tokenizer, text_encoder
