"""How far a job is, and how long it still takes by the pace it was measured at."""

from studio.core.jobs import AnyJob, GenerateImages
from studio.core.messages import Phase, Stage

# Before this much was measured, a guess would jump about.
LEAST_SECONDS = 1.0


class Pace:
    """Watches one job's phases.

    Denoising is counted over all pictures of the job, from its first step on: loading and encoding do not
    count; decoding and saving between two batches do. Text has no time left: nobody knows where it ends.
    """

    def __init__(self, job: AnyJob) -> None:
        self._pictures = job.indices if isinstance(job, GenerateImages) else range(1)
        self._share: float | None = None
        self._measured: Stage | None = None
        self._began = 0.0
        self._first = 0.0

    def share(self, phase: Phase) -> float | None:
        """How much is done, 0 to 1; None where nobody knows."""
        match phase.stage:
            case Stage.DENOISING if phase.total:
                before = sum(index < phase.index for index in self._pictures)
                made = before + phase.count * phase.done / phase.total
                self._share = made / len(self._pictures)
            case Stage.DECODING | Stage.SAVING:
                pass  # the bar waits where denoising left it
            case _:
                self._share = phase.done / phase.total if phase.total else None
        return self._share

    def seconds_left(self, phase: Phase, now: float) -> float | None:
        """Until loading, or the whole job, is done; `now` in seconds of any clock. Ask after `share`."""
        if phase.stage not in (Stage.LOADING, Stage.DENOISING) or self._share is None:
            return None
        if phase.stage is not self._measured:
            self._measured, self._began, self._first = phase.stage, now, self._share
        elapsed, gone = now - self._began, self._share - self._first
        return elapsed / gone * (1 - self._share) if gone > 0 and elapsed >= LEAST_SECONDS else None
