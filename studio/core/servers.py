"""Programs on this machine that run models of their own: llama-server, Ollama, LM Studio."""

import msgspec

from studio.core.errors import Params
from studio.core.model import Ability, Kind, ModelSpec
from studio.core.thoughts import Askable

FAMILY = SOURCE = "server"
_ID = "server/"


class ServerState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a server said when it was asked for its models.

    Attributes:
        address: `host:port`, as in `Settings.servers`.
        software: `llama-server`, `Ollama` or `LM Studio`; "" where nothing tells.
        asked: False while it is not known what it says.
        code, params: of the error that it answered with; "" for none.
    """

    address: str
    software: str = ""
    models: tuple[ModelSpec, ...] = ()
    asked: bool = True
    code: str = ""
    params: Params = {}


def server_model(
    address: str,
    model: str,
    *,
    software: str = "",
    parameters: int = 0,
    sees: bool = False,
    context_length: int = 0,
    thinks: tuple[Askable, ...] | None = None,
) -> ModelSpec:
    """The model of that name on the server. How much memory it takes is known to the server alone.

    Args:
        context_length: tokens it reads there; 0 where the server does not say.
        thinks: what can be asked of its thoughts there; None where the server does not say.
    """
    abilities = (Ability.REPLY, Ability.SEE) if sees else (Ability.REPLY,)
    kind = Kind.VISION if sees else Kind.TEXT
    return ModelSpec(
        id=f"{_ID}{address}/{model}",
        name=_short(model),
        family=FAMILY,
        base=software,
        abilities=() if _searches(model) else abilities,
        path=f"http://{address}",
        kind=Kind.SEARCH if _searches(model) else kind,
        source=SOURCE,
        parameters=parameters,
        context_length=context_length if context_length > 0 else None,
        thinks=thinks,
    )


def split_id(model_id: str) -> tuple[str, str] | None:
    """Address and the server's own name of the model; None for an id of another kind."""
    address, slash, model = model_id.removeprefix(_ID).partition("/")
    return (address, model) if model_id.startswith(_ID) and slash and address and model else None


def _short(model: str) -> str:
    """llama-server calls a model by the path of its file."""
    whole = model.replace("\\", "/")
    return whole.rpartition("/")[2].removesuffix(".gguf") if whole.endswith(".gguf") else model


def _searches(model: str) -> bool:
    """LM Studio's prefix for models that find and do not write."""
    return model.startswith("text-embedding-")
