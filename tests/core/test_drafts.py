"""Which smaller model guesses ahead."""

import msgspec

from studio.core.drafts import draft_of
from tests.ui.fake_session import SCRIBE


def sized(name: str, size: int, vocabulary: str = "v"):
    return msgspec.structs.replace(SCRIBE, id=name, size_bytes=size, vocabulary=vocabulary)


def test_the_smallest_of_the_same_vocabulary_guesses():
    large, middle, small = sized("large", 800), sized("middle", 200), sized("small", 100)
    assert draft_of(large, [large, middle, small]) == small


def test_none_guesses_for_a_model_that_is_hardly_larger_or_reads_otherwise():
    large = sized("large", 800)
    others = [large, sized("near", 201), sized("foreign", 100, "w"), sized("unknown", 100, "")]
    assert draft_of(large, others) is None
    assert draft_of(sized("unknown", 800, ""), [sized("too", 100, "")]) is None
    server = msgspec.structs.replace(sized("server", 100), family="server")
    assert draft_of(large, [server]) is None
