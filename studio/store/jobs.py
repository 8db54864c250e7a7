"""The durable queue and its history: a row for each job that was ever asked for."""

import time
from collections.abc import Sequence
from typing import Any

import apsw
import msgspec

from studio.core.errors import NotFound
from studio.core.jobs import AnyJob, JobState, Lane, decode_job, encode_job, lane_of
from studio.core.messages import Figures, Note
from studio.core.records import JobRecord, Problem
from studio.store.transactions import fetch, transaction

_SELECT = """
    SELECT state, created, instance, position, started, ended, problem, notes, figures, job,
        (SELECT json_group_array(id) FROM (SELECT id FROM asset WHERE asset.job = job.id ORDER BY key))
    FROM job
"""

# Of an answer that has ended only the message it answered stays: its conversation holds the rest, and each
# row would hold all that was said before it once more.
_LAST_TURN = """
    job = iif(
        job -> '$.turns' IS NULL, job, json_set(job, '$.turns', json_array(job -> '$.turns[#-1]'))
    )
"""


class Jobs:
    """The job table, over one connection."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def add(self, job: AnyJob, instance: str) -> JobRecord:
        """Put the job behind all that are pending in its lane."""
        with transaction(self._connection):
            self._connection.execute(
                "INSERT INTO job (id, lane, state, created, instance, position, notes, figures, job)"
                " VALUES (?1, ?2, 'pending', ?3, ?4,"
                "   (SELECT coalesce(max(position), 0) + 1 FROM job WHERE lane = ?2 AND state = 'pending'),"
                "   '[]', '{}', ?5)",
                (job.id, lane_of(job), time.time(), instance, encode_job(job)),
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

    def history(self, limit: int = 100, before: str | None = None) -> list[JobRecord]:
        """Every job in any state, newest first, after the job `before`."""
        older = (
            "WHERE (created, id) < (SELECT created, id FROM job WHERE id = ?)"
            if before
            else "WHERE ? IS NULL"
        )
        return self._records(f"{older} ORDER BY created DESC, id DESC LIMIT ?", (before, limit))

    def start(self, job_id: str) -> JobRecord:
        return self._update(job_id, "state = 'running', started = ?", (time.time(),))

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
            f"state = ?, ended = ?, problem = ?, notes = ?, figures = ?, {_LAST_TURN}",
            (
                state.value,
                time.time(),
                _json(problem) if problem else None,
                _json(tuple(notes)),
                _json(figures or Figures()),
            ),
        )

    def reorder(self, job_id: str, before: str | None) -> None:
        """Move a pending job before another one of its lane, or to the end. Raises NotFound."""
        with transaction(self._connection):
            moved = self._known(job_id)
            order = [record.job.id for record in self.pending(lane_of(moved.job))]
            if moved.state is not JobState.PENDING or (before is not None and before not in order):
                raise NotFound(name=before or job_id)
            if before == job_id:
                return
            order.remove(job_id)
            order.insert(len(order) if before is None else order.index(before), job_id)
            self._connection.executemany(
                "UPDATE job SET position = ? WHERE id = ?",
                [(float(place), waiting) for place, waiting in enumerate(order)],
            )

    def interrupt(self, instances: Sequence[str]) -> list[JobRecord]:
        """Mark what dead instances left pending or running as interrupted; returns those jobs."""
        problem = _json(Problem(code="job_interrupted"))
        with transaction(self._connection):
            rows = fetch(
                self._connection,
                f"UPDATE job SET state = 'interrupted', ended = ?, problem = ?, {_LAST_TURN}"
                " WHERE state IN ('pending', 'running') AND instance IN (SELECT value FROM json_each(?))"
                " RETURNING id",
                (time.time(), problem, _json(tuple(instances))),
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


def _record(
    state: str, created: float, instance: str, position: float, started: float | None, ended: float | None,
    problem: str | None, notes: str, figures: str, job: str, assets: str,
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
        notes=msgspec.json.decode(notes, type=tuple[Note, ...]),
        figures=msgspec.json.decode(figures, type=Figures),
        assets=msgspec.json.decode(assets, type=tuple[str, ...]),
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
