"""`studio generate --recipe PICTURE` and `--vary ID`: what made a picture, as far as it can be had here."""

import argparse
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from studio.catalog.nearest import nearest_loras, nearest_model
from studio.cli.models_found import installed, read_entries
from studio.cli.output import Output
from studio.core.errors import (
    NotRecorded,
    RecipeMissing,
    RecipeModelMissing,
    RecipeModelUnknown,
    StudioError,
)
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import GenerateImages
from studio.core.model import Lora
from studio.core.nearest import NearestLora, NearestModel
from studio.core.passes import STEP_CACHES, StepCache, Variation
from studio.core.paths import Paths
from studio.core.prompts.reading import escaped
from studio.core.reading import Reading
from studio.core.recipe import Recipe
from studio.core.schedulers import SCHEDULERS, usual_name
from studio.core.shelf import ShelfEntry
from studio.media.pictures import TEXT_LIMIT
from studio.media.recipes import read_fully
from studio.session import Session
from studio.ui.i18n import tr

CACHES: dict[str, StepCache] = {name: name for name in STEP_CACHES}
LIKELY = 0.3  # how far a variation goes unless it is said: near enough to be the same picture


class RecipeAsked:
    """A recipe as options: those that were said go before what it says.

    Attributes:
        args: of the command, with what the recipe says in the places that were left open.
        notes: what of the recipe was not used, each as a sentence.
        is_written: its prompt is that of the job, word for word; nothing in it stands for anything else.
    """

    def __init__(self, args: argparse.Namespace, paths: Paths, output: Output, session: Session) -> None:
        """Raises RecipeMissing, RecipeTooLong, PictureUnreadable, RecipeModelMissing, RecipeModelUnknown; for
        a picture to vary also NotFound and NotRecorded."""
        self._said, self._session = args, session
        path = session.absolute(session.asset(args.vary.name)) if args.vary else path_of(args.recipe)
        self._reading = read_asked(path)
        self._installed, self._shelf = installed(paths).models, read_entries(paths, output)
        self.notes: list[str] = []
        self.args = argparse.Namespace(**vars(args))
        recipe = self._reading.recipe
        if args.vary and recipe.seed is None:
            raise NotRecorded
        self.is_written = args.prompt is None and not args.style
        if args.model is None and (recipe.model_name or recipe.model):
            preferred = session.settings.image_model
            nearest = nearest_model(recipe, self._installed, self._shelf, preferred)
            self.args.model = model_here(nearest, path.name, self.notes)
        self._fill(recipe)
        if self._reading.unread:
            names = ", ".join(self._reading.unread)
            self.notes.append(tr("Not understood in the recipe: {names}.", names=names))

    def on(self, job: GenerateImages) -> GenerateImages:
        """The job with the parts of the recipe that no option names."""
        recipe = self._reading.recipe
        inputs = (*job.inputs, *self._inputs(recipe, {one.role for one in job.inputs}))
        starts = any(one.role is Role.START for one in inputs)
        said = {one.id for one in job.loras}
        wanted = nearest_loras(recipe, job.model, self._installed, self._shelf)
        more = tuple(one for one in loras_here(wanted, self.notes) if one.id not in said)
        written = {"template": recipe.template, "styles": recipe.styles} if self.is_written else {}
        return msgspec.structs.replace(
            job,
            inputs=inputs,
            strength=recipe.strength if starts and job.strength is None else job.strength,
            loras=(*job.loras, *more),
            variation=self._variation(recipe),
            second_pass=job.second_pass or recipe.second_pass,
            seamless=job.seamless or recipe.seamless,
            cache=job.cache or CACHES.get(recipe.cache, ""),
            **written,
        )

    def _variation(self, recipe: Recipe) -> Variation | None:
        """Of another seed than the recipe's there is none, unless it was asked for."""
        vary, drift = self._said.vary, self._said.drift or 0.0
        if vary is None:
            return recipe.variation if self.args.seed == recipe.seed else None
        assert recipe.seed is not None
        # Where the prompt alone is to wander, the noise stays.
        strength = (0.0 if drift else LIKELY) if vary.number is None else vary.number
        return Variation(seed=recipe.seed, strength=strength, drift=drift, of=recipe.variation)

    def _inputs(self, recipe: Recipe, said: set[Role]) -> list[InputPicture]:
        """Those whose role no option fills, where the library has them."""
        found = list[InputPicture]()
        for used in recipe.inputs:
            if used.role in said:
                continue
            try:
                found.append(self._session.inputs.of_used(used).result())
            except StudioError:
                sentence = _lost(used.role)
                self.notes += [sentence] if sentence not in self.notes else []
        return found

    def _fill(self, recipe: Recipe) -> None:
        args = self.args
        if args.prompt is None:
            args.prompt = recipe.prompt if self.is_written else escaped(recipe.prompt)
        if args.size == (None, None) and recipe.width and recipe.height:
            args.size = recipe.first_size
        if args.seed is None and args.vary is None:
            args.seed = recipe.seed
        fill_sampling(args, recipe, self.notes)


def fill_sampling(args: argparse.Namespace, recipe: Recipe, notes: list[str]) -> None:
    """How it was made, where no option says so; `notes` gets what cannot be had."""
    args.negative = recipe.negative_prompt if args.negative is None else args.negative
    args.steps = recipe.num_inference_steps if args.steps is None else args.steps
    args.guidance = recipe.guidance_scale if args.guidance is None else args.guidance
    if args.scheduler is None and recipe.scheduler:
        if usual_name(recipe.scheduler) in SCHEDULERS:
            args.scheduler = recipe.scheduler
        else:
            notes.append(tr("There is no scheduler {name} here.", name=recipe.scheduler))


def model_here(nearest: NearestModel, picture: str, notes: list[str]) -> str:
    """The id of the model of a recipe, or of what stands in for it, which `notes` tells. Raises
    RecipeModelMissing, RecipeModelUnknown."""
    if nearest.here is None:
        raise _missing(nearest, picture)
    if nearest.how == "base":
        wanted, model = nearest.name, nearest.here.name
        notes.append(tr("{wanted} is not here; {model} stands in for it.", wanted=wanted, model=model))
    return nearest.here.id


def loras_here(nearest: Iterable[NearestLora], notes: list[str]) -> list[Lora]:
    """Those of a recipe that are here; `notes` gets the others."""
    found = list[Lora]()
    for one in nearest:
        if one.here:
            found.append(one.here)
        else:
            name = one.wanted.name
            notes.append(tr("The LoRA {lora} of the recipe is not here and was left out.", lora=name))
    return found


def _lost(role: Role) -> str:
    if role is Role.START:
        return tr("It began with another picture, which is not part of the recipe.")
    return tr("It referred to another picture, which is not part of the recipe.")


def path_of(text: str) -> Path:
    return Path(os.path.expanduser(text))


def read_asked(path: Path) -> Reading:
    """What a picture says of how it was made, or a `.json` file: a recipe, or a picture as `--json` tells of
    it. Raises RecipeMissing, RecipeTooLong, PictureUnreadable."""
    reading = _read_json(path) if path.suffix.lower() == ".json" else read_fully(path)
    if reading is None:
        raise RecipeMissing(path=str(path))
    return reading


def _read_json(path: Path) -> Reading | None:
    try:
        with path.open("rb") as file:
            text = file.read(TEXT_LIMIT)
        told = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        recipe = msgspec.json.decode(told.get("recipe", text), type=Recipe)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return Reading(recipe=recipe, dialect=recipe.tool)


def _missing(nearest: NearestModel, picture: str) -> RecipeModelMissing | RecipeModelUnknown:
    shelf: ShelfEntry | None = nearest.shelf
    if shelf is None:
        return RecipeModelUnknown(model=nearest.name, picture=picture)
    return RecipeModelMissing(
        model=nearest.name, picture=picture, nearest=shelf.name, repository=shelf.repository
    )


def asked_recipe(
    args: argparse.Namespace, paths: Paths, output: Output, session: Session
) -> RecipeAsked | None:
    """What `--recipe` or `--vary` names; None without them."""
    return RecipeAsked(args, paths, output, session) if args.recipe or args.vary else None
