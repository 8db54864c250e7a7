"""What to do: one frozen struct holds all that a worker needs, so a job can be stored, sent and repeated."""

import math
import re
from collections.abc import Sequence
from enum import StrEnum
from operator import attrgetter
from typing import Literal, TypeVar, assert_never

import msgspec

from studio.core.edits import (
    BY_WORDS,
    MOST_FEATHER,
    MOST_MARGIN,
    NEEDS_MASK,
    SCALES,
    Edit,
    Operation,
    Point,
)
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
from studio.core.model import Lora, ModelSpec, ReferenceAdapter
from studio.core.passes import SecondPass, StepCache, Variation
from studio.core.recipe import Execution
from studio.core.sheets import Sheet, Shot

Lane = Literal["image", "language"]
LANES: tuple[Lane, ...] = ("image", "language")

MAX_SEED = 2**64 - 1
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
MESSAGE_LIMIT = 2_000_000


class JobState(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"

    @property
    def ended(self) -> bool:
        return self not in (JobState.PENDING, JobState.RUNNING)


class Job(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """Base of all jobs: an id (UUIDv7) and the model that runs it."""

    id: str
    model: ModelSpec


class GenerateImages(Job, frozen=True, kw_only=True):
    """Words, and pictures where there are inputs, to pictures. None leaves a value to the model.

    Picture `i` of the batch is made from seed `(seed + i) mod 2⁶⁴`, unless its shot has another. Sizes in
    pixels. Those before `first` were made before the job was interrupted, and so were those of `made`.

    Attributes:
        template: the prompt as it was written, where styles, alternatives or wildcards made `prompt` of it.
        styles: the names of the styles in `prompt`.
        inputs: at most one to start from, and any number to refer to.
        reference_adapter: what looks at the references where the model does not by itself.
        strength: 0…1, how far a picture goes from the one that it starts from.
        shots: what single pictures do otherwise; one for each picture, or none at all.
        sheet: the contact sheet that the shots are cells of.
        edit: the inputs hold a picture that is changed, by this.
        cache: what may skip work between steps, at some cost in quality.
        again: the record of a picture that is to be made once more, pixel for pixel: in a batch of the same
            shape, at the same place in it. What is otherwise today is told.
    """

    prompt: str
    negative_prompt: str = ""
    template: str = ""
    styles: tuple[str, ...] = ()
    width: int | None = None
    height: int | None = None
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    scheduler: str | None = None
    loras: tuple[Lora, ...] = ()
    inputs: tuple[InputPicture, ...] = ()
    reference_adapter: ReferenceAdapter | None = None
    strength: float | None = None
    seed: int
    num_images: int = 1
    first: int = 0
    made: tuple[int, ...] = ()
    shots: tuple[Shot, ...] = ()
    sheet: Sheet | None = None
    variation: Variation | None = None
    second_pass: SecondPass | None = None
    seamless: bool = False
    cache: StepCache = ""
    edit: Edit | None = None
    again: Execution | None = None
    previews: bool = True

    @property
    def indices(self) -> Sequence[int]:
        """The pictures that are to be made."""
        every, made = range(self.first, self.num_images), frozenset(self.made)
        return [index for index in every if index not in made] if made else every

    def picture(self, index: int) -> "GenerateImages":
        """The job of this one picture, with what its shot says."""
        own = {"num_images": 1, "first": 0, "made": (), "shots": (), "seed": (self.seed + index) & MAX_SEED}
        shot = self.shots[index] if self.shots else Shot()
        said = {name: value for name, value in msgspec.structs.asdict(shot).items() if value is not None}
        said.pop("cell", None)
        return msgspec.structs.replace(self, **(own | said))

    @property
    def shared(self) -> "GenerateImages | None":
        """What jobs have in common whose pictures can be made together; None for one that is made alone: it
        has batches of its own, or skips work by what all pictures of a batch are like."""
        if self.shots or self.sheet or self.again or self.cache or self.made or self.edit:
            return None
        return msgspec.structs.replace(self, id="", seed=0, num_images=1, first=0, previews=True)

    def cell(self, index: int) -> int | None:
        """The picture's place in the sheet."""
        return self.shots[index].cell if self.shots else None

    def alike(self, first: int) -> range:
        """The pictures from `first` on that are to be made and differ in nothing but their seeds: they can be
        made together."""
        most = min((index for index in self.made if index > first), default=self.num_images)
        if not self.shots:
            return range(first, most)
        own, end = _settings_of(self), first + 1
        settings = _made_with(self.shots[first], own)
        while end < most and _made_with(self.shots[end], own) == settings:
            end += 1
        return range(first, end)


# What makes a picture but for its seed, of a shot and of a job.
_settings_of = attrgetter(*(name for name in Shot.__struct_fields__ if name not in ("seed", "cell")))


def _made_with(shot: Shot, own: tuple[object, ...]) -> list[object]:
    """The shot's settings, the job's own where it says none. A job made anew for each takes three times as
    long, which hundreds of them feel."""
    said: tuple[object, ...] = _settings_of(shot)
    return [ours if its is None else its for its, ours in zip(said, own, strict=True)]


class ProcessImage(Job, frozen=True, kw_only=True):
    """One picture to one picture, without words and without chance: enlarged, or cut out of its background.

    Attributes:
        inputs: the picture that is changed, and its mask where that alone says what is cut out.
    """

    edit: Edit
    inputs: tuple[InputPicture, ...]


class SelectObject(Job, frozen=True, kw_only=True):
    """The object at some places of a picture, as a mask; nothing of it is kept.

    Attributes:
        points: at least one of them inside.
    """

    picture: InputPicture
    points: tuple[Point, ...]


class ChatTurn(msgspec.Struct, frozen=True):
    """One turn as the model reads it."""

    role: Literal["system", "user", "assistant"]
    content: str


class Sampling(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How tokens are chosen; None leaves a value to the model. Temperature 0 takes the likeliest token."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    max_new_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None


class Reply(Job, frozen=True, kw_only=True):
    """The next answer of a conversation.

    Attributes:
        conversation, message: where the streamed answer is journaled (the assistant message already exists).
        turns: everything the model reads, oldest first, ending with the person's message.
    """

    conversation: str
    message: str
    turns: tuple[ChatTurn, ...]
    sampling: Sampling = Sampling()


Purpose = Literal["write", "translate"]


class Suggest(Job, frozen=True, kw_only=True):
    """Words for a prompt, to accept or not: belongs to no conversation, and nothing of it is kept.

    Attributes:
        text: the person's words; the turns ask about them.
    """

    purpose: Purpose
    text: str
    turns: tuple[ChatTurn, ...]
    sampling: Sampling = Sampling()

    @property
    def conversation(self) -> str:
        """What a model may remember the turns by: nothing else has them."""
        return self.id


TextJob = Reply | Suggest
PictureJob = GenerateImages | ProcessImage | SelectObject
AnyJob = PictureJob | TextJob


def lane_of(job: AnyJob) -> Lane:
    match job:
        case GenerateImages() | ProcessImage() | SelectObject():
            return "image"
        case Reply() | Suggest():
            return "language"
        case _:
            assert_never(job)


def title_of(job: AnyJob) -> str:
    """What the queue calls the job: its prompt as it was written, or what it answers, in one line."""
    match job:
        case GenerateImages():
            text = job.template or job.prompt or _changed(job.inputs)
        case ProcessImage():
            text = _changed(job.inputs)
        case SelectObject():
            text = job.picture.name
        case Reply():
            text = job.turns[-1].content
        case Suggest():
            text = job.text
        case _:
            assert_never(job)
    return " ".join(text[:400].split())


def _changed(inputs: Sequence[InputPicture]) -> str:
    """The name of the picture that is changed."""
    return next((one.name for one in inputs if one.role is Role.CHANGE), "")


def encode_job(job: AnyJob) -> str:
    """The job as JSON text, for the database."""
    return msgspec.json.encode(job).decode()


def decode_job(text: str) -> AnyJob:
    return msgspec.json.decode(text, type=AnyJob)


# C0 and C1 controls but tab and newline, lone surrogates, and the characters that reverse the reading order.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def clean_text(text: str) -> str:
    """The text without control characters and lone surrogates, line ends as newlines."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


JobType = TypeVar("JobType", GenerateImages, ProcessImage, SelectObject, Reply, Suggest)


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
        case Reply():
            return _checked_turns(job)
        case Suggest():
            return _checked_turns(msgspec.structs.replace(job, text=clean_text(job.text)))


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


TextJobType = TypeVar("TextJobType", Reply, Suggest)


def _checked_turns(job: TextJobType) -> TextJobType:
    turns = tuple(ChatTurn(turn.role, clean_text(turn.content)) for turn in job.turns)
    if not turns or not turns[-1].content.strip():
        raise MessageEmpty
    length = sum(len(turn.content) for turn in turns)
    if length > MESSAGE_LIMIT:
        raise PromptTooLong(length=length, limit=MESSAGE_LIMIT)
    sampling = job.sampling
    _check_range("temperature", sampling.temperature, 0, 5)
    _check_range("top-p", sampling.top_p, 0, 1)
    _check_range("top-k", sampling.top_k, 0, 1_000_000)
    _check_range("min-p", sampling.min_p, 0, 1)
    _check_range("repetition", sampling.repetition_penalty, 0.1, 10)
    _check_range("max tokens", sampling.max_new_tokens, 1, 1_000_000)
    if sampling.seed is not None:
        check_seed(sampling.seed)
    return msgspec.structs.replace(job, turns=turns)


def check_seed(seed: int) -> None:
    if not 0 <= seed <= MAX_SEED:
        raise SeedOutOfRange(value=seed)


def _check_range(name: str, value: float | None, least: float, most: float) -> None:
    if value is not None and not (math.isfinite(value) and least <= value <= most):
        raise ValueOutOfRange(name=name, value=value, least=least, most=most)
