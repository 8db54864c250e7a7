"""How a picture was made: the recipe that is written into the picture itself, and its execution record."""

from fractions import Fraction

import msgspec

from studio.core.edits import Edit
from studio.core.inputs import UsedInput
from studio.core.passes import SecondPass, Variation
from studio.core.sheets import Sheet

MODEL_HASH = "Model hash"  # in `Recipe.extra`: A1111's short hash of a checkpoint, or its whole SHA-256


class Execution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything besides the recipe that can change pixels. The same record gives the same pixels.

    Attributes:
        device: `cpu`, `cuda:NVIDIA …`, `mps`.
        precision: torch name, such as `float32`.
        versions: of the studio, torch, diffusers, transformers.
        batch, place: pictures denoised together, and which of them it was, from 0.
        options: anything else that was on: VAE tiling, offload, attention backend, caches, quantisation.
        model: the fingerprint of the model's files. Pictures have it in their recipe; a record that is handed
            on without one, so that its picture is made again, carries it here.
    """

    device: str
    precision: str
    versions: dict[str, str] = {}
    threads: int | None = None
    batch: int = 1
    place: int = 0
    options: dict[str, str] = {}
    model: str = ""


class UsedLora(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A LoRA that a picture was made with.

    Attributes:
        id, name, fingerprint: as in its ModelSpec.
        hash: SHA-256 of everything behind the file's header, in hexadecimal: A1111's name for its content.
    """

    id: str
    name: str
    fingerprint: str = ""
    hash: str = ""
    scale: float = 1.0


class Recipe(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was really used, after defaults and rounding; foreign recipes fill what they can.

    `seed` is kept as a number here and as text in the database (it needs 64 bits). Sizes in pixels.
    `asset` is the picture's own id, so that a library can be rebuilt from its files.

    Attributes:
        template: the prompt as it was written, where styles, alternatives or wildcards made `prompt` of it.
        strength: of the input that the picture starts from.
        edit: how the picture that was given was changed, and which one that was.
        sheet, cell: the contact sheet that the picture belongs to, and its place there.
        seconds: that it took, its share where several were made together.
        step_seconds: that each step after the first took, for all that were made together.
    """

    asset: str = ""
    job: str = ""
    tool: str = "Atelier"
    created: float = 0.0
    prompt: str = ""
    negative_prompt: str = ""
    template: str = ""
    styles: tuple[str, ...] = ()
    model: str = ""
    model_name: str = ""
    model_fingerprint: str = ""
    pipeline: str = ""
    seed: int | None = None
    index: int = 0
    width: int = 0
    height: int = 0
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    scheduler: str | None = None
    loras: tuple[UsedLora, ...] = ()
    inputs: tuple[UsedInput, ...] = ()
    strength: float | None = None
    variation: Variation | None = None
    second_pass: SecondPass | None = None
    seamless: bool = False
    cache: str = ""
    edit: Edit | None = None
    sheet: Sheet | None = None
    cell: int | None = None
    seconds: float | None = None
    step_seconds: float | None = None
    execution: Execution | None = None
    extra: dict[str, str] = {}

    @property
    def first_size(self) -> tuple[int, int]:
        """Width and height that were asked for, which a second pass enlarges.

        Other tools write these down; the studio, whose pictures have a record, the size of the picture.
        """
        second = self.second_pass
        if not (second and second.is_possible and self.execution):
            return self.width, self.height
        scale = Fraction(second.scale)  # exact, however large a number a picture may hold
        return round(self.width / scale), round(self.height / scale)
