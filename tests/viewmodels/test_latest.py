"""Answers of other threads: the newest alone, or every one."""

from concurrent.futures import Future
from typing import Any

import pytest

from studio.core.errors import DiskFull
from studio.viewmodels.latest import Each, Latest


@pytest.fixture
def told(qapp):
    return []


def asked(about: Each, told: list[Any]) -> Each:
    about.arrived.connect(told.append)
    about.failed.connect(told.append)
    return about


def test_a_waiting_question_is_called_off_by_a_newer_one_and_by_forgetting(told, qapp):
    latest = asked(Latest(), told)
    futures: list[Future[int]] = [Future(), Future(), Future()]
    assert futures[2].set_running_or_notify_cancel()
    for future in futures:
        latest.ask(future)
    assert [future.cancelled() for future in futures] == [True, True, False]
    latest.forget()
    assert not latest.waiting
    futures[2].set_result(3)  # it ran already, so it could not be called off
    last: Future[int] = Future()
    latest.ask(last)
    last.set_result(4)
    qapp.processEvents()
    assert told == [4]


def test_each_answer_arrives_and_each_failure_is_told(told, qapp):
    each = asked(Each(), told)
    first: Future[str] = Future()
    second: Future[str] = Future()
    each.ask(first)
    each.ask(second)
    first.set_exception(error := DiskFull(path="/mnt"))
    second.set_result("b")
    qapp.processEvents()
    assert told == [error, "b"]
