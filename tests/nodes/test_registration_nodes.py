"""What Register and Unregister ask for."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.testing.scripted_context import ScriptedContext
from tests.nodes.test_call_nodes import run


@pytest.mark.parametrize(
    ("name", "data", "action"),
    [
        ("Register", {}, "register"),
        ("Register", {"expires": "60"}, "register 60 s"),
        ("Register", {"furtherContacts": "sip:a@h, mailto:a@h"}, "register sip:a@h mailto:a@h"),
        ("Register", {"onlyAsk": True}, "ask for the bindings"),
        ("Unregister", {}, "unregister"),
        ("Unregister", {"all": True}, "unregister everyone"),
    ],
)
def test_node_asks_for_what_it_says(name: str, data: dict[str, Any], action: str) -> None:
    ctx = ScriptedContext()
    run(ctx, "command", name, **data)
    assert ctx.actions == [action]
