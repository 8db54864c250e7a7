"""A plain script that writes text with transformers alone: what the studio is measured against.

python -m tests.bench.bare_text MODEL, where MODEL is a ModelSpec in JSON. Each line of standard input is an
order, each line of standard output its answer:

    {"text": …, "tokens": 200}    {"seconds": …, "tokens": …, "text": …}
"""

import json
import os
import sys
import time

import msgspec
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from studio.core.model import ModelSpec


def main() -> None:
    os.nice(10)  # as the worker is
    spec = msgspec.json.decode(sys.argv[1], type=ModelSpec)
    tokenizer = AutoTokenizer.from_pretrained(spec.path, local_files_only=True)
    # In 32 bits, as the studio computes on a processor.
    model = AutoModelForCausalLM.from_pretrained(spec.path, local_files_only=True, dtype=torch.float32).eval()
    for line in sys.stdin:
        order = json.loads(line)
        began = time.perf_counter()
        turns = [{"role": "user", "content": order["text"]}]
        read = tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        written = model.generate(**read, do_sample=False, max_new_tokens=order["tokens"])
        new = written[0, read["input_ids"].shape[1] :]
        text = tokenizer.decode(new, skip_special_tokens=True)
        seconds = time.perf_counter() - began
        print(json.dumps({"seconds": seconds, "tokens": len(new), "text": text}), flush=True)


if __name__ == "__main__":
    main()
