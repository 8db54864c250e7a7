"""A family without a model: its prompt is a script, so tests can drive the real engine into every corner.

A prompt (for a job of text: the last turn) holds steps separated by `;`, done in order; then the job does
what it is for, a small PNG for each picture or a few words. Any other words are just a prompt.
`ModelSpec.base` may hold such steps for the load. What is begun of an answer is not said again. A context has
as many tokens as words; one that is read ahead does the steps of its last turn, but says nothing.

    say TEXT        stream the words of TEXT as tokens; of several answers each says them, with its number
    think TEXT      the same as thoughts, in marks
    rate N COUNT    COUNT more words as tokens, N of them a second
    whole N         answer N of several is whole
    save            write the pictures now, rather than at the end
    some N          write the next N pictures now, and the rest at the end
    aside           write the pictures as a first pass leaves them, and tell nothing of it
    spoil N …       an error where one of these cells of a contact sheet is to be written
    preview         send a preview of each picture
    note CODE       something to be noted
    room N          N such pictures can be made together
    single          an error where several are to be made
    slow N S        N steps of S seconds each, looking for a stop before each
    until FILE      wait for the file to appear, looking for a stop all the time
    mark FILE       make an empty file
    deaf S          S seconds of work that looks for no stop
    freeze S        the same in native code that holds Python's lock, so that no thread answers
    half            write half a picture under its temporary name
    flood N         N token messages as fast as the pipe takes them
    raise TEXT      an error that nobody foresaw
    wrap            wait for a stop, and hide it in an error of its own
    refuse          an error of the studio's own: the model produced nothing
    leave           SystemExit, as some libraries raise
    memory          out of memory
    crowded         out of memory while any other fake model is loaded
    between FILE    make an empty file after the job, if no order waits; without a name it is an error
    long MARK FILE  likewise, and then wait for the other file to appear, whatever orders come
    full            no space left on the device
    segfault, abort, exit N, kill      the process ends
"""

import ctypes
import errno
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec

from studio.core.edits import Operation
from studio.core.errors import ModelProducedNothing
from studio.core.ids import new_id
from studio.core.inputs import InputPicture, Role, UsedInput
from studio.core.jobs import AnyJob, GenerateImages, ProcessImage, ReadContext, Reply, SelectObject, TextJob
from studio.core.messages import Result, Selected, Stage, Tokens
from studio.core.model import ModelSpec
from studio.core.recipe import Recipe
from studio.core.turns import ContextUse, TurnTokens
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk, Owner
from studio.runtime.residency import LoadContext

POLL_SECONDS = 0.005


class FakeModel:
    """Holds no more than a number of bytes that it claims."""

    alive: ClassVar[list["FakeModel"]] = []
    plan = None

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self.between: Callable[[], object] | None = None
        self.alive.append(self)

    def release(self) -> None:
        self.alive.remove(self)


class Script:
    """Does the steps of a prompt.

    Attributes:
        save: what the step `save` does; the job's own.
        stage: what the job is doing meanwhile.
        between: what is to be done after it.
    """

    def __init__(self, desk: Desk, spec: ModelSpec, stage: Stage, job: AnyJob | None = None) -> None:
        self.desk = desk
        self.spec = spec
        self.stage = stage
        self.job = job
        self.count = 0
        self.drawn = 0
        self.takes = len(job.messages) if isinstance(job, Reply) else 1
        self.spoilt: set[int] = set()
        self.between: Callable[[], object] | None = None

    def run(self, text: str) -> None:
        self.say_phase()
        for step in filter(None, (part.strip() for part in text.split(";"))):
            word, _, rest = step.partition(" ")
            known: Callable[[str], None] | None = getattr(self, f"do_{word}", None)
            if known is not None:
                self.say_phase()
                known(rest)

    def say_phase(self, done: int = 0, total: int = 0) -> None:
        pictures = self.job.indices if isinstance(self.job, GenerateImages) else range(1)
        self.desk.phase(self.stage, done, total, pictures[0] if pictures else 0, len(pictures))

    def do_say(self, text: str) -> None:
        for word in text.split():
            self.desk.check()
            self.put(f"{word} ")

    def put(self, text: str) -> None:
        """The next token of each answer."""
        if isinstance(self.job, ReadContext):
            return
        self.count += 1
        for take in range(self.takes):
            first = f"{take + 1}: " if self.takes > 1 and self.count == 1 else ""
            self.desk.tokens(first + text, self.count, take)

    def do_think(self, text: str) -> None:
        self.put("<think>\n")
        self.do_say(text)
        self.put("\n</think>\n\n")

    def do_rate(self, rest: str) -> None:
        rate, count = map(int, rest.split())
        began = time.monotonic()
        for number in range(count):
            self.desk.check()
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            self.put(f"word{number} ")

    def do_whole(self, take: str) -> None:
        self.desk.take_ended(int(take), "stop")

    def do_save(self, _: str) -> None:
        if isinstance(self.job, GenerateImages):
            self.draw(self.job, self.job.indices[self.drawn :])

    def do_some(self, count: str) -> None:
        if isinstance(self.job, GenerateImages):
            self.draw(self.job, self.job.indices[self.drawn : self.drawn + int(count)])

    def do_aside(self, _: str) -> None:
        if isinstance(self.job, GenerateImages):
            for index in self.job.indices:
                put_down(self.job, self.desk, index)

    def do_spoil(self, cells: str) -> None:
        self.spoilt = {int(cell) for cell in cells.split()}

    def draw(self, job: GenerateImages, indices: Sequence[int]) -> None:
        for index in indices:
            if job.cell(index) in self.spoilt:
                raise ModelProducedNothing(model=self.spec.name)
            draw(job, self.desk, index)
        self.drawn += len(indices)

    def do_preview(self, _: str) -> None:
        if isinstance(self.job, GenerateImages):
            for index in self.job.indices:
                self.desk.preview(index, 0, picture(self.job, index))

    def do_note(self, code: str) -> None:
        self.desk.note(code)

    def do_room(self, count: str) -> None:
        self.desk.state(room=int(count))

    def do_single(self, _: str) -> None:
        if isinstance(self.job, GenerateImages) and len(self.job.indices) > 1:
            raise RuntimeError("not several of them")

    def do_slow(self, rest: str) -> None:
        steps, seconds = rest.split()
        for step in range(int(steps)):
            self.say_phase(step, int(steps))
            time.sleep(float(seconds))
            self.desk.check()

    def do_until(self, file: str) -> None:
        while not Path(file).exists():
            self.desk.check()
            self.desk.cancelled.wait(POLL_SECONDS)

    def do_mark(self, file: str) -> None:
        Path(file).touch()

    def do_between(self, file: str) -> None:
        self.between = Path(file).touch if file else lambda: self.do_raise("between two jobs")

    def do_long(self, files: str) -> None:
        mark, awaited = map(Path, files.split())

        def work() -> None:
            mark.touch()
            while not awaited.exists():
                time.sleep(POLL_SECONDS)

        self.between = work

    def do_deaf(self, seconds: str) -> None:
        time.sleep(float(seconds))

    def do_freeze(self, seconds: str) -> None:
        if sys.platform == "win32":
            ctypes.PyDLL("kernel32").Sleep(int(1000 * float(seconds)))
        else:
            ctypes.PyDLL(None).usleep(int(1_000_000 * float(seconds)))

    def do_half(self, _: str) -> None:
        Path(self.desk.staging, f"{new_id()}.png.part").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))

    def do_flood(self, count: str) -> None:
        for _ in range(int(count)):
            self.desk.check()
            self.count += 1
            self.desk.send(Tokens(job=self.desk.job_id, text="word ", count=self.count))

    def do_raise(self, text: str) -> None:
        raise RuntimeError(text)

    def do_wrap(self, _: str) -> None:
        self.desk.cancelled.wait()
        try:
            self.desk.check()
        except Stopped as stopped:
            raise RuntimeError("the pipeline failed") from stopped

    def do_refuse(self, _: str) -> None:
        raise ModelProducedNothing(model=self.spec.name)

    def do_leave(self, _: str) -> None:
        raise SystemExit(4)

    def do_memory(self, _: str) -> None:
        raise MemoryError

    def do_crowded(self, _: str) -> None:
        if len(FakeModel.alive) > 1:
            raise MemoryError

    def do_full(self, _: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.desk.staging))

    def do_segfault(self, _: str) -> None:
        ctypes.string_at(0)

    def do_abort(self, _: str) -> None:
        os.abort()

    def do_exit(self, code: str) -> None:
        os._exit(int(code))

    def do_kill(self, _: str) -> None:
        os.kill(os.getpid(), signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)


def load(spec: ModelSpec, context: LoadContext) -> FakeModel:
    """A model that claims `spec.size_bytes`."""
    Script(context.desk, spec, Stage.LOADING).run(spec.base)
    return FakeModel(spec.size_bytes)


def generate(loaded: FakeModel, job: GenerateImages, desk: Desk) -> Result:
    """Pictures in a colour that the seed gives, after the script."""
    script = Script(desk, job.model, Stage.DENOISING, job)
    script.run(job.prompt)
    loaded.between = script.between
    if script.drawn < len(job.indices):
        script.do_save("")
    return desk.result()


def reply(loaded: FakeModel, job: TextJob, desk: Desk) -> Result:
    """A few words, unless the script has said some; all answers are written beside each other."""
    script = Script(desk, job.model, Stage.WRITING, job)
    script.run(job.turns[-1].content)
    loaded.between = script.between
    if not script.count:
        script.do_say("nothing to add")
    for take in range(script.takes - 1):
        desk.take_ended(take, "stop")
    return desk.result(finish="stop")


def read_context(loaded: FakeModel, job: ReadContext, desk: Desk) -> Result:
    """Counts words."""
    desk.context(context_of(job))
    if job.ahead:
        script = Script(desk, job.model, Stage.READING, job)
        script.run(job.turns[-1].content)
        loaded.between = script.between
    return desk.result()


def context_of(job: ReadContext) -> ContextUse:
    """Each word is a token, each picture a hundred; the oldest turns that do not fit are dropped."""
    turns = [
        TurnTokens(
            message=turn.message,
            block=turn.block,
            tokens=len(turn.content.split()),
            files=sum(len(file.text.split()) for file in turn.files),
            pictures=100 * len(turn.pictures),
        )
        for turn in job.turns
    ]
    limit, total = job.model.context_length or 0, sum(map(tokens_of, turns))
    for place, turn in enumerate(job.turns[:-1]):
        if limit and total > limit and not turn.kept:
            total -= tokens_of(turns[place])
            turns[place] = msgspec.structs.replace(turns[place], dropped=True)
    room = job.sampling.max_new_tokens or 1000
    room = min(room, max(0, limit - total)) if limit else room
    return ContextUse(turns=tuple(turns), total=total, limit=limit, room=room)


def tokens_of(turn: TurnTokens) -> int:
    return turn.tokens + turn.files + turn.pictures


def between_jobs(loaded: FakeModel, go_on: Callable[[], bool]) -> None:
    """What the last script left to be done."""
    if loaded.between and go_on():
        between, loaded.between = loaded.between, None
        between()


def process(loaded: FakeModel, job: ProcessImage, desk: Desk) -> Result:
    """The picture enlarged as it is, or with its mask as alpha."""
    from studio.media.recipes import write_png

    del loaded
    Script(desk, job.model, Stage.DENOISING, job).say_phase()
    image, mask = changed(job.inputs)
    if mask:
        image.putalpha(mask)
    scale = job.edit.scale
    image = image.resize((round(image.width * scale), round(image.height * scale)))
    owner = desk.of(0)
    if owner:
        recipe = Recipe(
            asset=owner.asset,
            job=owner.job_id,
            created=time.time(),
            model=job.model.id,
            model_name=job.model.name,
            width=image.width,
            height=image.height,
            inputs=used(job.inputs),
            edit=msgspec.structs.replace(job.edit, method="lanczos"),
        )
        write_png(image, owner.path, recipe)
        desk.saved(0, owner.path, owner.asset, image.width, image.height, 0)
    return desk.result()


def select(loaded: FakeModel, job: SelectObject, desk: Desk) -> Result:
    """A square of 9 pixels around the first place."""
    import io

    from PIL import Image

    del loaded
    mask, at = Image.new("L", (job.picture.width, job.picture.height)), job.points[0]
    mask.paste(255, (at.x - 4, at.y - 4, at.x + 5, at.y + 5))
    written = io.BytesIO()
    mask.save(written, "PNG")
    desk.send(Selected(job=job.id, png=written.getvalue(), score=0.9))
    return desk.result()


def changed(inputs: Sequence[InputPicture]):  # noqa: ANN201 - PIL images, as below
    """The picture that is changed, and its mask or None."""
    from PIL import Image

    by_role = {one.role: one for one in inputs}
    mask = by_role.get(Role.MASK)
    return Image.open(by_role[Role.CHANGE].path).copy(), Image.open(mask.path).copy() if mask else None


def used(inputs: Sequence[InputPicture]) -> tuple[UsedInput, ...]:
    return tuple(UsedInput(role=one.role, asset=one.asset, name=one.name, hash=one.hash) for one in inputs)


def picture(job: GenerateImages, index: int):  # noqa: ANN201 - a PIL image, imported when there is one to draw
    """One picture of the job; the same seed gives the same pixels. Of an edit the whole one, in the colour of
    the seed where the mask is white, or all over without one."""
    from PIL import Image

    one = job.picture(index)
    colour = (one.seed & 255, one.seed >> 8 & 255, one.seed >> 56 & 255)
    if job.edit is None:
        return Image.new("RGB", (one.width or 16, one.height or 16), colour)
    image, mask = changed(job.inputs)
    if job.edit.operation is Operation.EXTEND:
        margins = job.edit.margins
        size = (image.width + margins.left + margins.right, image.height + margins.top + margins.bottom)
        whole = Image.new(image.mode, size, colour)
        whole.paste(image, (margins.left, margins.top))
        return whole
    image.paste(colour, (0, 0, *image.size), mask)
    return image


def draw(job: GenerateImages, desk: Desk, index: int) -> None:
    """Write one picture of the job, and tell of it."""
    desk.phase(Stage.SAVING, index, job.num_images)
    if owner := put_down(job, desk, index):
        image, one = picture(job, index), job.picture(index)
        desk.saved(index, owner.path, owner.asset, image.width, image.height, one.seed)


def put_down(job: GenerateImages, desk: Desk, index: int) -> Owner | None:
    """Write it with its recipe, where anybody wants it."""
    from studio.media.recipes import write_png

    owner = desk.of(index)
    if owner is None:
        return None
    image, one = picture(job, index), job.picture(index)
    recipe = Recipe(
        asset=owner.asset,
        job=owner.job_id,
        created=time.time(),
        prompt=one.prompt,
        negative_prompt=one.negative_prompt,
        model=one.model.id,
        model_name=one.model.name,
        seed=one.seed,
        index=owner.index,
        width=image.width,
        height=image.height,
        num_inference_steps=one.num_inference_steps,
        guidance_scale=one.guidance_scale,
        sheet=job.sheet,
        cell=job.cell(index),
        inputs=used(job.inputs) if job.edit else (),
        edit=job.edit and msgspec.structs.replace(job.edit, method="inpaint"),
    )
    write_png(image, owner.path, recipe)
    return owner
