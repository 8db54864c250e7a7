"""Which picture of a job's place counts, and which pictures are still to be made.

What is stopped in its second pass is there as the first one made it, and is made once more when its job goes
on. From then on two pictures have one place: the finished one counts, and the other is one of the gallery.
"""

from collections.abc import Iterable

from studio.core.jobs import GenerateImages, JobState
from studio.core.recipe import Recipe
from studio.core.records import Asset, JobRecord


def is_finished(recipe: Recipe, job: GenerateImages) -> bool:
    """Whether the picture is as its job asked for it."""
    return job.second_pass is None or recipe.second_pass is not None


def unmade(job: GenerateImages, made: Iterable[Recipe]) -> list[int]:
    """The pictures that are to be made and are not there as they were asked for; `made` are all that are."""
    there = {recipe.index for recipe in made if is_finished(recipe, job)}
    return [index for index in job.indices if index not in there]


def outranks(one: Asset, other: Asset) -> bool:
    """Whether this one counts of two pictures of one place, or is the other one as it is now: what was
    painted over before what was not, then the newer (ids are UUIDv7)."""
    return _rank(one) >= _rank(other)


def is_left_over(asset: Asset, job: GenerateImages) -> bool:
    """Whether its place was filled later, by a picture that is erased: it does not come back for that one."""
    return not is_finished(asset.recipe, job) and asset.recipe.index not in job.indices


def is_half(asset: Asset, record: JobRecord) -> bool:
    """Whether the picture is only what the first pass made, and its job has to make it once more, now or when
    it goes on. What failed in its second pass is finished as long as its job goes its way."""
    job = record.job
    if record.state is JobState.DONE or not isinstance(job, GenerateImages) or is_finished(asset.recipe, job):
        return False
    return record.state.ended or record.started is None or asset.created < record.started


def _rank(asset: Asset) -> tuple[bool, str]:
    return asset.recipe.second_pass is not None, asset.id
