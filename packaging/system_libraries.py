"""Finds the system libraries that Qt's wheels leave to Linux, and the package that brings each one."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

# What Qt 6.11's core, gui, network and xcb platform libraries name as NEEDED, and Debian's package for it.
CORE = {"libglib-2.0.so.0": "libglib2.0-0", "libgthread-2.0.so.0": "libglib2.0-0"}
WINDOW = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
FONT_PACKAGE = "fonts-noto-cjk"
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
FONT_FILES = ("*CJK*", "*SourceHan*", "*wqy*", "*DroidSansFallback*", "*uming*", "*ukai*", "*msyh*")


class Missing:
    """What this machine lacks.

    Attributes:
        core: libraries without which nothing of Qt loads.
        window: libraries without which no window opens.
        font: whether no installed font can draw Chinese.
    """

    def __init__(self) -> None:
        linux = sys.platform.startswith("linux")
        self.core = [name for name in CORE if linux and not loads(name)]
        self.window = [name for name in WINDOW if linux and not loads(name)]
        self.font = linux and not has_chinese_font()

    def __bool__(self) -> bool:
        return bool(self.core or self.window or self.font)

    def packages(self) -> list[str]:
        """Debian's and Ubuntu's names for all of it."""
        known = {**CORE, **WINDOW}
        names = {known[name] for name in self.core + self.window}
        return sorted(names | ({FONT_PACKAGE} if self.font else set()))

    def advice(self) -> str:
        """The line to run, or, on a system without apt, what to look for."""
        if shutil.which("apt-get"):
            return "sudo apt-get install -y " + " ".join(self.packages())
        fonts = ["a Chinese font such as Noto Sans CJK SC"] if self.font else []
        return "install with your system's packages: " + ", ".join(self.core + self.window + fonts)


def loads(soname: str) -> bool:
    """Whether the dynamic linker finds the library and all that it needs."""
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def has_chinese_font() -> bool:
    """Ask fontconfig where its tool is installed, else look for the usual files."""
    if shutil.which("fc-list"):
        listing = subprocess.run(["fc-list", ":lang=zh", "file"], capture_output=True, check=False)
        return bool(listing.stdout.strip())
    folders = [Path(os.path.expanduser(name)) for name in FONT_FOLDERS]
    return any(next(folder.rglob(pattern), None) for folder in folders for pattern in FONT_FILES)


def may_install() -> bool:
    """Whether apt can be used here without asking anyone."""
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def apt_commands(packages: list[str]) -> list[list[str]]:
    """The two commands that bring `packages`; a dead network is noticed in seconds, not minutes."""
    impatient = ["-o", "Acquire::http::Timeout=15", "-o", "Acquire::Retries=1"]
    return [
        ["apt-get", *impatient, "update"],
        ["apt-get", *impatient, "install", "-y", "--no-install-recommends", *packages],
    ]
