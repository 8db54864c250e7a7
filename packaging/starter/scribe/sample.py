"""Prints Scribe's answers to the questions in `texts/questions.toml`, for a person to read."""

import argparse
import tomllib
from pathlib import Path

import torch

from .conversation import Message
from .export import RESOURCES
from .writer import Writer

QUESTIONS = Path(__file__).parent / "texts" / "questions.toml"


def main() -> None:
    """Answer every question, turn by turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=RESOURCES)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    writer = Writer.load(options.model)
    for turns in tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))["conversations"]:
        messages: list[Message] = []
        for turn in turns:
            messages.append({"role": "user", "content": turn})
            (answer,) = writer.answers([messages], sample=True)
            messages.append({"role": "assistant", "content": answer})
            print(f"> {turn}\n{answer}\n", flush=True)


if __name__ == "__main__":
    main()
