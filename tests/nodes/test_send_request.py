"""What is said of a SendRequest before the run."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.scenario import validate_scenario
from tests.documents import chain, command, document, instance
from tests.nodes.test_call_nodes import NODE_TYPES

OFFER = {"callId": "call-1", "body": "v=0", "contentType": "application/SDP; charset=utf-8"}


@pytest.mark.parametrize(
    ("settings", "codes"),
    [
        ({"method": "MESSAGE", **OFFER}, [("warning", "description-without-effect")]),
        ({"method": "UPDATE", **OFFER}, []),
        ({"method": "INFO", **OFFER, "contentType": "text/plain"}, []),
        ({"method": "OPTIONS", **OFFER, "callId": "", "targetUri": "sip:x@192.0.2.1"}, []),
        ({"method": "INVITE", **OFFER, "body": ""}, [("error", "method-of-another")]),
        ({"method": "PUBLISH", "targetUri": "sip:x@192.0.2.1"}, [("warning", "header-due")]),
        ({"method": "SUBSCRIBE", "callId": "call-1", "headers": [["o", "dialog"]]}, []),
        ({"method": "REFER", "callId": "call-1", "headers": [["Event", "refer"]]}, [("warning", "header-due")]),
        ({"method": "REFER", "callId": "call-1", "headers": [["{{ var.name }}", "1"]]}, [("error", "variable-unset")]),
    ],
)
def test_what_would_go_wrong_is_told_before_the_run(settings: dict[str, Any], codes: list[tuple[str, str]]) -> None:
    call = command("c", "MakeCall", targetUri="sip:x@192.0.2.1")
    steps = document(instance("a", "1"), call, command("n", "SendRequest", **settings), edges=chain("a", "c", "n"))
    findings = [finding for finding in validate_scenario(steps, NODE_TYPES) if finding.node_id == "n"]
    assert [(finding.severity.value, finding.fault.code) for finding in findings] == codes
