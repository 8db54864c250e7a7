"""Where everything lies: the home folder, the library and the files that ship with the studio."""

import os
from pathlib import Path

import msgspec
import platformdirs


class Paths(msgspec.Struct, frozen=True):
    """The folders of one home. Nothing here is created; `store` makes what it writes to.

    Attributes:
        home: settings, database, cache, logs, instances.
        library: pictures, chats and documents; the truth that the database mirrors.
    """

    home: Path
    library: Path

    @property
    def settings(self) -> Path:
        return self.home / "settings.json"

    @property
    def database(self) -> Path:
        return self.home / "studio.db"

    @property
    def downloads(self) -> Path:
        return self.home / "downloads.json"

    @property
    def catalog(self) -> Path:
        """The person's own additions to the shelf."""
        return self.home / "catalog.toml"

    @property
    def styles(self) -> Path:
        """The person's own styles; made when the first is saved."""
        return self.home / "styles.toml"

    @property
    def wildcards(self) -> Path:
        """The person's own wildcards, one text file each; the studio only reads there."""
        return self.library / "wildcards"

    @property
    def model_index(self) -> Path:
        return self.home / "cache" / "models.index"

    @property
    def measured(self) -> Path:
        """What jobs took of memory; made anew where it is lost."""
        return self.home / "cache" / "measured.json"

    @property
    def cache_costs(self) -> Path:
        """What caches of steps gained and cost; made anew where it is lost."""
        return self.home / "cache" / "cache_costs.json"

    @property
    def wishes(self) -> Path:
        """How the person wants models to be held in memory."""
        return self.home / "wishes.json"

    @property
    def thumbnails(self) -> Path:
        return self.home / "cache" / "thumbnails"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def instances(self) -> Path:
        return self.home / "instances"

    @property
    def backups(self) -> Path:
        return self.home / "backups"

    @property
    def staging(self) -> Path:
        return self.library / ".staging"

    @property
    def annotations(self) -> Path:
        return self.library / ".studio" / "annotations.jsonl"

    @property
    def inputs(self) -> Path:
        """Copies of pictures from elsewhere that jobs begin with, each named by its hash."""
        return self.library / ".studio" / "inputs"

    @property
    def edits(self) -> Path:
        """Edit documents, a folder each."""
        return self.library / "edits"

    @property
    def chats(self) -> Path:
        return self.library / "chats"

    @property
    def chat_pictures(self) -> Path:
        """Copies of pictures that were given with messages, each named by its hash."""
        return self.chats / "pictures"

    @property
    def personas(self) -> Path:
        return self.home / "chat" / "personas.json"

    @property
    def persona_pictures(self) -> Path:
        """Their faces, each named by its hash."""
        return self.home / "chat" / "personas"

    @property
    def chat_presets(self) -> Path:
        """Ways of choosing tokens that have a name."""
        return self.home / "chat" / "presets.json"

    @property
    def chat_templates(self) -> Path:
        """The person's own templates."""
        return self.home / "chat" / "templates.json"

    @property
    def chat_drafts(self) -> Path:
        """Files that stand in the composer and are not sent."""
        return self.home / "chat" / "drafts"

    @property
    def chat_history(self) -> Path:
        """What was typed at `studio chat` before."""
        return self.home / "chat" / "history"


def home_dir(override: str | None = None) -> Path:
    """`--home`, else STUDIO_HOME, else the platform's data folder."""
    chosen = override or os.environ.get("STUDIO_HOME")
    return Path(chosen).expanduser().absolute() if chosen else _default_home()


def _default_home() -> Path:
    return Path(platformdirs.user_data_dir("Atelier", appauthor=False))


def paths_for(home: Path, library: str = "") -> Paths:
    """`library` is the setting; empty means `<home>/library` in a chosen home, else `Pictures/Atelier`."""
    if library:
        return Paths(home, Path(library))
    if home == _default_home():
        return Paths(home, Path(platformdirs.user_pictures_dir()) / "Atelier")
    return Paths(home, home / "library")


def resources_dir() -> Path:
    """The files that ship with the studio: inside the installed package, else beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "resources"
    return installed if installed.is_dir() else package.parent / "resources"
