"""How much of a GGUF model goes where, and how long a conversation it may hold; told by its header alone."""

from studio.catalog.gguf import GgufHeader
from studio.catalog.precision import WEIGHTS_SHARE
from studio.core.errors import MemoryExhausted
from studio.core.messages import Stage

START_CONTEXT = 4096  # tokens that there is room for at first; more is taken when it is needed
LEAST_CONTEXT = 512  # with less no conversation can be had
OWN_LIMIT = 32768  # of a model that does not say what it was made for
# Besides weights, keys and values: the buffers of one batch. A model of 500 MB (10 layers of 1,536) took 30.
WORK_BYTES = 200_000_000
MEMORY_SHARE = 0.9  # of what is free; the rest is for other programs


def context_limit(header: GgufHeader, size_bytes: int, free_bytes: int, budget_bytes: int) -> int:
    """How many tokens the model can read here: as many as it was made for, or as memory holds.

    Args:
        size_bytes: the file, all of which is held.
        free_bytes, budget_bytes: of all memory that it may use; of that, what models may hold.
    Raises MemoryExhausted where not even the least has room.
    """
    own = header.context_length or OWN_LIMIT
    if not header.token_bytes:
        return own
    fitting = (int(free_bytes * MEMORY_SHARE) - WORK_BYTES - size_bytes) // header.token_bytes
    if fitting < min(own, LEAST_CONTEXT):
        raise MemoryExhausted(phase=Stage.LOADING)
    # A model larger than its budget is held alone, and then with no more than a first context.
    budgeted = max(START_CONTEXT, (budget_bytes - size_bytes) // header.token_bytes)
    return min(own, fitting, budgeted)


def accelerated_layers(header: GgufHeader, size_bytes: int, free_bytes: int) -> int:
    """How many layers go to the accelerator, its last one (the words) counted; each with its share of a first
    context. All layers count as equally large."""
    layers = header.layers + 1
    whole = size_bytes + START_CONTEXT * header.token_bytes
    room = int(free_bytes * WEIGHTS_SHARE) - WORK_BYTES
    return max(0, min(layers, room * layers // max(1, whole)))
