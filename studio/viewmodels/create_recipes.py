"""Recipes written into the fields of Create: of a picture, of a job, or the accepted part of one."""

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.errors import StudioError
from studio.core.inputs import UsedInput
from studio.core.jobs import GenerateImages
from studio.core.passes import step_cache
from studio.core.prompts.lora_tags import without_tags
from studio.core.prompts.styles import named
from studio.core.recipe import Recipe, UsedLora
from studio.session import Session
from studio.viewmodels.create_settings import GenerationSettings


class RecipeFiller(QObject):
    """Knows what of a recipe is here; the settings keep the rest.

    Signals:
        inputs_wanted (tuple of UsedInput): a recipe began with these; whoever takes pictures in may look for
            them.
    """

    inputs_wanted = Signal(object)

    def __init__(self, session: Session, settings: GenerationSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._settings = session, settings

    def use(self, recipe: Recipe) -> bool:
        """Write what made a picture into the fields, its seed locked; False when its model is not here."""
        settings = self._settings
        found = self._choose_model(recipe)
        fast = settings.fast.lora if settings.fast else None
        settings.set_fast(fast is not None and fast.id in {lora.id for lora in recipe.loras})
        seed = settings.draft.seed if recipe.seed is None else recipe.seed
        prompt, styles = self._as_written(recipe)
        settings.change("prompt", prompt=prompt, styles=styles)
        settings.change("negative_prompt", negative_prompt=recipe.negative_prompt)
        settings.change("seed", seed=seed, seed_locked=recipe.seed is not None)
        self._use_values(recipe, frozenset(("size", "steps", "guidance", "scheduler")))
        self._use_loras(recipe)
        strength, second = recipe.strength, recipe.second_pass
        settings.change("inputs", inputs=(), strength=strength if 0 <= (strength or 0) <= 1 else None)
        settings.set_second_pass(second if second and second.is_possible else None)
        settings.set_seamless(recipe.seamless)
        settings.set_cache(step_cache(recipe.cache) if settings.traits.caches else "")
        if recipe.inputs:  # those that are here follow when they are found
            self.inputs_wanted.emit(recipe.inputs)
        return found

    def use_fields(self, recipe: Recipe, fields: frozenset[str]) -> None:
        """Write the named parts of a recipe into the fields: prompt, negative_prompt, model, size, steps,
        guidance, scheduler, seed, loras, strength, second_pass, seamless.

        Model and LoRAs are known by their ids; what is not here is left out.
        """
        settings = self._settings
        if "model" in fields:
            self._choose_model(recipe)
        for name in ("prompt", "negative_prompt", "strength", "second_pass", "seamless"):
            if name in fields:
                settings.change(name, **{name: getattr(recipe, name)})
        if "loras" in fields:
            self._use_loras(recipe)
        if "seed" in fields and recipe.seed is not None:
            settings.set_seed(recipe.seed)
        self._use_values(recipe, fields)

    def unused_loras(self, recipe: Recipe) -> list[str]:
        """The names of those that made a picture and will not make the next."""
        used = {lora.id for lora in self._settings.loras.used}
        return [lora.name for lora in recipe.loras if lora.id not in used]

    def _choose_model(self, recipe: Recipe) -> bool:
        here = any(spec.id == recipe.model for spec in self._settings.models)
        if here:
            self._settings.choose_model(recipe.model)
        return here

    def _use_values(self, recipe: Recipe, fields: frozenset[str]) -> None:
        """What the model has values of its own for."""
        settings = self._settings
        if "size" in fields:
            width, height = recipe.first_size
            settings.sizes.set(width or None, height or None)
        if "steps" in fields:
            settings.set_steps(recipe.num_inference_steps)
        if "guidance" in fields:
            settings.set_guidance(recipe.guidance_scale)
        if "scheduler" in fields:
            settings.set_scheduler(recipe.scheduler)

    def _use_loras(self, recipe: Recipe) -> None:
        """Those that are here and fit take the place of the model's."""
        loras = self._settings.loras
        fast = loras.fast.id if loras.fast else ""
        usable = {one.lora.id: one.lora for one in loras.installed if one.fits and one.lora.id != fast}
        scales = {lora.id: lora.scale for lora in recipe.loras if lora.id in usable}
        loras.set(tuple(msgspec.structs.replace(usable[one], scale=scale) for one, scale in scales.items()))

    def _as_written(self, recipe: Recipe) -> tuple[str, tuple[str, ...]]:
        """The prompt and its styles, where they still become the same prompt; else what they became."""
        if recipe.template == recipe.prompt:  # of a whole batch
            return recipe.prompt, recipe.styles
        desk = self._session.prompts
        styles = [style for name in recipe.styles if (style := named(desk.styles, name))]
        try:
            made = desk.expand(recipe.template, styles, "", 1, 0)
        except StudioError:
            return recipe.prompt, ()
        same = made.possible == 1 and without_tags(made.prompts[0])[0] == recipe.prompt
        return (recipe.template, recipe.styles) if same else (recipe.prompt, ())


def recipe_of(job: GenerateImages) -> Recipe:
    """What a job asks for, its prompt as it was written; what it leaves to the model is left open."""
    return Recipe(
        model=job.model.id,
        model_name=job.model.name,
        prompt=job.template or job.prompt,
        template=job.template,
        styles=job.styles,
        negative_prompt=job.negative_prompt,
        seed=job.seed,
        width=job.width or 0,
        height=job.height or 0,
        num_inference_steps=job.num_inference_steps,
        guidance_scale=job.guidance_scale,
        scheduler=job.scheduler,
        loras=tuple(UsedLora(id=lora.id, name=lora.name, scale=lora.scale) for lora in job.loras),
        inputs=tuple(
            UsedInput(role=one.role, asset=one.asset, name=one.name, hash=one.hash, weight=one.weight)
            for one in job.inputs
        ),
        strength=job.strength,
        second_pass=job.second_pass,
        seamless=job.seamless,
        cache=job.cache,
    )
