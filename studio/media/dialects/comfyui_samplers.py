"""The samplers behind a picture of ComfyUI, the first one first, with what each was set to."""

from typing import Any

import msgspec

from studio.media.dialects.comfyui_graph import Graph, Link, Node
from studio.media.dialects.values import fraction, impossible, number, seed, side, size, size_in, steps

MOST_PASSES = 8
_NUMBERS = {"seed": seed, "steps": steps, "cfg": number, "denoise": fraction}
_MOST_HOPS = 200


class Sampling(msgspec.Struct, frozen=True, kw_only=True):
    """One sampler.

    Attributes:
        positive, negative, model, latent: where they come from.
        size: of the empty latent that it began with; None where there is none.
        scale, target: how the latent was enlarged on its way to it.
        impossible: numbers that nothing can have, of it and of an empty latent behind it.
    """

    node: Node
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    sampler: object = ""
    schedule: object = ""
    denoise: object = 1.0
    positive: Link | None = None
    negative: Link | None = None
    model: Link | None = None
    latent: Link | None = None
    size: tuple[int, int] | None = None
    scale: float | None = None
    target: tuple[int, int] | None = None
    earlier: Node | None = None
    impossible: tuple[str, ...] = ()


def sampling_chain(graph: Graph, output: Node) -> list[Sampling]:
    """Those through which the picture went, back from the output; empty where there is none."""
    chain = list[Sampling]()
    node = _sampler_behind(graph, output)
    while node is not None and len(chain) < MOST_PASSES and all(node.id != one.node.id for one in chain):
        one = _sampling(graph, node)
        chain.append(one)
        node = one.earlier
    return _joined(chain[::-1])


def is_sampler(node: Node) -> bool:
    """By what goes in: every sampler has words or a guider, and a latent or a count of steps."""
    guided = node.link("positive", "guider") is not None
    return guided and ("latent_image" in node.inputs or "steps" in node.inputs or "samples" in node.inputs)


def _sampler_behind(graph: Graph, start: Node) -> Node | None:
    """The nearest sampler, over pictures and latents alone where they have such names."""
    return next((node for node in graph.behind(start) if node is not start and is_sampler(node)), None)


def _sampling(graph: Graph, node: Node) -> Sampling:
    def at(source: Node | None, *names: str) -> Any:
        """The first of these inputs that a node has, also over links."""
        return next((graph.scalar(source.inputs[n], n) for n in names if source and n in source.inputs), None)

    noise, guider = graph.node(node.link("noise")), graph.node(node.link("guider"))
    select, sigmas = graph.node(node.link("sampler")), _sigmas(graph, node.link("sigmas"))
    words = guider or node
    latent = node.link("latent_image", "samples", "latent", "optional_latent", "image")
    size_of, scale, target, earlier = _on_the_way(graph, latent)
    denoise, begins = at(sigmas or node, "denoise"), at(node, "start_at_step")
    count = steps(at(sigmas or node, "steps")) or steps(at(node, "steps"))
    said = {
        "seed": at(noise or node, "noise_seed", "seed"),
        "steps": at(sigmas or node, "steps"),
        "cfg": at(words, "cfg", "cfg_conds"),
        "denoise": denoise,
    }
    if denoise is None and count and isinstance(begins, int) and 0 <= begins <= count:
        denoise = 1 - begins / count
    return Sampling(
        node=node,
        seed=seed(said["seed"]),
        steps=count,
        guidance=number(said["cfg"]),
        sampler=at(select, "sampler_name") or at(node, "sampler_name") or (_bare(select) if select else ""),
        schedule=at(sigmas or node, "scheduler") or _schedule_of(sigmas),
        denoise=1.0 if denoise is None else denoise,
        positive=words.link("positive", "conditioning", "cond1"),
        negative=words.link("negative"),
        model=words.link("model") or node.link("model"),
        latent=latent,
        size=size_of,
        scale=scale or number(at(node, "upscale_by")),
        target=target,
        earlier=earlier,
        impossible=(*impossible(said, _NUMBERS), *_impossible_sides(graph, latent)),
    )


def _impossible_sides(graph: Graph, link: Link | None) -> list[str]:
    """Of the empty latent behind this link, which needs both; for other nodes a side of 0 is one to keep."""
    start = graph.node(link)
    empty = (
        next((one for one in graph.behind(start) if one.type.startswith("Empty")), None) if start else None
    )
    said = {name: graph.scalar(empty.inputs.get(name), name) for name in ("width", "height")} if empty else {}
    return impossible(said, {"width": side, "height": side})


def _sigmas(graph: Graph, link: Link | None) -> Node | None:
    """The node that made the schedule, through those that split or flip it."""
    for _ in range(_MOST_HOPS):
        node = graph.node(link)
        if node is None or "steps" in node.inputs:
            return node
        link = node.link("sigmas", "sigmas_1")
    return None


def _bare(select: Node) -> str:
    """`SamplerDPMPP_2M_SDE` names its sampler by its type."""
    return select.type.removeprefix("Sampler").lower() if select.type.startswith("Sampler") else ""


def _schedule_of(sigmas: Node | None) -> str:
    return "karras" if sigmas and sigmas.type == "KarrasScheduler" else ""


def _on_the_way(
    graph: Graph, link: Link | None
) -> tuple[tuple[int, int] | None, float | None, tuple[int, int] | None, Node | None]:
    """From a sampler back: the size of an empty latent, how it was enlarged, and an earlier sampler."""
    scale, target, seen = None, None, set[str]()
    for _ in range(_MOST_HOPS):
        node = graph.node(link)
        if node is None or node.id in seen:
            return None, scale, target, None
        seen.add(node.id)
        if is_sampler(node):
            return None, scale, target, node
        sides = _sides(graph, node)
        link = _flow(node)
        if link is None:
            return sides, scale, target, None
        if "mask" not in node.type.casefold() and scale is None and target is None:
            scale, target = number(graph.scalar(node.inputs.get("scale_by"), "scale_by")), sides
    return None, scale, target, None


def _flow(node: Node) -> Link | None:
    """Where a latent or a picture comes from."""
    names = ("samples", "latent", "latent_image", "samples_to", "samples1", "pixels", "image", "images")
    others = [link for name, link in node.links() if not name or name.startswith(("any", "input", "LATENT"))]
    return node.link(*names) or (others[0] if others else None)


def _sides(graph: Graph, node: Node) -> tuple[int, int] | None:
    def scalar(*names: str) -> Any:
        return next((graph.scalar(node.inputs[name], name) for name in names if name in node.inputs), None)

    both = size(scalar("width", "empty_latent_width"), scalar("height", "empty_latent_height"))
    return both or size_in(scalar("resolution", "dimensions", "aspect_ratio"))


def _joined(chain: list[Sampling]) -> list[Sampling]:
    """Samplers that share their steps (`start_at_step`) are one pass; the first has seed and words."""
    passes = list[Sampling]()
    for one in chain:
        goes_on = passes and one.scale is None and one.target is None and "start_at_step" in one.node.inputs
        if not goes_on:
            passes.append(one)
    return passes
