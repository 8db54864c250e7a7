"""Why a file of conversations cannot be read, or not all is in one."""

from studio.core.errors.storage import StorageError


class ImportFileError(StorageError):
    """The file that conversations were to come from is the reason."""


class ImportUnopened(ImportFileError):
    code = "import_unopened"
    template = "{path} could not be read ({cause})."
    hint = "Check that the file is still there and may be read, then try again."


class ImportTooLarge(ImportFileError):
    code = "import_too_large"
    template = "{name} holds more than {most_bytes}, so nothing was imported."
    hint = "Export fewer conversations at a time, or split the file."


class PicturesNotCarried(StorageError):
    code = "pictures_not_carried"
    template = "{count} pictures had no room in {name}, which takes {most_bytes} of them."
    hint = "Export fewer conversations at a time, or as Markdown, with a folder for pictures beside it."


class ImportBrokenOff(ImportFileError):
    code = "import_broken_off"
    template = "The import of “{title}” was broken off, and nothing of that conversation was kept."
    hint = "Import the file again."


class ImportUnknown(ImportFileError):
    code = "import_unknown"
    template = "There are no conversations in {name} that can be read."
    hint = "Choose a JSON export of Atelier, ChatGPT or Open WebUI, or the .zip that it came in."
