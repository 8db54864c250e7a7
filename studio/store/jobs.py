"""The durable queue and its history: a row for each job that was ever asked for."""

import time
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import apsw
import msgspec

from studio.core.errors import NotFound
from studio.core.jobs import (
    AnyJob,
    GenerateImages,
    JobState,
    Lane,
    ProcessImage,
    ReadingJob,
    decode_job,
    encode_job,
    lane_of,
)
from studio.core.made import unmade
from studio.core.messages import Figures, Note
from studio.core.recipe import Recipe
from studio.core.records import Asset, Failure, JobRecord, Problem, with_failure
from studio.store.transactions import fetch, transaction

_SELECT = """
    SELECT state, created, instance, position, started, ended, problem, failures, notes, figures, job,
        (SELECT json_group_array(id) FROM (SELECT id FROM asset WHERE asset.job = job.id ORDER BY key))
    FROM job
"""

# Of a suggestion nothing but its row is kept, nor of an object that was looked for: there is nothing to offer
# again.
_LEFT = "iif(job ->> '$.type' IN ('Suggest', 'SelectObject'), 'stopped', 'interrupted')"

_SHEET = "job ->> '$.sheet.id'"  # as the index has it
_INPUTS = "job.job -> '$.inputs'"  # likewise
_LAST_PLACE = "(SELECT coalesce(max(position), 0) + 1 FROM job WHERE lane = ? AND state = 'pending')"


class Jobs:
    """The job table, over one connection."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def add(self, job: AnyJob, instance: str) -> JobRecord:
        """Put the job behind all that are pending in its lane; of one that reads, the last turn alone."""
        with transaction(self._connection):
            self._connection.execute(
                "INSERT INTO job (id, lane, state, created, instance, position, notes, figures, job)"
                f" VALUES (?, ?, 'pending', ?, ?, {_LAST_PLACE}, '[]', '{{}}', ?)",
                (job.id, lane_of(job), time.time(), instance, lane_of(job), encode_job(_in_short(job))),
            )
            return self._known(job.id)

    def get(self, job_id: str) -> JobRecord | None:
        records = self._records("WHERE id = ?", (job_id,))
        return records[0] if records else None

    def pending(self, lane: Lane, instance: str | None = None) -> list[JobRecord]:
        """Those waiting, the next one first; of one instance or of all."""
        where = "WHERE state = 'pending' AND lane = ?1 AND (?2 IS NULL OR instance = ?2) ORDER BY position"
        return self._records(where, (lane, instance))

    def running(self, instance: str | None = None) -> list[JobRecord]:
        return self._records(
            "WHERE state = 'running' AND (?1 IS NULL OR instance = ?1) ORDER BY started", (instance,)
        )

    def history(
        self, limit: int = 100, lane: Lane | None = None, instance: str | None = None
    ) -> list[JobRecord]:
        """The newest jobs first, of one lane or of all; with `instance`, of others only those that ended."""
        of_lane = "lane = ?1" if lane else "?1 IS NULL"  # so that an index applies to either
        return self._records(
            f"WHERE {of_lane} AND (?2 IS NULL OR instance = ?2 OR state NOT IN ('pending', 'running'))"
            " ORDER BY created DESC, id DESC LIMIT ?3",
            (lane, instance, limit),
        )

    def of_sheet(self, sheet_id: str) -> list[JobRecord]:
        """The jobs of a contact sheet, in the order in which they were asked for."""
        return self._records(f"WHERE {_SHEET} IS NOT NULL AND {_SHEET} = ? ORDER BY created, id", (sheet_id,))

    def sheets(self, limit: int) -> list[str]:
        """The ids of the newest contact sheets that jobs were asked for, the newest first."""
        rows = fetch(
            self._connection,
            f"SELECT DISTINCT {_SHEET} FROM job WHERE {_SHEET} IS NOT NULL ORDER BY 1 DESC LIMIT ?",
            (limit,),
        )
        return [sheet_id for (sheet_id,) in rows]

    def input_hashes(self) -> set[str]:
        """Of the pictures that jobs begin with which may still run; of one that is done its pictures tell."""
        rows = fetch(
            self._connection,
            f"SELECT DISTINCT used.value ->> '$.hash' FROM job, json_each({_INPUTS}) AS used"
            f" WHERE {_INPUTS} IS NOT NULL AND state <> 'done'",
        )
        return {digest for (digest,) in rows if digest}

    def start(self, job_id: str) -> JobRecord:
        return self._update(job_id, "state = 'running', started = ?", (time.time(),))

    def add_failure(self, job_id: str, failure: Failure) -> JobRecord:
        """Write down what of a contact sheet failed by itself; the job goes on. What failed alike is one."""
        with transaction(self._connection):
            failures = with_failure(self._known(job_id).failures, failure)
            return self._update(job_id, "failures = ?", (_json(failures),))

    def finish(
        self,
        job_id: str,
        state: JobState,
        problem: Problem | None = None,
        notes: Sequence[Note] = (),
        figures: Figures | None = None,
    ) -> JobRecord:
        """Write down how the job ended. The first ending stands: a later one changes nothing."""
        return self._update(
            job_id,
            "state = ?, ended = ?, problem = ?, notes = ?, figures = ?",
            (
                state.value,
                time.time(),
                _json(problem) if problem else None,
                _json(tuple(notes)),
                _json(figures or Figures()),
            ),
        )

    def reorder(self, job_id: str, before: str | None) -> list[JobRecord]:
        """Move a pending job before another one of its lane, or to the end; all whose place has changed.

        Raises NotFound.
        """
        with transaction(self._connection):
            moved = self._known(job_id)
            waiting = self.pending(lane_of(moved.job))
            order = [record.job.id for record in waiting]
            if moved.state is not JobState.PENDING or (before is not None and before not in order):
                raise NotFound(name=before or job_id)
            if before == job_id:
                return []
            order.remove(job_id)
            order.insert(len(order) if before is None else order.index(before), job_id)
            changed = [(old, new) for old, new in zip(waiting, order, strict=True) if old.job.id != new]
            self._connection.executemany(
                "UPDATE job SET position = ? WHERE id = ?", [(old.position, new) for old, new in changed]
            )
            return [self._known(new) for _, new in changed]

    def interrupt(self, living: Collection[str]) -> None:
        """Mark what other than living instances left pending or running as interrupted, or as done where only
        the word of it was missing."""
        problem = _json(Problem(code="job_interrupted"))
        with transaction(self._connection):
            self._connection.execute(
                f"UPDATE job SET state = {_LEFT}, ended = ?, problem = iif({_LEFT} = 'stopped', NULL, ?)"
                " WHERE state IN ('pending', 'running') AND instance NOT IN (SELECT value FROM json_each(?))",
                (time.time(), problem, _json(tuple(living))),
            )
            whole = [record.job.id for record in self.interrupted() if not self._missing(record.job)]
            self._settle(whole, JobState.DONE)

    def interrupted(self) -> list[JobRecord]:
        """What was interrupted and neither run again nor declined: those first that ran, then as they waited.

        Nothing for conversations in the trash, or erased.
        """
        return self._records(
            "WHERE state = 'interrupted' AND (job ->> '$.conversation' IS NULL OR EXISTS"
            " (SELECT 1 FROM conversation WHERE id = job ->> '$.conversation' AND trashed = 0))"
            " ORDER BY started IS NULL, started, position, created, id",
            (),
        )

    def decline(self, ids: Sequence[str]) -> list[JobRecord]:
        """Of interrupted jobs, those that the person does not want any more are stopped."""
        return self._settle(ids, JobState.STOPPED)

    def requeue(self, ids: Sequence[str], instance: str) -> list[JobRecord]:
        """Let picture jobs that ended too early wait again, for the pictures that are missing."""
        again: list[JobRecord] = []
        with transaction(self._connection):
            for job_id in ids:
                record = self._known(job_id)
                unfinished = record.state.ended and record.state is not JobState.DONE
                missing = self._missing(record.job) if unfinished else []
                if not missing:
                    continue
                self._connection.execute(
                    "UPDATE job SET state = 'pending', instance = ?, started = NULL, ended = NULL,"
                    " problem = NULL, failures = '[]', notes = '[]', figures = '{}',"
                    f" position = {_LAST_PLACE}, job = ? WHERE id = ?",
                    (instance, lane_of(record.job), encode_job(_continued(record, missing)), job_id),
                )
                again.append(self._known(job_id))
        return again

    def forget_pictures(self, assets: Iterable[Asset]) -> None:
        """Pictures that are erased were made all the same: none of them is made once more. Of one whose place
        a newer one has, nothing is to be said."""
        with transaction(self._connection):
            self._connection.executemany(
                "UPDATE job SET job = json_set(job, '$.made',"
                " json_insert(coalesce(job -> '$.made', '[]'), '$[#]', ?1)) WHERE id = ?2 AND NOT EXISTS"
                " (SELECT 1 FROM asset WHERE asset.job = ?2 AND asset.id > ?3"
                " AND coalesce(recipe ->> '$.index', 0) = ?1)",
                [(asset.recipe.index, asset.recipe.job, asset.id) for asset in assets],
            )

    def _missing(self, job: AnyJob) -> list[int]:
        """The pictures that are not there as they were asked for; of an answer itself."""
        if isinstance(job, ProcessImage):
            return [] if fetch(self._connection, "SELECT 1 FROM asset WHERE job = ?", (job.id,)) else [0]
        if not isinstance(job, GenerateImages):
            return [0]
        made = fetch(self._connection, "SELECT recipe FROM asset WHERE job = ?", (job.id,))
        return unmade(job, (msgspec.json.decode(recipe, type=Recipe) for (recipe,) in made))

    def _settle(self, ids: Sequence[str], state: JobState) -> list[JobRecord]:
        with transaction(self._connection):
            rows = fetch(
                self._connection,
                "UPDATE job SET state = ?, problem = NULL"
                " WHERE state = 'interrupted' AND id IN (SELECT value FROM json_each(?)) RETURNING id",
                (state.value, _json(tuple(ids))),
            )
            return [self._known(job_id) for (job_id,) in rows]

    def _update(self, job_id: str, assignments: str, values: Sequence[Any]) -> JobRecord:
        with transaction(self._connection):
            self._connection.execute(
                f"UPDATE job SET {assignments} WHERE id = ? AND state IN ('pending', 'running')",
                (*values, job_id),
            )
            return self._known(job_id)

    def _known(self, job_id: str) -> JobRecord:
        record = self.get(job_id)
        if record is None:
            raise NotFound(name=job_id)
        return record

    def _records(self, where: str, values: Sequence[Any]) -> list[JobRecord]:
        return [_record(*row) for row in fetch(self._connection, _SELECT + where, values)]


def _in_short(job: AnyJob) -> AnyJob:
    """Of an answer only the words that it answers: its conversation holds the rest, and after a crash it goes
    on from there. Else each row would hold all files, and all that was said before, once more."""
    if not isinstance(job, ReadingJob):
        return job
    last = tuple(msgspec.structs.replace(turn, files=()) for turn in job.turns[-1:])
    return msgspec.structs.replace(job, turns=last)


def _continued(record: JobRecord, missing: list[int]) -> AnyJob:
    """The job for these pictures; of a contact sheet what failed comes last, where it keeps nothing up."""
    job = record.job
    if not isinstance(job, GenerateImages):
        return job
    first = missing[0]
    made = tuple(sorted(set(range(first, job.num_images)) - set(missing)))
    job = msgspec.structs.replace(job, first=first, made=made)
    if record.state is not JobState.FAILED or job.sheet is None or not job.shots:
        return job
    failed = {index for index in missing if record.failure(index)}
    if rest := [index for index in missing if index not in failed]:
        failed |= set(job.alike(rest[0]))  # where it ended
    shots = list(job.shots)
    for place, index in zip(missing, sorted(missing, key=lambda index: index in failed), strict=True):
        shots[place] = job.shots[index]
    return msgspec.structs.replace(job, shots=tuple(shots))


def _record(
    state: str, created: float, instance: str, position: float, started: float | None, ended: float | None,
    problem: str | None, failures: str, notes: str, figures: str, job: str, assets: str,
) -> JobRecord:  # fmt: skip
    return JobRecord(
        job=decode_job(job),
        state=JobState(state),
        created=created,
        instance=instance,
        position=position,
        started=started,
        ended=ended,
        problem=msgspec.json.decode(problem, type=Problem) if problem else None,
        failures=msgspec.json.decode(failures, type=tuple[Failure, ...]),
        notes=msgspec.json.decode(notes, type=tuple[Note, ...]),
        figures=msgspec.json.decode(figures, type=Figures),
        assets=msgspec.json.decode(assets, type=tuple[str, ...]),
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
