"""Which addresses are this machine: loopback ones and no others, told without asking a resolver."""

import ipaddress

from studio.core.errors import ServerAddressUnknown, ServerElsewhere

_MOST_PORT = 65535


def parse_address(text: str) -> str:
    """`host:port` of what a person writes, such as `http://localhost:1234/v1`.

    Raises ServerAddressUnknown for what is no such thing, ServerElsewhere for another machine.
    """
    written = text.strip()
    scheme, found, rest = written.rpartition("://")
    if found and scheme.lower() != "http":
        raise ServerAddressUnknown(text=written)
    place = rest.partition("/")[0].lower()
    host, colon, port = place.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not (colon and bare and port.isascii() and port.isdigit() and 0 < int(port[:6]) <= _MOST_PORT):
        raise ServerAddressUnknown(text=written)
    if not hosts_of(host):
        raise ServerElsewhere(host=bare)
    return f"{host}:{int(port)}"


def hosts_of(host: str) -> tuple[str, ...]:
    """The addresses to connect to, in order; none for what is not this machine.

    `localhost` is loopback by definition (RFC 6761, 6.3): a resolver could say otherwise, and would be asked
    over the network.
    """
    if host == "localhost":
        return "127.0.0.1", "::1"
    if host == "[::1]":
        return ("::1",)
    try:
        return (host,) if ipaddress.IPv4Address(host).is_loopback else ()
    except ValueError:
        return ()
