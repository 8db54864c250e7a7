"""The recipe of a picture from elsewhere, field by field."""

import io
from typing import Any

import msgspec
from PySide6.QtCore import QMimeData

from studio.core.errors import PictureUnreadable
from studio.core.inputs import Role, UsedInput
from studio.core.model import Lora
from studio.core.nearest import NearestLora, NearestModel
from studio.core.passes import SecondPass, Variation
from studio.core.reading import Dropped, Reading
from studio.core.recipe import Recipe, UsedLora
from studio.ui.panels.create import CreatePanel
from tests.ui.drawings import draw
from tests.ui.fake_session import LARGE, POSTCARDS
from tests.ui.scenes_create import with_history
from tests.ui.shelf import LIGHTNING, LIGHTNING_FILE, SDXL, stocked
from tests.ui.stage import Stage, scene

FILE = "/home/ada/Pictures/2024-09/00042-1234567890.png"
WORDS = (
    "masterpiece, a lighthouse on a cliff above a calm sea, warm evening light, gulls, long shadows, fine"
    " brush strokes, muted colours, (paper texture:1.2), wide composition with much sky"
)
RECIPE = Recipe(
    tool="Forge",
    prompt=WORDS,
    negative_prompt="blurry, lowres, text, watermark",
    model_name="juggernautXL_v9Rundiffusion",
    seed=1234567890,
    width=1000,
    height=1216,
    num_inference_steps=28,
    guidance_scale=5.5,
    scheduler="DPM++ 2M Karras",
    loras=(
        UsedLora(id="", name="sdxl_lightning_4step", scale=0.8),
        UsedLora(id="", name="ink_wash", scale=0.6),
    ),
    strength=0.55,
    second_pass=SecondPass(scale=1.5, strength=0.4),
    variation=Variation(seed=7, strength=0.2),
    seamless=True,
)
HERE = NearestLora(
    wanted=RECIPE.loras[0],
    here=Lora(id=LIGHTNING_FILE.id, name=LIGHTNING_FILE.name, path=LIGHTNING_FILE.path, scale=0.8),
)


def found(stage: Stage, **changed: Any) -> Dropped:
    picture = with_thumbnail(stage)
    reading = Reading(
        recipe=RECIPE, dialect="Forge", unread=("ADetailer model", "Clip skip", "Hires upscaler")
    )
    basic = Dropped(
        path=FILE,
        reading=reading,
        model=NearestModel(name=RECIPE.model_name, here=LARGE, how="base", shelf=SDXL),
        loras=(HERE, NearestLora(wanted=RECIPE.loras[1])),
        thumbnail=picture,
        width=1000,
        height=1216,
    )
    return msgspec.structs.replace(basic, **changed)


def with_thumbnail(stage: Stage) -> bytes:
    asset = stage.session.all_assets[0]
    return io.BytesIO(draw(asset, 192)).getvalue()


def dropped(stage: Stage, told: Dropped | PictureUnreadable | None = None, **changed: Any) -> CreatePanel:
    """Create after the picture was dropped on it."""
    panel = with_history(stage)
    stage.session.recipes.told[FILE] = told or found(stage, **changed)
    panel.recipes.read(FILE)
    stage.settle()
    return panel


@scene("create-recipe")
def recipe(stage: Stage) -> None:
    """A dozen fields, of which one LoRA is missing."""
    stocked(stage.session)
    stage.session.all_models.append(LIGHTNING_FILE)
    dropped(stage)


@scene("create-recipe-missing")
def missing(stage: Stage) -> None:
    """Neither model nor LoRAs are here; pictures that it began with; a size that no model makes."""
    stocked(stage.session)
    recipe = msgspec.structs.replace(
        RECIPE,
        tool="ComfyUI",
        width=12000,
        scheduler="res_multistep beta",
        second_pass=None,
        inputs=(UsedInput(role=Role.START, name="example.png"), UsedInput(role=Role.REFER, name="face.png")),
    )
    unread = tuple(f"CustomNodeWithALongName{number}" for number in range(20))
    dropped(
        stage,
        reading=Reading(recipe=recipe, dialect="ComfyUI", unread=unread),
        model=NearestModel(name=RECIPE.model_name, shelf=SDXL),
        loras=(NearestLora(wanted=RECIPE.loras[0], shelf=LIGHTNING), NearestLora(wanted=RECIPE.loras[1])),
    )


@scene("create-recipe-impossible")
def impossible(stage: Stage) -> None:
    """Numbers that nothing can have: those that were read as numbers, and those that were not."""
    stocked(stage.session)
    stage.session.all_models.append(LIGHTNING_FILE)
    recipe = msgspec.structs.replace(
        RECIPE, width=0, num_inference_steps=0, strength=7.0, second_pass=SecondPass(scale=9.0)
    )
    unread = ("CFG scale -3e9", "Seed 99999999999999999999999", "<lora:ink:99>", "ADetailer model")
    strong = NearestLora(wanted=UsedLora(id="", name="ink", scale=99.0), here=HERE.here)
    dropped(
        stage, reading=Reading(recipe=recipe, dialect="AUTOMATIC1111", unread=unread), loras=(HERE, strong)
    )


@scene("create-recipe-pasted")
def pasted(stage: Stage) -> None:
    """A recipe that was pasted into the prompt."""
    panel = with_history(stage)
    text = "a red boat\nNegative prompt: fog\nSteps: 28, Sampler: Euler a, Seed: 5, Size: 512x512"
    stage.session.recipes.told[text] = found(stage, path="", thumbnail=b"")
    words = QMimeData()
    words.setText(text)
    panel.prompt.prompt.insertFromMimeData(words)
    stage.settle()


@scene("create-recipe-few")
def few(stage: Stage) -> None:
    """A text that was copied out of a tool: no picture, and the model is here."""
    panel = with_history(stage)
    recipe = Recipe(prompt="a boat with red sails", seed=5, scheduler="Euler a", model_name="Postcards")
    told = Dropped(
        reading=Reading(recipe=recipe, dialect="AUTOMATIC1111", hidden=False),
        model=NearestModel(name="Postcards", here=POSTCARDS, how="same"),
    )
    stage.session.recipes.told["copied"] = told
    panel.recipes._viewmodel.read_text("copied")
    stage.settle()


@scene("create-recipe-none")
def none(stage: Stage) -> None:
    with_history(stage)
    dropped(stage, Dropped(path=FILE, thumbnail=with_thumbnail(stage), width=1000, height=1216))


@scene("create-recipe-too-long")
def too_long(stage: Stage) -> None:
    dropped(stage, reading=None, too_long=True)
