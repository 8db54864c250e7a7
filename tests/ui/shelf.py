"""A shelf, a machine and downloads for tests and pictures of Models; the figures are illustrative."""

import msgspec

from studio.core.downloads import Download, DownloadFile, DownloadState, FileState, Wanted
from studio.core.messages import Device
from studio.core.model import Defaults, Kind, ModelSpec
from studio.core.plan import Choice, Outlook, Plan
from studio.core.shelf import Fit, FitLevel, Group, Machine, ShelfEntry
from tests.ui.fake_session import LARGE, NOON, FakeSession

GIB = 1024**3
CARD = "NVIDIA RTX 4070"
MACHINE = Machine(
    memory_bytes=32 * GIB,
    devices=(Device(kind="cuda", name=CARD, total_bytes=12 * GIB, free_bytes=11 * GIB),),
    processor="Ryzen 7",
    disk_free_bytes=214 * GIB,
)
TURBO = ShelfEntry(
    repository="Tongyi-MAI/Z-Image-Turbo",
    name="Z-Image Turbo",
    kind=Kind.PICTURE,
    group=Group.FAST,
    base="ZImagePipeline",
    about={"en": "Fast, 8 steps; writes English and Chinese.", "zh": "很快，8 步；能写中英文字。"},
    licence="Apache-2.0",
    commercial=True,
    languages=("en", "zh"),
    parameters=6_000_000_000,
    download_bytes=int(12.3 * GIB),
    memory_bytes=int(10.9 * GIB),
    precision="bf16",
    defaults=Defaults(width=1024, height=1024, num_inference_steps=8, guidance_scale=1.0),
    sources={"defaults": "https://huggingface.co/Tongyi-MAI/Z-Image-Turbo"},
)
SDXL = ShelfEntry(
    repository=LARGE.id,
    name="SDXL Base 1.0",
    kind=Kind.PICTURE,
    group=Group.QUALITY,
    base="StableDiffusionXLPipeline",
    about={"en": "1024 px; the widest choice of LoRA.", "zh": "1024 像素；LoRA 选择最多。"},
    licence="openrail++",
    commercial=True,
    download_bytes=int(6.9 * GIB),
    memory_bytes=int(8.2 * GIB),
    precision="fp16",
    defaults=Defaults(width=1024, height=1024, num_inference_steps=28, guidance_scale=6.5),
    speed_lora="ByteDance/SDXL-Lightning",
)
DEV = ShelfEntry(
    repository="black-forest-labs/FLUX.1-dev",
    name="FLUX.1 dev",
    kind=Kind.PICTURE,
    group=Group.QUALITY,
    base="FluxPipeline",
    about={"en": "Guided, 28 steps.", "zh": "带引导，28 步。"},
    licence="flux-1-dev-non-commercial",
    commercial=False,
    gated=True,
    download_bytes=int(23.8 * GIB),
    memory_bytes=26 * GIB,
)
ESRGAN = ShelfEntry(
    repository="ai-forever/Real-ESRGAN",
    name="Real-ESRGAN 4×",
    kind=Kind.UPSCALER,
    group=Group.UPSCALING,
    about={"en": "Upscales in tiles.", "zh": "分块放大。"},
    licence="BSD-3-Clause",
    commercial=True,
    download_bytes=67_000_000,
    memory_bytes=GIB,
)
LIGHTNING = ShelfEntry(
    repository="ByteDance/SDXL-Lightning",
    name="SDXL Lightning",
    kind=Kind.LORA,
    group=Group.SPEED,
    suits="sdxl",
    files=("sdxl_lightning_4step_lora.safetensors",),
    about={"en": "Makes SDXL answer in 4 steps.", "zh": "让 SDXL 只用 4 步出图。"},
    licence="openrail++",
    download_bytes=394_000_000,
    defaults=Defaults(
        num_inference_steps=4,
        guidance_scale=1.0,
        scheduler="Euler",
        scheduler_options={"timestep_spacing": "trailing"},
    ),
)
LIGHTNING_FILE = ModelSpec(  # as it is called once it is here
    id="ByteDance/SDXL-Lightning/sdxl_lightning_4step_lora",
    name="sdxl_lightning_4step_lora",
    family="",
    base="LoRA",
    abilities=(),
    kind=Kind.LORA,
    suits="sdxl",
    source="hub",
    path="/models/sdxl_lightning_4step_lora.safetensors",
    size_bytes=394_000_000,
    fingerprint="f4",
)
QWEN = ShelfEntry(
    repository="Qwen/Qwen3-8B-GGUF",
    name="Qwen3 8B",
    kind=Kind.TEXT,
    group=Group.TEXT,
    base="Qwen3ForCausalLM",
    files=("*Q4_K_M.gguf",),
    about={"en": "Q4_K_M, English and Chinese.", "zh": "Q4_K_M，中英双语。"},
    licence="Apache-2.0",
    commercial=True,
    languages=("en", "zh"),
    download_bytes=5 * GIB,
    memory_bytes=int(6.4 * GIB),
    context_length=40_960,
)
MISTRAL = ShelfEntry(
    repository="mistralai/Mistral-Small-24B-Instruct",
    name="Mistral Small 24B",
    kind=Kind.TEXT,
    group=Group.TEXT,
    about={"en": "Q4_K_M, partly in main memory.", "zh": "Q4_K_M，一部分放在主内存。"},
    licence="Apache-2.0",
    commercial=True,
    download_bytes=int(14.3 * GIB),
    memory_bytes=int(15.8 * GIB),
)
ENTRIES = (TURBO, DEV, SDXL, ESRGAN, LIGHTNING, MISTRAL, QWEN)


def fit(level: FitLevel, needs: float, code: str = "", **params: str | int) -> Fit:
    """`needs` in GiB."""
    return Fit(
        level=level,
        needed_bytes=int(needs * GIB),
        has_bytes=12 * GIB,
        precision="bf16",
        code=code,
        params=dict(params),
    )


FITS = {
    "starter/postcards": fit(FitLevel.FITS, 0.4, "fits_device", device=CARD),
    "starter/scribe": fit(FitLevel.FITS, 0.2, "fits_device", device=CARD),
    TURBO.repository: fit(FitLevel.TIGHT, 10.9, "offload", device=CARD),
    SDXL.repository: fit(FitLevel.FITS, 8.2, "fits_device", device=CARD),
    DEV.repository: fit(
        FitLevel.TOO_LARGE,
        26,
        "too_large_device",
        needed_bytes=26 * GIB,
        has_bytes=12 * GIB,
        memory_bytes=32 * GIB,
        device=CARD,
    ),
    ESRGAN.repository: fit(FitLevel.FITS, 1.1, "fits_device", device=CARD),
    QWEN.repository: fit(FitLevel.FITS, 6.4, "fits_device", device=CARD),
    MISTRAL.repository: fit(FitLevel.TIGHT, 15.8, "processor", device=CARD, device_bytes=12 * GIB),
}


def stocked(session: FakeSession) -> FakeSession:
    """A shelf on a machine that is known."""
    session.all_entries = list(ENTRIES)
    session.fits = dict(FITS)
    session.this_machine = MACHINE
    session.ours = {LARGE.id}
    return session


def half_done(state: DownloadState = DownloadState.RUNNING, **fields: object) -> Download:
    """Z-Image Turbo, 62 % of it here."""
    files = (
        DownloadFile(
            name="transformer/diffusion_pytorch_model-00001-of-00002.safetensors",
            size_bytes=int(6.2 * GIB),
            done_bytes=int(6.2 * GIB),
            state=FileState.DONE,
        ),
        DownloadFile(
            name="transformer/diffusion_pytorch_model-00002-of-00002.safetensors",
            size_bytes=int(2.3 * GIB),
            done_bytes=int(1.4 * GIB),
            state=FileState.RUNNING,
        ),
        DownloadFile(name="text_encoder/model.safetensors", size_bytes=int(3.6 * GIB)),
        DownloadFile(
            name="vae/diffusion_pytorch_model.safetensors",
            size_bytes=168_000_000,
            done_bytes=168_000_000,
            state=FileState.CHECKING,
        ),
        DownloadFile(name="model_index.json", size_bytes=2000, done_bytes=2000, state=FileState.DONE),
    )
    values: dict[str, object] = {
        "id": "d1",
        "wanted": Wanted(repository=TURBO.repository),
        "name": TURBO.name,
        "created": NOON,
        "state": state,
        "commit": "26f23ae0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6",
        "files": files,
        "size_bytes": int(12.3 * GIB),
        "done_bytes": int(7.6 * GIB),
        "bytes_per_second": 14.2 * 1024**2 if state is DownloadState.RUNNING else 0.0,
    }
    return Download(**{**values, **fields})  # type: ignore[arg-type]


def held(**changes: object) -> Outlook:
    """How SDXL goes into a card of 12 GB where bitsandbytes is not installed."""
    plan = Plan(
        device="cuda",
        precision="float16",
        dtype="float16",
        needed_bytes=7 * GIB,
        has_bytes=9 * GIB,
        load_seconds=13.8,
    )
    missing = {"name": "bitsandbytes", "command": "python -m pip install bitsandbytes"}
    outlook = Outlook(
        plan=plan,
        needed_bytes=int(7.6 * GIB),
        has_bytes=int(11.2 * GIB),
        precisions=(
            Choice(value="float32"),
            Choice(value="bfloat16"),
            Choice(value="float16"),
            Choice(value="8-bit", code="package_missing", params=dict(missing)),
            Choice(value="4-bit", code="package_missing", params=dict(missing)),
        ),
        offloads=(Choice(value="none"), Choice(value="model"), Choice(value="sequential")),
    )
    return msgspec.structs.replace(outlook, **changes)
