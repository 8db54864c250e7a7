"""The shelf's models that change or enlarge pictures, or make another model fast: the real classes, tiny."""

import inspect
import json
from pathlib import Path

import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    FluxKontextPipeline,
    FluxPipeline,
    LongCatImageEditPipeline,
    QwenImageEditPipeline,
    QwenImageEditPlusPipeline,
    StableDiffusionInstructPix2PixPipeline,
    StableDiffusionPipeline,
    StableDiffusionUpscalePipeline,
    UNet2DConditionModel,
)
from safetensors.torch import save_file
from torch import nn
from transformers import (
    Qwen2VLProcessor,
    Sam2Config,
    Sam2HieraDetConfig,
    Sam2MaskDecoderConfig,
    Sam2Model,
    Sam2PromptEncoderConfig,
    Sam2VideoConfig,
    Sam2VideoModel,
    Sam2VisionConfig,
    Sam3TrackerConfig,
    Sam3TrackerModel,
    Sam3VisionConfig,
    Sam3ViTConfig,
    SamConfig,
    SamHQConfig,
    SamHQMaskDecoderConfig,
    SamHQModel,
    SamHQPromptEncoderConfig,
    SamHQVisionConfig,
    SamMaskDecoderConfig,
    SamModel,
    SamPromptEncoderConfig,
    SamVisionConfig,
    Sapiens2Config,
    Sapiens2ForImageMatting,
    Swin2SRConfig,
    Swin2SRForImageSuperResolution,
    Swin2SRImageProcessor,
    VitDetConfig,
    VitMatteConfig,
    VitMatteForImageMatting,
)

from tests import zoo
from tests.zoo import parts, pictures, words

RANK = 4


def qwen_image_edit(
    folder: Path, made: type[QwenImageEditPlusPipeline | QwenImageEditPipeline] = QwenImageEditPlusPipeline
) -> Path:
    tokenizer = words.qwen_tokenizer()
    made(
        scheduler=pictures.qwen_scheduler(),
        vae=parts.qwen_autoencoder(),
        text_encoder=parts.qwen2_5_vl(tokenizer),
        tokenizer=tokenizer,
        processor=parts.seeing_processor(Qwen2VLProcessor, tokenizer),
        transformer=pictures.qwen_denoiser(),
    ).save_pretrained(folder)
    return folder


def looks_at_small_ones(pipeline: type, monkeypatch: pytest.MonkeyPatch, side: int) -> None:
    """Pictures to change are seen at a megapixel, whatever is asked for: here at `side`²."""
    module = inspect.getmodule(pipeline)
    if hasattr(module, "calculate_dimensions"):
        original = module.calculate_dimensions
        monkeypatch.setattr(module, "calculate_dimensions", lambda _, ratio: original(side**2, ratio))
    if hasattr(module, "PREFERRED_KONTEXT_RESOLUTIONS"):
        monkeypatch.setattr(module, "PREFERRED_KONTEXT_RESOLUTIONS", [(side, side)])


def longcat_image_edit(folder: Path) -> Path:
    return pictures.longcat_image(folder, LongCatImageEditPipeline)


def flux_kontext(folder: Path) -> Path:
    """The parts of Flux."""
    zoo.flux(folder)
    parts_of_flux = FluxPipeline.from_pretrained(folder, local_files_only=True).components
    FluxKontextPipeline(**parts_of_flux).save_pretrained(folder)
    return folder


def instruct_pix2pix(folder: Path) -> Path:
    """The parts of Stable Diffusion, but that its denoiser sees the picture beside the noise."""
    zoo.stable_diffusion(folder)
    given = StableDiffusionPipeline.from_pretrained(folder, local_files_only=True).components
    StableDiffusionInstructPix2PixPipeline(
        **given | {"unet": zoo.unet(in_channels=8)}, requires_safety_checker=False
    ).save_pretrained(folder)
    return folder


def x4_upscaler(folder: Path) -> Path:
    """Its denoiser sees the small picture beside the noise, and is told how much noise that picture has."""
    tokenizer = zoo.clip_tokenizer()
    StableDiffusionUpscalePipeline(
        vae=zoo.vae(scaling_factor=0.08333),
        text_encoder=zoo.clip_encoder(tokenizer),
        tokenizer=tokenizer,
        unet=zoo.unet(in_channels=7, num_class_embeds=1000),
        low_res_scheduler=DDPMScheduler(beta_schedule="scaled_linear"),
        scheduler=DDIMScheduler(prediction_type="v_prediction", set_alpha_to_one=False, steps_offset=1),
    ).save_pretrained(folder)
    return folder


def swin2sr(folder: Path) -> Path:
    torch.manual_seed(32)
    config = Swin2SRConfig(embed_dim=16, depths=[1, 1], num_heads=[2, 2], window_size=8, image_size=16)
    Swin2SRForImageSuperResolution(config).eval().save_pretrained(folder)
    Swin2SRImageProcessor().save_pretrained(folder)
    return folder


def unet_lora(folder: Path, base: Path, name: str) -> Path:
    """For the U-Net of `base`, as kohya's trainer names its tensors; this is how all of the shelf's are."""
    unet = UNet2DConditionModel.from_pretrained(base / "unet", local_files_only=True)
    tensors = dict[str, torch.Tensor]()
    for place, layer in _attentions(unet):
        key = f"lora_unet_{place.replace('.', '_')}"
        down, up = _pair(layer)
        tensors |= {f"{key}.lora_down.weight": down, f"{key}.lora_up.weight": up}
        tensors[f"{key}.alpha"] = torch.tensor(float(RANK))
    return _save(tensors, folder, name)


def qwen_lora(folder: Path, base: Path, name: str) -> Path:
    """For the denoiser of `base`, by the names of its own layers."""
    denoiser = pictures.qwen_denoiser()
    tensors = dict[str, torch.Tensor]()
    for place, layer in [*_attentions(denoiser), *_layers(denoiser, "img_mlp.net.2")]:
        down, up = _pair(layer)
        tensors |= {f"{place}.lora_down.weight": down, f"{place}.lora_up.weight": up}
        tensors[f"{place}.alpha"] = torch.tensor(float(RANK))
    return _save(tensors, folder, name)


def _attentions(model: nn.Module) -> list[tuple[str, nn.Linear]]:
    return _layers(model, ("to_q", "to_k", "to_v"))


def _layers(model: nn.Module, endings: str | tuple[str, ...]) -> list[tuple[str, nn.Linear]]:
    return [
        (place, layer)
        for place, layer in model.named_modules()
        if place.endswith(endings) and isinstance(layer, nn.Linear)
    ]


def _pair(layer: nn.Linear) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(RANK, layer.in_features), torch.randn(layer.out_features, RANK)


def _save(tensors: dict[str, torch.Tensor], folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / name)
    return folder


def sam2(folder: Path, *, films: bool = False) -> Path:
    """Segment Anything 2; as it is shared, it is for films, and those weights hold those for pictures."""
    torch.manual_seed(33)
    backbone = Sam2HieraDetConfig(
        hidden_size=8,
        num_attention_heads=1,
        image_size=[64, 64],
        blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[8, 16, 32, 64],
        num_attention_heads_per_stage=[1, 2, 4, 8],
        window_size_per_stage=[4, 2, 2, 2],
        global_attention_blocks=[3],
        window_positional_embedding_background_size=[4, 4],
    )
    parts = {
        "vision_config": Sam2VisionConfig(
            backbone_config=backbone,
            backbone_channel_list=[64, 32, 16, 8],
            backbone_feature_sizes=[[16, 16], [8, 8], [4, 4]],
            fpn_hidden_size=32,
        ),
        "prompt_encoder_config": Sam2PromptEncoderConfig(hidden_size=32, image_size=64, patch_size=16),
        "mask_decoder_config": Sam2MaskDecoderConfig(
            hidden_size=32, mlp_dim=32, num_attention_heads=2, iou_head_hidden_dim=16
        ),
    }
    if films:
        config = Sam2VideoConfig(
            **parts,
            image_size=64,
            memory_attention_hidden_size=32,
            memory_attention_num_layers=1,
            memory_attention_feed_forward_hidden_size=32,
            memory_attention_rope_feat_sizes=[4, 4],
            memory_encoder_hidden_size=32,
            memory_encoder_output_channels=16,
            mask_downsampler_embed_dim=32,
            memory_fuser_embed_dim=32,
            memory_fuser_intermediate_dim=32,
        )
        Sam2VideoModel(config).eval().save_pretrained(folder)
    else:
        Sam2Model(Sam2Config(**parts)).eval().save_pretrained(folder)
    return folder


def sam3(folder: Path) -> Path:
    """The part of Segment Anything 3 that is asked by places."""
    torch.manual_seed(37)
    backbone = Sam3ViTConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=56,
        pretrain_image_size=28,
        patch_size=14,
        window_size=2,
        global_attn_indexes=[1],
    )
    config = Sam3TrackerConfig(
        vision_config=Sam3VisionConfig(
            backbone_config=backbone,
            fpn_hidden_size=32,
            backbone_feature_sizes=[[16, 16], [8, 8], [4, 4]],
        ),
        prompt_encoder_config={"hidden_size": 32, "image_size": 56, "patch_size": 14},
        mask_decoder_config={
            "hidden_size": 32,
            "mlp_dim": 32,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 16,
        },
    )
    Sam3TrackerModel(config).eval().save_pretrained(folder)
    return folder


def sam(folder: Path, *, finer: bool = False) -> Path:
    """The first Segment Anything, or SAM-HQ, which sees more of the edges."""
    torch.manual_seed(34)
    kind = (SamHQConfig, SamHQVisionConfig, SamHQPromptEncoderConfig, SamHQMaskDecoderConfig, SamHQModel)
    usual = (SamConfig, SamVisionConfig, SamPromptEncoderConfig, SamMaskDecoderConfig, SamModel)
    config, vision, prompts, masks, model = kind if finer else usual
    model(
        config(
            vision_config=vision(
                hidden_size=32,
                output_channels=32,
                num_pos_feats=16,
                num_hidden_layers=2,
                num_attention_heads=2,
                image_size=64,
                patch_size=16,
                window_size=2,
                global_attn_indexes=[1],
                mlp_dim=32,
            ),
            prompt_encoder_config=prompts(
                hidden_size=32, image_size=64, patch_size=16, mask_input_channels=4
            ),
            mask_decoder_config=masks(
                hidden_size=32,
                mlp_dim=32,
                num_attention_heads=2,
                iou_head_hidden_dim=16,
                **({"vit_dim": 32} if finer else {}),
            ),
        )
    ).eval().save_pretrained(folder)
    return folder


def vitmatte(folder: Path) -> Path:
    torch.manual_seed(35)
    backbone = VitDetConfig(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=32,
        pretrain_image_size=32,
        patch_size=16,
        num_channels=4,
        window_size=2,
        window_block_indices=[0],
        residual_block_indices=[1],
        out_features=["stage2"],
    )
    config = VitMatteConfig(
        backbone_config=backbone,
        hidden_size=16,
        convstream_hidden_sizes=[4, 8, 8],
        fusion_hidden_sizes=[8, 8, 8, 4],
    )
    VitMatteForImageMatting(config).eval().save_pretrained(folder)
    return folder


def sapiens2(folder: Path) -> Path:
    """It finds people by itself."""
    torch.manual_seed(36)
    config = Sapiens2Config(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_attention_heads=1,
        num_first_full_attention_layers=1,
        num_last_full_attention_layers=1,
        image_size=[64, 48],
        num_register_tokens=1,
        num_labels=4,
        head_config={
            "upsample_out_channels": [8, 8],
            "upsample_kernel_sizes": [4, 4],
            "conv_out_channels": [8],
            "conv_kernel_sizes": [1],
        },
    )
    Sapiens2ForImageMatting(config).eval().save_pretrained(folder)
    size = {"size": {"height": 64, "width": 48}}
    (folder / "preprocessor_config.json").write_text(json.dumps(size))
    return folder
