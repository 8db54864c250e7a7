"""What a person pastes to name a model: `owner/name`, with a revision, or the address of its page."""

import os
import re
from urllib.parse import unquote, urlsplit

from studio.core.downloads import Wanted
from studio.core.errors import AddressUnknown

SITE = "https://huggingface.co"
SITES = ("huggingface.co", "www.huggingface.co", "hf.co")
# First parts of the site's addresses that are no owner of models.
_OTHER_PAGES = {
    "api",
    "blog",
    "collections",
    "datasets",
    "docs",
    "kernels",
    "papers",
    "settings",
    "spaces",
    "tasks",
}
# The hub's own rules (huggingface_hub 2.4, `utils/_validators.py`), both halves wanted.
_HALF = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?"
_REPOSITORY = re.compile(rf"(?!.*(?:--|\.\.)){_HALF}/{_HALF}(?<!\.git)")
_REVISION = re.compile(r"(?!.*(?:\.\.|//|\.lock$))[A-Za-z0-9_](?:[A-Za-z0-9_./+-]{0,198}[A-Za-z0-9_+-])?")
# No file of a model has these in its name; on Windows each would lead elsewhere.
_ODD = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')


def parse_repository(text: str) -> Wanted:
    """What `text` names: `owner/name[@revision]` or a link to the hub's site or to HF_ENDPOINT.

    A link to one file wants that file; a link to a folder wants what is in it. Raises AddressUnknown.
    """
    given = text.strip()
    if given.partition("/")[0] in SITES:  # as browsers show it
        given = f"https://{given}"
    repository, revision, path = _of_link(given) if "://" in given else _of_name(given)
    whole = is_repository(repository) and _REVISION.fullmatch(revision)
    if not whole or (path and not is_plain(path.removesuffix("/*"))):
        raise AddressUnknown(text=text.strip()[:200])
    return Wanted(repository=repository, revision=revision, files=(path,) if path else ())


def is_repository(name: str) -> bool:
    """Whether it is `owner/name` by the hub's own rules."""
    return _REPOSITORY.fullmatch(name) is not None


def page_of(path: str) -> str:
    """The address of a page of the hub, which HF_ENDPOINT may name; `path` begins without a slash."""
    return f"{os.environ.get('HF_ENDPOINT', '').rstrip('/') or SITE}/{path}"


def is_plain(name: str) -> bool:
    """Whether a file's name in a repository stays inside it, on every system.

    Windows takes dots and spaces off the end of a name.
    """
    return not _ODD.search(name) and all(part.strip(" .") for part in name.split("/"))


def _of_name(text: str) -> tuple[str, str, str]:
    repository, at, revision = text.partition("@")
    return repository, revision if at else "main", ""


def _of_link(text: str) -> tuple[str, str, str]:
    """Repository, revision and file of a link; ("", "", "") for one that leads elsewhere."""
    try:
        link = urlsplit(text)
        own = urlsplit(os.environ.get("HF_ENDPOINT", ""))
        known = link.hostname in SITES or (bool(own.netloc) and link.netloc == own.netloc)
    except ValueError:
        return "", "", ""
    below = link.path.removeprefix(own.path.rstrip("/")) if link.netloc == own.netloc else link.path
    parts = [unquote(part) for part in below.strip("/").split("/")]
    if not known or link.scheme not in ("http", "https") or len(parts) < 2 or parts[0] in _OTHER_PAGES:
        return "", "", ""
    repository, rest = "/".join(parts[:2]), parts[2:]
    match rest:
        case []:
            return repository, "main", ""
        case ["tree" | "blob" | "resolve" as page, "refs", kind, name, *path]:
            return repository, f"refs/{kind}/{name}", _path(page, path)
        case ["tree" | "blob" | "resolve" as page, revision, *path]:
            return repository, revision, _path(page, path)
        case _:  # its discussions, its settings: still the model's page
            return repository, "main", ""


def _path(page: str, parts: list[str]) -> str:
    return "/".join([*parts, "*"] if page == "tree" and parts else parts)
