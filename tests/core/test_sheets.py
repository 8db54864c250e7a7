"""Contact sheets as they are written, and the jobs that they become."""

import random

import msgspec
import pytest

from studio.core import errors
from studio.core.ids import new_id
from studio.core.inputs import InputPicture, Role
from studio.core.job_checks import checked
from studio.core.jobs import MAX_SEED, GenerateImages, JobState, decode_job, encode_job
from studio.core.model import Ability, Defaults, Kind, Lora, ModelSpec
from studio.core.passes import SecondPass
from studio.core.prompts.alternatives import expand
from studio.core.prompts.jobs import written
from studio.core.prompts.wildcards import Wildcards
from studio.core.prompts.written import Style
from studio.core.recipe import Execution, Recipe, UsedLora
from studio.core.records import Asset, Failure, JobRecord, Problem
from studio.core.sheet_cells import Known, cells, new_sheet, renewed
from studio.core.sheet_language import EXAMPLES, read_axis, read_sheet, sheet_text, write_values
from studio.core.sheet_missing import missing_jobs
from studio.core.sheet_state import Cell, CellState, SheetState, sheet_state
from studio.core.sheets import Axis, Setting, Shot
from studio.session.again import recipe_job


def model(name: str, suits: str = "sd15", **more: object) -> ModelSpec:
    abilities = (Ability.GENERATE,) if more.get("kind") is not Kind.LORA else ()
    own = {"family": "fake", "base": "Fake", "abilities": abilities, "suits": suits} | more
    return ModelSpec(id=f"local/{name.lower()}", name=name, **{"path": f"/models/{name}"} | own)


FIRST, SECOND, OTHER = model("First"), model("Second"), model("Other", "sdxl")
INK, OIL = model("Ink", kind=Kind.LORA), model("Oil", "sdxl", kind=Kind.LORA)
KNOWN = Known(models=(FIRST, SECOND, OTHER), loras=(INK, OIL))


def base(**changes: object) -> GenerateImages:
    plain = GenerateImages(id=new_id(), model=FIRST, prompt="a red boat", seed=7)
    return msgspec.structs.replace(plain, **changes)


def jobs(text: str, **changes: object) -> tuple[GenerateImages, ...]:
    made = cells(base(**changes), new_sheet(read_sheet(text), KNOWN), KNOWN)
    return tuple(checked(job) for job in made)


# The language.


@pytest.mark.parametrize(
    ("text", "setting", "values"),
    [
        ("seed=1..4", "seed", ("1", "2", "3", "4")),
        ("seed = 4..1", "seed", ("4", "3", "2", "1")),
        (f"seed={MAX_SEED}", "seed", (str(MAX_SEED),)),
        ("steps=10..30..5", "steps", ("10", "15", "20", "25", "30")),
        ("steps=10..31..10, 50", "steps", ("10", "20", "30", "50")),
        ("guidance=3,5,7.50", "guidance", ("3", "5", "7.5")),
        ("guidance=0.1..0.3", "guidance", ("0.1", "0.2", "0.3")),
        ("strength=0.2..0.8..0.3", "strength", ("0.2", "0.5", "0.8")),
        ("size=512x512, 768 × 512", "size", ("512x512", "768x512")),
        ("scheduler=euler A, DDIM, DPMSolverMultistep", "scheduler", ("Euler a", "DDIM", "DPM++ 2M")),
        ('prompt="a red, small boat", a blue boat', "prompt", ("a red, small boat", "a blue boat")),
        ("prompt=“红色，小船”，蓝色小船", "prompt", ("红色，小船", "蓝色小船")),
        (
            "prompt={red, dark|blue} boat, __colour__ cat",
            "prompt",
            ("{red, dark|blue} boat", "__colour__ cat"),
        ),
        ("prompt={a|b;c=d}, {e, {f, g|h}|i}", "prompt", ("{a|b;c=d}", "{e, {f, g|h}|i}")),
        (r"prompt=\{a, b\}, {c, d", "prompt", (r"\{a", r"b\}", "{c", "d")),
        ("replace=red,blue", "replace", ("red", "blue")),
        ("cache=Off, first block, taylor_seer", "cache", ("off", "first_block", "taylor_seer")),
        ("model=local/first,Second", "model", ("local/first", "Second")),
        ("lora Ink=-1..1..0.5", "lora", ("-1", "-0.5", "0", "0.5", "1")),
        ("Seeds＝1，2", "seed", ("1", "2")),
    ],
)
def test_values_are_read_as_people_write_them(text: str, setting: str, values: tuple[str, ...]):
    (axis,) = read_sheet(text)
    assert (axis.setting.value, axis.values) == (setting, values)


def test_two_settings_are_the_columns_and_the_rows():
    columns, rows = read_sheet("seed=1..4; lora “Ink wash”=0,1;")
    assert (columns.setting, rows.setting, rows.subject) == (Setting.SEED, Setting.LORA, "Ink wash")


def test_what_is_written_out_is_read_in_again():
    for setting, text in EXAMPLES.items():
        axis = read_axis(setting, text, "Ink" if setting is Setting.LORA else "")
        assert read_axis(setting, write_values(axis.values), axis.subject) == axis


@pytest.mark.parametrize(
    "text",
    [
        "seed=1..4; guidance=3,5,7",
        'prompt="a red, small boat", a blue boat; size=64x64,128x64',
        'prompt=“a "big, red" boat”, {a, b|c}; lora “local/ink; 2”=0,0.5',
        'replace="red", blue; seed=1',
    ],
)
def test_a_whole_sheet_is_written_as_it_is_read(text: str):
    axes = read_sheet(text)
    assert read_sheet(sheet_text(axes)) == axes


@pytest.mark.parametrize(
    "values",
    [
        ("a {b", "c} d"),
        ("a “b", "c” d"),
        ("a {b", "{c|d}", "e} f"),
        ('a "red” boat', '"', '""', "”", '"red" and "blue"'),
        ("a\\", r"\{b", r"c\}", "{d, e|f}"),
    ],
)
def test_values_are_told_apart_whatever_stands_in_them(values: tuple[str, ...]):
    axes = (Axis(setting=Setting.PROMPT, values=values), Axis(setting=Setting.SEED, values=("1", "2")))
    assert read_sheet(sheet_text(axes)) == axes == read_sheet(sheet_text(axes[::-1]))[::-1]


def test_whatever_is_written_out_is_read_in_again():
    dice = random.Random(1)
    for _ in range(2000):
        texts = ("".join(dice.choices('ab ,;={}|\\"“”，', k=dice.randint(1, 8))).strip() for _ in range(4))
        values = tuple(dict.fromkeys(filter(None, texts))) or ("a",)
        subject = values[-1]
        axes = (
            Axis(setting=Setting.REPLACE, values=values),
            Axis(setting=Setting.LORA, values=("0", "1"), subject=subject),
        )
        assert read_sheet(sheet_text(axes)) == axes


def test_a_value_that_only_begins_and_ends_with_marks_keeps_them():
    (axis,) = read_sheet('prompt="red" and "blue", "a ""red"" boat"')
    assert axis.values == ('"red" and "blue"', 'a "red" boat')


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", errors.SheetEmpty),
        (" ; ", errors.SheetEmpty),
        ("seed", errors.SheetEmpty),
        ("seed=,", errors.SheetEmpty),
        ("colour=red", errors.SheetSettingUnknown),
        ("seed of it=1", errors.SheetSettingUnknown),
        ("seed=1;steps=2;guidance=3", errors.SheetSides),
        ("seed=1;seed=2", errors.SheetSettingTwice),
        ("lora Ink=1;lora Ink=2", errors.SheetSettingTwice),
        ("seed=1,1", errors.SheetValueTwice),
        ("guidance=3,3.0", errors.SheetValueTwice),
        ("seed=1..257", errors.SheetTooLarge),
        ("seed=1..17;guidance=1..16", errors.SheetTooLarge),
        (f"seed=0..{10**23}", errors.SheetTooLarge),
        ("strength=0..1..0.000000000001", errors.SheetTooLarge),
        ("seed=1-4", errors.SheetValueUnreadable),
        ("seed=1.5", errors.SheetValueUnreadable),
        ("steps=1..3..0.5", errors.SheetValueUnreadable),
        ("guidance=much", errors.SheetValueUnreadable),
        ("guidance=nan", errors.SheetValueUnreadable),
        ("guidance=1e99", errors.SheetValueUnreadable),
        ("size=512", errors.SheetValueUnreadable),
        ('prompt=""', errors.SheetValueUnreadable),
        ("seed=1..9..0", errors.SheetRangeEndless),
        (f"seed={MAX_SEED + 1}", errors.SeedOutOfRange),
        ("seed=-1", errors.SeedOutOfRange),
        ("steps=0", errors.ValueOutOfRange),
        ("guidance=101", errors.ValueOutOfRange),
        ("strength=1.1", errors.ValueOutOfRange),
        ("lora Ink=11", errors.ValueOutOfRange),
        ("lora=1", errors.SheetLoraMissing),
        ("size=8x512", errors.SizeOutOfRange),
        ("scheduler=Oiler", errors.SheetNameUnknown),
        ("cache=full", errors.SheetValueUnreadable),
    ],
)
def test_everything_wrong_has_its_sentence(text: str, error: type[errors.StudioError]):
    with pytest.raises(error) as caught:
        read_sheet(text)
    assert caught.value.hint.format(**caught.value.params)


def test_the_nearest_name_is_told():
    with pytest.raises(errors.SheetNameUnknown) as caught:
        jobs("model=Frist,Second")
    assert caught.value.params["near"] == "First"
    with pytest.raises(errors.SheetSettingUnknown) as unknown:
        read_sheet("guidence=1")
    assert unknown.value.params["near"] == "guidance"
    with pytest.raises(errors.SheetNameUnknown) as lora:
        jobs("lora Inc=0,1")
    assert lora.value.params["near"] == "Ink"


def test_a_lora_is_named_by_its_file_too():
    wash = model("Ink wash", kind=Kind.LORA, path="/loras/ink_wash-v2.safetensors")
    known = msgspec.structs.replace(KNOWN, loras=(INK, wash))
    (job,) = cells(base(), new_sheet(read_sheet("lora ink_wash-v2=0,1"), known), known)
    assert [[one.id for one in job.picture(i).loras] for i in job.indices] == [[wash.id], [wash.id]]


# The cells.


def test_each_cell_is_made_with_its_values():
    (job,) = jobs("steps=10,20; guidance=3,5,7")
    assert job.num_images == 6
    made = {job.cell(i): job.picture(i) for i in job.indices}
    assert sorted(made) == list(range(6))
    assert {(one.num_inference_steps, one.guidance_scale) for one in made.values()} == {
        (steps, guidance) for steps in (10, 20) for guidance in (3, 5, 7)
    }
    assert (made[3].num_inference_steps, made[3].guidance_scale) == (20, 5), "row by row from the top left"
    assert {one.seed for one in made.values()} == {7}, "a sheet compares under one seed"
    assert decode_job(encode_job(job)) == job


def test_caches_are_compared_with_none():
    (job,) = jobs("cache=off,first_block; seed=1,2", cache="taylor_seer")
    made = {job.cell(i): job.picture(i).cache for i in job.indices}
    assert made == {0: "", 1: "first_block", 2: "", 3: "first_block"}
    assert [len(job.alike(first)) for first in (0, 2)] == [2, 2]
    assert decode_job(encode_job(job)) == job, "off is not the job's own"


@pytest.mark.parametrize("text", ["seed=1..4; guidance=3,5", "guidance=3,5; seed=1..4"])
def test_pictures_that_differ_by_their_seeds_alone_are_made_together(text: str):
    (job,) = jobs(text)
    assert [len(job.alike(first)) for first in (0, 4)] == [4, 4]
    assert sorted(job.cell(i) for i in job.indices) == list(range(8))


def test_pictures_are_alike_that_come_to_the_same_however_it_is_said():
    shots = (Shot(seed=1), Shot(seed=2, num_inference_steps=20), Shot(num_inference_steps=21), Shot())
    job = base(shots=shots, num_images=4, num_inference_steps=20)
    assert [job.alike(first) for first in range(4)] == [range(2), range(1, 2), range(2, 3), range(3, 4)]


def test_what_was_made_before_is_between_those_that_are_made_together():
    (job,) = jobs("seed=1..6")
    job = msgspec.structs.replace(job, first=1, made=(3,))
    assert list(job.indices) == [1, 2, 4, 5]
    assert (job.alike(1), job.alike(4)) == (range(1, 3), range(4, 6))
    plain = base(num_images=6, made=(3,))
    assert (plain.alike(0), plain.alike(4), plain.shared) == (range(3), range(4, 6), None)
    assert renewed(job, 9).indices == range(6)
    with pytest.raises(errors.ValueOutOfRange):
        checked(msgspec.structs.replace(plain, made=(7,)))


def test_each_model_is_loaded_once_and_the_chosen_one_first():
    made = jobs("seed=1,2; model=Second,local/first,Other", loras=(_lora(INK),))
    assert [job.model for job in made] == [FIRST, SECOND, OTHER]
    assert len({job.sheet for job in made}) == 1 and len({job.id for job in made}) == 3
    assert [job.cell(0) for job in made] == [2, 0, 4]
    assert [[one.id for one in job.loras] for job in made] == [[INK.id], [INK.id], []], (
        "it is for another base"
    )


def test_a_lora_takes_its_place_among_those_that_are_laid_over_the_model():
    (job,) = jobs("lora Ink=0,0.5,1", loras=(_lora(INK, 0.9), _lora(OIL, 0.2)))
    scales = [[(one.id, one.scale) for one in job.picture(i).loras] for i in job.indices]
    assert scales == [[(INK.id, scale), (OIL.id, 0.2)] for scale in (0, 0.5, 1)]
    (job,) = jobs("lora Ink=0.5")
    assert job.picture(0).loras == (_lora(INK, 0.5),)
    with pytest.raises(errors.SheetLoraForAnother):
        jobs("lora Oil=0,1")


def test_words_are_replaced_in_the_prompt():
    (job,) = jobs("replace=red,blue; replace=boat,ship")
    assert [job.picture(i).prompt for i in sorted(job.indices, key=job.cell)] == [
        "a red boat",
        "a blue boat",
        "a red ship",
        "a blue ship",
    ]
    with pytest.raises(errors.SheetWordsMissing):
        jobs("replace=green,blue")


def test_prompts_of_their_own_need_none_before():
    (job,) = jobs("prompt=a cat, a dog; size=64x64,128x64", prompt="", template="{a|b}", styles=("Ink",))
    assert {job.picture(i).prompt for i in job.indices} == {"a cat", "a dog"}
    assert (job.prompt, job.template, job.styles) == ("a cat", "", ("Ink",))
    assert {(job.picture(i).width, job.picture(i).height) for i in job.indices} == {(64, 64), (128, 64)}


WILDCARDS = Wildcards({"colour": ("red", "blue", "green")})
STYLES = (Style(name="Ink", prompt="ink of {prompt}, {thin|thick} lines"),)


def _drawn(text: str, seed: int) -> str:
    return expand(text, (), "", WILDCARDS, 1, seed).prompts[0]


DRAWING = msgspec.structs.replace(
    KNOWN, drawn=_drawn, written=lambda job: written(job, STYLES, WILDCARDS, (FIRST, INK))
)


def drawn_jobs(text: str, seed: int = 7, **changes: object) -> tuple[GenerateImages, ...]:
    sheet = new_sheet(read_sheet(text), DRAWING, seed)
    return cells(base(seed=seed, **changes), sheet, DRAWING)


@pytest.mark.parametrize("seed", range(6))
def test_words_of_a_prompt_are_drawn_once_for_its_whole_column(seed: int):
    text = "prompt={red|blue} boat, __colour__ cat; guidance=3,5,7"
    (job,) = drawn_jobs(text, seed)
    assert job.sheet is not None
    boat, cat = job.sheet.columns.values
    assert boat in ("red boat", "blue boat") and cat in ("red cat", "blue cat", "green cat")
    made = {job.cell(i): job.picture(i) for i in job.indices}
    assert [made[cell].prompt for cell in range(6)] == [boat, cat] * 3
    assert {made[0].template, made[2].template} == {"{red|blue} boat"}, "how it was written is kept"
    assert made[1].template == "__colour__ cat"
    assert job.sheet.columns.written == ("{red|blue} boat", "__colour__ cat")
    assert drawn_jobs(text, seed)[0].sheet.columns == job.sheet.columns, "the same for the same seed"
    assert decode_job(encode_job(job)) == job


def test_alternatives_of_one_place_are_drawn_alike():
    """So that two prompts with the same words to choose from differ in the rest alone."""
    for seed in range(8):
        (job,) = drawn_jobs("prompt={red|blue} boat, {red|blue} cat", seed)
        boat, cat = (job.picture(i).prompt for i in job.indices)
        assert boat.split()[0] == cat.split()[0]


def test_drawn_words_are_not_drawn_once_more():
    (job,) = drawn_jobs(r"prompt=a \{red|blue\} __colour__ boat; seed=1,2", styles=("Ink",))
    prompt = job.picture(0).prompt
    assert prompt.startswith("ink of a {red|blue} ") and prompt.endswith(" lines")
    assert "colour" not in prompt and "thin|thick" not in prompt
    assert {job.picture(i).prompt for i in job.indices} == {prompt}, "styles are the same in all cells"
    (job,) = drawn_jobs("prompt=a __colour__ boat <lora:ink:0.3>, a cat")
    assert [[one.scale for one in job.picture(i).loras] for i in job.indices] == [[0.3], []]
    assert "lora" not in job.picture(0).prompt and "<lora:ink:0.3>" in job.sheet.columns.values[0]


def test_words_to_replace_are_drawn_as_well():
    (job,) = drawn_jobs("replace=red,{blue|blue}; seed=1,2")
    assert job.sheet is not None
    assert job.sheet.columns.values == ("red", "blue") and job.sheet.prompt == "a red boat"
    assert {job.picture(i).prompt for i in job.indices} == {"a red boat", "a blue boat"}
    (job,) = drawn_jobs("prompt={red|red} boat, red cat; replace=red,dark {blue|blue}")
    assert [job.picture(i).prompt for i in sorted(job.indices, key=job.cell)] == [
        *("red boat", "red cat", "dark blue boat", "dark blue cat"),
    ]
    with pytest.raises(errors.PromptUnclosed):
        drawn_jobs("prompt={red, blue")
    with pytest.raises(errors.WildcardNotFound):
        drawn_jobs("replace=red, __nothing__")


def test_strength_needs_a_picture_to_start_from():
    with pytest.raises(errors.SheetStartMissing):
        jobs("strength=0.2,0.5")
    (job,) = jobs("strength=0.2,0.5", inputs=(InputPicture(role=Role.START, path="/x.png"),))
    assert [job.picture(i).strength for i in job.indices] == [0.2, 0.5]


def test_made_again_it_is_another_sheet_with_another_seed():
    (job,) = jobs("steps=1,2")
    again = renewed(job, 99)
    assert again.id != job.id and again.sheet and job.sheet and again.sheet.id != job.sheet.id
    assert {again.picture(i).seed for i in again.indices} == {99}
    (seeds,) = jobs("seed=1,2")
    assert [renewed(seeds, 99).picture(i).seed for i in (0, 1)] == [1, 2]


# How it stands.


def _record(job: GenerateImages, state: JobState, first: int = 0) -> JobRecord:
    return JobRecord(job=msgspec.structs.replace(job, first=first), state=state, created=1.0)


def _asset(job: GenerateImages, index: int, *, trashed: bool = False) -> Asset:
    recipe = Recipe(job=job.id, index=index, prompt=job.prompt, sheet=job.sheet, cell=job.cell(index))
    key = f"{job.id}-{index}"
    return Asset(id=key, path=f"{key}.png", width=1, height=1, created=1, recipe=recipe, trashed=trashed)


def test_a_cell_knows_why_it_has_no_picture():
    first, second = jobs("seed=1..4; model=First,Second")
    assert first.sheet is not None
    records = [_record(first, JobState.STOPPED, first=3), _record(second, JobState.PENDING)]
    assets = [_asset(first, 0), _asset(first, 2, trashed=True)]
    state = sheet_state(first.sheet.id, records, assets)
    assert [cell.state.value for cell in state.cells] == [
        *("done", "erased", "rejected", "stopped"),
        *("queued",) * 4,
    ]
    assert (state.made, state.busy, state.resumable) == (2, True, (first.id,))
    assert (state.prompt, state.model) == ("a red boat", "First")


def test_a_cell_that_failed_by_itself_says_why_while_the_others_are_made():
    (job,) = jobs("guidance=3,5,7,9")
    assert job.sheet is not None
    own, whole = Problem(code="lora_missing"), Problem(code="disk_full")
    failures = (Failure(indices=(1,), problem=own),)
    running = msgspec.structs.replace(_record(job, JobState.RUNNING), failures=failures)
    cells = sheet_state(job.sheet.id, [running], [_asset(job, 0)]).cells
    assert [cell.state.value for cell in cells] == ["done", "failed", "queued", "queued"]
    assert [cell.problem for cell in cells] == [None, own, None, None]
    ended = msgspec.structs.replace(running, state=JobState.FAILED, problem=whole)
    cells = sheet_state(job.sheet.id, [ended], [_asset(job, 0)]).cells
    assert [cell.problem for cell in cells] == [None, own, whole, whole]


def test_a_cell_that_was_made_before_is_erased_where_its_picture_is_not_there():
    (job,) = jobs("guidance=3,5,7,9")
    assert job.sheet is not None
    record = _record(msgspec.structs.replace(job, made=(2,)), JobState.STOPPED, first=1)
    cells = sheet_state(job.sheet.id, [record], [_asset(job, 0)]).cells
    assert [cell.state.value for cell in cells] == ["done", "stopped", "erased", "stopped"]


def test_a_picture_that_a_first_pass_left_over_is_no_cell_of_its_own():
    second = SecondPass()
    (job,) = jobs("seed=1..3", second_pass=second)
    assert job.sheet is not None
    left = [_asset(job, index) for index in range(3)]
    recipe = msgspec.structs.replace(left[0].recipe, second_pass=second)
    done = msgspec.structs.replace(left[0], id="again", recipe=recipe)
    ended = _record(job, JobState.STOPPED)
    for assets in ([*left, done], [done, *left]):
        cells = sheet_state(job.sheet.id, [ended], assets).cells
        assert [cell.asset for cell in cells] == [done, *left[1:]]
        assert [cell.half for cell in cells] == [False, True, True]
        assert sheet_state(job.sheet.id, [], assets).cells[0].asset == done
    again = _record(msgspec.structs.replace(job, made=(2,)), JobState.PENDING)
    cells = sheet_state(job.sheet.id, [again], [*left, done]).cells
    assert [cell.state.value for cell in cells] == ["done", "queued", "erased"]
    assert [cell.asset for cell in cells] == [done, None, None]


def test_pictures_alone_bring_a_sheet_back():
    (job,) = jobs("seed=1..3")
    assert job.sheet is not None
    state = sheet_state(job.sheet.id, [], [_asset(job, 0), _asset(job, 2)])
    assert [cell.state for cell in state.cells] == [CellState.DONE, CellState.MISSING, CellState.DONE]
    assert (state.sheet, state.missing, state.resumable, state.busy) == (job.sheet, (1,), (), False)
    with pytest.raises(errors.NotFound):
        sheet_state(new_id(), [], [])


# Brought back.


def _recipe(job: GenerateImages, index: int) -> Recipe:
    """As a worker writes it: what the job leaves open is the model's own."""
    one = job.picture(index)
    return Recipe(
        job=job.id,
        index=index,
        prompt=one.prompt,
        template=one.template,
        styles=one.styles,
        negative_prompt=one.negative_prompt,
        model=one.model.id,
        model_name=one.model.name,
        seed=one.seed,
        width=one.width or 512,
        height=one.height or 512,
        num_inference_steps=one.num_inference_steps or one.model.defaults.num_inference_steps,
        guidance_scale=one.guidance_scale or one.model.defaults.guidance_scale,
        scheduler=one.scheduler or "Euler",
        loras=tuple(UsedLora(id=lora.id, name=lora.name, scale=lora.scale) for lora in one.loras),
        sheet=job.sheet,
        cell=job.cell(index),
        execution=Execution(device="cpu", precision="float32"),
    )


def _job_of(recipe: Recipe) -> GenerateImages:
    return recipe_job(recipe, [*DRAWING.models, *DRAWING.loras])


def brought_back(made: tuple[GenerateImages, ...], there: set[int]) -> SheetState:
    """The sheet as a rebuild finds it: the pictures of these cells, and no job."""
    assets = [
        Asset(id=f"{job.id}-{index}", path="x.png", width=1, height=1, created=1, recipe=_recipe(job, index))
        for job in made
        for index in job.indices
        if job.cell(index) in there
    ]
    assert made[0].sheet is not None
    return sheet_state(made[0].sheet.id, [], assets)


@pytest.mark.parametrize(
    ("text", "changes", "there"),
    [
        ("seed=1..3; guidance=3,5", {"num_inference_steps": 9}, {0, 1}),
        ("prompt={red|blue} boat, __colour__ cat; seed=1..3", {"styles": ("Ink",)}, {0, 3}),
        ("replace=red,{blue|green}; replace=boat,ship", {}, {3}),
        ("lora Ink=0,0.5,1; steps=5,9", {"seamless": True, "negative_prompt": "blurred"}, {4}),
        ("size=64x64,128x64; scheduler=Euler,DDIM", {"cache": "taylor_seer"}, {2}),
        ("cache=off,first_block; strength=0.2,0.5", {"strength": 0.5}, {0}),
    ],
)
def test_the_recipes_of_some_cells_say_how_the_others_are_made(text: str, changes: dict, there: set[int]):
    if "strength" in changes:
        changes = changes | {"inputs": (InputPicture(role=Role.START, path="/x.png"),)}
    made = drawn_jobs(text, **changes)
    state = brought_back(made, there)
    job_of = lambda recipe: msgspec.structs.replace(_job_of(recipe), inputs=made[0].inputs)  # noqa: E731
    (job,) = missing_jobs(state, job_of, DRAWING)
    assert job.sheet == made[0].sheet and job.id != made[0].id
    assert {job.cell(index) for index in job.indices} == set(state.sheet.cells) - there
    wanted = {made[0].cell(index): _recipe(made[0], index) for index in made[0].indices}
    for index in job.indices:
        own = {"job": job.id, "index": index, "sheet": job.sheet}
        assert _recipe(job, index) == msgspec.structs.replace(wanted[job.cell(index)], **own)
    assert checked(job) == job


def test_a_model_without_a_picture_gets_its_own_values_again():
    slow = Defaults(width=512, height=512, num_inference_steps=30, guidance_scale=7.0)
    fast = Defaults(width=1024, height=1024, num_inference_steps=4, guidance_scale=1.0)
    first = msgspec.structs.replace(FIRST, defaults=slow)
    other = msgspec.structs.replace(OTHER, defaults=fast)
    known = msgspec.structs.replace(KNOWN, models=(first, other))
    asked = base(model=first, guidance_scale=5.0, loras=(_lora(INK, 0.4),))
    made = cells(asked, new_sheet(read_sheet("model=First,Other; seed=1,2"), known), known)
    job_of = lambda recipe: recipe_job(recipe, [*known.models, INK])  # noqa: E731
    others, mine = missing_jobs(brought_back(made, {0}), job_of, known)
    assert (mine.model, [mine.cell(i) for i in mine.indices]) == (first, [2])
    assert (mine.num_inference_steps, mine.guidance_scale, len(mine.loras)) == (30, 5.0, 1)
    assert (others.model, [others.cell(i) for i in others.indices]) == (other, [1, 3])
    assert (others.num_inference_steps, others.width, others.loras) == (None, None, ())
    assert others.guidance_scale == 5.0, "which was not the first model's own"
    with pytest.raises(errors.UsedAndGone):
        missing_jobs(brought_back(made, {0}), lambda recipe: recipe_job(recipe, [first, INK]), known)


@pytest.mark.parametrize(
    "text", ["seed=1,2; guidance=3,5", "replace=red,blue; steps=5,9", "model=First,Second; seed=1,2"]
)
def test_a_job_says_how_the_rest_is_made_where_no_picture_is_left(text: str):
    """The sheet was brought back, went on, and was stopped; then the pictures that it had were erased."""
    made = drawn_jobs(text, num_inference_steps=9, negative_prompt="fog", styles=("Ink",))
    sheet = made[0].sheet
    assert sheet is not None
    (asked,) = cells(made[0].picture(0), sheet, DRAWING, [1])
    stopped = sheet_state(sheet.id, [_record(asked, JobState.STOPPED)], [])
    new = missing_jobs(stopped, _job_of, DRAWING)
    wanted = {job.cell(index): job.picture(index) for job in made for index in job.indices}
    again = {job.cell(index): job.picture(index) for job in new for index in job.indices}
    assert set(again) == set(stopped.missing) == set(sheet.cells) - {1}
    for cell, picture in again.items():
        assert picture == msgspec.structs.replace(wanted[cell], id=picture.id, sheet=picture.sheet)


def test_a_sheet_of_which_nothing_is_left_is_forgotten():
    (job,) = drawn_jobs("seed=1,2")
    assert job.sheet is not None
    gone = tuple(Cell(number=number, state=CellState.MISSING) for number in job.sheet.cells)
    with pytest.raises(errors.SheetForgotten):
        missing_jobs(SheetState(sheet=job.sheet, jobs=(), cells=gone), _job_of, DRAWING)


def test_a_whole_sheet_has_nothing_to_go_on_with():
    made = drawn_jobs("seed=1,2")
    assert missing_jobs(brought_back(made, {0, 1}), _job_of, DRAWING) == ()


def _lora(spec: ModelSpec, scale: float = 1.0) -> Lora:
    return Lora(id=spec.id, name=spec.name, path=spec.path, suits=spec.suits, scale=scale)
