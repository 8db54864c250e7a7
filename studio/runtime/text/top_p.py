"""Top-p without sorting the whole vocabulary for every token: the likeliest are nearly always enough."""

import torch
from transformers import LogitsProcessor, TopPLogitsWarper

LIKELIEST = (512, 8192)  # how many are looked at, before all are sorted
# So many times what is needed, if all were as likely as the likeliest, they must have to be worth a look.
SPARE = 16
# Sums made in another order differ by less. A border that is no clearer is left to the sort.
CLOSE = 1e-6


class TopP(LogitsProcessor):
    """Keeps the tokens that `TopPLogitsWarper` keeps: the fewest likeliest that together have `top_p`."""

    def __init__(self, top_p: float) -> None:
        self._top_p = top_p
        self._whole = TopPLogitsWarper(top_p)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """`scores`: [rows, vocabulary]."""
        sums = scores.double().logsumexp(-1, keepdim=True)
        likeliest = float((scores.amax(-1, keepdim=True) - sums).min().exp())
        for count in LIKELIEST:
            if count >= scores.shape[-1]:
                break
            if count * likeliest < SPARE * self._top_p:
                continue
            best = scores.topk(count).values
            reached = (best.double() - sums).exp().cumsum(-1)
            least = self._least(best, reached)
            if least is not None:
                return scores.masked_fill(scores < least, float("-inf"))
            if bool((reached[:, -1] < self._top_p / 2).any()):
                break
        return self._whole(input_ids, scores)

    def _least(self, best: torch.Tensor, reached: torch.Tensor) -> torch.Tensor | None:
        """The lowest score that is kept in each row, [rows, 1]; None where these do not tell.

        `best`: [rows, count], the highest first; `reached`: [rows, count], what is reached with each.
        """
        last = (reached < self._top_p - CLOSE).sum(-1, keepdim=True)  # the first that is not below
        if bool((last >= best.shape[-1] - 1).any()):
            return None
        least = best.gather(-1, last)
        # Of tokens that are alike, the sort keeps some.
        unclear = (reached.gather(-1, last) < self._top_p + CLOSE) | (best.gather(-1, last + 1) == least)
        return None if bool(unclear.any()) else least
