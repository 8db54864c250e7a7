"""A graph of ComfyUI: nodes by id, each with its inputs, some of which are links to others.

The graph that was run (`prompt`) is `{id: {class_type, inputs: {name: value or [id, slot]}}}`. The drawing
of it (`workflow`) holds lists of nodes and links, with values in the order in which a node shows them.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from studio.media.dialects.values import Table, items, table, words

MOST_NODES = 5_000
_MUTED, _BYPASSED = 2, 4

# The values of nodes in old drawings, in which they have no names; `?` is what happens to a seed afterwards.
_SHOWN: dict[str, tuple[str, ...]] = {
    "KSampler": ("seed", "?", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": (
        *("add_noise", "noise_seed", "?", "steps", "cfg", "sampler_name", "scheduler"),
        *("start_at_step", "end_at_step", "return_with_leftover_noise"),
    ),
    "SamplerCustom": ("add_noise", "noise_seed", "?", "cfg"),
    "RandomNoise": ("noise_seed", "?"),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "KSamplerSelect": ("sampler_name",),
    "CFGGuider": ("cfg",),
    "FluxGuidance": ("guidance",),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "CLIPTextEncodeSDXL": (
        *("width", "height", "crop_w", "crop_h", "target_width", "target_height", "text_g", "text_l"),
    ),
    "EmptyLatentImage": ("width", "height", "batch_size"),
    "EmptySD3LatentImage": ("width", "height", "batch_size"),
    "CheckpointLoader": ("config_name", "ckpt_name"),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "UNETLoader": ("unet_name", "weight_dtype"),
    "UnetLoaderGGUF": ("unet_name",),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "LoadImage": ("image",),
    "LatentUpscale": ("upscale_method", "width", "height", "crop"),
    "LatentUpscaleBy": ("upscale_method", "scale_by"),
    "ConditioningSetArea": ("width", "height", "x", "y", "strength"),
    "PrimitiveNode": ("value", "?"),
    "PrimitiveInt": ("value", "?"),
    "Text Multiline": ("text",),
    "StringConcatenate": ("string_a", "string_b", "delimiter"),
}
_SEEDS = ("seed", "noise_seed", "value")
_AFTERWARDS = ("fixed", "randomize", "increment", "decrement")


class Link(msgspec.Struct, frozen=True):
    """From which node an input comes, and from which of its outputs."""

    node: str
    slot: int


class Node(msgspec.Struct, frozen=True):
    """Attributes:
    inputs: values, or Link.
    """

    id: str
    type: str
    inputs: dict[str, Any]

    def links(self) -> Iterator[tuple[str, Link]]:
        for name, value in self.inputs.items():
            if isinstance(value, Link):
                yield name, value

    def link(self, *names: str) -> Link | None:
        """The first of these inputs that is a link."""
        return next((value for name in names if isinstance(value := self.inputs.get(name), Link)), None)


class Graph(msgspec.Struct, frozen=True):
    nodes: dict[str, Node]

    def node(self, link: Link | None) -> Node | None:
        return self.nodes.get(link.node) if link else None

    def outputs(self) -> list[Node]:
        """What shows or saves pictures, those that save first; else the nodes at the end of the graph."""
        saving = [
            node for node in self.nodes.values() if "save" in node.type.casefold() and any(node.links())
        ]
        showing = [
            node for node in self.nodes.values() if "preview" in node.type.casefold() and any(node.links())
        ]
        used = {link.node for node in self.nodes.values() for _, link in node.links()}
        last = [node for node in self.nodes.values() if node.id not in used and any(node.links())]
        return list({node.id: node for node in (*saving, *showing, *last)}.values())

    def behind(self, start: Node) -> Iterator[Node]:
        """The node and all that it comes from, the nearest first, each once."""
        waiting, seen = [start], {start.id}
        for node in waiting:  # which grows
            yield node
            for _, link in node.links():
                source = self.nodes.get(link.node)
                if source and source.id not in seen:
                    seen.add(source.id)
                    waiting.append(source)

    def scalar(self, value: object, *preferred: str) -> Any:
        """A value, also one that comes over links from a primitive or a seed's node; None where none does."""
        seen = set[str]()
        names = (*preferred, "value", "int", "float", "seed", "number", "Value", "a")
        while isinstance(value, Link):
            node = self.nodes.get(value.node)
            if node is None or node.id in seen:
                return None
            seen.add(node.id)
            value = next((node.inputs[name] for name in names if name in node.inputs), _only(node))
        return value


def _only(node: Node) -> object:
    """The one input of a node that hands something on."""
    values = list(node.inputs.values())
    return values[0] if len(values) == 1 else None


def graph_of_prompt(source: Table) -> Graph:
    nodes = dict[str, Node]()
    for name, value in list(source.items())[:MOST_NODES]:
        node = table(value)
        if isinstance(node.get("class_type"), str):
            inputs = {str(key): _link_or_value(one) for key, one in table(node.get("inputs")).items()}
            nodes[str(name)] = Node(str(name), words(node["class_type"], 120), inputs)
    return Graph(nodes)


def graph_of_workflow(source: Table) -> Graph:
    links = _drawn_links(source)
    nodes = dict[str, Node]()
    for node in map(table, items(source.get("nodes"))[:MOST_NODES]):
        name, kind = str(node.get("id", "")), words(node.get("type"), 120)
        if not name or not kind or node.get("mode") == _MUTED:
            continue
        kind = "Reroute" if node.get("mode") == _BYPASSED else kind
        inputs: dict[str, Any] = dict(_shown_values(node, kind))
        for one in map(table, items(node.get("inputs"))):
            link = links.get(str(one.get("link")))
            if link:
                inputs[str(one.get("name", ""))] = link
        nodes[name] = Node(name, kind, inputs)
    return Graph(nodes)


def _link_or_value(value: object) -> object:
    match value:
        case [str() | int() as node, int() as slot]:
            return Link(str(node), slot)
        case _:
            return value


def _drawn_links(source: Table) -> dict[str, Link]:
    """`[id, from, its slot, to, its slot, kind]`, or the same as an object."""
    found = dict[str, Link]()
    for one in items(source.get("links"))[: 4 * MOST_NODES]:
        match one:
            case [number, node, int() as slot, *_]:
                found[str(number)] = Link(str(node), slot)
            case {"id": number, "origin_id": node, "origin_slot": int() as slot}:
                found[str(number)] = Link(str(node), slot)
            case _:
                pass
    return found


def _shown_values(node: Table, kind: str) -> Iterator[tuple[str, Any]]:
    """By the names of the inputs that are widgets; else by what is known of the type."""
    shown = node.get("widgets_values")
    yield from table(shown).items()
    values = items(shown)
    inputs = map(table, items(node.get("inputs")))
    named = [str(one.get("name", "")) for one in inputs if table(one.get("widget"))]
    if kind in _SHOWN and len(named) + 1 < len(_SHOWN[kind]):
        names = list(_SHOWN[kind])
    else:
        names = _with_seeds(named or list(_SHOWN.get(kind, ())), values)
    yield from ((name, value) for name, value in zip(names, values, strict=False) if name != "?")
    if not names and values and isinstance(values[0], str | int | float):
        yield "value", values[0]


def _with_seeds(names: list[str], values: list[Any]) -> list[str]:
    """A seed's widget is followed by one that says what becomes of it."""
    if "?" in names:
        return names
    told = list[str]()
    for name in names:
        told.append(name)
        at = len(told)
        if (
            name in _SEEDS
            and at < len(values)
            and (values[at] in _AFTERWARDS or isinstance(values[at], bool))
        ):
            told.append("?")
    return told
