"""Everything that can go wrong, as one tree; each error knows what happened and what to do.

    StudioError
    ├── BadRequest       what the person asked for cannot be done as asked
    │   ├── PromptEmpty, MessageEmpty, PromptTooLong, SizeOutOfRange, ValueOutOfRange,
    │   │   SeedOutOfRange, FormatUnknown, WishImpossible, NotFound, NotRecorded, UsedAndGone,
    │   │   RecipeMissing, LayerMissing, AnswerUnderWay, NothingToSumUp,
    │   │   ConversationGone
    │   │   ├── PromptError  PromptUnclosed, PromptDrawnEmpty, WildcardMissing, WildcardNotFound,
    │   │   │                WildcardRefersToItself, WildcardUnclosed, StyleMissing, StyleNotFound,
    │   │   │                LoraNameless, LoraUnknown, LoraNotFound, NoLoraInstalled, TooManyPicked
    │   │   ├── InputError   InputMissing, InputChanged, InputsFull, OneInputAlone, InputUnsupported,
    │   │   │                ReferencesUnsupported, ReferenceNeeded, AdapterIncomplete, AdapterUnfit,
    │   │   │                MaskUnfit
    │   │   ├── AttachmentError  DocumentUnopened, DocumentUnsupported, DocumentDamaged, DocumentLocked,
    │   │   │                DocumentWithoutText, DocumentTooLarge, DocumentUnending
    │   │   ├── KeptError    NameMissing, TemplateNameUnfit, KeptTooLong, ExamplesTooMany, TemplateUnfilled
    │   │   ├── EditError    NothingChosen, NothingExtended, RegionOutside, ResultTooLarge
    │   │   ├── EditingError  LayersTooMany, LayersTooLarge, SidesTooLong, LayerHidden, LayerIsMask,
    │   │   │                LayerEmpty, LastPictureLayer, NothingBelow, NothingShown, NothingThere,
    │   │   │                SelectionVanishes, OutsidePicture, EditedMeanwhile, CurveUnordered,
    │   │   │                MadeForAnotherSize, MadeForTurnedCanvas
    │   │   └── SheetError   SheetSettingUnknown, SheetEmpty, SheetValueTwice, SheetSettingTwice, SheetSides,
    │   │                    SheetTooLarge, SheetValueUnreadable, SheetRangeEndless, SheetWordsMissing,
    │   │                    SheetNameUnknown, SheetLoraMissing, SheetStartMissing, SheetLoraForAnother,
    │   │                    SheetBusy, SheetForgotten
    ├── ModelError       the model's files are the reason
    │   ├── ModelMissing, ModelForbidden, ModelMisnamed, ModelIncomplete, ModelUnreadable, ModelPointer,
    │   │   ModelUnsafe, ModelNeedsCode, ModelNeedsParts, ModelNeedsPackage, ModelIsAdapter,
    │   │   ModelUnsupported, ModelUnable, ModelProducedNothing, ModelWroteNothing, PickleRefused,
    │   │   NothingFound,
    │   │   NoModelInstalled, ContextFull, SuggestionEmpty, PromptNotWritten, RecipeModelMissing,
    │   │   RecipeModelUnknown
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
        ├── DiskFull, DiskTooSmall, ModelNotOurs, ShelfDamaged, LibraryMissing, LibraryReadOnly,
        │   LibraryInUse, SettingsInUse, SettingsDamaged, FolderLeftOut, WishDamaged, DatabaseDamaged,
        │   DatabaseLocked, DatabaseTooNew, BackupFailed, ChatFileDamaged, PictureUnreadable,
        │   PictureCutShort, PictureTooSmall, PictureTooLarge, RecipeTooLong, FileUnwritable, FileStays,
        │   ModelBeingFetched, StylesDamaged, WildcardUnreadable, WildcardUnopened, WildcardNameless,
        │   WildcardTooLarge, WildcardsTooMany, EditInUse, EditDamaged, EditCutShort, EditStepsLost,
        │   EditUnsaved
        ├── PicturesNotCarried
        └── ImportFileError  ImportUnopened, ImportTooLarge, ImportUnknown, ImportBrokenOff

An error crosses the pipe as its `code` and `params`; window and command line make sentences from them
(`ui/i18n.py` translates `template` and `hint`). The worker never makes sentences.
"""

# ruff: noqa: F401
# pyright: reportUnusedImport=false
# One tree, one address: all of them are imported from here.

from studio.core.errors.attachments import (
    AttachmentError,
    DocumentDamaged,
    DocumentLocked,
    DocumentTooLarge,
    DocumentUnending,
    DocumentUnopened,
    DocumentUnsupported,
    DocumentWithoutText,
    ExamplesTooMany,
    KeptError,
    KeptTooLong,
    NameMissing,
    TemplateNameUnfit,
    TemplateUnfilled,
)
from studio.core.errors.base import Params, StudioError
from studio.core.errors.chat_imports import (
    ImportBrokenOff,
    ImportFileError,
    ImportTooLarge,
    ImportUnknown,
    ImportUnopened,
    PicturesNotCarried,
)
from studio.core.errors.edit_documents import (
    EditCutShort,
    EditDamaged,
    EditInUse,
    EditStepsLost,
    EditUnsaved,
    LayerMissing,
)
from studio.core.errors.editing import (
    CurveUnordered,
    EditedMeanwhile,
    EditingError,
    LastPictureLayer,
    LayerEmpty,
    LayerHidden,
    LayerIsMask,
    LayersTooLarge,
    LayersTooMany,
    MadeForAnotherSize,
    MadeForTurnedCanvas,
    NothingBelow,
    NothingShown,
    NothingThere,
    OutsidePicture,
    SelectionVanishes,
    SidesTooLong,
)
from studio.core.errors.edits import (
    EditError,
    NothingChosen,
    NothingExtended,
    RegionOutside,
    ResultTooLarge,
)
from studio.core.errors.hub import (
    AddressUnknown,
    DownloadDamaged,
    HubBroken,
    HubBusy,
    HubError,
    HubProcessDied,
    HubUnreachable,
    LicenceNotAccepted,
    NothingToRun,
    OfflineByVariable,
    RepositoryMissing,
    SeveralModels,
    StayOffline,
    TokenFromOutside,
    TokenRefused,
    TokenUnknown,
)
from studio.core.errors.inputs import (
    AdapterIncomplete,
    AdapterUnfit,
    InputChanged,
    InputError,
    InputMissing,
    InputsFull,
    InputUnsupported,
    MaskUnfit,
    OneInputAlone,
    ReferenceNeeded,
    ReferencesUnsupported,
)
from studio.core.errors.loras import (
    LoraBroken,
    LoraDamaged,
    LoraError,
    LoraForAnother,
    LoraMissing,
    LoraNotInstalled,
    LoraUnfit,
    LoraUnsupported,
)
from studio.core.errors.models import (
    ContextFull,
    ModelEmpty,
    ModelError,
    ModelForbidden,
    ModelIncomplete,
    ModelIsAdapter,
    ModelMisnamed,
    ModelMissing,
    ModelNeedsCode,
    ModelNeedsPackage,
    ModelNeedsParts,
    ModelPointer,
    ModelProducedNothing,
    ModelUnable,
    ModelUnreadable,
    ModelUnsafe,
    ModelUnsupported,
    ModelWroteNothing,
    NoModelInstalled,
    NothingFound,
    PickleRefused,
    PromptNotWritten,
    RecipeModelMissing,
    RecipeModelUnknown,
    SuggestionEmpty,
)
from studio.core.errors.prompts import (
    LoraNameless,
    LoraNotFound,
    LoraUnknown,
    NoLoraInstalled,
    PromptDrawnEmpty,
    PromptError,
    PromptUnclosed,
    StyleMissing,
    StyleNotFound,
    TooManyPicked,
    WildcardMissing,
    WildcardNotFound,
    WildcardRefersToItself,
    WildcardUnclosed,
)
from studio.core.errors.requests import (
    AnswerUnderWay,
    BadRequest,
    ConversationGone,
    FormatUnknown,
    MessageEmpty,
    NotFound,
    NothingToSumUp,
    NotRecorded,
    PromptEmpty,
    PromptTooLong,
    RecipeMissing,
    SeedOutOfRange,
    SizeOutOfRange,
    UsedAndGone,
    ValueOutOfRange,
    WishImpossible,
)
from studio.core.errors.servers import (
    ServerAddressUnknown,
    ServerBusy,
    ServerCut,
    ServerElsewhere,
    ServerError,
    ServerFailed,
    ServerIncomprehensible,
    ServerLacksModel,
    ServerNotListed,
    ServerSilent,
)
from studio.core.errors.sheets import (
    SheetBusy,
    SheetEmpty,
    SheetError,
    SheetForgotten,
    SheetLoraForAnother,
    SheetLoraMissing,
    SheetNameUnknown,
    SheetRangeEndless,
    SheetSettingTwice,
    SheetSettingUnknown,
    SheetSides,
    SheetStartMissing,
    SheetTooLarge,
    SheetValueTwice,
    SheetValueUnreadable,
    SheetWordsMissing,
)
from studio.core.errors.storage import (
    BackupFailed,
    ChatFileDamaged,
    DatabaseDamaged,
    DatabaseLocked,
    DatabaseTooNew,
    DiskFull,
    DiskTooSmall,
    FileStays,
    FileUnwritable,
    FolderLeftOut,
    LibraryInUse,
    LibraryMissing,
    LibraryReadOnly,
    ModelBeingFetched,
    ModelNotOurs,
    PictureCutShort,
    PictureTooLarge,
    PictureTooSmall,
    PictureUnreadable,
    RecipeTooLong,
    SettingsDamaged,
    SettingsInUse,
    ShelfDamaged,
    StorageError,
    StylesDamaged,
    WildcardNameless,
    WildcardsTooMany,
    WildcardTooLarge,
    WildcardUnopened,
    WildcardUnreadable,
    WishDamaged,
)
from studio.core.errors.workers import (
    DevicesUnknown,
    JobInterrupted,
    MemoryExhausted,
    NoRoomForPicture,
    ProcessKilled,
    UnexpectedError,
    WorkerCrashed,
    WorkerError,
    WorkerExited,
    WorkerKilled,
    WorkerNotStarted,
    WorkerUnavailable,
    WorkerUnresponsive,
    cause_in,
    cause_params,
    error_from,
    known,
)
