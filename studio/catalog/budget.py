"""How much of the machine models may hold together."""

from collections.abc import Sequence

from studio.catalog.main_memory import main_memory
from studio.core.messages import Device

# The rest is for the system, other programs, and what a model needs while it works.
SHARE_OF_MEMORY = 0.6
SHARE_OF_DEVICE = 0.9


def default_budget(devices: Sequence[Device] = ()) -> int:
    """Bytes that all models may hold: most of the accelerators' memory, else a part of the machine's."""
    cards = sum(device.total_bytes for device in devices if device.kind != "cpu")
    if cards:
        return int(cards * SHARE_OF_DEVICE)
    return int(main_memory().total * SHARE_OF_MEMORY)
