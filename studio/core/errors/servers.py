"""Another program on this machine, which runs the model, is the reason."""

from studio.core.errors.base import StudioError


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
