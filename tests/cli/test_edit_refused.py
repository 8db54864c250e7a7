"""What `studio edit` refuses, each with a sentence: contradictions, values, names, bad pictures and masks."""

import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import SIZE, Studio
from tests.cli.editing import edit, mask

__all__ = ["edit", "mask"]

CONTRADICTIONS = {
    "PROMPT": [[], ["--strength", "0.4"], ["--mask", "MASK"], ["--instruct"]],
    "--crop": [["--upscale", "2", "--crop", "0,0,9,9"]],
    "--remove": [["--remove", "--background", "--mask", "MASK"]],
    "--operation extend": [["--operation", "extend", "--upscale", "2"]],
    "--outpaint": [["--operation", "extend"], ["--outpaint", "8,0,0,0", "--mask", "MASK"]],
    "--mask": [["a boat", "--operation", "fill"], ["--remove"], ["--crop", "0,0,9,9", "--mask", "MASK"]],
    "--seed": [["--cut-out", "--seed", "3"], ["--blur", "2", "--seed", "3"]],
    "--region": [["--upscale", "2", "--region", "0,0,9,9"]],
    "-n": [["--cut-out", "-n", "2"]],
}


@pytest.mark.parametrize("named", CONTRADICTIONS)
def test_what_does_not_go_together_is_told(studio: Studio, photo: Path, mask: Path, home: Path, named: str):
    for words in CONTRADICTIONS[named]:
        said = studio(
            "edit", str(photo), *(str(mask) if word == "MASK" else word for word in words), "--json"
        )
        assert (said.code, said.object["code"]) == (2, "wrong_usage"), words
        assert named in said.object["message"], said.object["message"]
        assert said.object["hint"] == "`studio edit --help` shows what can be said."
    assert not home.exists()


VALUES = [
    ["--crop", "1,2,3"],
    ["--crop", "0,0,0,9"],
    ["--outpaint", "-1,0,0,0"],
    ["--levels", "200,1,100"],
    ["--hue", "300"],
    ["--sharpen", "nan"],
    ["--rotate", "500"],
    ["--blur", "inf"],
    ["--flip", "sideways"],
    ["--resize", "big"],
    ["--operation", "by-hand"],
    ["--upscale", "0"],
    ["--upscale", "1"],
    ["--upscale", "nan"],
    ["--output", ""],
    ["--recipe", ""],
]


@pytest.mark.parametrize("words", VALUES, ids=" ".join)
def test_a_value_that_is_none_is_told_by_its_option(studio: Studio, photo: Path, words: list[str]):
    said = studio("edit", str(photo), *words, "--json")
    assert (said.code, said.object["code"]) == (2, "wrong_usage")
    assert words[0] in said.object["message"]


@pytest.mark.parametrize(
    "words", [["--outpaint", "9999,0,0,0"], ["--upscale", "9"], ["a", "--strength", "5"]]
)
def test_what_is_out_of_range_is_told_by_its_option(edit, words: list[str]):
    said = edit(*words)
    option = next(word for word in words if word.startswith("--"))
    assert said.code == 2 and said.object["message"].startswith(f"{option} is ")


def test_an_extension_by_nothing_is_told(edit):
    said = edit("--outpaint", "0,0,0,0")
    assert (said.code, said.object["code"]) == (2, "nothing_extended")


def test_what_is_changed_is_not_written_over(studio: Studio, photo: Path, mask: Path, home: Path):
    before = photo.read_bytes(), mask.read_bytes()
    numbered = photo.with_stem("photo-2")
    numbered.write_bytes(before[0])
    for words in (
        [photo, "--blur", "2", "-o", photo.parent / "." / "photo.png"],
        [photo, "--blur", "2", "--mask", mask, "-o", mask],
        [numbered, "a tree", "-n", "2", "-o", photo],
    ):
        said = studio("edit", *map(str, words), "--json")
        assert (said.code, said.object["code"]) == (2, "wrong_usage"), said
        assert "would be written over" in said.object["message"]
    assert (photo.read_bytes(), mask.read_bytes()) == before and not home.exists()


def test_several_pictures_go_into_a_folder_that_is_not_theirs(studio: Studio, photo: Path, mask: Path):
    words = ["edit", str(photo), str(mask), "--blur", "2", "--json"]
    said = studio(*words, "-o", str(photo.parent / "x.png"))
    assert (said.code, "-o has to be a folder" in said.object["message"]) == (2, True)
    said = studio(*words, "-o", str(photo.parent))
    assert (said.code, "would be written over" in said.object["message"]) == (2, True)


def announcing(width: int, height: int) -> bytes:
    """A PNG of that size, as far as its header says."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = (header, b"IDAT" + zlib.compress(bytes(100)), b"IEND")
    framed = (struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)) for one in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def test_bad_pictures_and_masks_are_told_each_by_a_sentence(
    edit, studio: Studio, photo: Path, tmp_path: Path
):
    def saved(name: str, image: Image.Image, **how) -> str:
        image.save(tmp_path / name, **how)
        return str(tmp_path / name)

    whole = photo.read_bytes()
    (tmp_path / "short.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "bomb.png").write_bytes(announcing(30_000, 30_000))
    bomb = str(tmp_path / "bomb.png")
    for given, code in {
        saved("other.png", Image.new("L", (48, 64), 255)): "mask_unfit",
        saved("black.png", Image.new("L", SIZE)): "nothing_chosen",
        str(tmp_path / "short.png"): "picture_cut_short",
        str(tmp_path / "text.png"): "picture_unreadable",
        str(tmp_path / "missing.png"): "picture_unreadable",
        bomb: "picture_too_large",
    }.items():
        said = edit("a boat", "--mask", given)
        assert (said.code, said.object["code"]) == (2 if "mask" in code or "chosen" in code else 1, code)
        assert said.object["message"] and said.object["hint"]
    for picture, code in {
        str(tmp_path / "short.png"): "picture_cut_short",
        bomb: "picture_too_large",
        "01234567-89ab-7def-8123-456789abcdef": "not_found",
    }.items():
        said = studio("edit", picture, "--blur", "1", "--json")
        assert said.code and said.object["code"] == code
    for words, code in {
        ("a boat", "--operation", "paint-over", "--region", "500,0,64,64"): "region_outside",
        ("--crop", "500,0,64,64"): "region_outside",
        ("--upscale", "9"): "value_out_of_range",
        ("--resize", "9000x9000"): "size_out_of_range",
        ("a boat", "--instruct"): "model_unable",
    }.items():
        said = studio("edit", str(photo), *words, "--json") if words[0][0] == "-" else edit(*words)
        assert said.code and said.object["code"] == code, (words, said)


def test_of_a_file_that_cannot_be_read_it_is_told_why(studio: Studio, tmp_path: Path, monkeypatch):
    (tmp_path / "empty.png").touch()
    for path, words in {
        tmp_path / "empty.png": "is empty",
        tmp_path: "a folder",
        tmp_path / "gone.png": "no such file",
    }.items():
        said = studio("edit", str(path), "--blur", "2", "--json")
        assert (said.code, said.object["code"]) == (1, "picture_unreadable") and words in said.object["hint"]


def test_names_that_lead_nowhere_are_told(studio: Studio, photo: Path, tmp_path: Path):
    loop = tmp_path / "loop.png"
    loop.symlink_to(loop)
    said = studio("edit", str(loop), "--blur", "2", "--json")
    assert (said.code, said.object["code"]) == (1, "picture_unreadable")
    said = studio("edit", str(photo), "--blur", "2", "-o", f"{'x' * 300}.png", "--json")
    assert (said.code, said.object["code"]) == (1, "file_unwritable")
    said = studio("edit", f"{'x' * 300}.png", "--blur", "2", "-o", str(tmp_path / "o.png"), "--json")
    assert (said.code, said.object["code"]) == (1, "picture_unreadable")
    said = studio("edit", "--json")
    assert said.object["message"] == "What is missing: IMAGE."
