"""A random Llama that rewrites one text: it takes as long as any of its size, and what it says is known.

Its layers add nothing to what they are given, so what follows a token depends on that token alone; each token
of the text is followed by the next one, but every twelfth by another, after which the text goes on.
"""

import random
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, LlamaForCausalLM

from tests.bench.random_llama import random_llama

WORDS, EVERY = 400, 12


def copying_llama(folder: Path) -> str:
    """Saves the model into the folder; the text that it rewrites."""
    random_llama(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    text, others = _words(tokenizer)
    ids = tokenizer(text, add_special_tokens=False).input_ids
    turn = tokenizer.apply_chat_template(
        [{"role": "user", "content": text}], add_generation_prompt=True, return_dict=True
    )
    after = {turn["input_ids"][-1]: ids[0], ids[-1]: tokenizer.eos_token_id}
    for place in range(len(ids) - 1):
        after[ids[place]] = ids[place + 1]
        if place % EVERY == EVERY - 1 and place + 2 < len(ids):
            other = others.pop()
            after[ids[place]], after[other] = other, ids[place + 2]
    _follow(model, after)
    model.to(torch.bfloat16).save_pretrained(folder)
    return text


def _words(tokenizer: Any) -> tuple[str, list[int]]:
    """A text of words that are each one token, all different; and other such tokens."""
    pieces = {token: tokenizer.decode([token]) for token in range(len(tokenizer))}
    words = [token for token, piece in pieces.items() if piece.startswith(" ") and piece[1:].isalpha()]
    random.Random(1).shuffle(words)
    text = "".join(pieces[token] for token in words[:WORDS]).strip()
    read = tokenizer(text, add_special_tokens=False).input_ids
    kept = [token for token in words[WORDS:] if token not in read]
    if len(set(read)) != len(read):
        raise RuntimeError("a word of the text is read as tokens that come twice")
    return text, kept


def _follow(model: LlamaForCausalLM, after: dict[int, int]) -> None:
    for layer in model.model.layers:
        torch.nn.init.zeros_(layer.self_attn.o_proj.weight)
        torch.nn.init.zeros_(layer.mlp.down_proj.weight)
    read = model.model.embed_tokens.weight.data
    said = torch.zeros_like(read)
    for token, follower in after.items():
        said[follower] += read[token]
    model.config.tie_word_embeddings = False
    model.lm_head.weight = torch.nn.Parameter(said)
