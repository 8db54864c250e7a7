"""What there is to look at in Create."""

from pathlib import Path
from typing import Any

import msgspec

from studio.core.cache_costs import CacheCost
from studio.core.errors import PictureUnreadable
from studio.core.ids import new_id
from studio.core.inputs import Role
from studio.core.jobs import GenerateImages, JobState
from studio.core.messages import Note
from studio.core.messages import Stage as Phase
from studio.core.model import Kind, ModelSpec, lora_of
from studio.core.passes import SecondPass
from studio.core.plan import Foreseen
from studio.core.prompts.written import Style
from studio.core.records import Problem
from studio.core.traits import Guidance, Traits
from studio.ui.panels.create import CreatePanel
from tests.ui.drawings import draw, half_denoised
from tests.ui.fake_session import LARGE, POSTCARDS, FakeSession
from tests.ui.shelf import LIGHTNING_FILE, held, stocked
from tests.ui.stage import Stage, scene

PROMPT = (
    "a red lighthouse on the left, yellow sun, purple mountains, on the sea at dawn, flat illustrated"
    " postcard, wide calm sky, clean shapes, soft paper grain, limited palette of five inks"
)
GB = 1_000_000_000


def ask(
    session: FakeSession, prompt: str, pictures: int, seed: int, model: ModelSpec = POSTCARDS, **more: Any
) -> str:
    """Queue a job and return its id."""
    job = GenerateImages(id=new_id(), model=model, prompt=prompt, seed=seed, num_images=pictures, **more)
    session.generate(job)
    return job.id


def finished(
    session: FakeSession, prompt: str, pictures: int, seed: int, model: ModelSpec = POSTCARDS, **more: Any
) -> str:
    job = ask(session, prompt, pictures, seed, model, **more)
    session.play_start(job)
    for index in range(pictures):
        session.play_picture(job, index)
    session.play_end(job)
    return job


def create(stage: Stage) -> CreatePanel:
    stage.session.draw = draw
    panel = stage.show("create")
    assert isinstance(panel, CreatePanel)
    return panel


def with_history(stage: Stage) -> CreatePanel:
    """Two batches of an earlier sitting, one of them cut short by memory."""
    session = stage.session
    session.draw = draw
    finished(session, "three pine trees in the snow, a pale sun", 2, 31)
    job = ask(session, "a boat with red sails, blue mountains, on the sea at night", 4, 11)
    session.play_start(job)
    for index in (0, 1, 3):
        session.play_picture(job, index)
    session.star((session.job(job).assets[1],), True)
    problem = Problem(code="memory_exhausted", params={"phase": "decoding"}, traceback="Traceback …")
    session.play_end(job, JobState.FAILED, problem)
    return create(stage)


@scene("create-empty")
def empty(stage: Stage) -> None:
    create(stage)


@scene("create-no-model")
def no_model(stage: Stage) -> None:
    stage.session.all_models = []
    panel = create(stage)
    panel.prompt.prompt.insertPlainText("a boat with red sails")
    panel.acts.generate.trigger()


@scene("create-looking")
def looking(stage: Stage) -> None:
    """The models are still being read."""
    stage.session.all_models, stage.session.is_read = [], False
    create(stage)


@scene("create-busy")
def busy(stage: Stage) -> None:
    panel = with_history(stage)
    session = stage.session
    panel.prompt.prompt.insertPlainText(PROMPT)
    job = ask(session, PROMPT, 4, 2_147_483_648)
    session.play_start(job)
    session.play_picture(job, 0)
    session.play_phase(job, Phase.DENOISING, 17, 28, index=1, count=1)
    session.play_preview(job, 1, 17, half_denoised(2_147_483_649))


@scene("create-loading")
def loading(stage: Stage) -> None:
    with_history(stage)
    session = stage.session
    job = ask(session, "a balloon festival over green hills", 3, 77, LARGE)
    session.play_start(job)
    session.play_phase(job, Phase.LOADING, 4 * GB, 7 * GB)


@scene("create-content")
def content(stage: Stage) -> None:
    panel = with_history(stage)
    panel.prompt.prompt.insertPlainText(PROMPT)
    finished(stage.session, "a yellow tree on a green hill, morning", 3, 42)
    stage.settle()
    panel.browser.grid.setFocus()
    panel.browser.grid.choose(1)


@scene("create-error")
def error(stage: Stage) -> None:
    """Everything that can be wrong at once: no prompt, a size and a seed out of range, jobs that ended."""
    panel = with_history(stage)
    session = stage.session
    session.play_start(job := ask(session, "a lighthouse", 1, 5))
    session.play_end(
        job,
        JobState.FAILED,
        Problem(
            code="model_incomplete",
            params={"model": "SDXL Base 1.0", "file": "unet/diffusion_pytorch_model.safetensors"},
        ),
    )
    session.play_start(job := ask(session, "a house in the desert at noon", 4, 8))
    session.play_picture(job, 0)
    session.play_end(job, JobState.STOPPED)
    session.play_start(job := ask(session, "a wide bay", 3, 9, width=448, height=256))
    session.play_end(job, JobState.INTERRUPTED)
    panel.acts.generate.trigger()
    for field, text in ((panel.inspector.width_field, "100000"), (panel.inspector.seed_field, str(2**64))):
        field.setText(text)
        field.editingFinished.emit()


@scene("create-wide")
def wide(stage: Stage) -> None:
    with_history(stage)
    job = finished(stage.session, "a long coast with a lighthouse, sunset", 5, 61, width=448, height=256)
    record = stage.session.job(job)
    note = Note(code="size_changed", params={"width": 448, "height": 256, "asked": "450 × 250"})
    stage.session.play_end(record.job.id, notes=(note,))


@scene("create-large")
def large(stage: Stage) -> None:
    panel = with_history(stage)
    stage.settle()
    panel.browser.grid.choose(1)
    panel.browser.open_large()


@scene("create-fast")
def fast(stage: Stage) -> None:
    """A model that can be fast, and is."""
    stocked(stage.session).change_settings(image_model=LARGE.id)
    stage.session.all_models.append(LIGHTNING_FILE)
    with_history(stage).inspector.fast.box.click()


@scene("create-fast-off")
def fast_off(stage: Stage) -> None:
    stocked(stage.session).change_settings(image_model=LARGE.id)
    stage.session.all_models.append(LIGHTNING_FILE)
    with_history(stage)


@scene("create-fast-get")
def fast_get(stage: Stage) -> None:
    """A model that could be, with a LoRA that is not here."""
    stocked(stage.session).change_settings(image_model=LARGE.id)
    with_history(stage)


@scene("create-compare")
def compare(stage: Stage) -> None:
    """Two pictures of one prompt beside each other, and what they have otherwise."""
    panel = with_history(stage)
    finished(stage.session, "a yellow tree on a green hill, morning", 3, 42)
    stage.settle()
    panel.browser.grid.setFocus()
    panel.browser.grid.choose(0)
    panel.browser.open_large()
    panel.browser.compare()
    panel.browser.step(1)


TEMPLATE = (
    "a (red lighthouse:1.2) on the left, {yellow|orange} sun, purple mountains, on the sea at __time__,"
    " wide calm sky, <lora:ink:0.8>"
)


OWN_STYLES = (
    Style(name="Flat postcard", prompt="{prompt}, flat illustrated postcard, soft paper grain"),
    Style(name="Ink drawing", prompt="{prompt}, black ink, cross-hatching", titles={"zh": "墨线"}),
    Style(name="Night", prompt="{prompt}, at night, a full moon", titles={"zh": "夜晚"}),
)


def with_words(stage: Stage) -> CreatePanel:
    """With styles of the person's own, a wildcard of four, and a LoRA."""
    prompts = stage.session.prompts
    for one in OWN_STYLES:
        prompts.save_style(one)
    stage.session.all_models.append(style("ink", "sd1"))
    prompts.set_wildcards({"time": ("dawn", "noon", "dusk", "night")})
    return with_history(stage)


def write(panel: CreatePanel, text: str, *styles: str) -> None:
    """Put it into the prompt as it stands once the person has stopped typing."""
    panel.prompt.prompt.insertPlainText(text)
    panel.prompt.settings.set_styles(styles)
    panel.prompt.viewmodel.look()


@scene("create-prompt")
def prompt(stage: Stage) -> None:
    """Everything that a prompt can hold, with a style and eight prompts that it can become."""
    panel = with_words(stage)
    panel.prompt.negative.insertPlainText("text, watermark, blurry")
    write(panel, TEMPLATE, "Flat postcard")


@scene("create-prompt-styles")
def prompt_styles(stage: Stage) -> None:
    """Five styles, one of them gone, and a prompt that is read in parts."""
    stage.session.prompts.parts = 4
    panel = with_words(stage)
    styles = ("Flat postcard", "Watercolour", "Ink drawing", "Night", "A style that is not here any more")
    write(panel, ", ".join([PROMPT] * 6), *styles)


@scene("create-prompt-long")
def prompt_long(stage: Stage) -> None:
    """Past the limit of the model, on more lines than are shown."""
    panel = with_words(stage)
    panel.prompt.negative.insertPlainText("photograph, " * 90)
    write(panel, ", ".join([PROMPT] * 12))


@scene("create-prompt-error")
def prompt_error(stage: Stage) -> None:
    write(with_words(stage), "a {red|blue boat on the __see__ at __time__, <lora:inc:0.8>")


@scene("create-prompt-lora")
def prompt_lora(stage: Stage) -> None:
    write(with_words(stage), "a red boat at __time__, <lora:ink:0.6>, <lora:inc:0.8>")


@scene("create-suggestion")
def suggestion(stage: Stage) -> None:
    panel = with_words(stage)
    write(panel, "a red lighthouse at night")
    panel.prompt.write.click()
    stage.session.suggestions.play(
        "flat illustrated postcard, a red lighthouse on the left, calm sea, night sky with stars, a full"
        " moon, purple mountains in the distance, soft paper grain"
    )


@scene("create-suggestion-writing")
def suggestion_writing(stage: Stage) -> None:
    panel = with_words(stage)
    write(panel, "左边一座红色灯塔，夜里一轮满月")
    panel.prompt.translate.click()
    stage.session.suggestions.play("A red lighthouse on the left,", done=False)


@scene("create-suggestion-none")
def suggestion_none(stage: Stage) -> None:
    """No text model is installed."""
    stage.session.all_models = [POSTCARDS, LARGE]
    panel = with_words(stage)
    write(panel, "a red lighthouse at night")
    panel.prompt.write.click()


@scene("create-suggestion-failed")
def suggestion_failed(stage: Stage) -> None:
    panel = with_words(stage)
    write(panel, "a red lighthouse at night")
    panel.prompt.write.click()
    stage.session.suggestions.fail("suggestion_empty", model="Scribe")


@scene("create-styles-open")
def styles_open(stage: Stage) -> None:
    panel = with_words(stage)
    write(panel, "a red lighthouse", "Watercolour")
    stage.settle()
    panel.prompt.add_style.click()


@scene("create-possible-open")
def possible_open(stage: Stage) -> None:
    panel = with_words(stage)
    panel.prompt.settings.set_seed(7)
    write(panel, TEMPLATE, "Flat postcard")
    stage.settle()
    panel.prompt.possible.click()


@scene("create-history-open")
def history_open(stage: Stage) -> None:
    panel = with_words(stage)
    stage.settle()
    panel.prompt.earlier.click()


def style(name: str, suits: str, *words: str) -> ModelSpec:
    """A LoRA that is installed."""
    return ModelSpec(
        id=f"local/{name}",
        name=name,
        family="",
        base="LoRA",
        abilities=(),
        kind=Kind.LORA,
        suits=suits,
        path=f"/loras/{name}.safetensors",
        trigger_words=words,
    )


INK = style("woodblock-ink-v2", "sd1", "woodblock print", "sumi ink")
GRAIN = style("paper-grain", "sd1")
NEON = style("neon-signs-xl", "sdxl", "neon sign")


def with_inputs(stage: Stage, *roles: Role) -> CreatePanel:
    panel = with_history(stage)
    traits = Traits(scheduler="DDIMScheduler", roles=frozenset({Role.START, Role.REFER}))
    stage.session.put_traits(POSTCARDS.id, traits)
    asset = next(one for one in stage.session.all_assets if not one.trashed)
    for number, role in enumerate(roles):
        if number == 0:
            panel._viewmodel.inputs.add_assets([asset], role)
        else:
            panel.add_inputs([Path(f"/home/ada/scans/harbour at dusk {number}.jpg")], role)
    stage.settle()
    return panel


@scene("create-inputs")
def inputs(stage: Stage) -> None:
    """A picture to start from, one that moves to refer to, and LoRAs over the model."""
    session = stage.session
    session.all_models += [INK, GRAIN, NEON]
    session.inputs.moving.add("harbour at dusk 1.jpg")
    panel = with_inputs(stage, Role.START, Role.REFER, Role.REFER)
    panel.prompt.prompt.insertPlainText(PROMPT)
    settings = panel._viewmodel.settings
    settings.loras.add(lora_of(INK, 0.8))
    settings.loras.add(lora_of(GRAIN))
    session.put_outlook(POSTCARDS.id, held())
    session.foresight.put(Foreseen(outlook=held(measured=True), seconds=46.0))


@scene("create-inputs-refused")
def inputs_refused(stage: Stage) -> None:
    """What the model cannot take stands at its chip, and a LoRA of another base at its row."""
    session = stage.session
    session.all_models += [INK, GRAIN, NEON]
    panel = with_inputs(stage, Role.START, Role.REFER)
    session.put_traits(POSTCARDS.id, Traits(scheduler="FlowMatchEulerDiscreteScheduler"))
    settings = panel._viewmodel.settings
    panel.prompt.prompt.insertPlainText(PROMPT)
    settings.loras.add(lora_of(NEON))
    settings.set_scheduler("DPM++ 2M Karras")
    panel.acts.generate.trigger()


@scene("create-inputs-unreadable")
def inputs_unreadable(stage: Stage) -> None:
    """Of four files three are no pictures."""
    panel = with_inputs(stage, Role.START)
    names = ("notes.png", "boats.txt", "a long name of a picture that was cut short on its way.jpg")
    for name in names:
        stage.session.inputs.refused[name] = PictureUnreadable(path=f"/home/ada/scans/{name}")
    panel.add_inputs([Path(f"/home/ada/scans/{name}") for name in ("sea.png", *names)])
    stage.settle()


@scene("create-advanced")
def advanced(stage: Stage) -> None:
    """All that is folded away at first; the job does not fit."""
    panel = with_history(stage)
    session = stage.session
    traits = Traits(scheduler="FlowMatchEulerDiscreteScheduler", guidance=Guidance.DISTILLED, caches=True)
    session.put_traits(POSTCARDS.id, traits)
    settings = panel._viewmodel.settings
    settings.set_second_pass(SecondPass(scale=2.5, strength=0.4))
    settings.set_seamless(True)
    settings.set_cache("first_block")
    settings.sizes.lock_aspect(True)
    settings.sizes.choose_shape("4:3")
    short = msgspec.structs.replace(held(), needed_bytes=15 << 30, remedy="offload_model")
    session.put_outlook(POSTCARDS.id, held())
    session.foresight.put(Foreseen(outlook=short, seconds=None))
    panel.prompt.prompt.insertPlainText(PROMPT)
    stage.settle()
    panel.inspector.go_to("advanced")
    stage.settle()


def with_cache(stage: Stage) -> CreatePanel:
    panel = with_history(stage)
    stage.session.put_traits(POSTCARDS.id, Traits(caches=True))
    panel._viewmodel.settings.set_seed(31)
    panel._viewmodel.settings.set_cache("first_block")
    panel.prompt.prompt.insertPlainText(PROMPT)
    stage.settle()
    panel.inspector.go_to("advanced")
    stage.settle()
    panel.inspector._column.ensureWidgetVisible(panel.inspector.advanced.measure)
    return panel


@scene("create-cache")
def cache(stage: Stage) -> None:
    """What it gains and costs was measured here."""
    with_cache(stage)
    cost = CacheCost(cache="first_block", steps=20, faster=1.34, error=58.0)
    stage.session.cache_costs.put(POSTCARDS.id, cost)


@scene("create-cache-measuring")
def cache_measuring(stage: Stage) -> None:
    panel = with_cache(stage)
    panel.inspector.advanced.measure.click()
