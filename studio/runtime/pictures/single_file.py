"""Pipelines out of one file: its parts under the names their makers gave them, the rest from a lender."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers.loaders import FromOriginalModelMixin
from diffusers.loaders.single_file_utils import (
    SingleFileComponentError,
    create_diffusers_clip_model_from_ldm,
    create_diffusers_t5_model_from_checkpoint,
)
from safetensors import safe_open
from torch import nn

from studio.catalog.borrow import (
    DENOISERS,
    WITH_MASK,
    entries_of,
    holds_part,
    lacking,
    layout_of,
    may_be_left_out,
    needs_parts,
    shapes_of,
)
from studio.catalog.files import ModelFolder
from studio.catalog.held import load_of
from studio.catalog.pipelines import Part, PartKind, index_of, pipeline_class, read_parts
from studio.catalog.safetensors import Header, read_safetensors
from studio.core.errors import ModelIncomplete, ModelUnsupported
from studio.core.messages import Stage
from studio.core.model import Ability, ModelSpec
from studio.runtime.desk import Desk
from studio.runtime.loading import load_errors, weights_watched
from studio.runtime.pictures.parts import class_of, load_part, makes_pictures

# How the tensors of each part begin; what begins with none of these is the denoiser's.
_VAE = ("first_stage_model.", "vae.")
_ENCODERS = {
    "text_encoder": ("cond_stage_model.", "conditioner.embedders.0.", "text_encoders.clip_l."),
    "text_encoder_2": ("conditioner.embedders.1.", "text_encoders.clip_g."),
}
_T5 = ("text_encoders.t5xxl.",)
_UNUSED = ("model_ema.", *_VAE, "cond_stage_model.", "conditioner.", "text_encoders.")
# Numbers that stand for themselves; packed ones need the scales that their packer wrote, in its own way.
_PLAIN = {"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "I64", "I32", "BOOL"}
# What some trainers put into a file of SDXL that predicts velocities, and with noise down to nothing
# (AUTOMATIC1111/stable-diffusion-webui, modules/sd_models.py).
_VELOCITY_MARK, _NO_SIGNAL_MARK = "v_pred", "ztsnr"


class SingleFile:
    """A checkpoint in one file with the folders that complete it.

    Attributes:
        spec: the model; `lender` is the folder that lends what the file lacks.
        layout: the folder with the configs of its parts.
        lender: None where there is none.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self.path = Path(spec.path)
        self.shapes = shapes_of(spec)
        self.header = None if self.packed else read_safetensors(self.path, spec.name)
        self.lender = ModelFolder(Path(spec.lender)) if spec.lender else None
        self.layout = layout_of(spec, self.shapes, self.lender)
        self.index = index_of(self.layout)
        self.entries = entries_of(self.index)
        self._done = self._total = 0  # bytes read, and to be read

    @property
    def packed(self) -> bool:
        """A GGUF file: its denoiser stays quantised."""
        return self.path.suffix.lower() == ".gguf"

    @property
    def fills(self) -> bool:
        """Its denoiser sees a picture and a mask beside the latents; all else is as its base has it."""
        return Ability.FILL in self.spec.abilities

    def _borrowed(self) -> dict[str, Part | None]:
        """What is lent, by name; None for what the pipeline does without. Raises ModelNeedsParts."""
        wanted = lacking(self.shapes, self.layout)
        if self.lender is None:
            raise needs_parts(self.spec, wanted)
        offered = {part.name: part for part in read_parts(self.lender, index_of(self.lender))}
        if gone := [name for name in wanted if name not in offered and not may_be_left_out(name)]:
            raise needs_parts(self.spec, gone)
        return {name: offered.get(name) for name in wanted}

    def load(self, precision: torch.dtype, desk: Desk) -> Any:
        """The pipeline, on the processor. Raises ModelError for what is missing, packed or unknown."""
        name = self.spec.base if self.fills else pipeline_class(self.layout, self.index)
        pipeline = getattr(diffusers, name, None)
        if not makes_pictures(pipeline):
            raise ModelUnsupported(model=self.spec.name, kind=self.spec.base)
        accepted = inspect.signature(pipeline.__init__).parameters
        needed = [name for name, one in accepted.items() if one.default is one.empty and name != "self"]
        if gone := [one for one in needed if one not in {*self.entries, *pipeline._optional_components}]:
            raise needs_parts(self.spec, gone)
        if self.header is not None:
            self._refuse_packed(self.header)
        self._done, self._total = 0, load_of(self.spec).file_bytes
        borrowed = self._borrowed()
        parts = self._own_parts(precision, desk) | self._lent_parts(borrowed, precision, desk)
        desk.phase(Stage.LOADING, self._total, self._total)
        with load_errors(self.spec.name, self.path.name, pipeline.__name__):
            parts["scheduler"] = self._scheduler()
            given = {name: self.index[name] for name in accepted if isinstance(self.index.get(name), bool)}
            return pipeline(**(dict.fromkeys(needed) | given | parts))

    def _refuse_packed(self, header: Header) -> None:
        types = {tensor.dtype for tensor in header.tensors.values()}
        scaled = any(name.endswith(("scale_weight", "weight_scale", "scaled_fp8")) for name in header.tensors)
        if scaled or types - _PLAIN:
            raise ModelUnsupported(model=self.spec.name, kind=f"{self.spec.base}, {self.spec.precision}")

    def _own_parts(self, precision: torch.dtype, desk: Desk) -> dict[str, Any]:
        """What the file holds."""
        made = dict[str, Any]()
        for name, (library, class_name) in self.entries.items():
            if class_name.endswith("Scheduler") or not holds_part(self.shapes, name, class_name):
                continue
            cls = class_of(library, class_name)
            if cls is None:
                raise ModelUnsupported(model=self.spec.name, kind=f"{library}.{class_name}")
            with self._errors(name, class_name):
                if self.packed:
                    desk.phase(Stage.LOADING, self._done, self._total)
                    module = self._unpacked(cls, name, precision)
                    self._done += self.path.stat().st_size
                else:
                    module = self._converted(cls, name, self._tensors(name, class_name, precision, desk))
            made[name] = self._whole(module, name)
        return made

    def _tensors(
        self, name: str, class_name: str, precision: torch.dtype, desk: Desk
    ) -> dict[str, torch.Tensor]:
        """The part's tensors at that precision, under the names in the file; a stop is seen between two.

        One part after another, so that what a conversion copies is never more than one part.
        """
        tensors = dict[str, torch.Tensor]()
        with safe_open(self.path, framework="pt", device="cpu") as file:
            for key in self._names(name, class_name):
                desk.phase(Stage.LOADING, self._done, self._total)
                tensor = file.get_tensor(key)
                self._done += tensor.nbytes
                tensors[key] = tensor.to(precision) if tensor.is_floating_point() else tensor
        return tensors

    def _names(self, name: str, class_name: str) -> list[str]:
        if name in DENOISERS:
            return [key for key in self.shapes if not key.startswith(_UNUSED)]
        starts = _VAE if name == "vae" else _T5 if class_name == "T5EncoderModel" else _ENCODERS[name]
        return [key for key in self.shapes if key.startswith(starts)]

    def _converted(self, cls: Any, name: str, tensors: dict[str, torch.Tensor]) -> nn.Module:
        """The part with diffusers' own names, in the precision of its tensors."""
        precision = next(iter(tensors.values())).dtype
        where = {"config": str(self.layout.path), "subfolder": name, "local_files_only": True}
        if issubclass(cls, FromOriginalModelMixin):
            more = {"in_channels": WITH_MASK} if self.fills and name in DENOISERS else {}
            return cls.from_single_file(tensors, **where, **more, dtype=precision)
        create: Callable[..., nn.Module] = (
            create_diffusers_t5_model_from_checkpoint
            if cls.__name__ == "T5EncoderModel"
            else create_diffusers_clip_model_from_ldm
        )
        module = create(cls, tensors, **where, torch_dtype=precision)
        # diffusers 0.42 leaves this to a loader that it does not call here: T5 has its embeddings twice.
        module.tie_weights()
        return module

    def _unpacked(self, cls: Any, name: str, precision: torch.dtype) -> nn.Module:
        """A denoiser whose weights stay as GGUF has them and are unpacked layer by layer as it works."""
        return cls.from_single_file(
            str(self.path),
            config=str(self.layout.path),
            subfolder=name,
            local_files_only=True,
            dtype=precision,
            quantization_config=diffusers.GGUFQuantizationConfig(compute_dtype=precision),
        )

    @contextmanager
    def _errors(self, name: str, class_name: str) -> Iterator[None]:
        """What a conversion raises over a file that is no whole model of this kind."""
        file = f"{self.path.name} ({name})"
        with load_errors(self.spec.name, self.path.name, class_name):
            try:
                yield
            except (KeyError, IndexError, SingleFileComponentError, NotImplementedError) as error:
                # The last is torch's for tensors that nothing filled.
                raise ModelIncomplete(model=self.spec.name, file=file) from error
            except ValueError as error:
                if "shape" not in str(error):
                    raise
                raise ModelUnsupported(
                    model=self.spec.name, kind=f"{self.spec.base}, {name} of another size"
                ) from error

    def _whole(self, module: nn.Module, name: str) -> nn.Module:
        empty = next((key for key, tensor in module.named_parameters() if tensor.is_meta), None)
        if empty:
            raise ModelIncomplete(model=self.spec.name, file=f"{self.path.name} ({name}: {empty})")
        return module.eval()

    def _lent_parts(
        self, borrowed: dict[str, Part | None], precision: torch.dtype, desk: Desk
    ) -> dict[str, Any]:
        """What the file lacks, from the lender's folder."""
        made = dict[str, Any]()
        for name, part in borrowed.items():
            if part is None or self.lender is None:
                made[name] = None
            elif part.weights:
                size = part.weights.size_bytes
                desk.phase(Stage.LOADING, self._done, self._total)
                with weights_watched(desk, self._done, size, self._total):
                    made[name] = load_part(self.lender, part, precision)
                self._done += size
            elif part.kind in (PartKind.TOKENIZER, PartKind.PROCESSOR):
                with load_errors(self.spec.name, f"{name}/", part.class_name):
                    made[name] = getattr(transformers, part.class_name).from_pretrained(
                        self.lender.path / name, local_files_only=True, trust_remote_code=False
                    )
        return made

    def _scheduler(self) -> Any:
        """As its base has it, and as the file says of itself."""
        library, class_name = self.entries["scheduler"]
        config = self.layout.json("scheduler/scheduler_config.json")
        notes = self.header.notes if self.header else {}
        # `epsilon` or `v` (github.com/Stability-AI/ModelSpec).
        spoken = notes.get("modelspec.prediction_type", "")
        if spoken.startswith("v") or _VELOCITY_MARK in self.shapes:
            config["prediction_type"] = "v_prediction"
        elif spoken.startswith("eps"):
            config["prediction_type"] = "epsilon"
        if _NO_SIGNAL_MARK in self.shapes:
            config |= {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
        return class_of(library, class_name).from_config(config)
