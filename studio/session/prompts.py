"""What prompts are written with: styles, wildcards, and how much of a prompt a model reads."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from studio.core.errors import StudioError
from studio.core.jobs import GenerateImages
from studio.core.model import ModelSpec
from studio.core.model_names import LoraNames
from studio.core.paths import Paths, resources_dir
from studio.core.prompts.alternatives import expand
from studio.core.prompts.jobs import written
from studio.core.prompts.lora_tags import lora_names
from studio.core.prompts.styles import named
from studio.core.prompts.wildcards import Wildcards
from studio.core.prompts.written import Expanded, Style, TokenCount
from studio.core.records import Problem
from studio.session.relay import Relay
from studio.store.prompt_files import PromptFiles, read_prompt_files, remove_style, save_style

_SETTLE_MS = 300  # an editor's save is several changes
_WATCHED = 500  # folders and files; the system has a limit of its own


class Counts(Protocol):
    """As `studio.catalog.counting.Counters`."""

    def count(self, model: ModelSpec, text: str) -> TokenCount | None: ...


class PromptDesk(QObject):
    """Read in a thread of its own; until `changed` there are none.

    Attributes:
        styles: those that come with the studio, and the person's own.
        wildcards: how many entries each has, by name.

    Signals:
        changed: styles or wildcards are others now.
        problem_raised (Problem): a file was left out.
    """

    changed = Signal()
    problem_raised = Signal(object)

    def __init__(
        self,
        paths: Paths,
        installed: Callable[[], Sequence[ModelSpec]],
        report: Callable[[Exception], object],
        parent: QObject,
    ) -> None:
        """`installed`: all models, LoRAs among them. `report`: for what could not be written."""
        super().__init__(parent)
        self._paths, self._installed, self._report = paths, installed, report
        self._relay = Relay(self)
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="prompts")
        self._files = PromptFiles()
        self._wildcards = Wildcards()
        self._reading: Future[tuple[PromptFiles, Wildcards]] | None = None
        self._told: set[str] = set()
        self._counters: Counts | None = None
        self._watcher: QFileSystemWatcher | None = None
        self._settled = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settled.timeout.connect(self.reload)

    @property
    def styles(self) -> tuple[Style, ...]:
        return self._files.styles

    @property
    def wildcards(self) -> dict[str, int]:
        return self._wildcards.names

    def entries(self, name: str) -> Sequence[str]:
        """A wildcard's, as they are written. Raises WildcardMissing, WildcardNotFound."""
        return self._wildcards.entries(name)

    def expand(self, text: str, styles: Sequence[Style], negative: str, count: int, seed: int) -> Expanded:
        """As `core.prompts.alternatives.expand`, with the wildcards that are here; for this thread."""
        return expand(text, styles, negative, self._wildcards, count, seed)

    def written(self, job: GenerateImages) -> GenerateImages:
        """The job as a worker can do it; `core.prompts.jobs.written` says what it may raise.

        Waits where the files are still being read for the first time.
        """
        self._wait()
        return written(job, self.styles, self._wildcards, self._installed())

    def unread(self, texts: Sequence[str], styles: Sequence[str]) -> tuple[StudioError, ...]:
        """Why wildcards could not be read that the texts or the styles of these names call; waits as
        `written`."""
        self._wait()
        laid = [style.prompt for name in styles if (style := named(self.styles, name))]
        called = self._wildcards.called([*texts, *laid])
        return tuple(error for name, error in self._files.unread.items() if name.casefold() in called)

    def drawn(self, text: str, seed: int) -> str:
        """What a text with alternatives and wildcards becomes under a seed; waits as `written`.

        Raises what `core.prompts.alternatives.expand` raises.
        """
        self._wait()
        return self.expand(text, (), "", 1, seed).prompts[0]

    def reload(self) -> None:
        """Reads the files anew; `changed` follows where they say another thing."""
        self._relay.then(self._read(), self._take, self._report)

    def save_style(self, style: Style) -> Future[None]:
        """Among the person's own, in the place of one of that name; `changed` follows.

        Ends in StylesDamaged, DiskFull or FileUnwritable.
        """
        return self._changing(lambda: save_style(self._paths.styles, style))

    def remove_style(self, name: str) -> Future[None]:
        """One of the person's own; a shipped one of that name is seen again. Ends as `save_style`."""
        return self._changing(lambda: remove_style(self._paths.styles, name))

    def count(self, model: ModelSpec, text: str) -> Future[TokenCount | None]:
        """How much of the text the model reads; None for a model whose tokenizer tells nothing."""
        return self._threads.submit(self._count, model, text)

    def lora_names(self) -> Future[LoraNames]:
        """What the LoRAs that are installed now are called."""
        installed = self._installed()

        def read() -> LoraNames:
            names = lora_names(installed)
            names.prepare()
            return names

        return self._threads.submit(read)

    def nearest_lora(self, name: str, names: LoraNames) -> Future[str]:
        """The name of the LoRA that is called most alike; "" where none is. Of thousands it takes 0.2 s."""
        return self._threads.submit(names.nearest, name)

    def close(self) -> None:
        self._relay.close()
        self._settled.stop()
        if self._watcher is not None:
            self._watcher.setParent(None)  # gone with its last reference: left to the garbage, another thread
            self._watcher = None  # might delete it, which its socket does not bear
        self._threads.shutdown(cancel_futures=True)

    def _wait(self) -> None:
        if self._files == PromptFiles():
            self._take((self._reading or self._read()).result())

    def _count(self, model: ModelSpec, text: str) -> TokenCount | None:
        """In the thread, where what it imports is waited for by nobody."""
        from studio.catalog.counting import Counters

        self._counters = self._counters or Counters()
        return self._counters.count(model, text)

    def _changing(self, change: Callable[[], None]) -> Future[None]:
        changing = self._threads.submit(change)
        self._relay.then(changing, lambda _: self.reload(), self._report)
        return changing

    def _read(self) -> Future[tuple[PromptFiles, Wildcards]]:
        paths, before, kept = self._paths, self._files, self._wildcards

        def read() -> tuple[PromptFiles, Wildcards]:
            files = read_prompt_files(resources_dir(), paths)
            if files.wildcards == before.wildcards:
                return files, kept
            wildcards = Wildcards(files.wildcards)
            wildcards.prepare()
            return files, wildcards

        self._reading = self._threads.submit(read)
        return self._reading

    def _take(self, found: tuple[PromptFiles, Wildcards]) -> None:
        files, wildcards = found
        before, self._files, self._wildcards = self._files, files, wildcards
        self._watch(files)
        if (files.styles, files.wildcards) != (before.styles, before.wildcards):
            self.changed.emit()
        problems = [Problem(code=error.code, params=error.params) for error in files.problems]
        for problem in problems:
            if str(problem) not in self._told:
                self.problem_raised.emit(problem)
        self._told = {str(problem) for problem in problems}

    def _watch(self, files: PromptFiles) -> None:
        """Folders of wildcards, or where they would lie; the file of styles once it is there."""
        if self._watcher is None:
            self._watcher = QFileSystemWatcher(self)
            self._watcher.directoryChanged.connect(self._on_touched)
            self._watcher.fileChanged.connect(self._on_touched)
        wanted = {*files.watched[:_WATCHED], str(self._paths.styles)}
        wanted |= set() if files.watched else {str(self._paths.library)}
        new = wanted.difference(self._watcher.directories(), self._watcher.files())
        if new:
            self._watcher.addPaths(sorted(new))

    def _on_touched(self, _: str) -> None:
        self._settled.start()
