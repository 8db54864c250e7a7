"""What can be asked of a text model's thoughts, told by the files of its tokenizer."""

import msgspec

from studio.catalog.files import ModelFolder
from studio.core.errors import StudioError
from studio.core.thoughts import Askable, askable

TOKENIZER = "tokenizer.json"
_CONFIG, _ADDED = "tokenizer_config.json", "added_tokens.json"
# Where transformers 5.23 looks for the template; the last is of older models that also see.
_TEMPLATE, _OLDER_TEMPLATE = "chat_template.jinja", "chat_template.json"
_MOST_BYTES = 128 << 20  # the largest tokenizers have some 35 MB


class _Token(msgspec.Struct):
    content: str


class _Tokenizer(msgspec.Struct):
    """The one part that is wanted of a whole tokenizer."""

    added_tokens: list[_Token] = []


class _Config(msgspec.Struct):
    """Of several templates with names, all are looked at as one."""

    chat_template: str | list[dict[str, str]] | None = None
    added_tokens_decoder: dict[str, _Token] = {}


def thoughts_of(folder: ModelFolder) -> tuple[Askable, ...] | None:
    """None where these files cannot be read, which whoever loads the model is told."""
    try:
        config = msgspec.convert(folder.json(_CONFIG) if folder.has(_CONFIG) else {}, _Config)
        return askable(_template(folder, config), _tokens(folder, config))
    except (StudioError, OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _template(folder: ModelFolder, config: _Config) -> str:
    if folder.has(_TEMPLATE):
        with folder.file(_TEMPLATE).open(encoding="utf-8") as file:
            return file.read(_MOST_BYTES)
    own: object = config.chat_template
    if own is None and folder.has(_OLDER_TEMPLATE):
        own = folder.json(_OLDER_TEMPLATE).get("chat_template")
    return str(own or "")


def _tokens(folder: ModelFolder, config: _Config) -> set[str]:
    """Those beside the words of the vocabulary."""
    found = set(folder.json(_ADDED)) if folder.has(_ADDED) else set[str]()
    if folder.has(TOKENIZER):
        with folder.file(TOKENIZER).open("rb") as file:
            whole = msgspec.json.decode(file.read(_MOST_BYTES), type=_Tokenizer)
        found |= {one.content for one in whole.added_tokens}
    return found | {one.content for one in config.added_tokens_decoder.values()}
