"""Tiny models of the real diffusers and transformers classes, random weights, saved as folders on disk."""

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    PixArtAlphaPipeline,
    PixArtTransformer2DModel,
    SchedulerMixin,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from gguf import GGUFWriter
from safetensors.torch import load_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    Qwen3_5ForCausalLM,
    Qwen3_5TextConfig,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

torch.set_num_threads(1)  # for models this small, a second thread costs more than it does

CORPUS = (
    "a boat with red sails on the sea at sunset, a small house under the old tree, snow on the hills",
    "the quick brown fox jumps over the lazy dog; two birds above a calm lake, hello there, how are you?",
    "日落时的海上有一条红帆船，山脚下有一座小房子，你好，世界。",
)
CHATML = (
    "{% for message in messages %}"
    "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
STRICT = (  # as Gemma's and Mistral's: no system role, and roles must alternate
    "{% for message in messages %}"
    "{% if message.role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    "{% if (message.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('alternate') }}{% endif %}"
    "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# As SmolVLM's, that knows no content but a list: of a plain string it would write nothing.
IN_PARTS = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}"
    "{% if message['content'][0]['type'] == 'image' %}:{% else %}: {% endif %}"
    "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{ line['text'] }}"
    "{% elif line['type'] == 'image' %}<image>{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)
VOCABULARY = 400
CONTEXT = 512


def text_tokenizer(template: str | None = CHATML) -> PreTrainedTokenizerFast:
    """A byte-level BPE: takes any text, and cuts Chinese characters and emoji into several tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>", chat_template=template
    )


def clip_tokenizer() -> CLIPTokenizer:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    pieces = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77)


def t5_tokenizer() -> T5Tokenizer:
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -1.0)]
    pieces += [(chr(code), -2.0) for code in range(33, 127)]
    return T5Tokenizer(vocab=pieces, extra_ids=0)


def clip_encoder(tokenizer: CLIPTokenizer, *, projection: bool = False, width: int = 32) -> Any:
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        projection_dim=32,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(1)
    return (CLIPTextModelWithProjection if projection else CLIPTextModel)(config).eval()


def t5_encoder(tokenizer: T5Tokenizer, *, width: int = 32) -> T5EncoderModel:
    torch.manual_seed(2)
    config = T5Config(
        vocab_size=len(tokenizer), d_model=width, d_kv=8, d_ff=37, num_layers=2, num_heads=4, dropout_rate=0.0
    )
    return T5EncoderModel(config).eval()


def vae(blocks: tuple[int, ...] = (8, 16, 16), **config: Any) -> AutoencoderKL:
    """Pictures are `2 ** (len(blocks) - 1)` times as large as their latents: four times by default."""
    torch.manual_seed(3)
    return AutoencoderKL(
        block_out_channels=blocks,
        down_block_types=["DownEncoderBlock2D"] * len(blocks),
        up_block_types=["UpDecoderBlock2D"] * len(blocks),
        latent_channels=4,
        norm_num_groups=4,
        sample_size=64,
        **config,
    ).eval()


def unet(cross_attention: int = 32, **config: Any) -> UNet2DConditionModel:
    torch.manual_seed(4)
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=4,
        out_channels=4,
        layers_per_block=1,
        block_out_channels=(8, 16),
        norm_num_groups=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=cross_attention,
        attention_head_dim=8,
        **config,
    ).eval()


def stable_diffusion(folder: Path, scheduler: SchedulerMixin | None = None, *, width: int = 32) -> Path:
    own = DDIMScheduler(steps_offset=1, clip_sample=False, beta_schedule="scaled_linear")
    tokenizer = clip_tokenizer()
    StableDiffusionPipeline(
        vae=vae(),
        text_encoder=clip_encoder(tokenizer, width=width),
        tokenizer=tokenizer,
        unet=unet(width),
        scheduler=scheduler or own,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)
    return folder


def stable_diffusion_xl(
    folder: Path, scheduler: SchedulerMixin | None = None, *, widths: tuple[int, int] = (32, 32)
) -> Path:
    own = EulerDiscreteScheduler(steps_offset=1, beta_schedule="scaled_linear")
    tokenizer = clip_tokenizer()
    denoiser = unet(
        sum(widths),
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=80,
    )
    StableDiffusionXLPipeline(
        vae=vae(),
        text_encoder=clip_encoder(tokenizer, width=widths[0]),
        text_encoder_2=clip_encoder(tokenizer, projection=True, width=widths[1]),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        unet=denoiser,
        scheduler=scheduler or own,
    ).save_pretrained(folder)
    return folder


def flux(folder: Path, *, guided: bool = True) -> Path:
    """Flow matching, packed latents; `guided` as Flux dev (an embedding), else as schnell."""
    clip, t5 = clip_tokenizer(), t5_tokenizer()
    torch.manual_seed(5)
    denoiser = FluxTransformer2DModel(
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        axes_dims_rope=(4, 4, 8),
        guidance_embeds=guided,
    ).eval()
    FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=vae(use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1),
        text_encoder=clip_encoder(clip),
        tokenizer=clip,
        text_encoder_2=t5_encoder(t5),
        tokenizer_2=t5,
        transformer=denoiser,
    ).save_pretrained(folder)
    return folder


def pixart(folder: Path) -> Path:
    """Only the old `callback`, and sizes fitted to its own list of shapes unless told otherwise."""
    tokenizer = t5_tokenizer()
    torch.manual_seed(6)
    denoiser = PixArtTransformer2DModel(
        sample_size=32,
        num_layers=2,
        patch_size=2,
        attention_head_dim=8,
        num_attention_heads=3,
        caption_channels=32,
        in_channels=4,
        cross_attention_dim=24,
        out_channels=8,
        attention_bias=True,
        num_embeds_ada_norm=1000,
        norm_elementwise_affine=False,
        norm_eps=1e-6,
        use_additional_conditions=False,
    ).eval()
    PixArtAlphaPipeline(
        tokenizer=tokenizer,
        text_encoder=t5_encoder(tokenizer),
        vae=vae((8, 8, 8, 16)),
        transformer=denoiser,
        scheduler=DPMSolverMultistepScheduler(),
    ).save_pretrained(folder)
    return folder


_SHAPE = dict(vocab_size=VOCABULARY, hidden_size=32, intermediate_size=64, max_position_embeddings=CONTEXT)


def _save_text_model(model: Any, folder: Path, template: str | None) -> Path:
    tokenizer = text_tokenizer(template)
    model.generation_config.eos_token_id = [tokenizer.eos_token_id, tokenizer.pad_token_id]
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def llama(folder: Path, template: str | None = CHATML) -> Path:
    torch.manual_seed(7)
    config = LlamaConfig(**_SHAPE, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2)
    return _save_text_model(LlamaForCausalLM(config), folder, template)


def gemma(folder: Path, template: str | None = STRICT) -> Path:
    """A sliding window of 16 tokens in every other layer."""
    torch.manual_seed(8)
    config = Gemma3TextConfig(
        **_SHAPE,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        sliding_window=16,
        layer_types=["sliding_attention", "full_attention"] * 2,
    )
    return _save_text_model(Gemma3ForCausalLM(config), folder, template)


def qwen(folder: Path, template: str | None = CHATML) -> Path:
    """Gated delta layers, whose state cannot be cropped, beside full attention."""
    torch.manual_seed(9)
    config = Qwen3_5TextConfig(
        **_SHAPE,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        linear_key_head_dim=8,
        linear_value_head_dim=8,
        linear_num_key_heads=2,
        linear_num_value_heads=4,
        layer_types=["linear_attention", "full_attention"] * 2,
    )
    return _save_text_model(Qwen3_5ForCausalLM(config), folder, template)


def gguf(file: Path, folder: Path) -> Path:
    """The Llama of that folder as llama.cpp keeps it, unquantised."""
    tokenizer = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    vocabulary, merges = tokenizer["model"]["vocab"], tokenizer["model"]["merges"]
    special = {one["content"] for one in tokenizer["added_tokens"]}
    writer = GGUFWriter(file, "llama")
    writer.add_name("Small")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(_SHAPE["hidden_size"])
    writer.add_feed_forward_length(_SHAPE["intermediate_size"])
    writer.add_block_count(3)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(VOCABULARY)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(sorted(vocabulary, key=vocabulary.get))
    writer.add_token_types([3 if piece in special else 1 for piece in sorted(vocabulary, key=vocabulary.get)])
    writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(2)
    writer.add_chat_template(CHATML)
    for name, tensor in load_file(folder / "model.safetensors").items():
        writer.add_tensor(gguf_name(name), tensor.float().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def gguf_name(name: str) -> str:
    """What llama.cpp calls a tensor of a Llama of transformers."""
    for theirs, ours in {
        "model.embed_tokens": "token_embd",
        "model.norm": "output_norm",
        "lm_head": "output",
        "model.layers.": "blk.",
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
        "post_attention_layernorm": "ffn_norm",
        "input_layernorm": "attn_norm",
    }.items():
        name = name.replace(theirs, ours)
    return name
