"""What the next answer would read, before and after something is written."""

from studio.core.turns import ContextUse, TurnTokens
from studio.viewmodels.chat_context import before_any_message


def test_a_last_turn_that_does_not_fit_gives_way_to_the_message_that_comes():
    turns = (TurnTokens(block="system", tokens=40), TurnTokens(message="long", tokens=900))
    late = (*turns, TurnTokens(message="late", tokens=30, files=300))
    use = before_any_message(ContextUse(turns=late, total=1270, limit=1024, room=0), 400)
    assert [turn.dropped for turn in use.turns] == [False, True, False]
    assert (use.total, use.room) == (370, 400)
    kept = (TurnTokens(block="system", tokens=40), TurnTokens(message="a", block="pinned", tokens=1000))
    assert before_any_message(ContextUse(turns=kept, total=1040, limit=1024, room=0), None).total == 1040
    fits = ContextUse(turns=turns, total=940, limit=1024, room=84)
    assert before_any_message(fits, 400) is fits
