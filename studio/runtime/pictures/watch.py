"""A pipeline followed from outside: its phases, steps, previews and stops, whatever its own callbacks are.

Some pipelines have the new callback, some the old one, some none, and none of them while text is encoded or
pictures are decoded. What all of them do is call `set_timesteps` and `step` of a scheduler and `decode` of an
autoencoder, so those are wrapped on the instances for the time of a call, and blocks get stop hooks.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from diffusers import SchedulerMixin
from torch import nn

from studio.core.errors import ModelProducedNothing
from studio.core.messages import Stage
from studio.runtime.cancel import block_hooks
from studio.runtime.desk import Desk
from studio.runtime.pictures.previews import Previewer
from studio.runtime.pictures.siblings import fills, paints_over
from studio.runtime.pictures.wraps import pipelines_inside, wrapped


class Watch:
    """What is seen of one call of a pipeline.

    Attributes:
        first, count: the batch's first picture and how many are made together.
        previewer: None where no previews are wanted or possible.
        before, to_come: steps of other calls for the same pictures, which count as one way with these.
        steps: how often the scheduler has stepped.
        seconds: that all steps took.
        step_seconds: that each step after the first took, on average: the first has in it what happens once.
            None where there was no other.
    """

    def __init__(
        self,
        desk: Desk,
        name: str,
        first: int,
        count: int,
        previewer: Previewer | None,
        before: int = 0,
        to_come: int = 0,
    ) -> None:
        self.desk = desk
        self.name = name
        self.first = first
        self.count = count
        self.previewer = previewer
        self.before = before
        self.to_come = to_come
        self.steps = 0
        self.seconds = 0.0
        self.step_seconds: float | None = None
        self._total = self._before_these = 0
        self._shortens = False
        self._began = self._first_ended = time.monotonic()

    @contextmanager
    def over(self, pipe: Any) -> Iterator[None]:
        """While open, the pipeline reports here and stops within a block."""
        parts = pipe.components.values()
        self.desk.phase(Stage.ENCODING, 0, 0, self.first, self.count)
        with ExitStack() as stack:
            for one in (pipe, *pipelines_inside(pipe)):
                if hasattr(one, "get_timesteps") and (paints_over(type(one)) or fills(type(one))):
                    self._shortens = True
                    stack.enter_context(wrapped(one, "get_timesteps", self._shortened))
            for part in parts:
                if isinstance(part, nn.Module):
                    stack.enter_context(block_hooks(part, self.desk))
                if isinstance(part, SchedulerMixin):
                    stack.enter_context(wrapped(part, "set_timesteps", self._timed))
                    stack.enter_context(wrapped(part, "step", self._stepped))
                elif hasattr(part, "decode") and isinstance(part, nn.Module):
                    stack.enter_context(wrapped(part, "decode", self._decoded))
            yield

    def _timed(self, original: Callable[..., None], *args: Any, **kwargs: Any) -> None:
        """`set_timesteps`: the text is encoded, the denoiser comes next."""
        original(*args, **kwargs)
        self._before_these = self.steps
        self._total = self.steps + len(original.__self__.timesteps)
        self._began = time.monotonic()
        if not self._shortens:  # else it is not known yet how many of them are left
            self._say()

    def _shortened(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """`get_timesteps` of what paints over a picture: the steps that are left, and their number."""
        made = original(*args, **kwargs)
        self._total = self.steps + len(made[0])
        self._say()
        return made

    def _stepped(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """`step(model_output, timestep, sample)`: one more of them is done."""
        made = original(*args, **kwargs)
        self.steps += 1
        since = self.steps - self._before_these
        if since == 1 or self.steps == self._total:
            _wait_for(_first(made))
        began, self._began = self._began, time.monotonic()
        if since == 1:
            self._first_ended = self._began
        elif self.steps == self._total:
            self.step_seconds = (self._began - self._first_ended) / (since - 1)
        self.seconds += self._began - began
        self.desk.measure(denoise_seconds=self._began - began, steps=1)
        self._say()
        if self.steps == self._total:
            self._check_numbers(_first(made))
        elif self.previewer:
            self.previewer.show(_predicted(original.__self__, made, args, kwargs), self.steps)
        return made

    def _decoded(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.desk.phase(Stage.DECODING, 0, self.count, self.first, self.count)
        with self.desk.timed("decode_seconds"):
            made = original(*args, **kwargs)
        self._check_numbers(made.sample if hasattr(made, "sample") else _first(made))
        return made

    def _say(self) -> None:
        done, total = self.before + self.steps, self.before + max(self._total, self.steps) + self.to_come
        self.desk.phase(Stage.DENOISING, done, total, self.first, self.count)

    def _check_numbers(self, made: torch.Tensor) -> None:
        """Broken weights give a black picture and no error."""
        if not torch.isfinite(made).all():
            raise ModelProducedNothing(model=self.name)


def _wait_for(made: torch.Tensor) -> None:
    """Until an accelerator, which is only told what to do, has done all of it."""
    if made.device.type != "cpu":
        torch.accelerator.synchronize(made.device)


def _first(made: Any) -> torch.Tensor:
    """The previous sample or the decoded one, from a tuple or a named output."""
    return made[0]


def _predicted(scheduler: Any, made: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.Tensor:
    """The finished latents as the scheduler sees them now, else the noisy ones after this step."""
    if len(made) > 1 and torch.is_tensor(made[1]):
        return made[1]  # pred_original_sample (DDIM, Euler and its kin) or denoised (LCM)
    config = scheduler.config  # which keeps what the scheduler had that it was made of, such as its algorithm
    known = getattr(scheduler, "model_outputs", None)
    if (
        known
        and torch.is_tensor(known[-1])
        and (str(config.get("algorithm_type")).endswith("dpmsolver++") or config.get("predict_x0"))
    ):
        return known[-1]
    if type(scheduler).__name__.startswith("FlowMatchEuler"):
        # Flow matching predicts a velocity: x₀ = x − σ·v (arXiv 2209.03003, as in the scheduler's `step`).
        output, sample = (
            args[0] if args else kwargs["model_output"],
            args[2] if len(args) > 2 else kwargs["sample"],
        )
        sigma = scheduler.sigmas[scheduler.step_index - 1]
        return sample.float() - sigma.to(sample.device) * output.float()
    return made[0]
