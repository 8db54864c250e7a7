"""What the tokens of a GGUF file write, as llama.cpp tells it."""

from functools import cached_property

from studio.runtime.llama.tokenizer import GgufTokenizer
from studio.runtime.text.banned import Vocabulary


class GgufVocabulary(Vocabulary):
    def __init__(self, tokenizer: GgufTokenizer) -> None:
        super().__init__(tokenizer)
        self._own = tokenizer

    @cached_property
    def pieces(self) -> list[bytes]:
        return [self._own.bytes_of(token) for token in range(len(self._own))]
