"""ComfyUI's graphs: what was asked for is found by going back from the picture to its sampler and beyond."""

from studio.core.inputs import Role, UsedInput
from studio.core.passes import SecondPass
from studio.core.reading import Reading
from studio.core.recipe import Recipe
from studio.media.dialects.comfyui_graph import Graph, Node, graph_of_prompt, graph_of_workflow
from studio.media.dialects.comfyui_samplers import Sampling, is_sampler, sampling_chain
from studio.media.dialects.comfyui_sources import Models, models_behind, pictures_behind
from studio.media.dialects.comfyui_words import Prompts
from studio.media.dialects.loras import once, without_tags
from studio.media.dialects.samplers import scheduler_of
from studio.media.dialects.texts import USER_COMMENT, Texts
from studio.media.dialects.values import each_once, fraction, parsed, size, table, words

_MOST_TRIED = 8

# Nodes that either are read or change nothing of what a recipe says.
_UNDERSTOOD = {
    *("KSampler", "KSamplerAdvanced", "SamplerCustom", "SamplerCustomAdvanced", "KSamplerSelect"),
    *("BasicGuider", "CFGGuider", "RandomNoise", "BasicScheduler", "KarrasScheduler", "Flux2Scheduler"),
    *("FluxGuidance", "ModelSamplingFlux", "ModelSamplingSD3", "ModelSamplingAuraFlow"),
    *("CLIPTextEncode", "CLIPTextEncodeFlux", "CLIPTextEncodeSDXL", "CLIPTextEncodeSD3"),
    *("ConditioningCombine", "ConditioningConcat", "ConditioningZeroOut", "ReferenceLatent"),
    *("EmptyLatentImage", "EmptySD3LatentImage", "EmptyFlux2LatentImage", "EmptyHunyuanLatentVideo"),
    *("LoraLoader", "LoraLoaderModelOnly", "Power Lora Loader (rgthree)", "Lora Loader Stack (rgthree)"),
    *("CheckpointLoader", "CheckpointLoaderSimple", "UNETLoader", "UnetLoaderGGUF", "DiffusersLoader"),
    *("unCLIPCheckpointLoader", "CheckpointLoaderNF4", "UnetLoaderGGUFAdvanced"),
    *("VAELoader", "CLIPLoader", "DualCLIPLoader", "TripleCLIPLoader", "QuadrupleCLIPLoader"),
    *("CLIPLoaderGGUF", "DualCLIPLoaderGGUF", "TripleCLIPLoaderGGUF"),
    *("VAEDecode", "VAEDecodeTiled", "VAEEncode", "VAEEncodeTiled", "LoadImage", "LoadImageMask"),
    *("LatentUpscale", "LatentUpscaleBy", "SaveImage", "PreviewImage", "SaveImageWebsocket"),
    *("Reroute", "Note", "MarkdownNote", "PrimitiveNode", "RepeatLatentBatch", "GetImageSize"),
    *("PrimitiveInt", "PrimitiveFloat", "PrimitiveString", "PrimitiveStringMultiline", "PrimitiveBoolean"),
    *("StringConcatenate", "Text Multiline", "Text Concatenate", "JoinStrings", "ShowText|pysssss"),
    *("Seed (rgthree)", "Seed Everywhere", "CR Seed", "Text String", "String Literal", "ImageScale"),
    *("ImageScaleBy", "ImageScaleToTotalPixels", "ImpactWildcardProcessor", "String (Multiline)"),
}


def read(texts: Texts) -> Reading | None:
    """The graph that was run; where it is missing, the drawing of it."""
    comment = parsed(texts.get(USER_COMMENT)) or parsed(texts.get("comment"))
    for key in ("prompt", "Prompt"):
        for source in (parsed(texts.get(key)), table(comment.get(key)), parsed(words_of(comment.get(key)))):
            if reading := _reading(graph_of_prompt(source), texts.size):
                return reading
    for key in ("workflow", "Workflow"):
        for source in (parsed(texts.get(key)), table(comment.get(key)), parsed(words_of(comment.get(key)))):
            if reading := _reading(graph_of_workflow(source), texts.size):
                return reading
    return None


def words_of(value: object) -> str:
    return value if isinstance(value, str) else ""


def _reading(graph: Graph, picture: tuple[int, int]) -> Reading | None:
    """Of several pictures that a graph makes, the one of this size; else the first."""
    read = list[tuple[Reading, tuple[int, int]]]()
    for output in graph.outputs()[:_MOST_TRIED]:
        chain = sampling_chain(graph, output)
        if chain:
            read.append(_told(graph, output, chain, picture))
    fitting = [reading for reading, made in read if made == picture]
    return (fitting or [reading for reading, _ in read] or [None])[0]


def _told(
    graph: Graph, output: Node, chain: list[Sampling], picture: tuple[int, int]
) -> tuple[Reading, tuple[int, int]]:
    """What made the picture of this output, and in which size."""
    first = chain[0]
    prompts = Prompts(graph)
    positive, negative = prompts.of(first)
    positive, called, other = without_tags(positive)
    models = models_behind(graph, first)
    scheduler, unknown = scheduler_of(first.sampler, first.schedule)
    inputs = [*pictures_behind(graph, first.latent, Role.START), *_references(prompts, models)]
    width, height = first.size or picture
    second, made, odd = _second_pass(chain, (width, height))
    guidance = prompts.guidance if prompts.guidance is not None else first.guidance
    recipe = Recipe(
        tool="ComfyUI",
        prompt=words(positive),
        negative_prompt=words(negative),
        model_name=models.name,
        seed=first.seed,
        width=width,
        height=height,
        num_inference_steps=first.steps,
        guidance_scale=guidance,
        scheduler=scheduler,
        loras=tuple(once([*models.loras, *called])),
        inputs=tuple(inputs[:16]),
        strength=_strength(first, inputs),
        second_pass=second,
    )
    wrong = [name for one in chain for name in one.impossible]
    names = [*wrong, *other, *prompts.unread, *unknown, *odd, *_strange(graph, output, chain)]
    unread = each_once([name for name in names if name not in _UNDERSTOOD])
    return Reading(recipe=recipe, dialect="ComfyUI", unread=unread), made


def _references(prompts: Prompts, models: Models) -> list[UsedInput]:
    return [
        UsedInput(role=Role.REFER, name=name) for name in dict.fromkeys([*prompts.pictures, *models.pictures])
    ]


def _strength(first: Sampling, inputs: list[UsedInput]) -> float | None:
    begins = any(one.role is Role.START for one in inputs)
    return fraction(first.denoise) if begins else None


def _second_pass(
    chain: list[Sampling], size_of_first: tuple[int, int]
) -> tuple[SecondPass | None, tuple[int, int], list[str]]:
    """The pass after the first that paints over an enlarged picture; others have no place in a recipe."""
    made, second, odd = size_of_first, None, list[str]()
    for later in chain[1:]:
        scale = later.scale
        if scale is None and later.target and all(size_of_first):
            scale = round((later.target[0] * later.target[1] / (made[0] * made[1])) ** 0.5, 3)
        strength = fraction(later.denoise)
        if second is None and scale and 1 < scale <= 4 and strength is not None:
            second = SecondPass(scale=scale, strength=strength, num_inference_steps=later.steps or None)
            made = later.target or size(round(made[0] * scale), round(made[1] * scale)) or made
        else:
            odd.append(f"{later.node.type} {later.node.id}")
    return second, made, odd


def _strange(graph: Graph, output: Node, chain: list[Sampling]) -> list[str]:
    """Types of nodes that are not known, and samplers beside those of the chain."""
    read = {one.node.id for one in chain}
    behind = list(graph.behind(output))
    besides = [f"{node.type} {node.id}" for node in behind if is_sampler(node) and node.id not in read]
    return [*besides, *(node.type for node in behind if node.type not in _UNDERSTOOD)]
