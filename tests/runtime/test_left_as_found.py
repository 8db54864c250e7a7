"""A model stopped with everything on at once, at every kind of moment, is what it was, to the last bit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.core.inputs import InputPicture, Role
from studio.core.jobs import GenerateImages
from studio.core.messages import FromWorker, Stage
from studio.core.model import Lora
from studio.core.passes import SecondPass, Variation
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion
from studio.runtime.pictures.load import LoadedPipeline
from tests import zoo
from tests.runtime import lora_files
from tests.runtime.adapter_files import save_adapter, save_flux_adapter
from tests.runtime.held import held, same
from tests.runtime.painting import load, order, paint

STOPS = 6  # of all the moments at which a job looks whether it was told to stop
Everything = tuple[LoadedPipeline, GenerateImages]


class Looks(Desk):
    """Told to stop at the look of that number; notes what it was doing at each."""

    def __init__(self, folder: Path, stop_at: int | None = None) -> None:
        super().__init__("job", folder, list[FromWorker]().append)
        self.seen: list[Stage] = []
        self._stop_at = stop_at

    def check(self) -> None:
        if len(self.seen) == self._stop_at:
            raise Stopped
        self.seen.append(self.stage)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Everything]:
    """A model, and a job that asks for all that its pipeline can do."""

    def build(name: str) -> Everything:
        root = tmp_path_factory.mktemp(name)
        loaded = load(getattr(zoo, name)(root / "model"))
        part = "unet" if name == "stable_diffusion" else "transformer"
        denoiser = getattr(loaded.pipe, part)
        file = lora_files.diffusers_file(
            root / "lora.safetensors", lora_files.pairs(denoiser, strength=0.1), part
        )
        Image.linear_gradient("L").resize((64, 64)).convert("RGB").save(root / "scene.png")
        start = InputPicture(role=Role.START, path=str(root / "scene.png"))
        wishes: dict[str, Any] = {
            "prompt": "a (red:1.4) boat BREAK a hill",
            "negative_prompt": "fog",
            "strength": 0.7,
            "scheduler": "Heun",
            "loras": (Lora(id="l", name="L", path=str(file), scale=0.5),),
            "variation": Variation(seed=3, strength=0.4, drift=0.2, of=Variation(seed=1)),
            "second_pass": SecondPass(scale=1.5, strength=0.6),
            "seamless": True,
            "num_images": 2,
            "num_inference_steps": 2,
        }
        wishes["inputs"] = (start, InputPicture(role=Role.REFER, path=str(root / "scene.png")))
        if name == "stable_diffusion":
            wishes["reference_adapter"] = save_adapter(denoiser, root)
        else:
            wishes["reference_adapter"] = save_flux_adapter(denoiser, root)
            wishes["cache"] = "first_block"
        return loaded, order(loaded.spec, **wishes)

    return build


@pytest.mark.long
@pytest.mark.parametrize("name", ["stable_diffusion", pytest.param("flux", marks=pytest.mark.long)])
def test_a_stop_at_any_moment_leaves_the_model_as_it_was(
    everything: Callable[[str], Everything], tmp_path: Path, name: str
) -> None:
    loaded, job = everything(name)
    plain: dict[str, Any] = {"num_inference_steps": 2}
    before, found = paint(loaded, tmp_path, **plain).pictures[0], held(loaded)
    whole = Looks(tmp_path)
    diffusion.generate(loaded, job, whole)
    looks = len(whole.seen)
    assert {Stage.LOADING, Stage.ENCODING, Stage.DENOISING, Stage.DECODING, Stage.SAVING} <= {*whole.seen}
    for moment in range(STOPS):
        loaded.encodings.clear()
        with pytest.raises(Stopped):
            diffusion.generate(loaded, job, Looks(tmp_path, stop_at=moment * (looks - 1) // (STOPS - 1)))
        after = paint(loaded, tmp_path, **plain).pictures[0]  # which takes the LoRAs off
        assert (after == before).all(), moment
        assert not same(found, held(loaded)), moment
