"""What passes the pipe between engine and worker, as msgpack bytes; never a pickle, never pixels at size.

To the worker go `Run`, `Cancel`, `Release` and `Stop`. A `Run` is one job, or several jobs of pictures that
are alike but for their seeds (`Run.beside`, made by `runtime/together.py`). Whatever the worker says of a job
names that job, and each job, alone or beside others, ends with one `Result`, `Failed` or `Cancelled`.
"""

from enum import StrEnum

import msgspec

from studio.core.errors import Params
from studio.core.jobs import AnyJob, GenerateImages, Lane
from studio.core.plan import Plan
from studio.core.turns import ContextUse


class Message(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of everything on the wire."""


# To the worker.


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """Another job of pictures that is made in the same batches, and the folder for its own files."""

    job: GenerateImages
    staging: str


class Run(Message, frozen=True, kw_only=True):
    """Run the job; write finished files into `staging` (absolute); hold at most `memory_budget` bytes.

    Each of those `beside` it is like it but for its seeds (`GenerateImages.shared`) and stood right behind
    it in the queue. A `Cancel` names one of them and leaves the others; each of them all has its own end.
    """

    job: AnyJob
    staging: str
    memory_budget: int
    beside: tuple[Beside, ...] = ()

    @property
    def each(self) -> "tuple[Run, ...]":
        """Every job as a run of its own."""
        alone = [(self.job, self.staging), *((one.job, one.staging) for one in self.beside)]
        return tuple(
            Run(job=job, staging=staging, memory_budget=self.memory_budget) for job, staging in alone
        )


class Cancel(Message, frozen=True, kw_only=True):
    job: str


class Release(Message, frozen=True, kw_only=True):
    """Give memory back: the named model, or all of them; answered by `Memory`."""

    model: str | None = None


class Forget(Message, frozen=True, kw_only=True):
    """Let go of what was read of conversations that are no longer there; answered by `Memory`."""

    conversations: tuple[str, ...]


class Stop(Message, frozen=True, kw_only=True):
    """End the process after giving everything back."""


# From the worker.


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """Something that models run on.

    Attributes:
        kind: `cpu`, `cuda`, `mps`, `xpu`.
        bfloat16: it computes with it.
        tiles: a processor with units for matrices in bfloat16 (AMX).
    """

    kind: str
    name: str
    total_bytes: int
    free_bytes: int
    bfloat16: bool = True
    tiles: bool = False


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """What a process saw that imported torch to look at the machine, and ended."""

    devices: tuple[Device, ...] = ()


def read_probe(printed: bytes) -> Probe:
    """From what that process printed: libraries and drivers may say something before. Raises DecodeError."""
    lines = [line for line in printed.splitlines() if line.startswith(b"{")]
    return msgspec.json.decode(lines[-1] if lines else b"", type=Probe)


class Ready(Message, frozen=True, kw_only=True):
    """The worker listens. `devices` and `versions` are filled by a second Ready, once torch is imported."""

    lane: Lane
    pid: int
    families: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    versions: dict[str, str] = {}


class Stage(StrEnum):
    STARTING = "starting"  # the worker imports its libraries
    LOADING = "loading"  # unit bytes
    ENCODING = "encoding"
    DENOISING = "denoising"  # unit steps
    DECODING = "decoding"  # unit pictures
    SAVING = "saving"  # unit pictures
    WORKING = "working"  # on a picture, without steps; unit parts of it
    READING = "reading"  # prefill, unit tokens
    WRITING = "writing"  # unit tokens


class Begun(Message, frozen=True, kw_only=True):
    """The job's turn has come, the first's of several that are made together: what the worker did between two
    jobs is over. One that is stopped before is `Cancelled` by the reader, and never begins."""

    job: str


class Phase(Message, frozen=True, kw_only=True):
    """Where a job is; `total` is 0 where the end is not known.

    `index`, `count`: the first picture of the batch at work, and how many are in it.
    """

    job: str
    stage: Stage
    done: int = 0
    total: int = 0
    index: int = 0
    count: int = 1


class Preview(Message, frozen=True, kw_only=True):
    """A JPEG of at most 512 px of picture `index` as it stands after `step`."""

    job: str
    index: int
    step: int
    jpeg: bytes


class Tokens(Message, frozen=True, kw_only=True):
    """The next whole characters of an answer. `count` is the number of its tokens so far, `take` which of the
    answers made beside each other it is."""

    job: str
    text: str
    count: int
    take: int = 0


class TokensOfTakes(Message, frozen=True, kw_only=True):
    """The next words of several answers that are made beside each other: a message for each, thirty times a
    second, takes as long as what they are about."""

    job: str
    each: tuple[Tokens, ...]


class ContextRead(Message, frozen=True, kw_only=True):
    """What an answer to the job's turns reads, counted."""

    job: str
    use: ContextUse


class TakeEnded(Message, frozen=True, kw_only=True):
    """One of several answers is whole, while others are still written; why it ended is `stop` or `length`."""

    job: str
    take: int
    finish: str


class Selected(Message, frozen=True, kw_only=True):
    """What was found at the places that were clicked: a grey PNG of the picture's size, white where the
    object is. `score` is 0…1, as the model sees it."""

    job: str
    png: bytes
    score: float = 0.0


class Saved(Message, frozen=True, kw_only=True):
    """Picture `index` is whole on disk, recipe inside; `path` lies in the job's staging folder."""

    job: str
    index: int
    path: str
    asset: str
    width: int
    height: int
    seed: int


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something that did not apply or was changed on the way, by code, for a sentence in the interface.

    Codes: size_changed (width, height, asked), negative_unused, guidance_unused,
    scheduler_unused (scheduler), cache_unused (cache), steps_changed, prompt_cut (used, tokens),
    prompt_in_parts (parts), weights_unused, sampling_unused (name), system_folded,
    messages_dropped (count, first), no_chat_template, template_unused, thinking_cut (tokens),
    draft_unused (cause: cache, memory, unreadable or vocabulary), answer_empty, pictures_unread (count),
    sight_unused (count), pictures_gone (count), begun_unsure, vae_tiled, moved_to_cpu, batch_split (size),
    offloaded, offloaded_layers, vae_sliced, variation_unused, drift_unused, seamless_unused,
    made_differently (what, then, now), safer_precision (what, precision), picture_black,
    smaller_tiles (side),
    strength_raised (strength), references_left_out (used, given), reference_weight_unused,
    filled_by (method: inpaint or blending, pipeline),
    second_pass_failed (cause, and its params as cause_<name>).
    """

    code: str
    params: Params = {}


class Figures(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a job took; seconds and tokens.

    Attributes:
        pixels, together: of one picture, and how many were denoised at once.
        room: how many such pictures can be denoised at once; 0 where the family cannot say.
        plan: how the model was held.
        grown_bytes: by how much the memory of its device grew for model and job; 0 where that cannot be told,
            as where other models came or went meanwhile.
    """

    seconds: float = 0.0
    load_seconds: float = 0.0
    denoise_seconds: float = 0.0
    decode_seconds: float = 0.0
    prefill_seconds: float = 0.0
    steps: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    tokens: int = 0
    pixels: int = 0
    together: int = 0
    room: int = 0
    plan: Plan | None = None
    grown_bytes: int = 0


class Result(Message, frozen=True, kw_only=True):
    """The job is done; its pictures came as `Saved`, its text as `Tokens` (`text` is the whole answer)."""

    job: str
    pictures: int = 0
    text: str = ""
    finish: str = ""  # for text: stop, length
    notes: tuple[Note, ...] = ()
    figures: Figures = Figures()


class Failed(Message, frozen=True, kw_only=True):
    """The job ended in an error; `traceback` is text for the crash report."""

    job: str
    code: str
    params: Params = {}
    traceback: str = ""
    notes: tuple[Note, ...] = ()
    figures: Figures = Figures()


class PicturesFailed(Message, frozen=True, kw_only=True):
    """These pictures of a contact sheet cannot be made; the job goes on with the others, and is `Failed` in
    the end."""

    job: str
    indices: tuple[int, ...]
    code: str
    params: Params = {}
    traceback: str = ""


class Stopping(Message, frozen=True, kw_only=True):
    """The worker's reader has seen the Cancel; sent at once, while the job loop still works."""

    job: str


class Cancelled(Message, frozen=True, kw_only=True):
    """The job stopped as asked; the model is still loaded."""

    job: str
    text: str = ""
    notes: tuple[Note, ...] = ()
    figures: Figures = Figures()


class Pulse(Message, frozen=True, kw_only=True):
    """A sign of life between other messages, at most four a second, from the blocks of a model at work."""

    job: str


class Memory(Message, frozen=True, kw_only=True):
    """What the worker holds; sent after each load, release and job."""

    held_bytes: int
    models: tuple[str, ...] = ()
    device_total: int = 0
    device_free: int = 0


# What `python -m studio.runtime.convert` says, as one line of JSON.


class Converted(msgspec.Struct, frozen=True, kw_only=True, tag="done"):
    """A pickle's tensors are in `target`, as safetensors."""

    target: str
    tensors: int
    size_bytes: int


class NotConverted(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """Nothing was written; why, as an error's code and params."""

    code: str
    params: Params = {}


Conversion = Converted | NotConverted

ToWorker = Run | Cancel | Release | Forget | Stop
FromWorker = (
    Ready
    | Begun
    | Phase
    | Preview
    | Tokens
    | TokensOfTakes
    | ContextRead
    | TakeEnded
    | Selected
    | Saved
    | PicturesFailed
    | Result
    | Failed
    | Stopping
    | Cancelled
    | Pulse
    | Memory
)
