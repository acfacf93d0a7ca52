"""Finding the programs that interop tests meet."""

from __future__ import annotations

import glob
import os
import shutil
from typing import NoReturn

import pytest

from sipflow.media.codecs import KINDS, CodecKind


def find_peer(command: str, *more: str) -> str:
    """Return the path of a peer's program; without it, skip the test and say so.

    `more` are folders beside PATH, with wildcards. Where the peers are promised (SIPFLOW_REQUIRE_PEERS, set by
    scripts/test once it has installed them), an absent one is a failure.
    """
    folders = [folder for pattern in more for folder in sorted(glob.glob(pattern), reverse=True)]
    path = shutil.which(command) or shutil.which(command, path=os.pathsep.join(folders))
    if path is None:
        _do_without(f"the peer {command!r} is not installed (scripts/test --peers installs it, as root)")
    return path


def needs_codec(name: str) -> CodecKind:
    """Return a codec; where something that it needs is not installed, skip the test and say so, as `find_peer` does."""
    kind = KINDS[name]
    if reason := kind.missing():
        _do_without(f"{name}: {reason}")
    return kind


def _do_without(reason: str) -> NoReturn:
    if os.environ.get("SIPFLOW_REQUIRE_PEERS"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
