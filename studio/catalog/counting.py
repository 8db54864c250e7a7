"""How many tokens of a prompt a model reads, counted with its own vocabulary; torch stays out of it.

Import it in a thread: the libraries that read vocabularies take a moment.
"""

import importlib.util
import math
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import msgspec
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE

from studio.catalog.files import ModelFolder
from studio.catalog.pipelines import index_of
from studio.core.errors import ModelError
from studio.core.model import ModelSpec
from studio.core.prompts.lora_tags import without_tags
from studio.core.prompts.weights import plain
from studio.core.prompts.written import MOST_PARTS, TokenCount

CLIP_LENGTH = 77
_KEPT = 4  # models whose vocabularies stay in memory
_NO_LIMIT = 1_000_000  # transformers writes 10³⁰ where there is none
# As CLIP and Qwen cut text before they pair bytes (transformers 5.23: tokenization_clip.py, _qwen2.py).
_CLIP_WORDS = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
_QWEN_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)


class Encoder(msgspec.Struct, frozen=True):
    """One text encoder's vocabulary.

    Attributes:
        tokens: counts those of a text, special ones left out.
        limit: how many are read at once, special ones left out; 0 where there is no limit.
        pieces: what is longer is read in pieces of that length (`runtime/pictures/reading.py`).
    """

    tokens: Callable[[str], int]
    limit: int
    pieces: bool = False


class Counters:
    """Keeps the vocabularies of the last few models; for one thread at a time."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, ...], tuple[Encoder, ...]] = OrderedDict()

    def count(self, model: ModelSpec, text: str) -> TokenCount | None:
        """What the model's most patient encoder reads, as the runtime reckons it (`arguments.py`).

        Weights' marks and `<lora:…>` count for nothing. None where the files do not tell.
        """
        key = (model.id, model.path, model.lender, model.fingerprint)
        if key not in self._kept:
            self._kept[key] = read_encoders(model)
        self._kept.move_to_end(key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return counted(self._kept[key], plain(without_tags(text)[0]))


def counted(encoders: tuple[Encoder, ...], text: str) -> TokenCount | None:
    if not encoders:
        return None
    lengths = [(one.limit, one.tokens(text), one.pieces) for one in encoders]
    if endless := [tokens for limit, tokens, _ in lengths if not limit]:
        return TokenCount(tokens=max(endless))
    limit, tokens, _ = max(lengths)
    if tokens > limit and (piecemeal := [one for one in lengths if one[2]]):
        limit, tokens, _ = max(piecemeal)
        return TokenCount(
            tokens=tokens, limit=limit, parts=min(MOST_PARTS, max(1, math.ceil(tokens / limit)))
        )
    return TokenCount(tokens=tokens, limit=limit)


def read_encoders(model: ModelSpec) -> tuple[Encoder, ...]:
    """Those of a diffusers pipeline; none where one of them cannot be read."""
    place = Path(model.path)
    try:
        folder = ModelFolder(place if place.is_dir() else Path(model.lender), model.name)
        index = index_of(folder)
        found = dict(_tokenizers(index))
        length = sequence_length(str(index.get("_class_name", "")))
        pieces = _reads_pieces(index, found.values())
        return tuple(_encoder(folder, part, name, length, pieces) for part, name in found.items())
    except (ModelError, OSError, ValueError):
        return ()


def _tokenizers(index: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Their folders and classes."""
    for part, entry in index.items():
        match entry:
            case [str(), str() as class_name] if part.startswith("tokenizer") and part.isidentifier():
                yield part, class_name
            case _:
                continue


def _reads_pieces(index: dict[str, object], classes: Iterable[str]) -> bool:
    """Whether the denoiser attends to the words that CLIP has read, so that it takes any number of them.

    A prior has a place for each of 77, and Flux takes from CLIP no more than one sum of all.
    """
    if not index.keys() & {"unet", "transformer"} or any("prior" in part for part in index):
        return False
    name = str(index.get("_class_name", ""))
    return name.startswith("StableDiffusion3") or all("CLIP" in one for one in classes)


def _encoder(folder: ModelFolder, part: str, class_name: str, length: int | None, pieces: bool) -> Encoder:
    """Raises ValueError where its vocabulary is of a kind that is not known here, ModelError."""
    clip = "CLIP" in class_name
    config: dict[str, object] = {}
    if "tokenizer_config.json" in folder.names(part):
        config = folder.json(f"{part}/tokenizer_config.json")
    stated = config.get("model_max_length")
    limit = stated if isinstance(stated, int) and 0 < stated <= _NO_LIMIT else CLIP_LENGTH if clip else 0
    if length and not clip:  # a T5 has no limit of its own; the pipeline says where it cuts
        limit = length
    tokens, specials = _vocabulary(folder, part, class_name)
    return Encoder(tokens, max(1, limit - specials) if limit else 0, clip and pieces)


def _vocabulary(folder: ModelFolder, part: str, class_name: str) -> tuple[Callable[[str], int], int]:
    """What counts, and how many special tokens are added to each text."""
    names = folder.names(part)
    model = next((name for name in names if name.endswith(".model")), None)
    try:
        if "tokenizer.json" in names:
            return _counting(Tokenizer.from_file(str(folder.file(f"{part}/tokenizer.json"))))
        if "vocab.json" in names and "merges.txt" in names:
            files = (str(folder.file(f"{part}/{name}")) for name in ("vocab.json", "merges.txt"))
            made = _clip if "CLIP" in class_name else _byte_level
            return _counting(made(*BPE.read_file(*files)))
        if model is not None:
            return _sentence_piece(folder.file(f"{part}/{model}"), class_name)
    except Exception as error:
        raise ValueError(f"{part}: {error}") from error
    raise ValueError(f"{part}: no vocabulary of a known kind")


def _counting(tokenizer: Tokenizer) -> tuple[Callable[[str], int], int]:
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def tokens(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    return tokens, tokenizer.num_special_tokens_to_add(False)


def _clip(vocabulary: dict[str, int], merges: list[tuple[str, str]]) -> Tokenizer:
    tokenizer = Tokenizer(
        BPE(vocabulary, merges, end_of_word_suffix="</w>", unk_token="<|endoftext|>", fuse_unk=False)
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_CLIP_WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.add_special_tokens(["<|startoftext|>", "<|endoftext|>"])
    end, start = ((name, vocabulary.get(name, 0)) for name in ("<|endoftext|>", "<|startoftext|>"))
    tokenizer.post_processor = processors.RobertaProcessing(end, start, False, False)
    return tokenizer


def _byte_level(vocabulary: dict[str, int], merges: list[tuple[str, str]]) -> Tokenizer:
    tokenizer = Tokenizer(BPE(vocabulary, merges))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_QWEN_WORDS), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.add_special_tokens(["<|endoftext|>"])
    return tokenizer


def _sentence_piece(path: Path, class_name: str) -> tuple[Callable[[str], int], int]:
    from sentencepiece import SentencePieceProcessor  # only where it is needed: it takes longest to import

    processor = SentencePieceProcessor()
    processor.LoadFromFile(str(path))

    def tokens(text: str) -> int:
        return len(processor.EncodeAsIds(text))

    return tokens, 1 if class_name.startswith("T5") else 0  # T5 ends each text with one


@cache
def sequence_length(class_name: str) -> int | None:
    """The most tokens that a pipeline of diffusers takes where its call has a `max_sequence_length`.

    That is the bound that its own check names, else the default; from its source, since importing it would
    import torch. None where its call has none.
    """
    source = _source_of(class_name)
    call = re.search(r"^    def __call__\((.*?)^    \)", source, re.DOTALL | re.MULTILINE)
    default = re.search(r"\bmax_sequence_length\b[^=,\n]*=\s*(\d+)", call[1]) if call else None
    if default is None:
        return None
    most = re.search(r"max_sequence_length\D*greater than (\d+)", source)
    return max(int(default[1]), int(most[1]) if most else 0)


def _source_of(class_name: str) -> str:
    """The text of a pipeline's class; "" where diffusers has none of that name."""
    found = importlib.util.find_spec("diffusers")
    if found is None or not found.submodule_search_locations or not class_name.isidentifier():
        return ""
    heading = f"\nclass {class_name}("
    for path in Path(next(iter(found.submodule_search_locations)), "pipelines").rglob("pipeline_*.py"):
        source = path.read_bytes()
        if heading.encode() in source:
            body = source.decode("utf-8").partition(heading)[2]
            return re.split(r"^class ", body, maxsplit=1, flags=re.MULTILINE)[0]
    return ""
