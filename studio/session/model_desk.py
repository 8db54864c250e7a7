"""All that can be asked about models: which are here, what else there is, fetching them, and their care."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.catalog.borrow import may_borrow
from studio.catalog.fast import fast_of
from studio.catalog.hub.names import page_of, parse_repository
from studio.catalog.lora_choices import lora_choices
from studio.catalog.memory import Asked
from studio.catalog.nearest import nearest_loras, nearest_model
from studio.catalog.servers.address import parse_address
from studio.core.downloads import Account, Checking, Download, HubModel, ModelFile, Wanted
from studio.core.errors import ModelUnable, ServerNotListed, StayOffline, WishDamaged
from studio.core.inputs import Role
from studio.core.jobs import GenerateImages, JobState
from studio.core.lane import LaneStatus
from studio.core.messages import Converted, Device
from studio.core.model import Ability, LoraChoice, ModelProblem, ModelSpec, Wish
from studio.core.nearest import NearestLora, NearestModel
from studio.core.paths import Paths
from studio.core.plan import Outlook
from studio.core.recipe import Recipe
from studio.core.records import JobRecord, Problem, problem_of
from studio.core.servers import ServerState, server_model, split_id
from studio.core.settings import ListName, Settings
from studio.core.shelf import Fast, Fit, Machine, ShelfEntry
from studio.core.traits import Traits
from studio.session.care import CareFlow
from studio.session.conversion import ConversionFlow
from studio.session.downloads import DownloadFlow
from studio.session.models import InstalledModels
from studio.session.outlooks import OutlookFlow
from studio.session.relay import Relay
from studio.session.servers import ServersFlow
from studio.session.shelf import ShelfFlow
from studio.session.traits import TraitsFlow
from studio.session.writes import Writes
from studio.store.wishes_file import load_wishes, save_wishes
from studio.store.writer import Writer

ChangeList = Callable[[ListName, Sequence[str], Sequence[str]], None]


class ModelDesk(QObject):
    """The session's side for models.

    Signals:
        changed (tuple of ModelSpec): other models are installed, or served.
        shelf_changed, machine_changed: after `look`, the first after `read_shelf` too.
        outlook_changed: what `outlook_of` says of some model is another thing now.
        traits_changed: so is what `traits_of` says.
        servers_changed: a server of the list is asked, or has told its models.
        download_changed (Download): one is new or further; download_dropped (its id).
        problem_raised (Problem): the shelf cannot be read, or the machine not be looked at.
    """

    changed = Signal(object)
    shelf_changed = Signal()
    machine_changed = Signal()
    outlook_changed = Signal()
    traits_changed = Signal()
    servers_changed = Signal()
    download_changed = Signal(object)
    download_dropped = Signal(str)
    problem_raised = Signal(object)

    def __init__(
        self,
        paths: Paths,
        settings: Callable[[], Settings],
        change_list: ChangeList,
        writer: Writer,
        writes: Writes,
        parent: QObject,
    ) -> None:
        """`settings` gives them as they stand; `change_list` as `Session.change_list`."""
        super().__init__(parent)
        self._paths, self._settings, self._change_list = paths, settings, change_list
        self._writer, self._writes = writer, writes
        self._relay = Relay(self)
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="models")
        self._installed = InstalledModels(paths, self._relay, self._threads, self)
        self._ignored_wishes: list[str] = []
        self._wishes = load_wishes(paths.wishes, self._ignored_wishes.append)
        self._installed.set_wishes(self._wishes)
        installed = self._installed
        self._outlooks = OutlookFlow(
            paths, self._relay, self._threads, installed.lent, installed.looking, self
        )
        self._traits = TraitsFlow(self._relay, self._threads, self._installed.lent, self)
        self._shelf = ShelfFlow(paths, self._relay, self._threads, self)
        self._care = CareFlow(self._threads, self)
        self._conversions = ConversionFlow(self)
        self._servers = ServersFlow(self)
        self._downloads = DownloadFlow(paths, writer, self._relay, writes.report, self)
        for source, target in (
            (self._installed.changed, self.changed),
            (self._shelf.changed, self.shelf_changed),
            (self._shelf.machine_changed, self.machine_changed),
            (self._shelf.problem_raised, self.problem_raised),
            (self._outlooks.changed, self.outlook_changed),
            (self._traits.changed, self.traits_changed),
            (self._downloads.changed, self.download_changed),
            (self._downloads.dropped, self.download_dropped),
        ):
            source.connect(target)
        self._installed.changed.connect(self._outlooks.take_models)
        self._installed.changed.connect(self._traits.take_models)
        self._servers.changed.connect(self._on_servers_changed)
        self._downloads.arrived.connect(self.rescan)

    def close(self) -> None:
        """Ends threads and processes, once; nothing is told any more."""
        self._relay.close()
        self._downloads.close()
        self._care.close()
        self._conversions.close()
        self._servers.close()
        self._shelf.close()
        self._threads.shutdown(cancel_futures=True)

    # What is here.

    def installed(self, ability: Ability | None = None) -> list[ModelSpec]:
        """Those with the ability, or all, those of servers among them."""
        return self._installed.able(ability)

    @property
    def is_read(self) -> bool:
        """All that is installed is known; `changed` follows where it is not."""
        return self._installed.is_read

    def find(self, name: str | None, ability: Ability | None) -> ModelSpec:
        """By id or path, else the one chosen in the settings, else the first; scans if nothing is known yet.
        One with the ability, or any.

        Raises NotFound, ModelMissing, NoModelInstalled, ModelUnable, ServerNotListed, or what is wrong with
        the files.
        """
        settings = self._settings()
        preferred = settings.language_model if ability is Ability.REPLY else settings.image_model
        if served := self._server_model(name, preferred):
            if ability and ability not in served.abilities:
                raise ModelUnable(model=served.name, kind=served.source)
            return served
        self.ensure_scanned()
        return self._installed.find(name, ability, preferred)

    def ensure_scanned(self) -> None:
        """Waits for what is installed, where nothing is known yet."""
        self._installed.ensure_scanned(self._settings().model_folders)

    def completed(self, job: GenerateImages) -> Future[GenerateImages] | None:
        """The job with all that it takes of other models that are installed; None where it needs nothing.

        Raises ReferencesUnsupported, ReferenceNeeded.
        """
        self._installed.check_roles(job)
        refers = any(one.role is Role.REFER for one in job.inputs)
        return self._installed.completed(job) if refers or may_borrow(job.model) else None

    def lender_wanted(self, model: ModelSpec) -> str:
        """The repository to fetch before a single file can be used; "" where something here completes it."""
        return self._installed.lender_wanted(model)

    def scan(self) -> None:
        self._installed.scan(self._settings().model_folders)

    def rescan(self) -> None:
        """Looks for all anew, and asks the servers."""
        self.scan()
        self.ask_servers()

    def problems(self) -> tuple[ModelProblem, ...]:
        """Models that are there and cannot be used."""
        return self._installed.problems

    # The shelf, this machine, and whether a model fits it.

    def look(self) -> None:
        """Reads the shelf and looks at this machine; `shelf_changed` and `machine_changed` follow."""
        self._shelf.read()

    def read_shelf(self) -> None:
        """The shelf alone; `shelf_changed` follows unless it is read already."""
        self._shelf.read_entries()

    def shelf(self) -> tuple[ShelfEntry, ...]:
        return self._shelf.entries

    def machine(self) -> Machine | None:
        return self._shelf.machine

    def best(self, language: str) -> tuple[ShelfEntry, ...]:
        """At most three to begin with, for this machine and a person of that language (`en`, `zh`)."""
        return self._shelf.best(language)

    def fast_of(self, model: ModelSpec) -> Fast | None:
        """What makes the model fast; None where nothing does, and until shelf and models are read."""
        return fast_of(model, self._shelf.entries, self._installed.able(None))

    def nearest(self, recipe: Recipe) -> tuple[NearestModel, tuple[NearestLora, ...]]:
        """What stands here for the model and the LoRAs of a recipe from anywhere. May look at links on the
        disk: not for the window's thread."""
        installed, shelf = self._installed.able(None), self._shelf.entries
        model = nearest_model(recipe, installed, shelf, self.chosen_painter())
        return model, nearest_loras(recipe, model.here, installed, shelf)

    def chosen_painter(self) -> str:
        """The id of the picture model in the settings."""
        return self._settings().image_model

    def fit_of(self, model: ShelfEntry | ModelSpec) -> Fit:
        told = self._outlooks.of(model) if isinstance(model, ModelSpec) else None
        return self._shelf.fit_of(model, told)

    def outlook_of(self, model: ModelSpec, asked: Asked | None = None) -> Outlook | None:
        """How it will be held in memory and what that takes, for these pictures or a usual job; None while
        that is not known. Never waits."""
        return self._outlooks.of(model, asked)

    def traits_of(self, model: ModelSpec) -> Traits:
        """What it lets one set; as if nothing were known until its files are read. Never waits."""
        return self._traits.of(model)

    def roles_of(self, model: ModelSpec) -> frozenset[Role]:
        """What pictures can be to it. Never waits."""
        return self._traits.of(model).roles

    def loras_of(self, model: ModelSpec) -> list[LoraChoice]:
        """The LoRAs that are installed, those that go with the model first."""
        return lora_choices(model, self._installed.able(None))

    def hold(self, model_id: str, wish: Wish) -> None:
        """How a model is to be held from its next use on; kept for the next start."""
        kept = {name: one for name, one in self._wishes.items() if name != model_id}
        wishes = self._wishes = kept if wish == Wish() else {**kept, model_id: wish}
        saved = self._writer.run(lambda: save_wishes(self._paths.wishes, wishes))
        self._relay.then(saved, lambda _: None, self._writes.report)
        self._installed.set_wishes(wishes)

    # The hub, and what is fetched from it.

    def find_repository(self, text: str) -> Wanted:
        """What `owner/name` or a link names. Raises AddressUnknown."""
        return parse_repository(text)

    def search_hub(self, text: str) -> Future[tuple[HubModel, ...]]:
        """What the hub has and the studio can run. Ends in HubError. Raises StayOffline."""
        self._must_be_online()
        return self._care.search(text)

    def hub_page(self, path: str) -> str:
        """The address of a page of the hub, such as a repository's."""
        return page_of(path)

    def hub_account(self) -> Future[Account]:
        """Who is signed in at the hub; by name only where the studio may go online. Ends in HubError."""
        return self._care.account(online=not self._settings().offline)

    def sign_in(self, token: str) -> Future[Account]:
        """Keeps a token of the hub where its own tools do. Ends in HubError. Raises StayOffline."""
        self._must_be_online()
        return self._care.sign_in(token)

    def sign_out(self) -> Future[Account]:
        """Forgets the token that is kept. Ends in TokenFromOutside, FileStays."""
        return self._care.sign_out()

    def downloads(self) -> tuple[Download, ...]:
        """Those that are not done, and those that ended since the start; the oldest first."""
        return self._downloads.all()

    def install(self, wanted: Wanted, name: str) -> str:
        """Downloads a model; the download's id. Raises StayOffline."""
        self._must_be_online()
        return self._downloads.add(wanted, name)

    def pause_download(self, download_id: str) -> None:
        self._downloads.pause(download_id)

    def resume_download(self, download_id: str) -> None:
        """Raises StayOffline."""
        self._must_be_online()
        self._downloads.resume(download_id)

    def drop_download(self, download_id: str) -> None:
        """Stops and forgets it, with the parts that it has fetched."""
        self._downloads.drop(download_id)

    def go_on_downloading(self) -> None:
        """Starts what was under way when the studio closed, where it may go online."""
        if not self._settings().offline:
            self._downloads.go_on()

    # Folders of one's own and of other tools; the care of what is here.

    def adopt(self, path: Path) -> Future[str]:
        """Looks for models in this folder, or the file's, from now on; nothing there is ever changed.

        The folder, once it is among the settings. Ends in the ModelError that says why a file is no model.
        """
        folder = self._care.folder_of(path)
        self._relay.then(
            folder, lambda found: self._change_list("model_folders", (found,), ()), lambda _: None
        )
        return folder

    def convert(self, source: Path, target: Path) -> Future[Converted]:
        """Makes a pickle's tensors a safetensors file, which is listed from then on.

        Ends in PickleRefused, ModelUnreadable, ModelUnsupported, FileUnwritable, ProcessKilled.
        """
        converting = self._conversions.convert(source, target)
        self._relay.then(converting, lambda done: self._list_converted(Path(done.target)), lambda _: None)
        return converting

    def known_places(self) -> Future[tuple[str, ...]]:
        """The usual folders of other tools that are on this machine and not adopted yet."""
        return self._care.places(self._settings().model_folders)

    def removable(self, model_id: str) -> bool:
        """The studio itself has downloaded it."""
        return self._installed.get(model_id).ours

    def remove(self, model_id: str) -> Future[int]:
        """Removes what the studio downloaded; the bytes that are free then.

        Ends in ModelNotOurs, ModelBeingFetched, FileStays.
        """
        removing = self._care.remove(self._installed.get(model_id))
        # Also where it failed: some of the files may be gone.
        self._relay.then(removing, lambda _: self.rescan(), lambda _: self.rescan())
        return removing

    def verify(
        self, model_id: str, tell: Callable[[Checking], object] | None = None
    ) -> Future[tuple[str, ...]]:
        """The files that are missing or not what the hub describes; `tell` hears how far it is."""
        return self._care.verify(self._installed.get(model_id), tell)

    def files(self, model_id: str) -> Future[tuple[ModelFile, ...]]:
        """What lies on the disk of it."""
        return self._care.files(self._installed.get(model_id))

    def card(self, model_id: str) -> Future[str]:
        """Its README without the front matter, as Markdown; "" where it has none."""
        return self._care.card(self._installed.get(model_id))

    # Servers on this machine.

    def servers(self) -> tuple[ServerState, ...]:
        """Those of the list, as they told of themselves last."""
        return self._servers.states(self._settings().servers)

    def ask_servers(self) -> None:
        """`servers_changed` follows; no socket is opened where the list is empty."""
        self._servers.ask(self._settings().servers)

    def add_server(self, text: str) -> str:
        """Lists and asks the server at this address from now on, which is returned as it is listed.

        Raises ServerAddressUnknown, ServerElsewhere.
        """
        address = parse_address(text)
        self._change_list("servers", (address,), ())
        return address

    def remove_server(self, address: str) -> None:
        self._change_list("servers", (), (address,))

    def check_listed(self, model: ModelSpec) -> None:
        """A server is asked only while the person has it in the list, whatever an old job names.

        Raises ServerNotListed.
        """
        served = split_id(model.id)
        if served and served[0] not in self._settings().servers:
            raise ServerNotListed(address=served[0])

    # What the session tells.

    def follow(self, status: LaneStatus, devices: tuple[Device, ...]) -> None:
        """A lane has changed; `devices` are those that a worker has told of since, if any."""
        self._outlooks.follow(status)
        if devices:
            self._shelf.look_at_machine(devices)

    def set_machine(self, devices: tuple[Device, ...], budget_bytes: int) -> None:
        """What models may take of this machine's memory."""
        self._outlooks.set_machine(devices, budget_bytes)

    def learn(self, record: JobRecord) -> None:
        """From what a job took; the next estimate is nearer. What lies over the model is not its own."""
        job = record.job
        laid_over = isinstance(job, GenerateImages) and (job.loras or job.reference_adapter)
        if record.state is JobState.DONE and not laid_over:
            self._outlooks.record(job.model, record.figures)

    def take_settings(self, before: Settings) -> None:
        """They are others than before."""
        settings = self._settings()
        if settings.model_folders != before.model_folders:
            self.rescan()
        if settings.servers != before.servers:
            self.ask_servers()
        if settings.offline:
            self._downloads.pause_all()
            self._care.go_offline()

    def wish_problems(self) -> list[Problem]:
        """Wishes of the file that make no sense and were ignored."""
        return [problem_of(WishDamaged(name=name)) for name in self._ignored_wishes]

    # Inside.

    def _list_converted(self, target: Path) -> None:
        if any(target.is_relative_to(folder) for folder in self._settings().model_folders):
            self.rescan()
        else:
            self.adopt(target)

    def _must_be_online(self) -> None:
        if self._settings().offline:
            raise StayOffline

    def _server_model(self, name: str | None, preferred: str) -> ModelSpec | None:
        """A server's model by its id; whether it is there shows when it is asked to answer.

        Raises ServerNotListed where it was named, and not only chosen once.
        """
        served = split_id(preferred if name is None else name)
        if served is None or (name is None and served[0] not in self._settings().servers):
            return None
        spec = server_model(*served)
        self.check_listed(spec)
        return spec

    def _on_servers_changed(self) -> None:
        """The chosen model stays among them while its server is silent, or another would answer unasked."""
        models = [spec for state in self.servers() for spec in state.models]
        chosen = split_id(self._settings().language_model)
        if chosen and chosen[0] in self._settings().servers:
            spec = server_model(*chosen)
            models += [spec] if all(spec.id != one.id for one in models) else []
        self._installed.put_served(tuple(models))
        self.servers_changed.emit()
