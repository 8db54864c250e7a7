"""Trains Scribe from scratch on conversations that its grammar writes; resumes where it stopped.

`python -m scribe.train --minutes 90`, from the folder above, runs on whatever torch finds, a CPU or a CUDA
device. Every batch is freshly written, from the seed and the number of times the run was resumed, so nothing
is seen twice. The learning rate falls by wall-clock time over the whole budget. Where the checkpoint is gone,
`--from` a shipped folder goes on from its weights, which count as half of the minutes.
"""

import argparse
import itertools
import json
import math
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from .conversation import Message, sample_conversation
from .copying import teach_copying
from .tokenizer import CONTEXT, load_tokenizer, train_tokenizer

IGNORED = -100
HELD_OUT = "held-out"


@dataclass(frozen=True)
class Recipe:
    """How Scribe is trained.

    Rates are peak values. `prompt_share` is the share of what the person says that is learned too;
    `memory` is the decay of the running average of the weights, which is what gets exported.
    """

    seed: int = 1
    hidden: int = 256
    layers: int = 4
    heads: int = 4
    feed_forward: int = 640
    rope_theta: float = 1e6
    batch_tokens: int = 2048
    pool: int = 256
    matrix_rate: float = 0.02
    vector_rate: float = 0.004
    warm_up_steps: int = 100
    prompt_share: float = 0.2
    memory: float = 0.995
    tokenizer_conversations: int = 40000


def main() -> None:
    """Train, or go on training, until the minutes are spent."""
    options = _options()
    torch.set_num_threads(options.threads)
    recipe = Recipe(seed=options.seed)
    options.folder.mkdir(parents=True, exist_ok=True)
    (options.folder / "train.pid").write_text(str(os.getpid()))
    if options.start:
        load_tokenizer(options.start).save_pretrained(options.folder)
    tokenizer = _tokenizer(options.folder, recipe)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(recipe.seed)
    model = build_model(recipe, len(tokenizer))
    nn.Module.to(model, device)
    trainer = Trainer(model, tokenizer, recipe, options.folder, options.minutes * 60)
    if options.start and not trainer.runs:
        trainer.begin(AutoModelForCausalLM.from_pretrained(options.start, local_files_only=True))
    if options.compile:
        model.model.compile(dynamic=True)
    trainer.run()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/scribe"), help="checkpoints and log")
    parser.add_argument("--minutes", type=float, default=90, help="training time, earlier runs counted in")
    parser.add_argument("--from", type=Path, dest="start", help="a shipped folder to go on from")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    parser.add_argument("--compile", action="store_true", help="twice as fast after minutes of compiling")
    return parser.parse_args()


def _tokenizer(folder: Path, recipe: Recipe) -> PreTrainedTokenizerFast:
    if not (folder / "tokenizer.json").exists():
        train_tokenizer(recipe.seed, recipe.tokenizer_conversations).save_pretrained(folder)
    return load_tokenizer(folder)


def build_model(recipe: Recipe, vocabulary: int) -> LlamaForCausalLM:
    """Return the untrained model, which can copy already and nothing else."""
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=recipe.hidden,
        intermediate_size=recipe.feed_forward,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.heads,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        attention_bias=True,
        rope_parameters={"rope_type": "default", "rope_theta": recipe.rope_theta},
        bos_token_id=None,
        eos_token_id=2,
        pad_token_id=0,
    )
    model: LlamaForCausalLM = cast(Any, AutoModelForCausalLM).from_config(config, attn_implementation="eager")
    teach_copying(model, recipe.rope_theta)
    return model


def encode(tokenizer: PreTrainedTokenizerFast, messages: list[Message]) -> tuple[list[int], list[bool]]:
    """Return token ids and, for each, whether the assistant says it (its end mark included)."""
    ids: list[int] = []
    spoken: list[bool] = []
    for message in messages:
        start = tokenizer.encode(f"<|start|>{message['role']}\n", add_special_tokens=False)
        body = tokenizer.encode(f"{message['content'].strip()}<|end|>", add_special_tokens=False)
        end = tokenizer.encode("\n", add_special_tokens=False)
        ids += start + body + end
        spoken += [False] * len(start) + [message["role"] == "assistant"] * len(body) + [False] * len(end)
    return ids[:CONTEXT], spoken[:CONTEXT]


@dataclass(frozen=True)
class Batch:
    """Token ids [rows, length], targets shifted left (IGNORED where nothing is learned), tokens in all."""

    ids: Tensor
    targets: Tensor
    tokens: int


def batches(tokenizer: PreTrainedTokenizerFast, recipe: Recipe, key: str) -> Iterator[Batch]:
    """Yield batches of whole conversations of like length, without end."""
    for number in itertools.count():
        rng = Random(f"{recipe.seed}/{key}/{number}")
        pool = [encode(tokenizer, sample_conversation(rng)) for _ in range(recipe.pool)]
        pool.sort(key=lambda item: len(item[0]))
        groups: list[list[tuple[list[int], list[bool]]]] = [[]]
        for item in pool:
            if len(item[0]) * (len(groups[-1]) + 1) > recipe.batch_tokens:
                groups.append([])
            groups[-1].append(item)
        rng.shuffle(groups)
        for group in groups:
            yield _pad(rng, group, recipe.prompt_share if key != HELD_OUT else 0.0)


def _pad(rng: Random, group: list[tuple[list[int], list[bool]]], prompt_share: float) -> Batch:
    length = max(len(ids) for ids, _ in group)
    ids = torch.zeros(len(group), length, dtype=torch.long)
    targets = torch.full((len(group), length), IGNORED, dtype=torch.long)
    for row, (tokens, spoken) in enumerate(group):
        learned = [
            t if own or rng.random() < prompt_share else IGNORED
            for t, own in zip(tokens, spoken, strict=True)
        ]
        ids[row, : len(tokens)] = torch.tensor(tokens)
        targets[row, : len(tokens) - 1] = torch.tensor(learned[1:])
    return Batch(ids, targets, sum(len(tokens) for tokens, _ in group))


def mean_loss(model: LlamaForCausalLM, batch: Batch) -> Tensor:
    """Return the mean loss over the learned targets; only their rows pass the output layer."""
    device = model.device
    learned = (batch.targets != IGNORED).flatten().to(device)
    states = model.model(input_ids=batch.ids.to(device), use_cache=False).last_hidden_state
    logits = model.lm_head(states.flatten(0, 1)[learned])
    return nn.functional.cross_entropy(logits.float(), batch.targets.flatten().to(device)[learned])


class Trainer:
    """One training run: the optimisers, the schedule, the averaged weights, the log and the checkpoint.

    The model computes in bfloat16; `parameters` are its weights in full precision, which the optimisers move.
    """

    def __init__(
        self,
        model: LlamaForCausalLM,
        tokenizer: PreTrainedTokenizerFast,
        recipe: Recipe,
        folder: Path,
        budget: float,
    ) -> None:
        self.model, self.tokenizer, self.recipe, self.folder, self.budget = (
            model,
            tokenizer,
            recipe,
            folder,
            budget,
        )
        self.parameters = [parameter.detach().clone() for parameter in model.parameters()]
        self.average = [parameter.clone() for parameter in self.parameters]
        names = [name for name, _ in model.named_parameters()]
        matrices = [
            p for name, p in zip(names, self.parameters, strict=True) if p.ndim == 2 and "embed" not in name
        ]
        others = [p for name, p in zip(names, self.parameters, strict=True) if p.ndim != 2 or "embed" in name]
        model.bfloat16()
        self.optimisers: tuple[torch.optim.Optimizer, ...] = (
            torch.optim.Muon(matrices, lr=recipe.matrix_rate, weight_decay=0.01),
            torch.optim.AdamW(others, lr=recipe.vector_rate, betas=(0.9, 0.98), weight_decay=0.0),
        )
        self.step, self.runs, self.spent, self.tokens = 0, 0, 0.0, 0
        self.stopped = False
        self._resume()

    def begin(self, shipped: nn.Module) -> None:
        """Start from finished weights, in the middle of the schedule."""
        for parameter, average, known in zip(
            self.parameters, self.average, shipped.parameters(), strict=True
        ):
            parameter.copy_(known.detach())
            average.copy_(parameter)
        self._load(self.parameters)
        self.spent = self.budget / 2

    def run(self) -> None:
        """Train until the budget is spent; log every 50 steps, save every 5 minutes and when told to stop."""
        source = batches(self.tokenizer, self.recipe, f"train/{self.runs}")
        began = time.monotonic() - self.spent
        saved = logged = time.monotonic()
        seen, total, counted = self.tokens, 0.0, 0
        signal.signal(signal.SIGTERM, self._stop)
        while self.spent < self.budget and not self.stopped:
            total, counted = total + self._train_step(next(source)), counted + 1
            self.spent = time.monotonic() - began
            if self.step % 50 == 0:
                self._log(total / counted, (self.tokens - seen) / (time.monotonic() - logged))
                total, counted, seen, logged = 0.0, 0, self.tokens, time.monotonic()
            if time.monotonic() - saved > 300:
                self._save()
                saved = time.monotonic()
        self._save()

    def _stop(self, *_: object) -> None:
        self.stopped = True

    def _train_step(self, batch: Batch) -> float:
        share = min(self.spent / self.budget, 1.0)
        scale = min((self.step + 1) / self.recipe.warm_up_steps, 1.0) * (
            0.02 + 0.49 * (1 + math.cos(math.pi * share))
        )
        rates = (self.recipe.matrix_rate, self.recipe.vector_rate)
        for optimiser, rate in zip(self.optimisers, rates, strict=True):
            for group in optimiser.param_groups:
                group["lr"] = rate * scale
        loss = mean_loss(self.model, batch)
        loss.backward()
        for parameter, computed in zip(self.parameters, self.model.parameters(), strict=True):
            assert computed.grad is not None
            parameter.grad = computed.grad.float()
            computed.grad = None
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self._load(self.parameters)
        self.step += 1
        self.tokens += batch.tokens
        memory = min(self.recipe.memory, self.step / (self.step + 10))
        for average, parameter in zip(self.average, self.parameters, strict=True):
            average.lerp_(parameter, 1 - memory)
        return float(loss.detach())

    def _log(self, loss: float, speed: float) -> None:
        line = {
            "step": self.step,
            "minutes": round(self.spent / 60, 1),
            "tokens": self.tokens,
            "loss": round(loss, 4),
        }
        if self.step % 500 == 0:
            line["held_out"] = round(self.evaluate(), 4)
        with (self.folder / "log.jsonl").open("a") as log:
            log.write(json.dumps(line | {"tokens_per_second": round(speed)}) + "\n")

    @torch.no_grad()
    def evaluate(self, count: int = 16) -> float:
        """Return the averaged weights' mean loss on what the assistant says in held-out batches."""
        source = batches(self.tokenizer, self.recipe, HELD_OUT)
        self._load(self.average)
        loss = sum(float(mean_loss(self.model, next(source)).detach()) for _ in range(count)) / count
        self._load(self.parameters)
        return loss

    def _load(self, values: list[Tensor]) -> None:
        with torch.no_grad():
            for computed, value in zip(self.model.parameters(), values, strict=True):
                computed.copy_(value)

    def _save(self) -> None:
        part = self.folder / "checkpoint.part"
        state = {
            "recipe": asdict(self.recipe),
            "parameters": self.parameters,
            "average": self.average,
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "progress": (self.step, self.runs + 1, self.spent, self.tokens),
        }
        torch.save(state, part)
        part.replace(self.folder / "checkpoint.pt")

    def _resume(self) -> None:
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        state = torch.load(path, weights_only=True, map_location=self.model.device)
        for parameter, value in zip(self.parameters, state["parameters"], strict=True):
            parameter.copy_(value)
        self._load(self.parameters)
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.average = state["average"]
        self.step, self.runs, self.spent, self.tokens = state["progress"]


if __name__ == "__main__":
    main()
