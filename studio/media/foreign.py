"""Recipes that other tools wrote into their pictures, read through sd-parsers."""

import re
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngImageFile
from sd_parsers.data import PromptInfo
from sd_parsers.exceptions import ParserError
from sd_parsers.parsers import MANAGED_PARSERS

from studio.core.jobs import MAX_SEED, PROMPT_LIMIT, clean_text
from studio.core.recipe import Recipe
from studio.media.pictures import TEXT_LIMIT

_EXTRA_LIMIT = 40
_EXTRA_VALUE_LIMIT = 400
_EXIF_IFD, _USER_COMMENT = 0x8769, 0x9286


def recipe_of_another_tool(image: Image.Image) -> Recipe | None:
    """What A1111, ComfyUI, Fooocus, InvokeAI or NovelAI left in an opened picture, or None."""
    if isinstance(image, PngImageFile):
        return _parsed(image, image.info) or _parsed(image, image.text)  # `text` reads on behind the pixels
    return _parsed(image, {"parameters": _user_comment(image)})


def _parsed(image: Image.Image, info: dict[Any, Any]) -> Recipe | None:
    # The parsers are called directly: ParserManager keeps JPEG comments by id(image), which is used again.
    texts = {str(key): str(text) for key, text in info.items() if isinstance(text, str)}
    texts = {key: text for key, text in texts.items() if len(text) <= TEXT_LIMIT}
    for parser in MANAGED_PARSERS:
        try:
            return _recipe(parser().parse(dict(texts)), image)
        except ParserError:
            continue
        except Exception:  # noqa: BLE001 - the parsers index into whatever JSON the file holds, and so do we
            continue
    return None


def _user_comment(image: Image.Image) -> str:
    """The EXIF comment, where A1111 and Fooocus put the text in JPEG and WebP: 8 bytes name its encoding."""
    comment = image.getexif().get_ifd(_EXIF_IFD).get(_USER_COMMENT, b"")
    if not isinstance(comment, bytes):
        return str(comment)
    return comment[8:].decode("utf-16-be" if comment.startswith(b"UNICODE") else "utf-8", "replace")


def _recipe(found: PromptInfo, image: Image.Image) -> Recipe:
    metadata: dict[str, Any] = found.metadata
    sampler = found.samplers[0] if found.samplers else None
    values: dict[str, Any] = metadata | (sampler.parameters if sampler else {})
    width, height = _size(metadata) or image.size
    return Recipe(
        tool=found.generator.value,
        prompt=_joined(found.prompts),
        negative_prompt=_joined(found.negative_prompts),
        model_name=", ".join(sorted(clean_text(str(model)) for model in found.models)),
        seed=_whole(values.get("seed"), MAX_SEED),
        width=width,
        height=height,
        num_inference_steps=_whole(values.get("steps"), 100_000),
        guidance_scale=_number(values.get("cfg_scale")),
        scheduler=clean_text(str(sampler.name)) if sampler else None,
        extra=_extra(metadata),
    )


def _joined(prompts: list[Any]) -> str:
    return clean_text(", ".join(str(prompt) for prompt in prompts))[:PROMPT_LIMIT]


def _size(metadata: dict[str, Any]) -> tuple[int, int] | None:
    """Pixels as the tool names them: `Size: 512x400`, `resolution: (512, 400)`, a latent's, its own."""
    text = metadata.get("Size", metadata.get("resolution"))
    if isinstance(text, str):
        sides: list[Any] = re.findall(r"\d{1,6}", text)
    else:
        node: Any = metadata.get("EmptyLatentImage", [metadata])[0]
        sides = [node.get("width"), node.get("height")]
    numbers = [_whole(side, 1_000_000) for side in sides]
    match numbers:
        case [int(width), int(height)] if width and height:
            return width, height
        case _:
            return None


def _extra(metadata: dict[str, Any]) -> dict[str, str]:
    """The rest, as far as it is plain and short."""
    plain = {
        clean_text(str(key))[:80]: clean_text(str(value))
        for key, value in metadata.items()
        if isinstance(value, str | int | float) and len(str(value)) <= _EXTRA_VALUE_LIMIT
    }
    return dict(list(plain.items())[:_EXTRA_LIMIT])


def _whole(value: Any, most: int) -> int | None:
    number = _number(value) if not isinstance(value, int | str) else value
    try:
        whole = int(number) if number is not None else -1
    except ValueError:
        return None
    return whole if 0 <= whole <= most else None


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < 1e9 else None
