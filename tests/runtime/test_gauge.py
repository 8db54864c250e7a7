"""Growth of memory against tensors whose size is known."""

import sys

import pytest
import torch

from studio.runtime import gauge as gauge_module
from studio.runtime.gauge import Gauge

MIB = 1 << 20


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a mark cannot begin anew")
def test_a_peak_is_seen_after_it_is_over_and_what_stays_counts_on() -> None:
    gauge = Gauge()
    gauge.begin()
    held = torch.ones(64 * MIB, dtype=torch.uint8)
    passing = torch.ones(128 * MIB, dtype=torch.uint8)
    del passing
    assert gauge.grown("cpu") == pytest.approx(192 * MIB, rel=0.1)
    gauge.go_on()
    more = torch.ones(32 * MIB, dtype=torch.uint8)
    assert gauge.grown("cpu") == pytest.approx(96 * MIB, rel=0.1)
    del held, more
    gauge.begin()
    again = torch.ones(32 * MIB, dtype=torch.uint8)
    assert gauge.grown("cpu") == pytest.approx(again.nbytes, rel=0.1)


def test_where_nothing_grew_nothing_is_told() -> None:
    gauge = Gauge()
    gauge.begin()
    assert gauge.grown("cpu") < MIB


@pytest.mark.skipif(sys.platform != "linux", reason="the others have no such file")
def test_where_the_system_keeps_no_mark_nothing_is_told(monkeypatch, tmp_path) -> None:
    """gVisor's status has no `VmHWM`."""
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nVmRSS:\t  400000 kB\n")
    monkeypatch.setattr(gauge_module, "_STATUS", status)
    gauge = Gauge()
    gauge.begin()
    assert gauge.grown("cpu") == 0
