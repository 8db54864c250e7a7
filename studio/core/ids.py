"""Identifiers: UUID version 7, so that names sort by the time they were made."""

import secrets
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """A new UUIDv7 (RFC 9562, method 1: a counter keeps ids of one process in order) as lower-case text."""
    global _last
    with _lock:
        # 48 bits of milliseconds followed by a 12-bit counter, never going back.
        _last = max(_last + 1, (time.time_ns() // 1_000_000) << 12)
        stamp, counter = _last >> 12, _last & 0xFFF
    value = stamp << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=value))
