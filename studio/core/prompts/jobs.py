"""From a job with its prompt as a person wrote it to one that a worker can do."""

from collections.abc import Sequence

import msgspec

from studio.core.errors import PromptDrawnEmpty
from studio.core.job_checks import MAX_CELLS
from studio.core.jobs import GenerateImages
from studio.core.model import Lora, ModelSpec
from studio.core.prompts.alternatives import expand
from studio.core.prompts.lora_tags import called_loras, without_tags
from studio.core.prompts.styles import named, no_style
from studio.core.prompts.wildcards import Wildcards
from studio.core.prompts.written import Style
from studio.core.sheets import Shot

_SHOWN = 60  # characters of a prompt in a sentence


def written(
    job: GenerateImages,
    styles: Sequence[Style],
    wildcards: Wildcards,
    models: Sequence[ModelSpec],
) -> GenerateImages:
    """The job with its prompt expanded, once for each picture, and the LoRAs that it calls laid over it.

    `prompt` is as it was written, and `styles` names some; `template` keeps what was written where anything
    became of it. Pictures get shots where their prompts or LoRAs differ. A job that has shots already, as
    the cells of a sheet, has its prompts expanded once, by the job's seed, so that cells stay comparable.

    Args:
        styles, wildcards, models: all that there are.
    Raises what `expand` raises, PromptDrawnEmpty, StyleMissing, StyleNotFound, and what `lora_called` raises.
    """
    chosen = tuple(_style(styles, name) for name in job.styles)
    count = 1 if job.shots else max(1, min(job.num_images, MAX_CELLS))
    expanded = expand(job.prompt, chosen, job.negative_prompt, wildcards, count, job.seed)
    if job.prompt.strip() and not all(prompt.strip() for prompt in expanded.prompts):
        raise PromptDrawnEmpty(prompt=job.prompt.strip()[:_SHOWN])
    made = [_made(prompt, job.loras, models) for prompt in expanded.prompts]
    prompt, loras = made[0]
    shots = job.shots
    if shots:
        shots = tuple(_shot(job, loras, one, chosen, wildcards, models) for one in shots)
    elif any(one != made[0] for one in made):
        shots = tuple(_differing(one, made[0]) for one in made)
    changed = prompt != job.prompt or shots != job.shots
    return msgspec.structs.replace(
        job,
        prompt=prompt,
        negative_prompt=expanded.negative_prompt,
        template=job.prompt if changed else job.template,
        styles=tuple(style.name for style in chosen),
        loras=loras,
        shots=shots,
    )


def _style(styles: Sequence[Style], name: str) -> Style:
    if found := named(styles, name):
        return found
    raise no_style(name, styles)


def _made(prompt: str, loras: tuple[Lora, ...], models: Sequence[ModelSpec]) -> tuple[str, tuple[Lora, ...]]:
    """The words alone, and the LoRAs with those that the words called."""
    words, tags = without_tags(prompt)
    called = called_loras(tags, models)
    ids = {lora.id for lora in called}
    return words, tuple(lora for lora in loras if lora.id not in ids) + called


def _differing(one: tuple[str, tuple[Lora, ...]], first: tuple[str, tuple[Lora, ...]]) -> Shot:
    return Shot(prompt=one[0] if one[0] != first[0] else None, loras=one[1] if one[1] != first[1] else None)


def _shot(
    job: GenerateImages,
    common: tuple[Lora, ...],
    shot: Shot,
    styles: Sequence[Style],
    wildcards: Wildcards,
    models: Sequence[ModelSpec],
) -> Shot:
    """A shot with what its own prompt, or the job's beside its own LoRAs, becomes; `common` are the LoRAs
    that the job will have with those that its prompt calls."""
    if shot.prompt is None and shot.loras is None:
        return shot
    text = job.prompt if shot.prompt is None else shot.prompt
    expanded = expand(text, styles, "", wildcards, 1, job.seed)
    own = job.loras if shot.loras is None else shot.loras
    prompt, loras = _made(expanded.prompts[0], own, models)
    return msgspec.structs.replace(
        shot,
        prompt=None if shot.prompt is None else prompt,
        loras=loras if shot.loras is not None or loras != common else None,
    )
