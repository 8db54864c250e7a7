"""What the window itself knows: which panel is shown, what is remembered, and the one message channel."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.edits import Edit
from studio.core.errors import DatabaseLocked, PromptNotWritten
from studio.core.jobs import (
    AnyJob,
    GenerateImages,
    JobState,
    ProcessImage,
    ReadContext,
    Reply,
    SelectObject,
    Suggest,
)
from studio.core.records import JobRecord, Problem
from studio.session import Session
from studio.viewmodels.messages import MessageCentre
from studio.viewmodels.thumbnails import Thumbnails

UNFINISHED = "{n} jobs were not done when the studio closed."
WRITE_AFTER_MS = 500
# What a worker did because memory was short; other notes belong beside the result.
MEMORY_NOTES = ("vae_tiled", "moved_to_cpu", "batch_split", "offloaded", "smaller_tiles")
# What was asked is done all the same.
PASSING = (PromptNotWritten.code,)


class WindowState(QObject):
    """Small things to remember, by key, such as `create.inspector`; written half a second later."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._changed: dict[str, str] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WRITE_AFTER_MS)
        self._timer.timeout.connect(self.flush)

    def get(self, key: str, default: str = "") -> str:
        return self._changed.get(key, self._session.settings.window.get(key, default))

    def put(self, key: str, value: str) -> None:
        if self.get(key) != value:
            self._changed[key] = value
            self._timer.start()

    def flag(self, key: str, default: bool = True) -> bool:
        return self.get(key, "1" if default else "0") == "1"

    def put_flag(self, key: str, on: bool) -> None:
        self.put(key, "1" if on else "0")

    def flush(self) -> None:
        """Write now; before closing."""
        self._timer.stop()
        if self._changed:
            window = {**self._session.settings.window, **self._changed}
            self._changed = {}
            # Emptied drafts of old conversations would stay for ever.
            self._session.change_settings(window={key: value for key, value in window.items() if value})


class Shell(QObject):
    """What panels share.

    Attributes:
        session: the one session of this window.
        messages: the one message channel.
        state: what is remembered between starts.
        thumbnails: pictures of the library, decoded in other threads.
        panel: name of the panel that is shown.

    Signals:
        panel_changed (str): another panel is shown.
        sent (str, object): something goes to the panel of this name, which is shown now.
        report_wanted: show the crash report.
    """

    panel_changed = Signal(str)
    sent = Signal(str, object)
    report_wanted = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.messages = MessageCentre(self)
        self.state = WindowState(session, self)
        self.thumbnails = Thumbnails(session.picture_bytes, self)
        self.panel = self.state.get("panel", "create")
        session.asset_changed.connect(self.thumbnails.look_again)
        session.problem_raised.connect(self._on_problem)
        session.open_failed.connect(self.messages.problem)
        session.ready.connect(lambda: self.messages.withdraw(DatabaseLocked.code))
        session.jobs_interrupted.connect(self._on_jobs_interrupted)
        session.job_changed.connect(self._on_job_changed)
        self._offered: list[str] = []
        for again in (session.job_added, session.job_changed):
            again.connect(self._on_run_again)

    def go(self, panel: str, payload: object = None) -> None:
        """Show a panel, and hand it something unless that is None."""
        if panel != self.panel:
            self.panel = panel
            self.state.put("panel", panel)
            self.panel_changed.emit(panel)
        if payload is not None:
            self.sent.emit(panel, payload)

    def close(self) -> None:
        """Write what is to be remembered and end the threads; before the session closes."""
        self.state.flush()
        self.thumbnails.close()

    def _on_problem(self, problem: Problem) -> None:
        (self.messages.warn if problem.code in PASSING else self.messages.problem)(problem)

    def _on_jobs_interrupted(self, jobs: Sequence[JobRecord]) -> None:
        """Offer again what earlier starts did not finish; without an answer the next start offers it too."""
        self._offer([record.job.id for record in jobs])

    def _offer(self, ids: list[str]) -> None:
        self._offered = ids
        text = "A job was not done when the studio closed." if len(ids) == 1 else UNFINISHED
        self.messages.offer(
            text,
            "Run again",
            self._run_again,
            lambda: self.session.decline(self._decided()),
            n=len(ids),
        )

    def _run_again(self) -> None:
        self.session.resume(self._still_interrupted(self._decided()))

    def _decided(self) -> list[str]:
        """What was offered, and is not any more."""
        ids, self._offered = self._offered, []
        return ids

    def _on_run_again(self, record: JobRecord) -> None:
        """What its panel was asked for is offered no more.

        A picture is run again by the same job; an answer goes on by another, and its old one is declined.
        """
        if not self._offered or record.state is not JobState.PENDING:
            return
        if isinstance(record.job, Reply):
            left = self._still_interrupted(self._offered)
        else:
            left = [one for one in self._offered if one != record.job.id]
        if not left:
            self._decided()
            self.messages.withdraw_offer()
        elif left != self._offered:
            self._offer(left)

    def _still_interrupted(self, ids: Sequence[str]) -> list[str]:
        """Without those that were run again one by one since."""
        return [one for one in ids if self.session.job(one).state is JobState.INTERRUPTED]

    def _on_job_changed(self, record: JobRecord) -> None:
        """A failure is told by its own panel while one looks at it, else by the message bar."""
        if record.state is JobState.FAILED and record.problem is not None:
            if self.panel != _home_of(record.job):
                self.messages.problem(record.problem)
        elif record.state is JobState.DONE:
            for note in record.notes:
                if note.code in MEMORY_NOTES:
                    self.messages.note(note)


def _home_of(job: AnyJob) -> str:
    """The panel that shows how a job ends."""
    match job:
        case GenerateImages(edit=Edit()) | ProcessImage() | SelectObject():
            return "edit"
        case GenerateImages() | Suggest():
            return "create"
        case Reply() | ReadContext():
            return "chat"
