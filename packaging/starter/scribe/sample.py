"""Prints Scribe's answers to the questions in `texts/questions.toml`, for a person to read, and its speed."""

import argparse
import time
import tomllib
from pathlib import Path

import torch
from export import RESOURCES
from transformers import AutoModelForCausalLM, AutoTokenizer

QUESTIONS = Path(__file__).parent / "texts" / "questions.toml"


def main() -> None:
    """Answer every question, then tell how many tokens a second that took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=RESOURCES)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    tokenizer = AutoTokenizer.from_pretrained(options.model, local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(options.model, local_files_only=True, dtype=torch.float32)
    tokens, began = 0, time.monotonic()
    for turns in tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))["conversations"]:
        messages: list[dict[str, str]] = []
        for turn in turns:
            messages.append({"role": "user", "content": turn})
            inputs = tokenizer.apply_chat_template(
                messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
            )
            output = model.generate(**inputs)[0, inputs["input_ids"].shape[1] :]
            tokens += len(output)
            messages.append(
                {"role": "assistant", "content": tokenizer.decode(output, skip_special_tokens=True)}
            )
            print(f"> {turn}\n{messages[-1]['content']}\n")
    speed = tokens / (time.monotonic() - began)
    print(f"{speed:.0f} tokens per second on {options.threads} threads")


if __name__ == "__main__":
    main()
