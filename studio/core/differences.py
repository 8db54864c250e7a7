"""What two recipes have otherwise: why two pictures differ."""

from typing import Any, cast

import msgspec

from studio.core.recipe import Execution, Recipe

# What is no reason for a difference: when and where a picture was made, and what it is a part of.
_NO_REASON = {
    *("asset", "job", "tool", "created", "index", "seconds", "step_seconds"),
    *("template", "styles", "sheet", "cell"),
}
_NAMED_ELSEWHERE = {"model_name", "model_fingerprint", "width", "height", "execution", "extra"}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was otherwise when a picture was made: what, and both values as text."""

    what: str
    then: str
    now: str


NOTHING = "none"
# What the interface calls the fields of a record and some of its options; others go by their own names.
_CALLED = {
    "device": "the device",
    "precision": "the precision",
    "threads": "the number of threads",
    "batch": "the pictures made together",
    "place": "the place among them",
    "model": "the model's files",
    "vae_precision": "the autoencoder's precision",
    "memory_format": "the layout of weights",
    "compiled": "the compiled blocks",
}


def execution_differences(then: Execution, now: Execution) -> tuple[Difference, ...]:
    """What may have changed pixels between two records; none where they promise the same.

    The model's files count where both records know them.
    """
    before, after = _facts(then), _facts(now)
    if not (then.model and now.model):
        del before["model"], after["model"]
    return tuple(
        Difference(what=_CALLED.get(name, name), then=before.get(name, NOTHING), now=after.get(name, NOTHING))
        for name in {**before, **after}
        if before.get(name, NOTHING) != after.get(name, NOTHING)
    )


def _facts(record: Execution) -> dict[str, str]:
    fields = {
        "device": record.device,
        "precision": record.precision,
        "threads": NOTHING if record.threads is None else str(record.threads),
        "batch": str(record.batch),
        "place": str(record.place),
        "model": record.model,
    }
    return fields | record.versions | record.options


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
    return (*found, *_of_records(then.execution, now.execution))


def _of_records(then: Execution | None, now: Execution | None) -> tuple[Difference, ...]:
    """Without the place in a batch, in which all its pictures differ."""
    if then is None or now is None:
        return ()
    now = msgspec.structs.replace(now, place=then.place)
    return execution_differences(then, now)


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
