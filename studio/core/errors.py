"""Everything that can go wrong, as one tree; each error knows what happened and what to do.

    StudioError
    ├── BadRequest       what the person asked for cannot be done as asked
    │   ├── PromptEmpty, MessageEmpty, PromptTooLong, SizeOutOfRange, ValueOutOfRange,
    │   │   SeedOutOfRange, FormatUnknown, WishImpossible, NotFound, NotRecorded, UsedAndGone,
    │   │   RecipeMissing
    │   │   ├── PromptError  PromptUnclosed, WildcardMissing, WildcardRefersToItself, WildcardUnclosed,
    │   │   │                StyleMissing, LoraUnknown
    │   │   ├── InputError   InputMissing, InputChanged, InputUnsupported, ReferencesUnsupported,
    │   │   │                ReferenceNeeded, AdapterIncomplete, AdapterUnfit
    │   │   └── SheetError   SheetSettingUnknown, SheetEmpty, SheetValueTwice, SheetSettingTwice, SheetSides,
    │   │                    SheetTooLarge, SheetValueUnreadable, SheetRangeEndless, SheetWordsMissing,
    │   │                    SheetNameUnknown, SheetLoraMissing, SheetStartMissing, SheetLoraForAnother
    ├── ModelError       the model's files are the reason
    │   ├── ModelMissing, ModelForbidden, ModelMisnamed, ModelIncomplete, ModelUnreadable, ModelPointer,
    │   │   ModelUnsafe, ModelNeedsCode, ModelNeedsParts, ModelNeedsPackage, ModelIsAdapter,
    │   │   ModelUnsupported, ModelUnable, ModelProducedNothing, ModelWroteNothing, PickleRefused,
    │   │   NoModelInstalled, ContextFull, SuggestionEmpty, RecipeModelMissing, RecipeModelUnknown
    │   │   └── LoraError    LoraMissing, LoraNotInstalled, LoraUnsupported, LoraForAnother, LoraUnfit,
    │   │                    LoraDamaged, LoraBroken
    ├── HubError         the hub, or the way to it, is the reason
    │   ├── StayOffline, AddressUnknown, HubUnreachable, TokenRefused, LicenceNotAccepted, TokenUnknown,
    │   │   TokenFromOutside, RepositoryMissing, HubBusy, HubBroken, DownloadDamaged, NothingToRun,
    │   │   HubProcessDied, SeveralModels
    ├── ServerError      another program on this machine, which runs the model, is the reason
    │   ├── ServerAddressUnknown, ServerElsewhere, ServerNotListed, ServerSilent, ServerCut, ServerBusy,
    │   │   ServerLacksModel, ServerFailed, ServerIncomprehensible
    ├── WorkerError      the engine's process is the reason
    │   ├── MemoryExhausted, NoRoomForPicture, WorkerKilled, WorkerCrashed, WorkerExited,
    │   │   WorkerUnresponsive, WorkerNotStarted, WorkerUnavailable, DevicesUnknown, JobInterrupted,
    │   │   ProcessKilled, UnexpectedError
    └── StorageError     the disk or the database is the reason
        ├── DiskFull, DiskTooSmall, ModelNotOurs, ShelfDamaged, LibraryMissing, LibraryReadOnly, LibraryInUse,
        │   SettingsInUse, SettingsDamaged, FolderLeftOut, WishDamaged, DatabaseDamaged, DatabaseLocked,
        │   DatabaseTooNew, BackupFailed, PictureUnreadable, PictureCutShort, PictureTooSmall,
        │   PictureTooLarge, RecipeTooLong, FileUnwritable, FileStays, ModelBeingFetched, StylesDamaged,
        │   WildcardUnreadable

An error crosses the pipe as its `code` and `params`; window and command line make sentences from them
(`ui/i18n.py` translates `template` and `hint`). The worker never makes sentences.
"""

from typing import ClassVar

Params = dict[str, str | int | float]


class StudioError(Exception):
    """Base of all errors that a person may see.

    Attributes:
        code: stable name, used on the wire and by `--json`.
        template: what happened, in English, with `{params}`.
        hint: what to do about it, in English, with `{params}`.
    """

    code: ClassVar[str] = "error"
    template: ClassVar[str] = "Something went wrong."
    hint: ClassVar[str] = "Try again."

    def __init__(self, **params: str | int | float) -> None:
        self.params: Params = params
        super().__init__(self.template.format(**params))


class BadRequest(StudioError):
    """What the person asked for cannot be done as asked."""


class PromptEmpty(BadRequest):
    code = "prompt_empty"
    template = "There is no prompt."
    hint = "Describe the picture in a few words."


class MessageEmpty(BadRequest):
    code = "message_empty"
    template = "There is no message."
    hint = "Write something first."


class PromptTooLong(BadRequest):
    code = "prompt_too_long"
    template = "The prompt has {length} characters; at most {limit} can be used."
    hint = "Shorten the prompt."


class SizeOutOfRange(BadRequest):
    code = "size_out_of_range"
    template = "A picture of {width} × {height} pixels cannot be made."
    hint = "Choose width and height between {least} and {most} pixels."


class ValueOutOfRange(BadRequest):
    code = "value_out_of_range"
    template = "{name} is {value}; it has to be between {least} and {most}."
    hint = "Choose a value in that range."


class SeedOutOfRange(BadRequest):
    code = "seed_out_of_range"
    template = "The seed {value} is out of range."
    hint = "Use a whole number from 0 to 18446744073709551615."


class FormatUnknown(BadRequest):
    code = "format_unknown"
    template = "{path} cannot be written: pictures are saved as {formats}."
    hint = "Choose one of these endings."


class WishImpossible(BadRequest):
    code = "wish_impossible"
    template = "{name} cannot be held in {value} here."
    hint = "Choose another way, or auto."


class NotRecorded(BadRequest):
    code = "not_recorded"
    template = "How exactly this picture was made is not recorded in it, so it cannot be made again."
    hint = "Use its settings for a new picture; that will be a similar one."


class UsedAndGone(BadRequest):
    """A model, a LoRA or a picture that the picture was made from."""

    code = "used_and_gone"
    template = "This picture was made with {name}, which is not here any more."
    hint = "Put it back or install it again, and try once more."


class NotFound(BadRequest):
    code = "not_found"
    template = "Nothing here is called {name}."
    hint = "Check the spelling, or list what is there."


class PromptError(BadRequest):
    """What the prompt is written in: alternatives, wildcards, styles, LoRAs called by name."""


class PromptUnclosed(PromptError):
    """`position` counts characters from 1."""

    code = "prompt_unclosed"
    template = "The brace that opens at character {position} of the prompt is never closed."
    hint = "Close it, or put a backslash before it if it is meant as it stands."


class WildcardMissing(PromptError):
    code = "wildcard_missing"
    template = "There is no wildcard {name}; the nearest is {nearest}."
    hint = "Check the spelling, or put {name}.txt into the folder wildcards of the library."


class WildcardRefersToItself(PromptError):
    code = "wildcard_refers_to_itself"
    template = "The wildcard {name} leads back to itself: {chain}."
    hint = "Take one of them out of the file of the other."


class WildcardUnclosed(PromptError):
    code = "wildcard_unclosed"
    template = "An entry of the wildcard {name} opens a brace and never closes it: {entry}"
    hint = "Mend that line, or put a backslash before the brace."


class StyleMissing(PromptError):
    code = "style_missing"
    template = "There is no style {name}; the nearest is {nearest}."
    hint = "Check the spelling, or choose another style."


class LoraUnknown(PromptError):
    code = "lora_unknown"
    template = "There is no LoRA {name}; the nearest is {nearest}."
    hint = "Check the spelling, install it, or leave it out."


class InputError(BadRequest):
    """A picture that the job was to begin with is the reason; without it the job can be done."""


class InputMissing(InputError):
    code = "input_missing"
    template = "The input picture {name} is gone: {path} is not there."
    hint = "Add it again, or make the picture without it."


class InputChanged(InputError):
    code = "input_changed"
    template = "The input picture {name} is not what it was when the job was made: {path} has changed."
    hint = "Add it again, and make the picture anew."


class InputUnsupported(InputError):
    code = "input_unsupported"
    template = "The model {model} cannot start from a picture."
    hint = "Make the picture from words alone, or choose another model."


class ReferencesUnsupported(InputError):
    code = "references_unsupported"
    template = "The model {model} does not look at pictures."
    hint = (
        "Take the references out, choose a model that takes them, such as FLUX.2, or install an IP-Adapter "
        "for this one."
    )


class ReferenceNeeded(InputError):
    code = "reference_needed"
    template = "The model {model} changes a picture, and there is none."
    hint = "Add one as a reference, or choose a model that makes pictures from words."


class RecipeMissing(BadRequest):
    code = "recipe_missing"
    template = "There is no recipe in {path} that can be read."
    hint = "Choose another picture, or write a prompt."


class AdapterIncomplete(InputError):
    code = "adapter_incomplete"
    template = "The IP-Adapter {adapter} cannot be used: {path} is not there, or not whole."
    hint = "Put its file and the folder image_encoder of its makers beside each other."


class AdapterUnfit(InputError):
    code = "adapter_unfit"
    template = "The IP-Adapter {adapter} does not fit the model {model}."
    hint = "Install one that was made for this model, or make the picture without references."


class SheetError(BadRequest):
    """What a contact sheet is to go through; `setting` is a name of `core.sheets.Setting`."""


class SheetSettingUnknown(SheetError):
    code = "sheet_setting_unknown"
    template = "A sheet cannot go through “{name}”."
    hint = "The nearest is {near}; there are: {known}."


class SheetEmpty(SheetError):
    code = "sheet_empty"
    template = "There are no values for {setting}."
    hint = "Write some, such as {example}."


class SheetValueTwice(SheetError):
    code = "sheet_value_twice"
    template = "{setting} has the value {value} twice."
    hint = "Leave one of them out; the two pictures would be the same."


class SheetSettingTwice(SheetError):
    code = "sheet_setting_twice"
    template = "{setting} stands on both sides of the sheet."
    hint = "Choose another setting for one of the sides."


class SheetSides(SheetError):
    code = "sheet_sides"
    template = "A sheet has two sides at most; these are {count}."
    hint = "Keep the two settings that matter, and separate them with a semicolon."


class SheetTooLarge(SheetError):
    code = "sheet_too_large"
    template = "The sheet would have {count} pictures; {most} is the most."
    hint = "Leave some values out, or take larger steps."


class SheetValueUnreadable(SheetError):
    code = "sheet_value_unreadable"
    template = "“{value}” is no value for {setting}."
    hint = "Write it like this: {example}."


class SheetRangeEndless(SheetError):
    code = "sheet_range_endless"
    template = "The range {value} has a step of 0 and never ends."
    hint = "Write a larger step, such as {example}."


class SheetWordsMissing(SheetError):
    code = "sheet_words_missing"
    template = "“{value}” is not in the prompt, so nothing would be replaced."
    hint = "The first value has to stand in the prompt just as it is written."


class SheetNameUnknown(SheetError):
    code = "sheet_name_unknown"
    template = "{setting} knows no {name}."
    hint = "The nearest name is {near}."


class SheetLoraMissing(SheetError):
    code = "sheet_lora_missing"
    template = "It is not said which LoRA the sheet is to go through."
    hint = "Name one that is installed."


class SheetLoraForAnother(SheetError):
    code = "sheet_lora_for_another"
    template = "The LoRA {lora} does not go with the model {model}."
    hint = "Choose a LoRA for this model, or leave the model out."


class SheetStartMissing(SheetError):
    code = "sheet_start_missing"
    template = "There is no picture to start from, so strength would change nothing."
    hint = "Add a picture to start from, or choose another setting."


class ModelError(StudioError):
    """The model's files are the reason."""


class ModelMissing(ModelError):
    code = "model_missing"
    template = "The model folder {path} is gone."
    hint = "Put it back, or choose another model."


class ModelForbidden(ModelError):
    code = "model_forbidden"
    template = "The model folder {path} may not be read."
    hint = "Allow reading it, or choose another model."


class ModelMisnamed(ModelError):
    code = "model_misnamed"
    template = "The name of {path} has characters that are no text."
    hint = "Rename it."


class NoModelInstalled(ModelError):
    code = "no_model_installed"
    template = "No installed model can do this."
    hint = "Add a model folder in Settings."


class RecipeModelMissing(ModelError):
    code = "recipe_model_missing"
    template = "{model}, which made {picture}, is not here; the nearest on the shelf is {nearest}."
    hint = "Get it with `studio models install {repository} --online`, or name another one with --model."


class RecipeModelUnknown(ModelError):
    code = "recipe_model_unknown"
    template = "{model}, which made {picture}, is not here, and nothing on the shelf is like it."
    hint = "Name another model with --model."


class ModelIncomplete(ModelError):
    code = "model_incomplete"
    template = "The model {model} lacks the file {file}."
    hint = "Copy or download the model again."


class ModelUnreadable(ModelError):
    code = "model_unreadable"
    template = "The file {file} of the model {model} is damaged or cut short."
    hint = "Copy or download the model again."


class ModelEmpty(ModelError):
    code = "model_empty"
    template = "The file {file} of the model {model} holds no weights."
    hint = "Copy or download the model again."


class ModelPointer(ModelError):
    code = "model_pointer"
    template = "{file} of the model {model} is only a note by Git LFS of where the file itself lies."
    hint = "Run `git lfs pull` in its folder, or download the model again."


class ModelUnsafe(ModelError):
    code = "model_unsafe"
    template = "{file} is a pickle, which can run code, so it was not loaded."
    hint = (
        "Look for the same model as .safetensors, or make one of it: Convert under Models, or "
        "`studio models convert`."
    )


class PickleRefused(ModelError):
    code = "pickle_refused"
    template = "{file} holds more than tensors ({name}), so it was not converted."
    hint = "Look for the same model as .safetensors."


class ModelNeedsCode(ModelError):
    code = "model_needs_code"
    template = (
        "The model {model} runs only with program code that comes with it, which the studio never runs."
    )
    hint = "Choose a model of a kind that transformers knows."


class ModelNeedsParts(ModelError):
    code = "model_needs_parts"
    template = (
        "{model} is a single file, which borrows its tokenizer and settings from a complete model of its "
        "kind. None is here that fits; {repository} is one."
    )
    hint = "Get that one once, under Models or with `studio models install {repository}`."


class ModelNeedsPackage(ModelError):
    code = "model_needs_package"
    template = "The model {model} needs the package {package}, which does not load ({cause})."
    hint = "Run `studio doctor`, which says how to install it."


class ModelIsAdapter(ModelError):
    code = "model_is_adapter"
    template = "The file {file} makes {model} an adapter (LoRA) of another model, which cannot be loaded yet."
    hint = "If the model is whole without that file, move the file elsewhere."


class ModelUnsupported(ModelError):
    code = "model_unsupported"
    template = "The model {model} is of a kind that the studio cannot run ({kind})."
    hint = "Choose another model."


class ModelUnable(ModelError):
    code = "model_unable"
    template = "The model {model} cannot do this; it is another kind of model ({kind})."
    hint = "Choose another model."


class ModelProducedNothing(ModelError):
    code = "model_produced_nothing"
    template = "The model {model} gave an empty picture; its numbers are not valid."
    hint = "Copy or download the model again, or use a higher precision."


class ModelWroteNothing(ModelError):
    code = "model_wrote_nothing"
    template = "The model {model} wrote nothing; its numbers are not valid."
    hint = "Copy or download the model again, or use a higher precision."


class SuggestionEmpty(ModelError):
    code = "suggestion_empty"
    template = "The model {model} had nothing to suggest."
    hint = "Ask again, or choose another text model."


class ContextFull(ModelError):
    code = "context_full"
    template = "The message has {tokens} tokens; the model {model} can read {limit}."
    hint = "Shorten the message, or choose a model with a longer context."


class LoraError(ModelError):
    """What is laid over the model is the reason; without it the model works."""


class LoraMissing(LoraError):
    code = "lora_missing"
    template = "The LoRA {lora} is gone: {path} is not there."
    hint = "Put it back, or make the picture without it."


class LoraNotInstalled(LoraError):
    code = "lora_not_installed"
    template = "The LoRA {lora}, which makes {model} fast, is not installed."
    hint = "Get it with `studio models install {repository}`, or under Models in the window."


class LoraUnsupported(LoraError):
    code = "lora_unsupported"
    template = "The model {model} takes no LoRAs, so {lora} cannot be used with it."
    hint = "Make the picture without it, or choose another model."


class LoraForAnother(LoraError):
    """`base` and `own` are short names of bases (`catalog/bases.py`)."""

    code = "lora_for_another"
    template = "The LoRA {lora} is made for {base}; {model} is built on {own}."
    hint = "Choose a LoRA for this model, or a model of that kind."


class LoraUnfit(LoraError):
    code = "lora_unfit"
    template = "The LoRA {lora} does not fit the model {model}: its layers are others."
    hint = "Choose a LoRA that was made for this model."


class LoraDamaged(LoraError):
    code = "lora_damaged"
    template = "The file {file} of the LoRA {lora} is damaged or cut short."
    hint = "Copy or download it again."


class LoraBroken(LoraError):
    code = "lora_broken"
    template = "The LoRA {lora} holds numbers that are not valid."
    hint = "Copy or download it again."


class HubError(StudioError):
    """The hub, or the way to it, is the reason."""


class StayOffline(HubError):
    code = "stay_offline"
    template = "The studio stays offline, so nothing was fetched."
    hint = "Allow the network in Settings, under Privacy, and ask again."


class OfflineByVariable(HubError):
    """The word of all the hub's tools; for one command, `--online` counts more."""

    code = "offline_by_variable"
    template = "{variable} keeps all of the hub's tools offline, so nothing was fetched."
    hint = "Start the studio without that variable to use the network."


class AddressUnknown(HubError):
    code = "address_unknown"
    template = "{text} is neither the name of a model nor a link to one."
    hint = "Write owner/name, or paste the address of its page."


class HubUnreachable(HubError):
    code = "hub_unreachable"
    template = "{host} cannot be reached ({cause})."
    hint = "Check the connection and go on; what was fetched is kept."


class TokenRefused(HubError):
    code = "token_refused"
    template = "The hub shows {repository} only to an account that may see it."
    hint = "Check the name; if it is right, sign in under Models, or with `studio models login`, and go on."


class LicenceNotAccepted(HubError):
    code = "licence_not_accepted"
    template = "{repository} can be fetched once you have accepted its licence."
    hint = "Accept it on {page}, sign in under Models, or with `studio models login`, and go on."


class TokenUnknown(HubError):
    code = "token_unknown"
    template = "The hub does not know this token."
    hint = "Copy it again, or make a new one on {page}."


class TokenFromOutside(HubError):
    code = "token_from_outside"
    template = "HF_TOKEN is set, and counts before any token that is kept."
    hint = "Change it there, or start the studio without it."


class RepositoryMissing(HubError):
    code = "repository_missing"
    template = "The hub has no {repository} at the revision {revision}."
    hint = "Check the spelling; the model may have been renamed or withdrawn."


class HubBusy(HubError):
    code = "hub_busy"
    template = "The hub asks to wait for {seconds} seconds."
    hint = "Go on after that; what was fetched is kept."


class HubBroken(HubError):
    code = "hub_broken"
    template = "The hub answered with an error ({status})."
    hint = "Go on later; what was fetched is kept."


class HubProcessDied(HubError):
    code = "hub_process_died"
    template = "The process that minds the models was ended from outside ({cause})."
    hint = "Try again; what was fetched is kept."


class DownloadDamaged(HubError):
    code = "download_damaged"
    template = "{file} did not arrive as the hub describes it, even when fetched again."
    hint = "Go on later, or tell the owner of the repository."


class NothingToRun(HubError):
    code = "nothing_to_run"
    template = "{repository} holds no model that the studio can run ({kind})."
    hint = "Look for one with .safetensors files for diffusers or transformers, or for a .gguf file."


class SeveralModels(HubError):
    code = "several_models"
    template = "{repository} holds {count} models in single files, such as {files}."
    hint = "Paste the link of the file that you want; `studio models install` takes its name after --file."


class ServerError(StudioError):
    """Another program on this machine, which runs the model, is the reason."""


class ServerAddressUnknown(ServerError):
    code = "server_address_unknown"
    template = "{text} is not the address of a server."
    hint = "Write its address and port, such as 127.0.0.1:11434."


class ServerElsewhere(ServerError):
    code = "server_elsewhere"
    template = "{host} is not this computer, and only servers on this computer are used."
    hint = "Write 127.0.0.1 or localhost, and the port."


class ServerNotListed(ServerError):
    code = "server_not_listed"
    template = "The server at {address} is not in your list, so it was not asked."
    hint = "Add it in Models, under Folders, or with `studio models servers add`."


class ServerSilent(ServerError):
    code = "server_silent"
    template = "The server at {address} does not answer ({cause})."
    hint = "Start it, or look at what it is doing, and try again."


class ServerCut(ServerError):
    code = "server_cut"
    template = "The server at {address} broke off in the middle of its answer."
    hint = "See whether it still runs, and try again."


class ServerBusy(ServerError):
    code = "server_busy"
    template = "The server at {address} is still loading a model, or has too much to do."
    hint = "Wait a moment, and try again."


class ServerLacksModel(ServerError):
    code = "server_lacks_model"
    template = "The server at {address} has no model {model} any more."
    hint = "Load it with the server's own program, or choose another model."


class ServerFailed(ServerError):
    code = "server_failed"
    template = "The server at {address} answered with an error ({detail})."
    hint = "Look at the server's own messages, and try again."


class ServerIncomprehensible(ServerError):
    code = "server_incomprehensible"
    template = "What the server at {address} says makes no sense ({detail})."
    hint = "Check that llama-server, Ollama or LM Studio listens there, and that it is up to date."


class WorkerError(StudioError):
    """The engine's process is the reason."""


class MemoryExhausted(WorkerError):
    code = "memory_exhausted"
    template = "Memory ran out while {phase}."
    hint = "Make a smaller picture, fewer at once, or choose a smaller model."


class NoRoomForPicture(WorkerError):
    """Memory ran out for a single picture; `fits` is the size of one that would go, by the estimate."""

    code = "no_room_for_picture"
    template = (
        "Memory ran out while {phase}: {width} × {height} pixels are too many, {fits} would probably fit."
    )
    hint = "Make a smaller picture, or choose a smaller model."


class WorkerKilled(WorkerError):
    code = "worker_killed"
    template = "The engine was ended from outside (signal {signal})."
    hint = "It has been started again; run the job again."


class WorkerCrashed(WorkerError):
    code = "worker_crashed"
    template = "The engine crashed ({cause})."
    hint = "It has been started again; run the job again."


class WorkerExited(WorkerError):
    code = "worker_exited"
    template = "The engine ended unexpectedly with exit code {exit_code}."
    hint = "It has been started again; run the job again."


class WorkerUnresponsive(WorkerError):
    code = "worker_unresponsive"
    template = "The engine did not answer for {seconds} seconds and was restarted."
    hint = "Run the job again."


class WorkerNotStarted(WorkerError):
    code = "worker_not_started"
    template = "The system does not start it ({detail})."
    hint = "Install the studio again."


class WorkerUnavailable(WorkerError):
    """`cause` is the code of what the last start ended with; its params stand beside as `cause_<name>`."""

    code = "worker_unavailable"
    template = "The engine could not be started. {cause}"
    hint = "Look at the log in {log}, or run `studio doctor`."

    @classmethod
    def after(cls, cause: StudioError, log: str) -> "WorkerUnavailable":
        beside = {f"cause_{name}": value for name, value in cause.params.items()}
        return cls(cause=cause.code, log=log, **beside)

    @property
    def cause(self) -> StudioError:
        params = {
            name.removeprefix("cause_"): value
            for name, value in self.params.items()
            if name.startswith("cause_")
        }
        return error_from(str(self.params["cause"]), params)


class DevicesUnknown(WorkerError):
    code = "devices_unknown"
    template = "The engine could not tell which graphics devices this machine has ({cause})."
    hint = "What fits is judged by main memory alone; `studio doctor` says what is missing."


class JobInterrupted(WorkerError):
    code = "job_interrupted"
    template = "The studio closed before this job was done."
    hint = "Run it again."


class ProcessKilled(WorkerError):
    code = "process_killed"
    template = "It was ended from outside (signal {signal}), perhaps because memory was short."
    hint = "Close other programs, and begin it again."


class UnexpectedError(WorkerError):
    code = "unexpected"
    template = "Something unexpected happened ({detail})."
    hint = "Copy the crash report in Settings; the details are in it."


class StorageError(StudioError):
    """The disk or the database is the reason."""


class DiskFull(StorageError):
    code = "disk_full"
    template = "The disk is full: {path} could not be written."
    hint = "Free some space; nothing that was finished is lost."


class DiskTooSmall(StorageError):
    code = "disk_too_small"
    template = "{name} needs {needed_bytes} on the disk of {path}, which has {free_bytes} left."
    hint = "Free some space, or move the cache to another disk with HF_HOME."


class ModelNotOurs(StorageError):
    code = "model_not_ours"
    template = "{model} was not downloaded by the studio, so its files are left alone."
    hint = "Remove it with the program it belongs to, or take its folder out of the list."


class ModelBeingFetched(StorageError):
    code = "model_being_fetched"
    template = "{model} is being downloaded, so nothing of it was removed."
    hint = "Stop that download first; it may run in another window or command."


class ShelfDamaged(StorageError):
    code = "shelf_damaged"
    template = "Line {line} of {path} cannot be used: {detail}."
    hint = "Mend that line, or move the file away; the models that ship with the studio's list stay."


class SettingsInUse(StorageError):
    """A window writes its settings whole, so it alone can change them; here it does not answer."""

    code = "settings_in_use"
    template = "Atelier is open in {home} and keeps its settings, so nothing was changed."
    hint = "Change them in its window, under Models, or close it and try again."


class StylesDamaged(StorageError):
    code = "styles_damaged"
    template = "Line {line} of {path} cannot be used: {detail}."
    hint = "Mend that line, or move the file away; the styles that come with the studio stay."


class WildcardUnreadable(StorageError):
    code = "wildcard_unreadable"
    template = "The wildcard file {path} was left out ({cause})."
    hint = "Save it as plain text in UTF-8 with one entry a line; the other files work."


class LibraryMissing(StorageError):
    code = "library_missing"
    template = "The library folder {path} is not there."
    hint = "Connect its disk, or choose another folder in Settings."


class LibraryReadOnly(StorageError):
    code = "library_read_only"
    template = "The library folder {path} cannot be written to."
    hint = "Allow writing to it, or choose another folder in Settings."


class LibraryInUse(StorageError):
    code = "library_in_use"
    template = "The studio is still open with the library {path}; {chosen} can be opened once it is closed."
    hint = "Close the studio that is open, then try again."


class PictureCutShort(StorageError):
    code = "picture_cut_short"
    template = "The picture {path} breaks off before its end."
    hint = "Copy or save it again from where it came."


class PictureTooSmall(StorageError):
    code = "picture_too_small"
    template = "The picture {path} has only {width} × {height} pixels; each side needs at least {least}."
    hint = "Choose a larger one."


class PictureTooLarge(StorageError):
    code = "picture_too_large"
    template = (
        "The picture {path} has {width} × {height} pixels, {megapixels} million; at most {most} million can "
        "be opened."
    )
    hint = "Make it smaller in another program first."


class FileUnwritable(StorageError):
    code = "file_unwritable"
    template = "{path} could not be written ({cause})."
    hint = "Choose another place."


class FileStays(StorageError):
    code = "file_stays"
    template = "{path} could not be removed ({cause})."
    hint = "Close the programs that use it, or allow it to be changed, and try again."


class RecipeTooLong(StorageError):
    code = "recipe_too_long"
    template = "The text inside {path} is far too long for a recipe."
    hint = "Use it as a picture alone, or save it again without that text."


class PictureUnreadable(StorageError):
    code = "picture_unreadable"
    template = "The picture {path} cannot be read: it is damaged, or no longer there."
    hint = "Look for it in its folder, and open it in another program to check it."


class SettingsDamaged(StorageError):
    code = "settings_damaged"
    template = "The settings could not be read; they were put aside as {path} and are as on the first day."
    hint = "Choose your library and model folders in Settings again."


class FolderLeftOut(StorageError):
    code = "folder_left_out"
    template = "The settings name the model folder “{name}”, which is no whole path, so it is not read."
    hint = "Add the folder again in Models, or with `studio models adopt`."


class WishDamaged(StorageError):
    code = "wish_damaged"
    template = "How {name} is to be held in memory could not be read; the studio chooses now."
    hint = "Choose it again in Models, if it matters."


class DatabaseDamaged(StorageError):
    code = "database_damaged"
    template = "The database was damaged; it was put aside as {path} and made new from the library."
    hint = "Nothing to do: pictures and chats come from their files."


class DatabaseLocked(StorageError):
    code = "database_locked"
    template = "Another program holds the database {path}."
    hint = "Close that program and try again."


class DatabaseTooNew(StorageError):
    code = "database_too_new"
    template = "The database {path} was made by a newer Atelier."
    hint = "Start the newer version, or choose another home folder."


class BackupFailed(StorageError):
    code = "backup_failed"
    template = "The daily copy of the database could not be written to {path} ({cause})."
    hint = "Make room there, or move away what is in its place; everything else works without the copy."


def known(error: Exception) -> StudioError:
    """The error itself, or, where it is none of ours, one that names what nobody expected."""
    if isinstance(error, StudioError):
        return error
    return UnexpectedError(detail=f"{type(error).__name__}: {error}")


def _leaves(error: type[StudioError]) -> list[type[StudioError]]:
    children = error.__subclasses__()
    return [leaf for child in children for leaf in _leaves(child)] if children else [error]


def error_from(code: str, params: Params) -> StudioError:
    """The error that another process described by `code` and `params`; an unknown code is unexpected."""
    for leaf in _leaves(StudioError):
        if leaf.code == code:
            return leaf(**params)
    return UnexpectedError(detail=code)
