"""The first and the last things that a process does in its library, all in the store's thread."""

from pathlib import Path

import msgspec

from studio.core.conversations import MessageState
from studio.core.errors import DatabaseDamaged, ImportBrokenOff
from studio.core.jobs import LANES, JobState, Reply
from studio.core.records import JobRecord, Problem, problem_of
from studio.store.instances import Instance
from studio.store.layout import make_folder
from studio.store.library import Library


class Opening(msgspec.Struct, frozen=True):
    """What there is to tell once the library is open: jobs nobody has decided about, and what was wrong."""

    interrupted: tuple[JobRecord, ...]
    problems: tuple[Problem, ...]


def recover(library: Library, instance: Instance, staging: Path) -> Opening:
    """What dead instances left becomes this one's, and is whole again."""
    make_folder(staging)
    dead = instance.claim_dead()
    recovered = library.recover(dead)
    instance.forget(dead)
    problems: list[Problem] = []
    if library.put_aside:
        problems.append(problem_of(DatabaseDamaged(path=str(library.put_aside))))
    if library.backup_failed:
        problems.append(problem_of(library.backup_failed))
    problems += [problem_of(ImportBrokenOff(title=title)) for title in recovered.broken_off]
    return Opening(recovered.jobs, tuple(problems))


def stop_left(library: Library, instance: str) -> None:
    """What this process has not brought to an end is stopped, as its workers are by now; what they had
    finished is kept."""
    for record in _left(library, instance):
        library.sweep(instance, record.job.id)
        with library.transaction():
            library.jobs.finish(record.job.id, JobState.STOPPED)
            for message in record.job.messages if isinstance(record.job, Reply) else ():
                known = library.chats.message(message)
                if known and known.state is MessageState.STREAMING:
                    library.chats.finish(message, MessageState.STOPPED)


def tidy(library: Library, instance: Instance, staging: Path) -> bool:
    """Last of all: whether something is left for the next start, also such as the window never heard of.

    Fails where finished pictures could not be adopted.
    """
    library.mirror_dirty()
    staging.rmdir()
    return library.has_unlisted or bool(_left(library, instance.id))


def _left(library: Library, instance: str) -> list[JobRecord]:
    """The jobs of an instance that have not ended."""
    jobs = library.jobs
    waiting = (record for lane in LANES for record in jobs.pending(lane, instance))
    return [*jobs.running(instance), *waiting]
