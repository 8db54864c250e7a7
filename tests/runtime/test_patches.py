"""How what a model made goes back into a picture: whatever it is, the rest of the picture stays."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from studio.core.edits import Edit, Margins, Operation, Region, tiles_of, working_size
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import GenerateImages
from studio.core.model import ModelSpec
from studio.media.pasting import weight_of
from studio.runtime.pictures.arguments import Call, Start
from studio.runtime.pictures.edits import Pixels, bounds_of, patch_of
from studio.runtime.pictures.surroundings import filled_from_around
from studio.runtime.pictures.tiled import Tiling

SPEC = ModelSpec(id="m", name="m", family="diffusion", base="", abilities=(), path="")
PAINTED = [Operation.FILL, Operation.REMOVE, Operation.BACKGROUND, Operation.PAINT_OVER, Operation.EXTEND]
sides = st.integers(1, 48)


@st.composite
def pictures(draw: st.DrawFn) -> tuple[Pixels, Pixels]:
    """With or without a fourth channel, and a mask of the same size in which something is chosen."""
    width, height, channels = draw(sides), draw(sides), draw(st.sampled_from([3, 4]))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    picture = chance.integers(0, 256, (height, width, channels), np.uint8)
    mask = np.zeros((height, width), np.uint8)
    for _ in range(draw(st.integers(1, 3))):
        top, left = chance.integers(0, height), chance.integers(0, width)
        high, wide = chance.integers(1, 12, 2)
        mask[top : top + high, left : left + wide] = draw(st.sampled_from([255, 200, 127, 1]))
    return picture, mask


def job_of(folder: Path, picture: Pixels, mask: Pixels | None, edit: Edit) -> GenerateImages:
    inputs = list[InputPicture]()
    for role, pixels in ((Role.CHANGE, picture), (Role.MASK, mask)):
        if pixels is not None:
            path = folder / f"{role}.png"
            Image.fromarray(pixels).save(path)
            inputs.append(InputPicture(role=role, path=str(path), name=role.value))
    return GenerateImages(id="job", model=SPEC, prompt="", seed=1, edit=edit, inputs=tuple(inputs))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("patches")


@settings(deadline=None)
@given(
    drawn=pictures(),
    feather=st.integers(0, 20),
    operation=st.sampled_from(PAINTED),
    margins=st.builds(Margins, *[st.integers(0, 9)] * 3, st.integers(1, 9)),
    side=st.sampled_from([8, 64]),
)
def test_outside_of_what_is_chosen_not_a_bit_changes(
    folder: Path,
    drawn: tuple[Pixels, Pixels],
    feather: int,
    operation: Operation,
    margins: Margins,
    side: int,
) -> None:
    picture, mask = drawn
    extends = operation is Operation.EXTEND
    if operation is Operation.BACKGROUND and mask.min() == 255:
        mask[0, 0] = 254
    edit = Edit(operation=operation, feather=feather, margins=margins if extends else Margins())
    patch = patch_of(job_of(folder, picture, None if extends else mask, edit), side)
    made = np.asarray(patch.pasted(Image.new("RGB", patch.size(side, 8), (1, 99, 177))))
    at = edit.margins
    height, width = picture.shape[:2]
    assert made.shape[:2] == (height + at.top + at.bottom, width + at.left + at.right)
    there = made[at.top : at.top + height, at.left : at.left + width]
    old = picture if there.shape == picture.shape else picture[:, :, :3]  # nothing showed through it
    far = ~_near(_chosen(operation, mask, (height, width), at), feather)[
        at.top : at.top + height, at.left : at.left + width
    ]
    assert (there[far] == old[far]).all()
    if made.shape[2] == 4:
        assert (there[:, :, 3] >= old[:, :, 3]).all()
        wholly = _chosen(operation, mask, (height, width), at) >= 128
        assert (made[wholly] == (1, 99, 177, 255)).all()


def _chosen(operation: Operation, mask: Pixels, size: tuple[int, int], at: Margins) -> NDArray[Any]:
    match operation:
        case Operation.EXTEND:
            around = ((at.top, at.bottom), (at.left, at.right))
            return np.pad(np.zeros(size, np.uint8), around, constant_values=255)
        case Operation.BACKGROUND:
            return 255 - mask
        case _:
            return mask


def _near(mask: NDArray[Any], feather: int) -> NDArray[np.bool_]:
    """What is chosen at all, and what lies within the feather of what is wholly chosen."""
    near = mask > 0
    rows, columns = np.nonzero(mask >= 128)
    for row, column in zip(rows, columns, strict=True):
        top, left = max(0, row - feather), max(0, column - feather)
        near[top : row + feather + 1, left : column + feather + 1] = True
    return near


def test_weights_fall_smoothly_from_one_to_nothing() -> None:
    mask = np.zeros((1, 30), np.uint8)
    mask[0, 10:12] = 255
    weight = weight_of(mask, 8)[0]
    assert (weight[10:12] == 1).all() and weight[19] == 0 and weight[1] == 0
    assert (np.diff(weight[11:20]) < 0).all() and weight[15] == pytest.approx(0.5)
    soft = weight_of(np.array([[0, 100, 127, 128, 0]], np.uint8), 0)[0]
    assert soft == pytest.approx([0, 100 / 255, 127 / 255, 1, 0])
    assert bounds_of(soft[None]) == Region(1, 0, 3, 1)


def test_not_even_one_pixel_is_lost_to_a_model(folder: Path) -> None:
    picture, mask = np.zeros((500, 400, 3), np.uint8), np.zeros((500, 400), np.uint8)
    mask[333, 222] = 255
    edit = Edit(operation=Operation.FILL, region=Region(0, 0, 400, 500))
    patch = patch_of(job_of(folder, picture, mask, edit), 64)
    size = patch.size(64, 8)
    cells = np.asarray(patch.mask(size, 8))
    assert (cells > 0).sum() == 64 and patch.edit.region == edit.region
    assert (np.asarray(patch.mask(size)) > 0).sum() == 1


def test_a_hole_takes_the_colours_around_it() -> None:
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[:, :30], picture[:, 30:] = (200, 0, 0), (0, 0, 200)
    hole = np.zeros((40, 60), bool)
    hole[10:30, 20:40] = True
    picture[hole] = 255
    filled = filled_from_around(picture, hole)
    assert (filled[~hole] == picture[~hole]).all() and filled[:, :, 1].max() == 0
    assert filled[20, 21, 0] > 120 > filled[20, 38, 0]
    nothing = filled_from_around(picture, np.ones((40, 60), bool))
    assert (nothing == picture).all()


@settings(deadline=None)
@given(width=st.integers(1, 900), height=st.integers(1, 900), side=st.sampled_from([8, 64, 200]))
def test_tiles_cover_a_picture(width: int, height: int, side: int) -> None:
    covered = np.zeros((height, width), np.uint8)
    tiles = tiles_of(width, height, side)
    for tile in tiles:
        assert tile.within(width, height) == tile and max(tile.width, tile.height) <= side
        covered[tile.top : tile.bottom, tile.left : tile.right] = 1
    assert covered.all()


def test_tiles_flow_into_each_other() -> None:
    picture = np.full((150, 230, 4), 90, np.uint8)
    tiling = Tiling(picture, tiles_of(230, 150, 64))
    call = Call(pipe=_Pipe(), num_inference_steps=4, start=Start(Image.new("RGB", (1, 1)), 0.5, True))
    same = np.asarray(tiling.painted(call, lambda mine, _: mine.start.picture))
    assert (same == picture).all()
    shades = np.asarray(tiling.painted(call, lambda _, place: Image.new("RGB", (8, 8), (place * 9,) * 3)))
    assert (shades[:, :, 3] == 90).all()
    across, down = (np.abs(np.diff(shades[:, :, 0].astype(int), axis=axis)).max() for axis in (1, 0))
    assert 0 < across <= 3 and 0 < down <= 3 * len({tile.left for tile in tiling.tiles})


class _Pipe:
    def __call__(self) -> None: ...


@pytest.mark.parametrize(
    ("region", "size"),
    [
        (Region(0, 0, 100, 100), (64, 64)),
        (Region(0, 0, 8192, 1), (128, 32)),
        (Region(5, 5, 200, 100), (88, 48)),
    ],
)
def test_a_model_works_at_its_own_size(region: Region, size: tuple[int, int]) -> None:
    assert working_size(region, 64, 8) == size
