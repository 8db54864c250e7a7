"""Which files of a repository are needed: what the studio would run, once, and nothing that could run code.

All by names and sizes, and for a pipeline by what its `model_index.json` names.
"""

import re
from collections.abc import Mapping, Sequence

from studio.catalog.files import PICKLES
from studio.catalog.hub.listing import HubFile, Listing
from studio.catalog.onnx import ENDING as ONNX
from studio.catalog.onnx import kind_called
from studio.catalog.pipelines import SKIPPED
from studio.core.errors import HubError, ModelError, ModelUnsafe, NothingToRun, SeveralModels

INDEX = "model_index.json"
WEIGHTS = (".safetensors", ".gguf", ONNX)
# From the smallest that answers well to the ones that only a large memory holds (llama.cpp, README of
# `tools/quantize`: Q4_K_M is the usual choice); what is not named here comes last.
GGUF_ORDER = (
    "Q4_K_M", "Q5_K_M", "Q4_K_S", "Q4_0", "IQ4_XS", "IQ4_NL", "Q4_K_XL", "Q5_K_S", "Q5_0", "Q6_K", "Q8_0",
    "Q3_K_M", "Q3_K_L", "Q3_K_S", "Q2_K", "MXFP4", "BF16", "F16", "F32",
)  # fmt: skip
# The largest models have some hundred parts. Of each file its state is told several times a second.
MOST_FILES = 2000
LORA = "pytorch_lora_weights.safetensors"  # as diffusers names it

_CARD = re.compile(r"(README|LICEN[CS]E|NOTICE|USE_POLICY)([._-][\w.-]+)?", re.IGNORECASE)
_SMALL = (".json", ".txt", ".model", ".jinja", ".tiktoken")  # configurations and tokenizers
_SPLIT = re.compile(r"-\d{5}-of-\d{5}(?=\.(?:safetensors|gguf)$)")
_QUANT = re.compile(
    r"(?<![A-Za-z0-9])(I?Q\d(?:_[A-Z0-9]+)*|BF16|F16|F32|MXFP4)(?![A-Za-z0-9])", re.IGNORECASE
)
_PART_WEIGHTS = re.compile(
    r"(?:model|diffusion_pytorch_model)(?:\.(?P<variant>\w+))?(?:-\d{5}-of-\d{5})?\.safetensors"
)
_SHARD_INDEX = re.compile(
    r"(?:model|diffusion_pytorch_model)\.(?:safetensors\.index(?:\.\w+)?|\w+\.safetensors\.index)\.json"
)
_HALVES = ("fp16", "bf16")  # variants that are as good as the plain weights
# The stages of a sentence-transformers model, which its `modules.json` names.
_STAGE = re.compile(r"\d+_\w+")
_TRAINING = ("training_args", "optimizer", "scheduler.pt", "trainer_state")


def choose(
    listing: Listing, patterns: Sequence[str] = (), index: Mapping[str, object] | None = None
) -> tuple[HubFile, ...]:
    """The files to fetch, in the repository's order; the model card and the licence always.

    `patterns`, names with `*` for any characters, replace the choice; `index` is the content of
    `model_index.json`, where there is one. Raises NothingToRun, also for what has more files than a model
    has; SeveralModels; ModelUnsafe where there are only pickles.
    """
    files = listing.files
    if patterns:
        wanted = _matching(files, patterns)
    elif index is not None:
        wanted = _pipeline(files, index)
    elif _has(files, "config.json") and _weights(_in_folder(files, "")):
        wanted = _transformers(files)
    elif ggufs := [file for file in files if _is_language_gguf(file.name)]:
        wanted = _quantisation(ggufs)
    elif kind_called(listing.repository) and not _has_ending(files, ".safetensors"):
        wanted = _onnx(files)
    else:
        wanted = _single(listing)
    names = {file.name for file in wanted}
    if not any(name.endswith(WEIGHTS) for name in names):
        raise _nothing(listing, wanted if patterns and wanted else files)
    chosen = tuple(file for file in files if file.name in names or _CARD.fullmatch(file.name))
    if len(chosen) > MOST_FILES:
        raise NothingToRun(repository=listing.repository, kind=f"{len(chosen)} files")
    return chosen


def _nothing(listing: Listing, looked_at: Sequence[HubFile]) -> ModelError | HubError:
    pickles = sorted(file.name for file in looked_at if file.name.endswith(PICKLES))
    if pickles:
        return ModelUnsafe(file=pickles[0])
    endings = {"." + file.name.rpartition(".")[2] for file in listing.files if "." in file.name}
    return NothingToRun(repository=listing.repository, kind=", ".join(sorted(endings)[:8]) or "0")


def _matching(files: Sequence[HubFile], patterns: Sequence[str]) -> list[HubFile]:
    """Files that match, and with a part of a split file all its other parts; pickles only where alone."""
    tests = [re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL) for pattern in patterns]
    wanted = [file for file in files if any(test.fullmatch(file.name) for test in tests)]
    split = {_whole(file.name) for file in wanted if _SPLIT.search(file.name)}
    wanted += [file for file in files if _SPLIT.search(file.name) and _whole(file.name) in split]
    return [file for file in wanted if not file.name.endswith(PICKLES)] or wanted


def _whole(name: str) -> str:
    return _SPLIT.sub("", name)


def _pipeline(files: Sequence[HubFile], index: Mapping[str, object]) -> list[HubFile]:
    """A diffusers pipeline: the folders that its index names, each with one precision of its weights."""
    wanted = [file for file in files if file.name == INDEX]
    for part, entry in index.items():
        match entry:
            case [str(), str()] if part[:1] != "_" and part not in SKIPPED:
                wanted += _component(_in_folder(files, part))
            case _:
                continue
    return wanted


def _transformers(files: Sequence[HubFile]) -> list[HubFile]:
    wanted = _component(_in_folder(files, ""))
    wanted += [file for file in files if file.name.startswith("additional_chat_templates/")]
    if _has(files, "modules.json"):
        stages = {file.name.partition("/")[0] for file in files if _STAGE.match(file.name)}
        for stage in sorted(stages):
            wanted += _component(_in_folder(files, stage))
    return wanted


def _component(files: Sequence[HubFile]) -> list[HubFile]:
    """Of one folder: configurations, tokenizer, and its weights in one precision."""
    weights = _weights(files)
    indexes = [file for file in files if _SHARD_INDEX.fullmatch(_base(file.name))]
    small = [file for file in files if file.name.endswith(_SMALL) and file not in indexes]
    small = [
        file for file in small if ".index." not in file.name and not _base(file.name).startswith(_TRAINING)
    ]
    if not weights:
        # A part that has weights, but only as pickles, makes the whole model unsafe.
        pickles = [file for file in files if _base(file.name).endswith(PICKLES)]
        if pickles:
            raise ModelUnsafe(file=pickles[0].name)
        return small
    variant = _best(weights)
    split = any(_SPLIT.search(file.name) for file in weights[variant])
    own = [file for file in indexes if split and _variant_of_index(file.name) == variant]
    return small + weights[variant] + own


def _weights(files: Sequence[HubFile]) -> dict[str, list[HubFile]]:
    """The complete sets of safetensors of a folder by variant; "" is the plain one."""
    sets = dict[str, list[HubFile]]()
    for file in files:
        if match := _PART_WEIGHTS.fullmatch(_base(file.name)):
            sets.setdefault(match["variant"] or "", []).append(file)
    return {variant: chosen for variant, found in sets.items() if (chosen := _complete(found))}


def _complete(found: Sequence[HubFile]) -> list[HubFile]:
    """The one file where there is one, else all its parts; nothing where a part is missing."""
    whole = [file for file in found if not _SPLIT.search(file.name)]
    count = int(found[-1].name.removesuffix(".safetensors")[-5:]) if not whole else 1
    return whole[:1] or (list(found) if len(found) == count else [])


def _best(sets: Mapping[str, Sequence[HubFile]]) -> str:
    """Half precision where it is smaller (the plain weights are float32 then), else the plain weights."""
    halves = [variant for variant in _HALVES if variant in sets]
    if "" not in sets:
        return halves[0] if halves else min(sets)
    limit = 0.75 * _size(sets[""])
    return next((variant for variant in halves if _size(sets[variant]) < limit), "")


def _size(files: Sequence[HubFile]) -> int:
    return sum(file.size_bytes for file in files)


def _variant_of_index(name: str) -> str:
    words = set(_base(name).split(".")) - {"model", "diffusion_pytorch_model", "safetensors", "index", "json"}
    return next(iter(words), "")


def _is_language_gguf(name: str) -> bool:
    """Not the picture half of a vision model, nor the statistics that a quantisation was made with."""
    low = name.lower()
    return low.endswith(".gguf") and "mmproj" not in low and "imatrix" not in low


def _quantisation(files: Sequence[HubFile]) -> list[HubFile]:
    """One quantisation, all parts of it: the first of GGUF_ORDER that is there, the smaller of equals."""
    models = dict[str, list[HubFile]]()
    for file in files:
        models.setdefault(_whole(file.name), []).append(file)

    def rank(name: str) -> tuple[int, int, str]:
        found = [quant.upper() for quant in _QUANT.findall(_base(name))]
        place = GGUF_ORDER.index(found[-1]) if found and found[-1] in GGUF_ORDER else len(GGUF_ORDER)
        return place, _size(models[name]), name

    return models[min(models, key=rank)]


def _single(listing: Listing) -> list[HubFile]:
    """One safetensors file that is the model: a checkpoint, a LoRA, an upscaler. Of several nobody knows
    which is wanted."""
    found = [file for file in listing.files if file.name.endswith(".safetensors")]
    root = [file for file in found if "/" not in file.name] or found
    named = [file for file in root if file.name == LORA]
    if len(named or root) > 1:
        names = ", ".join(file.name for file in root[:2])
        raise SeveralModels(repository=listing.repository, count=len(root), files=names)
    config = [file for file in listing.files if file.name == "config.json"]
    return [*named, *config] if named else [*root, *config]


def _onnx(files: Sequence[HubFile]) -> list[HubFile]:
    """The whole model of those that tell a thing from its background, and what says how it is used."""
    found = [file for file in files if file.name.endswith(ONNX)]
    small = [file for file in _in_folder(files, "") if file.name.endswith(".json")]
    return [*sorted(found, key=lambda file: (_base(file.name) != f"model{ONNX}", file.name))[:1], *small]


def _has_ending(files: Sequence[HubFile], ending: str) -> bool:
    return any(file.name.endswith(ending) for file in files)


def _in_folder(files: Sequence[HubFile], folder: str) -> list[HubFile]:
    return [file for file in files if file.name.rpartition("/")[0] == folder]


def _base(name: str) -> str:
    return name.rpartition("/")[2]


def _has(files: Sequence[HubFile], name: str) -> bool:
    return any(file.name == name for file in files)
