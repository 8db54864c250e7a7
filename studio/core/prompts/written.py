"""What is known of a prompt as it is written: the styles laid over it, what it becomes, how long it is."""

import msgspec


class Style(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A named template.

    Attributes:
        name: what the person reads; unique, compared without case.
        prompt: `{prompt}` stands for the person's words; without it the words come first, then a comma.
        negative_prompt: joined to the person's own.
        titles: the name by language (`en`, `zh`), for those that come with the studio.
        own: the person wrote it, so the person can change it.
    """

    name: str
    prompt: str
    negative_prompt: str = ""
    titles: dict[str, str] = {}
    own: bool = False


class Expanded(msgspec.Struct, frozen=True, kw_only=True):
    """What a written prompt becomes.

    Attributes:
        prompts: one for each picture that was asked for.
        negative_prompt: with what the styles add.
        possible: how many different prompts it could become; `MOST_COUNTED` stands for that many or more.
    """

    prompts: tuple[str, ...]
    negative_prompt: str = ""
    possible: int = 1


MOST_COUNTED = 1_000_000
MOST_PARTS = 32  # that CLIP reads; of 75 tokens: some 1,700 words, far more than anybody draws from


class TokenCount(msgspec.Struct, frozen=True, kw_only=True):
    """How much a model's text encoder reads of a prompt; special tokens left out.

    Attributes:
        tokens: in the prompt.
        limit: what it reads at once; 0 where there is no limit.
        parts: how many pieces a longer prompt is read in, at most `MOST_PARTS`; 1 where the rest is cut off.
    """

    tokens: int
    limit: int = 0
    parts: int = 1

    @property
    def read(self) -> int:
        """Of the tokens, those that have an effect."""
        return min(self.tokens, self.limit * self.parts) if self.limit else self.tokens
