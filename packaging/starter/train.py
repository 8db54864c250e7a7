"""Trains the starter picture model from nothing and writes it to `resources/starter/postcards`.

One command, seeded; stop it at any time and the same command goes on from the last checkpoint. On a machine
with few cores the phases may run side by side: the denoiser needs the prompt phase and the components only.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import autoencoder
import denoiser
import export
import prompt
import torch

HERE = Path(__file__).resolve().parent
PHASES = ("components", "prompt", "autoencoder", "denoiser", "export")


def main() -> None:
    options = _options()
    if options.threads:
        torch.set_num_threads(options.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    options.work.mkdir(parents=True, exist_ok=True)
    for phase in options.only or PHASES:
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
            prompt.train(work, device, tokenizer, options.prompt_steps, 64, seed)
        case "autoencoder":
            parts = autoencoder.Components.load(work)
            autoencoder.train(work, device, parts, options.autoencoder_steps, 8, seed)
        case "denoiser":
            tokenizer, reader = prompt.trained(work)
            parts = autoencoder.Components.load(work)
            denoiser.train(
                work, device, tokenizer, reader.text_encoder, parts, options.denoiser_steps, 16, seed
            )
        case _:
            export.write(work, options.out)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path.home() / ".cache" / "atelier-starter")
    parser.add_argument("--out", type=Path, default=HERE.parents[1] / "resources" / "starter" / "postcards")
    parser.add_argument("--only", choices=PHASES, action="append", help="one phase; may be given again")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="torch's threads; its own choice without")
    parser.add_argument("--prompt-steps", type=int, default=1200)
    parser.add_argument("--autoencoder-steps", type=int, default=2600)
    parser.add_argument("--denoiser-steps", type=int, default=8000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
