"""The first and the last thing that a process does in its library, both in the store's thread."""

from pathlib import Path

import msgspec

from studio.core.errors import DatabaseDamaged
from studio.core.jobs import LANES
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
    return Opening(recovered.jobs, tuple(problems))


def tidy(library: Library, instance: Instance, staging: Path) -> bool:
    """Last of all: whether something is left for the next start, also such as the window never heard of.

    Fails where finished pictures could not be adopted.
    """
    library.mirror_dirty()
    staging.rmdir()
    jobs, ours = library.jobs, instance.id
    return any([library.has_unlisted, jobs.running(ours), *(jobs.pending(lane, ours) for lane in LANES)])
