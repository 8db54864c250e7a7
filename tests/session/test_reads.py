"""What becomes of answers from other threads."""

from concurrent.futures import Future

import pytest

from studio.session.reads import found, then


def test_a_change_that_fails_is_the_end_of_what_was_asked():
    assert then(found(2), lambda number: 3 * number).result(0) == 6
    with pytest.raises(ZeroDivisionError):
        then(found(0), lambda number: 1 // number).result(0)
    failed: Future[int] = Future()
    failed.set_exception(KeyError("gone"))
    with pytest.raises(KeyError):
        then(failed, lambda number: number).result(0)
