"""What a job sees of the outside: where to put files, whom to tell, and whether it was told to stop."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from studio.core.ids import new_id
from studio.core.messages import (
    ContextRead,
    Figures,
    FromWorker,
    Note,
    Phase,
    Preview,
    Pulse,
    Result,
    Saved,
    Stage,
    TakeEnded,
    Tokens,
    TokensOfTakes,
)
from studio.core.plain_text import clean_text
from studio.core.turns import ContextUse
from studio.runtime.cancel import Stopped

if TYPE_CHECKING:
    from PIL.Image import Image

PULSE_SECONDS = 0.25
PHASE_SECONDS = 0.05
PREVIEW_SECONDS = 0.2
TOKEN_SECONDS = 1 / 30
PREVIEW_SIDE = 512


@dataclass(frozen=True)
class Owner:
    """Whose a picture is: the job that wants it, the folder it goes to, its number in that job, its id."""

    job_id: str
    staging: Path
    index: int
    asset: str

    @property
    def path(self) -> Path:
        """Where it goes."""
        return self.staging / f"{self.asset}.png"


class Desk:
    """One job's desk. Used by the job's thread alone; only `cancelled` is set from elsewhere.

    Attributes:
        job_id: the job's id.
        staging: an existing folder, the job's own; finished pictures go there as `<asset>.png`.
        cancelled: set when the person asked to stop.
        stage: what the job is doing, as told to `phase` last.
        notes: what did not apply or was changed on the way, in the order it was found.
        figures: what was measured so far, also sent when the job is stopped.
        prepared: the model is loaded and the staging is there.
        made: the numbers of the pictures that were saved.
        make_room: gives back what other models hold; False where there are none.
    """

    def __init__(
        self,
        job_id: str,
        staging: Path,
        send: Callable[[FromWorker], None],
        cancelled: threading.Event | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.job_id = job_id
        self.staging = staging
        self.cancelled = cancelled or threading.Event()
        self.stage = Stage.STARTING
        self.notes: tuple[Note, ...] = ()
        self.figures = Figures()
        self.prepared = False
        self.made: set[int] = set()
        self.make_room: Callable[[], bool] = lambda: False
        self._send_out = send
        self._clock = clock
        self._began = self._said = clock()
        self._phase_key: tuple[Stage, int] | None = None
        self._phase_said = self._preview_said = self._tokens_said = -1.0
        self._ids: dict[int, str] = {}
        self._text: dict[int, list[str]] = {}
        self._held_back: dict[int, list[str]] = {}
        self._counts: dict[int, int] = {}

    @property
    def library(self) -> Path:
        """What a person knows of the staging: `<library>/.staging/<instance>/<job>`."""
        return self.staging.parents[2]

    @property
    def seconds(self) -> float:
        """Since the job began."""
        return self._clock() - self._began

    @property
    def text(self) -> str:
        """All text given to `tokens` so far, of the first answer."""
        return "".join(self._text.get(0, ()))

    def prepare(self) -> None:
        """Make the staging; not the folders above it, for without them the library is not there."""
        self.staging.mkdir(exist_ok=True)
        self.prepared = True

    def of(self, index: int) -> Owner | None:
        """Whose picture this is; None where nobody wants it any more. Made anew, it takes its own place."""
        return Owner(self.job_id, self.staging, index, self._ids.setdefault(index, new_id()))

    def wants(self, pictures: range) -> bool:
        """Whether any of them is still wanted."""
        return bool(pictures)

    @property
    def delivered(self) -> bool:
        """Whether anything that the person keeps has left: such a job cannot be tried a second time."""
        return bool(self.made or self._text)

    def begin_anew(self, cancelled: threading.Event) -> None:
        """The same job is tried otherwise: told to stop from elsewhere, and measured from now on."""
        self.cancelled = cancelled
        self.figures = Figures()
        self._began = self._clock()

    def check(self) -> None:
        """Raise Stopped when told to stop; else, after a quarter of a second of silence, send a Pulse.

        Cheap (under a microsecond): call it at each token, step, block and file.
        """
        if self.cancelled.is_set():
            raise Stopped
        if self._clock() - self._said >= PULSE_SECONDS:
            self.send(Pulse(job=self.job_id))

    def phase(self, stage: Stage, done: int = 0, total: int = 0, index: int = 0, count: int = 1) -> None:
        """Where the job is; checks for a stop too. A new stage or batch and its end are always sent, the
        rest at most twenty times a second."""
        self.check()
        self.stage = stage
        now = self._clock()
        first = self._phase_key != (stage, index)
        last = total > 0 and done >= total
        if first or last or now - self._phase_said >= PHASE_SECONDS:
            self._phase_key, self._phase_said = (stage, index), now
            self.send(Phase(job=self.job_id, stage=stage, done=done, total=total, index=index, count=count))

    def wants_preview(self) -> bool:
        """Whether a round of previews is due (five a second at most): ask before computing one."""
        return self._clock() - self._preview_said >= PREVIEW_SECONDS

    def preview(self, index: int, step: int, image: "Image") -> None:
        """Picture `index` of the batch as it stands; scaled down to 512 px where it is larger."""
        self._preview_said = self._clock()
        small = image.convert("RGB")
        small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
        file = io.BytesIO()
        small.save(file, "JPEG", quality=85)
        self.send(Preview(job=self.job_id, index=index, step=step, jpeg=file.getvalue()))

    def tokens(self, text: str, count: int, take: int = 0) -> None:
        """The next whole characters of an answer; `count` tokens so far. Sent about thirty times a second,
        without control characters.

        Does not raise Stopped, so that a streamer is never cut in two: call `check` between tokens.
        """
        text = clean_text(text)
        self._text.setdefault(take, []).append(text)
        self._held_back.setdefault(take, []).append(text)
        self._counts[take] = count
        if self._clock() - self._tokens_said >= TOKEN_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Send the text still held back; the job loop does this at the end of every job."""
        texts = {take: text for take, pieces in self._held_back.items() if (text := "".join(pieces))}
        self._held_back.clear()
        each = tuple(
            Tokens(job=self.job_id, text=text, count=self._counts[take], take=take)
            for take, text in texts.items()
        )
        if each:
            self.send(each[0] if len(each) == 1 else TokensOfTakes(job=self.job_id, each=each))
            self._tokens_said = self._clock()

    def take_ended(self, take: int, finish: str) -> None:
        """One of several answers is whole (`stop` or `length`), while others are still written."""
        self.flush()
        self.send(TakeEnded(job=self.job_id, take=take, finish=finish))

    def context(self, use: ContextUse) -> None:
        """What an answer reads, counted."""
        self.send(ContextRead(job=self.job_id, use=use))

    def saved(self, index: int, path: Path, asset: str, width: int, height: int, seed: int) -> None:
        """A picture is whole on disk, recipe inside."""
        self.made.add(index)
        self.send(
            Saved(
                job=self.job_id,
                index=index,
                path=str(path),
                asset=asset,
                width=width,
                height=height,
                seed=seed,
            )
        )

    def note(self, code: str, **params: str | int | float) -> None:
        """Something did not apply or was changed (codes: `core.messages.Note`); the same note counts once."""
        cleaned = {name: clean_text(one) if isinstance(one, str) else one for name, one in params.items()}
        note = Note(code=code, params=cleaned)
        if note not in self.notes:
            self.notes += (note,)

    def measure(self, **amounts: float) -> None:
        """Add to the figures, by the field names of `core.messages.Figures`."""
        sums = {name: getattr(self.figures, name) + amount for name, amount in amounts.items()}
        self.figures = msgspec.structs.replace(self.figures, **sums)

    def state(self, **facts: int) -> None:
        """Set figures that are no sums, by the same names."""
        self.figures = msgspec.structs.replace(self.figures, **facts)

    @contextmanager
    def timed(self, figure: str) -> Iterator[None]:
        """Add the seconds spent inside to the figure, also when the job is stopped in there."""
        began = self._clock()
        try:
            yield
        finally:
            self.measure(**{figure: self._clock() - began})

    def result(self, finish: str = "") -> Result:
        """The job's result: what was saved and streamed, with notes and figures."""
        self.flush()
        return Result(
            job=self.job_id,
            pictures=len(self.made),
            text=self.text,
            finish=finish,
            notes=self.notes,
            figures=self.final_figures(),
        )

    def final_figures(self) -> Figures:
        """The figures with the seconds so far."""
        return msgspec.structs.replace(self.figures, seconds=self.seconds)

    def send(self, message: FromWorker) -> None:
        """Send any message; families have a method above for each that they need."""
        self._said = self._clock()
        self._send_out(message)
