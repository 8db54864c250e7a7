"""Pictures in a conversation, as a model that sees reads them: tokens in the prompt, features beside it."""

import hashlib
import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from PIL import Image
from transformers import (
    PROCESSOR_MAPPING,
    AutoConfig,
    PreTrainedModel,
    ProcessorMixin,
)

from studio.catalog.files import ModelFolder
from studio.core.errors import PictureUnreadable
from studio.media.sights import open_sight
from studio.runtime.cancel import block_hooks
from studio.runtime.desk import Desk
from studio.runtime.processors import load_processor
from studio.runtime.text.kv_cache import KvCache
from studio.runtime.text.shown import KEY_BITS, Placed, Seen, before_torn

REMEMBERED = 256  # pictures whose tokens are known without a look at their pixels
_CONFIGS = ("processor_config.json", "preprocessor_config.json")
# Reads pictures with the same tokens; SmolVLM's own wants a package that writes out numbers, for films.
_INSTEAD = {"SmolVLMProcessor": "Idefics3Processor"}
_FAULTS = (AttributeError, ImportError, LookupError, OSError, RuntimeError, TypeError, ValueError)


class Sight:
    """The half of a model that sees.

    Attributes:
        token: what a template writes where a picture is.
        token_id: the same as a number.
    """

    def __init__(self, model: PreTrainedModel, processor: Any) -> None:
        self._model, self._processor = model, processor
        self._seen: dict[tuple[str, int, int], Seen] = {}
        self.token: str = processor.image_token
        self.token_id: int = processor.tokenizer.convert_tokens_to_ids(self.token)

    def see(self, path: str) -> Seen:
        """The tokens of the picture. Raises PictureUnreadable, PictureCutShort, PictureTooLarge."""
        try:
            stat = Path(path).stat()
        except (OSError, ValueError) as error:
            raise PictureUnreadable(path=path) from error
        name = (path, stat.st_mtime_ns, stat.st_size)
        seen = self._seen.pop(name, None) or self._look(path)
        self._seen[name] = seen
        if len(self._seen) > REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return seen

    def inputs(self, ids: Sequence[int], placed: Sequence[Placed], kept: int) -> dict[str, Any]:
        """What `generate` takes beside the ids, of which the first `kept` are in its cache already."""
        device = self._model.device
        given: dict[str, Any] = {}
        for name in placed[0].seen.beside:
            rows = [one.seen.beside[name] for one in placed]
            if name in _rope_names(self._model):
                given[name] = torch.cat(rows).to(device)
                continue
            given[name] = torch.zeros((1, len(ids)), dtype=torch.long, device=device)
            for one, row in zip(placed, rows, strict=True):
                given[name][0, one.start : one.end] = row
        if unread := [one.seen for one in placed if one.end > kept]:
            given["mm_encoder_outputs"] = {"image": self._features(unread)}
        return given

    def _look(self, path: str) -> Seen:
        picture = open_sight(path)
        key = hashlib.blake2b(picture.tobytes() + repr(picture.size).encode(), digest_size=8).digest()
        try:
            made = self._processed([picture])
        except ValueError as error:  # some refuse what is two hundred times as wide as high
            raise PictureUnreadable(path=path) from error
        length = made["input_ids"].shape[-1]
        rope = _rope_names(self._model)
        accepted = inspect.signature(self._model.forward).parameters
        beside = {
            name: value if name in rope else value[0]
            for name, value in made.items()
            if isinstance(value, torch.Tensor)
            and (name in rope or (name.endswith("token_type_ids") and value.shape[-1] == length))
            and name in accepted
        }
        ids = tuple(made["input_ids"][0].tolist())
        return Seen(path, int.from_bytes(key) >> (64 - KEY_BITS), ids, beside)

    def _features(self, seen: Sequence[Seen]) -> Any:
        """As `generate` itself would have them made, but of those pictures alone that are read anew."""
        made = self._processed([open_sight(one.path) for one in seen])
        encode = self._model.base_model.get_image_features
        wanted = inspect.signature(encode).parameters
        given = {name: self._placed(made[name]) for name in wanted if name in made}
        return encode(**given, return_dict=True)

    def _processed(self, pictures: list[Image.Image]) -> Any:
        return self._processor(
            images=pictures,
            text=[self.token * len(pictures)],
            return_tensors="pt",
            text_kwargs={"add_special_tokens": False, "return_mm_token_type_ids": True},
        )

    def _placed(self, value: Any) -> Any:
        if not isinstance(value, torch.Tensor):
            return value
        kind = self._model.dtype if value.is_floating_point() else value.dtype
        return value.to(self._model.device, kind)


def _rope_names(model: PreTrainedModel) -> frozenset[str]:
    """What tells the place of each token in a picture, for models that reckon with that (Qwen's)."""
    index = getattr(model.base_model, "get_rope_index", None)
    names = inspect.signature(index).parameters if index else {}
    return frozenset(name for name in names if name.startswith("image_"))


def load_sight(folder: Path, name: str) -> Any | None:
    """The processor of a model that sees; None where the folder has none that can be used here: such a model
    still writes."""
    files = ModelFolder(folder, name)
    said = [files.json(file).get("processor_class") for file in _CONFIGS if files.has(file)]
    if not said:
        return None
    named = next((one for one in said if isinstance(one, str)), "")
    made = getattr(transformers, _INSTEAD.get(named, named), None)
    try:
        if not (isinstance(made, type) and issubclass(made, ProcessorMixin)):
            config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
            made = PROCESSOR_MAPPING[type(config)]
        processor = load_processor(made, folder)
    except _FAULTS:
        return None
    return processor if getattr(processor, "image_token", None) and hasattr(processor, "tokenizer") else None


def sight_of(model: PreTrainedModel, processor: Any | None) -> Sight | None:
    """None for a model that has to be given a picture in another way than nearly all: as features in the
    places of its tokens (transformers 5.23)."""
    if processor is None or not model._supports_mm_encoder_outputs():
        return None
    return Sight(model, processor) if hasattr(model.base_model, "get_image_features") else None


def begin(
    cache: KvCache, keys: list[int], placed: Sequence[Placed], whole_bytes: int, conversation: str
) -> int:
    """As `KvCache.begin`, but never in the middle of a picture, whose features are given as a whole."""
    kept = cache.begin(keys, whole_bytes, conversation)
    before = before_torn(placed, kept)
    return kept if before == kept else cache.begin(keys[: before + 1], whole_bytes, conversation)


def begins_unread(model: PreTrainedModel, placed: Sequence[Placed]) -> bool:
    """Whether an answer can begin at once where its prompt was read before. Some models reckon with places
    while they read, and need them later (Qwen's)."""
    return not placed and not hasattr(model.base_model, "rope_deltas")


def inputs_for(
    model: PreTrainedModel,
    sight: Sight | None,
    ids: Sequence[int],
    placed: Sequence[Placed],
    kept: int,
    desk: Desk,
) -> dict[str, Any]:
    """What `generate` takes beside the ids, of which the first `kept` are in its cache; {} without pictures.

    A prompt that has `mm_encoder_outputs` here is to be read in one piece (`prefill_chunk_size=None`): some
    models let the tokens of a picture see each other, also those that come after. A stop is seen before every
    block of what looks at them.
    """
    base = model.base_model
    if hasattr(base, "rope_deltas"):
        base.rope_deltas = None  # of whatever was read last, be it another conversation
    if sight is None or not placed:
        return {}
    with block_hooks(model, desk):
        return sight.inputs(ids, placed, kept)
