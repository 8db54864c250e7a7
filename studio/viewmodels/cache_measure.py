"""What a cache of steps is known to gain and to cost, and the two pictures that show it."""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.cache_costs import CacheCost
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import GenerateImages
from studio.core.model import ModelSpec
from studio.core.passes import StepCache
from studio.core.records import JobRecord
from studio.core.sheet_language import NO_CACHE
from studio.core.sheets import Axis, Setting
from studio.session import Session


class CacheMeasure(QObject):
    """State beside the setting, free of widgets.

    Signals:
        changed: `running`, or what is known.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._job = ""
        self._unused = set[tuple[str, str, bool]]()  # model, cache, started from a picture
        session.cache_costs.changed.connect(self.changed)
        session.job_changed.connect(self._on_job_changed)

    @property
    def running(self) -> bool:
        """The pictures are still to be made."""
        return bool(self._job)

    def known(self, model: ModelSpec, cache: StepCache, steps: int | None) -> CacheCost | None:
        return self._session.cache_costs.of(model, cache, steps)

    def is_unusable(self, model: ModelSpec, cache: StepCache, *, starts: bool) -> bool:
        """A picture came back without it, since the studio was opened."""
        return (model.id, cache, starts) in self._unused

    def ask(self, job: GenerateImages) -> None:
        """Queue the job's first picture without its cache and with it, as a sheet of two; a second pass would
        blur the comparison. Raises BadRequest."""
        base = msgspec.structs.replace(job.picture(0), second_pass=None, cache="")
        axis = Axis(setting=Setting.CACHE, values=(NO_CACHE, job.cache))
        (made,) = self._session.sheets.make(base, (axis,))
        self._job = made.id
        self.changed.emit()

    def _on_job_changed(self, record: JobRecord) -> None:
        job = record.job
        if not isinstance(job, GenerateImages) or not record.state.ended:
            return
        unused = {note.params.get("cache") for note in record.notes if note.code == "cache_unused"}
        if job.second_pass is None:  # which of two passes it was would not be told
            self._unused |= {(job.model.id, str(cache), starts_from(job.inputs)) for cache in unused}
        if job.id == self._job:
            self._job = ""
        elif not unused:
            return
        self.changed.emit()


def starts_from(inputs: Sequence[InputPicture]) -> bool:
    return any(one.role is Role.START for one in inputs)
