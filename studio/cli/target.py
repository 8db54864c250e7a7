"""Where copies of pictures go that a command made."""

import os
import tempfile
from copy import copy
from pathlib import Path

from studio.cli.usage import wrong_usage
from studio.core.job_checks import MAX_PICTURES
from studio.core.records import Asset
from studio.media.durable import write_error
from studio.media.export import check_format
from studio.ui.i18n import tr


class Target:
    """Where copies of the pictures go: one file, numbered files, or a folder under the library's names.

    Raises FormatUnknown, FileUnwritable or DiskFull when made, before any work is done.
    """

    def __init__(self, text: str, number: int, command: str = "studio generate") -> None:
        if text == "-":
            raise wrong_usage(tr("Pictures go to a file or a folder, not to standard output"), command)
        path = Path(os.path.expanduser(text))
        _check_name(path)
        self._file = None if os.path.isdir(path) or text.endswith(("/", "\\")) or not path.suffix else path
        self._number, self._command = number, command
        if self._file:
            check_format(path)
        self._folder = path.parent if self._file else path
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=self._folder).close()
        except OSError as error:
            raise write_error(error, self._folder) from error

    def inside(self, name: str) -> "Target":
        """For what comes of one picture of several: in the folder, by that name. Raises WrongUsage."""
        if self._file:
            raise wrong_usage(tr("-o has to be a folder where several pictures are changed"), self._command)
        one = copy(self)
        one._file = self._folder / f"{name}.png"
        return one

    def spare(self, *texts: str | None) -> None:
        """Raises WrongUsage where a copy would be written over one of these files."""
        kept = [path for text in texts if text and os.path.exists(path := Path(os.path.expanduser(text)))]
        if self._file is None:
            return
        for count in range(1, min(self._number, MAX_PICTURES) + 1):  # more are refused later
            file = self._numbered(self._file, count)
            if os.path.exists(file) and any(file.samefile(one) for one in kept):
                raise wrong_usage(
                    tr("What is to be changed would be written over, {file}; name another file", file=file),
                    self._command,
                )

    def path(self, count: int, asset: Asset) -> Path:
        """For the picture that is the `count`th to come, beginning with 1."""
        if self._file is None:
            return self._folder / Path(asset.path).name
        return self._numbered(self._file, count)

    def _numbered(self, file: Path, count: int) -> Path:
        return file.with_stem(f"{file.stem}-{count}") if self._number > 1 else file


def _check_name(path: Path) -> None:
    """Whether the system has such names. Raises FileUnwritable."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise write_error(error, path) from error
