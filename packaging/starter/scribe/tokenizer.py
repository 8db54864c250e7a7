"""Scribe's tokenizer: byte-level BPE that never joins a Chinese character or a digit to its neighbour."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, cast

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from .conversation import sample_conversation

VOCABULARY = 5120
CONTEXT = 1024
START, END, PAD = "<|start|>", "<|end|>", "<|pad|>"
_PIECES = r"\p{Han}|\p{N}| ?\p{Latin}+|'\p{Latin}+|\s+(?!\S)|\s| ?[^\s\p{L}\p{N}]+|\p{L}"
_ROLES = ("system", "user", "assistant")
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|start|>' + message['role'] + '\\n' + message['content'] | trim + '<|end|>\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start|>assistant\\n' }}{% endif %}"
)


def train_tokenizer(seed: int, conversations: int) -> PreTrainedTokenizerFast:
    """Return a tokenizer trained on freshly written conversations."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[PAD, START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(seed, conversations), trainer)
    return wrap(tokenizer)


def wrap(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    """Return the tokenizer as transformers loads it, chat template included."""
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        additional_special_tokens=[START],
        chat_template=CHAT_TEMPLATE,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """Return the tokenizer saved in `folder`."""
    return cast(Any, PreTrainedTokenizerFast).from_pretrained(folder, local_files_only=True)


def _texts(seed: int, conversations: int) -> Iterator[str]:
    yield "\n".join(_ROLES)
    for index in range(conversations):
        yield "\n".join(
            message["content"] for message in sample_conversation(Random(f"{seed}/tokenizer/{index}"))
        )
