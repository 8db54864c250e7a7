"""What a repository of the hub holds at one commit."""

import re

import msgspec

ETAG = re.compile(r"[0-9a-f]{64}|[0-9a-f]{40}")


class HubFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file at a commit.

    Attributes:
        etag: names its content: the sha256 of a large file, else the sha1 of git's blob.
    """

    name: str
    size_bytes: int
    etag: str


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """All files of a repository at one commit."""

    repository: str
    commit: str
    files: tuple[HubFile, ...]
