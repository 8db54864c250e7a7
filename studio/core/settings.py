"""What the person has chosen; kept in `settings.json`, written by `store/settings_file.py`."""

from typing import Literal

import msgspec

ListName = Literal["model_folders", "servers"]  # fields of Settings that are lists


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """Every field has a default, so an older or newer file still opens.

    Attributes:
        library: absolute folder, empty for the default.
        memory_budget: bytes that models may hold in all, 0 to let the studio decide.
        offline: refuse downloads and remote engines.
        idle_release_minutes: models are given back after this long without work; 0 never.
        model_folders: where models are looked for besides the starters and the hub's cache.
        servers: `host:port` of programs on this machine that run models and may be asked (`core/servers.py`).
        read_ahead: while the person writes, what is there is read by the model already.
        suggest_titles: the model that gave the first answer of a conversation suggests its title.
        window: where each panel stood; opaque to all but `ui/`.
    """

    language: Literal["system", "en", "zh"] = "system"
    theme: Literal["system", "light", "dark"] = "system"
    library: str = ""
    memory_budget: int = 0
    offline: bool = True
    reduced_motion: bool = False
    idle_release_minutes: int = 10
    model_folders: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    image_model: str = ""
    language_model: str = ""
    read_ahead: bool = True
    suggest_titles: bool = True
    window: dict[str, str] = {}
