"""What can be asked of a job: every one is checked before it is queued, and its text cleaned."""

import math
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from studio.core.edits import BY_WORDS, MOST_FEATHER, MOST_MARGIN, NEEDS_MASK, SCALES, Edit, Operation
from studio.core.errors import (
    MessageEmpty,
    NothingExtended,
    PromptEmpty,
    PromptTooLong,
    SeedOutOfRange,
    SizeOutOfRange,
    ValueOutOfRange,
)
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import (
    MAX_SEED,
    GenerateImages,
    ProcessImage,
    ReadingJob,
    Reply,
    SelectObject,
    Suggest,
)
from studio.core.passes import Variation
from studio.core.plain_text import clean_text
from studio.core.recipe import Execution
from studio.core.turns import ChatTurn

MAX_PICTURES = 16
MAX_CELLS = 256  # of a contact sheet
MAX_INPUTS = 16  # far more than any model looks at; each is read whole
MAX_VARIATIONS = 100  # of each other; a person who goes on for longer begins anew
MAX_THREADS = 1024
MOST_POINTS = 64
SIZE_RANGE = (16, 8192)
LORA_SCALES = (-10, 10)  # below 0 it is taken away from the model; beyond 2 hardly any gives a picture
MOST_STEPS = 1000
PROMPT_LIMIT = 20_000
MESSAGE_LIMIT = 2_000_000  # characters, of what is said at once without the files
CONVERSATION_LIMIT = 16_000_000  # characters, of all that is said and of all files
MOST_TAKES = 8
MOST_BANNED = 256
# Of what a sampling says in numbers: what people call it, the least and the most.
SAMPLING_RANGES: dict[str, tuple[str, float, float]] = {
    "temperature": ("temperature", 0, 5),
    "top_p": ("top-p", 0, 1),
    "top_k": ("top-k", 0, 1_000_000),
    "min_p": ("min-p", 0, 1),
    "repetition_penalty": ("repetition", 0.1, 10),
    "max_new_tokens": ("max tokens", 1, 1_000_000),
    "dry_multiplier": ("DRY multiplier", 0, 100),
    "dry_base": ("DRY base", 1, 100),
    "dry_allowed_length": ("DRY allowed length", 1, 1_000_000),
    "xtc_probability": ("XTC probability", 0, 1),
    "xtc_threshold": ("XTC threshold", 0, 1),
    "thinking_budget": ("thinking budget", 0, 1_000_000),
}

JobType = TypeVar("JobType", GenerateImages, ProcessImage, SelectObject, Suggest)


def checked(job: JobType) -> JobType:
    """The job with its text cleaned; raises BadRequest for anything that no model can do."""
    match job:
        case GenerateImages():
            return _checked_images(job)
        case ProcessImage():
            _check_edit(job.edit, job.inputs)
            return job
        case SelectObject():
            _check_range("places", sum(one.inside for one in job.points), 1, MOST_POINTS)
            return job
        case Suggest():
            return _checked_words(job)


def _checked_images(job: GenerateImages) -> GenerateImages:
    _check_range("pictures", job.num_images, 1, MAX_CELLS if job.sheet else MAX_PICTURES)
    for made in (job.first, *job.made):
        _check_range("pictures made before", made, 0, job.num_images)
    if job.shots or job.sheet:
        _check_range("shots", len(job.shots), job.num_images, job.num_images)
    starts = sum(one.role is Role.START for one in job.inputs)
    _check_range("pictures to start from", starts, 0, 1)
    _check_range("pictures to begin with", len(job.inputs), 0, MAX_INPUTS)
    _check_again(job.again)
    if job.edit:
        _check_edit(job.edit, job.inputs)
    check_seed(job.seed)
    for index in range(job.num_images) if job.shots else (0,):
        _check_picture(job.picture(index))
    shots = tuple(
        msgspec.structs.replace(
            one, prompt=_cleaned(one.prompt), negative_prompt=_cleaned(one.negative_prompt)
        )
        for one in job.shots
    )
    return msgspec.structs.replace(
        job,
        prompt=clean_text(job.prompt),
        negative_prompt=clean_text(job.negative_prompt),
        template=clean_text(job.template),
        styles=tuple(map(clean_text, job.styles)),
        shots=shots,
    )


def _check_picture(job: GenerateImages) -> None:
    needed = job.edit is None or job.edit.operation in BY_WORDS
    if needed and not clean_text(job.prompt).strip():
        raise PromptEmpty
    for text in (clean_text(job.prompt), job.negative_prompt):
        if len(text) > PROMPT_LIMIT:
            raise PromptTooLong(length=len(text), limit=PROMPT_LIMIT)
    least, most = SIZE_RANGE
    width, height = job.width, job.height
    if not all(side is None or least <= side <= most for side in (width, height)):
        shown = ["auto" if side is None else side for side in (width, height)]
        raise SizeOutOfRange(width=shown[0], height=shown[1], least=least, most=most)
    check_seed(job.seed)
    _check_range("steps", job.num_inference_steps, 1, MOST_STEPS)
    _check_range("guidance", job.guidance_scale, 0, 100)
    _check_range("strength", job.strength, 0, 1)
    for lora in job.loras:
        _check_range("LoRA scale", lora.scale, *LORA_SCALES)
    for one in job.inputs:
        _check_range("reference weight", one.weight, 0, 2)
    _check_variation(job.variation)
    if job.second_pass:
        _check_range("second pass scale", job.second_pass.scale, 1, 4)
        _check_range("second pass strength", job.second_pass.strength, 0, 1)
        _check_range("second pass steps", job.second_pass.num_inference_steps, 1, MOST_STEPS)
        _check_enlarged(job.width, job.height, job.second_pass.scale)


def _check_edit(edit: Edit, inputs: Sequence[InputPicture]) -> None:
    changed = sum(one.role is Role.CHANGE for one in inputs)
    _check_range("pictures to change", changed, 1, 1)
    masks = sum(one.role is Role.MASK for one in inputs)
    _check_range("masks", masks, 1 if edit.operation in NEEDS_MASK else 0, 1)
    _check_range("feather", edit.feather, 0, MOST_FEATHER)
    _check_range("scale", edit.scale, *SCALES)
    margins = msgspec.structs.astuple(edit.margins)
    for margin in margins:
        _check_range("margin", margin, 0, MOST_MARGIN)
    if edit.operation is Operation.EXTEND and not any(margins):
        raise NothingExtended


def _check_variation(variation: Variation | None) -> None:
    """Also of what it is a variation of: a recipe may say anything."""
    depth = 0
    while variation:
        depth += 1
        _check_range("variations of variations", depth, 0, MAX_VARIATIONS)
        check_seed(variation.seed)
        _check_range("variation", variation.strength, 0, 1)
        _check_range("drift", variation.drift, 0, 1)
        variation = variation.of


def _check_again(then: Execution | None) -> None:
    """The record comes out of a picture, which may be anybody's."""
    if then is None:
        return
    _check_range("pictures made together", then.batch, 1, MAX_CELLS)
    _check_range("place among them", then.place, 0, then.batch - 1)
    _check_range("threads", then.threads, 1, MAX_THREADS)


def _check_enlarged(width: int | None, height: int | None, scale: float) -> None:
    """Only where a size is given: the model's own is not known here."""
    least, most = SIZE_RANGE
    sides = [side and round(side * scale) for side in (width, height)]
    if any(side is not None and side > most for side in sides):
        shown = ["auto" if side is None else side for side in sides]
        raise SizeOutOfRange(width=shown[0], height=shown[1], least=least, most=most)


def _cleaned(text: str | None) -> str | None:
    return None if text is None else clean_text(text)


def _checked_words(job: Suggest) -> Suggest:
    turns = tuple(msgspec.structs.replace(turn, content=clean_text(turn.content)) for turn in job.turns)
    job = msgspec.structs.replace(job, text=clean_text(job.text), turns=turns)
    check_turns(job)
    return job


def check_turns(job: ReadingJob) -> None:
    """For texts that are clean: to clean all files of a conversation takes longer than a window may stand
    still. Raises BadRequest for what no model can read, or not so."""
    turns = job.turns
    if not turns or not _says_something(turns[-1]):
        raise MessageEmpty
    length = sum(turn.length for turn in turns)
    for size, limit in ((len(turns[-1].content), MESSAGE_LIMIT), (length, CONVERSATION_LIMIT)):
        if size > limit:
            raise PromptTooLong(length=size, limit=limit)
    sampling = job.sampling
    for field, (name, least, most) in SAMPLING_RANGES.items():
        _check_range(name, getattr(sampling, field), least, most)
    _check_range("banned phrases", len(sampling.banned), 0, MOST_BANNED)
    if sampling.seed is not None:
        check_seed(sampling.seed)
    if isinstance(job, Reply):
        _check_range("takes", len(job.messages), 1, MOST_TAKES)


def _says_something(turn: ChatTurn) -> bool:
    return bool(turn.content.strip() or turn.files or turn.pictures)


def check_seed(seed: int) -> None:
    if not 0 <= seed <= MAX_SEED:
        raise SeedOutOfRange(value=seed)


def _check_range(name: str, value: float | None, least: float, most: float) -> None:
    if value is not None and not (math.isfinite(value) and least <= value <= most):
        raise ValueOutOfRange(name=name, value=value, least=least, most=most)
