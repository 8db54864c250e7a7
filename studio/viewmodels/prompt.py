"""The prompt as it is written: what it will become, how long it is, its styles, and help with it."""

from collections.abc import Callable, Container

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.errors import StudioError
from studio.core.jobs import JobState, Purpose
from studio.core.messages import Phase, Stage
from studio.core.model import Ability, ModelSpec
from studio.core.prompts.lora_tags import without_tags
from studio.core.prompts.negative import takes_negative
from studio.core.prompts.styles import named, no_style
from studio.core.prompts.written import Expanded, Style, TokenCount
from studio.core.records import JobRecord, Problem
from studio.session import Session
from studio.viewmodels.chosen import chosen_model
from studio.viewmodels.create_settings import GenerationSettings
from studio.viewmodels.latest import Latest
from studio.viewmodels.prompt_history import PromptHistory
from studio.viewmodels.prompt_loras import CallableLoras

LOOK_AFTER_MS = 150  # without a key


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """Help that was asked for.

    Attributes:
        asked: the words that it is about.
        text: what the model has written so far.
        model: its name; empty where no text model is installed.
        stage: what the model does for it; None while it waits for other work.
        done: it is whole, or was stopped on the way.
        problem: why there is none.
    """

    purpose: Purpose
    asked: str
    model: str = ""
    job: str = ""
    text: str = ""
    stage: Stage | None = None
    done: bool = False
    problem: Problem | StudioError | None = None

    @property
    def writing(self) -> bool:
        return bool(self.job) and not self.done and self.problem is None


class PromptViewModel(QObject):
    """State of the prompt box beside the fields themselves, which `GenerationSettings` keeps.

    Attributes:
        expanded: the prompts that will run, with the very seed that will be used; None where none can.
        problem: what is wrong with what is written.
        count, negative_count: tokens of the longest prompt that will run, and of the negative one; None
            where that is not known, or there are no words.
        suggestion: help that was asked for and is neither accepted nor discarded.
        history: what was submitted before.
        loras: what the prompt may call by name.

    Signals:
        previewed: `expanded` or `problem` is another one; counted: a count is.
        styles_changed: the chosen ones, or those that there are.
        suggestion_changed: read it anew.
    """

    previewed = Signal()
    counted = Signal()
    styles_changed = Signal()
    suggestion_changed = Signal()

    def __init__(self, session: Session, settings: GenerationSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._settings = settings
        self.expanded: Expanded | None = None
        self.problem: StudioError | None = None
        self.count: TokenCount | None = None
        self.negative_count: TokenCount | None = None
        self.suggestion: Suggestion | None = None
        self.history = PromptHistory(session)
        self._seen: object = None
        self._styles = settings.draft.styles
        self._counted: object = None
        self._counts = self._counting(lambda count: setattr(self, "count", count))
        self._negative_counts = self._counting(lambda count: setattr(self, "negative_count", count))
        self._timer = QTimer(self, singleShot=True, interval=LOOK_AFTER_MS)
        self._timer.timeout.connect(self.look)
        settings.changed.connect(self._on_settings)
        session.prompts.changed.connect(self._on_prompts)
        self.loras = CallableLoras(session, self)
        self.loras.changed.connect(self._timer.start)
        helper = session.suggestions
        helper.suggesting.connect(self._on_suggesting)
        helper.suggested.connect(self._on_suggested)
        helper.failed.connect(self._on_failed)
        helper.stopped.connect(self._on_stopped)
        session.job_changed.connect(self._on_job_changed)
        session.phase_changed.connect(self._on_phase_changed)
        self._on_settings()

    # What will run.

    @property
    def takes_negative(self) -> bool:
        model = self._settings.model
        return model is None or takes_negative(model.base)

    @property
    def prompts(self) -> tuple[str, ...]:
        """What each picture will be made from, in words: the LoRAs that they call are not among them."""
        return tuple(without_tags(text)[0] for text in self.expanded.prompts) if self.expanded else ()

    @property
    def wildcards(self) -> dict[str, int]:
        """The number of entries of each, by name."""
        return self._session.prompts.wildcards

    @property
    def known_wildcards(self) -> Container[str] | None:
        """Their names, compared without case; None before they are read."""
        names = {name.casefold() for name in self.wildcards}
        return _Names(names) if names else None

    def draw_others(self) -> None:
        """Other ones of the possible prompts; a locked seed is left alone."""
        self._settings.draw_ahead()

    def look(self) -> None:
        """What the prompt becomes as it stands; otherwise a moment after the last key."""
        self._timer.stop()
        settings, draft = self._settings, self._settings.draft
        self.expanded, self.problem = None, None
        if draft.prompt.strip() or draft.styles:
            try:
                self.expanded = self._session.prompts.expand(
                    draft.prompt,
                    self._laid_over(),
                    draft.negative_prompt,
                    settings.num_images,
                    settings.next_seed,
                )
                self.problem = self.loras.problem_in(self.expanded.prompts)
            except StudioError as error:
                self.problem = error
        self.previewed.emit()
        self._count()

    def _count(self) -> None:
        model, draft, expanded = self._settings.model, self._settings.draft, self.expanded
        text = max(expanded.prompts, key=len) if expanded else draft.prompt
        negative = expanded.negative_prompt if expanded else draft.negative_prompt
        asked = (model.id if model else "", text, negative)
        if asked == self._counted:
            return
        self._counted = asked
        for latest, words, name in (
            (self._counts, text, "count"),
            (self._negative_counts, negative, "negative_count"),
        ):
            if model and words.strip():
                latest.ask(self._session.prompts.count(model, words))
            else:
                latest.forget()
                setattr(self, name, None)
                self.counted.emit()

    def _counting(self, keep: Callable[[TokenCount | None], None]) -> Latest:
        latest = Latest(self)

        def arrived(count: TokenCount | None) -> None:
            keep(count)
            self.counted.emit()

        def failed(_: StudioError) -> None:
            arrived(None)

        latest.arrived.connect(arrived)
        latest.failed.connect(failed)
        return latest

    # Styles.

    @property
    def styles(self) -> tuple[Style, ...]:
        """All that there are."""
        return self._session.prompts.styles

    @property
    def chosen(self) -> tuple[Style | str, ...]:
        """Those that are laid over the prompt; a name alone where there is no such style any more."""
        return tuple(named(self.styles, name) or name for name in self._settings.draft.styles)

    def _laid_over(self) -> list[Style]:
        """Raises StyleMissing, StyleNotFound."""
        styles = list[Style]()
        for style in self.chosen:
            if isinstance(style, str):
                raise no_style(style, self.styles)
            styles.append(style)
        return styles

    def toggle_style(self, name: str) -> None:
        names = self._settings.draft.styles
        without = tuple(one for one in names if one.casefold() != name.casefold())
        self._settings.set_styles(without if without != names else (*names, name))

    def save_style(self, name: str) -> None:
        """The words as they stand become a style of the person's own."""
        draft = self._settings.draft
        style = Style(name=name.strip(), prompt=draft.prompt, negative_prompt=draft.negative_prompt, own=True)
        self._session.prompts.save_style(style)

    def remove_style(self, name: str) -> None:
        """For good; only one of the person's own."""
        self._session.prompts.remove_style(name)

    # Help.

    @property
    def text_model(self) -> ModelSpec | None:
        return chosen_model(self._session, Ability.REPLY)

    def ask(self, purpose: Purpose, *, again: bool = False) -> None:
        """Has the text model write the prompt, or translate it."""
        model, text = self.text_model, self._settings.draft.prompt
        if again and self.suggestion:
            text = self.suggestion.asked
        if not text.strip():
            return
        self.stop()
        suggestion = Suggestion(purpose=purpose, asked=text, model=model.name if model else "")
        if model is not None:
            try:
                job = self._session.suggestions.ask(purpose, text, model, again=again)
                suggestion = msgspec.structs.replace(suggestion, job=job)
            except StudioError as error:
                suggestion = msgspec.structs.replace(suggestion, problem=error)
        self._put(suggestion)

    def ask_again(self) -> None:
        """Another suggestion for the same words."""
        if self.suggestion:
            self.ask(self.suggestion.purpose, again=True)

    def accept(self) -> bool:
        """The suggestion takes the place of the prompt; False where none is whole."""
        suggestion = self.suggestion
        if suggestion is None or not (suggestion.done and suggestion.text):
            return False
        self._put(None)
        self._settings.set_prompt(suggestion.text)
        return True

    def discard(self) -> bool:
        """The prompt stays as it is; False where nothing was suggested."""
        if self.suggestion is None:
            return False
        self.stop()
        self._put(None)
        return True

    def stop(self) -> None:
        """No more words; those that are there can still be accepted."""
        if self.suggestion and self.suggestion.writing:
            self._session.suggestions.stop(self.suggestion.job)

    def _tell(self, job: str, **news: object) -> None:
        if self.suggestion and self.suggestion.job == job:
            self._put(msgspec.structs.replace(self.suggestion, **news))

    def _on_job_changed(self, record: JobRecord) -> None:
        if record.state is JobState.RUNNING:
            self._tell(record.job.id, stage=Stage.STARTING)

    def _on_phase_changed(self, phase: Phase) -> None:
        """Each stage once, not each of its tokens."""
        if self.suggestion and self.suggestion.stage is not phase.stage:
            self._tell(phase.job, stage=phase.stage)

    def _on_suggesting(self, job: str, text: str) -> None:
        self._tell(job, text=text)

    def _on_suggested(self, job: str, text: str) -> None:
        self._tell(job, text=text, done=True)

    def _on_failed(self, job: str, problem: Problem) -> None:
        self._tell(job, problem=problem)

    def _on_stopped(self, job: str) -> None:
        if self.suggestion and self.suggestion.job == job:
            kept = msgspec.structs.replace(self.suggestion, done=True)
            self._put(kept if kept.text else None)

    def _put(self, suggestion: Suggestion | None) -> None:
        self.suggestion = suggestion
        self.suggestion_changed.emit()

    # What the settings tell.

    def submitted(self) -> None:
        """The prompt was taken."""
        self.history.add(self._settings.draft.prompt)

    def _on_settings(self) -> None:
        settings, draft = self._settings, self._settings.draft
        if draft.styles != self._styles:
            self._styles = draft.styles
            self.styles_changed.emit()
        model = settings.model.id if settings.model else ""
        words = (draft.prompt, draft.negative_prompt, draft.styles)
        seen = (*words, settings.num_images, settings.next_seed, model)
        if seen != self._seen:
            self._seen = seen
            self._timer.start()

    def _on_prompts(self) -> None:
        """Styles or wildcards are other ones."""
        self._timer.start()
        self.styles_changed.emit()


class _Names:
    def __init__(self, names: set[str]) -> None:
        self._names = names

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.casefold() in self._names
