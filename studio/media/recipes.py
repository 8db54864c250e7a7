"""The recipe inside a picture: written as A1111 text, our own JSON and XMP; read in every dialect.

A picture that the studio wrote holds three texts before its pixels:

    parameters          the text that A1111 invented and most tools read
    atelier             the Recipe with its execution record, as JSON: what the studio itself reads
    XML:com.adobe.xmp   IPTC's digital source type, which says that a model made the picture
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.core.errors import PictureUnreadable, RecipeTooLong
from studio.core.passes import SecondPass, Variation
from studio.core.reading import Reading
from studio.core.recipe import Recipe
from studio.core.schedulers import usual_name
from studio.media.durable import whole_file
from studio.media.pictures import TEXT_LIMIT, reading

OUR_KEY = "atelier"
XMP_KEY = "XML:com.adobe.xmp"
SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOURCE_TYPE = f"{SOURCE_TYPES}trainedAlgorithmicMedia"

# At 4 a flat picture takes half the time of zlib's default 6 and 5 % more space; a photograph the same.
COMPRESS_LEVEL = 4

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    Iptc4xmpExt:DigitalSourceType="{source_type}">
   <xmp:CreatorTool>{tool}</xmp:CreatorTool>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def write_png(image: Image.Image, path: Path, recipe: Recipe) -> None:
    """Write the picture with its recipe inside, whole or not at all. Raises DiskFull, FileUnwritable."""
    with whole_file(path) as file:
        image.save(file, "PNG", pnginfo=recipe_texts(recipe), compress_level=COMPRESS_LEVEL)


def recipe_texts(recipe: Recipe, further: Mapping[str, str] = MappingProxyType({})) -> PngInfo:
    """The three texts for a picture; `further` settings end the first."""
    texts = PngInfo()
    texts.add_text("parameters", a1111_text(recipe, further))
    texts.add_itxt(OUR_KEY, msgspec.json.encode(recipe).decode())
    tool = recipe.tool.replace("&", "&amp;").replace("<", "&lt;")
    texts.add_itxt(XMP_KEY, _XMP.format(source_type=_source_type(recipe), tool=tool))
    return texts


def _source_type(recipe: Recipe) -> str:
    """IPTC's term. A picture of the library is taken for a model's: what is made of one by hand still is."""
    if recipe.edit is None:
        return SOURCE_TYPE
    composed = recipe.model or recipe.edit.parent
    return SOURCE_TYPES + ("compositeWithTrainedAlgorithmicMedia" if composed else "humanEdits")


def read_recipe(path: Path) -> Recipe | None:
    """The recipe inside a picture, ours first; None where there is none, whatever the file holds."""
    try:
        reading = read_fully(path)
    except (PictureUnreadable, RecipeTooLong):
        return None
    return reading.recipe if reading else None


def read_fully(path: Path) -> Reading | None:
    """The recipe inside a picture with the tool that wrote it, and what of it was not understood.

    None where there is none. Raises PictureUnreadable, RecipeTooLong.
    """
    try:
        with reading(path) as image:
            return reading_in(image, str(path))
    except PictureUnreadable as error:
        # Pillow refuses the whole picture for one compressed text of more than a megabyte.
        if "MAX_TEXT" in str(error.__cause__):
            raise RecipeTooLong(path=str(path)) from error
        raise


def recipe_in(image: Image.Image) -> Recipe | None:
    """The recipe of an opened picture. Pixels are decoded only to look for text that stands behind them, or
    in their lowest bits."""
    try:
        found = reading_in(image)
    except RecipeTooLong:
        return None
    return found.recipe if found else None


def reading_in(image: Image.Image, path: str = "") -> Reading | None:
    """As `read_fully`, of an opened picture. Raises RecipeTooLong."""
    text = image.info.get(OUR_KEY)
    if isinstance(text, str) and len(text) <= TEXT_LIMIT:
        try:
            ours = msgspec.json.decode(str(text), type=Recipe)  # Pillow's is a subclass of str
            return Reading(recipe=ours, dialect=ours.tool)
        except (msgspec.DecodeError, RecursionError):
            pass  # written by hand or by a later version: the other texts still say most of it
    from studio.media.dialects import recipe_of_another_tool  # its libraries are for strange pictures only

    return recipe_of_another_tool(image, path)


def look_at(path: Path) -> tuple[Recipe, int, int]:
    """Recipe (empty where there is none), upright width and height; decoded only as in `recipe_in`.

    Raises PictureUnreadable.
    """
    with reading(path) as image:
        turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
        width, height = image.size[::-1] if turned else image.size
        return recipe_in(image) or Recipe(), width, height


def a1111_text(recipe: Recipe, further: Mapping[str, str] = MappingProxyType({})) -> str:
    """The text that A1111 shows and reads: prompt, negative prompt, one line of settings."""
    loras = [(_lora_name(lora.name), lora) for lora in recipe.loras]
    lines = [_defused(recipe.prompt) + "".join(f" <lora:{name}:{one.scale:g}>" for name, one in loras)]
    if recipe.negative_prompt:
        lines.append(f"Negative prompt: {_defused(recipe.negative_prompt)}")
    scheduler, second = recipe.scheduler or "Unknown", recipe.second_pass
    strength = second.strength if second else recipe.strength
    width, height = recipe.first_size  # there, the size is that of the first pass
    seed, variation = _seeds(recipe)
    settings = {
        "Steps": recipe.num_inference_steps,
        "Sampler": usual_name(scheduler),
        "CFG scale": recipe.guidance_scale,
        "Seed": seed,
        "Variation seed": recipe.seed if variation else None,
        "Variation seed strength": f"{variation.strength:g}" if variation else None,
        "Size": f"{width}x{height}",
        "Model": recipe.model_name or recipe.model or None,
        "Tiling": True if recipe.seamless else None,
        # As `processing.py` writes them: with a second pass, this is its strength, and the steps it made.
        "Denoising strength": None if strength is None else f"{strength:g}",
        "Hires upscale": f"{second.scale:g}" if second else None,
        "Hires steps": _steps_made(second) if second else None,
        "Hires upscaler": "Lanczos" if second else None,
        # By these it finds a LoRA that has another name there (`extensions-builtin/Lora`, `shorthash`).
        "Lora hashes": ", ".join(f"{name}: {one.hash[:12]}" for name, one in loras if one.hash) or None,
        "Version": recipe.tool,
        **further,
    }
    known = (f"{key}: {_quoted(value)}" for key, value in settings.items() if value is not None)
    return "\n".join([*lines, ", ".join(known)])


def _seeds(recipe: Recipe) -> tuple[int | None, Variation | None]:
    """There, the seed is that of the picture that is varied, and the own one is led towards. Variations of
    variations and drifting prompts have no place."""
    variation = recipe.variation
    if variation is None or variation.of or variation.drift or not variation.strength:
        return recipe.seed, None
    return variation.seed, variation


def _steps_made(second: SecondPass) -> int | None:
    steps = second.num_inference_steps
    return max(1, int(steps * second.strength)) if steps else None


def _defused(prompt: str) -> str:
    # The format has no escape: this is the one phrase that readers take for a heading inside a prompt.
    return prompt.replace("Negative prompt:", "Negative prompt :")


def _lora_name(name: str) -> str:
    """Without what would end it inside `<lora:name:scale>`, or in the list of hashes."""
    return " ".join(re.sub('[<>:,"\n]', " ", name).split())


def _quoted(value: str | float) -> str:
    """A1111's own rule (`infotext_utils.quote`)."""
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if any(mark in text for mark in ",:\n") else text
