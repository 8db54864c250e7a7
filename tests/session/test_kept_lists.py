"""Personas, presets and templates: kept in files that another process may change, and that may be damaged."""

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import QObject

from studio.core.chat_templates import Template, expanded, parsed, values_in, variables_of
from studio.core.errors import (
    ExamplesTooMany,
    FileUnwritable,
    KeptTooLong,
    NameMissing,
    PictureUnreadable,
    TemplateNameUnfit,
    TemplateUnfilled,
)
from studio.core.paths import Paths
from studio.core.personas import Example, Persona
from studio.core.sampling import Sampling
from studio.session.chat_presets import ChatPresetDesk
from studio.session.chat_templates import ChatTemplateDesk, shipped_templates
from studio.session.kept_lists import KeptList
from studio.session.personas import PersonaDesk


@pytest.fixture
def parent(qapp) -> Iterator[QObject]:
    made = QObject()
    yield made
    for desk in made.findChildren(QObject):
        if isinstance(desk, KeptList):
            desk.close()
    made.deleteLater()


@pytest.fixture
def end(qtbot):
    def wait(future: Future[Any]) -> Any:
        qtbot.waitUntil(future.done, timeout=10_000)
        return future.result()

    return wait


def test_a_persona_is_kept_with_its_face_and_goes_with_it(parent, end, paths: Paths, tmp_path: Path, qtbot):
    desk = PersonaDesk(paths, parent)
    Image.new("RGB", (40, 30), "navy").save(tmp_path / "face.jpg")
    persona = Persona(
        id="",
        name=" Lighthouse\nkeeper ",
        examples=(Example(user="Hi", assistant="Ahoy"),),
        picture="../x.png",
    )
    with qtbot.waitSignal(desk.changed):
        kept = end(desk.save(persona, tmp_path / "face.jpg"))
    assert (kept.name, kept.examples, desk.all()) == ("Lighthouse keeper", persona.examples, (kept,))
    face = desk.picture(kept)
    assert face is not None and face.is_file()
    # Another process reads the same, and adds one of its own.
    beside = PersonaDesk(paths, parent)
    assert beside.all() == (kept,)
    end(beside.save(Persona(id="", name="Ada")))
    end(desk.save(Persona(id=kept.id, name="Keeper", picture=kept.picture)))
    assert [one.name for one in desk.all()] == ["Ada", "Keeper"]
    end(desk.remove(kept.id))
    assert [one.name for one in desk.all()] == ["Ada"] and not face.exists()
    assert desk.picture(Persona(id="", name="x", picture="../../settings.json")) is None


def test_what_cannot_be_a_persona_is_refused_and_leaves_nothing(parent, end, paths: Paths, tmp_path: Path):
    desk = PersonaDesk(paths, parent)
    for persona, error in (
        (Persona(id="", name=" \n"), NameMissing),
        (Persona(id="", name="x" * 81), KeptTooLong),
        (Persona(id="", name="x", system="y" * 200_001), KeptTooLong),
        (Persona(id="", name="x", examples=(Example(user="a", assistant="b"),) * 51), ExamplesTooMany),
    ):
        with pytest.raises(error):
            end(desk.save(persona))
    with pytest.raises(PictureUnreadable):
        end(desk.save(Persona(id="", name="x"), tmp_path / "gone.png"))
    assert desk.all() == () and not paths.personas.exists()


def test_presets_have_one_name_each(parent, end, paths: Paths):
    desk = ChatPresetDesk(paths, parent)
    end(desk.save("Wild", Sampling(temperature=1.4, banned=("as an AI",))))
    end(desk.save("calm", Sampling(temperature=0.2)))
    end(desk.save("wild", Sampling(temperature=1.5)))
    assert [(one.name, one.sampling.temperature) for one in ChatPresetDesk(paths, parent).all()] == [
        ("calm", 0.2),
        ("wild", 1.5),
    ]
    end(desk.remove("WILD"))
    assert [one.name for one in desk.all()] == ["calm"]


def test_own_templates_take_the_place_of_shipped_ones_until_they_are_removed(parent, end, paths: Paths):
    desk = ChatTemplateDesk(paths, parent)
    shipped = [one.name for one in desk.all()]
    assert shipped == ["summarise", "translate", "brainstorm", "title", "总结", "翻译", "头脑风暴", "标题"]
    end(desk.save(Template(name="/Translate", text="To French: {input}")))
    own = desk.all()[0]
    assert (own.name, own.own, len(desk.all())) == ("Translate", True, 8)
    end(desk.remove("translate"))
    assert [one.name for one in desk.all()] == shipped
    for name, error in ((" / ", NameMissing), ("two words", TemplateNameUnfit), ("a/b", TemplateNameUnfit)):
        with pytest.raises(error):
            end(desk.save(Template(name=name, text="x")))


DAMAGED = [b"{", b"\xff\xfe", b'[{"name":"calm","sampling":{}},{"name":7}]', b"[" * 100_000]


@pytest.mark.parametrize("data", DAMAGED, ids=lambda data: repr(data[:40]))
def test_a_damaged_file_is_told_and_kept_aside(parent, end, paths: Paths, data: bytes, qtbot):
    paths.chat_presets.parent.mkdir(parents=True)
    paths.chat_presets.write_bytes(data)
    desk = ChatPresetDesk(paths, parent)
    with qtbot.waitSignal(desk.problem_raised) as told:
        names = [one.name for one in desk.all()]
    assert told.args and told.args[0].code == "chat_file_damaged"
    assert names == (["calm"] if b"calm" in data else [])
    end(desk.save("wild", Sampling()))
    [aside] = paths.chat_presets.parent.glob("*.damaged-*")
    assert aside.read_bytes() == data
    assert [one.name for one in desk.all()] == [*names, "wild"]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no file here that nobody can read")
def test_a_file_that_cannot_be_read_now_is_not_written_over(parent, end, paths: Paths):
    paths.chat_presets.parent.mkdir(parents=True)
    paths.chat_presets.symlink_to("/proc/self/mem")
    desk = ChatPresetDesk(paths, parent)
    assert desk.all() == ()
    with pytest.raises(FileUnwritable):
        end(desk.save("wild", Sampling()))
    assert paths.chat_presets.is_symlink()


def test_a_call_is_told_from_a_message():
    templates = shipped_templates()
    found = parsed("/Translate  language=French  Guten Tag", templates)
    assert found is not None and found[0].name == "translate"
    assert values_in(*found) == ({"language": "French"}, "Guten Tag")
    assert values_in(found[0], 'language="very old English" a=b') == ({"language": "very old English"}, "a=b")
    for text in ("translate this", "/unknown x", "/ translate", "//translate", "a /translate"):
        assert parsed(text, templates) is None
    assert parsed("/翻译 hello", templates) == (templates[5], "hello")


def test_places_are_filled_once_and_what_is_said_is_never_taken_for_one():
    template = Template(name="t", text="In {tone=plain} {language}: {input}")
    assert variables_of(template) == ("tone", "language")
    assert expanded(template, " {tone} ", {"language": "{input}"}) == "In plain {input}: {tone}"
    with pytest.raises(TemplateUnfilled, match="language"):
        expanded(template, "x", {"language": " "})
    bare = Template(name="t", text="Sum up {input}")
    with pytest.raises(TemplateUnfilled, match="input"):
        expanded(bare, " ", {})
    assert expanded(bare, "", {}, with_files=True) == "Sum up"
    known = Template(name="t", text="Sum up {input=what was said}")
    assert expanded(known, "", {}) == "Sum up what was said"
    assert expanded(known, "this", {}) == "Sum up this"
    shown = Template(name="t", text="Say it.", examples=(Example(user="a", assistant="b"),))
    assert expanded(shown, "c", {}) == "a\n→ b\n\nSay it.\n\nc"
    assert expanded(Template(name="t", text='{"json": 1} {0}'), "", {}) == '{"json": 1} {0}'
