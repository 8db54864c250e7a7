"""What two recipes have otherwise: why two pictures differ."""

from typing import Any, cast

import msgspec

from studio.core.recipe import Execution, Recipe

# What is no reason for a difference: when and where a picture was made, and what it is a part of.
_NO_REASON = {"asset", "job", "tool", "created", "index", "seconds", "template", "styles", "sheet", "cell"}
_NAMED_ELSEWHERE = {"model_name", "model_fingerprint", "width", "height", "execution", "extra"}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that two records say otherwise, under its field's name; "" where one of them says nothing."""

    what: str
    then: str
    now: str


def differences(then: Recipe, now: Recipe) -> tuple[Difference, ...]:
    """In the order in which a recipe is read, the execution record last."""
    names = [one.name for one in msgspec.structs.fields(Recipe)]
    pairs = [
        (name, getattr(then, name), getattr(now, name))
        for name in names
        if name not in _NO_REASON | _NAMED_ELSEWHERE
    ]
    place = next(i for i, (name, _, _) in enumerate(pairs) if name == "seed")
    pairs.insert(place + 1, ("size", _size(then), _size(now)))
    pairs = [
        ("model", _model(then), _model(now)) if name == "model" else (name, a, b) for name, a, b in pairs
    ]
    found = [Difference(what=name, then=_text(a), now=_text(b)) for name, a, b in pairs if a != b]
    return (*found, *execution_differences(then.execution, now.execution))


def execution_differences(then: Execution | None, now: Execution | None) -> tuple[Difference, ...]:
    """Of the records alone; nothing where one of them is not known."""
    if then is None or now is None:
        return ()
    left, right = _flat(then), _flat(now)
    return tuple(
        Difference(what=name, then=left.get(name, ""), now=right.get(name, ""))
        for name in dict.fromkeys((*left, *right))
        if left.get(name, "") != right.get(name, "")
    )


def _flat(record: Execution) -> dict[str, str]:
    plain: dict[str, Any] = {
        name: getattr(record, name) for name in ("device", "precision", "threads", "batch")
    }
    return {name: _text(value) for name, value in (plain | record.versions | record.options).items()}


def _model(recipe: Recipe) -> str:
    name = recipe.model_name or recipe.model
    return f"{name} ({recipe.model_fingerprint})" if recipe.model_fingerprint else name


def _size(recipe: Recipe) -> str:
    return f"{recipe.width} × {recipe.height}" if recipe.width else ""


def _text(value: Any) -> str:
    match value:
        case None | "" | ():
            return ""
        case bool():
            return "on" if value else "off"
        case float():
            return f"{value:g}"
        case tuple():
            return ", ".join(_text(one) for one in cast(tuple[object, ...], value))
        case msgspec.Struct():
            said = msgspec.structs.asdict(value)
            name = said.pop("name", "")
            shown = [
                f"{key} {_text(one)}" for key, one in said.items() if key not in ("id", "hash", "fingerprint")
            ]
            return " ".join([str(name), *shown]).strip()
        case _:
            return str(value)
