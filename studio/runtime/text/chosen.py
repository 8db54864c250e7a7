"""How the tokens of an answer are to be chosen: the job's wishes, else the model's."""

from dataclasses import dataclass

from studio.core.jobs import TextJob
from studio.runtime.desk import Desk

# Where neither person nor model says it: a little chance, or small models go round in circles.
DEFAULT_TEMPERATURE = 0.7
# As the author of both recommends (text-generation-webui #5677 and #6335); what DRY's sequences do not reach
# over are names and quotation marks of a dialogue, which repeat by right.
DRY_BASE, DRY_ALLOWED_LENGTH = 1.75, 2
DRY_BREAKERS = ("\n", ":", '"', "*")
XTC_THRESHOLD = 0.1


@dataclass(frozen=True)
class Chosen:
    """A temperature or top-p of 0 takes the likeliest token; 1.0 and 0 leave the others without effect."""

    temperature: float
    top_p: float
    top_k: int
    min_p: float | None
    repetition_penalty: float
    dry_multiplier: float = 0.0
    dry_base: float = DRY_BASE
    dry_allowed_length: int = DRY_ALLOWED_LENGTH
    xtc_probability: float = 0.0
    xtc_threshold: float = XTC_THRESHOLD
    banned: tuple[str, ...] = ()


def choose(job: TextJob, desk: Desk) -> Chosen:
    """The desk notes wishes that have no effect."""
    asked, own = job.sampling, job.model.defaults
    names = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty")
    given = {name: getattr(asked, name) for name in names}
    chosen = {name: value if value is not None else getattr(own, name) for name, value in given.items()}
    temperature = DEFAULT_TEMPERATURE if chosen["temperature"] is None else chosen["temperature"]
    if temperature == 0:
        for name in ("top_p", "top_k", "min_p", "xtc_probability"):
            if getattr(asked, name):
                desk.note("sampling_unused", name=name)
    return Chosen(
        temperature=temperature,
        top_p=1.0 if chosen["top_p"] is None else chosen["top_p"],
        top_k=chosen["top_k"] or 0,
        min_p=chosen["min_p"],
        repetition_penalty=chosen["repetition_penalty"] or 1.0,
        dry_multiplier=asked.dry_multiplier or 0.0,
        dry_base=asked.dry_base or DRY_BASE,
        dry_allowed_length=asked.dry_allowed_length or DRY_ALLOWED_LENGTH,
        xtc_probability=asked.xtc_probability or 0.0,
        xtc_threshold=XTC_THRESHOLD if asked.xtc_threshold is None else asked.xtc_threshold,
        banned=asked.banned,
    )
