"""Prints as JSON which devices models could run on; for `studio doctor`."""

import sys

import msgspec
import torch  # noqa: F401 - `devices` looks only at what is imported

from studio.runtime.devices import devices

if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode({"devices": devices()}).decode())
