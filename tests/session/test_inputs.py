"""Pictures that jobs begin with: taken into the library in a thread, and there when the job runs."""

import hashlib
import io
import os
import threading
from pathlib import Path

import msgspec
import pytest
from PIL import Image, ImageDraw

from studio.core.errors import LibraryMissing, NotFound, PictureTooSmall, PictureUnreadable
from studio.core.ids import new_id
from studio.core.inputs import Role, UsedInput
from studio.core.jobs import decode_job, encode_job
from studio.core.recipe import Recipe
from studio.core.records import Asset
from studio.media.recipes import write_png
from studio.session import Session
from tests.session.conftest import picture
from tests.session.test_session import LONG, ended

SOON = 20  # seconds


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    image = Image.new("RGB", (64, 48), (200, 40, 30))
    ImageDraw.Draw(image).rectangle((0, 0, 20, 20), fill=(10, 200, 30))
    image.save(tmp_path / "photo.jpg")
    return tmp_path / "photo.jpg"


def test_a_copy_outlives_its_source_in_the_job_that_waits(session: Session, photo: Path) -> None:
    one = session.inputs.take(photo, Role.REFER).result(SOON)
    photo.unlink()
    job = decode_job(encode_job(msgspec.structs.replace(picture("a boat"), inputs=(one,))))
    (kept,) = job.inputs
    assert (kept.role, kept.name, kept.width, kept.height, kept.asset) == (
        Role.REFER,
        "photo.jpg",
        64,
        48,
        "",
    )
    data = Path(kept.path).read_bytes()
    assert Path(kept.path).is_relative_to(session.paths.inputs)
    assert hashlib.sha256(data).hexdigest() == kept.hash
    assert Image.open(io.BytesIO(data)).size == (64, 48)


def test_a_library_that_is_away_is_not_made_anew(session: Session, photo: Path) -> None:
    library = session.paths.library
    away = library.rename(library.with_name("away"))
    try:
        with pytest.raises(LibraryMissing):
            session.inputs.take(photo).result()
        assert not library.exists()
    finally:
        away.rename(library)


def test_what_the_clipboard_gives_is_taken_too(session: Session, photo: Path) -> None:
    data = io.BytesIO()
    Image.open(photo).save(data, "PNG")
    one = session.inputs.take(data.getvalue(), name="pasted").result(SOON)
    assert (one.role, one.name, one.width) == (Role.START, "pasted", 64)


def test_decoding_happens_in_a_thread_of_its_own(session: Session, photo: Path, monkeypatch) -> None:
    seen = list[threading.Thread]()
    load = Image.Image.load
    monkeypatch.setattr(
        Image.Image, "load", lambda self: (seen.append(threading.current_thread()), load(self))[1]
    )
    session.inputs.take(photo).result(SOON)
    assert seen and threading.main_thread() not in seen


def test_a_picture_of_the_library_is_used_where_it_lies(session: Session, qtbot) -> None:
    job = picture("a boat")
    with qtbot.waitSignal(session.job_changed, timeout=LONG, check_params_cb=ended(job.id)) as last:
        session.generate(job)
    asset = session.asset(last.args[0].assets[0])
    one = session.inputs.of_asset(asset).result(SOON)
    assert (one.path, one.asset, one.name) == (str(session.absolute(asset)), asset.id, "a boat")
    assert one.hash == hashlib.sha256(session.absolute(asset).read_bytes()).hexdigest()
    assert not session.paths.inputs.exists()
    used = UsedInput(role=Role.REFER, asset=asset.id, name="a boat", weight=0.4)
    again = session.inputs.of_used(used).result(SOON)
    assert (again.path, again.role, again.weight) == (one.path, Role.REFER, 0.4)


def test_a_recipe_finds_the_copy_again_by_its_hash(session: Session, photo: Path) -> None:
    one = session.inputs.take(photo).result(SOON)
    used = UsedInput(role=Role.START, name="photo.jpg", hash=one.hash)
    assert session.inputs.of_used(used).result(SOON) == one
    for strange in (
        UsedInput(role=Role.START, hash="../" * 20),
        UsedInput(role=Role.START, asset=new_id(), hash="0" * 64),
        UsedInput(role=Role.START),
    ):
        with pytest.raises(NotFound):
            session.inputs.of_used(strange).result(SOON)


def test_a_copy_goes_with_the_last_picture_that_began_with_it(session: Session, photo: Path, qtbot) -> None:
    one = session.inputs.take(photo, Role.REFER).result(SOON)
    os.utime(one.path, (0, 0))  # as on another day
    recipe = Recipe(asset=new_id(), inputs=(UsedInput(role=Role.REFER, hash=one.hash),))
    staged = session.paths.staging / new_id() / new_id() / f"{recipe.asset}.png"
    staged.parent.mkdir(parents=True)
    write_png(Image.new("RGB", (16, 16)), staged, recipe)
    asset = session._writer.submit(lambda library: library.adopt(staged)).result(SOON)
    session.trash([asset.id])
    with qtbot.waitSignal(session.asset_changed, timeout=LONG):
        pass
    assert Path(one.path).exists()
    with qtbot.waitSignal(session.assets_removed, timeout=LONG):
        session.erase([asset.id])
    qtbot.waitUntil(lambda: not Path(one.path).exists(), timeout=LONG)


def test_no_row_leads_out_of_the_library(session: Session, photo: Path) -> None:
    out = Asset(id=new_id(), path="../../" * 8 + str(photo).lstrip("/"), width=64, height=48, created=0.0)
    with pytest.raises(PictureUnreadable):
        session.inputs.of_asset(out).result(SOON)


def test_what_is_wrong_is_told_in_the_end(session: Session, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(PictureUnreadable):
        session.inputs.take(tmp_path / "text.png").result(SOON)


def test_what_has_no_file_goes_by_its_name_when_it_is_refused(session: Session) -> None:
    data = io.BytesIO()
    Image.new("RGB", (1, 1)).save(data, "PNG")
    with pytest.raises(PictureTooSmall) as caught:
        session.inputs.take(data.getvalue(), name="Pasted picture").result(SOON)
    assert str(caught.value).startswith("The picture Pasted picture has only 1 × 1 pixels")
