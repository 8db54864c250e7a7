"""Help with a prompt: a text model is asked, and what it suggests is told; nothing is changed by it."""

from PySide6.QtCore import QObject, Signal

from studio.core.errors import PromptEmpty, SuggestionEmpty
from studio.core.ids import new_id
from studio.core.job_checks import checked
from studio.core.jobs import Purpose, Suggest
from studio.core.messages import Cancelled, Failed, Result, Tokens
from studio.core.model import ModelSpec
from studio.core.prompts.asking import asked, cleaned, sampling_for
from studio.core.records import Problem, problem_of
from studio.engine.engine import Engine
from studio.session.jobs import JobFlow
from studio.session.model_desk import ModelDesk


class Suggestions(QObject):
    """Asks, one job each, and tells what comes; the window's thread.

    Signals:
        suggesting (job id, text): so far.
        suggested (job id, text): the whole suggestion.
        failed (job id, Problem): there is none, and why.
        stopped (job id): the person did not want it any more.
    """

    suggesting = Signal(str, str)
    suggested = Signal(str, str)
    failed = Signal(str, object)
    stopped = Signal(str)

    def __init__(self, flow: JobFlow, engine: Engine, models: ModelDesk, parent: QObject) -> None:
        super().__init__(parent)
        self._flow = flow
        self._models = models
        self._asked: dict[str, Suggest] = {}
        self._said: dict[str, str] = {}
        engine.tokens_arrived.connect(self._on_tokens)
        engine.job_finished.connect(self._on_finished)
        engine.job_failed.connect(self._on_failed)
        engine.job_cancelled.connect(self._on_cancelled)

    def ask(self, purpose: Purpose, text: str, model: ModelSpec, *, again: bool = False) -> str:
        """Queues the question, `again` for another answer than before; the id of its job.

        Raises BadRequest, ServerNotListed.
        """
        if not text.strip():
            raise PromptEmpty
        self._models.check_listed(model)
        turns, sampling = asked(purpose, text, model), sampling_for(purpose, again)
        job = checked(
            Suggest(id=new_id(), model=model, purpose=purpose, text=text, turns=turns, sampling=sampling)
        )
        self._asked[job.id] = job
        self._flow.submit(job, lambda error: self._fail(job.id, problem_of(error)))
        return job.id

    def stop(self, job_id: str) -> None:
        """No more of it; `stopped` follows."""
        if job_id in self._asked:
            self._flow.stop(job_id)

    def _on_tokens(self, tokens: Tokens) -> None:
        if tokens.job in self._asked:
            self._said[tokens.job] = self._said.get(tokens.job, "") + tokens.text
            self.suggesting.emit(tokens.job, cleaned(self._said[tokens.job]))

    def _on_finished(self, result: Result) -> None:
        job = self._asked.get(result.job)
        if job is None:
            return
        text = cleaned(result.text)
        if text:
            self._forget(job.id)
            self.suggested.emit(job.id, text)
        else:
            self._fail(job.id, problem_of(SuggestionEmpty(model=job.model.name)))

    def _on_failed(self, failed: Failed) -> None:
        self._fail(failed.job, Problem(code=failed.code, params=failed.params, traceback=failed.traceback))

    def _on_cancelled(self, cancelled: Cancelled) -> None:
        if self._forget(cancelled.job):
            self.stopped.emit(cancelled.job)

    def _fail(self, job_id: str, problem: Problem) -> None:
        if self._forget(job_id):
            self.failed.emit(job_id, problem)

    def _forget(self, job_id: str) -> Suggest | None:
        self._said.pop(job_id, None)
        return self._asked.pop(job_id, None)
