"""`studio edit --recipe FILE`: the edit that a recipe remembers, done again as far as it can be."""

import argparse

from studio.catalog.nearest import nearest_loras, nearest_model
from studio.cli.argument_types import Named
from studio.cli.edit_asked import goes_with, is_said, refused, sort_words
from studio.cli.generate_recipe import fill_sampling, loras_here, model_here, path_of, read_asked
from studio.cli.models_found import installed, read_entries
from studio.cli.output import Output
from studio.core.edits import PLAIN, Edit, Operation, Region
from studio.core.hand_steps import Handwork, Partly, PlainStep, TookIn, is_possible
from studio.core.inputs import Role
from studio.core.model import ModelSpec
from studio.core.paths import Paths
from studio.core.prompts.reading import escaped
from studio.core.recipe import Recipe
from studio.media.inputs import kept_input
from studio.session import Session
from studio.ui.hand_words import step_words
from studio.ui.i18n import plural, tr

_PROCESSED = ("model", "lanczos", "mask")  # the methods of models that need no words


class EditRecipe:
    """A recipe of an edit as options: those that were said go before what it says.

    Attributes:
        edit: what was done.
        steps: those by hand that can be done again, in their order.
        notes: what of it cannot be had, each as a sentence.
    """

    def __init__(self, text: str) -> None:
        """Raises RecipeMissing, RecipeTooLong, PictureUnreadable; WrongUsage for a recipe of no edit."""
        path = path_of(text)
        self._name, self._recipe = path.name, read_asked(path).recipe
        if self._recipe.edit is None:
            raise refused(
                tr(
                    "The picture {name} was not made by an edit; `studio generate --recipe` takes it",
                    name=path.name,
                )
            )
        self.edit: Edit = self._recipe.edit
        self.steps: tuple[PlainStep, ...] = ()
        self.notes: list[str] = []
        if self.edit.operation is Operation.BY_HAND:
            self._sort_steps()

    def _sort_steps(self) -> None:
        """By what can be done again, and what is told instead."""
        steps, before = list[PlainStep](), self.edit.left_out
        if before > 0:
            self.notes.append(
                plural(
                    before, "{n} step before is not listed there.", "{n} steps before are not listed there."
                )
            )
        for step in self.edit.steps:
            if isinstance(step, Partly | TookIn | Handwork) or not is_possible(step):
                self.notes.append(tr("Not done again: {step}.", step=step_words(step)))
            else:
                steps.append(step)
        self.steps = tuple(steps)

    def fill(self, args: argparse.Namespace, paths: Paths) -> None:
        """What the recipe says, where no option does. Raises WrongUsage where its mask is not kept."""
        recipe, edit, operation = self._recipe, self.edit, self.edit.operation
        sort_words(args, operation)  # before its own are among them
        if args.mask is None:
            args.mask = self._mask(paths)
        said = {
            "prompt": escaped(recipe.prompt) or None,
            "region": _region(recipe, edit),
            "feather": edit.feather,
            "blend": not edit.exact,
            "strength": recipe.strength,
            "seed": recipe.seed,
            "outpaint": edit.margins if operation is Operation.EXTEND else None,
            "upscale": edit.scale if operation is Operation.UPSCALE else None,
        }
        for name, value in said.items():
            if goes_with(name, operation) and not is_said(args, name):
                setattr(args, name, value)
        if goes_with("steps", operation) and edit.method not in _PROCESSED:
            fill_sampling(args, recipe, self.notes)

    def fill_model(self, args: argparse.Namespace, paths: Paths, output: Output, session: Session) -> None:
        """The model and its LoRAs, where they are here. Raises RecipeModelMissing, RecipeModelUnknown."""
        recipe, there = self._recipe, installed(paths).models
        if not goes_with("model", self.edit.operation):
            return
        if self.edit.method in _PROCESSED:
            if args.model is None:
                args.model = self._processor(there)
            return
        shelf = read_entries(paths, output)
        if args.model is None and (recipe.model or recipe.model_name):
            nearest = nearest_model(recipe, there, shelf, session.settings.image_model)
            args.model = model_here(nearest, self._name, self.notes)
        model = next((one for one in there if one.id == args.model), None)
        found = loras_here(nearest_loras(recipe, model, there, shelf), self.notes)
        args.lora = [*(Named(one.id, one.scale) for one in found), *args.lora]

    def _processor(self, there: tuple[ModelSpec, ...]) -> str | None:
        wanted = self._recipe.model
        if wanted == PLAIN.id or any(one.id == wanted for one in there):
            return wanted
        name = self._recipe.model_name or wanted
        self.notes.append(tr("{wanted} is not here; another model stands in for it.", wanted=name))
        return None

    def _mask(self, paths: Paths) -> str | None:
        """The copy that the library keeps of it."""
        used = [one for one in self._recipe.inputs if one.role is Role.MASK]
        if not used:
            return None
        kept = kept_input(paths.inputs, used[0].hash)
        if kept is None:
            raise refused(tr("The mask of {name} is not kept here; give one with --mask", name=self._name))
        return kept.path


def _region(recipe: Recipe, edit: Edit) -> Region | None:
    """None where the model saw all of the picture, whatever the size of another one is."""
    region, margins = edit.region, edit.margins
    if region is None:
        return None
    width = recipe.width - margins.left - margins.right
    height = recipe.height - margins.top - margins.bottom
    return None if region.joined(Region(0, 0, width, height)) == region else region
