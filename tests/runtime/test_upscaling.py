"""Models that enlarge: tiles without seams, any scale, what shows through, stops, and memory."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import Swin2SRConfig, Swin2SRForImageSuperResolution

from studio.catalog.inspect import inspect_model
from studio.core.edits import operations_of
from studio.core.errors import (
    ModelIncomplete,
    ModelNeedsPackage,
    ModelProducedNothing,
    ModelUnable,
    ResultTooLarge,
)
from studio.core.messages import Note, Phase, Stage
from studio.core.model import ModelSpec
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import upscaling
from studio.runtime.pictures.tiles import SIDES, Tiles, padded, spans
from studio.runtime.residency import LoadContext
from tests.runtime.processing import Run, cut_out, enlarge, given
from tests.runtime.stops import StopAfter
from tests.zoo import others


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return inspect_model(others.swin2sr(tmp_path_factory.mktemp("upscalers") / "swin2sr"))


@pytest.fixture
def photograph() -> Image.Image:
    rows, columns = np.mgrid[0:150, 0:210]
    waves = [np.sin(columns / 9) * np.cos(rows / 7), np.sin(rows / 11), np.cos((rows + columns) / 13)]
    return Image.fromarray((np.stack(waves, axis=-1) * 100 + 128).astype(np.uint8))


def desk(folder: Path) -> Desk:
    made = Desk("job", folder / "staging", [].append)
    made.prepare()
    return made


def test_tiles_leave_no_seams(photograph: Image.Image, tmp_path: Path) -> None:
    def cubic(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.asarray(cv2.resize(pixels, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC), np.uint8)

    for scale in (2.5, 4, 6.2):
        size = round(210 * scale), round(150 * scale)
        whole = Tiles(cubic, 4, 512).resized(photograph, size, desk(tmp_path))
        tiled = Tiles(cubic, 4, 64).resized(photograph, size, desk(tmp_path))
        inner = (slice(24, -24), slice(24, -24))  # at its edges a picture is padded, by more or less
        apart = np.abs(np.asarray(whole, np.int16) - np.asarray(tiled, np.int16))[inner]
        assert apart.max() <= 3, scale


@pytest.mark.parametrize(("source", "side"), [(1, 64), (64, 64), (65, 64), (1000, 64), (130, 512)])
def test_tiles_cover_the_whole_result(source: int, side: int) -> None:
    for result in (source, source * 3 + 1):
        end = 0
        for span in spans(source, result, side):
            assert span.first + span.blend == end and 0 <= span.begin < span.end <= source
            assert 0 <= span.low < span.high <= span.end - span.begin
            end = span.first + span.length
        assert end == result


@pytest.mark.parametrize("scale", [1, 2, 3.3])
def test_a_model_reaches_any_scale(
    spec: ModelSpec, photograph: Image.Image, tmp_path: Path, scale: float
) -> None:
    run = Run(upscaling, enlarge(given(photograph, tmp_path / "a.png"), scale, spec), tmp_path)
    assert run.picture.size == (round(210 * scale), round(150 * scale)) and run.picture.mode == "RGB"
    assert run.recipe.edit is not None and run.recipe.edit.method == "model"
    assert run.recipe.model == spec.id and run.recipe.execution is not None
    assert run.recipe.execution.precision == "float32" and run.recipe.execution.options.keys() == {"tiles"}


def test_it_is_the_model_that_enlarges(spec: ModelSpec, photograph: Image.Image, tmp_path: Path) -> None:
    run = Run(upscaling, enlarge(given(photograph, tmp_path / "a.png"), 2, spec), tmp_path)
    model = Swin2SRForImageSuperResolution.from_pretrained(spec.path).eval()
    pixels = torch.from_numpy(padded(np.asarray(photograph))).permute(2, 0, 1)[None].float() / 255
    with torch.inference_mode():
        whole = model(pixels).reconstruction[0].clamp(0, 1).mul(255).round().permute(1, 2, 0).numpy()
    inner = np.abs(np.asarray(run.picture, np.float32) - whole[:300, :420])[48:-48, 48:-48]
    assert inner.mean() < 1.5


@pytest.mark.parametrize("size", [(1, 1), (3, 40)])
def test_the_smallest_are_enlarged_too(spec: ModelSpec, tmp_path: Path, size: tuple[int, int]) -> None:
    job = enlarge(given(Image.new("RGB", size, "teal"), tmp_path / "a.png"), 4, spec)
    assert Run(upscaling, job, tmp_path).picture.size == (size[0] * 4, size[1] * 4)


def test_what_shows_through_goes_on_doing_so(
    spec: ModelSpec, photograph: Image.Image, tmp_path: Path
) -> None:
    mask = Image.new("L", photograph.size, 0)
    mask.paste(255, (0, 0, 100, 150))
    photograph.putalpha(mask)
    made = Run(upscaling, enlarge(given(photograph, tmp_path / "a.png"), 2, spec), tmp_path).picture
    alpha = np.asarray(made.getchannel("A"))
    assert made.mode == "RGBA" and alpha[:, :180].min() == 255 and alpha[:, 220:].max() == 0


def test_the_colours_of_what_is_seen_spread_into_what_is_not() -> None:
    picture = Image.new("RGBA", (20, 10), (0, 255, 0, 0))
    picture.paste((200, 0, 0, 255), (0, 0, 8, 10))
    picture.paste((0, 0, 90, 10), (15, 0, 20, 10))
    spread = upscaling.spread(picture)
    seen = [spread.getpixel((x, 5)) for x in (0, 9, 13, 19)]
    assert seen == [(200, 0, 0), (200, 0, 0), (0, 0, 90), (0, 0, 90)]
    assert upscaling.spread(Image.new("RGBA", (4, 4), (1, 2, 3, 0))).getpixel((0, 0)) == (1, 2, 3)


def test_a_grey_model_is_given_the_colours_one_by_one(tmp_path: Path) -> None:
    config = Swin2SRConfig(
        num_channels=1, embed_dim=16, depths=[1], num_heads=[2], window_size=8, image_size=16, upscale=2
    )
    Swin2SRForImageSuperResolution(config).save_pretrained(tmp_path / "grey")
    spec = inspect_model(tmp_path / "grey")
    job = enlarge(given(Image.new("RGB", (30, 20), "red"), tmp_path / "a.png"), 2, spec)
    assert Run(upscaling, job, tmp_path).picture.size == (60, 40)


def test_memory_that_runs_out_makes_smaller_tiles(
    spec: ModelSpec, photograph: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = list[int]()
    genuine = upscaling.Upscaler._enlarged

    def short(self: upscaling.Upscaler, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        sizes.append(max(pixels.shape))
        if max(pixels.shape) > 150:
            raise MemoryError
        return genuine(self, pixels)

    monkeypatch.setattr(upscaling.Upscaler, "_enlarged", short)
    monkeypatch.setattr(upscaling, "first_side", lambda _: 256)
    run = Run(upscaling, enlarge(given(photograph, tmp_path / "a.png"), 2, spec), tmp_path)
    assert run.loaded.tiles.side == 128 and run.picture.size == (420, 300)
    assert Note(code="smaller_tiles", params={"side": 128}) in run.result.notes
    monkeypatch.setattr(upscaling, "first_side", lambda _: 64)
    monkeypatch.setattr(upscaling.Upscaler, "_enlarged", lambda *_: (_ for _ in ()).throw(MemoryError))
    with pytest.raises(MemoryError):
        Run(upscaling, enlarge(given(photograph, tmp_path / "a.png"), 2, spec), tmp_path)


def test_tiles_are_as_large_as_memory_allows() -> None:
    assert upscaling.first_side(64 << 30) == SIDES[0]
    assert upscaling.first_side(4 << 30) == 256
    assert upscaling.first_side(0) == SIDES[-1]


def test_a_stop_is_heard_within_a_tile(spec: ModelSpec, photograph: Image.Image, tmp_path: Path) -> None:
    stop = StopAfter(Stage.WORKING, 7)
    at = stop.desk = Desk("job", tmp_path / "staging", [].append, stop)
    job = enlarge(given(photograph, tmp_path / "a.png"), 2, spec)
    with pytest.raises(Stopped):
        Run(upscaling, job, tmp_path, at)
    assert not any((tmp_path / "staging").iterdir())
    loaded = upscaling.load(spec, LoadContext(desk(tmp_path), 1 << 40))
    stop = StopAfter(Stage.WORKING, 7)
    at = stop.desk = Desk("job", tmp_path / "staging", [].append, stop)
    with pytest.raises(Stopped):
        upscaling.process(loaded, job, at)
    assert not any(module._forward_pre_hooks for module in loaded.module.modules())


def test_each_tile_is_told(spec: ModelSpec, photograph: Image.Image, tmp_path: Path) -> None:
    run = Run(upscaling, enlarge(given(photograph, tmp_path / "a.png"), 2, spec), tmp_path)
    stages = [one.stage for one in run.sent if isinstance(one, Phase)]
    assert stages.index(Stage.LOADING) < stages.index(Stage.WORKING) < stages.index(Stage.SAVING)


def test_numbers_that_are_none_are_no_picture(
    spec: ModelSpec, photograph: Image.Image, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for file in Path(spec.path).iterdir():
        (broken / file.name).write_bytes(file.read_bytes())
    tensors = load_file(broken / "model.safetensors")
    save_file({name: one * float("nan") for name, one in tensors.items()}, broken / "model.safetensors")
    with pytest.raises(ModelProducedNothing):
        Run(upscaling, enlarge(given(photograph, tmp_path / "a.png"), 2, inspect_model(broken)), tmp_path)
    tensors.pop("swin2sr.first_convolution.weight")
    save_file(tensors, broken / "model.safetensors")
    with pytest.raises(ModelIncomplete):
        Run(upscaling, enlarge(given(photograph, tmp_path / "a.png"), 2, inspect_model(broken)), tmp_path)


def test_it_does_nothing_else(spec: ModelSpec, photograph: Image.Image, tmp_path: Path) -> None:
    picture = given(photograph, tmp_path / "a.png")
    with pytest.raises(ModelUnable):
        Run(upscaling, cut_out(picture, spec=spec), tmp_path)
    large = given(Image.new("L", (4000, 3000)), tmp_path / "large.png")
    with pytest.raises(ResultTooLarge):
        Run(upscaling, enlarge(large, 8, spec), tmp_path)
    assert operations_of(spec) == {"upscale"}


def srvgg(path: Path, feats: int = 8, convolutions: int = 1, scale: int = 2) -> Path:
    """A compact Real-ESRGAN with random weights, as its own code names them."""
    torch.manual_seed(3)
    sizes = [(feats, 3), *[(feats, feats)] * convolutions, (3 * scale**2, feats)]
    tensors = dict[str, torch.Tensor]()
    for place, (outward, inward) in enumerate(sizes):
        tensors[f"body.{2 * place}.weight"] = torch.randn(outward, inward, 3, 3) * 0.05
        tensors[f"body.{2 * place}.bias"] = torch.zeros(outward)
        if place < len(sizes) - 1:
            tensors[f"body.{2 * place + 1}.weight"] = torch.full((outward,), 0.1)
    save_file(tensors, path)
    return path


def test_a_file_needs_spandrel(
    tmp_path: Path, photograph: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "spandrel", None)
    spec = inspect_model(srvgg(tmp_path / "compact.safetensors"))
    assert (spec.family, spec.base, operations_of(spec)) == ("upscaling", "SRVGGNet", {"upscale"})
    with pytest.raises(ModelNeedsPackage) as raised:
        Run(upscaling, enlarge(given(photograph, tmp_path / "a.png"), 2, spec), tmp_path)
    assert raised.value.params["package"] == "spandrel"


def test_spandrel_runs_a_file(tmp_path: Path, photograph: Image.Image) -> None:
    pytest.importorskip("spandrel", reason="the extra `upscalers` is not installed", exc_type=Exception)
    spec = inspect_model(srvgg(tmp_path / "compact.safetensors"))
    run = Run(upscaling, enlarge(given(photograph, tmp_path / "a.png"), 3, spec), tmp_path)
    assert run.picture.size == (630, 450)
    assert run.recipe.execution is not None and "spandrel" in run.recipe.execution.versions
