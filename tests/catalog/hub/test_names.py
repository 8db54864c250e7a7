"""What names a model: its own name, with a revision, or a link; and nothing that could lead elsewhere."""

import pytest

from studio.catalog.hub.names import is_plain, page_of, parse_repository
from studio.core.downloads import Wanted
from studio.core.errors import AddressUnknown

SITE = "https://huggingface.co"


@pytest.mark.parametrize(
    ("text", "revision", "files"),
    [
        ("some-one/Model_1.5", "main", ()),
        ("  some-one/Model_1.5\n", "main", ()),
        ("some-one/Model_1.5@v1.0", "v1.0", ()),
        ("some-one/Model_1.5@refs/pr/3", "refs/pr/3", ()),
        (f"{SITE}/some-one/Model_1.5", "main", ()),
        (f"{SITE}/some-one/Model_1.5/", "main", ()),
        ("huggingface.co/some-one/Model_1.5", "main", ()),
        ("hf.co/some-one/Model_1.5/blob/main/x.gguf", "main", ("x.gguf",)),
        (f"{SITE}/some-one/Model_1.5?library=diffusers#usage", "main", ()),
        (f"{SITE}/some-one/Model_1.5/discussions/4", "main", ()),
        ("http://hf.co/some-one/Model_1.5/tree/fp16", "fp16", ()),
        (f"{SITE}/some-one/Model_1.5/tree/refs%2Fpr%2F3", "refs/pr/3", ()),
        (f"{SITE}/some-one/Model_1.5/tree/refs/pr/3", "refs/pr/3", ()),
        (f"{SITE}/some-one/Model_1.5/tree/main/vae", "main", ("vae/*",)),
        (f"{SITE}/some-one/Model_1.5/blob/main/a/b%20c.safetensors", "main", ("a/b c.safetensors",)),
        (f"{SITE}/some-one/Model_1.5/resolve/main/x.gguf?download=true", "main", ("x.gguf",)),
        ("https://mirror.example:8080/hub/some-one/Model_1.5/blob/main/x.gguf", "main", ("x.gguf",)),
    ],
)
def test_name_or_link_is_read(
    text: str, revision: str, files: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example:8080/hub/")
    wanted = Wanted(repository="some-one/Model_1.5", revision=revision, files=files)
    assert parse_repository(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "model",
        "a/b/c",
        "a/..",
        "../b",
        "a/b..c",
        "a/b--c",
        "a/-b",
        "a/b.git",
        "a/b c",
        "a/b\n../c",
        "a/b@",
        "a/b@../c",
        "a/b@-x",
        "a\\b",
        "~/model",
        "https://example.com/a/b",
        "https://huggingface.co.example.com/a/b",
        "https://huggingface.co@example.com/a/b",
        "ftp://huggingface.co/a/b",
        "file:///a/b",
        "https://[huggingface.co/a/b",
        f"{SITE}/a",
        f"{SITE}/datasets/a/b",
        f"{SITE}/a/b/blob/main/../../x",
        f"{SITE}/a/b/blob/main/%2e%2e%2fx",
        f"{SITE}/a/b/resolve/main//etc/passwd",
        f"{SITE}/a/b/resolve/main/a%5Cb",
        f"{SITE}/a/b/resolve/main/a%00",
        f"{SITE}/a/b/tree/..",
        f"{SITE}/a%2Fb/c",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(AddressUnknown):
        parse_repository(text)


def test_error_shows_no_more_than_fits() -> None:
    with pytest.raises(AddressUnknown) as caught:
        parse_repository("x" * 10_000)
    assert caught.value.params == {"text": "x" * 200}


@pytest.mark.parametrize(
    "name", ["a.json", "vae/config.json", "模型 v1 (final).safetensors", "..a/b...", ".x"]
)
def test_plain_names(name: str) -> None:
    assert is_plain(name)


@pytest.mark.parametrize(
    "name",
    ["", "/a", "a/", "a//b", ".", "..", "a/../b", ".. /a", "a/. .", "...", "a\\b", "C:a", "a\n", "a*"],
)
def test_names_that_could_lead_elsewhere(name: str) -> None:
    assert not is_plain(name)


def test_pages_are_those_of_the_hub_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert page_of("owner/name") == "https://huggingface.co/owner/name"
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/hub/")
    assert page_of("settings/tokens") == "https://mirror.example/hub/settings/tokens"
