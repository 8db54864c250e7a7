"""What there is to look at in Models."""

import msgspec

from studio.core.downloads import Account, DownloadState, HubModel, ModelFile, Wanted
from studio.core.errors import TokenUnknown
from studio.core.messages import Device
from studio.core.model import Kind, ModelProblem, ModelSpec
from studio.core.records import Problem
from studio.core.servers import ServerState, server_model
from studio.core.shelf import Fit, FitLevel, Machine
from studio.ui.panels.models import ModelsPanel
from studio.viewmodels.models import Tab
from tests.ui.fake_session import LARGE, POSTCARDS, SCRIBE, FakeSession
from tests.ui.shelf import DEV, GIB, TURBO, half_done, held, stocked
from tests.ui.stage import Stage, scene

DREAMY = ModelSpec(
    id="local/dreamy-12345678",
    name="Dreamy",
    family="",
    base="",
    abilities=(),
    path="/mnt/shared/ComfyUI/models/loras/dreamy-watercolour-v2.safetensors",
    kind=Kind.LORA,
    suits="sdxl",
    source="comfyui",
    precision="fp16",
    size_bytes=150_000_000,
    trigger_words=("dreamy style", "soft light"),
)
CARD = """# SDXL Base 1.0

A latent text-to-image model. It works best at **1024 × 1024** pixels.

![a sample](https://example.com/sample.png)

| use | allowed |
|---|---|
| research | yes |
| products | yes |

See the [paper](https://example.com/paper).
"""


def models(stage: Stage, tab: Tab = Tab.SHELF) -> ModelsPanel:
    panel = stage.show("models")
    assert isinstance(panel, ModelsPanel)
    panel.tabs.chosen.emit(tab)
    stage.settle()
    return panel


def choose(panel: ModelsPanel, key: str) -> None:
    panel.table.setFocus()
    panel.table.choose(key)


def adopted(session: FakeSession) -> None:
    """Two folders, a LoRA in one of them, two files that cannot be used."""
    session.change_settings(model_folders=("/mnt/shared/ComfyUI/models", "/home/ada/models"))
    session.all_problems = [
        ModelProblem(
            path="/mnt/shared/ComfyUI/models/checkpoints/anime.ckpt",
            code="model_unsafe",
            params={"file": "anime.ckpt"},
        ),
        ModelProblem(
            path="/home/ada/models/half",
            code="model_incomplete",
            params={"model": "half", "file": "unet/diffusion_pytorch_model.safetensors"},
        ),
    ]
    session.put_models(POSTCARDS, LARGE, SCRIBE, DREAMY)
    session.places = ("/home/ada/stable-diffusion-webui/models", "/home/ada/.ollama/models")


@scene("models-shelf")
def shelf(stage: Stage) -> None:
    stocked(stage.session)
    choose(models(stage), LARGE.id)


@scene("models-busy")
def busy(stage: Stage) -> None:
    stocked(stage.session)
    stage.session.change_settings(offline=False)
    panel = models(stage)
    stage.session.put_download(half_done())
    stage.session.put_download(
        half_done(
            DownloadState.FAILED,
            id="d2",
            wanted=Wanted(repository="nota-ai/bk-sdm-tiny"),
            name="bk-sdm-tiny",
            problem=Problem(code="hub_unreachable", params={"host": "huggingface.co", "cause": "timed out"}),
        )
    )
    stage.session.put_download(
        half_done(
            DownloadState.PAUSED, id="d3", wanted=Wanted(repository="owner/paused"), name="A paused one"
        )
    )
    choose(panel, TURBO.repository)


@scene("models-held")
def held_in_memory(stage: Stage) -> None:
    """An installed model: the plan in words, and what may be chosen instead."""
    stocked(stage.session)
    stage.session.put_outlook(LARGE.id, held())
    choose(models(stage), LARGE.id)


@scene("models-held-compiling")
def held_compiling(stage: Stage) -> None:
    """On a card, where its blocks may be compiled."""
    held_in_memory(stage)
    stage.session.put_outlook(LARGE.id, held(compiles=True))


@scene("models-held-not")
def held_not(stage: Stage) -> None:
    stocked(stage.session)
    params = {"precision": "4-bit", "name": "bitsandbytes", "command": "python -m pip install bitsandbytes"}
    stage.session.put_outlook(LARGE.id, held(needed_bytes=14 * GIB, remedy="package", params=params))
    choose(models(stage), LARGE.id)


@scene("models-failed")
def failed(stage: Stage) -> None:
    busy(stage)
    panel = stage.window.panel("models")
    assert isinstance(panel, ModelsPanel)
    choose(panel, "nota-ai/bk-sdm-tiny")


@scene("models-too-large")
def too_large(stage: Stage) -> None:
    """The person tried to get it while the studio is offline."""
    stocked(stage.session)
    panel = models(stage)
    choose(panel, DEV.repository)
    panel.commands.get.trigger()


@scene("models-gated")
def gated(stage: Stage) -> None:
    """The hub has refused it: the licence, a token, and then again."""
    stocked(stage.session)
    stage.session.change_settings(offline=False)
    panel = models(stage)
    page = f"https://huggingface.co/{DEV.repository}"
    problem = Problem(code="licence_not_accepted", params={"repository": DEV.repository, "page": page})
    wanted = Wanted(repository=DEV.repository)
    refused = half_done(
        DownloadState.FAILED, wanted=wanted, name=DEV.name, problem=problem, files=(), done_bytes=0
    )
    stage.session.put_download(refused)
    choose(panel, DEV.repository)
    stage.settle()


@scene("models-token-refused")
def token_refused(stage: Stage) -> None:
    gated(stage)
    panel = stage.window.panel("models")
    assert isinstance(panel, ModelsPanel)
    panel.inspector.access.token.setText("hf_mistyped")
    panel.inspector.access.enter.click()


@scene("models-signed-in")
def signed_in(stage: Stage) -> None:
    stage.session.account = Account(signed_in=True, name="ada")
    gated(stage)


@scene("models-token-outside")
def token_outside(stage: Stage) -> None:
    stage.session.account = Account(signed_in=True, name="ada", outside=True)
    gated(stage)


@scene("models-files")
def files(stage: Stage) -> None:
    """What lies on the disk, some of it shared."""
    stocked(stage.session)
    stage.session.model_files_of[LARGE.id] = (
        *(ModelFile(name=name, size_bytes=2000, shared=True) for name in ("README.md", "model_index.json")),
        ModelFile(name="text_encoder/model.fp16.safetensors", size_bytes=246_000_000),
        ModelFile(name="unet/diffusion_pytorch_model.fp16.safetensors", size_bytes=5_100_000_000),
        ModelFile(name="vae/diffusion_pytorch_model.fp16.safetensors", size_bytes=167_000_000),
    )
    choose(models(stage), LARGE.id)


@scene("models-search-refused")
def search_refused(stage: Stage) -> None:
    """The token that is kept counts no more."""
    stocked(stage.session)
    stage.session.account = Account(signed_in=True)
    stage.session.change_settings(offline=False)
    panel = models(stage)
    panel.search.setText("aurora")
    panel.table.opened.emit("hub:search")
    page = "https://huggingface.co/settings/tokens"
    stage.session.hub_answers[-1].set_exception(TokenUnknown(page=page))
    stage.settle()


@scene("models-crowded")
def crowded(stage: Stage) -> None:
    """Long names, several devices and hardly any disk; the disk has ended a download."""
    stocked(stage.session)
    stage.session.change_settings(offline=False)
    names = ("NVIDIA GeForce RTX 4090 Laptop GPU", "AMD Radeon RX 7900 XTX", "Intel Arc A770")
    stage.session.this_machine = Machine(
        memory_bytes=32 * GIB,
        devices=tuple(Device(kind="cuda", name=name, total_bytes=16 * GIB, free_bytes=GIB) for name in names),
        disk_free_bytes=GIB // 3,
    )
    stage.session.all_entries[0] = msgspec.structs.replace(TURBO, name=TURBO.name * 6, licence="mit " * 20)
    params = {
        "name": TURBO.name,
        "needed_bytes": 12 * GIB,
        "free_bytes": GIB // 3,
        "path": "/home/ada/.cache",
    }
    problem = Problem(code="disk_too_small", params=params)
    panel = models(stage)
    stage.session.put_download(half_done(DownloadState.FAILED, problem=problem))
    choose(panel, TURBO.repository)


@scene("models-unknown")
def unknown(stage: Stage) -> None:
    """The shelf is read; nobody has looked at the machine."""
    stocked(stage.session)
    stage.session.this_machine = None
    choose(models(stage), TURBO.repository)


@scene("models-processor")
def processor(stage: Stage) -> None:
    """No worker has told its devices."""
    stocked(stage.session)
    stage.session.this_machine = Machine(memory_bytes=16 * GIB, processor="8 cores", disk_free_bytes=20 * GIB)
    models(stage)


@scene("models-installed")
def installed(stage: Stage) -> None:
    stocked(stage.session)
    adopted(stage.session)
    choose(models(stage, Tab.INSTALLED), DREAMY.id)


@scene("models-broken")
def broken(stage: Stage) -> None:
    stocked(stage.session)
    adopted(stage.session)
    choose(models(stage, Tab.INSTALLED), "/home/ada/models/half")


@scene("models-pickle")
def pickle(stage: Stage) -> None:
    """It may be converted."""
    adopted(stocked(stage.session))
    choose(models(stage, Tab.INSTALLED), "/mnt/shared/ComfyUI/models/checkpoints/anime.ckpt")


@scene("models-waiting")
def waiting(stage: Stage) -> None:
    """The hub does not answer, and is asked again in some seconds."""
    session = stocked(stage.session)
    session.change_settings(offline=False)
    panel = models(stage)
    session.put_download(half_done(waiting_seconds=12))
    choose(panel, TURBO.repository)


@scene("models-folder-gone")
def folder_gone(stage: Stage) -> None:
    adopted(stocked(stage.session))
    gone = {"path": "/home/ada/models"}
    stage.session.all_problems.append(ModelProblem(path=gone["path"], code="model_missing", params=gone))
    models(stage, Tab.FOLDERS)


@scene("models-card")
def card(stage: Stage) -> None:
    stocked(stage.session)
    stage.session.damaged[LARGE.id] = ("unet/diffusion_pytorch_model.safetensors",)
    stage.session.cards[LARGE.id] = CARD
    stage.session.change_settings(
        image_model=LARGE.id,
        window={
            **stage.session.settings.window,
            "models.section.card": "1",
            "models.section.about": "0",
            "models.section.memory": "0",
            "models.section.files": "0",
        },
    )
    panel = models(stage)
    choose(panel, LARGE.id)
    panel.commands.verify.trigger()
    stage.settle()


@scene("models-empty")
def empty(stage: Stage) -> None:
    stage.session.all_models = []
    models(stage, Tab.INSTALLED)


@scene("models-nothing-found")
def nothing_found(stage: Stage) -> None:
    stocked(stage.session)
    models(stage, Tab.INSTALLED).search.setText("elephant")


@scene("models-search")
def search(stage: Stage) -> None:
    """Typed, not asked yet."""
    stocked(stage.session)
    panel = models(stage)
    panel.search.setText("turbo")
    panel.table.choose_first()


@scene("models-found")
def found(stage: Stage) -> None:
    stocked(stage.session)
    stage.session.change_settings(offline=False)
    panel = models(stage)
    panel.search.setText("turbo")
    panel.table.choose("hub:search")
    panel.table.opened.emit("hub:search")
    stage.session.hub_answers[-1].set_result(
        (
            HubModel(
                repository="stabilityai/sdxl-turbo",
                kind=Kind.PICTURE,
                base="StableDiffusionXLPipeline",
                licence="sai-nc-community",
                downloads=412_908,
                gated=True,
            ),
            HubModel(
                repository="someone/a-very-long-name-of-a-repository-turbo-mix-v11-final",
                kind=Kind.LORA,
                downloads=1,
            ),
        )
    )
    stage.settle()
    panel.table.choose("stabilityai/sdxl-turbo")


@scene("models-searching")
def searching(stage: Stage) -> None:
    stocked(stage.session)
    stage.session.change_settings(offline=False)
    panel = models(stage)
    panel.search.setText("aurora")
    panel.table.opened.emit("hub:search")


@scene("models-pasted")
def pasted(stage: Stage) -> None:
    stocked(stage.session)
    models(stage).search.setText("https://huggingface.co/nota-ai/bk-sdm-tiny")


@scene("models-folders")
def folders(stage: Stage) -> None:
    stocked(stage.session)
    adopted(stage.session)
    models(stage, Tab.FOLDERS)


@scene("models-no-folders")
def no_folders(stage: Stage) -> None:
    stage.session.all_models = [POSTCARDS, SCRIBE]
    models(stage, Tab.FOLDERS)


@scene("models-remove")
def remove(stage: Stage) -> None:
    stocked(stage.session)
    panel = models(stage)
    choose(panel, LARGE.id)
    panel.commands.remove.trigger()


@scene("models-many")
def many(stage: Stage) -> None:
    """Ten thousand files in adopted folders."""
    stocked(stage.session)
    stage.session.put_models(
        *(
            msgspec.structs.replace(DREAMY, id=f"local/style-{number:08}", name=f"Style {number}")
            for number in range(10_000)
        )
    )
    panel = models(stage, Tab.INSTALLED)
    panel.table.choose("local/style-00005000")


@scene("models-servers")
def servers(stage: Stage) -> None:
    """One that answers, one that does not, one that is being asked."""
    stocked(stage.session)
    addresses = ("127.0.0.1:11434", "127.0.0.1:1234", "localhost:8080")
    ollama = addresses[0]
    names = ("qwen3:8b", "gemma3:4b", "a-model-with-a-very-long-name-that-somebody-gave-it:latest")
    stage.session.told = {
        ollama: ServerState(
            address=ollama, software="Ollama", models=tuple(server_model(ollama, one) for one in names)
        ),
        addresses[1]: ServerState(
            address=addresses[1],
            code="server_silent",
            params={"address": addresses[1], "cause": "Connection refused"},
        ),
    }
    stage.session.change_settings(servers=addresses)
    panel = models(stage, Tab.FOLDERS)
    stage.session.models.servers_changed.emit()
    panel.folders.servers.field.setText("127.0.0.1:")
    stage.settle()


@scene("models-served")
def served(stage: Stage) -> None:
    """A server's model in the inspector."""
    stocked(stage.session)
    spec = server_model("127.0.0.1:11434", "qwen3:8b", software="Ollama", parameters=8_190_735_360)
    stage.session.put_models(POSTCARDS, LARGE, SCRIBE, spec)
    stage.session.fits[spec.id] = Fit(level=FitLevel.UNKNOWN, code="held_by_server")
    choose(models(stage, Tab.INSTALLED), spec.id)
