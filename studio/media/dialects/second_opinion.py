"""sd-parsers' reading, for what no dialect of ours knows."""

from typing import Any

from sd_parsers.data import PromptInfo
from sd_parsers.exceptions import ParserError
from sd_parsers.parsers import MANAGED_PARSERS

from studio.core.reading import Reading
from studio.core.recipe import Recipe
from studio.media.dialects.samplers import scheduler_of
from studio.media.dialects.texts import USER_COMMENT, Texts
from studio.media.dialects.values import (
    each_once,
    extra,
    impossible,
    items,
    number,
    seed,
    size,
    size_in,
    steps,
    table,
    words,
)

_NUMBERS = {"seed": seed, "steps": steps, "cfg_scale": number}
_LONGEST = 200_000  # characters: some parsers take seconds for a strange text of more


def read(texts: Texts) -> Reading | None:
    """Its parsers are called directly: ParserManager keeps JPEG comments by id(image), and ids come again."""
    known = {"parameters": texts[USER_COMMENT], **texts} if USER_COMMENT in texts else texts
    known = {key: text for key, text in known.items() if len(text) <= _LONGEST}
    for parser in MANAGED_PARSERS:
        try:
            found = _told(parser().parse(dict(known)), texts)
        except ParserError:
            continue
        except Exception:  # noqa: BLE001 - they index into whatever JSON the file holds
            continue
        if found.recipe.prompt or found.recipe.seed is not None:
            return found
    return None


def _told(found: PromptInfo, texts: Texts) -> Reading:
    metadata: dict[str, Any] = found.metadata
    sampler = found.samplers[0] if found.samplers else None
    values: dict[str, Any] = metadata | (sampler.parameters if sampler else {})
    scheduler, unknown = scheduler_of(str(sampler.name)) if sampler else (None, [])
    width, height = _size(metadata) or texts.size
    recipe = Recipe(
        tool=found.generator.value,
        prompt=_joined(found.prompts),
        negative_prompt=_joined(found.negative_prompts),
        model_name=", ".join(sorted(words(str(model), 200) for model in found.models)),
        seed=seed(values.get("seed")),
        width=width,
        height=height,
        num_inference_steps=steps(values.get("steps")),
        guidance_scale=number(values.get("cfg_scale")),
        scheduler=scheduler,
        extra=extra(metadata),
    )
    unread = each_once([*impossible(values, _NUMBERS), *unknown])
    return Reading(recipe=recipe, dialect=recipe.tool, unread=unread)


def _joined(prompts: list[Any]) -> str:
    return words(", ".join(str(prompt) for prompt in prompts))


def _size(metadata: dict[str, Any]) -> tuple[int, int] | None:
    latents = items(metadata.get("EmptyLatentImage"))
    node = table(latents[0]) if latents else metadata
    return size_in(metadata.get("Size", metadata.get("resolution"))) or size(
        node.get("width"), node.get("height")
    )
