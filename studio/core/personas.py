"""Who answers: a name, a face, a way to answer, and turns that show it."""

import msgspec


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One turn that shows a model what is wanted."""

    user: str
    assistant: str


class Persona(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody to talk with.

    Attributes:
        picture: a file in the home's folder of personas, by name; empty for none.
        system: how the model is to answer, before the conversation's own system prompt.
        examples: read before the conversation, and never dropped.
        preset: the name of the sampling preset that goes with it; empty for none.
    """

    id: str
    name: str
    picture: str = ""
    system: str = ""
    examples: tuple[Example, ...] = ()
    preset: str = ""
