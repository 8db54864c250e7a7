"""A session without engine or disk: plain lists, the real signals, and verbs for what a worker would do.

Commands are noted in `calls` and change the lists as the real session would, at once. A test then plays the
worker with the `play_*` methods. `FakeSession.filled()` has something of everything.
"""

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.catalog.fast import fast_of
from studio.catalog.lora_choices import lora_choices
from studio.core.downloads import Account, Checking, Download, DownloadState, HubModel, ModelFile, Wanted
from studio.core.errors import (
    AddressUnknown,
    ModelNotOurs,
    ModelUnsupported,
    NotFound,
    PictureUnreadable,
    ServerElsewhere,
    StayOffline,
    StudioError,
    TokenUnknown,
)
from studio.core.ids import new_id
from studio.core.inputs import Role
from studio.core.job_checks import checked
from studio.core.jobs import LANES, GenerateImages, JobState, Lane, Reply, lane_of
from studio.core.lane import LaneState, LaneStatus
from studio.core.messages import Converted, Figures, Note, Phase, Preview, Stage
from studio.core.model import Ability, Defaults, Kind, LoraChoice, ModelProblem, ModelSpec, Wish
from studio.core.passes import SecondPass
from studio.core.paths import Paths
from studio.core.plan import Outlook
from studio.core.reading import Dropped
from studio.core.recipe import Execution, Recipe
from studio.core.records import Asset, AssetQuery, Failure, JobRecord, Problem
from studio.core.sampling import Sampling
from studio.core.servers import ServerState
from studio.core.settings import Settings
from studio.core.shelf import Fast, Fit, FitLevel, Machine, ShelfEntry
from studio.core.traits import Traits
from studio.media.recipes import a1111_text
from studio.session.again import again_job
from tests.ui.fake_attachments import FakeAttachments
from tests.ui.fake_chats import FakeChats
from tests.ui.fake_context import FakeContext, FakeDrafts
from tests.ui.fake_edits import FakeEdits
from tests.ui.fake_inputs import FakeCacheCosts, FakeForesight, FakeInputs
from tests.ui.fake_personas import FakeChatPresets, FakeChatTemplates, FakePersonas
from tests.ui.fake_prompts import FakePrompts
from tests.ui.fake_sheets import FakeSheets
from tests.ui.fake_suggestions import FakeSuggestions

SAMPLING, FIGURES = Sampling(), Figures(seconds=11.4)
NOON = 1_767_960_000.0  # 2026-01-09 12:00 UTC: times in tests and pictures never move
POSTCARDS = ModelSpec(
    id="starter/postcards",
    name="Postcards",
    family="diffusion",
    base="StableDiffusionPipeline",
    abilities=(Ability.GENERATE,),
    kind=Kind.PICTURE,
    source="starter",
    path="/models/postcards",
    size_bytes=24_300_000,
    fingerprint="f1",
    licence="apache-2.0",
    starter=True,
    defaults=Defaults(
        width=256, height=256, num_inference_steps=20, guidance_scale=4.0, scheduler="DPMSolverMultistep"
    ),
    latent_rgb=((0.3, 0.2, 0.1), (0.1, 0.3, 0.2), (0.2, 0.1, 0.3), (0.1, 0.1, 0.1)),
    about={"en": "Flat illustrated postcards from plain words.", "zh": "用平实的话画出扁平风格的明信片。"},
    examples={
        "en": (
            "a boat with red sails on the sea at sunset",
            "a white lighthouse on the left, purple mountains, a full moon at night",
            "three pine trees in the snow",
        ),
        "zh": ("海上一只红帆的船，日落", "左边一座白色灯塔，紫色的山，夜里一轮满月", "雪地里的三棵松树"),
    },
)
LARGE = ModelSpec(
    id="stabilityai/stable-diffusion-xl-base-1.0",
    name="SDXL Base 1.0",
    family="diffusion",
    base="StableDiffusionXLPipeline",
    abilities=(Ability.GENERATE,),
    kind=Kind.PICTURE,
    source="hub",
    precision="fp16",
    path="/models/sdxl",
    size_bytes=6_900_000_000,
    licence="openrail++",
    defaults=Defaults(num_inference_steps=28, guidance_scale=6.5),
)
SCRIBE = ModelSpec(
    id="starter/scribe",
    name="Scribe",
    family="language",
    base="LlamaForCausalLM",
    abilities=(Ability.REPLY,),
    kind=Kind.TEXT,
    source="starter",
    path="/models/scribe",
    size_bytes=12_100_000,
    licence="apache-2.0",
    context_length=1024,
    starter=True,
    defaults=Defaults(temperature=0.7, top_p=0.9, max_new_tokens=256),
    about={"en": "Short texts about the postcards' world.", "zh": "写一写明信片里的小世界。"},
    examples={
        "en": ("Turn this into a prompt: a quiet harbour", "Tell a short story about a lighthouse"),
        "zh": ("把这个想法写成提示词：安静的港湾", "讲一个关于灯塔的小故事"),
    },
)


class FakeRecipes:
    """What `Session.recipes` reads: each path or text as it was told before.

    Attributes:
        told: by path or text; for anything else there is a picture without a recipe, or an unread text.
    """

    def __init__(self, calls: list[tuple[Any, ...]]) -> None:
        self._calls = calls
        self.told: dict[str, Dropped | StudioError] = {}

    def read(self, path: Path) -> Future[Dropped]:
        self._calls.append(("read_recipe", path))
        found = self.told.get(str(path), Dropped(path=str(path)))
        return failed(found) if isinstance(found, StudioError) else _done(found)

    def read_text(self, text: str) -> Future[Dropped]:
        self._calls.append(("read_recipe_text", text))
        return _done(self.told.get(text, Dropped()))


class FakeSession(QObject):
    """Signals and methods as `studio.session.Session` has them."""

    job_added = Signal(object)
    job_changed = Signal(object)
    phase_changed = Signal(object)
    preview_arrived = Signal(object)
    asset_added = Signal(object, str)
    asset_changed = Signal(object)
    assets_removed = Signal(object)
    lane_changed = Signal(object)
    settings_changed = Signal(object)
    changed = Signal(object)
    shelf_changed = Signal()
    machine_changed = Signal()
    outlook_changed = Signal()
    traits_changed = Signal()
    servers_changed = Signal()
    download_changed = Signal(object)
    download_dropped = Signal(str)
    problem_raised = Signal(object)
    ready = Signal()
    open_failed = Signal(object)
    jobs_interrupted = Signal(object)
    library_changed = Signal()

    def __init__(self, home: Path = Path("/home/ada/.atelier"), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.paths = Paths(home, home / "library")
        self.settings = Settings()
        self.calls: list[tuple[Any, ...]] = []
        self.recipes = FakeRecipes(self.calls)
        self.all_models: list[ModelSpec] = [POSTCARDS, LARGE, SCRIBE]
        self.all_assets: list[Asset] = []
        self.all_jobs: list[JobRecord] = []
        self.chats = FakeChats(self)
        self.context = FakeContext(self)
        self.chat_drafts = FakeDrafts(self.calls)
        self.lanes: dict[Lane, LaneStatus] = {lane: LaneStatus(lane=lane) for lane in LANES}
        self.all_problems: list[ModelProblem] = []
        self.all_entries: list[ShelfEntry] = []
        self.all_downloads: list[Download] = []
        self.this_machine: Machine | None = None
        self.lenders: dict[str, str] = {}
        self.outlooks: dict[str, Outlook] = {}
        self.fits: dict[str, Fit] = {}  # by repository or id
        self.ours: set[str] = set()  # ids of models that may be removed
        self.damaged: dict[str, tuple[str, ...]] = {}  # by id
        self.cards: dict[str, str] = {}  # by id
        self.account = Account()
        self.accounts: dict[str, str] = {}  # names by token
        self.model_files_of: dict[str, tuple[ModelFile, ...]] = {}  # by id
        self.places: tuple[str, ...] = ()
        self.told: dict[str, ServerState] = {}  # by address, what a server says when it is asked
        self.hub_answers: list[Future[tuple[HubModel, ...]]] = []  # one for each search, played by the test
        self.traits: dict[str, Traits] = {}  # by id
        self.attachments = FakeAttachments(self)
        self.personas = FakePersonas(self)
        self.chat_presets = FakeChatPresets(self)
        self.chat_templates = FakeChatTemplates(self)
        self.inputs = FakeInputs(self)
        self.foresight = FakeForesight(self)
        self.cache_costs = FakeCacheCosts(self)
        self.sheets = FakeSheets(self)
        self.edits = FakeEdits(self)
        self.closed = False
        self.is_open = True
        self.is_read = True  # the desk of models
        self.draw: Callable[[Asset, int], bytes] | None = None  # the files; none by default
        self.prompts = FakePrompts(lambda: self.all_models, self)
        self.suggestions = FakeSuggestions(self)
        self._clock = itertools.count()

    @classmethod
    def filled(cls, home: Path = Path("/home/ada/.atelier"), pictures: int = 12) -> "FakeSession":
        """With finished pictures (no files behind them), a conversation and nothing running."""
        session = cls(home)
        for number in range(pictures):
            session.add_picture(f"a boat with red sails on the sea, number {number + 1}", starred=number == 1)
        conversation = session.chats.begin("You help a designer write prompts. Be brief.")
        session.chats.rename(conversation.id, "Sea postcard series")
        asked = session.chats.add_message(conversation.id, "user", "How do I keep four cards alike?")
        session.chats.add_message(
            conversation.id,
            "assistant",
            "Keep all but the words for the light.\n\n1. **Lock the seed.**\n2. Put the time last.",
            parent=asked.id,
        )
        session.calls.clear()
        return session

    def open(self) -> None:
        self.is_open = True
        self.ready.emit()

    # Reads.

    def assets_page(self, query: AssetQuery) -> list[Asset]:
        found = self._found(query)
        if query.before is not None:
            ids = [asset.id for asset in found]
            found = found[ids.index(query.before) + 1 :]
        return found[query.offset : query.offset + query.limit]

    def asset_at(self, path: Path) -> Asset | None:
        return None

    def asset(self, asset_id: str) -> Asset:
        return self.all_assets[self._row(self.all_assets, asset_id)]

    def count_assets(self, query: AssetQuery) -> Future[int]:
        return _done(len(self._found(query)))

    def search(self, query: AssetQuery) -> Future[list[Asset]]:
        return _done(self.assets_page(query))

    def jobs(self, limit: int = 100, lane: Lane | None = None) -> list[JobRecord]:
        found = [record for record in self.all_jobs if lane in (None, lane_of(record.job))]
        return sorted(found, key=lambda record: record.created, reverse=True)[:limit]

    def job(self, job_id: str) -> JobRecord:
        return self._job(job_id)

    @property
    def models(self) -> "FakeSession":
        """It plays the desk of models, too."""
        return self

    def installed(self, ability: Ability | None = None) -> list[ModelSpec]:
        return [model for model in self.all_models if ability is None or ability in model.abilities]

    def problems(self) -> tuple[ModelProblem, ...]:
        return tuple(self.all_problems)

    def shelf(self) -> tuple[ShelfEntry, ...]:
        return tuple(self.all_entries)

    def read_shelf(self) -> None:
        pass

    def fast_of(self, model: ModelSpec) -> Fast | None:
        return fast_of(model, self.all_entries, self.all_models)

    def machine(self) -> Machine | None:
        return self.this_machine

    def fit_of(self, model: ShelfEntry | ModelSpec) -> Fit:
        name = model.repository if isinstance(model, ShelfEntry) else model.id
        known = self.fits.get(name) if self.this_machine else None
        return known or Fit(level=FitLevel.UNKNOWN)

    def lender_wanted(self, model: ModelSpec) -> str:
        return self.lenders.get(model.id, "")

    def traits_of(self, model: ModelSpec) -> Traits:
        return self.traits.get(model.id, Traits())

    def put_traits(self, model_id: str, traits: Traits) -> None:
        self.traits[model_id] = traits
        self.traits_changed.emit()

    def roles_of(self, model: ModelSpec) -> frozenset[Role]:
        return self.traits_of(model).roles

    def loras_of(self, model: ModelSpec) -> list[LoraChoice]:
        return lora_choices(model, self.all_models)

    def outlook_of(self, model: ModelSpec) -> Outlook | None:
        return self.outlooks.get(model.id)

    def hold(self, model_id: str, wish: Wish) -> None:
        self.calls.append(("wish", model_id, wish))
        self.all_models = [
            msgspec.structs.replace(one, wish=wish) if one.id == model_id else one for one in self.all_models
        ]
        self.changed.emit(tuple(self.all_models))

    def best(self, language: str) -> tuple[ShelfEntry, ...]:
        fitting = [
            one for one in self.all_entries if self.fit_of(one).level in (FitLevel.FITS, FitLevel.SLOW)
        ]
        return tuple(fitting[:3])

    def downloads(self) -> tuple[Download, ...]:
        return tuple(self.all_downloads)

    def find_repository(self, text: str) -> Wanted:
        name = text.removeprefix("https://huggingface.co/").strip("/")
        if name.count("/") != 1 or " " in name:
            raise AddressUnknown(text=text)
        return Wanted(repository=name)

    def search_hub(self, text: str) -> Future[tuple[HubModel, ...]]:
        self.calls.append(("search_hub", text))
        self._go_online()
        self.hub_answers.append(Future())
        return self.hub_answers[-1]

    def hub_page(self, path: str) -> str:
        return f"https://huggingface.co/{path}"

    def hub_account(self) -> Future[Account]:
        self.calls.append(("hub_account",))
        hidden = {"name": ""} if self.settings.offline else {}
        return _done(msgspec.structs.replace(self.account, **hidden))

    def sign_in(self, token: str) -> Future[Account]:
        self.calls.append(("sign_in",))
        self._go_online()
        if token not in self.accounts:
            return failed(TokenUnknown(page=self.hub_page("settings/tokens")))
        self.account = Account(signed_in=True, name=self.accounts[token])
        return _done(self.account)

    def sign_out(self) -> Future[Account]:
        self.calls.append(("sign_out",))
        self.account = Account()
        return _done(self.account)

    def files(self, model_id: str) -> Future[tuple[ModelFile, ...]]:
        return _done(self.model_files_of.get(model_id, ()))

    def removable(self, model_id: str) -> bool:
        return model_id in self.ours

    def card(self, model_id: str) -> Future[str]:
        return _done(self.cards.get(model_id, ""))

    def servers(self) -> tuple[ServerState, ...]:
        unheard = [ServerState(address=one, asked=False) for one in self.settings.servers]
        return tuple(self.told.get(one.address, one) for one in unheard)

    def known_places(self) -> Future[tuple[str, ...]]:
        return _done(tuple(one for one in self.places if one not in self.settings.model_folders))

    def absolute(self, asset: Asset) -> Path:
        return self.paths.library / asset.path

    def picture_bytes(self, asset: Asset, pixels: int) -> bytes:
        if self.draw is None:
            raise PictureUnreadable(path=asset.path)
        return self.draw(asset, pixels)

    def lane_status(self, lane: Lane) -> LaneStatus:
        return self.lanes[lane]

    # Commands.

    def generate(self, job: GenerateImages) -> None:
        self.calls.append(("generate", job))
        self.add_job(checked(job))

    def make_again(self, asset: Asset) -> str:
        self.calls.append(("make_again", asset))
        job = again_job(asset.recipe, self.models.installed())
        self.add_job(checked(job))
        return job.id

    def stop(self, job_id: str) -> None:
        self.calls.append(("stop", job_id))
        self._change_job(job_id, state=JobState.STOPPED, ended=self.now())

    def stop_all(self) -> None:
        self.calls.append(("stop_all",))
        for record in self.all_jobs:
            if not record.state.ended:
                self._change_job(record.job.id, state=JobState.STOPPED, ended=self.now())

    def resume(self, ids: Sequence[str]) -> None:
        self.calls.append(("resume", list(ids)))
        for job_id in ids:
            self._change_job(job_id, state=JobState.PENDING, started=None, ended=None, problem=None)

    def decline(self, ids: Sequence[str]) -> None:
        self.calls.append(("decline", list(ids)))
        for job_id in ids:
            self._change_job(job_id, state=JobState.STOPPED, problem=None)

    def reorder(self, job_id: str, before: str | None) -> None:
        self.calls.append(("reorder", job_id, before))
        pending = [record for record in self.all_jobs if record.state == JobState.PENDING]
        pending.sort(key=lambda record: record.position)
        moved = next(record for record in pending if record.job.id == job_id)
        pending.remove(moved)
        ids = [record.job.id for record in pending]
        pending.insert(len(ids) if before is None else ids.index(before), moved)
        for position, record in enumerate(pending):
            self._change_job(record.job.id, position=float(position))

    def pause(self, lane: Lane, on: bool) -> None:
        self.calls.append(("pause", lane, on))
        status = self.lanes[lane]
        idle = LaneState.PAUSED if on else LaneState.READY
        self.set_lane(lane, paused=on, state=status.state if status.job else idle)

    def star(self, ids: tuple[str, ...], on: bool) -> None:
        self.calls.append(("star", tuple(ids), on))
        self._change_assets(ids, starred=on)

    def trash(self, ids: tuple[str, ...]) -> None:
        self.calls.append(("trash", tuple(ids)))
        self._change_assets(ids, trashed=True)

    def restore(self, ids: tuple[str, ...]) -> None:
        self.calls.append(("restore", tuple(ids)))
        self._change_assets(ids, trashed=False)

    def erase(self, ids: tuple[str, ...]) -> None:
        self.calls.append(("erase", tuple(ids)))
        self.all_assets = [asset for asset in self.all_assets if asset.id not in ids]
        self.assets_removed.emit(tuple(ids))

    def change_settings(self, **fields: Any) -> None:
        self.calls.append(("change_settings", fields))
        self.settings = msgspec.structs.replace(self.settings, **fields)
        self.settings_changed.emit(self.settings)

    def add_server(self, text: str) -> str:
        self.calls.append(("add_server", text))
        if not text.startswith(("127.0.0.1:", "localhost:")):
            raise ServerElsewhere(host=text)
        self.change_settings(servers=tuple(dict.fromkeys((*self.settings.servers, text))))
        self.servers_changed.emit()
        return text

    def remove_server(self, address: str) -> None:
        self.change_settings(servers=tuple(one for one in self.settings.servers if one != address))
        self.servers_changed.emit()

    def ask_servers(self) -> None:
        self.calls.append(("ask_servers",))
        self.servers_changed.emit()

    def rescan(self) -> None:
        self.calls.append(("rescan_models",))
        self.changed.emit(tuple(self.all_models))

    def look(self) -> None:
        self.calls.append(("look_at_models",))

    def go_on_downloading(self) -> None:
        self.calls.append(("go_on_downloading",))

    def install(self, wanted: Wanted, name: str) -> str:
        self.calls.append(("install", wanted, name))
        self._go_online()
        download = Download(id=new_id(), wanted=wanted, name=name, created=self.now())
        self.put_download(download)
        return download.id

    def pause_download(self, download_id: str) -> None:
        self.calls.append(("pause_download", download_id))
        self.change_download(download_id, state=DownloadState.PAUSED, bytes_per_second=0.0)

    def resume_download(self, download_id: str) -> None:
        self.calls.append(("resume_download", download_id))
        self._go_online()
        self.change_download(download_id, state=DownloadState.RUNNING, problem=None)

    def drop_download(self, download_id: str) -> None:
        self.calls.append(("drop_download", download_id))
        del self.all_downloads[self._row(self.all_downloads, download_id)]
        self.download_dropped.emit(download_id)

    def remove(self, model_id: str) -> Future[int]:
        self.calls.append(("remove_model", model_id))
        spec = self.all_models[self._row(self.all_models, model_id)]
        if model_id not in self.ours:
            return failed(ModelNotOurs(model=spec.name))
        self.all_models.remove(spec)
        self.changed.emit(tuple(self.all_models))
        return _done(spec.size_bytes)

    def verify(self, model_id: str, tell: Callable[[Checking], object]) -> Future[tuple[str, ...]]:
        self.calls.append(("verify_model", model_id))
        self.tell_check = tell
        return _done(self.damaged.get(model_id, ()))

    def convert(self, source: Path, target: Path) -> Future[Converted]:
        self.calls.append(("convert", source, target))
        self.conversion = Future[Converted]()
        return self.conversion

    def adopt(self, path: Path) -> Future[str]:
        self.calls.append(("adopt", path))
        if path.suffix == ".txt":
            return failed(ModelUnsupported(model=path.name, kind=path.suffix))
        folder = str(path.parent if path.suffix else path)
        if folder not in self.settings.model_folders:
            self.change_settings(model_folders=(*self.settings.model_folders, folder))
        return _done(folder)

    def crash_report(self) -> str:
        return "Atelier 0.1.0\nPython 3.11.7\n\nNothing has gone wrong."

    def recipe_text(self, asset: Asset) -> str:
        return a1111_text(asset.recipe)

    def save_copy(self, asset: Asset, target: Path) -> Future[Path]:
        self.calls.append(("save_copy", asset.id, target))
        return _done(target)

    def raise_problem(self, problem: Problem) -> None:
        self.problem_raised.emit(problem)

    def close(self) -> None:
        self.closed = True

    # What a worker would do.

    def play_start(self, job_id: str) -> None:
        job = self._job(job_id).job
        self._change_job(job_id, state=JobState.RUNNING, started=self.now())
        self.set_lane(lane_of(job), state=LaneState.BUSY, job=job_id)

    def play_phase(self, job_id: str, stage: Stage, done: int = 0, total: int = 0, **more: int) -> None:
        self.phase_changed.emit(Phase(job=job_id, stage=stage, done=done, total=total, **more))

    def play_preview(self, job_id: str, index: int, step: int, jpeg: bytes) -> None:
        self.preview_arrived.emit(Preview(job=job_id, index=index, step=step, jpeg=jpeg))

    def play_picture(self, job_id: str, index: int, *, half: bool = False) -> Asset:
        """Picture `index` of the job is in the library, or what its first pass made; its file is the caller's
        business."""
        job = self._job(job_id).job
        assert isinstance(job, GenerateImages)
        defaults = job.model.defaults
        one = job.picture(index)
        asset = self.add_picture(
            one.prompt,
            job=job,
            index=index,
            width=one.width or defaults.width or 256,
            height=one.height or defaults.height or 256,
            second_pass=None if half else job.second_pass,
        )
        record = self._job(job_id)
        self._change_job(job_id, assets=(*record.assets, asset.id))
        return asset

    def play_tokens(self, job_id: str, text: str, count: int) -> None:
        job = self._job(job_id).job
        assert isinstance(job, Reply)
        self.chats.play_tokens(job, text, count)

    def play_failures(self, job_id: str, *failures: Failure) -> None:
        """So much of a contact sheet has failed by itself; the rest goes on."""
        self._change_job(job_id, failures=failures)

    def play_end(
        self,
        job_id: str,
        state: JobState = JobState.DONE,
        problem: Problem | None = None,
        notes: tuple[Note, ...] = (),
        figures: Figures = FIGURES,
    ) -> None:
        job = self._job(job_id).job
        self._change_job(job_id, state=state, ended=self.now(), problem=problem, notes=notes, figures=figures)
        if isinstance(job, Reply):
            self.chats.play_end(job, state, figures.seconds)
        self.set_lane(lane_of(job), state=LaneState.READY, job=None)

    def set_lane(self, lane: Lane, **fields: Any) -> None:
        self.lanes[lane] = msgspec.structs.replace(self.lanes[lane], **fields)
        self.lane_changed.emit(self.lanes[lane])

    def put_download(self, download: Download) -> None:
        self.all_downloads = [one for one in self.all_downloads if one.id != download.id]
        self.all_downloads.append(download)
        self.download_changed.emit(download)

    def change_download(self, download_id: str, **fields: Any) -> None:
        download = self.all_downloads[self._row(self.all_downloads, download_id)]
        self.put_download(msgspec.structs.replace(download, **fields))

    def set_machine(self, machine: Machine) -> None:
        self.this_machine = machine
        self.machine_changed.emit()

    def put_outlook(self, model_id: str, outlook: Outlook) -> None:
        self.outlooks[model_id] = outlook
        self.outlook_changed.emit()

    def put_models(self, *models: ModelSpec) -> None:
        """A scan found these."""
        self.all_models = list(models)
        self.changed.emit(tuple(models))

    # Content.

    def add_picture(
        self,
        prompt: str,
        *,
        job: GenerateImages | None = None,
        index: int = 0,
        seed: int | None = None,
        width: int = 256,
        height: int = 256,
        created: float | None = None,
        starred: bool = False,
        path: str = "",
        second_pass: SecondPass | None = None,
    ) -> Asset:
        asset_id = new_id()
        first = seed if seed is not None else 2_147_483_648
        recipe = Recipe(
            asset=asset_id,
            job=job.id if job else "",
            prompt=prompt,
            negative_prompt=job.negative_prompt if job else "",
            model=job.model.id if job else POSTCARDS.id,
            model_name=job.model.name if job else POSTCARDS.name,
            seed=job.picture(index).seed if job else first,
            index=index,
            width=width,
            height=height,
            num_inference_steps=20,
            guidance_scale=4.0,
            sheet=job.sheet if job else None,
            cell=job.cell(index) if job else None,
            second_pass=second_pass,
            edit=job.edit if job else None,
            scheduler="DPMSolverMultistep",
            seconds=2.4,
            execution=Execution(device="cpu", precision="float32") if job else None,
        )
        asset = Asset(
            id=asset_id,
            path=path or f"2026/01/09/{asset_id}.png",
            width=width,
            height=height,
            created=self.now() if created is None else created,
            recipe=recipe,
            starred=starred,
        )
        self.all_assets.insert(0, asset)
        self.asset_added.emit(asset, job.id if job else "")
        return asset

    # Inside.

    def _go_online(self) -> None:
        if self.settings.offline:
            raise StayOffline

    def now(self) -> float:
        return NOON + next(self._clock)

    def _found(self, query: AssetQuery) -> list[Asset]:
        words = query.text.lower().split()
        return [
            asset
            for asset in self.all_assets
            if asset.trashed == query.trashed
            and (asset.starred or not query.starred)
            and all(word in asset.recipe.prompt.lower() for word in words)
        ]

    def _row(self, rows: list[Any], wanted: str) -> int:
        for number, row in enumerate(rows):
            if row.id == wanted:
                return number
        raise NotFound(name=wanted)

    def _job(self, job_id: str) -> JobRecord:
        for record in self.all_jobs:
            if record.job.id == job_id:
                return record
        raise NotFound(name=job_id)

    def add_job(self, job: GenerateImages | Reply) -> None:
        position = float(len(self.all_jobs))
        record = JobRecord(job=job, state=JobState.PENDING, created=self.now(), position=position)
        self.all_jobs.append(record)
        self.job_added.emit(record)

    def _change_job(self, job_id: str, **fields: Any) -> None:
        changed = msgspec.structs.replace(self._job(job_id), **fields)
        self.all_jobs = [changed if record.job.id == job_id else record for record in self.all_jobs]
        self.job_changed.emit(changed)

    def _change_assets(self, ids: tuple[str, ...], **fields: Any) -> None:
        for asset_id in ids:
            row = self._row(self.all_assets, asset_id)
            self.all_assets[row] = msgspec.structs.replace(self.all_assets[row], **fields)
            self.asset_changed.emit(self.all_assets[row])


def _done(value: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(value)
    return future


def failed(error: StudioError) -> Future[Any]:
    """A future that has ended in this error."""
    future: Future[Any] = Future()
    future.set_exception(error)
    return future
