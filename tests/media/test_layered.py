"""Layers go into files for other programs and come back; files that are meant to harm get a sentence."""

import io
import struct
import zipfile
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import BlendMode

from studio.core.edits import Region
from studio.core.errors import (
    FileUnwritable,
    FormatUnknown,
    LayersTooLarge,
    LayersTooMany,
    PictureTooLarge,
    PictureUnreadable,
    SidesTooLong,
)
from studio.core.layered_files import Lost
from studio.core.layers import MOST_LETTERS, SELECTION, Blending, Document, Layer, TextStyle
from studio.media import layer_files
from studio.media.compose import composite
from studio.media.layered import export_document, open_layered
from studio.media.planes import Plane

WIDTH, HEIGHT = 300, 280
WHOLE = Region(0, 0, WIDTH, HEIGHT)


@pytest.fixture
def made() -> tuple[Document, dict[str, Plane]]:
    """An opaque base, a small half-transparent layer that is hidden, one that shows, a mask, an empty one."""
    rng = np.random.default_rng(3)
    base = rng.integers(0, 256, (HEIGHT, WIDTH, 4), dtype=np.uint8)
    base[:, :, 3] = 255
    spot = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    spot[40:90, 250:300] = rng.integers(1, 256, (50, 50, 4), dtype=np.uint8)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[10:20, 30:60] = rng.integers(1, 256, (10, 30), dtype=np.uint8)
    planes = {"a": base, "b": spot, "c": spot[::-1].copy(), "d": mask, "e": np.zeros_like(base)}
    layers = (
        Layer(id="1", name="Base", plane="a"),
        Layer(id="2", name='山水 <&"\x00\x07', plane="b", opacity=0.6, visible=False),
        Layer(id="3", name="Spot", plane="c", opacity=0.2, blending=Blending.MULTIPLY),
        Layer(id="4", name="Mask of the sky", plane="d", kind="mask"),
        Layer(id="5", name="", plane="e"),
    )
    document = Document(id="x", name="Mine", width=WIDTH, height=HEIGHT, layers=layers, active="3")
    return document, {name: Plane.of(pixels) for name, pixels in planes.items()} | {
        SELECTION: Plane(WIDTH, HEIGHT, 1)
    }


def shown(document, planes):
    return composite(document, planes, Region(0, 0, document.width, document.height))


@pytest.mark.parametrize("suffix", [".ora", ".psd"])
def test_layers_come_back_as_they_went(made, tmp_path, suffix):
    document, planes = made
    target = tmp_path / f"out{suffix}"
    assert export_document(document, planes, target) == frozenset()
    opened = open_layered(target)
    back = opened.document
    assert (back.name, back.width, back.height, len(back.layers)) == ("out", WIDTH, HEIGHT, 5)
    assert [layer.visible for layer in back.layers[:3]] == [True, False, True]
    assert [layer.opacity for layer in back.layers[:3]] == pytest.approx([1, 0.6, 0.2], abs=0.002)
    names = [layer.name for layer in back.layers]
    assert names[:3] == ["Base", '山水 <&"', "Spot"] and names[3].startswith("Mask of the sky")
    for before, after in zip(document.layers[:3], back.layers, strict=False):
        assert np.array_equal(planes[before.plane].read(WHOLE), opened.planes[after.plane].read(WHOLE))
    assert back.layers[2].blending is Blending.MULTIPLY and opened.lost == frozenset()
    difference = np.abs(shown(back, opened.planes).astype(int) - shown(document, planes))
    assert difference.max() <= 1
    assert opened.planes[SELECTION].bounds().is_empty
    assert back.layer(back.active) is not None and not back.asset and not back.whole


def test_a_mask_stays_a_mask_in_openraster(made, tmp_path):
    document, planes = made
    export_document(document, planes, tmp_path / "out.ora")
    opened = open_layered(tmp_path / "out.ora")
    mask = opened.document.layers[3]
    assert (mask.kind, mask.name) == ("mask", "Mask of the sky")
    assert np.array_equal(opened.planes[mask.plane].read(WHOLE), planes["d"].read(WHOLE))


def test_openraster_is_as_its_specification_says(made, tmp_path):
    document, planes = made
    export_document(document, planes, tmp_path / "out.ora")
    assert (tmp_path / "out.ora").read_bytes()[30:54] == b"mimetypeimage/openraster"
    with zipfile.ZipFile(tmp_path / "out.ora") as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
        assert {"stack.xml", "mergedimage.png", "Thumbnails/thumbnail.png"} <= set(archive.namelist())
        image = ElementTree.fromstring(archive.read("stack.xml"))
        names = [layer.get("name") for layer in image.iter("layer")]
        assert names[-1] == "Base" and names[1] == "Mask of the sky (mask)"
        assert [layer.get("visibility") for layer in image.iter("layer")][1] == "hidden"
        spot = list(image.iter("layer"))[3]
        assert (spot.get("x"), spot.get("y"), spot.get("opacity")) == ("250", "40", "0.6000")
        merged = Image.open(io.BytesIO(archive.read("mergedimage.png")))
        assert np.array_equal(np.asarray(merged), shown(document, planes))
        assert max(Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png"))).size) <= 256


def test_photoshop_finds_the_merged_picture(made, tmp_path):
    document, planes = made
    export_document(document, planes, tmp_path / "out.psd")
    file = PSDImage.open(tmp_path / "out.psd")
    assert file.has_preview()
    merged = np.asarray(file.topil().convert("RGBA"))
    assert np.array_equal(merged[:, :, :3], shown(document, planes)[:, :, :3])
    assert [layer.name for layer in file][3:] == ["Mask of the sky (mask)", ""]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_a_flat_file_shows_what_is_seen(made, tmp_path, suffix):
    document, planes = made
    target = tmp_path / f"out{suffix}"
    assert export_document(document, planes, target) == {Lost.LAYERS}
    with Image.open(target) as image:
        assert image.size == (WIDTH, HEIGHT) and image.mode == "RGB"
        if suffix == ".png":
            assert np.array_equal(np.asarray(image), shown(document, planes)[:, :, :3])


def clear(side=8):
    pixels = np.zeros((side, side, 4), np.uint8)
    pixels[: side // 2] = (250, 0, 0, 255)
    layer = Layer(id="1", name="Base", plane="a")
    document = Document(id="x", name="", width=side, height=side, layers=(layer,), active="1")
    return document, {"a": Plane.of(pixels), SELECTION: Plane(side, side, 1)}


def test_jpeg_puts_what_is_clear_on_white_and_says_so(tmp_path):
    assert export_document(*clear(), tmp_path / "out.jpg") == {Lost.TRANSPARENCY}
    assert min(Image.open(tmp_path / "out.jpg").getpixel((4, 7))) > 240
    assert export_document(*clear(), tmp_path / "out.png") == frozenset()
    assert Image.open(tmp_path / "out.png").getpixel((4, 7)) == (0, 0, 0, 0)


def test_what_cannot_be_written_gets_a_sentence(tmp_path):
    with pytest.raises(FormatUnknown):
        export_document(*clear(), tmp_path / "out.xcf")
    with pytest.raises(FileUnwritable):
        export_document(*clear(), tmp_path / "nowhere" / "out.ora")
    wide = Document(id="x", name="", width=17_000, height=1, layers=(Layer(id="1", name="", plane="a"),))
    with pytest.raises(SidesTooLong):
        export_document(wide, {"a": Plane(17_000, 1, 4)}, tmp_path / "out.webp")
    assert list(tmp_path.iterdir()) == []


def test_only_files_of_layers_are_opened(tmp_path):
    with pytest.raises(FormatUnknown):
        open_layered(tmp_path / "a.png")


# Files from elsewhere.


def png(width=4, height=4, colour=(1, 2, 3, 255)) -> bytes:
    written = io.BytesIO()
    Image.new("RGBA", (width, height), colour).save(written, "PNG")
    return written.getvalue()


def ora(path: Path, stack: str | bytes, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("stack.xml", stack)
        for name, data in files.items():
            archive.writestr(name, data)
    return path


ONE = '<image w="8" h="8"><stack><layer src="a.png" x="2" y="-1"/></stack></image>'


def test_groups_and_blending_are_told(tmp_path):
    stack = """<image w="8" h="8"><stack>
        <stack opacity="0.5" visibility="hidden">
        <layer src="a.png" name="up" composite-op="svg:plus" opacity="0.5"/>
        </stack><layer src="b.png" name="low"/><text/></stack></image>"""
    opened = open_layered(ora(tmp_path / "a.ora", stack, **{"a.png": png(), "b.png": png()}))
    low, up = opened.document.layers
    assert (low.name, up.name, up.opacity, up.visible) == ("low", "up", 0.25, False)
    assert up.blending is Blending.NORMAL
    assert opened.lost == {Lost.GROUPS, Lost.BLENDING, Lost.ADJUSTMENT}


def test_a_group_that_blends_is_told_and_its_layers_blend_as_they_say(tmp_path):
    stack = """<image w="8" h="8"><stack><stack composite-op="svg:screen">
        <layer src="a.png" composite-op="krita:exclusion"/><layer src="a.png" composite-op="svg:color"/>
        </stack></stack></image>"""
    opened = open_layered(ora(tmp_path / "a.ora", stack, **{"a.png": png()}))
    assert [one.blending for one in opened.document.layers] == [Blending.COLOUR, Blending.EXCLUSION]
    assert opened.lost == {Lost.GROUPS, Lost.BLENDING}


@pytest.mark.parametrize("suffix", [".ora", ".psd"])
def test_every_way_of_blending_comes_back(tmp_path, suffix):
    layers = tuple(Layer(id=one, name=one, plane="a", blending=one) for one in Blending)
    document = Document(id="x", name="", width=8, height=8, layers=layers)
    export_document(document, {"a": Plane.of(np.full((8, 8, 4), 9, np.uint8))}, tmp_path / f"out{suffix}")
    opened = open_layered(tmp_path / f"out{suffix}")
    assert [one.blending for one in opened.document.layers] == list(Blending) and not opened.lost


def test_other_programs_find_the_names_that_they_know(tmp_path):
    layers = tuple(Layer(id=one, name=one, plane="a", blending=one) for one in Blending)
    document = Document(id="x", name="", width=8, height=8, layers=layers)
    planes = {"a": Plane.of(np.full((8, 8, 4), 9, np.uint8))}
    export_document(document, planes, tmp_path / "out.ora")
    with zipfile.ZipFile(tmp_path / "out.ora") as archive:
        stack = ElementTree.fromstring(archive.read("stack.xml"))
    said = {one.get("name"): one.get("composite-op") for one in stack.iter("layer")}
    assert said["normal"] == "svg:src-over" and said["color-dodge"] == "svg:color-dodge"
    export_document(document, planes, tmp_path / "out.psd")
    modes = {one.name: one.blend_mode for one in PSDImage.open(tmp_path / "out.psd")}
    assert modes["normal"] is BlendMode.NORMAL and modes["color"] is BlendMode.COLOR


# Words.

STYLE = TextStyle(text='山水 <&"\n\x07🌊', x=-3, y=2, size=40, family="Noto", bold=True, align="right")


def written(tmp_path: Path, style: TextStyle = STYLE) -> Path:
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[2:5, 1:7] = (250, 240, 9, 200)
    layer = Layer(id="1", name="Text 1", plane="a", kind="text", text=style)
    document = Document(id="x", name="", width=8, height=8, layers=(layer,), active="1")
    assert not export_document(document, {"a": Plane.of(pixels)}, tmp_path / "words.ora")
    return tmp_path / "words.ora"


def test_words_can_be_written_anew_from_openraster(tmp_path):
    opened = open_layered(written(tmp_path))
    (layer,) = opened.document.layers
    assert (layer.kind, layer.text) == ("text", STYLE) and opened.document.active == layer.id
    assert opened.planes[layer.plane].bounds() == Region(1, 2, 6, 3) and not opened.lost


@pytest.mark.parametrize(
    "style",
    [
        TextStyle(text=" \n", x=0, y=0),
        TextStyle(text="a" * (MOST_LETTERS + 1), x=0, y=0),
        TextStyle(text="a", x=10**9, y=0),
        TextStyle(text="a", x=0, y=-(10**9)),
        TextStyle(text="a", x=0, y=0, size=0),
        TextStyle(text="a", x=0, y=0, size=10**6),
        TextStyle(text="a", x=0, y=0, family="a" * 1000),
        TextStyle(text="a", x=0, y=0, colour="red; x"),
    ],
)
def test_words_beyond_what_can_be_drawn_stay_pixels(tmp_path, style):
    opened = open_layered(written(tmp_path, style))
    (layer,) = opened.document.layers
    assert (layer.kind, layer.text) == ("picture", None) and opened.lost == {Lost.WORDS}
    assert opened.planes[layer.plane].bounds() == Region(1, 2, 6, 3)


@pytest.mark.parametrize(
    "words",
    [b"", b"{}", b"\xff", b"[1]", b'{"text":"\\ud800","x":0,"y":0}', b'{"text":"a","x":1.5,"y":0}']
    + [b'{"text":"a","x":0,"y":0,"align":"up"}', b'{"o":' + b"[" * 50_000, b" " * 90_000],
    ids=range(9),
)
def test_words_that_make_no_sense_are_told(tmp_path, words):
    stack = ONE.replace("<layer", '<layer xmlns:w="urn:atelier" w:words="a.json"')
    opened = open_layered(ora(tmp_path / "a.ora", stack, **{"a.png": png(), "a.json": words}))
    assert opened.document.layers[0].text is None and opened.lost == {Lost.WORDS}
    opened = open_layered(ora(tmp_path / "b.ora", stack, **{"a.png": png()}))
    assert opened.document.layers[0].text is None and opened.lost == {Lost.WORDS}


def test_damaged_words_take_no_pixels_along(tmp_path):
    file = written(tmp_path)
    data = bytearray(file.read_bytes())
    with zipfile.ZipFile(file) as archive:
        data[archive.getinfo("data/words0.json").header_offset + 60] ^= 0xFF
    file.write_bytes(data)
    opened = open_layered(file)
    assert opened.document.layers[0].kind == "picture" and opened.lost == {Lost.WORDS}


def test_photoshop_gets_words_as_pixels_and_it_is_said(tmp_path):
    opened = open_layered(written(tmp_path))
    assert export_document(opened.document, opened.planes, tmp_path / "a.psd") == {Lost.WORDS}


def test_a_layer_beyond_the_edge_is_cut(tmp_path):
    opened = open_layered(ora(tmp_path / "a.ora", ONE, **{"a.png": png()}))
    plane = opened.planes[opened.document.layers[0].plane]
    assert plane.bounds() == Region(2, 0, 4, 3)


def test_a_missing_or_damaged_layer_is_told(tmp_path):
    stack = ONE.replace("</stack>", '<layer src="../../etc/passwd"/><layer/></stack>')
    opened = open_layered(ora(tmp_path / "a.ora", stack, **{"a.png": png()}))
    assert len(opened.document.layers) == 1 and opened.lost == {Lost.LAYER}
    stack = '<image w="8" h="8"><stack><layer src="a.png"/><layer src="b.png"/></stack></image>'
    opened = open_layered(ora(tmp_path / "b.ora", stack, **{"a.png": png(), "b.png": png()[:40]}))
    assert len(opened.document.layers) == 1 and opened.lost == {Lost.LAYER}


def test_one_damaged_file_of_the_archive_takes_no_other_along(tmp_path):
    stack = '<image w="8" h="8"><stack><layer src="a.png"/><layer src="b.png"/></stack></image>'
    file = ora(tmp_path / "a.ora", stack, **{"a.png": png(), "b.png": png(colour=(9, 8, 7, 6))})
    data = bytearray(file.read_bytes())
    with zipfile.ZipFile(file) as archive:
        data[archive.getinfo("b.png").header_offset + 50] ^= 0xFF
    file.write_bytes(data)
    opened = open_layered(file)
    assert len(opened.document.layers) == 1 and opened.lost == {Lost.LAYER}


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]>' + ONE


@pytest.mark.parametrize(
    "stack",
    ["", "<image", "<html/>", BOMB, ONE.replace('"8"', '"-8"'), ONE.replace('"8"', '"x"'), " " * 3_000_000]
    + ['<image w="8" h="8"><stack/></image>'],
)
def test_a_stack_that_makes_no_sense_is_refused(tmp_path, stack):
    with pytest.raises(PictureUnreadable):
        open_layered(ora(tmp_path / "a.ora", stack, **{"a.png": png()}))
    assert [path.name for path in tmp_path.iterdir()] == ["a.ora"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_a_stack_in_another_encoding_hides_no_document_type(tmp_path, encoding):
    declared = encoding.removesuffix("-le")
    bomb = f'<?xml version="1.0" encoding="{declared}"?><!--ä-->' + BOMB.replace("<image", "<image n='&c;'")
    stack = (bomb if encoding != "latin-1" else ONE.replace("<stack", "<!--ä--><stack")).encode(encoding)
    with pytest.raises(PictureUnreadable):
        open_layered(ora(tmp_path / "a.ora", stack, **{"a.png": png()}))


@pytest.mark.parametrize("opacity", ["nan", "inf", "-inf", "1e999", "much"])
def test_an_opacity_that_is_no_number_is_refused(tmp_path, opacity):
    stack = ONE.replace("<layer", f'<layer opacity="{opacity}"')
    with pytest.raises(PictureUnreadable):
        open_layered(ora(tmp_path / "a.ora", stack, **{"a.png": png()}))


def test_opacities_and_names_stay_within_bounds(tmp_path):
    stack = ONE.replace("<layer", f'<layer opacity="1e300" name="{"x" * 100_000}"')
    [layer] = open_layered(ora(tmp_path / "a.ora", stack, **{"a.png": png()})).document.layers
    assert (layer.opacity, layer.name) == (1.0, "x" * 200)


def test_names_that_lead_out_are_read_nowhere(tmp_path):
    (tmp_path / "secret.png").write_bytes(png())
    inside = tmp_path / "inside"
    inside.mkdir()
    file = ora(inside / "a.ora", ONE.replace("a.png", "../secret.png"))
    with pytest.raises(PictureUnreadable):
        open_layered(file)
    file = ora(inside / "b.ora", ONE.replace("a.png", "../../out.png"), **{"../../out.png": png()})
    assert len(open_layered(file).document.layers) == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.ora", "b.ora", "inside", "secret.png"]


def test_bombs_are_refused_before_they_are_decoded(tmp_path, monkeypatch):
    huge = png()
    start = b"IHDR" + struct.pack(">II", 30_000, 30_000) + huge[24:29]
    huge = huge[:12] + start + struct.pack(">I", zlib.crc32(start)) + huge[33:]
    one = ora(tmp_path / "a.ora", ONE, **{"a.png": huge})
    other = ora(tmp_path / "b.ora", ONE.replace('"8"', '"90000"'), **{"a.png": png()})
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("it was decoded"))
    for file in (one, other):
        with pytest.raises(PictureTooLarge):
            open_layered(file)


def test_zip_bombs_are_read_up_to_a_bound(tmp_path, monkeypatch):
    monkeypatch.setattr("studio.media.openraster._LAYER_LIMIT", 100_000)
    with pytest.raises(PictureUnreadable):
        open_layered(ora(tmp_path / "a.ora", ONE, **{"a.png": png() + bytes(10_000_000)}))


def test_too_many_layers_and_too_much_of_them(tmp_path, monkeypatch):
    stack = '<image w="8" h="8"><stack>' + '<layer src="a.png"/>' * 201 + "</stack></image>"
    with pytest.raises(LayersTooMany):
        open_layered(ora(tmp_path / "a.ora", stack, **{"a.png": png()}))
    with pytest.raises(LayersTooMany):
        open_layered(ora(tmp_path / "c.ora", stack.replace("a.png", "missing.png"), **{"a.png": png()}))
    monkeypatch.setattr(layer_files, "LAYERS_LIMIT", 1000)
    with pytest.raises(LayersTooLarge):
        open_layered(
            ora(tmp_path / "b.ora", stack.replace('<layer src="a.png"/>', "", 1), **{"a.png": png()})
        )


@pytest.mark.parametrize("suffix", [".ora", ".psd"])
@pytest.mark.allow_log("psd_tools")
def test_what_breaks_off_is_refused_wherever_it_does(made, tmp_path, suffix):
    export_document(*made, tmp_path / f"whole{suffix}")
    data = (tmp_path / f"whole{suffix}").read_bytes()
    file = tmp_path / f"cut{suffix}"
    for share in (0, 0.001, 0.3):
        file.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(PictureUnreadable):
            open_layered(file)
    with pytest.raises(PictureUnreadable):
        open_layered(tmp_path / f"nowhere{suffix}")
    file.write_bytes(np.random.default_rng(1).bytes(5000))
    with pytest.raises(PictureUnreadable):
        open_layered(file)


def test_a_psd_with_more_than_layers_is_told(tmp_path):
    file = PSDImage.new("RGBA", (20, 10))
    low = file.create_pixel_layer(Image.new("RGBA", (20, 10), (9, 9, 9, 255)), name="low")
    low.create_mask(Image.new("L", (10, 10), 255))
    up = file.create_pixel_layer(Image.new("RGBA", (4, 4), (200, 9, 9, 255)), name="up", left=-2, top=8)
    up.blend_mode = BlendMode.LINEAR_BURN
    file.create_group([up], name="group", opacity=128)
    file.save(tmp_path / "a.psd")
    opened = open_layered(tmp_path / "a.psd")
    below, above = opened.document.layers
    assert (below.name, above.name) == ("low", "up") and above.opacity == pytest.approx(0.5, abs=0.01)
    assert opened.planes[below.plane].bounds() == Region(0, 0, 10, 10)
    assert opened.planes[above.plane].bounds() == Region(0, 8, 2, 2)
    assert opened.lost == {Lost.BLENDING, Lost.GROUPS}


def test_a_psd_without_layers_is_its_picture(tmp_path):
    PSDImage.frompil(Image.new("CMYK", (20, 10), (255, 0, 0, 255))).save(tmp_path / "flat.psd")
    opened = open_layered(tmp_path / "flat.psd")
    (layer,) = opened.document.layers
    red, green, _, alpha = opened.planes[layer.plane].read(Region(3, 3, 1, 1))[0, 0]
    assert layer.name == "flat" and opened.lost == {Lost.COLOURS}
    assert red > 200 and green < 60 and alpha == 255


def test_a_psd_that_says_it_is_huge_is_refused_by_its_header(tmp_path):
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, 30_000, 30_000, 8, 3)
    (tmp_path / "huge.psd").write_bytes(header + bytes(1000))
    with pytest.raises(PictureTooLarge):
        open_layered(tmp_path / "huge.psd")
