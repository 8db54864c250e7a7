"""What piles up in the mailbox is folded together, and nothing that lasts is lost."""

from studio.core.messages import Phase, Preview, Pulse, Saved, Stage, Tokens
from studio.engine.mailbox import Mailbox


def saved(index: int) -> Saved:
    return Saved(job="a", index=index, path=f"/{index}.png", asset=str(index), width=8, height=8, seed=1)


def test_tells_once_until_it_is_emptied() -> None:
    box = Mailbox()
    assert [box.put(saved(index)) for index in range(3)] == [True, False, False]
    assert box.take() == [saved(0), saved(1), saved(2)]
    assert box.put(saved(3))


def test_folds_neighbouring_tokens_phases_and_previews() -> None:
    box = Mailbox()
    for message in (
        Phase(job="a", stage=Stage.DENOISING, done=1),
        Phase(job="a", stage=Stage.DENOISING, done=2),
        Preview(job="a", index=0, step=2, jpeg=b"old"),
        Preview(job="a", index=0, step=3, jpeg=b"new"),
        Preview(job="a", index=1, step=3, jpeg=b"other"),
        Tokens(job="a", text="one ", count=1),
        Tokens(job="a", text="two ", count=2),
        Tokens(job="b", text="else", count=1),
    ):
        box.put(message)
    assert box.take() == [
        Phase(job="a", stage=Stage.DENOISING, done=2),
        Preview(job="a", index=0, step=3, jpeg=b"new"),
        Preview(job="a", index=1, step=3, jpeg=b"other"),
        Tokens(job="a", text="one two ", count=2),
        Tokens(job="b", text="else", count=1),
    ]


def test_keeps_what_lies_between_apart() -> None:
    box = Mailbox()
    messages = [
        Phase(job="a", stage=Stage.DENOISING),
        Phase(job="a", stage=Stage.DECODING),
        Phase(job="a", stage=Stage.DENOISING, index=1),
        Tokens(job="a", text="one", count=1),
        Pulse(job="a"),
        Tokens(job="a", text="two", count=2),
    ]
    for message in messages:
        box.put(message)
    assert box.take() == messages
