"""The text of a PDF, page by page."""

from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError

from studio.core.errors import DocumentDamaged, DocumentLocked
from studio.media.documents.collected import Collected


def read_pdf(path: Path, name: str, found: Collected) -> None:
    """A page that cannot be read is named in the text. Raises DocumentLocked, DocumentDamaged."""
    try:
        reader = PdfReader(path, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentLocked(name=name)
        count = len(reader.pages)
    except (DependencyError, FileNotDecryptedError) as error:
        raise DocumentLocked(name=name) from error
    except DocumentLocked:
        raise
    except Exception as error:  # of a strange file the library raises anything at all
        raise DocumentDamaged(name=name) from error
    unread = 0
    for number in range(count):
        try:
            text = reader.pages[number].extract_text().strip()
        except Exception:  # noqa: BLE001 - the same
            text, unread = f"[Page {number + 1} cannot be read.]", unread + 1
        if not found.add(text, "\n\n"):
            return
    if unread == count:
        raise DocumentDamaged(name=name)
