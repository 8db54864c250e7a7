"""Tokens are counted as transformers' own tokenizers count them, and limits are those of the pipelines."""

import json
from pathlib import Path

import pytest
import sentencepiece
from tokenizers import Tokenizer, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer
from transformers import CLIPTokenizer, Qwen2Tokenizer, T5Tokenizer

from studio.catalog.counting import Counters, read_encoders, sequence_length
from studio.core.model import ModelSpec
from studio.core.paths import resources_dir
from studio.core.prompts.written import MOST_PARTS, TokenCount

TEXTS = (
    "",
    "a boat with red sails on the sea at sunset",
    "A  Boat's\n\tred, RED sails!! 1234 <|endoftext|> é ﬁ",
    "海上一只红帆的船，日落",
    "🌊🌊 ok " * 20,
)


def spec(path: Path, **fields) -> ModelSpec:
    return ModelSpec(id="a/b", name="A", family="diffusion", base="", abilities=(), path=str(path), **fields)


def pipeline(folder: Path, class_name: str, **tokenizers: str) -> Path:
    """A folder with the index of a pipeline; its tokenizers are still to be put in."""
    parts = {name: ["transformers", kind] for name, kind in tokenizers.items()}
    index = {"_class_name": class_name, "transformer": ["diffusers", "X"], **parts}
    folder.mkdir(exist_ok=True)
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def trained(folder: Path, suffix: str) -> None:
    """`vocab.json` and `merges.txt` of a small byte-level vocabulary, as CLIP and Qwen have them."""
    ending = {"end_of_word_suffix": suffix} if suffix else {}
    tokenizer = Tokenizer(BPE(**ending))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    specials = ["<|startoftext|>", "<|endoftext|>"]
    trainer = BpeTrainer(
        vocab_size=900,
        special_tokens=specials,
        initial_alphabet=alphabet,
        **ending,
        show_progress=False,
    )
    tokenizer.train_from_iterator([text.lower() for text in TEXTS] * 4, trainer)
    folder.mkdir()
    tokenizer.model.save(str(folder))
    vocabulary = json.loads((folder / "vocab.json").read_text())
    for byte in alphabet if suffix else ():
        vocabulary.setdefault(byte + suffix, len(vocabulary))
    (folder / "vocab.json").write_text(json.dumps(vocabulary))


def counts(model: ModelSpec, text: str) -> TokenCount:
    found = Counters().count(model, text)
    assert found is not None
    return found


@pytest.mark.parametrize("text", TEXTS)
def test_the_starter_counts_as_transformers_does(text: str):
    folder = resources_dir() / "starter" / "postcards"
    theirs = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    (encoder,) = read_encoders(spec(folder))
    assert encoder.tokens(text) == len(theirs(text, add_special_tokens=False, verbose=False).input_ids)
    assert encoder.limit == 77 - theirs.num_special_tokens_to_add() == 75


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    ("kind", "suffix", "limit"), [(CLIPTokenizer, "</w>", 75), (Qwen2Tokenizer, "", 512)]
)
def test_byte_pairs_without_a_whole_tokenizer(tmp_path: Path, kind: type, suffix: str, limit: int, text: str):
    folder = pipeline(tmp_path / "m", "QwenImagePipeline", tokenizer=kind.__name__)
    trained(folder / "tokenizer", suffix)
    theirs = kind.from_pretrained(folder / "tokenizer")
    (encoder,) = read_encoders(spec(folder))
    assert encoder.tokens(text) == len(theirs(text, add_special_tokens=False, verbose=False).input_ids)
    assert encoder.limit == (limit if suffix else sequence_length("QwenImagePipeline"))


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `spiece.model` alone, as older T5 pipelines have it."""
    folder = tmp_path_factory.mktemp("t5")
    corpus = folder / "corpus.txt"
    corpus.write_text("\n".join([text.replace("\n", " ") for text in TEXTS if text] * 20))
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus),
        model_prefix=str(folder / "spiece"),
        vocab_size=120,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return folder


@pytest.mark.parametrize("whole", [False, True])
def test_t5_by_its_sentence_pieces_or_its_whole_tokenizer(tmp_path: Path, t5: Path, whole: bool):
    folder = pipeline(tmp_path / "m", "SanaPipeline", tokenizer="T5Tokenizer")
    place = folder / "tokenizer"
    place.mkdir()
    (place / "spiece.model").write_bytes((t5 / "spiece.model").read_bytes())
    theirs = T5Tokenizer.from_pretrained(place)
    if whole:
        theirs.save_pretrained(place)
        (place / "spiece.model").unlink(missing_ok=True)
        assert (place / "tokenizer.json").exists()
    (encoder,) = read_encoders(spec(folder))
    for text in ("a boat with red sails", "the sea at sunset, red red red", "ok ok"):
        assert encoder.tokens(text) == len(theirs(text, add_special_tokens=False).input_ids), text
    assert encoder.limit == 300 - theirs.num_special_tokens_to_add()


def test_the_most_patient_encoder_counts(tmp_path: Path, t5: Path):
    folder = pipeline(tmp_path / "m", "FluxPipeline", tokenizer="CLIPTokenizer", tokenizer_2="T5Tokenizer")
    trained(folder / "tokenizer", "</w>")
    (folder / "tokenizer_2").mkdir()
    (folder / "tokenizer_2" / "spiece.model").write_bytes((t5 / "spiece.model").read_bytes())
    found = counts(spec(folder), "red " * 900)
    assert found.limit == 511 and found.tokens >= 900 and found.parts == 1


def test_clip_alone_reads_in_pieces():
    model = spec(resources_dir() / "starter" / "postcards")
    assert counts(model, "a boat").parts == 1
    long = counts(model, "a boat with red sails, " * 40)
    assert long.limit == 75 and long.parts == -(-long.tokens // 75) > 2


def test_no_more_than_so_many_pieces_are_read():
    model = spec(resources_dir() / "starter" / "postcards")
    endless = counts(model, "a boat with red sails, " * 700)
    assert (endless.parts, endless.read) == (MOST_PARTS, MOST_PARTS * 75) and endless.tokens > endless.read
    within = counts(model, "a boat with red sails, " * 40)
    assert within.read == within.tokens
    assert TokenCount(tokens=80, limit=75).read == 75 and TokenCount(tokens=80).read == 80


def test_marks_of_weights_and_loras_are_no_words():
    model = spec(resources_dir() / "starter" / "postcards")
    assert counts(model, "a (boat:1.3) with [red] sails <lora:ink:0.8>") == counts(
        model, "a boat with red sails"
    )


def test_a_single_file_counts_with_what_its_lender_has(tmp_path: Path):
    file = tmp_path / "m.safetensors"
    file.write_bytes(b"")
    starter = str(resources_dir() / "starter" / "postcards")
    assert Counters().count(spec(file), "a boat") is None
    assert counts(spec(file, lender=starter), "a boat") == counts(spec(Path(starter)), "a boat")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\0", b'{"model": {"type": "BPE"}}'])
def test_damaged_vocabularies_tell_nothing(tmp_path: Path, content: bytes):
    folder = pipeline(tmp_path / "m", "SanaPipeline", tokenizer="T5Tokenizer")
    (folder / "tokenizer").mkdir()
    for name in ("tokenizer.json", "spiece.model"):
        (folder / "tokenizer" / "tokenizer.json").unlink(missing_ok=True)
        (folder / "tokenizer" / name).write_bytes(content)
        assert Counters().count(spec(folder), "a boat") is None
    assert Counters().count(spec(tmp_path / "nowhere"), "a boat") is None


def test_lengths_are_those_of_the_installed_pipelines():
    import inspect

    import diffusers

    for name in (
        "FluxPipeline",
        "SanaPipeline",
        "QwenImagePipeline",
        "PixArtAlphaPipeline",
        "ZImagePipeline",
    ):
        default = (
            inspect.signature(getattr(diffusers, name).__call__).parameters["max_sequence_length"].default
        )
        length = sequence_length(name)
        assert length is not None and length >= default > 0, name
    assert sequence_length("StableDiffusionPipeline") is None
    assert sequence_length("../../Nothing") is None
