"""Answers of tiny models, asked for as a job does."""

from pathlib import Path

from studio.catalog.inspect import inspect_model
from studio.core.jobs import Reply
from studio.core.messages import FromWorker, Result, TakeEnded
from studio.core.model import ModelSpec
from studio.core.sampling import Sampling
from studio.core.turns import ChatTurn
from studio.runtime.desk import Desk
from studio.runtime.families import language
from studio.runtime.residency import LoadContext
from studio.runtime.text.load import LoadedText
from tests.runtime.told import tokens_in


def load(path: Path, budget: int = 1 << 40) -> LoadedText:
    return language.load(inspect_model(path), LoadContext(Desk("job", path, [].append), budget))


class Asked:
    """One job and what came of it."""

    def __init__(
        self,
        loaded: LoadedText,
        text: str,
        sampling: Sampling,
        takes: int = 1,
        *,
        begun: str = "",
        draft: ModelSpec | None = None,
    ) -> None:
        self.sent = list[FromWorker]()
        job = Reply(
            id="job",
            model=inspect_model(Path(loaded.model.name_or_path)),
            conversation="c",
            message="m",
            takes=tuple(f"m{take}" for take in range(1, takes)),
            turns=(ChatTurn("user", text),),
            sampling=sampling,
            begun=begun,
            draft=draft,
        )
        self.result: Result = language.reply(loaded, job, Desk("job", Path(), self.sent.append))

    @property
    def texts(self) -> list[str]:
        """By take."""
        said: dict[int, str] = {}
        for one in tokens_in(self.sent):
            said[one.take] = said.get(one.take, "") + one.text
        return [said.get(take, "") for take in range(max(said, default=-1) + 1)]

    @property
    def ended(self) -> dict[int, str]:
        return {one.take: one.finish for one in self.sent if isinstance(one, TakeEnded)}

    @property
    def notes(self) -> dict[str, dict[str, str | int | float]]:
        return {note.code: note.params for note in self.result.notes}
