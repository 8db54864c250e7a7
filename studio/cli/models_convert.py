"""`studio models convert`: the tensors of a pickle as safetensors, by a process that may do little else."""

import argparse
import os
import subprocess
from pathlib import Path

import msgspec

from studio.catalog.inspect import inspect_model
from studio.cli.models_found import path_of
from studio.cli.output import DONE, Output
from studio.cli.usage import wrong_usage
from studio.core.errors import ModelError, NotFound, ProcessKilled, UnexpectedError, error_from
from studio.core.messages import Conversion, Converted, NotConverted
from studio.core.paths import Paths
from studio.engine.boot import convert_command, worker_environment
from studio.ui.figures import size
from studio.ui.i18n import plural, tr

ENDING = ".safetensors"
COMMAND = "studio models convert"


def convert(args: argparse.Namespace, _: Paths, output: Output) -> int:
    """Raises NotFound, WrongUsage, PickleRefused, ModelUnreadable, ModelUnsupported, FileUnwritable,
    ProcessKilled."""
    source = path_of(args.pickle)
    if not os.path.isfile(source):
        raise NotFound(name=args.pickle)
    if source.suffix.lower() in (ENDING, ".gguf"):
        raise wrong_usage(tr("Not a pickle: {name} can be used as it is", name=source.name), COMMAND)
    target = path_of(args.output) if args.output else source.with_suffix(ENDING)
    if target.suffix.lower() != ENDING:
        raise wrong_usage(tr("A converted file has to end in .safetensors"), COMMAND)
    output.progress(tr("Converting {name}", name=source.name))
    done = _convert(source, target)
    amount = f"{plural(done.tensors, '{n} tensor', '{n} tensors')}, {size(done.size_bytes)}"
    kind = _kind(target)
    answer = {
        "state": "done",
        "path": str(target),
        "tensors": done.tensors,
        "bytes": done.size_bytes,
        "kind": kind,
    }
    output.result(answer, [f"{target}: {', '.join(filter(None, (kind, amount)))}"])
    return DONE


def _convert(source: Path, target: Path) -> Converted:
    command = convert_command(str(source), str(target))
    part = target.with_name(target.name + ".part")
    reader, writer = os.pipe()  # it ends when this process does, however that is
    try:
        done = subprocess.run(
            command, env=worker_environment(), stdin=reader, capture_output=True, check=False
        )
    except KeyboardInterrupt:
        part.unlink(missing_ok=True)  # it was killed over it
        raise
    finally:
        os.close(reader)
        os.close(writer)
    if done.returncode < 0:
        part.unlink(missing_ok=True)
        raise ProcessKilled(signal=-done.returncode)
    try:
        said = msgspec.json.decode(done.stdout, type=Conversion)
    except msgspec.DecodeError as error:
        words = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise UnexpectedError(detail=words or f"exit code {done.returncode}") from error
    if isinstance(said, NotConverted):
        raise error_from(said.code, said.params)
    return said


def _kind(file: Path) -> str:
    """What the tensors make; empty where the studio knows no use for them."""
    try:
        return inspect_model(file).kind
    except ModelError:
        return ""
