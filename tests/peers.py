"""Finding the programs that interop tests meet."""

from __future__ import annotations

import glob
import os
import shutil

import pytest


def find_peer(command: str, *more: str) -> str:
    """Return the path of a peer's program; without it, skip the test and say so.

    `more` are folders beside PATH, with wildcards. Where the peers are promised (SIPFLOW_REQUIRE_PEERS, set by
    scripts/test once it has installed them), an absent one is a failure.
    """
    folders = [folder for pattern in more for folder in sorted(glob.glob(pattern), reverse=True)]
    path = shutil.which(command) or shutil.which(command, path=os.pathsep.join(folders))
    if path is None:
        reason = f"the peer {command!r} is not installed (scripts/test --peers installs it, as root)"
        if os.environ.get("SIPFLOW_REQUIRE_PEERS"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return path
