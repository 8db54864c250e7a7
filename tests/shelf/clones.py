"""Which builder makes the clone of each model of the shelf, by its repository."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from studio.core.shelf import ShelfEntry
from tests import zoo
from tests.zoo import others, pictures, texts

Builder = Callable[[Path], Path]

COMMIT = "0123456789abcdef0123456789abcdef01234567"

_QWEN_3_5 = partial(texts.seeing, architecture="Qwen3_5ForConditionalGeneration")
_GEMMA_4 = partial(texts.seeing, architecture="Gemma4ForConditionalGeneration")

PICTURES: dict[str, Builder] = {
    "black-forest-labs/FLUX.2-klein-4B": pictures.flux2_klein,
    "Tongyi-MAI/Z-Image-Turbo": pictures.z_image,
    "Efficient-Large-Model/Sana_Sprint_0.6B_1024px_diffusers": pictures.sana_sprint,
    "stabilityai/sdxl-turbo": pictures.sdxl_turbo,
    "Tongyi-MAI/Z-Image": partial(pictures.z_image, shift=6.0),
    "Qwen/Qwen-Image-2512": pictures.qwen_image,
    "Qwen/Qwen-Image": pictures.qwen_image,
    "Qwen/Qwen-Image-2.1": pictures.qwen_image_21,
    "meituan-longcat/LongCat-Image": pictures.longcat_image,
    "lodestones/Chroma1-HD": pictures.chroma,
    "stabilityai/stable-diffusion-xl-base-1.0": pictures.stable_diffusion_xl,
    "stabilityai/stable-diffusion-3.5-medium": pictures.stable_diffusion_3,
    "PixArt-alpha/PixArt-Sigma-XL-2-1024-MS": pictures.pixart_sigma,
    "stable-diffusion-v1-5/stable-diffusion-v1-5": pictures.stable_diffusion,
}
TEXTS: dict[str, Builder] = {
    "Qwen/Qwen3.5-0.8B": _QWEN_3_5,
    "LiquidAI/LFM2.5-1.2B-Instruct": partial(texts.text, architecture="Lfm2ForCausalLM"),
    "Qwen/Qwen3.5-2B": _QWEN_3_5,
    "HuggingFaceTB/SmolLM3-3B": partial(texts.text, architecture="SmolLM3ForCausalLM"),
    "mistralai/Ministral-3-3B-Instruct-2512-BF16": partial(
        texts.seeing, architecture="Mistral3ForConditionalGeneration"
    ),
    "microsoft/Phi-4-mini-instruct": partial(texts.text, architecture="Phi3ForCausalLM"),
    "openbmb/MiniCPM5-1B": partial(texts.text, architecture="LlamaForCausalLM"),
    "Qwen/Qwen3-4B-Instruct-2507": partial(texts.text, architecture="Qwen3ForCausalLM"),
    "zai-org/GLM-4-9B-0414": partial(texts.text, architecture="Glm4ForCausalLM"),
    "Qwen/Qwen3.5-4B": _QWEN_3_5,
    "Qwen/Qwen3.5-9B": _QWEN_3_5,
    "HuggingFaceTB/SmolVLM2-2.2B-Instruct": partial(
        texts.seeing, architecture="SmolVLMForConditionalGeneration", in_parts=True
    ),
    "Qwen/Qwen3-VL-4B-Instruct": partial(texts.seeing, architecture="Qwen3VLForConditionalGeneration"),
    "google/gemma-4-E2B-it": _GEMMA_4,
    "google/gemma-4-E4B-it": _GEMMA_4,
}
EDITORS: dict[str, Builder] = {
    "Qwen/Qwen-Image-Edit-2511": others.qwen_image_edit,
    "meituan-longcat/LongCat-Image-Edit-Turbo": others.longcat_image_edit,
    "black-forest-labs/FLUX.1-Kontext-dev": others.flux_kontext,
}
UPSCALERS: dict[str, Builder] = {
    "stabilityai/stable-diffusion-x4-upscaler": others.x4_upscaler,
    "caidas/swin2SR-classical-sr-x2-64": others.swin2sr,
}
SEARCH: dict[str, Builder] = {
    "intfloat/multilingual-e5-small": texts.sentence_bert,
    "Qwen/Qwen3-Embedding-0.6B": texts.sentence_qwen,
}


class LoraClone(msgspec.Struct, frozen=True):
    """A LoRA for speed.

    Attributes:
        suits: the base that it is for.
        file: its name in the repository, where the shelf names none.
        base: builds the model that it changes, as wide where it looks at the words as the real one: that is
            how its base is told.
        made: builds the LoRA for that model.
        schedule: what its makers change in the model's scheduler.
    """

    suits: str
    base: Builder
    made: Callable[[Path, Path, str], Path]
    schedule: dict[str, object]
    file: str = "pytorch_lora_weights.safetensors"

    def file_of(self, entry: ShelfEntry) -> str:
        return entry.files[0] if entry.files else self.file


_WIDE_XL = partial(zoo.stable_diffusion_xl, widths=(768, 1280))
_WIDE_1 = partial(zoo.stable_diffusion, width=768)
# The natural logarithm of 3, the shift that it was trained with, and none at the end.
_SHIFT = {"base_shift": 1.0986122886681098, "max_shift": 1.0986122886681098, "shift_terminal": None}

LORAS = {
    "ByteDance/SDXL-Lightning": LoraClone(
        "sdxl", _WIDE_XL, others.unet_lora, {"timestep_spacing": "trailing"}
    ),
    "latent-consistency/lcm-lora-sdxl": LoraClone("sdxl", _WIDE_XL, others.unet_lora, {}),
    "latent-consistency/lcm-lora-sdv1-5": LoraClone("sd1", _WIDE_1, others.unet_lora, {}),
    "lightx2v/Qwen-Image-Lightning": LoraClone("qwen-image", pictures.qwen_image, others.qwen_lora, _SHIFT),
}
CLONES = {*PICTURES, *TEXTS, *EDITORS, *UPSCALERS, *SEARCH, *LORAS}


def put_in_hub(hub: Path, repository: str, build: Builder) -> None:
    """The clone where the hub's cache keeps that repository."""
    place = hub / f"models--{repository.replace('/', '--')}"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text(COMMIT, "utf-8")
    (place / "snapshots").mkdir()
    build(place / "snapshots" / COMMIT)
