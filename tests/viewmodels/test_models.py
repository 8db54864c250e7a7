"""The state of the Models panel: rows brought together, searches, fits, downloads and what can be done."""

from pathlib import Path

import msgspec
import pytest

from studio.core.downloads import Checking, DownloadState, HubModel, Wanted
from studio.core.errors import HubUnreachable, ModelUnsupported, PickleRefused, StayOffline
from studio.core.messages import Converted
from studio.core.model import Kind, ModelProblem, ModelSpec
from studio.core.shelf import FitLevel, Group
from studio.viewmodels.model_list import ModelList
from studio.viewmodels.model_rows import DOWNLOADS, FOUND, Heading, HubLine, ModelRow, RowState
from studio.viewmodels.models import ModelsViewModel, Tab
from studio.viewmodels.shell import WindowState
from tests.ui.fake_session import LARGE, POSTCARDS, SCRIBE, FakeSession
from tests.ui.shelf import DEV, LIGHTNING, LIGHTNING_FILE, QWEN, TURBO, half_done, stocked

LORA = ModelSpec(
    id="local/dreamy-12345678",
    name="Dreamy",
    family="",
    base="",
    abilities=(),
    path="/mnt/comfy/models/loras/dreamy.safetensors",
    kind=Kind.LORA,
    suits="sdxl",
    source="comfyui",
    size_bytes=150_000_000,
    trigger_words=("dreamy style",),
)


@pytest.fixture
def session(qapp):
    made = stocked(FakeSession())
    yield made
    made.deleteLater()


@pytest.fixture
def models(session):
    return ModelsViewModel(session, WindowState(session, session), session)


def listed(models: ModelsViewModel) -> list[str]:
    """Names of rows, headings in brackets, lines about the hub by what they are."""
    words: list[str] = []
    for row in range(models.list.rowCount()):
        item = models.list.item(row)
        match item:
            case Heading():
                words.append(f"[{item.name} {item.count}]")
            case ModelRow():
                words.append(item.name)
            case HubLine():
                words.append(f"({item.asked})")
    return words


def calls(session: FakeSession, name: str) -> list[tuple]:
    return [call for call in session.calls if call[0] == name]


# Rows.


def test_results_of_the_starters_may_be_used_for_money_as_the_licence_of_the_project_says(models):
    rows = {row.name: row for row in models.list.models()}
    assert rows["Postcards"].commercial is rows["Scribe"].commercial is True
    assert rows["SDXL Lightning"].commercial is None


def test_the_shelf_stands_in_its_groups_and_what_fits_comes_first(models):
    assert listed(models) == [
        "[starter 2]",
        "Postcards",
        "Scribe",
        "[fast 1]",
        "Z-Image Turbo",
        "[quality 2]",
        "SDXL Base 1.0",
        "FLUX.1 dev",
        "[upscaling 1]",
        "Real-ESRGAN 4×",
        "[speed 1]",
        "SDXL Lightning",
        "[text 2]",
        "Qwen3 8B",
        "Mistral Small 24B",
    ]


def test_a_shelf_model_that_is_installed_says_so_and_keeps_what_the_shelf_knows(models):
    row = models.list.model(LARGE.id)
    assert row is not None and row.state is RowState.INSTALLED
    assert row.spec == LARGE and row.commercial is True and row.about["en"].startswith("1024 px")
    turbo = models.list.model(TURBO.repository)
    assert turbo is not None and turbo.state is RowState.AVAILABLE


def test_another_file_of_the_same_repository_does_not_install_the_one_that_the_shelf_wants(session, models):
    other = msgspec.structs.replace(LARGE, id=QWEN.repository, path="/hub/qwen/Qwen3-8B-Q8_0.gguf")
    session.put_models(other)
    (row,) = [one for one in models.list.models() if one.entry == QWEN]
    assert row.state is RowState.AVAILABLE
    session.put_models(msgspec.structs.replace(other, path="/hub/qwen/Qwen3-8B-Q4_K_M.gguf"))
    (row,) = [one for one in models.list.models() if one.entry == QWEN]
    assert row.state is RowState.INSTALLED


@pytest.mark.parametrize("revision", ["", "@0123456789ab"])
def test_a_single_file_installs_what_the_shelf_wants_of_its_repository(session, models, revision):
    here = msgspec.structs.replace(
        LIGHTNING_FILE, id=f"{LIGHTNING.repository}{revision}/sdxl_lightning_4step_lora"
    )
    session.put_models(here)
    (row,) = [one for one in models.list.models() if one.entry == LIGHTNING]
    assert row.state is RowState.INSTALLED and row.repository == LIGHTNING.repository
    models.go(Tab.INSTALLED)
    (row,) = models.list.models()
    assert row.entry == LIGHTNING and row.repository == LIGHTNING.repository
    session.put_models(msgspec.structs.replace(here, id="local/mine-12345678", source="folder"))
    models.go(Tab.SHELF)
    (row,) = [one for one in models.list.models() if one.entry == LIGHTNING]
    assert row.state is RowState.AVAILABLE, "a file of that name may be another"


def test_what_is_installed_stands_by_kind_and_what_cannot_be_used_comes_last(session, models):
    session.all_problems = [ModelProblem(path="/mnt/old/anime.ckpt", code="model_unsafe")]
    session.put_models(LORA, SCRIBE, LARGE, POSTCARDS)
    models.go(Tab.INSTALLED)
    assert listed(models) == [
        "[picture 2]",
        "Postcards",
        "SDXL Base 1.0",
        "[text 1]",
        "Scribe",
        "[lora 1]",
        "Dreamy",
        "[broken 1]",
        "anime.ckpt",
    ]
    broken = models.list.model("/mnt/old/anime.ckpt")
    assert broken is not None and broken.state is RowState.BROKEN
    assert models.installed_count == 4


def test_before_the_machine_is_known_nothing_is_said_of_fits(session):
    session.this_machine = None
    models = ModelsViewModel(session, WindowState(session, session), session)
    assert {models.fit_of(row).level for row in models.list.models()} == {FitLevel.UNKNOWN}
    quality = [row.name for row in models.list.models() if row.entry and row.entry.group is Group.QUALITY]
    assert quality == ["FLUX.1 dev", "SDXL Base 1.0"], "in the shelf's own order"


def test_a_lighter_model_of_the_same_kind_is_known_for_one_that_is_too_large(models):
    dev = models.list.model(DEV.repository)
    lighter = models.lighter(dev)
    assert lighter is not None and lighter.name == "SDXL Base 1.0"
    upscaler = next(row for row in models.list.models() if row.kind is Kind.LORA)
    assert models.lighter(upscaler) is None


def test_ten_thousand_models_are_listed_and_searched(session, models):
    many = [msgspec.structs.replace(LORA, id=f"local/style-{n:08}", name=f"Style {n}") for n in range(10_000)]
    session.put_models(*many)
    models.go(Tab.INSTALLED)
    assert models.list.rowCount() == 10_001
    models.search("style 4321")
    assert listed(models) == ["[lora 1]", "Style 4321"]


def test_the_chosen_row_is_told_anew_only_when_it_changes(session, models):
    session.all_downloads = []
    models.choose(LARGE.id)
    told: list[str] = []
    models.chosen_changed.connect(lambda: told.append(models.chosen))
    session.put_download(half_done())
    assert told == []
    models.choose(TURBO.repository)
    session.change_download("d1", done_bytes=8_000_000_000)
    assert told == [TURBO.repository, TURBO.repository]


def test_the_list_tells_what_is_new_without_beginning_anew(qapp, session, models, qtbot):
    session.put_download(half_done())
    row = models.list.row_of(TURBO.repository)
    with qtbot.assertNotEmitted(models.list.modelReset), qtbot.waitSignal(models.list.dataChanged) as told:
        session.change_download("d1", done_bytes=8_000_000_000)
    assert told.args[0].row() == row


def test_headings_are_counted_and_cannot_be_chosen(models):
    rows: ModelList = models.list
    assert rows.headings[:2] == [0, 3]
    assert rows.headings_before(3) == 1 and rows.headings_before(4) == 2
    assert not rows.flags(rows.index(0, 0)) and rows.flags(rows.index(1, 0))


def test_the_tab_is_remembered(session, models):
    state = WindowState(session, session)
    models = ModelsViewModel(session, state, session)
    models.go(Tab.FOLDERS)
    assert ModelsViewModel(session, state, session).tab is Tab.FOLDERS


# Searching.


def test_typing_filters_at_once_and_offers_to_ask_the_hub(models):
    models.search("  qwen ")
    assert listed(models) == ["[text 1]", "Qwen3 8B", "(search)"]
    models.search("像素")
    assert listed(models) == ["[quality 1]", "SDXL Base 1.0", "(search)"]
    models.search("")
    assert "(search)" not in listed(models)


def test_installed_models_are_searched_without_the_hub(models):
    models.go(Tab.INSTALLED)
    models.search("nothing like this")
    assert listed(models) == []


def test_a_pasted_address_can_be_fetched(session, models):
    session.settings = msgspec.structs.replace(session.settings, offline=False)
    models.search("https://huggingface.co/nota-ai/bk-sdm-tiny")
    assert listed(models) == ["(get)"]
    models.take(models.list.item(0))
    assert calls(session, "install") == [
        ("install", Wanted(repository="nota-ai/bk-sdm-tiny"), "nota-ai/bk-sdm-tiny")
    ]


def test_an_address_of_a_model_that_the_shelf_has_leads_to_its_row(models):
    models.search(f"https://huggingface.co/{TURBO.repository}")
    assert listed(models) == ["[fast 1]", "Z-Image Turbo"]


def test_the_hub_is_asked_only_when_told_and_what_it_finds_is_listed(session, models, qtbot):
    session.settings = msgspec.structs.replace(session.settings, offline=False)
    models.search("turbo")
    assert calls(session, "search_hub") == []
    models.take(models.list.item(models.list.rowCount() - 1))
    assert listed(models)[-1] == "(searching)"
    found = (
        HubModel(repository="stabilityai/sdxl-turbo", kind=Kind.PICTURE, base="StableDiffusionXLPipeline"),
        HubModel(repository=TURBO.repository, kind=Kind.PICTURE),
    )
    with qtbot.waitSignal(models.hub.changed):
        session.hub_answers[-1].set_result(found)
    assert listed(models) == ["[fast 1]", "Z-Image Turbo", f"[{FOUND} 1]", "stabilityai/sdxl-turbo"]
    models.search("turbo!")
    assert listed(models) == ["(search)"], "another text forgets what was found"


@pytest.mark.parametrize(("end", "line"), [((), "(nothing)"), (HubUnreachable, "(failed)")])
def test_a_search_that_finds_nothing_or_fails_says_so_and_can_be_repeated(session, models, qtbot, end, line):
    session.settings = msgspec.structs.replace(session.settings, offline=False)
    models.search("unheard of")
    models.take(models.list.item(0))
    with qtbot.waitSignal(models.hub.changed):
        if end == ():
            session.hub_answers[-1].set_result(())
        else:
            session.hub_answers[-1].set_exception(end(host="huggingface.co", cause="timed out"))
    assert listed(models) == [line]
    if line == "(failed)":
        models.take(models.list.item(0))
        assert len(session.hub_answers) == 2 and listed(models) == ["(searching)"]


def test_offline_refuses_a_search_and_tries_again_once_the_network_is_allowed(session, models, qtbot):
    models.search("turbo")
    with qtbot.waitSignal(models.commands.refused) as refused:
        models.take(models.list.item(models.list.rowCount() - 1))
    assert isinstance(refused.args[0], StayOffline) and listed(models)[-1] == "(search)"
    models.commands.allow_network()
    refused.args[1]()
    assert listed(models)[-1] == "(searching)" and not session.settings.offline


# Downloads.


def test_offline_refuses_a_download_and_fetches_it_once_the_network_is_allowed(session, models, qtbot):
    row = next(one for one in models.list.models() if one.entry == QWEN)
    with qtbot.waitSignal(models.commands.refused) as refused:
        models.commands.get(row)
    assert session.all_downloads == []
    models.commands.allow_network()
    refused.args[1]()
    (download,) = session.all_downloads
    assert download.wanted == Wanted(repository=QWEN.repository, files=QWEN.files)
    assert models.list.model(row.key).state is RowState.WAITING


def test_a_download_goes_through_its_states_in_the_row_of_the_shelf(session, models):
    session.settings = msgspec.structs.replace(session.settings, offline=False)
    session.put_download(half_done())

    def row() -> ModelRow:
        found = models.list.model(TURBO.repository)
        assert found is not None
        return found

    assert row().state is RowState.RUNNING
    models.commands.pause(row())
    assert row().state is RowState.PAUSED
    models.commands.resume(row())
    assert row().state is RowState.RUNNING
    session.change_download("d1", state=DownloadState.DONE)
    assert row().state is RowState.FETCHED, "until a scan has met it"
    spec = msgspec.structs.replace(LARGE, id=TURBO.repository, name="Z-Image-Turbo", path="/hub/z")
    session.put_models(POSTCARDS, spec)
    assert row().state is RowState.INSTALLED
    session.put_models(POSTCARDS)
    assert row().state is RowState.AVAILABLE, "it was removed since"


def test_a_download_that_the_shelf_does_not_name_has_a_heading_of_its_own(session, models):
    session.put_download(half_done(wanted=Wanted(repository="nota-ai/bk-sdm-tiny"), name="bk-sdm-tiny"))
    assert listed(models)[:2] == [f"[{DOWNLOADS} 1]", "bk-sdm-tiny"]
    models.commands.drop(models.list.model("nota-ai/bk-sdm-tiny"))
    assert listed(models)[0] == "[starter 2]"


# Using, checking, removing.


def test_the_model_that_works_is_chosen_by_what_it_can_do(session, models):
    models.commands.use(SCRIBE)
    models.commands.use(LARGE)
    assert (session.settings.image_model, session.settings.language_model) == (LARGE.id, SCRIBE.id)
    assert models.commands.in_use(LARGE) and not models.commands.in_use(POSTCARDS)
    assert not models.commands.can_use(LORA)


def test_damaged_files_are_named_after_they_were_read(session, models, qtbot):
    session.damaged[LARGE.id] = ("unet/diffusion_pytorch_model.safetensors",)
    models.commands.verify(LARGE)
    assert models.commands.checks == {LARGE.id: Checking()}
    session.tell_check(Checking(done_bytes=1, size_bytes=9))
    assert models.commands.checks == {LARGE.id: Checking(done_bytes=1, size_bytes=9)}
    qtbot.waitUntil(lambda: isinstance(models.commands.checks[LARGE.id], tuple))
    assert models.commands.checks[LARGE.id] == session.damaged[LARGE.id]


def test_what_the_hub_said_of_a_repository_stays_known_while_it_is_fetched(session, models, qtbot):
    session.settings = msgspec.structs.replace(session.settings, offline=False)
    models.search("tiny")
    models.hub.search()
    found = HubModel(repository="nota-ai/bk-sdm-tiny", kind=Kind.PICTURE, licence="mit")
    with qtbot.waitSignal(models.hub.changed):
        session.hub_answers[-1].set_result((found,))
    models.search("")
    session.put_download(half_done(wanted=Wanted(repository=found.repository), name=found.repository))
    row = models.list.model(found.repository)
    assert (row.kind, row.licence, row.state) == (Kind.PICTURE, "mit", RowState.RUNNING)


def test_what_was_fetched_is_told_once_it_is_installed(session, models):
    arrived = []
    models.arrived.connect(arrived.append)
    session.put_download(half_done(wanted=Wanted(repository="nota-ai/bk-sdm-tiny"), name="bk-sdm-tiny"))
    session.change_download("d1", state=DownloadState.DONE)
    session.put_models(POSTCARDS)
    assert not arrived, "what is known at once comes before what has to be read"
    assert models.list.model("nota-ai/bk-sdm-tiny").state is RowState.FETCHED
    spec = msgspec.structs.replace(LARGE, id="nota-ai/bk-sdm-tiny", name="bk-sdm-tiny", path="/hub/tiny")
    session.put_models(POSTCARDS, spec)
    session.put_models(POSTCARDS, spec)
    assert arrived == [spec]


def test_a_fetched_file_that_is_refused_is_not_waited_for(session, models):
    session.put_download(half_done(wanted=Wanted(repository="nota-ai/bk-sdm-tiny"), name="bk-sdm-tiny"))
    session.change_download("d1", state=DownloadState.DONE)
    path = "/hub/models--nota-ai--bk-sdm-tiny/snapshots/a"
    session.all_problems = [
        ModelProblem(path=path, code="model_unreadable", params={"model": "a", "file": "b"})
    ]
    session.put_models(POSTCARDS)
    assert models.list.model("nota-ai/bk-sdm-tiny") is None


@pytest.mark.parametrize("id", ["nota-ai/bk-sdm-tiny@a1b2", "nota-ai/bk-sdm-tiny/loras/wet"])
def test_a_revision_and_a_file_of_a_repository_arrive_too(session, models, id):
    arrived = []
    models.arrived.connect(arrived.append)
    session.put_download(half_done(wanted=Wanted(repository="nota-ai/bk-sdm-tiny"), name="bk-sdm-tiny"))
    session.change_download("d1", state=DownloadState.DONE)
    session.put_models(POSTCARDS, msgspec.structs.replace(LARGE, id=id))
    assert [spec.id for spec in arrived] == [id]


def test_only_what_the_studio_fetched_is_removed(session, models, qtbot):
    assert models.commands.removable(LARGE) and not models.commands.removable(POSTCARDS)
    with qtbot.waitSignal(models.commands.removed) as removed:
        models.commands.remove(LARGE)
    assert removed.args == [LARGE.name, LARGE.size_bytes]
    with qtbot.waitSignal(models.commands.failed) as failed:
        models.commands.remove(POSTCARDS)
    assert failed.args[0].code == "model_not_ours"


# Folders.


def test_folders_tell_whose_they_are_and_what_they_hold(session, models):
    session.change_settings(model_folders=("/mnt/comfy", "/home/ada/models"))
    session.all_problems = [ModelProblem(path="/mnt/comfy/models/checkpoints/old.ckpt", code="model_unsafe")]
    session.put_models(POSTCARDS, LARGE, LORA)
    hub, comfy, own = models.folders()
    assert (hub.path, hub.models, hub.size_bytes) == ("", 1, LARGE.size_bytes)
    assert (comfy.path, comfy.tool, comfy.models, comfy.broken) == ("/mnt/comfy", "comfyui", 1, 1)
    assert (own.tool, own.models, own.size_bytes) == ("", 0, 0)


def test_a_dropped_file_adopts_its_folder_once(session, models, qtbot):
    with qtbot.waitSignal(models.commands.adopted) as adopted:
        models.commands.adopt("/mnt/loras/dreamy.safetensors")
    assert adopted.args == ["/mnt/loras"]
    with qtbot.waitSignal(models.commands.already_adopted):
        models.commands.adopt("/mnt/loras")
    with qtbot.waitSignal(models.commands.failed) as failed:
        models.commands.adopt("/home/ada/letters/mother.txt")
    assert isinstance(failed.args[0], ModelUnsupported) and models.folder_count == 1
    models.commands.forget("/mnt/loras")
    assert models.folder_count == 0
    models.commands.read_again("/mnt/loras")
    models.commands.read_again("/mnt/loras")
    assert session.settings.model_folders == ("/mnt/loras",), "though it is not there"


def test_the_shelf_and_the_machine_are_looked_at_when_the_panel_is_made_and_on_demand(session, models):
    assert len(calls(session, "look_at_models")) == 1
    models.commands.rescan()
    assert len(calls(session, "look_at_models")) == 2 and calls(session, "rescan_models")


def test_folders_of_other_tools_are_offered_until_they_are_read(session, models, qtbot):
    session.places = ("/home/ada/ComfyUI/models", "/home/ada/.ollama/models")
    with qtbot.waitSignal(models.folders_changed):
        models.go(Tab.FOLDERS)
    assert models.offers == session.places
    models.commands.adopt(session.places[0])
    qtbot.waitUntil(lambda: models.offers == session.places[1:])


def test_what_an_address_named_is_listed_once_it_is_installed(session, models):
    models.search("https://huggingface.co/someone/tiny")
    assert listed(models) == ["(get)"]
    session.put_download(half_done(wanted=Wanted(repository="someone/tiny"), name="tiny"))
    assert listed(models) == ["[downloads 1]", "tiny"]
    (download,) = [one for one in session.models.downloads() if one.name == "tiny"]
    session.put_download(msgspec.structs.replace(download, state=DownloadState.DONE))
    session.put_models(msgspec.structs.replace(LARGE, id="someone/tiny", name="tiny"))
    assert listed(models) == ["[here 1]", "tiny"]
    assert models.list.model("someone/tiny").state is RowState.INSTALLED


def test_a_pickle_can_be_converted_and_a_folder_that_holds_one_cannot(session, models):
    session.all_problems = [
        ModelProblem(path=path, code="model_unsafe", params={"file": "ink.ckpt"})
        for path in ("/models/ink.ckpt", "/models/folder")
    ]
    session.put_models()
    models.go(Tab.INSTALLED)
    file, folder = models.list.model("/models/ink.ckpt"), models.list.model("/models/folder")
    commands = models.commands
    assert commands.can_convert(file) and not commands.can_convert(folder)
    commands.convert(file, "/models/ink.safetensors")
    assert calls(session, "convert") == [
        ("convert", Path("/models/ink.ckpt"), Path("/models/ink.safetensors"))
    ]
    assert not commands.can_convert(file)


@pytest.mark.parametrize("refused", [True, False])
def test_how_a_conversion_ended_is_told(session, models, qtbot, refused):
    row = ModelRow(key="/m/ink.pt", name="ink", problem=ModelProblem(path="/m/ink.pt", code="model_unsafe"))
    models.commands.convert(row, "/m/ink.safetensors")
    signal = models.commands.failed if refused else models.commands.converted
    with qtbot.waitSignal(signal):
        if refused:
            session.conversion.set_exception(PickleRefused(file="ink.pt", name="os.system"))
        else:
            session.conversion.set_result(Converted(target="/m/ink.safetensors", tensors=1, size_bytes=4))
    assert models.commands.can_convert(row)
