"""Starts the network able to copy, so that training need not wait for copying to be found.

A text is copied by an induction head: it looks for an earlier place that was preceded by the words just
written, and says what stood next there. Networks come upon it late and all at once; with so few tokens to
learn from, that is too late. So it is put there by hand, in the first two layers, and training starts there.

- The embeddings begin in the first half of the width. Two heads of the first layer write the first
  64 of those numbers of the token before, and of the one before that, into the two last quarters. They find
  these places by constant query and key biases alone: turned by the rotary embedding, their product is
  greatest at a distance of one or two.
- Two heads of the second layer compare this token with the one before each earlier place, and the token
  before this one with the one two before it, over the slow rotary pairs, which hardly turn within a
  conversation. What stood at the best place is added to what is said.

Nothing holds the weights there: they are ordinary parameters of an ordinary Llama layout.
"""

from typing import Any

import torch
from torch import Tensor
from transformers import LlamaForCausalLM
from transformers.models.llama.modeling_llama import LlamaAttention

HEAD = 64
PAIRS = HEAD // 2
EMBEDDING = 0.1
NEARNESS = 7.5
WRITTEN = 0.15
LIKENESS = 2.0
COPIED = 0.5


@torch.no_grad()
def teach_copying(model: LlamaForCausalLM, rope_theta: float) -> None:
    """Set an untrained `model`, of width 256 and heads of 64, so that it says again what was said."""
    if model.config.hidden_size != 4 * HEAD:
        raise ValueError("copying is laid out for a width of 256")
    turns = rope_theta ** (-torch.arange(PAIRS) / PAIRS)
    layers: list[Any] = list(model.model.layers)
    embeddings = model.model.embed_tokens.weight
    embeddings.zero_()[:, : 2 * HEAD].normal_(0, EMBEDDING)
    for layer in layers:
        layer.self_attn.o_proj.weight.zero_()
        layer.mlp.down_proj.weight.zero_()
    for head, distance in enumerate((1, 2)):
        _look_back(layers[0].self_attn, head, distance, turns)
    for head in (0, 1):
        _match_and_copy(layers[1].self_attn, head, turns)


def _look_back(attention: LlamaAttention, head: int, distance: int, turns: Tensor) -> None:
    rows = _clear(attention, head)
    quick = NEARNESS * (turns > 0.02)
    attention.k_proj.bias[rows][:PAIRS] = quick
    attention.q_proj.bias[rows] = torch.cat(
        [quick * torch.cos(distance * turns), -quick * torch.sin(distance * turns)]
    )
    attention.v_proj.weight[rows, :HEAD] = torch.eye(HEAD)
    there = slice((2 + head) * HEAD, (3 + head) * HEAD)
    attention.o_proj.weight[there, rows] = WRITTEN * torch.eye(HEAD)


def _match_and_copy(attention: LlamaAttention, head: int, turns: Tensor) -> None:
    rows = _clear(attention, head)
    slow = [pair for pair in range(PAIRS) if turns[pair] < 0.004]
    for number, pair in enumerate(slow):
        first, second = rows.start + pair, rows.start + PAIRS + pair
        said = (number + head * PAIRS) % HEAD
        attention.q_proj.weight[first, said] = 2 * LIKENESS
        attention.k_proj.weight[first, 2 * HEAD + said] = LIKENESS
        attention.q_proj.weight[second, 2 * HEAD + said] = LIKENESS
        attention.k_proj.weight[second, 3 * HEAD + said] = LIKENESS
    attention.v_proj.weight[rows, rows] = torch.eye(HEAD)
    attention.o_proj.weight[rows, rows] = COPIED * torch.eye(HEAD)


def _clear(attention: LlamaAttention, head: int) -> slice:
    """Empty what a head asks, offers and says; return its rows."""
    rows = slice(head * HEAD, (head + 1) * HEAD)
    for part in (attention.q_proj, attention.k_proj, attention.v_proj):
        part.weight[rows] = 0
        part.bias[rows] = 0
    return rows
