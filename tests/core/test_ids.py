"""Ids sort by the time they were made, also within one millisecond and across threads."""

import uuid
from concurrent.futures import ThreadPoolExecutor

from studio.core.ids import new_id


def test_ids_are_version_7_unique_and_in_order():
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert uuid.UUID(made[0]).version == 7
    assert uuid.UUID(made[0]).variant == uuid.RFC_4122


def test_threads_never_share_an_id():
    with ThreadPoolExecutor(4) as pool:
        batches = pool.map(lambda _: [new_id() for _ in range(2_000)], range(8))
        made = [one for batch in batches for one in batch]
    assert len(set(made)) == len(made)
