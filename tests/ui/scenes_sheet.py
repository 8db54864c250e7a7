"""What there is to look at of contact sheets."""

from studio.core.jobs import GenerateImages, JobState
from studio.core.messages import Stage as Phase
from studio.core.records import Problem
from studio.core.sheet_language import read_sheet, write_values
from studio.core.sheets import Setting
from studio.ui.panels.create import CreatePanel
from studio.viewmodels.sheet_draft import ACROSS, DOWN
from tests.ui.drawings import half_denoised
from tests.ui.scenes_create import PROMPT, create
from tests.ui.shelf import LIGHTNING_FILE
from tests.ui.stage import Stage, scene


def made(stage: Stage, text: str, prompt: str = PROMPT) -> tuple[CreatePanel, list[GenerateImages]]:
    """The sheet is asked for and open."""
    panel = create(stage)
    panel.prompt.prompt.insertPlainText(prompt)
    axes = read_sheet(text)
    builder = panel.sheets._viewmodel.builder
    for name in (ACROSS, DOWN):
        builder.set_setting(name, None)
    for name, axis in zip((ACROSS, DOWN), axes, strict=False):
        builder.set_setting(name, axis.setting)
        builder.set_subject(name, axis.subject)
        builder.set_text(name, write_values(axis.values))
    assert panel.sheets._viewmodel.make(), builder.problems
    stage.settle()
    jobs = [record.job for record in stage.session.all_jobs if isinstance(record.job, GenerateImages)]
    return panel, jobs


def paint(stage: Stage, job: GenerateImages, count: int | None = None) -> None:
    stage.session.play_start(job.id)
    for index in range(job.num_images if count is None else count):
        stage.session.play_picture(job.id, index)


@scene("create-sheet-busy")
def busy(stage: Stage) -> None:
    """Some done, one picked, one rejected, four in the making, the rest waiting."""
    panel, (job,) = made(stage, "seed=1..6; guidance=3,5,7,9.5")
    paint(stage, job, 7)
    ids = stage.session.job(job.id).assets
    stage.session.star((ids[1],), True)
    stage.session.trash((ids[3],))
    stage.session.play_phase(job.id, Phase.DENOISING, 9, 20, index=7, count=4)
    for index in (7, 8, 9):
        stage.session.play_preview(job.id, index, 9, half_denoised(index))
    panel.sheets.page.grid.choose(1)


@scene("create-sheet-done")
def done(stage: Stage) -> None:
    panel, (job,) = made(stage, "steps=10,20,30; size=256x256,448x256,256x384")
    paint(stage, job)
    stage.session.play_end(job.id)
    panel.sheets.page.grid.choose(4)


@scene("create-sheet-failed")
def failed(stage: Stage) -> None:
    """Prompts as headings; memory ran out in the middle."""
    text = (
        'prompt="a red lighthouse on the left, yellow sun", "a yellow tree on a green hill",'
        ' "海上一只红帆的船，日落"; steps=10,20,30'
    )
    _, (job,) = made(stage, text)
    paint(stage, job, 4)
    problem = Problem(code="memory_exhausted", params={"phase": "decoding"}, traceback="Traceback …")
    stage.session.play_end(job.id, JobState.FAILED, problem)


@scene("create-sheet-large")
def large(stage: Stage) -> None:
    """Sixteen by sixteen, most of it made."""
    panel, (job,) = made(stage, "seed=1..16; guidance=1..16")
    paint(stage, job, 200)
    panel.sheets.page.grid.choose(18)


@scene("create-sheet-rebuilt")
def rebuilt(stage: Stage) -> None:
    """Known from its pictures alone: the database was lost while it was made."""
    panel, (job,) = made(stage, "seed=1..4; guidance=3,5,7")
    paint(stage, job, 7)
    stage.session.play_end(job.id, JobState.STOPPED)
    sheet = panel.sheets._viewmodel
    stage.session.all_jobs = [record for record in stage.session.all_jobs if record.job.id != job.id]
    sheet.cells.expect(job.sheet.id if job.sheet else "")
    sheet.open(sheet.cells.awaited)
    stage.settle()


@scene("create-sheet-elsewhere")
def elsewhere(stage: Stage) -> None:
    """A command line makes it."""
    panel, (job,) = made(stage, "seed=1..4; guidance=3,5,7")
    stage.session.sheets.others.add(job.id)
    paint(stage, job, 5)
    panel.sheets.page.refresh()


@scene("create-sheet-batch")
def batch(stage: Stage) -> None:
    """The same sheet in the list of batches."""
    panel, (job,) = made(stage, "seed=1..3; guidance=3,5")
    paint(stage, job)
    stage.session.play_end(job.id)
    panel.sheets.close()


@scene("create-sheet-form")
def form(stage: Stage) -> None:
    panel = create(stage)
    panel.prompt.prompt.insertPlainText(PROMPT)
    panel.sheets.new.trigger()


@scene("create-sheet-form-error")
def form_error(stage: Stage) -> None:
    """A LoRA and its scale, and values that are none."""
    stage.session.all_models.append(LIGHTNING_FILE)
    panel = create(stage)
    panel.prompt.prompt.insertPlainText(PROMPT)
    builder = panel.sheets._viewmodel.builder
    builder.set_setting(ACROSS, Setting.LORA)
    builder.set_setting(DOWN, Setting.SEED)
    builder.set_text(DOWN, "1-4")
    panel.sheets.new.trigger()


@scene("create-sheet-form-models")
def form_models(stage: Stage) -> None:
    panel = create(stage)
    panel.prompt.prompt.insertPlainText(PROMPT)
    builder = panel.sheets._viewmodel.builder
    builder.set_setting(ACROSS, Setting.MODEL)
    builder.set_setting(DOWN, Setting.REPLACE)
    builder.set_text(DOWN, "red, blue, green")
    panel.sheets.new.trigger()
