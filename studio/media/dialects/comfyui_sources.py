"""What a sampler of ComfyUI draws from: its model with LoRAs, and pictures from files."""

from collections.abc import Iterator
from typing import Any

import msgspec

from studio.core.inputs import Role, UsedInput
from studio.core.recipe import UsedLora
from studio.media.dialects.comfyui_graph import Graph, Link, Node
from studio.media.dialects.comfyui_samplers import Sampling, is_sampler
from studio.media.dialects.loras import used
from studio.media.dialects.values import file_name, table, weights_name

_MOST_HOPS, _MOST_SLOTS = 200, 50
_NAMES = (
    "ckpt_name",
    "unet_name",
    "base_ckpt_name",
    "model_name",
    "model_path",
    "gguf_name",
    "diffusion_model",
)
_STACKED = (
    ("lora_name_{}", "model_weight_{}"),
    ("lora_{:02}", "strength_{:02}"),
    ("lora_name_{}", "lora_wt_{}"),
)
_OFF = ("", "None", "none", "Off", "off", False, 0)


class Models(msgspec.Struct, frozen=True):
    """Attributes:
    name: of the model's file, without folders and ending.
    pictures: names of those that an adapter laid over the model.
    """

    name: str
    loras: list[UsedLora]
    pictures: list[str]


def models_behind(graph: Graph, sampling: Sampling) -> Models:
    """The model and what was laid over it, on the way back from the sampler."""
    loras, pictures, name = list[UsedLora](), list[str](), ""
    for node in _line(graph, sampling.model):
        loras += _loras_of(graph, node)
        if "adapter" in node.type.casefold() and (link := node.link("image")):
            pictures += pictures_at(graph, link)
        if "lora_stack" in node.inputs and (stack := graph.node(node.link("lora_stack"))):
            loras += _loras_of(graph, stack)
        found = (graph.scalar(node.inputs.get(key), key) for key in _NAMES)
        name = next((weights_name(one) for one in found if weights_name(one)), "")
        if name:
            break
    return Models(name, loras[::-1], pictures)


def pictures_behind(graph: Graph, link: Link | None, role: Role) -> list[UsedInput]:
    """The picture that a latent was made of; none where it was empty or came from another sampler."""
    return [UsedInput(role=role, name=name) for name in pictures_at(graph, link)[:1]]


def pictures_at(graph: Graph, link: Link | None) -> list[str]:
    """The names of files that come over this link as they are, without the folders that they lay in."""
    start = graph.node(link)
    found = list[str]()
    waiting, seen = [start] if start else [], set[str]()
    for node in waiting:  # which grows
        if node.id in seen or is_sampler(node):
            continue
        seen.add(node.id)
        if "load" in node.type.casefold() and isinstance(name := node.inputs.get("image"), str):
            found.append(file_name(name.removesuffix(" [input]").removesuffix(" [output]")))
            continue
        names = ("pixels", "image", "images", "samples", "latent", "clip_vision_output", "")
        waiting += [source for one in names if (source := graph.node(node.link(one)))]
    return [name for name in found if name]


def _line(graph: Graph, link: Link | None) -> Iterator[Node]:
    seen = set[str]()
    while (node := graph.node(link)) and node.id not in seen and len(seen) < _MOST_HOPS:
        seen.add(node.id)
        yield node
        others = [one for name, one in node.links() if not name or name.startswith(("model", "any", "input"))]
        link = node.link("model", "model1") or (others[0] if others else None)


def _loras_of(graph: Graph, node: Node) -> list[UsedLora]:
    def at(*names: str) -> Any:
        return next((graph.scalar(node.inputs[name], name) for name in names if name in node.inputs), None)

    found = list[UsedLora]()
    if at("lora_name") not in _OFF and weights_name(at("lora_name")):
        strength = at("strength_model", "lora_model_strength", "strength", "model_strength")
        found.append(used(at("lora_name"), 1.0 if strength is None else strength))
    for value in node.inputs.values():  # rgthree's: `lora_1: {on, lora, strength}`
        one = table(value)
        if one.get("on") is not False and one.get("lora"):
            found.append(used(one["lora"], one.get("strength", 1.0)))
    for number in range(1, _MOST_SLOTS):
        for name, weight in _STACKED:
            if (lora := node.inputs.get(name.format(number))) not in _OFF and isinstance(lora, str):
                if node.inputs.get(f"switch_{number}") not in ("Off", False):
                    found.append(used(lora, node.inputs.get(weight.format(number), 1.0)))
                break
    return [one for one in found[::-1] if one.scale]
