"""What `session.personas`, `chat_presets` and `chat_templates` are to the window, without files."""

from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.chat_templates import Template
from studio.core.errors import KeptTooLong, NameMissing, TemplateNameUnfit
from studio.core.ids import new_id
from studio.core.personas import Example, Persona
from studio.core.sampling import Preset, Sampling

T = TypeVar("T")

TEMPLATES = (
    Template(
        name="summarise", about="The gist of a text", text="Summarise this in a few sentences:\n\n{input}"
    ),
    Template(
        name="translate",
        about="Into another language",
        text="Translate this into {language=English}:\n\n{input}",
        examples=(Example(user="Guten Morgen!", assistant="Good morning!"),),
    ),
    Template(name="翻译", about="译成另一种语言", text="把下面的内容译成{语言=中文}：\n\n{input}"),
)
GUIDE = Persona(
    id="persona-guide",
    name="Lighthouse keeper",
    system="You keep a lighthouse. Answer in two sentences, kindly.",
    examples=(Example(user="Is it lonely?", assistant="The gulls talk all day. I answer when they ask."),),
    preset="Calm",
)


class FakePersonas(QObject):
    """Attributes:
    pictures: the file of each, by the id of the persona.
    """

    changed = Signal()
    problem_raised = Signal(object)

    def __init__(self, session: Any) -> None:
        super().__init__(session)
        self._session = session
        self._all: tuple[Persona, ...] = ()
        self.pictures: dict[str, Path] = {}

    def fill(self) -> None:
        self._all = (GUIDE,)

    def all(self) -> tuple[Persona, ...]:
        return self._all

    def save(self, persona: Persona, picture: Path | None = None) -> Future[Persona]:
        self._session.calls.append(("save_persona", persona.name))
        if not persona.name.strip():
            return _failed(NameMissing())
        saved = msgspec.structs.replace(persona, id=persona.id or new_id())
        if picture is not None:
            saved = msgspec.structs.replace(saved, picture=picture.name)
            self.pictures[saved.id] = picture
        others = [one for one in self._all if one.id != saved.id]
        self._all = tuple(sorted((*others, saved), key=lambda one: one.name.casefold()))
        self.changed.emit()
        return _over(saved)

    def remove(self, persona_id: str) -> Future[None]:
        self._session.calls.append(("remove_persona", persona_id))
        self._all = tuple(one for one in self._all if one.id != persona_id)
        self.changed.emit()
        return _over(None)

    def picture(self, persona: Persona) -> Path | None:
        return self.pictures.get(persona.id) if persona.picture else None


class FakeChatPresets(QObject):
    changed = Signal()
    problem_raised = Signal(object)

    def __init__(self, session: Any) -> None:
        super().__init__(session)
        self._session = session
        self._all: tuple[Preset, ...] = ()

    def fill(self) -> None:
        self._all = (
            Preset(name="Calm", sampling=Sampling(temperature=0.3, top_p=0.9)),
            Preset(name="Wild", sampling=Sampling(temperature=1.3, min_p=0.05, xtc_probability=0.5)),
        )

    def all(self) -> tuple[Preset, ...]:
        return self._all

    def save(self, name: str, sampling: Sampling) -> Future[Preset]:
        self._session.calls.append(("save_preset", name))
        if not name.strip():
            return _failed(NameMissing())
        if len(name) > 80:
            return _failed(KeptTooLong(name=name[:20], length=len(name), limit=80))
        preset = Preset(name=name, sampling=sampling)
        others = [one for one in self._all if one.name.casefold() != name.casefold()]
        self._all = tuple(sorted((*others, preset), key=lambda one: one.name.casefold()))
        self.changed.emit()
        return _over(preset)

    def remove(self, name: str) -> Future[None]:
        self._session.calls.append(("remove_preset", name))
        self._all = tuple(one for one in self._all if one.name.casefold() != name.casefold())
        self.changed.emit()
        return _over(None)


class FakeChatTemplates(QObject):
    changed = Signal()
    problem_raised = Signal(object)

    def __init__(self, session: Any) -> None:
        super().__init__(session)
        self._session = session
        self._own: tuple[Template, ...] = ()

    def all(self) -> tuple[Template, ...]:
        own = {one.name.casefold() for one in self._own}
        return (*self._own, *(one for one in TEMPLATES if one.name.casefold() not in own))

    def save(self, template: Template) -> Future[Template]:
        self._session.calls.append(("save_template", template.name))
        if not template.name.replace("-", "_").isidentifier():
            return _failed(TemplateNameUnfit(name=template.name) if template.name else NameMissing())
        saved = msgspec.structs.replace(template, own=True)
        others = [one for one in self._own if one.name.casefold() != saved.name.casefold()]
        self._own = (*others, saved)
        self.changed.emit()
        return _over(saved)

    def remove(self, name: str) -> Future[None]:
        self._session.calls.append(("remove_template", name))
        self._own = tuple(one for one in self._own if one.name.casefold() != name.casefold())
        self.changed.emit()
        return _over(None)


def _over(result: T) -> Future[T]:
    future: Future[T] = Future()
    future.set_result(result)
    return future


def _failed(error: Exception) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(error)
    return future
