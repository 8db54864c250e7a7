"""Trains the starter picture model and writes it to `resources/starter/postcards`.

One command, seeded; stop it at any time and the same command goes on from the last checkpoint. On a machine
with few cores the phases may run side by side: the denoiser needs the prompt phase and the components only.
Where the checkpoints are gone, `--from` a shipped folder goes on from its weights: `rewording` takes the
place of the prompt phase, and its decoder is sharpened on; `--minutes` ends each phase by the clock.
"""

from __future__ import annotations

import argparse
import math
import os
import socket
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
socket.has_ipv6 = False  # else urllib3, when imported, opens a network socket to see if it can

import autoencoder
import denoiser
import export
import prompt
import rewording
import sharpening
import shipped
import torch
from checkpoint import Plan

HERE = Path(__file__).resolve().parent
PHASES = ("components", "prompt", "autoencoder", "denoiser", "sharpening", "export")
LATER = ("rewording", "denoiser", "sharpening", "export")  # what a model that has been shipped goes on with


def main() -> None:
    options = _options()
    if options.threads:
        torch.set_num_threads(options.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    options.work.mkdir(parents=True, exist_ok=True)
    if options.start:
        shipped.unpack(options.start, options.work)
    for phase in options.only or (LATER if options.start else PHASES):
        run(phase, options, device)


def run(phase: str, options: argparse.Namespace, device: torch.device) -> None:
    """One phase, from its last checkpoint to its end."""
    work, seed = options.work, options.seed
    match phase:
        case "components":
            if not (work / "components.safetensors").exists():
                autoencoder.Components.fit(seed).save(work)
        case "prompt":
            if not (work / "tokenizer").exists():
                prompt.build_tokenizer(seed).save_pretrained(work / "tokenizer")
            tokenizer = prompt.CLIPTokenizer.from_pretrained(work / "tokenizer")
            prompt.train(work, device, tokenizer, Plan(options.prompt_steps, options.minutes), 64, seed)
        case "rewording":
            rewording.train(work, device, Plan(options.prompt_steps, options.minutes), 32, seed)
        case "autoencoder":
            parts = autoencoder.Components.load(work)
            autoencoder.train(work, device, parts, Plan(options.autoencoder_steps, options.minutes), 8, seed)
        case "sharpening":
            parts = autoencoder.Components.load(work)
            sharpening.train(work, device, parts, Plan(options.sharpening_steps, options.minutes), 2, seed)
        case "denoiser":
            reading = prompt.trained(work)
            parts = autoencoder.Components.load(work)
            plan = Plan(options.denoiser_steps, options.minutes)
            denoiser.train(work, device, *reading, parts, plan, 32, seed)
        case _:
            export.write(work, options.out)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path.home() / ".cache" / "atelier-starter")
    parser.add_argument("--out", type=Path, default=HERE.parents[1] / "resources" / "starter" / "postcards")
    parser.add_argument(
        "--from", type=Path, dest="start", help="a shipped folder to fill an empty --work from"
    )
    parser.add_argument(
        "--only", choices=sorted({*PHASES, *LATER}), action="append", help="one phase; may be given again"
    )
    parser.add_argument("--seed", type=int, default=0, help="another one draws other pictures")
    parser.add_argument("--threads", type=int, default=0, help="torch's threads; its own choice without")
    parser.add_argument("--prompt-steps", type=int, default=1200)
    parser.add_argument("--autoencoder-steps", type=int, default=2600)
    parser.add_argument("--sharpening-steps", type=int, default=2000)
    parser.add_argument("--denoiser-steps", type=int, default=8000)
    parser.add_argument("--minutes", type=float, default=math.inf, help="end each phase after so long")
    options = parser.parse_args()
    if options.start and "prompt" in (options.only or ()):
        parser.error("the prompt phase cannot go on from shipped weights: they lack its answers")
    return options


if __name__ == "__main__":
    main()
