"""What to do: one frozen struct holds all that a worker needs, so a job can be stored, sent and repeated."""

from collections.abc import Sequence
from enum import StrEnum
from operator import attrgetter
from typing import Literal, assert_never

import msgspec

from studio.core.edits import Edit, Point
from studio.core.inputs import InputPicture, Role
from studio.core.model import Lora, ModelSpec, ReferenceAdapter
from studio.core.passes import SecondPass, StepCache, Variation
from studio.core.recipe import Execution
from studio.core.sampling import Sampling
from studio.core.sheets import Sheet, Shot
from studio.core.turns import ChatTurn

Lane = Literal["image", "language"]
LANES: tuple[Lane, ...] = ("image", "language")

MAX_SEED = 2**64 - 1


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


class Reply(Job, frozen=True, kw_only=True):
    """The next answer of a conversation, or several beside each other.

    Attributes:
        conversation, message: where the streamed answer is journaled (the assistant message already exists).
        takes: the messages of further answers to the same, made from one reading.
        turns: everything the model is to read, oldest first, ending with the person's message; what there is
            no room for is left out from the oldest on, and told.
        left_out: how many older turns are not even among them, since no model has room for so much.
        begun: the text of an answer that goes on, and how many tokens it took; what is written follows it.
        draft: a smaller model of the same vocabulary, which guesses ahead.
        summary_of: the title of the conversation that is summed up; empty for an answer.
    """

    conversation: str
    message: str
    takes: tuple[str, ...] = ()
    turns: tuple[ChatTurn, ...]
    left_out: int = 0
    begun: str = ""
    begun_tokens: int = 0
    sampling: Sampling = Sampling()
    draft: ModelSpec | None = None
    summary_of: str = ""

    @property
    def messages(self) -> tuple[str, ...]:
        """Those that are filled, by the number of the take."""
        return (self.message, *self.takes)


class ReadContext(Job, frozen=True, kw_only=True):
    """What an answer would read, counted; and, with `ahead`, read already, so that the answer begins at once.
    Nothing of it is kept."""

    conversation: str
    turns: tuple[ChatTurn, ...]
    sampling: Sampling = Sampling()
    ahead: bool = False


Purpose = Literal["write", "translate", "title", "picture"]


class Suggest(Job, frozen=True, kw_only=True):
    """Words for a prompt, or a title, to accept or not: of no conversation, and nothing of it is kept.

    Attributes:
        text: the words that the turns ask about.
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
ReadingJob = TextJob | ReadContext
PictureJob = GenerateImages | ProcessImage | SelectObject
AnyJob = PictureJob | ReadingJob


def lane_of(job: AnyJob) -> Lane:
    match job:
        case GenerateImages() | ProcessImage() | SelectObject():
            return "image"
        case Reply() | Suggest() | ReadContext():
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
            text = job.summary_of or job.turns[-1].content
        case ReadContext():
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
