"""IP-Adapters: whose they are by their layers, and where the encoder lies that they were trained with."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from studio.catalog.adapters import encoder_of
from studio.catalog.inspect import inspect_model

XLABS = {
    "ip_adapter_proj_model.proj.weight": (16, 24),
    "double_blocks.0.processor.ip_adapter_double_stream_k_proj.weight": (8, 4),
}
INSTANTX = {
    "image_proj.proj_in.weight": (8, 20),
    "ip_adapter.0.norm_ip.linear.weight": (8, 8),
    "ip_adapter.0.to_k_ip.weight": (8, 768),
}
# As the whole models say it that the two were trained with, which read words too.
CLIP = {"model_type": "clip", "projection_dim": 24, "vision_config": {"hidden_size": 32}}
SIGLIP = {"model_type": "siglip", "vision_config": {"hidden_size": 20}}


def saved(folder: Path, shapes: dict[str, tuple[int, ...]]) -> Path:
    folder.mkdir(exist_ok=True)
    save_file(
        {name: np.zeros(shape, np.float16) for name, shape in shapes.items()}, folder / "looks.safetensors"
    )
    return folder / "looks.safetensors"


def put(folder: Path, config: dict[str, object]) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").touch()
    return folder


@pytest.mark.parametrize(
    ("shapes", "base", "repository", "config"),
    [
        (XLABS, "flux1", "openai--clip-vit-large-patch14", CLIP),
        (INSTANTX, "sd3", "google--siglip-so400m-patch14-384", SIGLIP),
    ],
)
def test_the_encoder_is_beside_it_or_its_makers_choice_in_the_hub_s_cache(
    tmp_path: Path, shapes: dict[str, tuple[int, ...]], base: str, repository: str, config: dict[str, object]
) -> None:
    file, hub = saved(tmp_path / "adapters", shapes), tmp_path / "hub"
    assert inspect_model(file).suits == base
    assert encoder_of(file, hub) is None
    put(hub / f"models--{repository}" / "snapshots" / "0", config | {"projection_dim": 7, "vision_config": 3})
    assert encoder_of(file, hub) is None  # of the same name, and of other numbers
    there = put(hub / f"models--{repository}" / "snapshots" / "1", config)
    assert encoder_of(file, hub) == there
    beside = put(tmp_path / "adapters" / "image_encoder", config)
    assert encoder_of(file, hub) == beside
