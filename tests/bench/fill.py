"""Filling a fifth of a picture of 1024 × 1024, against the bare pipeline on the same crop in a script."""

import tempfile
from pathlib import Path

import msgspec
from PIL import Image

from studio.core.edits import Edit, Operation, Region, context, working_size
from studio.core.inputs import InputPicture, Role
from studio.core.model import ModelSpec
from studio.session import Session
from tests.bench.figures import Figure
from tests.bench.painters import painted, painters
from tests.bench.pairs import compare
from tests.bench.script import running
from tests.bench.starters import PROMPT
from tests.bench.studio_session import open_session, run_pictures

ROUNDS = {True: (12, 4), False: (6, 1)}  # pairs, and takes at once: of the starter, of the large one
BAR = 1.05
SIDE = 1024
CHOSEN = Region(280, 300, 458, 458)  # a fifth
FEATHER = 16


def measure() -> list[Figure]:
    with open_session() as session, painters() as models, tempfile.TemporaryDirectory() as folder:
        return [_row(session, model, Path(folder)) for model in models]


def _row(session: Session, model: ModelSpec, folder: Path) -> Figure:
    rounds, number = ROUNDS[model.starter]
    picture, mask = _scene()
    picture.save(folder / "picture.png")
    mask.save(folder / "mask.png")
    edit = Edit(operation=Operation.FILL, feather=FEATHER)
    inputs = tuple(
        InputPicture(role=role, path=str(folder / f"{name}.png"), name=name, width=SIDE, height=SIDE)
        for role, name in ((Role.CHANGE, "picture"), (Role.MASK, "mask"))
    )
    side = model.defaults.width or SIDE
    region = context(CHOSEN.grown(FEATHER), SIDE, SIDE, side)
    size = working_size(region, side, 8)
    box = (region.left, region.top, region.right, region.bottom)
    with running("tests.bench.bare_fill", msgspec.json.encode(model).decode()) as script:

        def ours(seed: int) -> float:
            job = msgspec.structs.replace(painted(model, number, seed), edit=edit, inputs=inputs)
            return run_pictures(session, job)

        def bare(seed: int) -> float:
            paths = {"picture": str(folder / "picture.png"), "mask": str(folder / "mask.png")}
            wishes = {"box": box, "size": size, "prompt": PROMPT, "number": number, "seed": seed}
            return script.ask(**paths, **wishes)["seconds"]

        compared = compare(rounds, ours, bare)
    ratio = compared.ratio
    note = (
        f"{model.name}, {number} takes at {size[0]} × {size[1]}; median of {len(compared.ratios)} pairs, "
        f"{min(compared.ratios):.2f} to {max(compared.ratios):.2f}"
    )
    return Figure("time of a fill / bare pipeline", f"{ratio:.3f}", f"≤ {BAR}", ratio <= BAR, note)


def _scene() -> tuple[Image.Image, Image.Image]:
    """A picture with some grain, as photographs have, and its mask."""
    grain = Image.effect_noise((SIDE, SIDE), 12)
    sky = Image.linear_gradient("L").resize((SIDE, SIDE))
    picture = Image.merge("RGB", (Image.blend(sky, grain, 0.2), sky, grain))
    mask = Image.new("L", (SIDE, SIDE))
    mask.paste(255, (CHOSEN.left, CHOSEN.top, CHOSEN.right, CHOSEN.bottom))
    return picture, mask
