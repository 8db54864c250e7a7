"""How a lane stands: its worker, what it runs, and what it holds in memory."""

from enum import StrEnum

import msgspec

from studio.core.jobs import Lane
from studio.core.messages import Device
from studio.core.records import Problem


class LaneState(StrEnum):
    OFF = "off"  # no worker; it starts with the next job
    STARTING = "starting"
    READY = "ready"
    BUSY = "busy"
    PAUSED = "paused"
    RESTARTING = "restarting"  # the worker was lost


class LaneStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One lane at one moment.

    Attributes:
        job: the running job's id.
        starting: the worker starts, or imports the libraries that its first job needs.
        stopping: the running job was asked to stop and has not ended.
        paused: no further job is started; a running one ends first (`state` is then still busy).
        held_bytes, models: what lies in memory; models by id, least recently used first.
        device_total, device_free: bytes of the device that models run on; 0 until it is known.
        devices, versions: empty until the worker has imported its libraries.
        problem: why the worker could not be started, while the lane is off for that reason.
    """

    lane: Lane
    state: LaneState = LaneState.OFF
    job: str | None = None
    starting: bool = False
    stopping: bool = False
    paused: bool = False
    pid: int | None = None
    held_bytes: int = 0
    models: tuple[str, ...] = ()
    device_total: int = 0
    device_free: int = 0
    families: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    versions: dict[str, str] = {}
    problem: Problem | None = None
