"""What a cache of steps is known to gain and to cost, and the two pictures that show it."""

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.cache_costs import CacheCost
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
        session.cache_costs.changed.connect(self.changed)
        session.job_changed.connect(self._on_job_changed)

    @property
    def running(self) -> bool:
        """The pictures are still to be made."""
        return bool(self._job)

    def known(self, model: ModelSpec, cache: StepCache, steps: int | None) -> CacheCost | None:
        return self._session.cache_costs.of(model, cache, steps)

    def ask(self, job: GenerateImages) -> None:
        """Queue the job's first picture without its cache and with it, as a sheet of two; a second pass would
        blur the comparison. Raises BadRequest."""
        base = msgspec.structs.replace(job.picture(0), second_pass=None, cache="")
        axis = Axis(setting=Setting.CACHE, values=(NO_CACHE, job.cache))
        (made,) = self._session.sheets.make(base, (axis,))
        self._job = made.id
        self.changed.emit()

    def _on_job_changed(self, record: JobRecord) -> None:
        if record.job.id == self._job and record.state.ended:
            self._job = ""
            self.changed.emit()
