"""Tokens per second through engine, session and journal, against a bare `generate` in a script."""

import msgspec

from studio.core.model import Ability
from studio.core.sampling import Sampling
from tests.bench.figures import Figure
from tests.bench.pairs import compare
from tests.bench.script import running
from tests.bench.starters import starter
from tests.bench.studio_session import open_session, say

BAR = 0.97
ROUNDS, TOKENS = 16, 160
QUESTIONS = (
    "Tell me a happy story about a small fox on the white beach.",
    "Write a prompt for a boat with red sails at sunset.",
    "Tell me a story about a lighthouse and the sea at night.",
    "Give me three ideas for a postcard.",
    "Tell me a sad story about an old house under a tree.",
    "How do I make a picture?",
    "Tell me a story about a cat who found a red balloon.",
    "Tell me a long story about three friends in the snow.",
)


def measure() -> list[Figure]:
    """The likeliest token is taken, so that both write the same words."""
    sampling = Sampling(temperature=0.0, max_new_tokens=TOKENS)
    with open_session() as session:
        model = starter(Ability.REPLY)
        with running("tests.bench.bare_text", msgspec.json.encode(model).decode()) as script:

            def ours(number: int) -> float:
                conversation = session.chats.begin().id
                spoken = say(session, conversation, QUESTIONS[number % len(QUESTIONS)], model, sampling)
                return spoken.tokens / spoken.seconds

            def bare(number: int) -> float:
                answer = script.ask(text=QUESTIONS[number % len(QUESTIONS)], tokens=TOKENS)
                return answer["tokens"] / answer["seconds"]

            compared = compare(ROUNDS, ours, bare)
    ratio = compared.ratio
    return [
        Figure(
            "tokens a second / bare generate",
            f"{ratio:.3f}",
            f"≥ {BAR}",
            ratio >= BAR,
            compared.rates_note(model.name),
        )
    ]
