"""What a model is: where its files lie, which family runs it, what it can do and how it likes to be used."""

from enum import StrEnum
from typing import Literal, get_args

import msgspec

from studio.core.errors import Params
from studio.core.thoughts import Askable


class Ability(StrEnum):
    GENERATE = "generate"  # text to image
    REPLY = "reply"  # text to text
    SEE = "see"  # reads pictures beside the text
    FILL = "fill"  # paints what is chosen in a picture, and can do nothing without one
    UPSCALE = "upscale"
    CUT_OUT = "cut_out"  # tells a thing from its background
    SELECT = "select"  # finds the object at a place


class Kind(StrEnum):
    """What a file or folder of weights is for."""

    PICTURE = "picture"  # makes pictures from words
    EDIT = "edit"  # changes pictures
    UPSCALER = "upscaler"
    MATTING = "matting"  # tells a thing from its background
    SELECTOR = "selector"  # finds the object at a place
    TEXT = "text"
    VISION = "vision"  # text from words and pictures
    SEARCH = "search"  # text embeddings
    LORA = "lora"
    CONTROL = "control"  # ControlNet, T2I adapter
    VAE = "vae"
    DENOISER = "denoiser"  # UNet or transformer alone
    ENCODER = "encoder"  # text or picture encoder alone
    WORD = "word"  # textual inversion: an embedding that is called by a word
    OTHER = "other"


class Defaults(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The model's own settings; None where the model leaves the choice to the pipeline.

    `scheduler_options` are laid over the scheduler's own config, under diffusers' names.
    """

    width: int | None = None
    height: int | None = None
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    scheduler: str | None = None
    scheduler_options: dict[str, str | int | float | bool] = {}
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    max_new_tokens: int | None = None


Precision = Literal["float32", "bfloat16", "float16", "8-bit", "4-bit"]
Offload = Literal["none", "model", "sequential"]
Compile = Literal["on"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
OFFLOADS: tuple[Offload, ...] = get_args(Offload)
COMPILES: tuple[Compile, ...] = get_args(Compile)


class Wish(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a model is to be held in memory; "" leaves it to the studio.

    Attributes:
        offload: `none`, `model` (part by part) or `sequential` (layer by layer).
        compile: `on` where its blocks are to be compiled once that repays; without that they never are, for
            nobody has tried it on a card yet.
    """

    precision: Precision | Literal[""] = ""
    offload: Offload | Literal[""] = ""
    compile: Compile | Literal[""] = ""


class ModelSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One model on this machine.

    Attributes:
        id: `starter/postcards`, `owner/name[@revision]` or `local/<slug>-<hash8>`.
        name: what the person reads.
        family: the module in `runtime/families` that runs it.
        base: what it is built as: a pipeline class (`StableDiffusionPipeline`) or an architecture
            (`LlamaForCausalLM`).
        path: absolute folder or file.
        size_bytes: weights on disk.
        kind: what it is for; a part of a model (a LoRA, a VAE) has no ability of its own.
        suits: for a part, the base it goes with: `sdxl`, `flux1` (`catalog/bases.py` has all); "" if unknown.
        source: what it was found in: `starter`, `hub`, `folder`, or a tool's name such as `comfyui`.
        precision: of most of its weights, as its makers call it: `fp16`, `bf16`, `fp8`, `Q4_K_M`.
        parameters: numbers in all weights, 0 where they were not counted.
        ours: the studio downloaded it, so the studio may remove it.
        trigger_words: what a LoRA listens to, from its own metadata.
        lender: for a model in one file, the folder of the model that lends it tokenizers and other parts it
            lacks (`catalog/borrow.py`); absolute, "" where none was found.
        tiny: the folder of a small autoencoder that decodes its latents, for previews; absolute, "" where
            none was found.
        wish: how the person chose that it is held.
        vocabulary: of a text model, what tells its tokenizer from others; "" where that is not known.
        thinks: of a text model, what can be asked of its thoughts; None where that is not known.
        fingerprint: changes when the files' names, sizes or times change; for the execution record.
        latent_rgb: one row of RGB factors (0…1) for each latent channel, for previews without the VAE.
        about, examples: by language (`en`, `zh`).
    """

    id: str
    name: str
    family: str
    base: str
    abilities: tuple[Ability, ...]
    path: str
    kind: Kind = Kind.OTHER
    suits: str = ""
    source: str = ""
    ours: bool = False
    precision: str = ""
    parameters: int = 0
    trigger_words: tuple[str, ...] = ()
    size_bytes: int = 0
    lender: str = ""
    tiny: str = ""
    wish: Wish = Wish()
    fingerprint: str = ""
    vocabulary: str = ""
    thinks: tuple[Askable, ...] | None = None
    licence: str | None = None
    context_length: int | None = None
    starter: bool = False
    defaults: Defaults = Defaults()
    latent_rgb: tuple[tuple[float, float, float], ...] = ()
    latent_rgb_bias: tuple[float, float, float] = (0.5, 0.5, 0.5)
    about: dict[str, str] = {}
    examples: dict[str, tuple[str, ...]] = {}

    @property
    def repository(self) -> str:
        """`owner/name` of what lies in the hub's cache, be it the whole or one file of it; else empty."""
        return "/".join(self.id.partition("@")[0].split("/")[:2]) if self.source == "hub" else ""


class Lora(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A LoRA that a job lays over its model.

    Attributes:
        id, name, path, suits, fingerprint: as in its ModelSpec; `path` is a safetensors file, or a folder
            as peft saves it.
        scale: how strongly it counts; 0 leaves it out.
    """

    id: str
    name: str
    path: str
    suits: str = ""
    fingerprint: str = ""
    scale: float = 1.0


def lora_of(spec: ModelSpec, scale: float = 1.0) -> Lora:
    """What a job needs of an installed LoRA."""
    return Lora(
        id=spec.id,
        name=spec.name,
        path=spec.path,
        suits=spec.suits,
        fingerprint=spec.fingerprint,
        scale=scale,
    )


class LoraChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A LoRA that is installed, as one model sees it.

    Attributes:
        base, own: where it does not fit, what it is made for and what the model is built on, as short names.
    """

    lora: Lora
    trigger_words: tuple[str, ...] = ()
    fits: bool = True
    base: str = ""
    own: str = ""


class ReferenceAdapter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An IP-Adapter, which lets a model look at pictures.

    Attributes:
        id, name, path, suits: as in its ModelSpec; `path` is a safetensors file.
        encoder: absolute folder of the picture encoder that it was trained with.
    """

    id: str
    name: str
    path: str
    suits: str = ""
    encoder: str = ""


class ModelProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A model that is there and cannot be used, and why."""

    path: str
    code: str
    params: Params = {}
