"""The engine's process is the reason."""

from studio.core.errors.base import Params, StudioError


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
        return cls(log=log, **cause_params(cause))

    @property
    def cause(self) -> StudioError:
        return cause_in(self.params)


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


def cause_params(cause: StudioError) -> Params:
    """An error among the params of something that it caused: its code, and its own params beside it."""
    return {"cause": cause.code, **{f"cause_{name}": value for name, value in cause.params.items()}}


def cause_in(params: Params) -> StudioError:
    """The error that `cause_params` put there."""
    own = {name.removeprefix("cause_"): value for name, value in params.items() if name.startswith("cause_")}
    return error_from(str(params["cause"]), own)
