"""Causal models from disk into memory, with their tokenizers and the tokens that end an answer."""

from collections.abc import Container
from pathlib import Path
from typing import Any

from transformers import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING,
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoTokenizer,
    GenerationConfig,
    PreTrainedModel,
)
from transformers.utils import LEGACY_PROCESSOR_CHAT_TEMPLATE_FILE

from studio.catalog.files import ModelFolder, find_weights
from studio.catalog.gguf import is_split, read_gguf
from studio.catalog.inspect import inspect_model
from studio.catalog.llama import PACKAGE
from studio.core.errors import ModelIncomplete, ModelNeedsPackage
from studio.core.messages import Stage
from studio.core.model import ModelSpec
from studio.core.plan import Plan
from studio.runtime.loading import OWN_CHOICES, load_errors, quiet_libraries, weights_watched
from studio.runtime.placement import (
    best_device,
    bytes_of,
    device_of,
    dtype_of,
    packing_options,
    plan_for,
)
from studio.runtime.residency import LoadContext
from studio.runtime.text.attention import pack_shared_heads
from studio.runtime.text.banned import Vocabulary
from studio.runtime.text.control import spell_unknown
from studio.runtime.text.known import Known
from studio.runtime.text.kv_cache import KvCache
from studio.runtime.text.vision import Sight, load_sight, sight_of

# Ends of a turn that chat templates write; some models' configs name only the end of the document.
TURN_ENDS = (
    "<|im_end|>",
    "<|eot_id|>",
    "<end_of_turn>",
    "<turn|>",
    "<|end|>",
    "<|endoftext|>",
    "</s>",
    "<end_of_utterance>",
)


class LoadedText:
    """A causal model in memory.

    Attributes:
        plan: how it is held.
        model, tokenizer: the transformers objects.
        cache: what it has read and still remembers.
        context_length: tokens it can read, None without a limit.
        dropped: the conversation that was last cut to fit, and where in its turns it began then.
        known: the prompts that were last cut into tokens.
        vocabulary: what its tokens write.
        foresight: its layers that predict further tokens, where it has some.
        draft: a smaller model that guesses ahead, and which one it is.
        refused: the smaller model that was found to be of no use to it last, and why.
        sight: what reads pictures; None for a model that cannot.
    """

    def __init__(
        self,
        spec: ModelSpec,
        model: PreTrainedModel,
        tokenizer: Any,
        chosen: Plan,
        sight: Sight | None,
        memory_budget: int,
    ) -> None:
        self.plan = chosen
        self.sight = sight
        self.model = model
        self.tokenizer = tokenizer
        self.cache = KvCache(model)
        self.context_length = spec.context_length
        self.dropped = ("", 0)
        self.known = Known()
        self.vocabulary = Vocabulary(tokenizer)
        self.foresight: PreTrainedModel | None = None
        self.draft: tuple[ModelSpec, LoadedText] | None = None
        self.refused: tuple[ModelSpec, str] | None = None
        self._weight_bytes = bytes_of(model)
        self.hold_within(memory_budget)
        # The folder's generation_config.json may ask for anything, beams and watermarks too: what it
        # recommends for sampling is in the spec, and the ends of an answer are all that is kept besides.
        ends = _ends(model, tokenizer)
        pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else ends[0] if ends else None
        model.generation_config = GenerationConfig(eos_token_id=ends or None, pad_token_id=pad)

    @property
    def ends(self) -> frozenset[int]:
        """The tokens that end an answer."""
        return frozenset(self.model.generation_config.eos_token_id or ())

    @property
    def size_bytes(self) -> int:
        return self._fixed_bytes + self.cache.size_bytes

    @property
    def free_bytes(self) -> int:
        """What more it may hold, other branches being given back if they must."""
        return self._memory_budget - self._fixed_bytes - self.cache.work_bytes

    @property
    def _fixed_bytes(self) -> int:
        return self._weight_bytes + (self.draft[1].size_bytes if self.draft else 0)

    def hold_within(self, memory_budget: int) -> None:
        """So many bytes are all that it may hold from now on, with all that it remembers."""
        self._memory_budget = memory_budget
        self.cache.limit_bytes = memory_budget - self._fixed_bytes

    def forget_conversations(self, conversations: Container[str]) -> None:
        """Keep nothing of what was read of them, nor their words."""
        self.cache.forget_conversations(conversations)
        self.known = Known()
        self.dropped = ("", 0)

    def take_draft(self, draft: "tuple[ModelSpec, LoadedText] | None") -> None:
        """In the place of the one before."""
        self.draft = draft
        self.hold_within(self._memory_budget)

    def add_foresight(self, layers: PreTrainedModel) -> None:
        """It has these layers besides, which share its head and its embeddings."""
        self.foresight = layers
        pack_shared_heads(layers)
        self._weight_bytes = bytes_of(self.model, layers)
        self.hold_within(self._memory_budget)

    def release(self) -> None:
        self.cache.clear()
        self.model = self.tokenizer = self.foresight = self.draft = self.sight = None


def load_text(spec: ModelSpec, context: LoadContext) -> LoadedText:
    """Raises ModelError for anything missing, damaged, unsafe or unknown, before or while it loads."""
    quiet_libraries()
    path, desk, size = Path(spec.path), context.desk, spec.size_bytes
    inspect_model(path, name=spec.name)
    if is_split(path):  # transformers reads one file, and would take its tensors for all
        raise ModelNeedsPackage(model=spec.name, package=PACKAGE, cause="ModuleNotFoundError: llama_cpp")
    where, options = _place_of(path, spec)
    chosen = plan_for(spec, context.memory_budget)
    if chosen.device == "cpu" and best_device().type != "cpu":
        desk.note("moved_to_cpu")
    desk.phase(Stage.LOADING, 0, size)
    with load_errors(spec.name, path.name, spec.base), weights_watched(desk, 0, size, size):
        processor = load_sight(path, spec.name) if path.is_dir() else None
        tokenizer = _tokenizer(where, processor, options)
        if tokenizer.chat_template is None and path.is_dir():
            tokenizer.chat_template = _processor_template(ModelFolder(path, spec.name))
        desk.check()
        model, info = _class_for(path, processor is not None).from_pretrained(
            where,
            dtype=dtype_of(chosen),
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
            **OWN_CHOICES,
            **options,
            **packing_options(chosen, "transformers"),
        )
    if info["missing_keys"]:
        raise ModelIncomplete(model=spec.name, file=f"{path.name} ({min(info['missing_keys'])})")
    spell_unknown(tokenizer, model.get_input_embeddings().weight.shape[0])
    if path.is_file() and _lost_biases(path, spec.name, model):
        raise ModelNeedsPackage(model=spec.name, package=PACKAGE, cause="ModuleNotFoundError: llama_cpp")
    desk.phase(Stage.LOADING, size, size)
    # What is packed was packed where it stays.
    placed = model if chosen.quantiser else model.to(device_of(chosen))
    pack_shared_heads(placed)
    return LoadedText(
        spec, placed.eval(), tokenizer, chosen, sight_of(placed, processor), context.memory_budget
    )


def _tokenizer(where: Path, processor: Any | None, options: dict[str, Any]) -> Any:
    """The one that the processor has loaded already, where there is one."""
    if processor is not None:
        return processor.tokenizer
    return AutoTokenizer.from_pretrained(where, trust_remote_code=False, **options)


def _place_of(path: Path, spec: ModelSpec) -> tuple[Path, dict[str, Any]]:
    """The folder, and what transformers has to be told besides."""
    if path.is_file():
        return path.parent, {"gguf_file": path.name, "local_files_only": True}
    variant = find_weights(ModelFolder(path, spec.name)).variant
    return path, {"variant": variant, "local_files_only": True}


def _processor_template(folder: ModelFolder) -> str | None:
    """Older models that also see keep their template where their processor looks for it, and no tokenizer."""
    if not folder.has(LEGACY_PROCESSOR_CHAT_TEMPLATE_FILE):
        return None
    template = folder.json(LEGACY_PROCESSOR_CHAT_TEMPLATE_FILE).get("chat_template")
    return template if isinstance(template, str) else None


def _class_for(path: Path, sees: bool) -> Any:
    """The whole of a model that is to see, else the half that writes where that is a class of its own."""
    if path.is_file():
        return AutoModelForCausalLM
    config = type(AutoConfig.from_pretrained(path, trust_remote_code=False, local_files_only=True))
    whole = config in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING
    if whole and (sees or config not in MODEL_FOR_CAUSAL_LM_MAPPING):
        return AutoModelForImageTextToText
    return AutoModelForCausalLM


def _lost_biases(path: Path, name: str, model: PreTrainedModel) -> bool:
    """transformers 5.23 takes no biases from GGUF files of some architectures (`llama`), and says nothing:
    such a model writes nonsense."""
    has_some = any(one.endswith(".bias") for one in read_gguf(path, name).shapes)
    return has_some and not any(one.endswith(".bias") for one, _ in model.named_parameters())


def _ends(model: PreTrainedModel, tokenizer: Any) -> list[int]:
    """Every token that ends an answer: of the config, of the tokenizer, and of the chat template."""
    listed = model.generation_config.eos_token_id
    found = set(listed if isinstance(listed, list) else [] if listed is None else [listed])
    if tokenizer.eos_token_id is not None:
        found.add(tokenizer.eos_token_id)
    template = tokenizer.chat_template if isinstance(tokenizer.chat_template, str) else ""
    vocabulary = tokenizer.get_added_vocab()
    found |= {vocabulary[end] for end in TURN_ENDS if end in template and end in vocabulary}
    return sorted(found)
