"""Where a job is, in words and figures: short on a tile, a line in the strip."""

from studio.core.jobs import AnyJob
from studio.core.messages import Phase, Stage
from studio.ui import figures
from studio.ui.i18n import STAGES, tr


def phase_words(phase: Phase | None) -> str:
    """`Denoising 17 / 28`, `Processing 2 / 9`; of all other phases only the name."""
    words = _name(phase)
    if phase and phase.stage in (Stage.DENOISING, Stage.WORKING) and phase.total:
        return f"{words} {phase.done} / {phase.total}"
    return words


def phase_lines(phase: Phase | None, job: AnyJob) -> list[str]:
    """The phase, and how far it is where that is known; what is loaded is named."""
    words = _name(phase)
    if phase and phase.stage is Stage.LOADING:
        words = tr("Loading {model}", model=job.model.name)
    if phase is None or not phase.total:
        return [words]
    match phase.stage:
        case Stage.LOADING:
            done, total = figures.size(phase.done), figures.size(phase.total)
            return [words, tr("{done} of {total}", done=done, total=total)]
        case Stage.DENOISING:
            return [words, tr("step {done} of {total}", done=phase.done, total=phase.total)]
        case Stage.WORKING:
            return [words, tr("part {done} of {total}", done=phase.done, total=phase.total)]
        case Stage.READING | Stage.WRITING:
            done, total = figures.count(phase.done), figures.count(phase.total)
            return [words, tr("{done} of {total} tokens", done=done, total=total)]
        case _:
            return [words]


def _name(phase: Phase | None) -> str:
    return tr(STAGES[phase.stage if phase else Stage.STARTING])
