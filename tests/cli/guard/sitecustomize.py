"""Python imports this by itself when its folder is on the path: a network socket ends the process."""

import os
import socket
import sys
import traceback


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.__new__" and arguments[1] in (socket.AF_INET, socket.AF_INET6):
        traceback.print_stack()
        os._exit(99)


sys.addaudithook(_refuse)
