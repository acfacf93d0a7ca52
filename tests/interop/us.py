"""Our side of a call with a peer."""

from __future__ import annotations

from typing import Any

from tests.documents import Json
from tests.engine.stage import Step, lane, scenario, step

TALK = step("TIMEOUT", timeout=100)
"""A moment in which nothing happens."""


def us(*steps: Step, port: int = 0, **data: Any) -> Json:
    """A scenario of one instance, `us`, with these steps; `data` are further settings of it."""
    return scenario(lane("us", "1001", *steps, localPort=port, **data))
