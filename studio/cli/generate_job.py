"""From the options of `studio generate` to the job that does what they ask for."""

import argparse
import secrets

import msgspec

from studio.catalog.fast import fast_of
from studio.cli.argument_types import Named
from studio.cli.generate_inputs import taken_inputs
from studio.cli.generate_recipe import asked_recipe
from studio.cli.models_found import installed, read_entries
from studio.cli.output import Output
from studio.cli.usage import wrong_usage
from studio.core.errors import LoraNotInstalled
from studio.core.ids import new_id
from studio.core.inputs import Role
from studio.core.jobs import GenerateImages
from studio.core.model import Ability, Lora
from studio.core.paths import Paths
from studio.core.prompts.lora_tags import LoraTag, called_loras
from studio.session import Session
from studio.ui.i18n import sentence_of, tr


def asked_job(
    args: argparse.Namespace, paths: Paths, output: Output, session: Session
) -> tuple[GenerateImages, list[str]]:
    """The job, and what of the wishes does not apply, each as a sentence that was said already."""
    recipe, notes = asked_recipe(args, paths, output, session), list[str]()
    job = _job(recipe.args if recipe else args, session)
    if recipe:
        job, notes = recipe.on(job), recipe.notes
        for sentence in notes:
            output.note(sentence)
    if args.strength is not None and not any(one.role is Role.START for one in job.inputs):
        raise wrong_usage(
            tr("--strength needs a picture to start from, which --image names"), "studio generate"
        )
    if args.fast:
        job, more = _made_fast(job, args, paths, output)
        notes = notes + more
    if recipe and recipe.is_written:
        return job, notes
    for error in session.prompts.unread([job.prompt, args.sheet or ""], job.styles):
        output.note(sentence_of(error))
    return session.prompts.written(job), notes


def _job(args: argparse.Namespace, session: Session) -> GenerateImages:
    width, height = args.size
    return GenerateImages(
        id=new_id(),
        model=session.models.find(args.model, Ability.GENERATE),
        prompt=args.prompt,
        negative_prompt=args.negative or "",
        styles=tuple(args.style),
        width=width,
        height=height,
        num_inference_steps=args.steps,
        guidance_scale=args.guidance,
        scheduler=args.scheduler,
        loras=asked_loras(args.lora, session),
        inputs=taken_inputs(args, session),
        strength=args.strength,
        seed=secrets.randbits(32) if args.seed is None else args.seed,
        num_images=1 if args.number is None else args.number,
        second_pass=args.second_pass,
        seamless=args.seamless,
        cache=args.cache or "",
        previews=False,
    )


def asked_loras(asked: list[Named], session: Session) -> tuple[Lora, ...]:
    """Of one that is asked for twice the last counts. Raises LoraUnknown, LoraNotFound, NoLoraInstalled."""
    tags = [LoraTag(one.name, 1.0 if one.number is None else one.number) for one in asked]
    found = called_loras(tags, session.models.installed())
    return tuple({one.id: one for one in found}.values())


def _made_fast(
    job: GenerateImages, args: argparse.Namespace, paths: Paths, output: Output
) -> tuple[GenerateImages, list[str]]:
    """With the LoRA for speed and its schedule, which goes before a recipe's; the job as it is, and why, for
    a model that has none.

    Raises LoraNotInstalled.
    """
    fast = fast_of(job.model, read_entries(paths, output), installed(paths).models)
    if fast is None:
        sentence = tr("{model} has no LoRA that makes it faster.", model=job.model.name)
        output.note(sentence)
        return job, [sentence]
    if fast.lora is None:
        entry = fast.entry
        raise LoraNotInstalled(lora=entry.name, model=job.model.name, repository=entry.repository)
    others = tuple(one for one in job.loras if one.id != fast.lora.id)
    made = msgspec.structs.replace(
        job,
        model=msgspec.structs.replace(job.model, defaults=fast.defaults),
        loras=(fast.lora, *others),
        num_inference_steps=args.steps,
        guidance_scale=args.guidance,
        scheduler=args.scheduler,
    )
    return made, []
