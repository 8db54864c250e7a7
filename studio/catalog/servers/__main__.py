"""The process that asks servers for their models: addresses as words, their states as one line of JSON.

So the window's process opens no socket, and a server that says nothing holds up nobody.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

import msgspec

from studio.catalog.servers.client import Server
from studio.core.errors import StudioError
from studio.core.servers import ServerState


def ask(address: str) -> ServerState:
    """The models of the server, or why it does not tell them."""
    try:
        return Server(address).models()
    except StudioError as error:
        return ServerState(address=address, code=error.code, params=error.params)


def main(addresses: list[str]) -> None:
    with ThreadPoolExecutor(max(1, len(addresses))) as threads:
        states = list(threads.map(ask, addresses))
    sys.stdout.buffer.write(msgspec.json.encode(states))


if __name__ == "__main__":
    main(sys.argv[1:])
