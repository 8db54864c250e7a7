"""Previews of every family: latents as the model has them, and the smallest autoencoders where one is."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from diffusers import AutoencoderTiny

from studio.core.messages import Preview
from studio.runtime.pictures import tiny
from studio.runtime.pictures.previews import _scaled, unpacked
from studio.runtime.pictures.wraps import wrapped
from tests import zoo
from tests.runtime.painting import Model, Painted, each_family, load, paint

EACH = each_family("flux2_klein", "qwen_image")


@pytest.mark.parametrize("name", EACH)
def test_every_family_shows_what_its_autoencoder_will_see(model: Model, tmp_path: Path, name: str) -> None:
    """What the pipeline hands to its autoencoder, scaled back, is what the preview makes of the last step."""
    loaded, last, decoded = model(name), list[torch.Tensor](), list[torch.Tensor]()

    def step(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        made = original(*args, **kwargs)
        last.append(made[0])
        return made

    def decode(original: Callable[..., Any], latents: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        decoded.append(latents)
        return original(latents, *args, **kwargs)

    steps = 2 if name == "sana_sprint" else 4
    with wrapped(loaded.pipe.scheduler, "step", step), wrapped(loaded.pipe.vae, "decode", decode):
        made = paint(loaded, tmp_path, previews=True, num_inference_steps=steps, width=128)
    assert any(isinstance(one, Preview) for one in made.sent)
    colours = loaded.colours()
    assert colours is not None
    seen = unpacked(last[-1], 128, 64, colours.channels)
    assert colours.fits(seen)
    given = decoded[0][:, :, 0] if decoded[0].ndim == 5 else decoded[0]
    if name == "sana_sprint":  # its scheduler keeps latents larger by `sigma_data`, and shows the other half
        return
    assert torch.allclose(_scaled(loaded.pipe.vae, given), seen, atol=1e-4)


def tiny_autoencoder(folder: Path) -> Path:
    torch.manual_seed(40)
    widths, ones = (8, 8, 8), (1, 1, 1)
    AutoencoderTiny(
        encoder_block_out_channels=widths,
        decoder_block_out_channels=widths,
        num_encoder_blocks=ones,
        num_decoder_blocks=ones,
        upsampling_scaling_factor=2,
    ).save_pretrained(folder)
    return folder


def previews(made: Painted) -> list[bytes]:
    return [one.jpeg for one in made.sent if isinstance(one, Preview)]


def test_a_tiny_autoencoder_shows_what_it_decodes(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiny, "SHARE", 1e9)  # as beside a model whose steps take seconds
    folder = tiny_autoencoder(tmp_path / "tiny")
    loaded = model("stable_diffusion")
    coloured = paint(loaded, tmp_path, previews=True)
    spec = msgspec.structs.replace(loaded.spec, tiny=str(folder))
    decoded = paint(loaded, tmp_path, previews=True, model=spec)
    assert len(previews(coloured)) == len(previews(decoded)) == 1
    assert previews(coloured) != previews(decoded)
    assert (coloured.pictures[0] == decoded.pictures[0]).all()
    # The same out of the model's own folder.
    within = zoo.stable_diffusion(tmp_path / "model")
    shutil.copytree(folder, within / "taesd")
    assert previews(paint(load(within), tmp_path, previews=True)) == previews(decoded)


def test_it_draws_what_the_library_decodes(tmp_path: Path) -> None:
    vae = AutoencoderTiny.from_pretrained(tiny_autoencoder(tmp_path / "tiny")).eval()
    latents = torch.randn(2, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = ((vae.decode(latents).sample + 1) / 2).clamp(0, 1)
    shown = tiny.TinyDecoder(vae).pictures(latents, 64, 64)
    for one, other in zip(shown, expected, strict=True):
        assert np.abs(np.asarray(one) / 255 - other.permute(1, 2, 0).numpy()).max() < 0.003


def test_what_is_too_slow_twice_is_given_up(tmp_path: Path) -> None:
    decoder = tiny.TinyDecoder(AutoencoderTiny.from_pretrained(tiny_autoencoder(tmp_path / "tiny")))
    decoder.took(seconds=0.5, step_seconds=1)  # the first warms up
    decoder.took(seconds=0.02, step_seconds=1)
    assert not decoder.given_up
    decoder.took(seconds=0.04, step_seconds=1)
    assert decoder.given_up


def test_one_that_cannot_be_loaded_costs_nothing(model: Model, tmp_path: Path) -> None:
    folder = tiny_autoencoder(tmp_path / "tiny")
    next(folder.glob("*.safetensors")).write_bytes(b"cut short")
    loaded = model("stable_diffusion")
    spec = msgspec.structs.replace(loaded.spec, tiny=str(folder))
    assert tiny.TinyDecoder.of(spec, loaded.pipe, loaded.device) is None
    assert (
        tiny.TinyDecoder.of(
            msgspec.structs.replace(spec, tiny=str(tmp_path / "gone")), loaded.pipe, loaded.device
        )
        is None
    )
