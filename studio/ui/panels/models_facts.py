"""What is known of a model and what its makers set, in words."""

from studio.core.model import Defaults
from studio.core.servers import SOURCE as SERVER
from studio.ui.i18n import plural, tr
from studio.ui.widgets.model_words import COMMERCIAL, base_word
from studio.viewmodels.model_folders import tool_name
from studio.viewmodels.model_rows import ModelRow


def about_facts(row: ModelRow) -> list[tuple[str, str]]:
    """English names and values in the person's language; empty where nothing is known."""
    spec, entry = row.spec, row.entry
    commit = row.download.commit if row.download is not None else ""
    revision = spec.id.partition("@")[2] if spec is not None else commit
    parameters = (spec.parameters if spec is not None else 0) or (entry.parameters if entry else 0) or 0
    context = (spec.context_length if spec is not None else None) or (entry.context_length if entry else None)
    precision = spec.precision if spec is not None and spec.precision else entry.precision if entry else ""
    suits = spec.suits if spec is not None else entry.suits if entry is not None else ""
    return [
        ("Licence", row.licence or tr("not known")),
        ("Commercial use", tr(COMMERCIAL[row.commercial][0])),
        ("Account", tr("needs one that has accepted the licence") if row.gated else ""),
        ("Source", source_word(row)),
        ("Repository", row.repository),
        ("Revision", revision[:7]),
        ("Runs as", row.base),
        ("Goes with", base_word(suits)),
        ("Precision", precision),
        ("Parameters", parameters_word(parameters)),
        ("Reads", plural(context, "{n} token", "{n} tokens") if context else ""),
        ("Languages", ", ".join(entry.languages) if entry is not None else ""),
        ("Trigger words", ", ".join(spec.trigger_words) if spec is not None else ""),
        ("Code in it", "" if spec is not None and spec.source == SERVER else tr("none; data only")),
    ]


def source_of(source: str) -> str:
    """Where the shelf has a fact from; its marks are explained in `resources/catalog.toml`."""
    mark, found, rest = source.partition(": ")
    place = (rest if found else source).removeprefix("https://")
    if mark == "quoted":
        return tr("From {source}, as others quote it", source=place)
    return (
        tr("Worked out: {source}", source=place) if mark == "derived" else tr("From {source}", source=place)
    )


def source_word(row: ModelRow) -> str:
    spec = row.spec
    if spec is not None and spec.starter:
        return tr("comes with Atelier")
    if spec is not None and spec.source == SERVER:
        return tr("a local server")
    if spec is not None and spec.source not in ("", "hub", "folder"):
        return tool_name(spec.source)
    if spec is not None and spec.source == "folder":
        return tr("a folder of yours")
    return "huggingface.co" if row.repository else ""


def parameters_word(count: int) -> str:
    """6.0B or 494M, as everyone who makes models writes them."""
    if not count:
        return ""
    if count < 1_000_000:
        return f"{max(count / 1e3, 1):.0f}K"
    return f"{count / 1e9:.1f}B" if count >= 1_000_000_000 else f"{count / 1e6:.0f}M"


def default_facts(row: ModelRow) -> list[tuple[str, str]]:
    """What its makers, or the shelf, set; the shelf's word counts where both say something."""
    entry, spec = row.entry, row.spec
    shelf = entry.defaults if entry is not None else Defaults()
    own = spec.defaults if spec is not None else Defaults()

    def value(field: str, form: str = "") -> str:
        found = getattr(shelf, field)
        found = getattr(own, field) if found is None else found
        return "" if found is None else format(found, form)

    width, height = value("width"), value("height")
    return [
        ("Size", f"{width} × {height}" if width and height else ""),
        ("Steps", value("num_inference_steps")),
        ("Guidance", value("guidance_scale", "g")),
        ("Scheduler", value("scheduler")),
        ("Temperature", value("temperature", "g")),
        ("Top-p", value("top_p", "g")),
        ("Max tokens", value("max_new_tokens")),
    ]
