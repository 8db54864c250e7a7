"""The folders in which this process's worker leaves finished pictures, on the library's own disk."""

import contextlib
from pathlib import Path

from studio.media.durable import write_error


class Staging:
    """`<library>/.staging/<instance>`, with a folder for each job, which the worker makes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def job(self, job_id: str) -> Path:
        return self._folder / job_id

    def prepare(self) -> None:
        """Raises DiskFull, FileUnwritable."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(error, self._folder) from error

    def clear(self, job_id: str) -> None:
        """Removes what an ended job left half written. A whole picture that could not be adopted stays."""
        for part in self.job(job_id).glob("*.part"):
            part.unlink(missing_ok=True)
        _remove_empty(self.job(job_id))

    def close(self) -> None:
        _remove_empty(self._folder)


def _remove_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not there, or not empty: the next start looks into it
        folder.rmdir()
