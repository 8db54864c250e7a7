"""Ctrl+C belongs to one at a time: to the running job, or to the prompt."""

import signal

import pytest
from PySide6.QtCore import QCoreApplication

from studio.cli.running import Interrupts


def test_what_drops_a_line_at_the_prompt_stops_nothing_later(qapp: QCoreApplication):
    stops: list[int] = []
    interrupts = Interrupts(stops.append)
    interrupts.open()
    try:
        for _ in range(20):
            with (
                pytest.raises(KeyboardInterrupt),
                interrupts.suspended({signal.SIGINT: signal.default_int_handler}),
            ):
                signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
    finally:
        interrupts.close()  # all that was written has been read now
    qapp.processEvents()
    assert stops == [signal.SIGTERM]  # the polite kill, and nothing that came while the prompt was open
