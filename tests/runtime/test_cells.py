"""Cells of a contact sheet that cannot be made, on a real pipeline: told, and the others are made."""

import errno
import os
from pathlib import Path

import msgspec
import pytest

from studio.core.errors import InputMissing
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import GenerateImages
from studio.core.messages import Cancelled, Failed, FromWorker, PicturesFailed, Result, Run, Saved
from studio.core.model import Lora
from studio.core.sheets import Axis, Setting, Sheet, Shot
from studio.runtime.cancel import Stopped
from studio.runtime.cells import Outcome, each_cell
from studio.runtime.desk import Desk
from studio.runtime.failures import failed
from studio.runtime.families import diffusion
from studio.runtime.pictures.load import LoadedPipeline
from tests import zoo
from tests.runtime.painting import load, order

GONE = Lora(id="l", name="Ink", path="/nowhere/ink.safetensors")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedPipeline:
    return load(zoo.stable_diffusion(tmp_path_factory.mktemp("model") / "sd"))


class Sitting:
    """A sheet with two seeds for each LoRA, made as the worker makes it."""

    def __init__(
        self, loaded: LoadedPipeline, folder: Path, *loras: tuple[Lora, ...], **wishes: object
    ) -> None:
        self.loaded = loaded
        self.sent: list[FromWorker] = []
        self.runs = 0
        self.desk = Desk("job", folder / ".staging" / "i" / "job", self.sent.append)
        self.desk.staging.parent.mkdir(parents=True)
        values = tuple(map(str, range(len(loras))))
        sheet = Sheet(
            id="s",
            columns=Axis(setting=Setting.SEED, values=("1", "2")),
            rows=Axis(setting=Setting.LORA, values=values, subject="l"),
        )
        shots = tuple(
            Shot(seed=seed, loras=one, cell=2 * row + column)
            for row, one in enumerate(loras)
            for column, seed in enumerate((1, 2))
        )
        basic = {"sheet": sheet, "shots": shots, "num_images": len(shots), "previews": False}
        self.job: GenerateImages = order(loaded.spec, **(basic | wishes))

    def make(self) -> Outcome:
        run = Run(job=self.job, staging=str(self.desk.staging), memory_budget=0)
        return each_cell(run, self.desk, self.outcome)

    def outcome(self, run: Run) -> Outcome:
        self.runs += 1
        try:
            self.desk.prepare()
            assert isinstance(run.job, GenerateImages)
            return diffusion.generate(self.loaded, run.job, self.desk)
        except Stopped:
            return Cancelled(job="job")
        except Exception as error:
            return failed(error, self.desk)

    def saved(self) -> list[int]:
        return [one.index for one in self.sent if isinstance(one, Saved)]

    def told(self) -> list[PicturesFailed]:
        return [one for one in self.sent if isinstance(one, PicturesFailed)]


def test_the_others_are_made_and_the_failing_ones_told_at_once(
    loaded: LoadedPipeline, tmp_path: Path
) -> None:
    sitting = Sitting(loaded, tmp_path, (), (GONE,), (), (GONE,))
    outcome = sitting.make()
    assert sitting.saved() == [0, 1, 4, 5]
    assert [(one.indices, one.code) for one in sitting.told()] == [
        ((2, 3), "lora_missing"),
        ((6, 7), "lora_missing"),
    ]
    kinds = [type(one) for one in sitting.sent if isinstance(one, Saved | PicturesFailed)]
    assert kinds == [Saved, Saved, PicturesFailed, Saved, Saved, PicturesFailed]
    assert isinstance(outcome, Failed) and outcome.code == "lora_missing" and outcome.traceback
    assert outcome.params == {"lora": "Ink", "path": GONE.path}


@pytest.mark.parametrize("rows", [((GONE,), ()), ((), (GONE,))], ids=["first", "last"])
def test_of_the_others_all_is_told_that_a_whole_sheet_would_tell(
    loaded: LoadedPipeline, tmp_path: Path, rows: tuple[tuple[Lora, ...], ...]
) -> None:
    outcome = Sitting(loaded, tmp_path, *rows, guidance_scale=1.0, negative_prompt="blurred").make()
    assert isinstance(outcome, Failed) and outcome.figures.denoise_seconds > 0
    assert [note.code for note in outcome.notes] == ["negative_unused"]


def test_a_whole_sheet_is_done(loaded: LoadedPipeline, tmp_path: Path) -> None:
    outcome = Sitting(loaded, tmp_path, (), ()).make()
    assert isinstance(outcome, Result) and outcome.pictures == 4


def test_what_was_made_before_is_not_made_once_more(loaded: LoadedPipeline, tmp_path: Path) -> None:
    sitting = Sitting(loaded, tmp_path, (), (GONE,), (), first=1, made=(4,))
    sitting.make()
    assert sitting.saved() == [1, 5] and [one.indices for one in sitting.told()] == [(2, 3)]


def test_a_stop_ends_it_as_ever(loaded: LoadedPipeline, tmp_path: Path) -> None:
    sitting = Sitting(loaded, tmp_path, (GONE,), ())
    hook = loaded.pipe.unet.register_forward_pre_hook(lambda *_: sitting.desk.cancelled.set())
    outcome = sitting.make()
    hook.remove()
    assert isinstance(outcome, Cancelled) and len(sitting.told()) == 1


def test_what_no_cell_is_made_otherwise_by_ends_the_job(loaded: LoadedPipeline, tmp_path: Path) -> None:
    gone = InputPicture(role=Role.START, path="/nowhere.png")
    sitting = Sitting(loaded, tmp_path, (), (), (), inputs=(gone,))
    outcome = sitting.make()
    assert isinstance(outcome, Failed) and outcome.code == InputMissing.code
    assert not sitting.told() and sitting.runs == 1


def test_neither_does_a_full_disk_try_each(
    loaded: LoadedPipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitting = Sitting(loaded, tmp_path, (), (), ())

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(sitting.desk.staging))

    monkeypatch.setattr("studio.runtime.pictures.records.write_png", full)
    outcome = sitting.make()
    assert isinstance(outcome, Failed) and outcome.code == "disk_full" and sitting.runs == 1


def test_a_model_that_does_not_load_is_not_loaded_for_each(loaded: LoadedPipeline, tmp_path: Path) -> None:
    sitting, runs = Sitting(loaded, tmp_path, (), ()), list[Run]()

    def unloadable(run: Run) -> Outcome:
        runs.append(run)
        return Failed(job="job", code="model_missing", params={"path": "/gone"})

    run = Run(job=sitting.job, staging="", memory_budget=0)
    assert each_cell(run, sitting.desk, unloadable) == unloadable(run)
    assert len(runs) == 2 and not sitting.sent


def test_a_job_of_no_sheet_fails_as_a_whole(loaded: LoadedPipeline, tmp_path: Path) -> None:
    sitting = Sitting(loaded, tmp_path, (GONE,), ())
    sitting.job = msgspec.structs.replace(sitting.job, sheet=None)
    outcome = sitting.make()
    assert isinstance(outcome, Failed) and not sitting.told() and sitting.runs == 1
