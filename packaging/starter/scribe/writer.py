"""A trained Scribe that answers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from .conversation import Message

AT_ONCE = 10


@dataclass(frozen=True)
class Writer:
    """A model with its tokenizer."""

    model: Any
    tokenizer: Any

    @classmethod
    def load(cls, folder: Path) -> "Writer":
        """Return the model in `folder`, in float32 as the studio runs it on a processor."""
        tokenizer = cast(Any, AutoTokenizer).from_pretrained(
            folder, local_files_only=True, padding_side="left"
        )
        model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
        return cls(model, tokenizer)

    def answers(self, chats: list[list[Message]], sample: bool = False) -> list[str]:
        """Return an answer to each chat; the likeliest words, or drawn ones where `sample` is asked for."""
        order = sorted(range(len(chats)), key=lambda number: len(chats[number][-1]["content"]))
        given = [""] * len(chats)
        for start in range(0, len(order), AT_ONCE):
            chosen = order[start : start + AT_ONCE]
            texts = self._batch([chats[number] for number in chosen], sample)
            for number, text in zip(chosen, texts, strict=True):
                given[number] = text
        return given

    def _batch(self, chats: list[list[Message]], sample: bool) -> list[str]:
        texts = self.tokenizer.apply_chat_template(chats, add_generation_prompt=True, tokenize=False)
        inputs = self.tokenizer(
            texts, return_tensors="pt", padding=True, add_special_tokens=False, return_token_type_ids=False
        )
        output = self.model.generate(**inputs, do_sample=sample)[:, inputs["input_ids"].shape[1] :]
        return [text.strip() for text in self.tokenizer.batch_decode(output, skip_special_tokens=True)]
