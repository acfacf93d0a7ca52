"""Why the operating system refused something, as what people are told."""

from __future__ import annotations

import errno
import os
import socket
from typing import Final

from sipflow.base.sayings import Saying, Told, load_texts

_NAME_ERRORS: Final = {number: name for name, number in vars(socket).items() if name.startswith("EAI_")}


def told_by_number(number: int) -> Told:
    """What an error number of the system means."""
    return _told(errno.errorcode.get(number, ""), os.strerror(number).lower())


def told_by_system(error: Exception) -> Told:
    """Why a call to the system failed; of any other error its own text."""
    if isinstance(error, UnicodeError):
        return Saying.of("no-host-name")  # of all that is handed to the system only names of hosts are encoded
    if not isinstance(error, OSError):
        return str(error)
    if isinstance(error, socket.gaierror):
        return _told(_NAME_ERRORS.get(error.errno or 0, ""), (error.strerror or str(error)).lower())
    return told_by_number(error.errno) if error.errno else str(error.strerror or error).lower()


def _told(name: str, text: str) -> Told:
    code = f"os-{name.lower().replace('_', '-')}"
    return Saying.of(code) if code in load_texts() else text


IN_USE: Final = Saying.of("os-eaddrinuse")
