"""Templates: as the composer fills them in, a text with places that one walks through, and to be changed."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from studio.core.chat_templates import (
    INPUT,
    Template,
    defaults_of,
    expanded,
    parsed,
    values_in,
    variables_of,
)
from studio.session import Session
from studio.viewmodels.latest import Each

# Around what stands in a place while the text is made; private characters, which no text has.
_OPEN, _CLOSE = "\ue000", "\ue001"


class Place(NamedTuple):
    """What is to be filled in.

    Attributes:
        start, end: of what stands there now, in UTF-16 units, as Qt counts.
        name: of the place.
        needed: what stands there says nothing by itself.
    """

    start: int
    end: int
    name: str
    needed: bool


class Filled(NamedTuple):
    text: str
    places: tuple[Place, ...]


def fitting(typed: str, templates: Sequence[Template]) -> list[Template]:
    """Those that a message of a slash and some letters may mean: first those that begin so."""
    if not typed.startswith("/") or any(letter.isspace() for letter in typed):
        return []
    wanted = typed[1:].casefold()
    named = [one for one in templates if one.name.casefold().startswith(wanted)]
    return named + [one for one in templates if wanted in one.about.casefold() and one not in named]


def filled(template: Template, rest: str = "") -> Filled:
    """Its text with what follows the call, and the places that are left."""
    said, rest = values_in(template, rest)
    known = defaults_of(template)
    values = {
        name: said.get(name) or _marked(known.get(name, f"{{{name}}}")) for name in variables_of(template)
    }
    if INPUT in known or f"{{{INPUT}}}" in template.text:
        rest = rest.strip() or _marked(known.get(INPUT, f"{{{INPUT}}}"))
    return _placed(expanded(template, rest, values))


def called(text: str, templates: Sequence[Template]) -> tuple[Template, Filled] | None:
    """What a message that begins with a template's name stands for; None for any other."""
    found = parsed(text, templates)
    return (found[0], filled(*found)) if found else None


def _marked(words: str) -> str:
    return f"{_OPEN}{words}{_CLOSE}"


def _placed(text: str) -> Filled:
    whole, places = "", list[Place]()
    for part in text.split(_OPEN):
        inside, closed, after = part.partition(_CLOSE)
        if closed:
            start = _units(whole)
            needed = inside.startswith("{") and inside.endswith("}")
            places.append(Place(start, start + _units(inside), inside.strip("{}"), needed))
        whole += inside + after
    return Filled(whole, tuple(places))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class TemplatesViewModel(QObject):
    """The templates, to be changed; keeps nothing itself.

    Signals:
        changed: there are others.
        saved (Template): it is kept.
        failed (StudioError): one cannot be kept.
    """

    changed = Signal()
    saved = Signal(object)
    failed = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._saving, self._removing = Each(self), Each(self)
        self._saving.arrived.connect(self.saved)
        for each in (self._saving, self._removing):
            each.failed.connect(self.failed)
        session.chat_templates.changed.connect(self.changed)

    @property
    def all(self) -> tuple[Template, ...]:
        return self._session.chat_templates.all()

    def save(self, template: Template) -> None:
        """As one of the person's own, in the place of one that is called so; `saved` or `failed` follows."""
        self._saving.ask(self._session.chat_templates.save(template))

    def remove(self, name: str) -> None:
        """One of the person's own; one that came with the studio and has its name is there again."""
        self._removing.ask(self._session.chat_templates.remove(name))
