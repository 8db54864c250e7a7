"""What a pipeline is called with: the job's wishes under the names that its signature has."""

import inspect
import math
import re
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from studio.core.edits import Edit
from studio.core.jobs import GenerateImages
from studio.core.prompts.weights import Piece, joined, plain, weighted
from studio.runtime.desk import Desk

# Without a word from the pipeline: SD's latents are an eighth of the picture, and its U-Net wants no less.
LATENT_FACTOR = 8
DEFAULT_SIDE = 1024
_AROUND = 8  # tokens that specials and the end of a template may take of `max_sequence_length`


@dataclass(frozen=True)
class Start:
    """A picture that is painted over.

    Attributes:
        picture: upright, RGB, of any size.
        strength: 0…1, that will hold.
        asked: the pipeline has arguments for it; else it is led by its scheduler.
        mask: white where it is painted anew, of the picture's size; None for everywhere.
        whole: all of it is shown, though the call may make another shape; else its middle.
        gradual: near the edge of the mask it is painted later, so that it goes on from what is around.
    """

    picture: Image.Image
    strength: float
    asked: bool
    mask: Image.Image | None = None
    whole: bool = False
    gradual: bool = False


@dataclass
class Call:
    """A pipeline's call in the making.

    Attributes:
        arguments: by keyword, all but the seeds and the number of pictures.
        width, height: that will be asked of the pipeline, or that it takes by itself.
        asked: the size the person asked for, where it was another.
        guidance_name: the argument that guidance went to, empty where there is none.
        guidance_scale, num_inference_steps: that will hold, given or by default.
        written: the texts among the arguments as they were written, with their weights.
        read: how the text encoders read them, for the record; empty where nothing is to be said.
        pipe: what is called.
        start: the picture that it begins with, as `pictures/inputs.py` has it.
        led_on: what it makes is painted over by a pipeline that has to be led by its scheduler.
        before, to_come: steps of the pictures' other passes.
        made: steps that were made.
        step_seconds: that each of them after the first took.
        skipping: its cache.
        edit: how its picture is changed, for the record; None for a new one.
        compiled: by what its blocks were compiled, and for which shape first; "" where they were not.
    """

    arguments: dict[str, Any] = field(default_factory=dict)
    width: int = 0
    height: int = 0
    asked: str = ""
    guidance_name: str = ""
    guidance_scale: float | None = None
    num_inference_steps: int | None = None
    written: list[tuple[Piece, ...]] = field(default_factory=list)
    read: str = ""
    pipe: Any = None
    start: Start | None = None
    led_on: bool = False
    before: int = 0
    to_come: int = 0
    made: int = 0
    step_seconds: float | None = None
    skipping: Any = None
    edit: Edit | None = None
    compiled: str = ""

    def give(self, name: str, text: str) -> None:
        """Give the pipeline the words of a text, and remember how they weigh."""
        pieces = weighted(text)
        self.arguments[name] = joined(pieces)
        self.written.append(pieces)


def plan_call(pipe: Any, job: GenerateImages, desk: Desk) -> Call:
    """The job put into the words of this pipeline's signature; the desk notes what has no place in it."""
    accepted = inspect.signature(type(pipe).__call__).parameters
    call = Call(pipe=pipe)
    call.give("prompt", job.prompt)
    if "output_type" in accepted:
        call.arguments["output_type"] = "pil"
    if "clean_caption" in accepted:  # for captions off web pages; needs packages that are not here
        call.arguments["clean_caption"] = False
    _plan_size(call, pipe, job, accepted)
    _plan_steps(call, job, accepted, desk)
    _plan_guidance(call, pipe, job, accepted, desk)
    _plan_negative(call, job, accepted, desk)
    _plan_length(call, pipe, accepted)
    return call


def _plan_size(call: Call, pipe: Any, job: GenerateImages, accepted: Any) -> None:
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
    give_size(call)


def give_size(call: Call) -> None:
    call.arguments |= {"width": call.width, "height": call.height}
    if "max_area" in inspect.signature(type(call.pipe).__call__).parameters:
        # Flux Kontext takes the shape of its size alone, and makes a megapixel unless told otherwise.
        call.arguments["max_area"] = call.width * call.height


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
    packed |= hasattr(pipe, "_unpack_latents")  # Qwen-Image 2.1 goes by twos, though it leaves each its place
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
    if "intermediate_timesteps" in accepted and call.num_inference_steps != 2:
        call.arguments["intermediate_timesteps"] = None  # Sana Sprint's default is for its two steps alone


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
    _plan_schedule(call, accepted)


def _plan_schedule(call: Call, accepted: Any) -> None:
    """A scale for each step, as Ideogram 4 has it by default, is stretched over another number of steps; one
    scale for all of them takes its place."""
    if "guidance_schedule" not in accepted:
        return
    default = _default(accepted, "guidance_schedule")
    if call.guidance_scale is not None:
        call.arguments["guidance_schedule"] = None
    elif default and call.num_inference_steps and len(default) != call.num_inference_steps:
        steps = call.num_inference_steps
        call.arguments["guidance_schedule"] = [default[i * len(default) // steps] for i in range(steps)]


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


def _plan_negative(call: Call, job: GenerateImages, accepted: Any, desk: Desk) -> None:
    """An empty one is never passed: it crashes CogView4, and turns guidance on in Qwen-Image."""
    compares = call.guidance_name == "true_cfg_scale" and (call.guidance_scale or 0) > 1
    if plain(job.negative_prompt).strip():
        inert = "true_cfg_scale" in accepted and not compares
        inert |= call.guidance_name == "distilled_guidance_scale"
        if "negative_prompt" not in accepted or inert:
            desk.note("negative_unused")
        else:
            call.give("negative_prompt", job.negative_prompt)
    elif compares and "true_cfg_scale" in call.arguments:
        # Here guidance happens only against something: a space, as Qwen-Image's model card has it.
        call.arguments["negative_prompt"] = " "


def note_unused_negative(pipe: Any, call: Call, desk: Desk) -> None:
    """After the call: most pipelines tell whether they compared with the negative prompt at all."""
    compared = getattr(pipe, "do_classifier_free_guidance", None) is not False
    if call.arguments.get("negative_prompt", "").strip() and not compared:
        desk.note("negative_unused")


def _plan_length(call: Call, pipe: Any, accepted: Any) -> None:
    """Where the default would cut the prompt, all that the pipeline says it can take."""
    given = _default(accepted, "max_sequence_length") if "max_sequence_length" in accepted else None
    most = most_tokens(pipe)
    if not given or not most or most <= given:
        return
    lengths = [
        found for one in _tokenizers(pipe) if (found := _lengths(one, call.arguments["prompt"], given))
    ]
    if any(limit == given and tokens > limit - _AROUND for limit, tokens in lengths):
        call.arguments["max_sequence_length"] = most


def most_tokens(pipe: Any) -> int | None:
    """The bound on `max_sequence_length` that the pipeline's own check names in its error."""
    code = getattr(getattr(type(pipe), "check_inputs", None), "__code__", None)
    texts = [one for one in code.co_consts if isinstance(one, str)] if code else []
    found = [re.search(r"max_sequence_length\D*greater than (\d+)", one) for one in texts]
    bounds = [int(one[1]) for one in found if one]
    # Some denoisers have a table of places, whose first axis is the words' (Lumina2: 300, where its check
    # allows 512), and the picture takes the place after them.
    places = (getattr(getattr(pipe, "transformer", None), "config", None) or {}).get("axes_lens")
    return min([*bounds, *([places[0] - 1] if places else [])]) if bounds else None


def note_cut_prompt(pipe: Any, call: Call, desk: Desk) -> None:
    """Whether even the most patient of the text encoders reads less than the whole prompt, as far as that
    can be told without seeing them read."""
    accepted = inspect.signature(type(pipe).__call__).parameters
    given = _default(accepted, "max_sequence_length") if "max_sequence_length" in accepted else None
    given = call.arguments.get("max_sequence_length", given)
    read = [
        (min(tokens, limit - one.num_special_tokens_to_add()), tokens)
        for one in _tokenizers(pipe)
        for limit, tokens in filter(None, [_lengths(one, call.arguments["prompt"], given)])
    ]
    if read and len(read) == len(_tokenizers(pipe)) and all(used < tokens for used, tokens in read):
        desk.note("prompt_cut", used=max(read)[0], tokens=max(read)[1])


def _tokenizers(pipe: Any) -> list[Any]:
    """Those of its text encoders; a processor (Kandinsky 5) has one of its own."""
    found = [part for name, part in pipe.components.items() if name.startswith("tokenizer") and part]
    return [getattr(part, "tokenizer", part) for part in found]


def _lengths(tokenizer: Any, prompt: str, given: int | None) -> tuple[int, int] | None:
    """The limit of a tokenizer, and the tokens there are, specials left out; None for one without a limit."""
    limit = getattr(tokenizer, "model_max_length", None)
    # CLIP's limit is a fact of the model (77); a T5 has none of its own, and the pipeline says where it cuts.
    if given and "CLIP" not in type(tokenizer).__name__:
        limit = given
    if not isinstance(limit, int) or limit > 1_000_000 or not callable(tokenizer):
        return None
    return limit, len(tokenizer(prompt, add_special_tokens=False, verbose=False).input_ids)


def _default(accepted: Any, name: str) -> Any:
    value = accepted[name].default
    return None if value is inspect.Parameter.empty else value
