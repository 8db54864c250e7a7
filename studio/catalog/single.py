"""Models in one file: `.safetensors`, GGUF and ONNX, described by their headers; pickles are refused."""

from hashlib import blake2b
from pathlib import Path

from studio.catalog.bases import BASES, denoiser_base
from studio.catalog.borrow import CONFIGS
from studio.catalog.files import PICKLES
from studio.catalog.gguf import MAGIC, GgufHeader, parts_of, read_gguf, without_part
from studio.catalog.kinds import Told, kind_of
from studio.catalog.llama import with_runner
from studio.catalog.onnx import ENDING as ONNX
from studio.catalog.onnx import describe_onnx
from studio.catalog.safetensors import count_numbers, open_regular, precision_of, read_safetensors
from studio.catalog.texts import refuse_adapter
from studio.core.errors import ModelUnreadable, ModelUnsafe, ModelUnsupported
from studio.core.model import Ability, Kind, ModelSpec

SAFETENSORS = (".safetensors", ".sft")
# What `general.architecture` says of picture models (city96/ComfyUI-GGUF, `convert.py`), and of what is no
# language model by itself (gguf 0.19, `MODEL_ARCH_NAMES`).
_DENOISERS = {
    "flux": "flux1", "sd1": "sd1", "sd2": "sd2", "sdxl": "sdxl", "sd3": "sd3", "aura": "auraflow",
    "hidream": "hidream", "lumina2": "lumina2", "qwen_image": "qwen-image", "z_image": "z-image",
    "chroma": "chroma", "wan": "wan", "hyvid": "hunyuan-video", "ltxv": "ltx", "cosmos": "cosmos",
}  # fmt: skip
_ENCODERS = ("t5", "t5encoder", "umt5", "clip")
_SEARCHING = (
    "bert",
    "nomic-bert",
    "jina-bert",
    "modern-bert",
    "neo-bert",
    "eurobert",
    "gemma-embedding",
    "llama-embed",
)


def describe_file(path: Path, id: str, name: str = "") -> ModelSpec:
    """Without a name a model is called as its header says, else as its file.

    Raises ModelUnsafe, ModelUnreadable, ModelPointer, ModelIsAdapter, ModelUnsupported.
    """
    ending = path.suffix.lower()
    if ending in SAFETENSORS:
        return _describe_safetensors(path, id, name or path.stem)
    if ending == ".gguf" or (ending not in PICKLES and _starts_with_magic(path)):
        return _describe_gguf(path, id, name)
    if ending == ONNX:
        return describe_onnx(path, id, name or path.stem, _fingerprint(path))
    if ending in PICKLES:
        raise ModelUnsafe(file=path.name)
    raise ModelUnsupported(model=name or path.stem, kind=path.suffix or path.name)


def _starts_with_magic(path: Path) -> bool:
    """Ollama keeps GGUF files under their checksums, without an ending."""
    try:
        with open_regular(path) as opened:
            return opened.read(len(MAGIC)) == MAGIC
    except PermissionError:
        raise
    except OSError as error:
        raise ModelUnreadable(model=path.stem, file=path.name) from error


def _describe_safetensors(path: Path, id: str, name: str) -> ModelSpec:
    header = read_safetensors(path, name)
    told = kind_of(header, path.stem)
    return ModelSpec(
        id=id,
        name=name,
        family=_family(told.kind),
        base=told.base,
        abilities=_abilities(told.kind, told.suits, told.base),
        path=str(path.absolute()),
        kind=told.kind,
        suits=told.suits,
        trigger_words=told.words,
        precision=precision_of((header,)),
        parameters=count_numbers((header,)),
        size_bytes=header.size_bytes,
        fingerprint=_fingerprint(path),
        licence=header.notes.get("modelspec.license"),
    )


def _family(kind: Kind) -> str:
    if kind is Kind.UPSCALER:
        return "upscaling"
    return "diffusion" if kind in (Kind.PICTURE, Kind.EDIT, Kind.DENOISER) else ""


def _abilities(kind: Kind, suits: str, base: str) -> tuple[Ability, ...]:
    """A file makes pictures where the studio knows what completes it (`catalog/borrow.py`), or fills them."""
    if kind is Kind.UPSCALER:
        return (Ability.UPSCALE,)
    if suits not in CONFIGS:
        return ()
    if kind is Kind.EDIT and base.endswith("InpaintPipeline"):
        return (Ability.FILL,)
    return (Ability.GENERATE,) if kind in (Kind.PICTURE, Kind.DENOISER) else ()


def _describe_gguf(path: Path, id: str, name: str) -> ModelSpec:
    path, *_ = parts = tuple(parts_of(path))
    stem = without_part(path.name).removesuffix(path.suffix)
    refuse_adapter(path.parent, name or stem)
    header = read_gguf(path, name or stem)
    told = _kind_of_gguf(header)
    replies = told.kind is Kind.TEXT
    whole = len(parts) == 1  # diffusers reads one file
    paints = _abilities(told.kind, told.suits, told.base) if whole else ()
    spec = ModelSpec(
        id=id,
        name=name or _called(header, stem),
        family="language" if replies or told.kind is Kind.SEARCH else "diffusion" if told.suits else "",
        base=told.base,
        abilities=(Ability.REPLY,) if replies else paints,
        path=str(path.absolute()),
        kind=told.kind,
        suits=told.suits,
        precision=header.precision,
        parameters=header.parameters,
        size_bytes=sum(part.stat().st_size for part in parts),
        fingerprint=_fingerprint(*parts),
        licence=header.licence,
        context_length=header.context_length,
        thinks=header.thinks if replies else None,
    )
    return with_runner(spec)


def _called(header: GgufHeader, stem: str) -> str:
    """One model is shared in many precisions, which all have the same name in their headers."""
    if not header.name:
        return stem
    known = not header.precision or header.precision.casefold() in header.name.casefold()
    return header.name if known else f"{header.name} {header.precision}"


def _kind_of_gguf(header: GgufHeader) -> Told:
    if header.type == "mmproj" or header.architecture in _ENCODERS:
        return Told(kind=Kind.ENCODER, base=header.architecture)
    if header.type == "adapter":
        return Told(kind=Kind.LORA, base=header.architecture)
    if header.architecture in _DENOISERS:
        base = denoiser_base(header.shapes) or _DENOISERS[header.architecture]
        return Told(kind=Kind.DENOISER, base=BASES[base].denoiser, suits=base)
    kind = Kind.SEARCH if header.architecture.startswith(_SEARCHING) else Kind.TEXT
    return Told(kind=kind, base=header.architecture)


def _fingerprint(*files: Path) -> str:
    digest = blake2b(digest_size=8)
    for file in files:
        status = file.stat()
        name = file.name.encode(errors="surrogateescape")
        digest.update(name + f"\0{status.st_size}\0{status.st_mtime_ns}".encode())
    return digest.hexdigest()
