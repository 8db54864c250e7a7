"""Words in the person's language: English stands in the code, Chinese in `resources/i18n/zh_CN/*.toml`.

Imports QtCore only, so the command line uses it too.
"""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QLibraryInfo, QLocale, QObject, QTranslator

from studio.core.errors import (
    EditingError,
    MemoryExhausted,
    NoRoomForPicture,
    Params,
    SheetError,
    StudioError,
    StylesDamaged,
    ValueOutOfRange,
    WildcardUnopened,
    WildcardUnreadable,
    WorkerCrashed,
    WorkerUnavailable,
    cause_in,
    error_from,
)
from studio.core.messages import Note, Stage
from studio.core.passes import StepCache, step_cache
from studio.core.paths import resources_dir
from studio.core.records import Problem
from studio.core.sheets import Setting
from studio.ui.amounts import size

# The Chinese of each English text while Chinese is on. Not a QTranslator written in Python: Qt asks its
# translators in any thread and under locks of its own (a reader of pictures does), where a wait for Python's
# lock never ends once another thread has that and waits for Qt's.
_words: dict[str, str] = {}

# What a stage is called in the strip and on tiles.
STAGES: dict[str, str] = {
    Stage.STARTING: "Starting",
    Stage.LOADING: "Loading",
    Stage.ENCODING: "Reading the prompt",
    Stage.DENOISING: "Denoising",
    Stage.DECODING: "Decoding",
    Stage.SAVING: "Saving",
    Stage.WORKING: "Processing",
    Stage.READING: "Reading",
    Stage.WRITING: "Writing",
}
# The same stages inside a sentence: "Memory ran out while {phase}."
STAGES_INSIDE: dict[str, str] = {
    Stage.STARTING: "starting",
    Stage.LOADING: "loading",
    Stage.ENCODING: "reading the prompt",
    Stage.DENOISING: "denoising",
    Stage.DECODING: "decoding",
    Stage.SAVING: "saving",
    Stage.WORKING: "processing",
    Stage.READING: "reading",
    Stage.WRITING: "writing",
}
NOTES: dict[str, str] = {
    "size_changed": "The model makes sizes of its own: {width} × {height} instead of {asked}.",
    "negative_unused": "This model does not use a negative prompt.",
    "guidance_unused": "This model does not use guidance.",
    "scheduler_unused": "This model cannot use the scheduler {scheduler}.",
    "cache_unused": "This model cannot use the speed cache {cache}.",
    "steps_changed": "The model chose its own number of steps.",
    "strength_raised": "The strength was raised to {strength}, so that one step is made.",
    "references_left_out": "Of {given} pictures this model looks at {used}; the others were left out.",
    "reference_weight_unused": "This model does not weigh the pictures that it looks at.",
    "prompt_cut": "Only the first {used} of {tokens} tokens of the prompt were read.",
    "prompt_in_parts": "The prompt is long, so it was read in {parts} parts.",
    "weights_unused": "This model does not use weights in the prompt.",
    "sampling_unused": "This model does not use {name}.",
    "system_folded": "This model has no system prompt; it was put before the first message.",
    "messages_dropped": "The {count} oldest messages no longer fitted and were left out.",
    "thinking_cut": "The model was told to stop thinking after {tokens} tokens.",
    "draft_unused": "The smaller model did not help: {cause}.",
    "answer_empty": "The model ended its answer without a word.",
    "pictures_unread": "This model cannot see, so {count} pictures were not read.",
    "sight_unused": "What this model sees with cannot be used here, so {count} pictures were not read."
    " Servers such as llama-server can use it.",
    "pictures_gone": "{count} pictures are gone or damaged, and were not read.",
    "begun_unsure": "This server may not go on from what is written; its answer may begin anew.",
    "template_unused": "This model's chat template fails or drops what you say, so it is not used.",
    "no_chat_template": "This model was not made for chat; it continues the text.",
    "vae_tiled": "Memory was short, so the picture was decoded in tiles.",
    "moved_to_cpu": "Memory was short, so the work moved to the processor.",
    "batch_split": "Memory was short, so pictures were made {size} at a time.",
    "offloaded": "Memory was short, so parts of the model waited outside it.",
    "offloaded_layers": "Memory was short, so the model came in a few layers at a time.",
    "smaller_tiles": "Memory was short, so the picture was done in tiles of {side} pixels.",
    "vae_sliced": "Memory was short, so pictures were decoded one after another.",
    "variation_unused": "This model draws its noise in its own way, so the variation counts for nothing.",
    "drift_unused": "This model reads prompts in its own way, so they cannot drift.",
    "seamless_unused": "This model cannot make seamless pictures.",
    "made_differently": "Not made as before: {what} was {then} and is now {now}.",
    "safer_precision": "The picture came out empty, so {what} now works in {precision}.",
    "filled_by": "Filled with {pipeline}, by {method}.",
    "second_pass_failed": "The second pass failed, so the picture is that of the first. {cause}",
    "picture_black": "The picture has only one colour; perhaps the prompt asked for it.",
}
# How a place in a picture was filled, by the method of its edit.
FILLED_BY: dict[str, str] = {
    "inpaint": "the model's own way to fill",
    "blending": "blending its steps with the picture",
}
# Notes with a count, where that is one; Chinese has one sentence for any number.
NOTES_OF_ONE: dict[str, str] = {
    "messages_dropped": "The oldest message no longer fitted and was left out.",
    "pictures_unread": "This model cannot see, so the picture was not read.",
    "sight_unused": "What this model sees with cannot be used here, so the picture was not read."
    " Servers such as llama-server can use it.",
    "pictures_gone": "A picture is gone or damaged, and was not read.",
}
# Why a smaller model did not guess ahead.
DRAFT_CAUSES: dict[str, str] = {
    "cache": "what one of the two has read cannot be taken back",
    "memory": "there was no room for it in memory",
    "unreadable": "it could not be loaded",
    "vocabulary": "its vocabulary is another",
}
# Params of notes that are words themselves.
WORDS_IN_NOTES = {
    "sampling_unused": ("name",),
    "safer_precision": ("what",),
    "made_differently": ("what", "then", "now"),
}
# What `differences` and `safer_precision` speak of, besides the names of libraries and options.
RECORDED = (
    "none",
    "on",
    "the autoencoder",
    "the autoencoder's precision",
    "the compiled blocks",
    "the device",
    "the layout of weights",
    "the model",
    "the model's files",
    "the number of threads",
    "the pictures made together",
    "the place among them",
    "the precision",
)
# What a contact sheet can go through, as `core.sheets.Setting` has it.
SETTINGS: dict[str, str] = {
    Setting.SEED: "Seed",
    Setting.PROMPT: "Prompt",
    Setting.REPLACE: "Words in the prompt",
    Setting.MODEL: "Model",
    Setting.STEPS: "Steps",
    Setting.GUIDANCE: "Guidance",
    Setting.SCHEDULER: "Scheduler",
    Setting.LORA: "LoRA",
    Setting.STRENGTH: "Strength",
    Setting.SIZE: "Size",
    Setting.CACHE: "Speed cache",
}
CACHES: dict[StepCache, str] = {
    "": "Off",
    "first_block": "First block",
    "taylor_seer": "TaylorSeer",
    "mag_cache": "MagCache",
}
# Layers whose names are counted: the word of the name, and how it is shown.
NUMBERED = {"Layer": "Layer {number}", "Mask": "Mask {number}", "Text": "Text {number}"}
# Names that the core gives to values that are out of range.
VALUES = (
    "DRY allowed length",
    "DRY base",
    "DRY multiplier",
    "LoRA scale",
    "XTC probability",
    "XTC threshold",
    "banned phrases",
    "degrees",
    "drift",
    "feather",
    "guidance",
    "letters",
    "margin",
    "margins",
    "masks",
    "max tokens",
    "min-p",
    "pictures",
    "pictures made before",
    "pictures made together",
    "pictures to begin with",
    "pictures to change",
    "pictures to start from",
    "place among them",
    "places",
    "reference weight",
    "repetition",
    "scale",
    "second pass scale",
    "second pass steps",
    "second pass strength",
    "shots",
    "steps",
    "strength",
    "take",
    "takes",
    "temperature",
    "thinking budget",
    "threads",
    "top-k",
    "top-p",
    "variation",
    "variations of variations",
)


def tr(text: str, /, **params: object) -> str:
    """The text in the language that is on, with its `{params}` filled in."""
    translated = _words.get(text, text)
    return translated.format(**params) if params else translated


def plural(count: int, one: str, many: str, /, **params: object) -> str:
    """`one` for a count of 1, else `many`; both may say `{n}`. Chinese has one entry, under `many`."""
    if is_chinese():
        return tr(many, n=count, **params)
    return tr(one if count == 1 else many, n=count, **params)


def layer_words(name: str) -> str:
    """A layer's name as it is shown: one that the studio gave in the person's language, be it numbered."""
    key, _, number = name.rpartition(" ")
    if key in NUMBERED and number.isdecimal():
        return tr(NUMBERED[key], number=number)
    return tr(name)


def is_chinese() -> bool:
    return QLocale().language() == QLocale.Language.Chinese


def sentence_of(problem: Problem | StudioError) -> str:
    """What happened."""
    error = _error_of(problem)
    return tr(error.template, **_worded(error))


def hint_of(problem: Problem | StudioError) -> str:
    """What to do about it."""
    error = _error_of(problem)
    return tr(error.hint, **_worded(error))


def explain(problem: Problem | StudioError) -> str:
    """What happened and what to do, as one line."""
    return ("" if is_chinese() else " ").join((sentence_of(problem), hint_of(problem)))


def sentence_of_note(note: Note) -> str:
    """What did not apply or was changed; the code itself where a newer worker sent one we do not know."""
    template = NOTES.get(note.code, note.code)
    params = dict(note.params)
    if params.get("count") == 1 and not is_chinese():
        template = NOTES_OF_ONE.get(note.code, template)
    for name in WORDS_IN_NOTES.get(note.code, ()):
        params[name] = tr(str(params[name]))
    match note.code:
        case "cache_unused":
            params["cache"] = tr(CACHES[step_cache(str(params["cache"]))])
        case "filled_by":
            params["method"] = tr(FILLED_BY.get(str(params["method"]), str(params["method"])))
        case "draft_unused":
            params["cause"] = tr(DRAFT_CAUSES.get(str(params["cause"]), str(params["cause"])))
        case "second_pass_failed":
            params["cause"] = sentence_of(cause_in(params))
        case _:
            pass
    return tr(template, **params)


def _error_of(problem: Problem | StudioError) -> StudioError:
    return problem if isinstance(problem, StudioError) else error_from(problem.code, problem.params)


def _worded(error: StudioError) -> Params:
    params = {name: _sized(name, value) for name, value in error.params.items()}
    match error:
        case MemoryExhausted() | NoRoomForPicture():
            phase = str(params["phase"])
            params["phase"] = tr(STAGES_INSIDE.get(phase, phase))
        case EditingError() if "name" in params:  # of a layer
            params["name"] = layer_words(str(params["name"]))
        case ValueOutOfRange():
            params["name"] = tr(str(params["name"]))
        case SheetError() if "setting" in params:
            setting = str(params["setting"])
            params["setting"] = tr(SETTINGS.get(setting, setting))
        case WorkerCrashed() | WildcardUnreadable() | WildcardUnopened():
            params["cause"] = tr(str(params["cause"]))
        case StylesDamaged():
            params["detail"] = tr(str(params["detail"]))
        case WorkerUnavailable():
            params["cause"] = sentence_of(error.cause)
        case _:
            pass
    return params


def _sized(name: str, value: str | int | float) -> str | int | float:
    """A number of bytes as a person reads it."""
    return size(int(value)) if name.endswith("_bytes") else value


def read_entries(folder: Path) -> dict[str, str]:
    """All entries of the folder's files."""
    import tomllib  # only a Chinese window pays for the parser

    entries: dict[str, str] = {}
    for file in sorted(folder.glob("*.toml")):
        entries |= tomllib.loads(file.read_text("utf-8"))
    return entries


class Language(QObject):
    """Puts the chosen language on; LanguageChange is then sent to every widget.

    Attributes:
        choice: `system`, `en` or `zh`.
    """

    def __init__(self, application: QCoreApplication, choice: str = "system") -> None:
        super().__init__(application)
        self._application = application
        self._system = QLocale.system()
        self._qt = QTranslator(self)  # Qt's own words
        self.choice = ""
        self.choose(choice)

    def choose(self, choice: str) -> None:
        """`system`, `en` or `zh`."""
        if choice == self.choice:
            return
        self.choice = choice
        chinese = choice == "zh" or (
            choice == "system" and self._system.language() == QLocale.Language.Chinese
        )
        QLocale.setDefault(_locale(self._system, chinese))
        changed = chinese != bool(_words)
        _words.clear()
        if chinese:
            _words.update(read_entries(resources_dir() / "i18n" / "zh_CN"))
        if not self._change_qt(chinese) and changed:
            QCoreApplication.sendEvent(self._application, QEvent(QEvent.Type.LanguageChange))

    def _change_qt(self, chinese: bool) -> bool:
        """True where Qt has other words now, and has sent LanguageChange."""
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        removed = self._application.removeTranslator(self._qt)
        installs = chinese and self._qt.load("qtbase_zh_CN", folder)
        return self._application.installTranslator(self._qt) if installs else removed


def _locale(system: QLocale, chinese: bool) -> QLocale:
    """The locale of numbers and dates: the language that is on, in the system's own way where it has one."""
    language = QLocale.Language.Chinese if chinese else QLocale.Language.English
    return system if system.language() == language else QLocale(language, system.territory())
