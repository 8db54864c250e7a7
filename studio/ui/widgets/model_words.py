"""What kinds, groups, fits and states of models are called, and the icons that stand for them."""

from studio.core.downloads import FileState
from studio.core.errors import Params
from studio.core.model import Kind
from studio.core.records import Problem
from studio.core.servers import SOURCE as SERVER
from studio.core.shelf import FIT_REASONS, Fit, FitLevel, Group
from studio.ui import figures
from studio.ui.figures import part_of as part_of
from studio.ui.figures import whole_size as whole_size
from studio.ui.i18n import is_chinese, plural, sentence_of, tr
from studio.ui.icons import Tone
from studio.viewmodels.model_rows import BROKEN, DOWNLOADS, FOUND, HERE, Asked, HubLine, ModelRow, RowState

KINDS: dict[Kind, tuple[str, str]] = {
    Kind.PICTURE: ("Picture", "picture"),
    Kind.EDIT: ("Editing", "brush"),
    Kind.UPSCALER: ("Upscaling", "expand"),
    Kind.MATTING: ("Cutting out", "scissors"),
    Kind.SELECTOR: ("Selecting", "wand"),
    Kind.TEXT: ("Text", "chat"),
    Kind.VISION: ("Vision", "eye"),
    Kind.SEARCH: ("Meaning", "search"),
    Kind.LORA: ("LoRA", "adapter"),
    Kind.CONTROL: ("Control", "control"),
    Kind.VAE: ("VAE", "model"),
    Kind.DENOISER: ("Denoiser", "model"),
    Kind.ENCODER: ("Encoder", "model"),
    Kind.WORD: ("Word", "tag"),
    Kind.OTHER: ("Other", "model"),
}
HEADINGS: dict[str, str] = {
    Group.STARTER: "Comes with Atelier",
    Group.FAST: "Fast pictures",
    Group.QUALITY: "Best pictures",
    Group.EDITING: "Editing",
    Group.UPSCALING: "Upscaling",
    Group.SELECTING: "Selecting",
    Group.CUTTING_OUT: "Cutting out",
    Group.SPEED: "LoRA for speed",
    Group.TEXT: "Text",
    Group.CHINESE: "Text, Chinese first",
    Group.VISION: "Text from pictures",
    Group.SEARCH: "Search by meaning",
    Kind.PICTURE: "Pictures",
    Kind.EDIT: "Editing",
    Kind.UPSCALER: "Upscaling",
    Kind.MATTING: "Cutting out",
    Kind.SELECTOR: "Selecting",
    Kind.TEXT: "Text",
    Kind.LORA: "LoRA",
    Kind.CONTROL: "Control",
    Kind.VAE: "VAE",
    Kind.DENOISER: "Denoisers",
    Kind.ENCODER: "Encoders",
    Kind.WORD: "Words by example",
    Kind.OTHER: "Other",
    DOWNLOADS: "Being fetched",
    FOUND: "Found on the hub",
    HERE: "Installed",
    BROKEN: "Cannot be used",
}
# Short names of bases (`catalog/bases.py`), as their makers write them; not translated.
BASES = {
    "sd1": "Stable Diffusion 1.5",
    "sd2": "Stable Diffusion 2",
    "sdxl": "Stable Diffusion XL",
    "sdxl-refiner": "Stable Diffusion XL Refiner",
    "sd3": "Stable Diffusion 3",
    "flux1": "FLUX.1",
    "flux2": "FLUX.2",
    "flux3": "FLUX.3",
    "chroma": "Chroma",
    "qwen-image": "Qwen-Image",
    "qwen-image-2.1": "Qwen-Image 2.1",
    "z-image": "Z-Image",
    "krea2": "Krea 2",
    "lumina2": "Lumina 2",
    "sana": "Sana",
    "pixart": "PixArt",
    "hunyuan-dit": "HunyuanDiT",
    "hunyuan-image": "HunyuanImage",
    "auraflow": "AuraFlow",
    "hidream": "HiDream",
    "cogview4": "CogView4",
    "kolors": "Kolors",
    "cascade": "Stable Cascade",
    "wan": "Wan",
    "hunyuan-video": "HunyuanVideo",
    "ltx": "LTX-Video",
    "mochi": "Mochi",
    "cosmos": "Cosmos",
    "svd": "Stable Video Diffusion",
}
FITS: dict[FitLevel, tuple[str, str, Tone]] = {
    FitLevel.FITS: ("Fits", "done", "success"),
    FitLevel.SLOW: ("Slow", "notice", "warning"),
    FitLevel.TIGHT: ("Tight", "notice", "warning"),
    FitLevel.TOO_LARGE: ("Too large", "failed", "danger"),
    FitLevel.UNKNOWN: ("Not known", "unknown", "secondary"),
}
STATES: dict[RowState, str] = {
    RowState.WAITING: "Waiting",
    RowState.PAUSED: "Paused",
    RowState.FAILED: "Failed",
    RowState.FETCHED: "Downloaded",
    RowState.INSTALLED: "Installed",
    RowState.BROKEN: "Cannot be used",
}
FILES: dict[FileState, tuple[str, Tone, str]] = {
    FileState.WAITING: ("circle", "secondary", "Waiting"),
    FileState.RUNNING: ("circle-part", "accent", "Being fetched"),
    FileState.CHECKING: ("circle-part", "warning", "Being checked"),
    FileState.DONE: ("done", "success", "Here"),
}
# A file of a model that does not go with it.
SHARED: tuple[str, Tone, str] = ("shared", "secondary", "Shared")
COMMERCIAL: dict[bool | None, tuple[str, str, str, Tone]] = {
    True: ("Yes", "Commercial use: yes", "commercial", "success"),
    False: ("No", "Commercial use: no", "forbidden", "warning"),
    None: ("Not known", "Commercial use: not known; read the licence", "unknown", "secondary"),
}
HUB_LINES: dict[Asked, tuple[str, str]] = {
    Asked.GET: ("Get {words}", "Fetches this repository from the hub."),
    Asked.SEARCH: ("Search the hub for “{words}”", "Only models that the studio can run are listed."),
    Asked.SEARCHING: ("Searching the hub for “{words}”", "The hub has not answered yet."),
    Asked.NOTHING: ("The hub has nothing more for “{words}”", "Try fewer or other words."),
    Asked.FAILED: ("The hub was not searched", ""),
}


def here_word(row: ModelRow) -> str:
    """What is said of a model that can be used or is as good as that."""
    if row.absent:
        return tr("Not there now")
    served = row.spec is not None and row.spec.source == SERVER
    return tr("Served") if served else tr(STATES[row.state])


def kind_word(kind: Kind) -> str:
    return tr(KINDS[kind][0])


def heading_word(name: str) -> str:
    return tr(HEADINGS[name])


def base_word(suits: str) -> str:
    """Stable Diffusion 1.5, for `sd1`."""
    return BASES.get(suits, suits)


def place_word(path: str) -> str:
    """The last two parts of a path: ComfyUI/models."""
    return "/".join(path.replace("\\", "/").rstrip("/").split("/")[-2:])


def fit_word(fit: Fit) -> str:
    return tr(FITS[fit.level][0])


def fit_sentence(fit: Fit) -> str:
    """Why it fits or not; a fit without a reason is of a machine, or a model, that is not known yet."""
    if not fit.code:
        return tr("It is not known yet how much memory it needs.")
    return tr(FIT_REASONS[fit.code], **worded(fit.params))


def worded(params: Params) -> dict[str, object]:
    """Params with bytes as people read them."""
    return {
        name: whole_size(int(value)) if name.endswith("_bytes") else value for name, value in params.items()
    }


def about_word(row: ModelRow) -> str:
    """One sentence, or what can be said of it in few words."""
    if row.problem is not None:
        return sentence_of_problem(row)
    if words := row.about.get("zh" if is_chinese() else "en", row.about.get("en", "")):
        return words
    if row.hub is not None and row.spec is None:
        used = plural(
            row.hub.downloads, "fetched once", "fetched {times} times", times=figures.count(row.hub.downloads)
        )
        return " · ".join(part for part in (row.hub.base, used) if part)
    spec = row.spec
    if spec is None:
        return row.repository if row.repository != row.name else tr("From the hub")
    suits = tr("for {base}", base=base_word(spec.suits)) if spec.suits else ""
    parts = (spec.base, suits, spec.precision, ", ".join(spec.trigger_words[:3]))
    return " · ".join(part for part in parts if part) or row.repository or spec.path


def sentence_of_problem(row: ModelRow) -> str:
    assert row.problem is not None
    return sentence_of(Problem(code=row.problem.code, params=row.problem.params))


def hub_words(line: HubLine) -> tuple[str, str]:
    """Title and sentence of a line about the hub."""
    title, sentence = HUB_LINES[line.asked]
    below = sentence_of(line.problem) if line.problem is not None else tr(sentence)
    return tr(title, words=line.text), below


def percent(row: ModelRow) -> str:
    """62%; empty while the size is not known."""
    download = row.download
    if download is None or not download.size_bytes:
        return ""
    return f"{share_of(row):.0%}"


def share_of(row: ModelRow) -> float:
    """0…1, never 1 before it is done."""
    download = row.download
    if download is None or not download.size_bytes:
        return 0.0
    return min(download.done_bytes / download.size_bytes, 0.99)
