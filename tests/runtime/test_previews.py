"""Previews of every family: latents as the model itself has them, and the smallest autoencoders where one is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.core.messages import Preview
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.previews import _scaled, unpacked
from studio.runtime.pictures.wraps import wrapped
from tests import zoo
from tests.runtime.painting import load, paint
from tests.shelf import pictures

Model = Callable[[str], LoadedPipeline]
QUICK = {"flux2_klein": pictures.flux2_klein, "qwen_image": pictures.qwen_image}
OTHERS = {
    "stable_diffusion": zoo.stable_diffusion,
    "stable_diffusion_xl": zoo.stable_diffusion_xl,
    "flux": zoo.flux,
    "pixart": zoo.pixart,
    "z_image": lambda folder: pictures.z_image(folder, shift=3.0),
    "sana_sprint": pictures.sana_sprint,
    "stable_diffusion_3": pictures.stable_diffusion_3,
    "qwen_image_21": pictures.qwen_image_21,
    "longcat_image": pictures.longcat_image,
    "chroma": pictures.chroma,
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    made: dict[str, LoadedPipeline] = {}

    def find(name: str) -> LoadedPipeline:
        if name not in made:
            made[name] = load((QUICK | OTHERS)[name](tmp_path_factory.mktemp("models") / name))
        return made[name]

    return find


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(one, marks=pytest.mark.long) for one in OTHERS)])
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
