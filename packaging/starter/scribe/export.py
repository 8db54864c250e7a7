"""Writes the trained Scribe as a transformers folder: `python -m scribe.export build/scribe`."""

import argparse
from pathlib import Path

import torch
from transformers import GenerationConfig

from .tokenizer import load_tokenizer
from .train import Recipe, build_model

RESOURCES = Path(__file__).resolve().parents[3] / "resources" / "starter" / "scribe"


def main() -> None:
    """Export the averaged weights of a training folder's checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the training folder")
    parser.add_argument("--to", type=Path, default=RESOURCES)
    options = parser.parse_args()
    export(options.folder, options.to)


def export(folder: Path, target: Path) -> None:
    """Save model (fp16 safetensors), configs and tokenizer from `folder` into `target`."""
    state = torch.load(folder / "checkpoint.pt", weights_only=True, map_location="cpu")
    tokenizer = load_tokenizer(folder)
    model = build_model(Recipe(**state["recipe"]), len(tokenizer))
    with torch.no_grad():
        for parameter, average in zip(model.parameters(), state["average"], strict=True):
            parameter.copy_(average)
    model.generation_config = GenerationConfig(
        do_sample=True,
        temperature=0.5,
        top_p=0.9,
        repetition_penalty=1.0,
        max_new_tokens=400,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model.half().save_pretrained(target)
    tokenizer.save_pretrained(target)


if __name__ == "__main__":
    main()
