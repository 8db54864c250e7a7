"""What of a model is to be held in memory, by its headers and configs alone, for `precision.plan`."""

import math
from pathlib import Path
from typing import cast

import msgspec

from studio.catalog import llama
from studio.catalog.borrow import DENOISERS, entries_of, lacking, layout_of, shapes_of
from studio.catalog.files import ModelFolder, Weights, find_weights, read_header
from studio.catalog.gguf import read_gguf
from studio.catalog.llama import LLAMA
from studio.catalog.memory import decoder_channels, own_side, token_numbers
from studio.catalog.pipelines import Part, index_of, read_parts
from studio.catalog.precision import Load, PartSize
from studio.catalog.safetensors import read_safetensors
from studio.core.model import ModelSpec

# Below this, a text encoder (CLIP) is not worth packing.
LARGE = 1_000_000_000
# In the names of classes that are mostly convolutions, which quantisers leave as they are.
_CONVOLVING = ("UNet", "Autoencoder", "VQ", "Vocoder")


PLANNED = ("diffusion", "language", LLAMA)  # families whose memory is planned


def load_of(spec: ModelSpec) -> Load:
    """Of a pipeline or a text model, in a folder or one file; raises ModelError for one that is damaged."""
    path = Path(spec.path)
    if spec.family == "diffusion":
        return _of_folder(ModelFolder(path, spec.name)) if path.is_dir() else _of_file(spec)
    return _of_text(spec)


def _of_folder(folder: ModelFolder) -> Load:
    parts = [part for part in read_parts(folder, index_of(folder)) if part.weights]
    denoiser = next((part for part in parts if part.name in DENOISERS), None)
    return Load(
        parts=tuple(_size_of(folder, part) for part in parts),
        stored=stored_precision(folder, denoiser.weights) if denoiser and denoiser.weights else "F32",
        denoiser=denoiser.class_name if denoiser else "unknown",
        file_bytes=sum(part.weights.size_bytes for part in parts if part.weights),
        decoder_channels=decoder_channels(folder),
        side=own_side(folder),
    )


def _of_file(spec: ModelSpec) -> Load:
    """The file and what is lent to it; without a lender, the file."""
    path, shapes = Path(spec.path), shapes_of(spec)
    lender = ModelFolder(Path(spec.lender)) if spec.lender else None
    layout = layout_of(spec, shapes, lender)
    wanted, lent = lacking(shapes, layout), list[PartSize]()
    size = path.stat().st_size
    packed = path.suffix.lower() == ".gguf"
    whole = PartSize(
        name=path.name,
        parameters=sum(math.prod(shape) for shape in shapes.values()),
        packed_bytes=size if packed else 0,
    )
    for part in read_parts(lender, index_of(lender)) if lender else ():
        if lender and part.weights and part.name in wanted:
            lent.append(msgspec.structs.replace(_size_of(lender, part), packs=False))
            size += part.weights.size_bytes
    denoiser = next(
        (kind for name, (_, kind) in entries_of(index_of(layout)).items() if name in DENOISERS), ""
    )
    tensors = {} if packed else read_safetensors(path, spec.name).tensors
    stored = _most({name: (one.dtype, one.data_offsets) for name, one in tensors.items()}) or "F16"
    return Load(
        parts=(whole, *lent),
        stored=stored,
        denoiser=denoiser or "unknown",
        file_bytes=size,
        whole_file=True,
        decoder_channels=decoder_channels(layout),
        side=own_side(layout),
    )


def _of_text(spec: ModelSpec) -> Load:
    path = Path(spec.path)
    if path.is_file():
        # transformers unpacks GGUF as it loads, so nothing is won by packing it again; llama.cpp does not.
        header, stays = read_gguf(path, spec.name), spec.family == LLAMA
        packed = spec.size_bytes if stays else 0
        whole = PartSize(name=path.name, parameters=header.parameters, packed_bytes=packed)
        return Load(
            parts=(whole,),
            stored="F16",
            file_bytes=spec.size_bytes,
            whole_file=True,
            packed_as=(header.precision or "GGUF") if stays else "",
            processor_only=stays and not llama.uses_cards(),
            token_numbers=header.token_bytes // 2,
        )
    folder = ModelFolder(path, spec.name)
    weights = find_weights(folder)
    layers = words = 0
    for file in weights.files:
        for name, tensor in read_header(folder, file).items():
            numbers = math.prod(cast(list[int], tensor["shape"]))
            if "embed" in name or name.startswith("lm_head"):  # which quantisers leave as they are
                words += numbers
            else:
                layers += numbers
    return Load(
        parts=(
            PartSize(name="layers", parameters=layers, packs=True),
            PartSize(name="words", parameters=words),
        ),
        stored=stored_precision(folder, weights),
        file_bytes=spec.size_bytes,
        token_numbers=token_numbers(folder.json("config.json")),
    )


def _size_of(folder: ModelFolder, part: Part) -> PartSize:
    files = part.weights.files if part.weights else ()
    shapes = [cast(list[int], one["shape"]) for file in files for one in read_header(folder, file).values()]
    parameters = sum(map(math.prod, shapes))
    convolves = any(word in part.class_name for word in _CONVOLVING)
    packs = not convolves and (part.name in DENOISERS or parameters > LARGE)
    return PartSize(name=part.name, parameters=parameters, packs=packs)


def stored_precision(folder: ModelFolder, weights: Weights) -> str:
    """The safetensors name of the type that most of the first file's bytes have."""
    tensors = read_header(folder, weights.files[0])
    return _most({name: (str(one["dtype"]), one["data_offsets"]) for name, one in tensors.items()}) or "F32"


def _most(tensors: dict[str, tuple[str, object]]) -> str:
    sizes: dict[str, int] = {}
    for kind, offsets in tensors.values():
        begin, end = cast(list[int], offsets)
        sizes[kind] = sizes.get(kind, 0) + end - begin
    return max(sizes, key=sizes.__getitem__, default="")
