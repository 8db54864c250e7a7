"""What caches gain and cost is there again at the next start, and damage costs no more than a new measure."""

from pathlib import Path

import pytest

from studio.core.cache_costs import CacheCost
from studio.store.cache_costs_file import load_cache_costs, save_cache_costs

COSTS = {
    "f": (CacheCost(cache="first_block", steps=20, faster=1.3, error=0.0),),
    "g": (CacheCost(cache="taylor_seer", steps=8, faster=2.0, error=12.5),),
}


def test_what_was_measured_is_there_again(tmp_path: Path) -> None:
    file = tmp_path / "home" / "cache" / "costs.json"
    assert load_cache_costs(file) == {}
    save_cache_costs(file, COSTS)
    assert load_cache_costs(file) == COSTS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "\ufffd",
        '{"f": [{"cache": "unknown", "steps": 20, "faster": 1.3, "error": 0}]}',
        '{"f": [{"cache": "first_block", "steps": 20, "faster": 0, "error": 0}]}',
        '{"f": [{"cache": "first_block", "steps": 20, "faster": 1.3, "error": -1}]}',
        pytest.param('{"f": [{"deep": ' + "[" * 5000 + "]" * 5000 + "}]}", id="deep"),
        '{"f": [{"cache": "", "steps": 20, "faster": 1.3, "error": 0}]}',
    ],
)
def test_a_damaged_file_counts_as_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "costs.json"
    file.write_text(text)
    assert load_cache_costs(file) == {}
