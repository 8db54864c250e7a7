"""The disk or the database is the reason."""

from studio.core.errors.base import StudioError


class StorageError(StudioError):
    """The disk or the database is the reason."""


class DiskFull(StorageError):
    code = "disk_full"
    template = "The disk is full: {path} could not be written."
    hint = "Free some space; nothing that was finished is lost."


class DiskTooSmall(StorageError):
    code = "disk_too_small"
    template = "{name} needs {needed_bytes} on the disk of {path}, which has {free_bytes} left."
    hint = "Free some space, or move the cache to another disk with HF_HOME."


class ModelNotOurs(StorageError):
    code = "model_not_ours"
    template = "{model} was not downloaded by the studio, so its files are left alone."
    hint = "Remove it with the program it belongs to, or take its folder out of the list."


class ModelBeingFetched(StorageError):
    code = "model_being_fetched"
    template = "{model} is being downloaded, so nothing of it was removed."
    hint = "Stop that download first; it may run in another window or command."


class ShelfDamaged(StorageError):
    code = "shelf_damaged"
    template = "Line {line} of {path} cannot be used: {detail}."
    hint = "Mend that line, or move the file away; the models that ship with the studio's list stay."


class SettingsInUse(StorageError):
    """A window writes its settings whole, so it alone can change them; here it does not answer."""

    code = "settings_in_use"
    template = "Atelier is open in {home} and keeps its settings, so nothing was changed."
    hint = "Change them in its window, under Models, or close it and try again."


class StylesDamaged(StorageError):
    code = "styles_damaged"
    template = "Line {line} of {path} cannot be used: {detail}."
    hint = "Mend that line, or move the file away; the styles that come with the studio stay."


class ChatFileDamaged(StorageError):
    """Of personas, presets or templates; what can be read of it is used."""

    code = "chat_file_damaged"
    template = "Some of {path} could not be read and was left out."
    hint = "Nothing is lost: a copy of it as it was lies beside it."


class WildcardUnreadable(StorageError):
    code = "wildcard_unreadable"
    template = "The wildcard file {path} was left out ({cause})."
    hint = "Save it as plain text in UTF-8 with one entry a line; the other files work."


class WildcardUnopened(StorageError):
    code = "wildcard_unopened"
    template = "The wildcard file {path} could not be opened ({cause})."
    hint = "Put an ordinary file that may be read in its place; the other files work."


class WildcardNameless(StorageError):
    code = "wildcard_nameless"
    template = "The wildcard file {path} was left out: there is no letter or digit in its name."
    hint = "Give it a name that a prompt can call; the other files work."


class WildcardTooLarge(StorageError):
    code = "wildcard_too_large"
    template = "The wildcard file {path} was left out: it has more than {most_bytes}."
    hint = "Split it up, or take lines out; the other files work."


class WildcardsTooMany(StorageError):
    """`files` and `most_bytes`: how many there may be, and how large they may be together."""

    code = "wildcards_too_many"
    template = (
        "{path} holds more than {files} wildcard files, or more than {most_bytes}; the rest was left out."
    )
    hint = "Keep only those there that you use."


class LibraryMissing(StorageError):
    code = "library_missing"
    template = "The library folder {path} is not there."
    hint = "Connect its disk, or choose another folder in Settings."


class LibraryReadOnly(StorageError):
    code = "library_read_only"
    template = "The library folder {path} cannot be written to."
    hint = "Allow writing to it, or choose another folder in Settings."


class LibraryInUse(StorageError):
    code = "library_in_use"
    template = "The studio is still open with the library {path}; {chosen} can be opened once it is closed."
    hint = "Close the studio that is open, then try again."


class PictureCutShort(StorageError):
    code = "picture_cut_short"
    template = "The picture {path} breaks off before its end."
    hint = "Copy or save it again from where it came."


class PictureTooSmall(StorageError):
    code = "picture_too_small"
    template = "The picture {path} has only {width} × {height} pixels; each side needs at least {least}."
    hint = "Choose a larger one."


class PictureTooLarge(StorageError):
    code = "picture_too_large"
    template = (
        "The picture {path} has {width} × {height} pixels, {megapixels} million; at most {most} million can "
        "be opened."
    )
    hint = "Make it smaller in another program first."


class FileUnwritable(StorageError):
    code = "file_unwritable"
    template = "{path} could not be written ({cause})."
    hint = "Choose another place."


class FileStays(StorageError):
    code = "file_stays"
    template = "{path} could not be removed ({cause})."
    hint = "Close the programs that use it, or allow it to be changed, and try again."


class RecipeTooLong(StorageError):
    code = "recipe_too_long"
    template = "The text inside {path} is far too long for a recipe."
    hint = "Use it as a picture alone, or save it again without that text."


class PictureUnreadable(StorageError):
    code = "picture_unreadable"
    template = "The picture {path} cannot be read: it is damaged, or no longer there."
    hint = "Look for it in its folder, and open it in another program to check it."


class SettingsDamaged(StorageError):
    code = "settings_damaged"
    template = "The settings could not be read; they were put aside as {path} and are as on the first day."
    hint = "Choose your library and model folders in Settings again."


class FolderLeftOut(StorageError):
    code = "folder_left_out"
    template = "The settings name the model folder “{name}”, which is no whole path, so it is not read."
    hint = "Add the folder again in Models, or with `studio models adopt`."


class WishDamaged(StorageError):
    code = "wish_damaged"
    template = "How {name} is to be held in memory could not be read; the studio chooses now."
    hint = "Choose it again in Models, if it matters."


class DatabaseDamaged(StorageError):
    code = "database_damaged"
    template = "The database was damaged; it was put aside as {path} and made new from the library."
    hint = "Nothing to do: pictures and chats come from their files."


class DatabaseLocked(StorageError):
    code = "database_locked"
    template = "Another program holds the database {path}."
    hint = "Close that program and try again."


class DatabaseTooNew(StorageError):
    code = "database_too_new"
    template = "The database {path} was made by a newer Atelier."
    hint = "Start the newer version, or choose another home folder."


class BackupFailed(StorageError):
    code = "backup_failed"
    template = "The daily copy of the database could not be written to {path} ({cause})."
    hint = "Make room there, or move away what is in its place; everything else works without the copy."
