"""Tiny pipelines written as one file, under the names that their makers gave the tensors.

Each writer undoes what diffusers' conversion does when it reads (loaders/single_file_utils.py, 0.42), so that
a picture made from the file must be the picture made from the folder.
"""

import re
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    FlowMatchEulerDiscreteScheduler,
    FluxTransformer2DModel,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
)
from gguf import GGUFWriter
from safetensors.torch import save_file

from tests import zoo

State = dict[str, torch.Tensor]

_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}
_UNET = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
_VAE_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


def stable_diffusion_3(folder: Path) -> Path:
    """With two CLIPs and a T5, as the makers' file that includes them all."""
    clip, t5 = zoo.clip_tokenizer(), zoo.t5_tokenizer()
    torch.manual_seed(8)
    denoiser = SD3Transformer2DModel(
        sample_size=16,
        patch_size=2,
        in_channels=4,
        out_channels=4,
        num_layers=2,
        attention_head_dim=8,
        num_attention_heads=4,
        joint_attention_dim=32,
        caption_projection_dim=32,
        pooled_projection_dim=48,
        pos_embed_max_size=16,
    ).eval()
    second = zoo.clip_encoder(clip, projection=True)
    StableDiffusion3Pipeline(
        transformer=denoiser,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=zoo.vae(use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1),
        text_encoder=_narrow_clip(clip),
        tokenizer=clip,
        text_encoder_2=second,
        tokenizer_2=clip,
        text_encoder_3=zoo.t5_encoder(t5),
        tokenizer_3=t5,
    ).save_pretrained(folder)
    return folder


def _narrow_clip(tokenizer: Any) -> Any:
    """Half as wide as the second one, by which width a file's two are told apart; projects onto itself."""
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    torch.manual_seed(9)
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=20,
        num_hidden_layers=2,
        num_attention_heads=2,
        projection_dim=16,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = CLIPTextModelWithProjection(config).eval()
    model.text_projection.weight.data = torch.eye(16)
    return model


def write_sd1(pipe: Any, file: Path) -> Path:
    return _save(
        {
            **_prefixed("model.diffusion_model.", unet(pipe.unet)),
            **_prefixed("first_stage_model.", vae(pipe.vae)),
            **_prefixed("cond_stage_model.transformer.", clip(pipe.text_encoder)),
        },
        file,
    )


def write_sd2(pipe: Any, file: Path) -> Path:
    return _save(
        {
            **_prefixed("model.diffusion_model.", unet(pipe.unet)),
            **_prefixed("first_stage_model.", vae(pipe.vae)),
            **_prefixed("cond_stage_model.model.", open_clip(pipe.text_encoder)),
        },
        file,
    )


def write_sdxl(pipe: Any, file: Path) -> Path:
    return _save(
        {
            **_prefixed("model.diffusion_model.", unet(pipe.unet)),
            **_prefixed("first_stage_model.", vae(pipe.vae)),
            **_prefixed("conditioner.embedders.0.transformer.", clip(pipe.text_encoder)),
            **_prefixed("conditioner.embedders.1.model.", open_clip(pipe.text_encoder_2)),
        },
        file,
    )


def write_sd3(pipe: Any, file: Path, *, encoders: bool = True) -> Path:
    tensors = {
        **_prefixed("model.diffusion_model.", sd3(pipe.transformer)),
        **_prefixed("first_stage_model.", vae(pipe.vae)),
    }
    if encoders:
        tensors |= {
            **_prefixed("text_encoders.clip_l.transformer.", _without_projection(clip(pipe.text_encoder))),
            **_prefixed("text_encoders.clip_g.transformer.", clip(pipe.text_encoder_2)),
            **_prefixed("text_encoders.t5xxl.transformer.", pipe.text_encoder_3.state_dict()),
        }
        tensors.pop("text_encoders.t5xxl.transformer.encoder.embed_tokens.weight", None)
    return _save(tensors, file)


def write_sd3_gguf(pipe: Any, file: Path) -> Path:
    """The denoiser alone; its matrices packed by eights where their rows can be cut into blocks."""
    from gguf import GGMLQuantizationType, quants

    writer = GGUFWriter(file, "sd3")
    for name, tensor in sd3(pipe.transformer).items():
        numbers = tensor.float().contiguous().numpy()
        if numbers.ndim == 2 and numbers.shape[-1] % 32 == 0 and "blocks" in name:
            packed = quants.quantize(numbers, GGMLQuantizationType.Q8_0)
            writer.add_tensor(name, packed, raw_dtype=GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(name, numbers)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def write_flux(pipe: Any, file: Path, *, whole: bool = False) -> Path:
    """The denoiser under diffusers' own names, as its makers' are read at the real width only; alone, or with
    everything else as ComfyUI saves it."""
    tensors = dict(pipe.transformer.state_dict())
    if whole:
        tensors |= {
            **_prefixed("vae.", vae(pipe.vae)),
            **_prefixed("text_encoders.clip_l.transformer.", clip(pipe.text_encoder)),
            **_prefixed("text_encoders.t5xxl.transformer.", pipe.text_encoder_2.state_dict()),
        }
    return _save(tensors, file)


def unet(model: Any) -> State:
    layers = model.config.layers_per_block
    attended = [hasattr(block, "attentions") for block in model.up_blocks]
    return {_unet_name(name, layers, attended): tensor for name, tensor in model.state_dict().items()}


def _unet_name(name: str, layers: int, attended: list[bool]) -> str:
    for ours, theirs in _UNET.items():
        if name.startswith(f"{ours}."):
            return theirs + name.removeprefix(ours)
    if match := re.match(r"(down|up)_blocks\.(\d+)\.(resnets|attentions)\.(\d+)\.(.+)", name):
        side, block, kind, layer, rest = match.groups()
        place = int(block) * (layers + 1) + int(layer) + (side == "down")
        return f"{'in' if side == 'down' else 'out'}put_blocks.{place}.{_inner(kind, rest)}"
    if match := re.match(r"down_blocks\.(\d+)\.downsamplers\.0\.conv\.(.+)", name):
        return f"input_blocks.{(int(match[1]) + 1) * (layers + 1)}.0.op.{match[2]}"
    if match := re.match(r"up_blocks\.(\d+)\.upsamplers\.0\.conv\.(.+)", name):
        block = int(match[1])
        return f"output_blocks.{block * (layers + 1) + layers}.{1 + attended[block]}.conv.{match[2]}"
    match = re.match(r"mid_block\.(resnets|attentions)\.(\d+)\.(.+)", name)
    assert match, name
    place = 1 if match[1] == "attentions" else 2 * int(match[2])
    return f"middle_block.{place}.{_inner(match[1], match[3]).partition('.')[2]}"


def _inner(kind: str, rest: str) -> str:
    if kind == "attentions":
        return f"1.{rest}"
    part, _, end = rest.partition(".")
    return f"0.{_RESNET[part]}.{end}"


def vae(model: Any) -> State:
    blocks = len(model.config.block_out_channels)
    made = State()
    for name, tensor in model.state_dict().items():
        name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
        name = re.sub(r"down_blocks\.(\d+)\.resnets", r"down.\1.block", name)
        name = re.sub(r"down_blocks\.(\d+)\.downsamplers\.0", r"down.\1.downsample", name)
        name = re.sub(r"up_blocks\.(\d+)\.resnets", lambda one: f"up.{blocks - 1 - int(one[1])}.block", name)
        name = re.sub(
            r"up_blocks\.(\d+)\.upsamplers\.0", lambda one: f"up.{blocks - 1 - int(one[1])}.upsample", name
        )
        name = re.sub(r"mid_block\.resnets\.(\d+)", lambda one: f"mid.block_{int(one[1]) + 1}", name)
        if "mid_block.attentions.0" in name:
            name = name.replace("mid_block.attentions.0", "mid.attn_1")
            for ours, theirs in _VAE_ATTENTION.items():
                name = name.replace(f".{ours}.", f".{theirs}.")
            tensor = tensor[..., None, None] if tensor.ndim == 2 else tensor
        made[name] = tensor
    return made


def clip(model: Any) -> State:
    def named(name: str) -> str:
        return name if name.startswith(("text_model.", "text_projection")) else f"text_model.{name}"

    return {named(name): tensor for name, tensor in model.state_dict().items()}


def _without_projection(state: State) -> State:
    """The first CLIP's is nothing but ones, so files leave it out."""
    return {name: tensor for name, tensor in state.items() if not name.startswith("text_projection")}


def open_clip(model: Any) -> State:
    state, made = clip(model), State()
    for name, tensor in state.items():
        name = name.removeprefix("text_model.")
        if name == "text_projection.weight":
            made["text_projection"] = tensor.T
            continue
        for ours, theirs in {
            "embeddings.position_embedding.weight": "positional_embedding",
            "embeddings.token_embedding.weight": "token_embedding.weight",
            "final_layer_norm.": "ln_final.",
            "encoder.layers.": "transformer.resblocks.",
            "layer_norm": "ln_",
            ".fc1.": ".c_fc.",
            ".fc2.": ".c_proj.",
            ".self_attn.": ".attn.",
        }.items():
            name = name.replace(ours, theirs)
        if match := re.fullmatch(r"(.*\.attn\.)q_proj\.(weight|bias)", name):
            made[f"{match[1]}in_proj_{match[2]}"] = torch.cat(
                [state[_beside(match[1], letter, match[2])] for letter in "qkv"]
            )
        elif not re.search(r"\.[kv]_proj\.", name):
            made[name] = tensor
    return made


def _beside(place: str, letter: str, kind: str) -> str:
    """The name, in `clip`, of one of the three matrices that open_clip keeps as one."""
    number = re.search(r"resblocks\.(\d+)", place)
    assert number
    return f"text_model.encoder.layers.{number[1]}.self_attn.{letter}_proj.{kind}"


def sd3(model: Any) -> State:
    """Undoes `convert_sd3_transformer_checkpoint_to_diffusers`; without norms of queries and keys."""
    state = dict(model.state_dict())
    plain = {
        "pos_embed.pos_embed": "pos_embed",
        "pos_embed.proj.weight": "x_embedder.proj.weight",
        "pos_embed.proj.bias": "x_embedder.proj.bias",
    }
    made = {theirs: state.pop(ours) for ours, theirs in plain.items()}
    for kind in ("weight", "bias"):
        for number, place in ((1, 0), (2, 2)):
            for ours, theirs in (("timestep_embedder", "t_embedder"), ("text_embedder", "y_embedder")):
                ours = f"time_text_embed.{ours}.linear_{number}.{kind}"
                made[f"{theirs}.mlp.{place}.{kind}"] = state.pop(ours)
        made[f"context_embedder.{kind}"] = state.pop(f"context_embedder.{kind}")
        made[f"final_layer.linear.{kind}"] = state.pop(f"proj_out.{kind}")
        made[f"final_layer.adaLN_modulation.1.{kind}"] = _swapped(state.pop(f"norm_out.linear.{kind}"))
        for block in range(model.config.num_layers):
            _sd3_block(state, made, block, kind, last=block == model.config.num_layers - 1)
    assert not state, list(state)
    return made


def _sd3_block(state: State, made: State, block: int, kind: str, *, last: bool) -> None:
    ours, theirs = f"transformer_blocks.{block}", f"joint_blocks.{block}"

    def take(name: str) -> torch.Tensor:
        return state.pop(f"{ours}.{name}.{kind}")

    made[f"{theirs}.x_block.attn.qkv.{kind}"] = torch.cat([take(f"attn.to_{one}") for one in "qkv"])
    made[f"{theirs}.context_block.attn.qkv.{kind}"] = torch.cat(
        [take(f"attn.add_{one}_proj") for one in "qkv"]
    )
    made[f"{theirs}.x_block.attn.proj.{kind}"] = take("attn.to_out.0")
    made[f"{theirs}.x_block.adaLN_modulation.1.{kind}"] = take("norm1.linear")
    made[f"{theirs}.x_block.mlp.fc1.{kind}"] = take("ff.net.0.proj")
    made[f"{theirs}.x_block.mlp.fc2.{kind}"] = take("ff.net.2")
    context = take("norm1_context.linear")
    made[f"{theirs}.context_block.adaLN_modulation.1.{kind}"] = _swapped(context) if last else context
    if not last:
        made[f"{theirs}.context_block.attn.proj.{kind}"] = take("attn.to_add_out")
        made[f"{theirs}.context_block.mlp.fc1.{kind}"] = take("ff_context.net.0.proj")
        made[f"{theirs}.context_block.mlp.fc2.{kind}"] = take("ff_context.net.2")


def flux(model: FluxTransformer2DModel) -> State:
    """Undoes `convert_flux_transformer_checkpoint_to_diffusers`."""
    state = dict(model.state_dict())
    made = State()
    for kind in ("weight", "bias"):
        for ours, theirs in (("timestep", "time"), ("text", "vector"), ("guidance", "guidance")):
            for number, place in ((1, "in"), (2, "out")):
                name = f"time_text_embed.{ours}_embedder.linear_{number}.{kind}"
                if name in state:
                    made[f"{theirs}_in.{place}_layer.{kind}"] = state.pop(name)
        made[f"txt_in.{kind}"] = state.pop(f"context_embedder.{kind}")
        made[f"img_in.{kind}"] = state.pop(f"x_embedder.{kind}")
        made[f"final_layer.linear.{kind}"] = state.pop(f"proj_out.{kind}")
        made[f"final_layer.adaLN_modulation.1.{kind}"] = _swapped(state.pop(f"norm_out.linear.{kind}"))
        for block in range(model.config.num_layers):
            _flux_double(state, made, block, kind)
        for block in range(model.config.num_single_layers):
            _flux_single(state, made, block, kind)
    assert not state, list(state)
    return made


def _flux_double(state: State, made: State, block: int, kind: str) -> None:
    ours, theirs = f"transformer_blocks.{block}", f"double_blocks.{block}"

    def take(name: str, kind: str = kind) -> torch.Tensor:
        return state.pop(f"{ours}.{name}.{kind}")

    for side, norm, feed, out, names in (
        ("img", "norm1", "ff", "attn.to_out.0", ("to_q", "to_k", "to_v")),
        ("txt", "norm1_context", "ff_context", "attn.to_add_out", ("add_q_proj", "add_k_proj", "add_v_proj")),
    ):
        made[f"{theirs}.{side}_mod.lin.{kind}"] = take(f"{norm}.linear")
        made[f"{theirs}.{side}_attn.qkv.{kind}"] = torch.cat([take(f"attn.{name}") for name in names])
        made[f"{theirs}.{side}_attn.proj.{kind}"] = take(out)
        made[f"{theirs}.{side}_mlp.0.{kind}"] = take(f"{feed}.net.0.proj")
        made[f"{theirs}.{side}_mlp.2.{kind}"] = take(f"{feed}.net.2")
        if kind == "weight":
            added = "" if side == "img" else "added_"
            made[f"{theirs}.{side}_attn.norm.query_norm.scale"] = take(f"attn.norm_{added}q")
            made[f"{theirs}.{side}_attn.norm.key_norm.scale"] = take(f"attn.norm_{added}k")


def _flux_single(state: State, made: State, block: int, kind: str) -> None:
    ours, theirs = f"single_transformer_blocks.{block}", f"single_blocks.{block}"

    def take(name: str) -> torch.Tensor:
        return state.pop(f"{ours}.{name}.{kind}")

    made[f"{theirs}.modulation.lin.{kind}"] = take("norm.linear")
    inward = ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp")
    made[f"{theirs}.linear1.{kind}"] = torch.cat([take(name) for name in inward])
    made[f"{theirs}.linear2.{kind}"] = take("proj_out")
    if kind == "weight":
        made[f"{theirs}.norm.query_norm.scale"] = take("attn.norm_q")
        made[f"{theirs}.norm.key_norm.scale"] = take("attn.norm_k")


def _swapped(tensor: torch.Tensor) -> torch.Tensor:
    first, second = tensor.chunk(2, dim=0)
    return torch.cat([second, first], dim=0)


def _prefixed(prefix: str, state: State) -> State:
    return {prefix + name: tensor for name, tensor in state.items()}


def _save(tensors: State, file: Path) -> Path:
    save_file({name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}, file)
    return file
