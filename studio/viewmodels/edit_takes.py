"""What was proposed for the open document: takes that wait, are made, and are to be applied or discarded."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from studio.core.edit_news import Proposal
from studio.core.edits import Region
from studio.core.jobs import JobState
from studio.core.layers import Document
from studio.core.messages import Phase, Preview
from studio.core.records import Asset, JobRecord
from studio.session import Session
from studio.viewmodels.edit_take_groups import (
    JobTakes,
    Key,
    Take,
    TakeGroup,
    TakeState,
    document_of,
    edit_job,
)
from studio.viewmodels.latest import Latest
from studio.viewmodels.thumbnails import Thumbnails

if TYPE_CHECKING:
    from studio.session.edit_document import EditDocument


class TakesModel(QObject):
    """Takes of one document by their jobs, the newest job first; a discarded one is none any more.

    Attributes:
        groups: one a job.
        describe: what a screen reader says of a take.
        current: the key of the one that is shown on the canvas; None while the document itself is.

    Signals:
        changed: other takes, or other states; read `groups`.
        current_changed: another one is shown.
        failed (StudioError): those of earlier cannot be found.
    """

    changed = Signal()
    current_changed = Signal()
    failed = Signal(object)

    def __init__(self, session: Session, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._thumbnails = session, thumbnails
        self._document = ""
        self._used: frozenset[str] = frozenset()
        self._jobs: dict[str, JobTakes] = {}
        self._previews: dict[Key, QImage] = {}
        self.groups: list[TakeGroup] = []
        self.describe: Callable[[Take], str] = lambda take: take.state.value
        self.current: Key | None = None
        self._made, self._unended = Latest(self), Latest(self)
        self._made.arrived.connect(self._on_proposals)
        self._unended.arrived.connect(self._on_unended)
        self._made.failed.connect(self.failed)
        self._unended.failed.connect(self.failed)
        session.job_added.connect(self._on_job)
        session.job_changed.connect(self._on_job)
        session.phase_changed.connect(self._on_phase)
        session.preview_arrived.connect(self._on_preview)
        session.edits.proposed.connect(self._on_proposed)
        session.asset_changed.connect(self._on_asset_changed)
        session.assets_removed.connect(self._on_removed)
        thumbnails.preview_ready.connect(self._on_preview_ready)
        thumbnails.ready.connect(self._on_picture_ready)

    def show_document(self, document: "EditDocument | None") -> None:
        """Those of earlier follow as soon as they are found."""
        self._jobs.clear()
        self._previews.clear()
        self._made.forget()
        self._unended.forget()
        self._document = document.state.id if document else ""
        self._used = _used_in(document.state) if document else frozenset()
        if document is not None:
            self._made.ask(self._session.edits.proposals_of(document))
            self._unended.ask(self._session.edits.jobs_of(document))
        self._refresh()
        self.choose(None)

    def mark_used(self, state: Document) -> None:
        """What of it is applied is what the document holds as it stands."""
        used = _used_in(state)
        if used != self._used:
            self._used = used
            self._refresh()

    @property
    def takes(self) -> list[Take]:
        """Those of all groups."""
        return [take for group in self.groups for take in group.takes]

    @property
    def shown(self) -> Take | None:
        """The one on the canvas."""
        return self.take(self.current) if self.current else None

    @property
    def running(self) -> JobRecord | None:
        """The job that is at work, else the oldest that waits."""
        records = (one.record for one in self._jobs.values())
        still = [one for one in records if one and not one.state.ended]
        still.sort(key=lambda one: (one.state is not JobState.RUNNING, one.job.id))
        return still[0] if still else None

    @property
    def done(self) -> int:
        return sum(one.state is TakeState.DONE for one in self.takes)

    def take(self, key: Key) -> Take | None:
        return next((one for one in self.takes if one.key == key), None)

    def region_of(self, record: JobRecord) -> Region | None:
        """What of the picture the job works at; None where that is not known before."""
        job = edit_job(record.job)
        return job.edit.region if job and job.edit else None

    def preview(self, take: Take) -> QImage | None:
        return self._previews.get(take.key)

    def choose(self, key: Key | None) -> None:
        """Show it on the canvas; None shows the document."""
        if key != self.current:
            self.current = key
            self.current_changed.emit()

    def walk(self, by: int) -> None:
        """To the next (1) or the previous (-1) take that is made."""
        made = [one.key for one in self.takes if one.state is TakeState.DONE]
        if made:
            place = made.index(self.current) + by if self.current in made else 0 if by > 0 else -1
            self.choose(made[place % len(made)])

    def discard_all(self, job_id: str) -> tuple[str, ...]:
        """What of a job is not applied goes into the trash, and how it ended is forgotten; the ids of what
        was discarded."""
        group = next((one for one in self.groups if one.job == job_id), None)
        if group is None:
            return ()
        gone = tuple(one.asset.id for one in group.takes if one.asset and not one.applied)
        self._jobs[job_id].is_dismissed = True
        if gone:
            self._session.edits.discard(gone)
        self._refresh()
        return gone

    def bring_back(self, ids: Sequence[str]) -> None:
        """Takes that were discarded."""
        self._session.restore(ids)

    def run_again(self, job_id: str) -> None:
        """What a job did not come to make."""
        self._session.resume((job_id,))

    # What the session tells.

    def _on_proposals(self, proposals: list[Proposal]) -> None:
        for one in proposals:
            self._of(one.job).assets.setdefault(one.index, one.asset)
        self._refresh()

    def _on_unended(self, records: list[JobRecord]) -> None:
        for one in records:
            known = self._of(one.job.id)
            if known.record is None:  # else it was told of since
                known.take_record(one)
        self._refresh()

    def _on_job(self, record: JobRecord) -> None:
        if self._document and document_of(record.job) == self._document:
            new = record.job.id not in self._jobs
            self._of(record.job.id).take_record(record)
            self._refresh()
            if new:
                self.choose(None)

    def _on_phase(self, phase: Phase) -> None:
        if phase.job in self._jobs:
            self._jobs[phase.job].phase = phase
            self._refresh()

    def _on_preview(self, preview: Preview) -> None:
        if preview.job in self._jobs:
            self._thumbnails.decode(f"{preview.job}/{preview.index}", preview.jpeg)

    def _on_preview_ready(self, key: str, image: QImage) -> None:
        job_id, _, index = key.rpartition("/")
        known = self._jobs.get(job_id)
        if known and int(index) not in known.assets:
            self._previews[job_id, int(index)] = image
            self.changed.emit()

    def _on_picture_ready(self, asset_id: str) -> None:
        """The preview made way for it."""
        for key in [key for key in self._previews if self._is_made(key)]:
            del self._previews[key]
            self.changed.emit()

    def _on_proposed(self, proposal: Proposal) -> None:
        """The first one is shown as soon as it is there, unless one looks at another."""
        if self._document and proposal.document == self._document:
            self._of(proposal.job).assets[proposal.index] = proposal.asset
            self._refresh()
            if self.shown is None:
                self.choose((proposal.job, proposal.index))

    def _on_asset_changed(self, asset: Asset) -> None:
        known = self._jobs.get(asset.recipe.job)
        if known and asset.recipe.index in known.assets:
            known.assets[asset.recipe.index] = asset
            self._refresh()
        elif self._document and asset.recipe.edit and asset.recipe.edit.document == self._document:
            self._of(asset.recipe.job).assets[asset.recipe.index] = asset  # it came back from the trash
            self._refresh()

    def _on_removed(self, ids: tuple[str, ...]) -> None:
        for known in self._jobs.values():
            known.assets = {index: one for index, one in known.assets.items() if one.id not in ids}
        self._refresh()

    def _of(self, job_id: str) -> JobTakes:
        return self._jobs.setdefault(job_id, JobTakes(job_id))

    def _is_made(self, key: Key) -> bool:
        known = self._jobs.get(key[0])
        return known is not None and key[1] in known.assets

    def _refresh(self) -> None:
        jobs = [self._jobs[job_id] for job_id in sorted(self._jobs, reverse=True)]
        self.groups = [group for one in jobs if (group := one.group(self._used))]
        self.changed.emit()
        if self.current and self.take(self.current) is None:
            self.choose(None)


def _used_in(state: Document) -> frozenset[str]:
    """The pictures of the library that are part of it; what was painted over since is still what it stands
    on."""
    return frozenset({state.asset, *(layer.asset for layer in state.layers)} - {""})
