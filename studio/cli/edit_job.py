"""From the options of `studio edit` to the job that does what they ask for."""

import argparse
import secrets

import msgspec

from studio.cli.edit_asked import Asked
from studio.cli.generate_job import asked_loras
from studio.core.edits import PLAIN, Operation, operations_of
from studio.core.errors import NoModelInstalled
from studio.core.ids import new_id
from studio.core.jobs import GenerateImages, ProcessImage
from studio.core.model import Ability, ModelSpec
from studio.session import Session

# These models are made for it, and take seconds where a diffusion model takes minutes.
_MADE_FOR = {Operation.UPSCALE: Ability.UPSCALE, Operation.CUT_OUT: Ability.CUT_OUT}


def edit_job(args: argparse.Namespace, asked: Asked, session: Session) -> GenerateImages | ProcessImage:
    """The job without its pictures. Raises NotFound, ModelMissing, NoModelInstalled, and what is wrong with
    the files of a model, or with a LoRA."""
    edit = asked.edit
    model = _model(args, edit.operation, session)
    if asked.open and edit.operation not in (able := operations_of(model)) and Operation.INSTRUCT in able:
        edit = msgspec.structs.replace(edit, operation=Operation.INSTRUCT)
    if not _paints(edit.operation, model):
        return ProcessImage(id=new_id(), model=model, edit=edit, inputs=())
    return GenerateImages(
        id=new_id(),
        model=model,
        prompt=args.prompt or "",
        negative_prompt=args.negative or "",
        num_inference_steps=args.steps,
        guidance_scale=args.guidance,
        scheduler=args.scheduler,
        loras=asked_loras(args.lora, session),
        strength=args.strength,
        seed=secrets.randbits(32) if args.seed is None else args.seed,
        num_images=1 if args.number is None else args.number,
        edit=edit,
        previews=False,
    )


def _model(args: argparse.Namespace, operation: Operation, session: Session) -> ModelSpec:
    if args.model == PLAIN.id:
        return PLAIN
    if args.model is not None:
        return session.models.find(args.model, None)
    session.models.ensure_scanned()
    if operation is Operation.CUT_OUT and args.mask:
        return PLAIN  # the mask alone says what stays
    able = session.edits.models_for(operation)
    if ability := _MADE_FOR.get(operation):
        able = [one for one in able if ability in one.abilities or one is PLAIN]
    if not able:
        raise NoModelInstalled
    return next((one for one in able if one.id == session.settings.image_model), able[0])


def _paints(operation: Operation, model: ModelSpec) -> bool:
    """Whether the model does it by words and chance."""
    if operation in _MADE_FOR:
        return Ability.GENERATE in model.abilities and _MADE_FOR[operation] not in model.abilities
    return True
