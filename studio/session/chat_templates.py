"""Prompts with a name: those that come with the studio, and the person's own."""

import re
import tomllib
from collections.abc import Sequence
from concurrent.futures import Future

import msgspec
from PySide6.QtCore import QObject

from studio.core.chat_templates import Template
from studio.core.errors import TemplateNameUnfit
from studio.core.paths import Paths, resources_dir
from studio.session.kept_lists import TEXT_LIMIT, KeptList, checked_examples, checked_length, checked_name

_NAME = re.compile(r"[\w-]+")


class ChatTemplateDesk(KeptList[Template]):
    """The person's own first, by name; one takes the place of a shipped one of its name."""

    def __init__(self, paths: Paths, parent: QObject) -> None:
        super().__init__(paths.chat_templates, Template, parent)
        self._shipped: tuple[Template, ...] | None = None

    def all(self) -> tuple[Template, ...]:
        if self._shipped is None:
            self._shipped = shipped_templates()
        own = tuple(msgspec.structs.replace(one, own=True) for one in self._own())
        names = {one.name.casefold() for one in own}
        return (*own, *(one for one in self._shipped if one.name.casefold() not in names))

    def save(self, template: Template) -> Future[Template]:
        """Among the person's own, in the place of one of that name.

        Ends in NameMissing, TemplateNameUnfit, KeptTooLong, ExamplesTooMany, DiskFull or FileUnwritable.
        """
        return self._changing(lambda: _checked(template), _with)

    def remove(self, name: str) -> Future[None]:
        """One of the person's own; a shipped one of that name is seen again. Ends in DiskFull or
        FileUnwritable."""
        return self._changing(lambda: None, lambda _, before: _without(before, name))


def shipped_templates() -> tuple[Template, ...]:
    """Those that come with the studio, in the order of their file."""
    tables = tomllib.loads((resources_dir() / "chat_templates.toml").read_text("utf-8"))
    return tuple(msgspec.convert(tables["template"], list[Template]))


def _checked(template: Template) -> Template:
    """Raises NameMissing, TemplateNameUnfit, KeptTooLong, ExamplesTooMany."""
    name = checked_name(template.name.strip().removeprefix("/"))
    if not _NAME.fullmatch(name):
        raise TemplateNameUnfit(name=name)
    return Template(
        name=name,
        about=" ".join(checked_length(template.about, name, TEXT_LIMIT).split()),
        text=checked_length(template.text, name, TEXT_LIMIT),
        examples=checked_examples(template.examples, name),
        own=True,
    )


def _with(kept: Template, before: tuple[Template, ...]) -> Sequence[Template]:
    return sorted((*_without(before, kept.name), kept), key=lambda one: one.name.casefold())


def _without(templates: tuple[Template, ...], name: str) -> list[Template]:
    return [one for one in templates if one.name.casefold() != name.casefold()]
