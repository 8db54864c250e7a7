"""What a model was built on, as a short name that a LoRA and the model it goes with have in common."""

import re
from collections.abc import Mapping, Sequence

import msgspec

from studio.core.model import ModelSpec
from studio.core.shelf import ShelfEntry

Shapes = Mapping[str, Sequence[int]]


class Base(msgspec.Struct, frozen=True):
    """A base: diffusers' classes for the whole and for the denoiser; `moving` ones make videos."""

    pipeline: str
    denoiser: str
    moving: bool = False


BASES = {
    "sd1": Base("StableDiffusionPipeline", "UNet2DConditionModel"),
    "sd2": Base("StableDiffusionPipeline", "UNet2DConditionModel"),
    "sdxl": Base("StableDiffusionXLPipeline", "UNet2DConditionModel"),
    "sdxl-refiner": Base("StableDiffusionXLImg2ImgPipeline", "UNet2DConditionModel"),
    "sd3": Base("StableDiffusion3Pipeline", "SD3Transformer2DModel"),
    "flux1": Base("FluxPipeline", "FluxTransformer2DModel"),
    "flux2": Base("Flux2Pipeline", "Flux2Transformer2DModel"),
    "flux3": Base("Flux3Pipeline", "Flux3Transformer2DModel"),
    "chroma": Base("ChromaPipeline", "ChromaTransformer2DModel"),
    "qwen-image": Base("QwenImagePipeline", "QwenImageTransformer2DModel"),
    "qwen-image-2.1": Base("QwenImage21Pipeline", "QwenImage21Transformer2DModel"),
    "z-image": Base("ZImagePipeline", "ZImageTransformer2DModel"),
    "krea2": Base("Krea2Pipeline", "Krea2Transformer2DModel"),
    "lumina2": Base("Lumina2Pipeline", "Lumina2Transformer2DModel"),
    "sana": Base("SanaPipeline", "SanaTransformer2DModel"),
    "pixart": Base("PixArtSigmaPipeline", "PixArtTransformer2DModel"),
    "hunyuan-dit": Base("HunyuanDiTPipeline", "HunyuanDiT2DModel"),
    "hunyuan-image": Base("HunyuanImagePipeline", "HunyuanImageTransformer2DModel"),
    "auraflow": Base("AuraFlowPipeline", "AuraFlowTransformer2DModel"),
    "hidream": Base("HiDreamImagePipeline", "HiDreamImageTransformer2DModel"),
    "cogview4": Base("CogView4Pipeline", "CogView4Transformer2DModel"),
    "kolors": Base("KolorsPipeline", "UNet2DConditionModel"),
    "cascade": Base("StableCascadeCombinedPipeline", "StableCascadeUNet"),
    "wan": Base("WanPipeline", "WanTransformer3DModel", moving=True),
    "hunyuan-video": Base("HunyuanVideoPipeline", "HunyuanVideoTransformer3DModel", moving=True),
    "ltx": Base("LTXPipeline", "LTXVideoTransformer3DModel", moving=True),
    "mochi": Base("MochiPipeline", "MochiTransformer3DModel", moving=True),
    "cosmos": Base("Cosmos2TextToImagePipeline", "CosmosTransformer3DModel", moving=True),
    "svd": Base("StableVideoDiffusionPipeline", "UNetSpatioTemporalConditionModel", moving=True),
}
# How names of diffusers' classes (0.42) begin, of pipelines and of parts; the longer ones first.
_CLASSES = (
    ("StableDiffusionXL|SDXL", "sdxl"),
    ("StableDiffusion3|SD3", "sd3"),
    ("StableDiffusion|AltDiffusion", "sd1"),
    ("LatentConsistencyModel", "sd1"),
    ("Flux2|AutoencoderKLFlux2", "flux2"),
    ("Flux3", "flux3"),
    ("Flux", "flux1"),
    ("Chroma", "chroma"),
    ("QwenImage21|AutoencoderKLQwenImage21", "qwen-image-2.1"),
    ("QwenImage|AutoencoderKLQwenImage", "qwen-image"),
    ("ZImage|ZSingleStream", "z-image"),
    ("Krea2", "krea2"),
    ("Lumina2", "lumina2"),
    ("Sana(?!Video|WM)", "sana"),
    ("PixArt", "pixart"),
    ("HunyuanDiT", "hunyuan-dit"),
    ("HunyuanImage|AutoencoderKLHunyuanImage", "hunyuan-image"),
    ("AuraFlow", "auraflow"),
    ("HiDream", "hidream"),
    ("CogView4", "cogview4"),
    ("Kolors", "kolors"),
    ("StableCascade", "cascade"),
    ("Wan|AutoencoderKLWan", "wan"),
    ("HunyuanVideo|AutoencoderKLHunyuanVideo", "hunyuan-video"),
    ("LTX|AutoencoderKLLTX", "ltx"),
    ("Mochi|AutoencoderKLMochi", "mochi"),
    ("Cosmos|AutoencoderKLCosmos", "cosmos"),
)
_CLASS_PATTERNS = tuple((re.compile(start), base) for start, base in _CLASSES)

# Tensors that one kind of denoiser has and no other, as its makers lay them out and as diffusers does; all of
# a row must be there, and later rows are wider. The facts are those of diffusers 0.42 (`CHECKPOINT_KEY_NAMES`
# in loaders/single_file_utils.py, and the classes in models/transformers).
_DENOISERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("flux2", ("single_stream_modulation.lin.weight",)),
    ("flux2", ("single_stream_modulation.linear.weight",)),
    ("flux3", ("early_stream_modulations.image.lin.weight",)),
    ("chroma", ("distilled_guidance_layer.in_proj.bias",)),
    ("chroma", ("distilled_guidance_layer.in_proj.weight",)),
    ("hunyuan-video", ("txt_in.individual_token_refiner.blocks.0.adaLN_modulation.1.bias",)),
    ("hunyuan-video", ("context_embedder.token_refiner.refiner_blocks.0.norm1.weight",)),
    ("flux1", ("double_blocks.0.img_attn.norm.key_norm.scale",)),
    ("flux1", ("single_transformer_blocks.0.attn.norm_k.weight", "context_embedder.weight")),
    ("hidream", ("double_stream_blocks.0.block.adaLN_modulation.1.bias",)),
    ("sd3", ("joint_blocks.0.context_block.adaLN_modulation.1.bias",)),
    (
        "sd3",
        ("transformer_blocks.0.attn.add_k_proj.weight", "pos_embed.proj.weight", "context_embedder.weight"),
    ),
    ("auraflow", ("double_layers.0.attn.w1q.weight",)),
    ("auraflow", ("joint_transformer_blocks.0.attn.add_k_proj.weight", "register_tokens")),
    ("qwen-image-2.1", ("txt_in.text_norm.weight",)),
    ("qwen-image", ("transformer_blocks.0.img_mod.1.weight", "txt_norm.weight")),
    ("krea2", ("txtfusion.projector.weight",)),
    ("z-image", ("layers.0.adaLN_modulation.0.weight", "cap_embedder.0.weight")),
    ("lumina2", ("cap_embedder.0.weight",)),
    ("lumina2", ("time_caption_embed.caption_embedder.0.weight", "noise_refiner.0.attn.to_k.weight")),
    ("sana", ("blocks.0.cross_attn.q_linear.weight", "blocks.0.mlp.inverted_conv.conv.weight")),
    ("sana", ("transformer_blocks.0.ff.conv_inverted.weight",)),
    ("pixart", ("blocks.0.cross_attn.q_linear.weight", "t_block.1.weight")),
    (
        "pixart",
        (
            "caption_projection.linear_1.weight",
            "pos_embed.proj.weight",
            "transformer_blocks.0.scale_shift_table",
        ),
    ),
    ("hunyuan-dit", ("mlp_t5.0.weight",)),
    ("hunyuan-dit", ("text_embedder.linear_1.weight", "blocks.0.attn2.to_k.weight")),
    ("wan", ("head.modulation",)),
    ("wan", ("condition_embedder.time_embedder.linear_1.weight", "patch_embedding.weight")),
    ("ltx", ("patchify_proj.weight",)),
    (
        "ltx",
        ("caption_projection.linear_1.weight", "proj_in.weight", "transformer_blocks.0.scale_shift_table"),
    ),
    ("mochi", ("blocks.0.attn.qkv_x.weight",)),
    ("mochi", ("transformer_blocks.0.attn1.add_k_proj.weight", "patch_embed.proj.weight")),
    ("cosmos", ("x_embedder.proj.1.weight",)),
    ("cascade", ("clip_txt_mapper.weight",)),
    ("cascade", ("down_blocks.1.0.channelwise.0.weight",)),
)

# What trainers write into a file's notes (`modelspec.architecture`, `ss_base_model_version`) and people into
# the names of repositories; the narrow ones first.
_SPOKEN = (
    ("chroma", r"chroma"),
    ("flux2", r"flux[._ -]?2|klein"),
    ("flux3", r"flux[._ -]?3"),
    ("flux1", r"flux|kontext"),
    ("sdxl", r"sd[._ -]?xl|stable[._ -]?diffusion[._ -]?xl|\bxl\b|pony|illustrious|noobai|playground"),
    ("sd3", r"(sd|stable[._ -]?diffusion)[._ -]?v?3"),
    ("sd2", r"(sd|stable[._ -]?diffusion)[._ -]?v?2"),
    ("sd1", r"(sd|stable[._ -]?diffusion)[._ -]?v?1"),
    ("qwen-image-2.1", r"qwen[._ -]?image[._ -]?2[._ -]?1"),
    ("qwen-image", r"qwen[._ -]?image"),
    ("z-image", r"z[._ -]?image"),
    ("krea2", r"krea[._ -]?2"),
    ("lumina2", r"(?<![a-z])lumina"),
    ("sana", r"\bsana"),
    ("pixart", r"pixart"),
    ("hunyuan-image", r"hunyuan[._ -]?image"),
    ("hunyuan-video", r"hunyuan[._ -]?video"),
    ("hunyuan-dit", r"hunyuan[._ -]?dit"),
    ("auraflow", r"(?<![a-z])aura"),
    ("hidream", r"hidream"),
    ("cogview4", r"cogview"),
    ("kolors", r"kolors"),
    ("wan", r"\bwan(\b|[2v_])"),
    ("ltx", r"\bltx"),
    ("cosmos", r"cosmos"),
)
_SPOKEN_PATTERNS = tuple((base, re.compile(pattern)) for base, pattern in _SPOKEN)


def base_of_class(name: str) -> str:
    """The base of a pipeline or part by its class; "" for one that several bases share, or none we know."""
    return next((base for pattern, base in _CLASS_PATTERNS if pattern.match(name)), "")


def base_of(one: ModelSpec | ShelfEntry) -> str:
    """What a model that is here, or on the shelf, was built on; "" where it is none we know."""
    return one.suits or base_of_class(one.base)


def base_in_words(text: str) -> str:
    """The base that a note or the name of a repository speaks of; "" where it speaks of none."""
    text = text.lower()
    return next((base for base, pattern in _SPOKEN_PATTERNS if pattern.search(text)), "")


def denoiser_base(shapes: Shapes, prefix: str = "") -> str:
    """The base of the denoiser whose tensors begin with `prefix`; "" where there is none that we know."""
    if (
        f"{prefix}input_blocks.0.0.weight" in shapes
        or f"{prefix}down_blocks.0.resnets.0.conv1.weight" in shapes
    ):
        return _unet_base(shapes, prefix)
    for base, needed in _DENOISERS:
        if all(prefix + name in shapes for name in needed):
            if base == "hunyuan-video" and len(shapes.get(f"{prefix}img_in.proj.weight", ())) == 4:
                return "hunyuan-image"  # the same blocks over pictures: patches have one dimension less
            return base
    return ""


def context_base(width: int) -> str:
    """By the width of the text that a U-Net looks at: of CLIP L, OpenCLIP H, both encoders of SDXL, one."""
    return {768: "sd1", 1024: "sd2", 2048: "sdxl", 1280: "sdxl-refiner"}.get(width, "")


def _unet_base(shapes: Shapes, prefix: str) -> str:
    if f"{prefix}encoder_hid_proj.weight" in shapes:
        return "kolors"
    text = "\n".join(shapes)
    if any(name in text for name in ("time_mixer.mix_factor", "time_stack.0.norm1.weight")):
        return "svd"
    key = next(
        (name for name in shapes if name.startswith(prefix) and name.endswith("attn2.to_k.weight")), ""
    )
    known = context_base(shapes[key][-1]) if key else ""
    if known:
        return known
    added = (f"{prefix}label_emb.0.0.weight", f"{prefix}add_embedding.linear_1.weight")
    return "sdxl" if any(name in shapes for name in added) else "sd1"
