"""Why a file of conversations cannot be read."""

from studio.core.errors.storage import StorageError


class ChatFileError(StorageError):
    """The file that conversations were to come from is the reason."""


class ChatFileUnopened(ChatFileError):
    code = "chat_file_unopened"
    template = "{path} could not be read ({cause})."
    hint = "Check that the file is still there and may be read, then try again."


class ChatFileTooLarge(ChatFileError):
    code = "chat_file_too_large"
    template = "{name} holds more than {most_bytes}, so nothing was imported."
    hint = "Export fewer conversations at a time, or split the file."


class ChatFileUnknown(ChatFileError):
    code = "chat_file_unknown"
    template = "There are no conversations in {name} that can be read."
    hint = "Choose a JSON export of Atelier, ChatGPT or Open WebUI, or the .zip that it came in."
