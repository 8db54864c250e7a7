"""Prompts with a name, which take a few characters to write and are filled in where they have places."""

import msgspec

from studio.core.personas import Example


class Template(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `/name` in the composer stands for.

    Attributes:
        about: what it is for.
        text: with places such as `{input}` and `{language}`.
        examples: turns that show the model what is wanted, read before the message.
        own: the person's; the others come with the studio.
    """

    name: str
    about: str = ""
    text: str
    examples: tuple[Example, ...] = ()
    own: bool = False
