"""A picture model in one file and the folder that it borrows from."""

from pathlib import Path

import msgspec

from studio.catalog.inspect import inspect_model
from studio.core.model import Ability, ModelSpec
from studio.session import Session
from tests import zoo

FILE = ModelSpec(
    id="local/ink",
    name="Ink",
    family="diffusion",
    base="UNet2DConditionModel",
    abilities=(Ability.GENERATE,),
    path="/models/ink.safetensors",
    suits="sdxl",
)


def test_a_single_file_names_what_it_needs_until_a_folder_of_its_kind_is_here(
    qtbot, session: Session, tmp_path: Path
) -> None:
    assert session.models.lender_wanted(FILE) == "stabilityai/stable-diffusion-xl-base-1.0"
    assert session.models.lender_wanted(msgspec.structs.replace(FILE, lender="/models/sdxl")) == ""
    assert session.models.lender_wanted(msgspec.structs.replace(FILE, path=str(tmp_path))) == ""
    folder = zoo.stable_diffusion(tmp_path / "painter")
    session.models.adopt(folder).result(10)
    qtbot.waitUntil(lambda: str(folder) in {spec.path for spec in session.models.installed()}, timeout=10_000)
    kind = inspect_model(folder).suits
    assert session.models.lender_wanted(msgspec.structs.replace(FILE, suits=kind)) == ""
