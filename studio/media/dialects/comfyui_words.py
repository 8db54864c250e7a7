"""The words behind a sampler of ComfyUI: through conditionings to encoders, through links to texts."""

from typing import Any

from studio.core.job_checks import PROMPT_LIMIT
from studio.media.dialects.comfyui_graph import Graph, Link, Node
from studio.media.dialects.comfyui_samplers import Sampling
from studio.media.dialects.comfyui_sources import pictures_at
from studio.media.dialects.values import number

_MOST_NODES = 400  # that are asked for one prompt, so that a graph of doublings ends

# Where a node has its words; what was filled in comes before what it was filled in from.
_TEXTS = (
    "populated_text",
    "text",
    "prompt",
    "t5xxl",
    "text_g",
    "clip_g",
    "text_l",
    "clip_l",
    "bert",
    "mt5xl",
)
_MORE = (
    "value",
    "string",
    "String",
    "Text",
    "text_positive",
    "positive_prompt",
    "wildcard_text",
    "result",
    "text_0",
)
_PARTS = ("text", "string", "prompt", "input", "part", "str")
_DELIMITERS = ("delimiter", "separator")
_REFUSED = ("clip", "vae", "model", "control_net", "mask", "clip_vision_output", "pixels", "latent", "image")


class Prompts:
    """Reads one graph.

    Attributes:
        guidance: of Flux, which stands among its words.
        pictures: the names of those that the words refer to.
        unread: types of nodes that did something to the words.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._asked = 0
        self.guidance: float | None = None
        self.pictures: list[str] = []
        self.unread: list[str] = []

    def of(self, sampling: Sampling) -> tuple[str, str]:
        """Positive and negative."""
        positive = self._joined(self._conditioning(sampling.positive, "positive", set()))
        guidance, pictures = self.guidance, self.pictures
        negative = self._joined(self._conditioning(sampling.negative, "negative", set()))
        self.guidance, self.pictures = guidance, pictures
        return positive, negative

    def _joined(self, texts: list[str]) -> str:
        return ", ".join(dict.fromkeys(text.strip() for text in texts if text.strip()))[: PROMPT_LIMIT * 2]

    def _conditioning(self, link: Link | None, role: str, seen: set[str]) -> list[str]:
        node = self._graph.node(link)
        if link is None or node is None or node.id in seen or self._is_too_much():
            return []
        seen = {*seen, node.id}
        if node.type == "ConditioningZeroOut":
            return []
        if (guidance := number(self._graph.scalar(node.inputs.get("guidance"), "guidance"))) is not None:
            self.guidance = guidance
        if node.type != "LoadImage":
            self.pictures += self._referred(node)
        links = [(name, one) for name, one in node.links() if name not in _REFUSED]
        if both := dict(links).keys() & {"positive", "negative"}:
            side = ("positive", "negative")[link.slot] if len(both) == 2 and link.slot < 2 else role
            follow = [one for name, one in links if name == side]
            if follow and not self._is_loader(node):
                return self._conditioning(follow[0], role, seen)
        through = [one for name, one in links if name.lower().startswith("conditioning")]
        if through:
            return [text for one in through for text in self._conditioning(one, role, seen)]
        return self._encoded(node, role, seen)

    def _encoded(self, node: Node, role: str, seen: set[str]) -> list[str]:
        """The words of an encoder, or of whatever node gives them ready."""
        if text := self._written(node, role, seen):
            return text
        for name, one in node.links():
            if name not in _REFUSED and (text := self._conditioning(one, role, seen)):
                return text
        return []

    def _written(self, node: Node, role: str, seen: set[str]) -> list[str]:
        own = (f"text_{role}", role, f"{role}_prompt", f"{role}_text")
        names = [*own, *(name for name in (*_TEXTS, *_MORE) if name not in own)]
        if role == "negative" and any(name in node.inputs for name in own):
            names = list(own)
        found = list[str]()
        for name in names:
            if name in node.inputs and (text := self._text(node.inputs[name], name, role, seen)):
                found.append(text)
                if name not in ("text_g", "text_l", "clip_l", "clip_g", "t5xxl"):
                    break
        if "t5xxl" in node.inputs and len(set(found)) > 1:  # the long one says all, the others its keywords
            self.unread.append(f"{node.type}: clip_l")
            return found[:1]
        return found

    def _text(self, value: Any, name: str, role: str, seen: set[str]) -> str:
        """A text, also one that comes over links and is put together on the way."""
        if isinstance(value, str):
            return value
        node = self._graph.node(value) if isinstance(value, Link) else None
        if node is None or node.id in seen or self._is_too_much():
            return ""
        seen = {*seen, node.id}
        kind = node.type.casefold()
        if any(word in kind for word in ("concat", "join", "combine")):
            return self._put_together(node, role, seen)
        parts = self._written(node, role, seen)
        if not parts:
            links = (one for key, one in node.links() if key not in _REFUSED)
            parts = [text for one in links if (text := self._text(one, name, role, seen))][:1]
        return parts[0] if parts else ""

    def _put_together(self, node: Node, role: str, seen: set[str]) -> str:
        between = next((str(node.inputs[name]) for name in _DELIMITERS if name in node.inputs), "")
        texts = [
            self._text(value, name, role, seen)
            for name, value in node.inputs.items()
            if name not in _DELIMITERS and name.casefold().startswith(_PARTS)
        ]
        return between.replace("\\n", "\n").join(text for text in texts if text)[: PROMPT_LIMIT * 2]

    def _referred(self, node: Node) -> list[str]:
        """Pictures that go into the words: references of Flux and Qwen, unCLIP."""
        names = ("latent", "image", "image1", "image2", "image3", "clip_vision_output", "style_model_output")
        links = [one for name in names if (one := node.link(name))]
        if "control" in node.type.casefold():
            return []
        return [name for one in links for name in pictures_at(self._graph, one)]

    def _is_loader(self, node: Node) -> bool:
        """A node that loads a model and encodes at once has its words as texts."""
        return "ckpt_name" in node.inputs

    def _is_too_much(self) -> bool:
        self._asked += 1
        return self._asked > _MOST_NODES
