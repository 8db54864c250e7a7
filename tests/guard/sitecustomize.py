"""Python imports this by itself in every child of the suite: a network socket is told of and ends it.

A child of a test that is marked `hub` may reach 127.0.0.1.
"""

import os
import socket
import sys
import traceback

LOOPBACK = "127.0.0.1"
REACHING = ("socket.bind", "socket.connect", "socket.sendto", "socket.sendmsg")
NETWORK = (socket.AF_INET, socket.AF_INET6)


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.__new__" and arguments[1] in NETWORK:
        near = os.environ.get("TESTS_LOOPBACK") == "1" and arguments[1] == socket.AF_INET
        if not near or not arguments[2] & socket.SOCK_STREAM:
            _refuse(event, arguments[1:])
    elif event in REACHING and arguments[0].family in NETWORK and arguments[1][0] != LOOPBACK:
        _refuse(event, arguments[1:])


def _refuse(event: str, details: tuple[object, ...]) -> None:
    traceback.print_stack()
    with open(os.environ["TESTS_SOCKETS"], "a", encoding="utf-8") as file:
        words = " ".join(sys.orig_argv)[:200]
        file.write(f"{event} {details} in {words}, begun by {os.environ.get('PYTEST_CURRENT_TEST')}\n")
    os._exit(99)


# The HTTP client of pip opens a socket to see whether there is IPv6.
if not {os.path.basename(word) for word in sys.orig_argv} & {"pip", "__pip-runner__.py"}:
    sys.addaudithook(_watch)
