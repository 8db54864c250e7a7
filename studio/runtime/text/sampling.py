"""How the tokens of an answer are chosen: the job's wishes, else the model's."""

from dataclasses import dataclass

from studio.core.jobs import TextJob
from studio.runtime.desk import Desk

# Where neither person nor model says it: a little chance, or small models go round in circles.
DEFAULT_TEMPERATURE = 0.7


@dataclass(frozen=True)
class Chosen:
    """A temperature of 0 takes the likeliest token; 1.0 and 0 leave the others without effect."""

    temperature: float
    top_p: float
    top_k: int
    min_p: float | None
    repetition_penalty: float


def choose(job: TextJob, desk: Desk) -> Chosen:
    """The desk notes wishes that have no effect."""
    asked, own = job.sampling, job.model.defaults
    names = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty")
    given = {name: getattr(asked, name) for name in names}
    chosen = {name: value if value is not None else getattr(own, name) for name, value in given.items()}
    temperature = DEFAULT_TEMPERATURE if chosen["temperature"] is None else chosen["temperature"]
    if temperature == 0:
        for name in ("top_p", "top_k", "min_p"):
            if given[name] is not None:
                desk.note("sampling_unused", name=name)
    return Chosen(
        temperature=temperature,
        top_p=chosen["top_p"] or 1.0,
        top_k=chosen["top_k"] or 0,
        min_p=chosen["min_p"],
        repetition_penalty=chosen["repetition_penalty"] or 1.0,
    )
