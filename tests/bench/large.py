"""Models of 500 MB and more of the real classes, with random weights, to measure memory and loading on.

python -m tests.bench.large FOLDER      makes both there, in a process of its own, as it imports torch
"""

import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    LlamaConfig,
    LlamaForCausalLM,
)

from tests import zoo
from tests.bench.large_models import PAINTER, SIDE, WRITER


def painter(folder: Path) -> None:
    """As SDXL: its decoder in full, and a U-Net of the same kind of blocks, in half precision on the disk."""
    torch.manual_seed(1)
    tokenizer = zoo.clip_tokenizer()
    shape = {"vocab_size": len(tokenizer), "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
    small = CLIPTextConfig(
        **shape, hidden_size=256, intermediate_size=1024, num_hidden_layers=4, num_attention_heads=4,
        projection_dim=256,
    )  # fmt: skip
    denoiser = UNet2DConditionModel(
        sample_size=SIDE // 8,
        block_out_channels=(192, 384, 768),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 1, 2),
        attention_head_dim=(3, 6, 12),
        use_linear_projection=True,
        cross_attention_dim=512,
        addition_embed_type="text_time",
        addition_time_embed_dim=64,
        projection_class_embeddings_input_dim=6 * 64 + 256,
    )
    decoder = AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=4,
        sample_size=SIDE,
        scaling_factor=0.13025,
    )
    StableDiffusionXLPipeline(
        vae=decoder,
        text_encoder=CLIPTextModel(small),
        text_encoder_2=CLIPTextModelWithProjection(small),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        unet=denoiser,
        scheduler=EulerDiscreteScheduler(steps_offset=1, beta_schedule="scaled_linear"),
    ).to(torch.float16).save_pretrained(folder)


def writer(folder: Path) -> None:
    """As Llama, in single precision on the disk, so that nothing is converted as it loads."""
    torch.manual_seed(2)
    tokenizer = zoo.text_tokenizer()
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=1024,
        intermediate_size=4096,
        num_hidden_layers=9,
        num_attention_heads=16,
        num_key_value_heads=8,
        max_position_embeddings=4096,
        eos_token_id=None,
        bos_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


if __name__ == "__main__":
    painter(Path(sys.argv[1]) / PAINTER)
    writer(Path(sys.argv[1]) / WRITER)
