"""Rewriting a text of 400 words, which is looked up, against a bare `generate` that writes the same."""

import tempfile
from pathlib import Path

import msgspec

from studio.catalog.inspect import inspect_model
from studio.core.model import ModelSpec
from studio.core.plain_text import clean_text
from studio.core.sampling import Sampling
from tests.bench.copying import copying_llama
from tests.bench.figures import Figure
from tests.bench.pairs import compare
from tests.bench.script import running
from tests.bench.studio_session import open_session, say

BAR = 1.5
ROUNDS, TOKENS = 2, 450


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="atelier-bench-") as folder:
        text = copying_llama(Path(folder) / "copying")
        model = inspect_model(Path(folder) / "copying")
        return [rewritten(model, text, TOKENS, ROUNDS, BAR, "rewriting 400 words / bare generate")]


def rewritten(model: ModelSpec, text: str, tokens: int, rounds: int, bar: float, name: str) -> Figure:
    """Tokens a second of both, and whether they wrote the same."""
    sampling = Sampling(temperature=0.0, max_new_tokens=tokens)
    same: list[bool] = []
    with (
        open_session() as session,
        running("tests.bench.bare_text", msgspec.json.encode(model).decode()) as script,
    ):
        ours_said: list[str] = []

        def ours(_: int) -> float:
            spoken = say(session, session.chats.begin().id, text, model, sampling)
            ours_said[:] = [spoken.text]
            return spoken.tokens / spoken.seconds

        def bare(_: int) -> float:
            answer = script.ask(text=text, tokens=tokens)
            same.append(not ours_said or _readable(answer["text"]) == _readable(ours_said[0]))
            return answer["tokens"] / answer["seconds"]

        compared = compare(rounds, ours, bare)
    ratio = compared.ratio
    note = compared.rates_note(model.name) + ("; the same text" if all(same) else "; ANOTHER TEXT")
    return Figure(name, f"{ratio:.2f}", f"≥ {bar}", ratio >= bar and all(same), note)


def _readable(text: str) -> str:
    """Without what is half a character, which has no one right spelling."""
    return clean_text(text).replace("\ufffd", "").strip()
