"""How far two pictures are apart."""

from pathlib import Path

import pytest
from PIL import Image

from studio.core.errors import PictureUnreadable
from studio.media import likeness
from studio.media.likeness import squared_error


def save(picture: Image.Image, path: Path) -> Path:
    picture.save(path)
    return path


def test_the_same_picture_is_no_way_off(tmp_path: Path) -> None:
    one = save(Image.radial_gradient("L").convert("RGB"), tmp_path / "one.png")
    other = save(Image.radial_gradient("L"), tmp_path / "other.png")
    assert squared_error(one, other) == 0


def test_it_is_the_mean_square_over_all_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Image.new("RGB", (6, 4), (10, 20, 30))
    changed = plain.copy()
    changed.putpixel((5, 3), (13, 16, 30))  # in the last row
    one, other = save(plain, tmp_path / "one.png"), save(changed, tmp_path / "other.png")
    wanted = (3**2 + 4**2) / (6 * 4 * 3)
    assert squared_error(one, other) == squared_error(other, one) == pytest.approx(wanted)
    monkeypatch.setattr(likeness, "_AT_ONCE", 7)  # a row at a time
    assert squared_error(one, other) == pytest.approx(wanted)
    black, white = (
        save(Image.new("RGB", (2, 2), name), tmp_path / f"{name}.png") for name in ("black", "white")
    )
    assert squared_error(black, white) == 255**2


def test_what_cannot_be_compared_is_refused(tmp_path: Path) -> None:
    one = save(Image.new("RGB", (6, 4)), tmp_path / "one.png")
    with pytest.raises(PictureUnreadable):
        squared_error(one, save(Image.new("RGB", (4, 6)), tmp_path / "turned.png"))
    with pytest.raises(PictureUnreadable):
        squared_error(one, tmp_path / "gone.png")
