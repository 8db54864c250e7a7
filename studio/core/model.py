"""What a model is: where its files lie, which family runs it, what it can do and how it likes to be used."""

from enum import StrEnum

import msgspec


class Ability(StrEnum):
    GENERATE = "generate"  # text to image
    REPLY = "reply"  # text to text


class Defaults(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The model's own settings; None where the model leaves the choice to the pipeline."""

    width: int | None = None
    height: int | None = None
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    scheduler: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    max_new_tokens: int | None = None


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
    size_bytes: int = 0
    fingerprint: str = ""
    licence: str | None = None
    context_length: int | None = None
    starter: bool = False
    defaults: Defaults = Defaults()
    latent_rgb: tuple[tuple[float, float, float], ...] = ()
    latent_rgb_bias: tuple[float, float, float] = (0.5, 0.5, 0.5)
    about: dict[str, str] = {}
    examples: dict[str, tuple[str, ...]] = {}
