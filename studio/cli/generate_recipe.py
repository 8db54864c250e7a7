"""`studio generate --recipe PICTURE`: what made a picture anywhere, as far as it can be had here."""

import argparse
import os
from pathlib import Path
from typing import Any

import msgspec

from studio.catalog.nearest import nearest_loras, nearest_model
from studio.cli.models_found import installed, read_entries
from studio.cli.output import Output
from studio.core.errors import RecipeMissing, RecipeModelMissing, RecipeModelUnknown
from studio.core.inputs import Role
from studio.core.jobs import GenerateImages
from studio.core.model import Lora, ModelSpec
from studio.core.nearest import NearestModel
from studio.core.paths import Paths
from studio.core.reading import Reading
from studio.core.recipe import Recipe
from studio.core.schedulers import SCHEDULERS, usual_name
from studio.core.shelf import ShelfEntry
from studio.media.recipes import read_fully
from studio.session import Session
from studio.ui.i18n import tr


class RecipeAsked:
    """A recipe as options: those that were said go before what it says.

    Attributes:
        args: of the command, with what the recipe says in the places that were left open.
        notes: what of the recipe was not used, each as a sentence.
    """

    def __init__(self, args: argparse.Namespace, paths: Paths, output: Output, session: Session) -> None:
        """Raises RecipeMissing, RecipeTooLong, PictureUnreadable, RecipeModelMissing, RecipeModelUnknown."""
        path = Path(os.path.expanduser(args.recipe))
        self._reading = _read(path)
        self._installed, self._shelf = installed(paths).models, read_entries(paths, output)
        self.notes: list[str] = []
        self.args = argparse.Namespace(**vars(args))
        recipe = self._reading.recipe
        if args.model is None and (recipe.model_name or recipe.model):
            preferred = session.settings.image_model
            nearest = nearest_model(recipe, self._installed, self._shelf, preferred)
            self.args.model = self._model_here(nearest, path.name)
        self._fill(recipe)
        if self._reading.unread:
            names = ", ".join(self._reading.unread)
            self.notes.append(tr("Not understood in the recipe: {names}.", names=names))

    def on(self, job: GenerateImages) -> GenerateImages:
        """The job with the parts of the recipe that no option names."""
        recipe = self._reading.recipe
        if any(one.role is Role.START for one in recipe.inputs) and not job.inputs:
            self.notes.append(tr("It began with another picture, which is not part of the recipe."))
        fields: dict[str, Any] = {"loras": (*job.loras, *self._loras(recipe, job.model))}
        if job.second_pass is None:
            fields["second_pass"] = recipe.second_pass
        if self.args.seed == recipe.seed:
            fields["variation"] = recipe.variation
        if job.inputs and job.strength is None:
            fields["strength"] = recipe.strength
        return msgspec.structs.replace(job, seamless=job.seamless or recipe.seamless, **fields)

    def _model_here(self, nearest: NearestModel, picture: str) -> str:
        if nearest.here is None:
            raise _missing(nearest, picture)
        if nearest.how == "base":
            self.notes.append(
                tr(
                    "{wanted} is not here; {model} stands in for it.",
                    wanted=nearest.name,
                    model=nearest.here.name,
                )
            )
        return nearest.here.id

    def _fill(self, recipe: Recipe) -> None:
        args = self.args
        args.prompt = recipe.prompt if args.prompt is None else args.prompt
        args.negative = args.negative or recipe.negative_prompt
        if args.size == (None, None) and recipe.width and recipe.height:
            args.size = (recipe.width, recipe.height)
        args.steps = recipe.num_inference_steps if args.steps is None else args.steps
        args.guidance = recipe.guidance_scale if args.guidance is None else args.guidance
        args.seed = recipe.seed if args.seed is None else args.seed
        if args.scheduler is None and recipe.scheduler:
            if usual_name(recipe.scheduler) in SCHEDULERS:
                args.scheduler = recipe.scheduler
            else:
                self.notes.append(tr("There is no scheduler {name} here.", name=recipe.scheduler))

    def _loras(self, recipe: Recipe, model: ModelSpec) -> list[Lora]:
        found = nearest_loras(recipe, model, self._installed, self._shelf)
        for one in found:
            if one.here is None:
                name = one.wanted.name
                self.notes.append(
                    tr("The LoRA {lora} of the recipe is not here and was left out.", lora=name)
                )
        return [one.here for one in found if one.here]


def _read(path: Path) -> Reading:
    reading = read_fully(path)
    if reading is None:
        raise RecipeMissing(path=str(path))
    return reading


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
    """What `--recipe` names; None without it."""
    return RecipeAsked(args, paths, output, session) if args.recipe else None
