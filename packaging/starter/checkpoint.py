"""One training's optimiser, moving average, log and checkpoint, so that it can stop and go on at any time."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file, save_file
from torch import nn

SAVE_EVERY = 120.0  # seconds


class Plan(NamedTuple):
    """When a training ends: after so many updates or minutes, whichever comes first."""

    steps: int
    minutes: float = math.inf


class Training:
    """AdamW with warm-up, a steady rate and a falling last quarter; averaged weights; regular saving.

    Beside the checkpoint in `work` lie the process's id (`<name>.pid`) and the log (`<name>.log`).

    Attributes:
        step: how many updates the weights have seen, over all runs.
        seconds: how long these took. A process that was stopped by a signal goes on counting, so that a
            plan in minutes ends when it was to end.
    """

    def __init__(
        self, name: str, work: Path, model: nn.Module, plan: Plan, *, rate: float, ema_decay: float
    ) -> None:
        self.name, self.work, self.model = name, work, model
        self.plan, self.rate, self.ema_decay = plan, rate, ema_decay
        self.optimiser = torch.optim.AdamW(
            model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )
        self.ema = {key: value.detach().clone() for key, value in model.state_dict().items()}
        self.step, self.seconds = 0, 0.0
        self._grown = False
        self._loss, self._counted = 0.0, 0
        self._saved = self._updated = time.monotonic()
        work.mkdir(parents=True, exist_ok=True)
        (work / f"{name}.pid").write_text(str(os.getpid()))
        if self._path("model").exists():
            self._resume()
        elif self._path("mean").exists():
            self._begin()

    @property
    def share(self) -> float:
        """How much of the plan is done, 0 to 1, by updates or by time, whichever is further."""
        return min(1.0, max(self.step / self.plan.steps, self.seconds / (60 * self.plan.minutes)))

    def advance(self, loss: torch.Tensor) -> None:
        """One update from a loss; logs every 50 updates and saves every two minutes and at the end."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate * self._pace()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        now = time.monotonic()
        self.seconds, self._updated = self.seconds + now - self._updated, now
        self._average()
        self._loss, self._counted = self._loss + loss.item(), self._counted + 1
        if self.step % 50 == 0:
            self._log()
        if now - self._saved > SAVE_EVERY or self.share == 1:
            self.save()

    def save(self) -> None:
        save_file({k: v.contiguous() for k, v in self.model.state_dict().items()}, self._path("model.new"))
        save_file({k: v.contiguous() for k, v in self.ema.items()}, self._path("mean.new"))
        moments = self.optimiser.state_dict()["state"]
        flat = {f"{i}.{k}": v.contiguous() for i, state in moments.items() for k, v in state.items()}
        done = {
            "step": torch.tensor(self.step),
            "seconds": torch.tensor(self.seconds),
            "grown": torch.tensor(self._grown),
        }
        save_file(flat | done, self._path("optimiser.new"))
        for part in ("mean", "optimiser", "model"):
            self._path(f"{part}.new").replace(self._path(part))
        self._saved = time.monotonic()

    def _resume(self) -> None:
        self.model.load_state_dict(load_file(self._path("model")))
        kept = load_file(self._path("mean"))
        self.ema = {key: kept[key].to(value.device) for key, value in self.ema.items()}
        flat = load_file(self._path("optimiser"))
        self.step, self.seconds = int(flat.pop("step")), float(flat.pop("seconds"))
        self._grown = bool(flat.pop("grown", False))
        state: dict[int, dict[str, torch.Tensor]] = {}
        for key, value in flat.items():
            index, part = key.split(".")
            state.setdefault(int(index), {})[part] = value
        whole = self.optimiser.state_dict()
        self.optimiser.load_state_dict({"state": state, "param_groups": whole["param_groups"]})

    def _begin(self) -> None:
        """Start from averaged weights alone: the first update, but not from nothing."""
        kept = averaged(self.name, self.work)
        self.model.load_state_dict(kept)
        self.ema = {key: kept[key].to(value.device) for key, value in self.ema.items()}
        self._grown = True

    def _pace(self) -> float:
        """The share of the full rate: 100 updates up, steady, the last quarter down to a hundredth."""
        return max(0.01, min(1.0, (self.step + 1) / 100, (1 - self.share) / 0.25))

    @torch.no_grad()
    def _average(self) -> None:
        """Take the new weights into the mean, more of them early on unless the old ones were good already."""
        decay = self.ema_decay if self._grown else min(self.ema_decay, (1 + self.step) / (10 + self.step))
        for key, value in self.model.state_dict().items():
            self.ema[key].lerp_(value, 1 - decay)

    def _log(self) -> None:
        mean = self._loss / self._counted
        line = f"{self.name} step {self.step} ({self.share:.1%}) loss {mean:.4f} {self.seconds / 60:.1f} min"
        self._loss, self._counted = 0.0, 0
        with (self.work / f"{self.name}.log").open("a") as log:
            log.write(line + "\n")

    def _path(self, part: str) -> Path:
        return self.work / f"{self.name}.{part}.safetensors"


def begin(name: str, work: Path, weights: dict[str, torch.Tensor]) -> None:
    """Lay down averaged weights for a training that has no checkpoint in `work` yet."""
    work.mkdir(parents=True, exist_ok=True)
    save_file({key: value.contiguous() for key, value in weights.items()}, work / f"{name}.mean.safetensors")


def averaged(name: str, work: Path) -> dict[str, torch.Tensor]:
    """The averaged weights of a training's last checkpoint."""
    return load_file(work / f"{name}.mean.safetensors")
