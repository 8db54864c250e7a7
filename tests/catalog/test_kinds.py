"""What single files are for, told by tensors' names as each maker writes them."""

import json
from pathlib import Path

import pytest
from gguf import GGUFWriter

from studio.catalog.components import tinies_of, with_tiny
from studio.catalog.inspect import inspect_model
from studio.core.errors import ModelNeedsCode, ModelUnsafe
from studio.core.model import Ability, Kind, ModelSpec
from tests.catalog import headers

Shapes = dict[str, tuple[int, ...]]
LDM = "model.diffusion_model."
VAE: Shapes = {
    "first_stage_model.decoder.conv_in.weight": (8, 4, 3, 3),
    "first_stage_model.encoder.conv_in.weight": (8, 3, 3, 3),
}


def unet(width: int, prefix: str = LDM, channels: int = 4) -> Shapes:
    return {
        f"{prefix}input_blocks.0.0.weight": (8, channels, 3, 3),
        f"{prefix}input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": (8, width),
        f"{prefix}output_blocks.0.0.weight": (8, 8),
    }


SD1 = {"cond_stage_model.transformer.text_model.embeddings.position_embedding.weight": (77, 768)}
SD2 = {"cond_stage_model.model.token_embedding.weight": (9, 1024)}
SDXL = {"conditioner.embedders.1.model.transformer.resblocks.9.mlp.c_proj.bias": (8,)}
FLUX = {f"{LDM}double_blocks.0.img_attn.norm.key_norm.scale": (128,)}

FILES: dict[str, tuple[Shapes, Kind, str, str]] = {
    "sd1": (unet(768) | VAE | SD1, Kind.PICTURE, "StableDiffusionPipeline", "sd1"),
    "sd2": (unet(1024) | VAE | SD2, Kind.PICTURE, "StableDiffusionPipeline", "sd2"),
    "sdxl": (unet(2048) | VAE | SDXL, Kind.PICTURE, "StableDiffusionXLPipeline", "sdxl"),
    "tiny sdxl": (unet(64) | VAE | SDXL, Kind.PICTURE, "StableDiffusionXLPipeline", "sdxl"),
    "inpaint": (unet(768, channels=9) | VAE | SD1, Kind.EDIT, "StableDiffusionInpaintPipeline", "sd1"),
    "flux whole": (
        FLUX | {"vae.decoder.conv_in.weight": (8, 16, 3, 3)},
        Kind.PICTURE,
        "FluxPipeline",
        "flux1",
    ),
    "flux": (FLUX, Kind.DENOISER, "FluxTransformer2DModel", "flux1"),
    "unet": (unet(2048, ""), Kind.DENOISER, "UNet2DConditionModel", "sdxl"),
    "chroma": (
        {"distilled_guidance_layer.in_proj.bias": (8,)} | {k.removeprefix(LDM): v for k, v in FLUX.items()},
        Kind.DENOISER,
        "ChromaTransformer2DModel",
        "chroma",
    ),
    "qwen": (
        {"transformer_blocks.0.img_mod.1.weight": (8, 8), "txt_norm.weight": (8,)},
        Kind.DENOISER,
        "QwenImageTransformer2DModel",
        "qwen-image",
    ),
    "z": (
        {"layers.0.adaLN_modulation.0.weight": (8, 8), "cap_embedder.0.weight": (8,)},
        Kind.DENOISER,
        "ZImageTransformer2DModel",
        "z-image",
    ),
    "wan": ({"head.modulation": (1, 2, 8)}, Kind.DENOISER, "WanTransformer3DModel", "wan"),
    "vae": (VAE, Kind.VAE, "AutoencoderKL", ""),
    "vae alone": ({"decoder.conv_in.weight": (8, 32, 3, 3)}, Kind.VAE, "AutoencoderKL", "flux2"),
    "t5": ({"encoder.block.0.layer.0.SelfAttention.k.weight": (8, 8)}, Kind.ENCODER, "T5EncoderModel", ""),
    "clip": ({"text_model.embeddings.token_embedding.weight": (9, 8)}, Kind.ENCODER, "CLIPTextModel", ""),
    "controlnet": (
        {"control_model.zero_convs.0.0.weight": (8, 8)} | unet(768, "control_model."),
        Kind.CONTROL,
        "ControlNetModel",
        "sd1",
    ),
    "adapter": ({"body.0.resnets.0.block1.weight": (8, 8)}, Kind.CONTROL, "T2IAdapter", ""),
    "esrgan": ({"model.1.sub.0.RDB1.conv1.0.weight": (8, 8, 3, 3)}, Kind.UPSCALER, "ESRGAN", ""),
    "realesrgan": ({"body.0.rdb1.conv1.weight": (8, 8, 3, 3)}, Kind.UPSCALER, "ESRGAN", ""),
    "compact": ({"body.0.weight": (8, 3, 3, 3), "body.1.weight": (8,)}, Kind.UPSCALER, "SRVGGNet", ""),
    "swinir": (
        {"layers.0.residual_group.blocks.0.norm1.weight": (8,), "conv_first.weight": (8, 3, 3, 3)},
        Kind.UPSCALER,
        "SwinIR",
        "",
    ),
    "hat": (
        {"layers.0.residual_group.overlap_attn.relative_position_bias_table": (9, 8)},
        Kind.UPSCALER,
        "HAT",
        "",
    ),
    "dat": ({"before_RG.1.weight": (8,)}, Kind.UPSCALER, "DAT", ""),
    "word": ({"emb_params": (2, 768)}, Kind.WORD, "TextualInversion", "sd1"),
    "word of sdxl": ({"clip_l": (2, 768), "clip_g": (2, 1280)}, Kind.WORD, "TextualInversion", "sdxl"),
    "unknown": ({"weight": (3, 3)}, Kind.OTHER, "", ""),
}


def _makes(kind: Kind, suits: str, base: str = "") -> tuple[Ability, ...]:
    """What the runtime can do with a file of that kind and base."""
    if kind is Kind.UPSCALER:
        return (Ability.UPSCALE,)
    if suits not in ("sd1", "sd2", "sdxl", "sd3", "flux1"):
        return ()
    if kind is Kind.EDIT and "Inpaint" in base:
        return (Ability.FILL,)
    return (Ability.GENERATE,) if kind in (Kind.PICTURE, Kind.DENOISER) else ()


@pytest.mark.parametrize("name", FILES)
def test_a_single_file_is_told_by_its_tensors(tmp_path: Path, name: str) -> None:
    shapes, kind, base, suits = FILES[name]
    spec = inspect_model(headers.write(tmp_path / f"{name}.safetensors", shapes))
    assert (spec.kind, spec.base, spec.suits, spec.abilities) == (
        kind,
        base,
        suits,
        _makes(kind, suits, base),
    )
    assert (spec.name, spec.precision, spec.source) == (name, "fp16", "folder")
    assert spec.id.startswith("local/") and spec.parameters > 0
    assert spec.trigger_words == ((name,) if kind is Kind.WORD else ())


def lora(module: str, width: int, out: int = 8, down: str = "lora_down", up: str = "lora_up") -> Shapes:
    return {f"{module}.{down}.weight": (4, width), f"{module}.{up}.weight": (out, 4)}


LORAS: dict[str, tuple[Shapes, dict[str, str], str]] = {
    "sd1": (lora("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k", 768), {}, "sd1"),
    "sdxl": (lora("lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k", 2048), {}, "sdxl"),
    "sdxl without text": (
        lora("lora_unet_input_blocks_7_1_transformer_blocks_9_attn1_to_k", 1280),
        {},
        "sdxl",
    ),
    "diffusers": (
        lora("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k", 1024, 8, "lora_A", "lora_B"),
        {},
        "sd2",
    ),
    "loha": (
        {"lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k.hada_w1_b": (4, 768)},
        {},
        "sd1",
    ),
    "flux kohya": (lora("lora_unet_single_blocks_0_linear1", 3072, 21504), {}, "flux1"),
    "flux diffusers": (
        lora("transformer.single_transformer_blocks.0.attn.to_k", 3072, 8, "lora_A", "lora_B"),
        {},
        "flux1",
    ),
    "chroma": (
        lora("lora_unet_double_blocks_18_img_attn_proj", 3072),
        {"modelspec.architecture": "chroma/lora"},
        "chroma",
    ),
    "flux2": (lora("diffusion_model.single_blocks.0.linear1", 3072, 27648, "lora_A", "lora_B"), {}, "flux2"),
    "qwen": (lora("transformer_blocks.0.img_mlp.net.2", 8, 8, "lora_A", "lora_B"), {}, "qwen-image"),
    "z": (lora("diffusion_model.layers.0.attention.to_q", 8, 8, "lora_A", "lora_B"), {}, "z-image"),
    "wan": (lora("diffusion_model.blocks.0.self_attn.q", 8, 8, "lora_A", "lora_B"), {}, "wan"),
    "sd3": (lora("transformer.transformer_blocks.0.attn.add_k_proj", 1536, 8, "lora_A", "lora_B"), {}, "sd3"),
    "by its note": (lora("some.module", 8), {"ss_base_model_version": "sdxl_base_v1-0"}, "sdxl"),
    "by no part of a word": (lora("some.module", 8), {"ss_base_model_version": "illuminati, laura"}, ""),
    "by nothing": (lora("some.module", 8), {}, ""),
}


@pytest.mark.parametrize("name", LORAS)
def test_a_lora_is_told_with_its_base(tmp_path: Path, name: str) -> None:
    shapes, notes, suits = LORAS[name]
    spec = inspect_model(headers.write(tmp_path / "x.safetensors", shapes, notes))
    assert (spec.kind, spec.suits, spec.abilities) == (Kind.LORA, suits, ())


@pytest.mark.parametrize(
    ("notes", "words"),
    [
        ({"modelspec.trigger_phrase": "ohwx dog, watercolour"}, ("ohwx dog", "watercolour")),
        ({"ss_tag_frequency": json.dumps({"10_x": {"sks": 20, "dog": 18, "grass": 3}})}, ("sks", "dog")),
        (
            {"ss_tag_frequency": json.dumps({"10_x": {"sks": 19, "dog": 20}}), "ss_output_name": "SKS"},
            ("sks", "dog"),
        ),
        ({"ss_tag_frequency": json.dumps({"10_sks dog": {}})}, ("sks dog",)),
        ({"ss_tag_frequency": "{"}, ()),
        ({"ss_tag_frequency": json.dumps({"1_x": dict.fromkeys(map(str, range(99)), 1)})}, tuple("01234567")),
    ],
)
def test_the_words_that_a_lora_listens_to_are_in_its_notes(
    tmp_path: Path, notes: dict[str, str], words: tuple[str, ...]
) -> None:
    path = headers.write(tmp_path / "x.safetensors", lora("lora_unet_mid_block_x", 8), notes)
    assert inspect_model(path).trigger_words == words


def config(folder: Path, **values: object) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(values))
    return folder


@pytest.mark.parametrize(
    ("values", "kind", "suits"),
    [
        ({"_class_name": "AutoencoderKL", "latent_channels": 4, "scaling_factor": 0.13025}, Kind.VAE, "sdxl"),
        ({"_class_name": "AutoencoderTiny", "latent_channels": 4, "scaling_factor": 1.0}, Kind.VAE, ""),
        ({"_class_name": "UNet2DConditionModel", "cross_attention_dim": 768}, Kind.DENOISER, "sd1"),
        ({"_class_name": "FluxTransformer2DModel"}, Kind.DENOISER, "flux1"),
        ({"_class_name": "ControlNetModel", "cross_attention_dim": 2048}, Kind.CONTROL, "sdxl"),
    ],
)
def test_a_part_of_a_pipeline_is_told_by_its_config(
    tmp_path: Path, values: dict[str, object], kind: Kind, suits: str
) -> None:
    folder = config(tmp_path / "part", **values)
    headers.write(folder / "diffusion_pytorch_model.safetensors", {"a": (2, 2)})
    spec = inspect_model(folder)
    assert (spec.kind, spec.suits, spec.abilities, spec.parameters) == (kind, suits, (), 4)


@pytest.mark.parametrize(
    ("name", "suits"), [("taesd", "sd1"), ("TAESDXL", "sdxl"), ("taesd3", "sd3"), ("taef1", "flux1")]
)
def test_tiny_autoencoders_are_told_by_their_names(tmp_path: Path, name: str, suits: str) -> None:
    folder = config(tmp_path / name, _class_name="AutoencoderTiny", latent_channels=4, scaling_factor=1.0)
    headers.write(folder / "diffusion_pytorch_model.safetensors", {"a": (2, 2)})
    spec = inspect_model(folder)
    assert spec.suits == suits and tinies_of([spec]) == {suits: str(folder)}
    kin, stranger = (
        ModelSpec(id=one, name=one, family="diffusion", base="", abilities=(), path="/m", suits=one)
        for one in (suits, "sana")
    )
    assert with_tiny(kin, tinies_of([spec])).tiny == str(folder)
    assert with_tiny(stranger, tinies_of([spec])) == stranger


@pytest.mark.parametrize(
    ("values", "kind", "abilities"),
    [
        (
            {"architectures": ["Qwen2_5_VLForConditionalGeneration"], "vision_config": {}},
            Kind.VISION,
            (Ability.REPLY,),
        ),
        (
            {
                "architectures": ["Florence2ForConditionalGeneration"],
                "vision_config": {},
                "is_encoder_decoder": True,
            },
            Kind.VISION,
            (),
        ),
        ({"architectures": ["BertModel"]}, Kind.SEARCH, ()),
        ({"architectures": ["T5EncoderModel"]}, Kind.ENCODER, ()),
        ({"architectures": ["Swin2SRForImageSuperResolution"]}, Kind.UPSCALER, (Ability.UPSCALE,)),
    ],
)
def test_other_models_of_transformers_are_described(
    tmp_path: Path, values: dict[str, object], kind: Kind, abilities: tuple[Ability, ...]
) -> None:
    folder = config(tmp_path / "other", **values)
    (folder / "tokenizer.json").write_text("{}")
    headers.write(folder / "model.safetensors", {"a": (2, 2)})
    spec = inspect_model(folder)
    assert (spec.kind, spec.abilities) == (kind, abilities)


def test_an_adapter_folder_is_a_lora_and_its_pickle_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "owner/Qwen-Image"}))
    weights = headers.write(folder / "adapter_model.safetensors", lora("base_model.model.x", 8))
    spec = inspect_model(folder)
    assert (spec.kind, spec.suits, spec.base, spec.abilities) == (
        Kind.LORA,
        "qwen-image",
        "owner/Qwen-Image",
        (),
    )
    weights.rename(folder / "adapter_model.bin")
    with pytest.raises(ModelUnsafe):
        inspect_model(folder)


def test_code_that_comes_with_a_model_is_never_run(tmp_path: Path) -> None:
    auto_map = {"AutoModelForCausalLM": "modeling_bait.BaitForCausalLM"}
    folder = config(
        tmp_path / "bait", architectures=["BaitForCausalLM"], model_type="bait", auto_map=auto_map
    )
    (folder / "modeling_bait.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    (folder / "tokenizer.json").write_text("{}")
    headers.write(folder / "model.safetensors", {"a": (2, 2)})
    with pytest.raises(ModelNeedsCode):
        inspect_model(folder)
    known = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "auto_map": auto_map}
    (folder / "config.json").write_text(json.dumps(known))
    assert inspect_model(folder).base == "LlamaForCausalLM"
    assert not (tmp_path / "ran").exists()


def gguf(path: Path, architecture: str, kind: str = "model") -> Path:
    import numpy

    writer = GGUFWriter(path, architecture)
    writer.add_type(kind)
    writer.add_file_type(15)
    writer.add_tensor("blk.0.x", numpy.zeros((4, 8), "float32"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize(
    ("architecture", "type", "kind", "suits"),
    [
        ("llama", "model", Kind.TEXT, ""),
        ("flux", "model", Kind.DENOISER, "flux1"),
        ("qwen_image", "model", Kind.DENOISER, "qwen-image"),
        ("clip", "mmproj", Kind.ENCODER, ""),
        ("llama", "adapter", Kind.LORA, ""),
        ("nomic-bert", "model", Kind.SEARCH, ""),
    ],
)
def test_a_gguf_file_is_told_by_its_architecture(
    tmp_path: Path, architecture: str, type: str, kind: Kind, suits: str
) -> None:
    spec = inspect_model(gguf(tmp_path / "x.gguf", architecture, type))
    assert (spec.kind, spec.suits, spec.precision, spec.parameters) == (kind, suits, "Q4_K_M", 32)
    assert bool(spec.abilities) == (kind is Kind.TEXT or bool(_makes(kind, spec.suits)))


def test_a_language_model_beside_its_eyes_is_one_that_sees(tmp_path: Path) -> None:
    path = gguf(tmp_path / "x.gguf", "llama")
    gguf(tmp_path / "mmproj-x.gguf", "clip", "mmproj")
    assert inspect_model(path).kind is Kind.VISION
