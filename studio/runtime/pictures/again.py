"""A picture made once more, pixel for pixel, under the record that it was made with."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import torch

from studio.core.differences import execution_differences
from studio.core.jobs import MAX_SEED, GenerateImages
from studio.core.recipe import Execution
from studio.runtime.desk import Desk
from studio.runtime.pictures.channels import laid_as
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.safer import as_then


def with_companions(job: GenerateImages, then: Execution) -> GenerateImages:
    """The picture at its place in a batch as large as it was made in: how many are computed together changes
    the last bits of each. What the others are changes nothing, so they take the seeds around it."""
    return msgspec.structs.replace(
        job, seed=(job.seed - then.place) & MAX_SEED, num_images=then.batch, first=0
    )


@contextmanager
def as_recorded(loaded: LoadedPipeline, then: Execution) -> Iterator[None]:
    """For the time of a job, as many threads and the same layout of weights as then, for they decide in which
    order sums are taken; and the precision that the model had to go over to."""
    as_then(loaded, then)
    before = torch.get_num_threads()
    if then.threads and loaded.device.type == "cpu":
        torch.set_num_threads(then.threads)
    try:
        with laid_as(loaded, then.options):
            yield
    finally:
        if torch.get_num_threads() != before:
            torch.set_num_threads(before)


def tell_differences(job: GenerateImages, now: Execution, desk: Desk) -> None:
    """What is otherwise than when the picture was made, each as a note."""
    if job.again is None:
        return
    now = msgspec.structs.replace(now, model=job.model.fingerprint)
    for one in execution_differences(job.again, now):
        desk.note("made_differently", what=one.what, then=one.then, now=one.now)
