"""The hub, or the way to it, is the reason."""

from studio.core.errors.base import StudioError


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
