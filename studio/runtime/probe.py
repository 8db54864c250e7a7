"""Prints as JSON which devices models could run on, for whoever must not import torch."""

import sys

import msgspec
import torch  # noqa: F401 - `devices` looks only at what is imported

from studio.core.messages import Probe
from studio.runtime.devices import devices

if __name__ == "__main__":
    sys.stdout.write(f"\n{msgspec.json.encode(Probe(devices=devices())).decode()}\n")
