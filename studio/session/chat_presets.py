"""Ways of choosing tokens that a person has given a name."""

from concurrent.futures import Future

from PySide6.QtCore import QObject

from studio.core.paths import Paths
from studio.core.sampling import Preset, Sampling
from studio.session.kept_lists import KeptList, checked_name


class ChatPresetDesk(KeptList[Preset]):
    """By name; one name has one preset, however it is spelled."""

    def __init__(self, paths: Paths, parent: QObject) -> None:
        super().__init__(paths.chat_presets, Preset, parent)

    def all(self) -> tuple[Preset, ...]:
        return self._own()

    def save(self, name: str, sampling: Sampling) -> Future[Preset]:
        """In the place of one of that name. Ends in NameMissing, KeptTooLong, DiskFull or FileUnwritable."""
        return self._changing(
            lambda: Preset(name=checked_name(name), sampling=sampling),
            lambda kept, before: sorted(
                (*_without(before, kept.name), kept), key=lambda one: one.name.casefold()
            ),
        )

    def remove(self, name: str) -> Future[None]:
        """Ends in DiskFull or FileUnwritable."""
        return self._changing(lambda: None, lambda _, before: _without(before, name))


def _without(presets: tuple[Preset, ...], name: str) -> list[Preset]:
    return [one for one in presets if one.name.casefold() != name.casefold()]
