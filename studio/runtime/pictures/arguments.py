"""What a pipeline is called with: the job's wishes under the names that its signature has."""

import inspect
import math
import re
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from studio.core.jobs import GenerateImages
from studio.runtime.desk import Desk

# Without a word from the pipeline: SD's latents are an eighth of the picture, and its U-Net wants no less.
LATENT_FACTOR = 8
DEFAULT_SIDE = 1024


@dataclass(frozen=True)
class Start:
    """A picture that is painted over.

    Attributes:
        picture: upright, RGB, of any size.
        strength: 0…1, that will hold.
        asked: the pipeline has arguments for it; else it is led by its scheduler.
    """

    picture: Image.Image
    strength: float
    asked: bool


@dataclass
class Call:
    """A pipeline's call in the making.

    Attributes:
        arguments: by keyword, all but the seeds and the number of pictures.
        width, height: that will be asked of the pipeline, or that it takes by itself.
        asked: the size the person asked for, where it was another.
        guidance_name: the argument that guidance went to, empty where there is none.
        guidance_scale, num_inference_steps: that will hold, given or by default.
        pipe: what is called.
        start: the picture that it begins with, as `pictures/inputs.py` has it.
        before, to_come: steps of the pictures' other passes.
        made: steps that were made.
    """

    arguments: dict[str, Any] = field(default_factory=dict)
    width: int = 0
    height: int = 0
    asked: str = ""
    guidance_name: str = ""
    guidance_scale: float | None = None
    num_inference_steps: int | None = None
    pipe: Any = None
    start: Start | None = None
    before: int = 0
    to_come: int = 0
    made: int = 0


def plan_call(pipe: Any, job: GenerateImages, desk: Desk) -> Call:
    """The job put into the words of this pipeline's signature; the desk notes what has no place in it."""
    accepted = inspect.signature(type(pipe).__call__).parameters
    call = Call(arguments={"prompt": job.prompt}, pipe=pipe)
    if "output_type" in accepted:
        call.arguments["output_type"] = "pil"
    if "clean_caption" in accepted:  # for captions off web pages; needs packages that are not here
        call.arguments["clean_caption"] = False
    _plan_size(call, pipe, job, accepted, desk)
    _plan_steps(call, job, accepted, desk)
    _plan_guidance(call, pipe, job, accepted, desk)
    _plan_negative(call, pipe, job, accepted, desk)
    note_cut_prompt(pipe, job.prompt, accepted, desk)
    return call


def _plan_size(call: Call, pipe: Any, job: GenerateImages, accepted: Any, desk: Desk) -> None:
    defaults = job.model.defaults
    width, height = job.width or defaults.width, job.height or defaults.height
    call.width, call.height = width or default_side(pipe), height or default_side(pipe)
    if job.width or job.height:
        call.asked = f"{call.width}x{call.height}"
    if "width" not in accepted or "height" not in accepted or not (width or height):
        return
    set_size(call, size_multiple(pipe))


def set_size(call: Call, multiple: int) -> None:
    """The nearest size that the model can make."""
    call.width, call.height = snapped((call.width, call.height), multiple)
    call.arguments |= {"width": call.width, "height": call.height}


def snapped(size: tuple[float, float], multiple: int) -> tuple[int, int]:
    width, height = (max(1, round(side / multiple)) * multiple for side in size)
    return width, height


def size_multiple(pipe: Any) -> int:
    """Sides have to be a multiple of what one token or one latent of the denoiser covers.

    U-Nets: every pipeline with one checks for 8. Transformers cut latents into patches, or pack 2 × 2 of
    them into channels (Flux and its kin); most of their pipelines check for 16.
    """
    factor = latent_factor(pipe)
    denoiser = getattr(pipe, "transformer", None)
    if denoiser is None:
        return math.lcm(8, factor)
    patch = denoiser.config.get("patch_size") or 1
    packed = denoiser.config.get("in_channels") == 4 * _latent_channels(pipe)
    return math.lcm(16, factor * (2 if packed else patch if isinstance(patch, int) else max(patch)))


def latent_factor(pipe: Any) -> int:
    for name in ("vae_scale_factor", "vae_scale_factor_spatial"):
        if isinstance(factor := getattr(pipe, name, None), int):
            return factor
    return LATENT_FACTOR


def _latent_channels(pipe: Any) -> int:
    return getattr(getattr(getattr(pipe, "vae", None), "config", None), "latent_channels", None) or 0


def default_side(pipe: Any) -> int:
    """Pixels of the square that the pipeline makes when nothing is said, as most of them reckon it."""
    sample = getattr(pipe, "default_sample_size", None)
    for name in ("unet", "transformer"):
        config = getattr(getattr(pipe, name, None), "config", None)
        sample = sample or (config or {}).get("sample_size")
    return sample * latent_factor(pipe) if isinstance(sample, int) else DEFAULT_SIDE


def mend(call: Call, pipe: Any, error: Exception) -> bool:
    """Change the call where the error tells what the pipeline does not take; False where it does not tell."""
    found = re.search(r"divisible by (\d+)", str(error))
    multiple = int(found[1]) if found else 0
    if (
        multiple
        and ("width" in call.arguments or call.start)
        and (call.width % multiple or call.height % multiple)
    ):
        if "width" in call.arguments:
            set_size(call, multiple)
        else:  # it has the size of the picture, which will be fitted
            call.width, call.height = snapped((call.width, call.height), multiple)
        return True
    # No negative prompt is an empty one to CogView4, and its text encoder cannot read what has no tokens.
    accepted = inspect.signature(type(pipe).__call__).parameters
    if "of 0 elements" in str(error) and "negative_prompt" in accepted.keys() - call.arguments.keys():
        call.arguments["negative_prompt"] = " "
        return True
    return False


def _plan_steps(call: Call, job: GenerateImages, accepted: Any, desk: Desk) -> None:
    steps = job.num_inference_steps or job.model.defaults.num_inference_steps
    name = next(
        (one for one in ("num_inference_steps", "prior_num_inference_steps") if one in accepted), None
    )
    if name is None:
        if job.num_inference_steps:
            desk.note("steps_changed")
        return
    call.num_inference_steps = steps or _default(accepted, name)
    if steps:
        call.arguments[name] = steps


def _plan_guidance(call: Call, pipe: Any, job: GenerateImages, accepted: Any, desk: Desk) -> None:
    value = job.guidance_scale if job.guidance_scale is not None else job.model.defaults.guidance_scale
    call.guidance_name = _guidance_name(pipe, accepted)
    if not call.guidance_name:
        if job.guidance_scale is not None:
            desk.note("guidance_unused")
        return
    if call.guidance_name == "guider":
        call.guidance_scale = value if value is not None else pipe.guider.guidance_scale
    elif value is None:
        call.guidance_scale = _default(accepted, call.guidance_name)
    else:
        call.guidance_scale = call.arguments[call.guidance_name] = value


def _guidance_name(pipe: Any, accepted: Any) -> str:
    """Distilled models read guidance as an input, others compare two predictions; some take both."""
    embeds = distilled(pipe)
    if "distilled_guidance_scale" in accepted:
        return "distilled_guidance_scale" if embeds else "guider" if getattr(pipe, "guider", None) else ""
    if "true_cfg_scale" in accepted and not embeds:
        return "true_cfg_scale"
    return next((name for name in ("guidance_scale", "prior_guidance_scale") if name in accepted), "")


def distilled(pipe: Any) -> bool:
    config = getattr(getattr(pipe, "transformer", None), "config", None) or {}
    return bool(config.get("guidance_embeds"))


def _plan_negative(call: Call, pipe: Any, job: GenerateImages, accepted: Any, desk: Desk) -> None:
    """An empty one is never passed: it crashes CogView4, and turns guidance on in Qwen-Image."""
    compares = call.guidance_name == "true_cfg_scale" and (call.guidance_scale or 0) > 1
    if job.negative_prompt.strip():
        inert = "true_cfg_scale" in accepted and not compares
        inert |= call.guidance_name == "distilled_guidance_scale"
        if "negative_prompt" not in accepted or inert:
            desk.note("negative_unused")
        else:
            call.arguments["negative_prompt"] = job.negative_prompt
    elif compares and "true_cfg_scale" in call.arguments:
        # Here guidance happens only against something: a space, as Qwen-Image's model card has it.
        call.arguments["negative_prompt"] = " "


def note_unused_negative(pipe: Any, call: Call, desk: Desk) -> None:
    """After the call: most pipelines tell whether they compared with the negative prompt at all."""
    compared = getattr(pipe, "do_classifier_free_guidance", None) is not False
    if call.arguments.get("negative_prompt", "").strip() and not compared:
        desk.note("negative_unused")


def note_cut_prompt(pipe: Any, prompt: str, accepted: Any, desk: Desk) -> None:
    """Whether even the most patient of the text encoders reads less than the whole prompt."""
    tokenizers = [part for name, part in pipe.components.items() if name.startswith("tokenizer") and part]
    lengths = [found for one in tokenizers if (found := _lengths(one, prompt, accepted))]
    if lengths and len(lengths) == len(tokenizers) and all(used < tokens for used, tokens in lengths):
        used, tokens = max(lengths)
        desk.note("prompt_cut", used=used, tokens=tokens)


def _lengths(tokenizer: Any, prompt: str, accepted: Any) -> tuple[int, int] | None:
    """Tokens read and tokens there are, specials left out; None for a tokenizer without a limit."""
    limit = getattr(tokenizer, "model_max_length", None)
    given = _default(accepted, "max_sequence_length") if "max_sequence_length" in accepted else None
    # CLIP's limit is a fact of the model (77); a T5 has none of its own, and the pipeline says where it cuts.
    if given and "CLIP" not in type(tokenizer).__name__:
        limit = given
    if not isinstance(limit, int) or limit > 1_000_000 or not callable(tokenizer):
        return None
    specials = tokenizer.num_special_tokens_to_add()
    tokens = len(tokenizer(prompt, add_special_tokens=False, verbose=False).input_ids)
    return min(tokens, limit - specials), tokens


def _default(accepted: Any, name: str) -> Any:
    value = accepted[name].default
    return None if value is inspect.Parameter.empty else value
