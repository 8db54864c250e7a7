"""What a single safetensors file is for, told by the names and shapes of its tensors and by its notes."""

from bisect import bisect_left
from collections.abc import Sequence

import msgspec

from studio.catalog.adapters import IP_ADAPTER, ip_adapter_base, is_ip_adapter
from studio.catalog.bases import BASES, Shapes, base_in_words, denoiser_base
from studio.catalog.loras import is_lora, lora_base, trigger_words
from studio.catalog.safetensors import Header
from studio.core.model import Kind

_DENOISER_PREFIXES = ("model.diffusion_model.", "diffusion_model.", "net.", "transformer.", "unet.", "")
_VAE_PREFIXES = ("first_stage_model.", "vae.")
_PARTS_BESIDE = (*_VAE_PREFIXES, "cond_stage_model.", "conditioner.", "text_encoders.")
_CONTROL_STARTS = (
    "control_model.",
    "controlnet_blocks.",
    "controlnet_cond_embedding.",
    "control_layers.",
    "input_hint_block.",
    "zero_convs.",
    "adapter.body.",
    "body.0.resnets.",
)
_CONTROL_NAMES = ("lora_controlnet", "controlnet_x_embedder.weight", "control_all_x_embedder.2-1.weight")
# One tensor that each kind of upscaler has and nothing else (architectures as spandrel calls them).
_UPSCALERS = (
    ("ESRGAN", "model.1.sub.0.RDB1.conv1.0.weight"),
    ("ESRGAN", "RRDB_trunk.0.RDB1.conv1.weight"),
    ("ESRGAN", "body.0.rdb1.conv1.weight"),
    ("HAT", "layers.0.residual_group.overlap_attn.relative_position_bias_table"),
    ("Swin2SR", "layers.0.residual_group.blocks.0.attn.logit_scale"),
    ("SwinIR", "layers.0.residual_group.blocks.0.attn.relative_position_bias_table"),
    ("SwinIR", "layers.0.residual_group.blocks.0.norm1.weight"),
    ("DAT", "layers.0.blocks.0.attn.attns.0.pos.pos_proj.weight"),
    ("DAT", "before_RG.1.weight"),
    ("DRCT", "layers.0.swin1.norm1.weight"),
    ("ATD", "layers.0.residual_group.layers.0.attn_win.relative_position_bias_table"),
    ("OmniSR", "residual_layer.0.residual_layer.0.layer.0.fn.0.weight"),
    ("SPAN", "block_1.c1_r.sk.weight"),
    ("SPAN", "block_1.c1_r.eval_conv.weight"),
    ("RealPLKSR", "feats.1.channel_mixer.0.weight"),
    ("PLKSR", "feats.1.channe_mixer.0.weight"),
)
_ENCODERS = (
    ("T5EncoderModel", "encoder.block.0.layer.0.SelfAttention.k.weight"),
    ("CLIPTextModel", "text_model.embeddings.token_embedding.weight"),
    ("CLIPTextModel", "text_model.encoder.layers.0.self_attn.k_proj.weight"),
    ("CLIPTextModel", "transformer.resblocks.0.attn.in_proj_weight"),
    ("CLIPVisionModel", "vision_model.embeddings.patch_embedding.weight"),
    ("language model", "model.layers.0.self_attn.k_proj.weight"),
    ("language model", "model.language_model.layers.0.self_attn.k_proj.weight"),
)
_SMALL = 512  # rows of an embedding; a word has at most 75


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the header tells of a file; `base` as in ModelSpec, `suits` the base's short name."""

    kind: Kind
    base: str = ""
    suits: str = ""
    words: tuple[str, ...] = ()


def kind_of(header: Header, stem: str) -> Told:
    """What the file is, `Kind.OTHER` where nothing tells; `stem` is its name, which calls a word."""
    shapes, notes = header.shapes, header.notes
    spoken = base_in_words(notes.get("modelspec.architecture", ""))
    if is_ip_adapter(shapes):
        return Told(kind=Kind.CONTROL, base=IP_ADAPTER, suits=ip_adapter_base(shapes))
    if any(name in shapes for name in _CONTROL_NAMES) or _starts(shapes, _CONTROL_STARTS):
        return Told(kind=Kind.CONTROL, base=_control_class(shapes), suits=_control_base(shapes) or spoken)
    if is_lora(shapes):
        return Told(kind=Kind.LORA, base="LoRA", suits=lora_base(shapes, notes), words=trigger_words(notes))
    for look in (_picture, _autoencoder, _upscaler, _encoder):
        if told := look(shapes):
            return (
                msgspec.structs.replace(told, suits=told.suits or spoken) if told.kind is Kind.VAE else told
            )
    suits = _word_base(shapes)
    if suits is not None:
        return Told(kind=Kind.WORD, base="TextualInversion", suits=suits, words=(stem,))
    return _stranger(shapes)


def _picture(shapes: Shapes) -> Told | None:
    """A denoiser, with the other parts or alone."""
    for prefix in _DENOISER_PREFIXES:
        base = denoiser_base(shapes, prefix)
        if not base:
            continue
        if not _starts(shapes, _PARTS_BESIDE):
            return Told(kind=Kind.DENOISER, base=BASES[base].denoiser, suits=base)
        base = _by_encoders(shapes, base)
        pipeline, channels = BASES[base].pipeline, _inward_channels(shapes, prefix)
        if channels == 9:  # the picture to change and its mask beside the noise
            return Told(kind=Kind.EDIT, base=pipeline.replace("Pipeline", "InpaintPipeline"), suits=base)
        if channels == 8:
            return Told(kind=Kind.EDIT, base="StableDiffusionInstructPix2PixPipeline", suits=base)
        whole = Kind.OTHER if BASES[base].moving or base == "sdxl-refiner" else Kind.PICTURE
        return Told(kind=whole, base=pipeline, suits=base)
    return None


def _by_encoders(shapes: Shapes, base: str) -> str:
    """The text encoders of a whole checkpoint say best which U-Net it has."""
    if base not in ("sd1", "sd2", "sdxl", "sdxl-refiner"):
        return base
    if "conditioner.embedders.0.model.token_embedding.weight" in shapes:
        return "sdxl-refiner"
    if _starts(shapes, ("conditioner.embedders.1.",)):
        return "sdxl"
    return "sd2" if _starts(shapes, ("cond_stage_model.model.",)) else "sd1" if base == "sd1" else base


def _inward_channels(shapes: Shapes, prefix: str) -> int:
    return next((shape[1] for name in ("input_blocks.0.0.weight", "conv_in.weight")
                 if len(shape := shapes.get(prefix + name, ())) > 1), 0)  # fmt: skip


def _autoencoder(shapes: Shapes) -> Told | None:
    for prefix in (*_VAE_PREFIXES, ""):
        if f"{prefix}decoder.middle.0.residual.0.gamma" in shapes:  # Qwen-Image took over Wan's
            return Told(kind=Kind.VAE, base="AutoencoderKLWan")
        if f"{prefix}decoder.mid_block.resnets.0.norm1.gamma" in shapes:
            return Told(kind=Kind.VAE, base="AutoencoderKLQwenImage", suits="qwen-image")
        if f"{prefix}decoder.stages.0.op_list.0.main.conv.conv.weight" in shapes or _starts(
            shapes, (f"{prefix}decoder.stages.",)
        ):
            return Told(kind=Kind.VAE, base="AutoencoderDC", suits="sana")
        entry = shapes.get(f"{prefix}decoder.conv_in.weight")
        if entry is not None and len(entry) > 1:
            suits = {32: "flux2", 64: "hunyuan-image"}.get(entry[1], "")
            return Told(kind=Kind.VAE, base="AutoencoderKL", suits=suits)
    if "decoder.layers.1.weight" in shapes or "taesd_decoder.1.weight" in shapes:
        return Told(kind=Kind.VAE, base="AutoencoderTiny")
    return None


def _upscaler(shapes: Shapes) -> Told | None:
    for architecture, name in _UPSCALERS:
        for prefix in ("", "module.", "model."):
            if prefix + name in shapes:
                return Told(kind=Kind.UPSCALER, base=architecture)
    if (
        "body.0.weight" in shapes
        and "body.1.weight" in shapes
        and all(name.startswith("body.") for name in shapes)
    ):
        return Told(kind=Kind.UPSCALER, base="SRVGGNet")
    return None


def _encoder(shapes: Shapes) -> Told | None:
    architecture = next((one for one, name in _ENCODERS if name in shapes), None)
    return Told(kind=Kind.ENCODER, base=architecture) if architecture else None


def _word_base(shapes: Shapes) -> str | None:
    """The base of a textual inversion; None for anything else."""
    if not 1 <= len(shapes) <= 2 or any(len(shape) > 2 or not shape for shape in shapes.values()):
        return None
    if set(shapes) == {"clip_l", "clip_g"}:
        return "sdxl"
    shape = next(iter(shapes.values()))
    if len(shape) == 2 and shape[0] > _SMALL:
        return None
    base = {768: "sd1", 1024: "sd2"}.get(shape[-1])
    return base if base or "emb_params" not in shapes else ""


def _control_class(shapes: Shapes) -> str:
    adapter = _starts(shapes, ("adapter.body.", "body.0.resnets."))
    return "T2IAdapter" if adapter else "ControlLoRA" if "lora_controlnet" in shapes else "ControlNetModel"


def _control_base(shapes: Shapes) -> str:
    if any("control_layers." in name or "control_all_x" in name for name in shapes):
        return "z-image"
    if "controlnet_x_embedder.weight" in shapes:
        return "flux1"
    for prefix in ("control_model.", "", "net."):
        base = denoiser_base(shapes, prefix)
        if base:
            return base
    if _starts(shapes, ("single_transformer_blocks.",)):
        return "flux1"
    if _starts(shapes, ("transformer_blocks.",)):
        return "qwen-image" if "txt_norm.weight" in shapes else "sd3"
    return ""


def _stranger(shapes: Shapes) -> Told:
    """Known, and of no use by itself yet; or unknown."""
    if _starts(shapes, ("ip_adapter.", "image_proj.")):
        return Told(kind=Kind.OTHER, base="IPAdapter")
    if any("motion_modules." in name for name in shapes):
        return Told(kind=Kind.OTHER, base="MotionAdapter")
    return Told(kind=Kind.OTHER)


def _starts(shapes: Shapes, prefixes: Sequence[str]) -> bool:
    """Whether a name begins with one of these: with the names in order that is the next one, if any."""
    names = sorted(shapes)
    places = ((prefix, bisect_left(names, prefix)) for prefix in prefixes)
    return any(place < len(names) and names[place].startswith(prefix) for prefix, place in places)
