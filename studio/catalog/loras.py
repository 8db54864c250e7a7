"""LoRAs and their kin (LoCon, LoHa, LoKr, OFT, DoRA): which base they change, which words call them."""

import re
from collections.abc import Iterable, Mapping

import msgspec

from studio.catalog.bases import Shapes, base_in_words, context_base

# One of these is in the name of some tensor (the forms of diffusers 0.42, kohya's sd-scripts and LyCORIS).
_MARK = re.compile(
    r"lora_(up|down|A|B|mid)\b|[._]lora[._](up|down)|_lora\.(up|down)|proj_lora\d|hada_w\d|lokr_w\d"
    r"|oft_(blocks|diag)|dora_scale|lora_embedding_"
)
_MARKS = ("lora", "hada_w", "lokr_w", "oft_", "dora_scale")  # of which each of those has one
_INWARD = re.compile(r"(lora_down|lora_A(\.default)?|lora\.down|_lora\.down|hada_w[12]_b)(\.weight)?$")
# Names that stand beside one of the same layer, which says as much.
_TWINS = (".alpha", "lora_up.weight", "lora_B.weight", "lora.up.weight", "lora_B.default.weight")
_BLOCK = re.compile(r"double_blocks_(\d+)_")
_JOINT = re.compile(r"(?<!single_)transformer_blocks_(\d+)_")
_MOST_WORDS, _LONGEST_WORD = 8, 80
_OFTEN = 0.8  # of the pictures that carry the most frequent tag

# Bases whose LoRAs cannot be told apart: Chroma has the blocks of Flux, Kolors those of SDXL.
_ALIKE = ({"flux1", "chroma"}, {"sdxl", "kolors"})

# Parts of names, with `_` for `.`, that only LoRAs of one base have; the narrow ones first.
_NAMES: tuple[tuple[str, str], ...] = (
    ("flux2", "to_qkv_mlp_proj"),
    ("chroma", "distilled_guidance_layer"),
    ("hunyuan-video", "individual_token_refiner"),
    ("hunyuan-video", "double_blocks_0_img_mlp_fc1"),
    ("auraflow", "joint_transformer_blocks_"),
    ("hidream", "double_stream_blocks_"),
    ("sd3", "joint_blocks_"),
    ("qwen-image", "_img_mlp_"),
    ("qwen-image", "_img_mod_"),
    ("z-image", "layers_0_adaLN_modulation_0"),
    ("z-image", "layers_0_attention_to_q"),
    ("krea2", "txtfusion"),
    ("wan", "blocks_0_cross_attn_k_img"),
    ("wan", "blocks_0_self_attn_q_lora"),
    ("wan", "blocks_0_self_attn_q_"),
    ("wan", "blocks_0_ffn_net_0_proj"),
    ("wan", "blocks_0_ffn_0_"),
    ("lumina2", "layers_0_attention_qkv"),
    ("lumina2", "layers_0_attn_to_q"),
    ("sana", "ff_conv_inverted"),
)


def is_lora(names: Iterable[str]) -> bool:
    text = "\n".join(names)
    return any(mark in text for mark in _MARKS) and bool(_MARK.search(text))


def lora_base(shapes: Shapes, notes: Mapping[str, str]) -> str:
    """The base by the names and shapes of the tensors, else by the notes; "" where neither tells."""
    told = base_in_words(notes.get("modelspec.architecture", ""))
    told = told or base_in_words(notes.get("ss_base_model_version", ""))
    seen = _base_by_names(shapes)
    # Chroma has Flux's blocks, so that their LoRAs look alike.
    return told if not seen or (seen == "flux1" and told == "chroma") else seen


def lora_fits(lora: str, model: str) -> bool:
    """Whether a LoRA for one base goes with a model of another; where a base is not known, it may."""
    return not lora or not model or lora == model or {lora, model} in _ALIKE


def trigger_words(notes: Mapping[str, str]) -> tuple[str, ...]:
    """What its makers or the captions of its training say it listens to; at most eight."""
    phrase = notes.get("modelspec.trigger_phrase", "")
    words = [word.strip() for word in phrase.split(",")] or []
    if not any(words):
        words = _frequent_tags(notes.get("ss_tag_frequency", ""), notes.get("ss_output_name", ""))
    return tuple(dict.fromkeys(word for word in words if word and len(word) <= _LONGEST_WORD))[:_MOST_WORDS]


def _frequent_tags(text: str, output: str) -> list[str]:
    """Tags of nearly every picture, from kohya's `{folder: {tag: count}}`; where there are none, its folders.

    A tag that is the name of the LoRA comes first.
    """
    try:
        found = msgspec.json.decode(text, type=dict[str, dict[str, float]])
    except msgspec.DecodeError:
        return []
    counts: dict[str, float] = {}
    for tags in found.values():
        for tag, count in tags.items():
            counts[tag.strip()] = counts.get(tag.strip(), 0) + count
    if not counts:  # `10_sks dog`: repeats, then what the pictures show
        return [folder.partition("_")[2] for folder in found if folder.partition("_")[0].isdigit()]
    often = max(counts.values()) * _OFTEN
    chosen = sorted((tag for tag, count in counts.items() if count >= often), key=lambda tag: -counts[tag])
    return sorted(chosen, key=lambda tag: tag.casefold() != output.casefold())


def _base_by_names(shapes: Shapes) -> str:
    text = "\n".join(name for name in shapes if not name.endswith(_TWINS)).replace(".", "_")
    for base, part in _NAMES:
        if part in text:
            return base
    if "double_blocks_" in text or "single_blocks_" in text:
        return _flux_by_shapes(shapes, text)
    if "single_transformer_blocks_" in text:
        return "flux1"
    if "attn_add_k_proj" in text or "ff_context" in text:
        return _joint_by_shapes(shapes, text)
    if re.search(r"(down|up|input|output|mid|middle)_blocks?_|lora_te|text_model_encoder", text):
        return _unet_by_shapes(shapes, text)
    return ""


def _flux_by_shapes(shapes: Shapes, text: str) -> str:
    """The first and the second Flux name their blocks alike: the second has fewer double ones, all wider."""
    for name, shape in shapes.items():
        flat = name.replace(".", "_")
        if "single_blocks_" in flat and "linear1" in flat and _INWARD.search(name):
            up = shapes.get(name.replace("lora_down", "lora_up").replace("lora_A", "lora_B"))
            # Queries, keys, values and the inner layer in one: 3 + 4 widths, or 3 + 2 · 3 in the second.
            if up and len(shape) == 2:
                return "flux2" if up[0] >= 9 * shape[1] else "flux1"
    blocks = [int(number) for number in _BLOCK.findall(text)]
    if max(blocks, default=0) >= 8:
        return "flux1"
    wide = any(
        _INWARD.search(name) and len(shape) == 2 and shape[1] in (4096, 6144)
        for name, shape in shapes.items()
    )
    return "flux2" if wide else "flux1"


def _joint_by_shapes(shapes: Shapes, text: str) -> str:
    """Diffusers' joint blocks alone: of SD 3 (1536 or 2432 wide), Flux (19 of them) or Qwen-Image (60)."""
    width = _width(shapes, "add_k_proj")
    if width in (1536, 2432):
        return "sd3"
    most = max((int(number) for number in _JOINT.findall(text)), default=0)
    return "qwen-image" if most >= 19 else "flux1" if width == 3072 else "sd3"


def _unet_by_shapes(shapes: Shapes, text: str) -> str:
    known = context_base(_width(shapes, "attn2_to_k") or _width(shapes, "attn2_to_v"))
    if known:
        return known
    if (
        "lora_te2_" in text
        or "text_encoder_2_" in text
        or re.search(r"attentions_\d_transformer_blocks_[2-9]_", text)
    ):
        return "sdxl"
    if re.search(r"(in|out)put_blocks_\d_1_transformer_blocks_[1-9]_", text):
        return "sdxl"
    width = _width(shapes, "self_attn_q_proj")  # of the text encoder
    return {768: "sd1", 1024: "sd2"}.get(width, "")


def _width(shapes: Shapes, part: str) -> int:
    """How wide the input of the first such layer is; 0 where no tensor tells."""
    for name, shape in shapes.items():
        if part in name.replace(".", "_") and _INWARD.search(name) and len(shape) >= 2:
            return shape[1]
    return 0
