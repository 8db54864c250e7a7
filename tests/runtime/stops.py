"""A stop at a chosen moment of a job, whatever the machine's pace."""

import threading

from studio.core.messages import Stage
from studio.runtime.desk import Desk


class StopAfter(threading.Event):
    """Set after so many looks during one stage."""

    def __init__(self, stage: Stage, looks: int) -> None:
        super().__init__()
        self.stage, self.looks = stage, looks
        self.desk: Desk | None = None

    def is_set(self) -> bool:
        if self.desk and self.desk.stage == self.stage:
            self.looks -= 1
        return self.looks < 0
