"""A Llama whose weights are chance, as large as the models that people chat with are slow, with the starter's
tokenizer."""

from pathlib import Path

import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from studio.core.model import Ability
from tests.bench.starters import starter

WIDTH, HEAD = 1024, 64  # of 16 heads, four of which share their keys
_LAYER = WIDTH * WIDTH * (2 + 2 / 4) + 3 * WIDTH * (3 * WIDTH)  # weights of attention and what follows it


def random_llama(folder: Path, megabytes: int = 300, context: int = 32768) -> Path:
    """Saves a model of about that size in 16 bits, which reads `context` tokens, into the folder."""
    tokenizer = AutoTokenizer.from_pretrained(starter(Ability.REPLY).path, local_files_only=True)
    tokenizer.model_max_length = context
    weights = megabytes * 1_000_000 / 2 - len(tokenizer) * WIDTH
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=3 * WIDTH,
        num_hidden_layers=max(1, round(weights / _LAYER)),
        num_attention_heads=WIDTH // HEAD,
        num_key_value_heads=WIDTH // HEAD // 4,
        max_position_embeddings=context,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    torch.manual_seed(300)
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
