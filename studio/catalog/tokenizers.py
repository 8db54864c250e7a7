"""Whether a tokenizer's files are there: some classes load silently from nothing, with a toy vocabulary."""

from studio.catalog.files import ModelFolder
from studio.core.errors import ModelIncomplete

# One of these holds a whole vocabulary (the file names in transformers 5.23's tokenizer classes) …
_WHOLE = ("tokenizer.json", "vocab.txt")
_WHOLE_ENDINGS = (".model", ".tiktoken")
# … or these two together.
_BYTE_PAIRS = ("vocab.json", "merges.txt")


def check_tokenizer(folder: ModelFolder, sub: str = "", class_name: str = "") -> None:
    """Raises ModelIncomplete where the vocabulary is not there."""
    names = folder.names(sub)
    if class_name.startswith("ByT5"):  # bytes are its vocabulary
        return
    if any(name in _WHOLE or name.endswith(_WHOLE_ENDINGS) for name in names):
        return
    missing = next((name for name in _BYTE_PAIRS if name not in names), None)
    if missing is None:
        return
    lacking = missing if any(name in names for name in _BYTE_PAIRS) else "tokenizer.json"
    raise ModelIncomplete(model=folder.name, file=f"{sub}/{lacking}" if sub else lacking)
