"""What a search shows: models that the studio can run, and no others."""

from typing import Any

import pytest

from studio.catalog.hub.client import Hub
from studio.catalog.hub.search import Found, runnable
from studio.core.downloads import HubModel
from studio.core.errors import HubBroken, HubBusy, HubUnreachable, OfflineByVariable
from studio.core.model import Kind
from tests.catalog.hub.fetching import PATIENCE
from tests.catalog.hub.local_hub import LocalHub, Status

PAINTER: dict[str, Any] = {
    "id": "someone/painter",
    "library_name": "diffusers",
    "pipeline_tag": "text-to-image",
    "tags": ["diffusers", "safetensors", "text-to-image", "license:apache-2.0", "diffusers:FluxPipeline"],
    "gated": "auto",
    "downloads": 1200,
    "likes": 34,
    "lastModified": "2026-05-01T12:00:00.000Z",
    "private": False,
}
WRITER: dict[str, Any] = {
    "id": "someone/writer",
    "library_name": "transformers",
    "pipeline_tag": "text-generation",
    "tags": ["transformers", "safetensors"],
    "gated": False,
    "config": {"architectures": ["LlamaForCausalLM"], "tokenizer_config": {}},
}


@pytest.fixture
def online(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> Hub:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    return Hub(PATIENCE, hub.url)


@pytest.mark.hub
def test_search_shows_what_the_hub_says_of_each_model(hub: LocalHub, online: Hub) -> None:
    hub.found = [PAINTER, WRITER, {"id": "someone/voice", "pipeline_tag": "text-to-speech"}]
    assert online.search(" someone/ ") == (
        HubModel(
            repository="someone/painter",
            kind=Kind.PICTURE,
            base="FluxPipeline",
            licence="apache-2.0",
            gated=True,
            downloads=1200,
            likes=34,
            updated=1777636800.0,
        ),
        HubModel(repository="someone/writer", kind=Kind.TEXT, base="LlamaForCausalLM"),
    )
    assert online.search("someone", limit=1)[0].repository == "someone/painter"
    assert online.search("nobody") == ()


@pytest.mark.hub
def test_search_that_fails_says_so_at_once(hub: LocalHub, online: Hub) -> None:
    hub.lasting["/api/models"] = Status(503)
    with pytest.raises(HubBroken):
        online.search("x")
    hub.lasting["/api/models"] = Status(429, {"Retry-After": "30"})
    with pytest.raises(HubBusy) as busy:
        online.search("x")
    assert busy.value.params == {"seconds": 30}
    hub.lasting["/api/models"] = Status(200)
    with pytest.raises(HubUnreachable):
        online.search("x")
    assert len(hub.asked) == 3


def test_offline_switch_opens_no_socket() -> None:
    with pytest.raises(OfflineByVariable):
        Hub(PATIENCE, "http://127.0.0.1:9").search("x")


def found(**fields: Any) -> Found:
    return Found(**{"id": "someone/model", "library_name": "diffusers", "tags": ("safetensors",), **fields})


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        (dict(pipeline_tag="text-to-image"), Kind.PICTURE),
        (dict(pipeline_tag="image-to-image"), Kind.EDIT),
        (dict(pipeline_tag="inpainting"), Kind.EDIT),
        (dict(pipeline_tag="text-to-image", tags=("lora", "diffusers")), Kind.LORA),
        (dict(pipeline_tag="text-to-video"), None),
        (dict(pipeline_tag="text-to-image", library_name="mlx"), None),
        (dict(pipeline_tag="text-generation", library_name="transformers"), Kind.TEXT),
        (dict(pipeline_tag="image-text-to-text", library_name="transformers"), Kind.VISION),
        (dict(pipeline_tag="text-generation", library_name="transformers", tags=("pytorch",)), None),
        (dict(pipeline_tag="text-to-image", tags=("safetensors", "custom_code")), None),
        (dict(pipeline_tag="text-classification", library_name="transformers"), None),
        (dict(pipeline_tag="text-generation", library_name="transformers", tags=("gguf",)), Kind.TEXT),
        (dict(pipeline_tag="text-generation", library_name="gguf"), Kind.TEXT),
        (dict(pipeline_tag="text-to-image", library_name="gguf"), None),
        (dict(pipeline_tag="text-to-image", id="nameless"), None),
        (dict(pipeline_tag="text-to-image", id="someone/../../model"), None),
        (dict(pipeline_tag="text-to-image", id="someone/\x1b]0;model\x07"), None),
        (dict(), None),
    ],
)  # fmt: skip
def test_kind_is_told_by_library_task_and_tags(fields: dict[str, Any], kind: Kind | None) -> None:
    model = runnable(found(**fields))
    assert (model and model.kind) == kind


@pytest.mark.parametrize("stamp", [None, "", "yesterday", "0001-01-01"])
def test_time_that_cannot_be_read_is_unknown(stamp: str | None) -> None:
    model = runnable(found(pipeline_tag="text-to-image", lastModified=stamp))
    assert model and model.updated == 0.0
