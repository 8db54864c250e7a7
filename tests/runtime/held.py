"""What a job could leave behind on a model, taken down before it and compared with what is there after it."""

import torch
from torch import nn

from studio.runtime.pictures.load import LoadedPipeline


def held(loaded: LoadedPipeline) -> dict[str, object]:
    """All that a job could leave behind on a pipeline and the parts in it."""
    found: dict[str, object] = {"options": dict(loaded.options), "pipe": covered(loaded.pipe)}
    for name, part in loaded.pipe.components.items():
        found[name] = (type(part), covered(part))
        if not isinstance(part, nn.Module):
            continue
        found |= {f"{name} {key}": value.clone() for key, value in part.state_dict().items()}
        for key, module in part.named_modules():
            hooks = len(module._forward_hooks) + len(module._forward_pre_hooks)
            padding, processor = getattr(module, "padding_mode", ""), getattr(module, "processor", None)
            found[f"{name}.{key}"] = (type(module), hooks, padding, type(processor), covered(module))
    return found


def covered(part: object) -> list[str]:
    """The methods that something was laid over."""
    return [name for name in getattr(part, "__dict__", ()) if callable(getattr(type(part), name, None))]


def same(first: dict[str, object], second: dict[str, object]) -> list[str]:
    """The names of what differs."""
    names = [*first.keys() ^ second.keys()]
    for name in first.keys() & second.keys():
        one, other = first[name], second[name]
        alike = torch.equal(one, other) if torch.is_tensor(one) and torch.is_tensor(other) else one == other
        names += [] if alike else [name]
    return names
