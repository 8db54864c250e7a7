"""Which addresses are this machine, and which only look so."""

import pytest

from studio.catalog.servers.address import hosts_of, parse_address
from studio.core.errors import ServerAddressUnknown, ServerElsewhere


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:11434", "127.0.0.1:11434"),
        (" http://localhost:1234/v1/ ", "localhost:1234"),
        ("HTTP://LocalHost:08080", "localhost:8080"),
        ("127.8.9.10:1", "127.8.9.10:1"),
        ("[::1]:8080", "[::1]:8080"),
    ],
)
def test_what_a_person_writes_for_this_machine(text: str, address: str):
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "192.168.0.2:11434",
        "0.0.0.0:8080",
        "example.com:80",
        "localhost.example.com:80",
        "127.0.0.1.example.com:80",
        "127.1:80",  # a resolver would take these three for loopback; who writes so has something in mind
        "2130706433:80",
        "0x7f000001:80",
        "[::ffff:127.0.0.1]:80",
        "[::1%lo]:80",
        "[fe80::1]:80",
        "::1:80",
        "user@127.0.0.1:80",
        "127.0.0.1#.example.com:80",
    ],
)
def test_another_machine_is_refused(text: str):
    with pytest.raises(ServerElsewhere):
        parse_address(text)


@pytest.mark.parametrize(
    "text",
    ["", "127.0.0.1", "11434", ":80", "localhost:", "localhost:0", "localhost:65536", "localhost:٣", "[]:1"]
    + ["https://localhost:1234", "ftp://127.0.0.1:21", "localhost:-1", "localhost:99999999999"],
)
def test_what_is_no_address_is_told(text: str):
    with pytest.raises(ServerAddressUnknown):
        parse_address(text)


def test_localhost_is_asked_of_no_resolver():
    assert hosts_of("localhost") == ("127.0.0.1", "::1") and hosts_of("localhost.") == ()
