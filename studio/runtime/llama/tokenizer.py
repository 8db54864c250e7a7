"""A GGUF file's own tokenizer and chat template, with the few methods of a transformers tokenizer in use."""

import ctypes
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NoReturn

from jinja2 import Template, TemplateError
from jinja2.ext import loopcontrols

from studio.runtime.llama.library import c
from studio.runtime.text.sandbox import Sandbox


@dataclass(frozen=True)
class Encoded:
    input_ids: list[int]


@dataclass(frozen=True)
class AddedToken:
    """A token that is found in a text before all others; `special` ones are no words."""

    content: str
    special: bool


class GgufTokenizer:
    """Of a model that is loaded.

    Attributes:
        vocabulary: for the library's functions.
        chat_template: Jinja text, None without one; run it only through `runtime/text/template.py`.
    """

    def __init__(self, model: Any) -> None:
        self.vocabulary = c.llama_model_get_vocab(model)
        template = c.llama_model_chat_template(model, None)
        self.chat_template = template.decode("utf-8", "replace") if template else None
        self._compiled: Template | None = None

    is_fast = False  # it does not say where in a text a token begins

    @cached_property
    def added_tokens_decoder(self) -> dict[int, AddedToken]:
        special = c.LLAMA_TOKEN_ATTR_CONTROL | c.LLAMA_TOKEN_ATTR_UNKNOWN
        found = dict[int, AddedToken]()
        for token in range(c.llama_vocab_n_tokens(self.vocabulary)):
            kind = c.llama_vocab_get_attr(self.vocabulary, token)
            if kind & (special | c.LLAMA_TOKEN_ATTR_USER_DEFINED):
                found[token] = AddedToken(self._text(token), bool(kind & special))
        return found

    def convert_ids_to_tokens(self, ids: Sequence[int]) -> list[str]:
        return [self._text(token) for token in ids]

    def _encode_without_added_tokens(self, text: str) -> list[int]:
        """Control tokens are letters here; the name is the one of transformers."""
        data = text.encode("utf-8")
        count = -c.llama_tokenize(self.vocabulary, data, len(data), None, 0, False, False)
        ids = (c.llama_token * max(count, 1))()
        c.llama_tokenize(self.vocabulary, data, len(data), ids, count, False, False)
        return list(ids[:count])

    def __call__(self, text: str, *, add_special_tokens: bool, verbose: bool = False) -> Encoded:
        """The text's tokens, special ones by their names among them.

        A template may leave the beginning to whoever runs it: a model that wants one gets it, once.
        """
        data = text.encode("utf-8")
        count = -c.llama_tokenize(self.vocabulary, data, len(data), None, 0, add_special_tokens, True)
        ids = (c.llama_token * max(count, 1))()
        c.llama_tokenize(self.vocabulary, data, len(data), ids, count, add_special_tokens, True)
        begin = c.llama_vocab_bos(self.vocabulary)
        found = list(ids[:count])
        if begin >= 0 and c.llama_vocab_get_add_bos(self.vocabulary) and found[:1] != [begin]:
            found.insert(0, begin)
        return Encoded(found)

    def decode(self, ids: Sequence[int], **_: Any) -> str:
        """Without special tokens; what is no whole character becomes �."""
        array = (c.llama_token * len(ids))(*ids)
        size = 16 * len(ids) + 16
        while True:
            buffer = ctypes.create_string_buffer(size)
            length = c.llama_detokenize(self.vocabulary, array, len(ids), buffer, size, False, False)
            if length >= 0:
                return buffer.raw[:length].decode("utf-8", "replace")
            size = -length

    def __len__(self) -> int:
        return c.llama_vocab_n_tokens(self.vocabulary)

    @cached_property
    def ends(self) -> frozenset[int]:
        """The tokens that end an answer."""
        return frozenset(one for one in range(len(self)) if c.llama_vocab_is_eog(self.vocabulary, one))

    def get_added_vocab(self) -> dict[str, int]:
        return {one.content: number for number, one in self.added_tokens_decoder.items()}

    def bytes_of(self, token: int) -> bytes:
        """What the token writes; nothing for those that are control."""
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            length = c.llama_token_to_piece(self.vocabulary, token, buffer, size, 0, False)
            if length >= 0:
                return buffer.raw[:length]
            size = -length

    def apply_chat_template(
        self, messages: list[dict[str, str]], *, tokenize: bool, add_generation_prompt: bool, **wishes: Any
    ) -> str:
        """What the template makes of the messages, in the sandbox and with the functions of transformers."""
        if self._compiled is None:
            self._compiled = _sandbox().from_string(self.chat_template or "")
        return self._compiled.render(
            messages=messages,
            add_generation_prompt=add_generation_prompt,
            bos_token=self._text(c.llama_vocab_bos(self.vocabulary)),
            eos_token=self._text(c.llama_vocab_eos(self.vocabulary)),
            **wishes,
        )

    def _text(self, token: int) -> str:
        return c.llama_vocab_get_text(self.vocabulary, token).decode("utf-8", "replace") if token >= 0 else ""


def _sandbox() -> Sandbox:
    environment = Sandbox(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    environment.filters["tojson"] = _as_json
    environment.globals.update(raise_exception=_refuse, strftime_now=_now)
    return environment


def _as_json(value: Any, indent: int | None = None, **_: Any) -> str:
    """Jinja's own escapes what HTML would."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _refuse(message: str) -> NoReturn:
    raise TemplateError(message)


def _now(form: str) -> str:
    return datetime.now().strftime(form)
