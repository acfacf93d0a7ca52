"""What this process has open."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DESCRIPTORS = Path("/proc/self/fd")
counts_descriptors = pytest.mark.skipif(not DESCRIPTORS.exists(), reason="needs /proc")


def open_files() -> int:
    """How many descriptors are open, with one for the counting."""
    return len(os.listdir(DESCRIPTORS))


def open_sockets() -> set[str]:
    """The sockets of this process."""
    links = (os.readlink(path) for path in DESCRIPTORS.iterdir() if path.is_symlink())
    return {link for link in links if link.startswith("socket:")}
