"""Every node that works on a call, with the id of none: it fails as itself, and no other call notices."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.base.events import ActionLogged, Level, SipMessageSeen
from sipflow.scenario.node_api import CallSide
from tests.engine.stage import NODE_TYPES, C, F, completed, lane, scenario, step

SETTINGS: dict[str, dict[str, Any]] = {
    "AUDIO": {"kind": "any"},
    "BlindTransfer": {"targetUri": "sip:carol@127.0.0.1:6000"},
    "PlayAudio": {"filePath": "sound:tone-440"},
    "RecordAudio": {"filePath": "heard.wav"},
    "SendDTMF": {"digits": "1"},
    "SendRaw": {"text": "INFO sip:x SIP/2.0\n\n"},
    "SendRequest": {"method": "INFO"},
}
"""What a node can't do without, beside its call id."""
CASES = [
    *((node.name, {"callId": "typo"}) for node in NODE_TYPES if node.needs is not None),
    ("MuteTransfer", {"primaryCallId": "typo", "consultCallId": "call-1"}),
    ("MuteTransfer", {"primaryCallId": "call-1", "consultCallId": "typo"}),
]


def test_the_matrix_has_every_command_and_every_wait() -> None:
    assert {name for name, _ in CASES} >= {
        *("Hold", "Retrieve", "Release", "BlindTransfer", "MuteTransfer", "Answer", "Ringing", "Response"),
        *("PlayAudio", "RecordAudio", "StopAudio", "SendDTMF", "SendRequest", "SendRaw", "AssertMedia"),
        *("RINGING", "CONNECTED", "DISCONNECTED", "HELD", "RETRIEVED", "TRANSFERRED", "NOTIFY"),
        *("REQUEST", "RESPONSE", "DTMFReceived", "AUDIO"),
    }


@pytest.mark.parametrize(("name", "ids"), CASES, ids=[f"{name}-{'-'.join(ids)}" for name, ids in CASES])
def test_wrong_call_id_fails_the_node_as_itself_and_changes_no_other_call(name: str, ids: dict[str, str]) -> None:
    node_type = NODE_TYPES.find("command", name) or NODE_TYPES.find("event", name)
    assert node_type is not None
    limit = {"timeout": 100} if node_type.kind == "event" else {}
    by_callee = node_type.needs is CallSide.CALLEE
    goes_on = step("Answer") if by_callee else step("Release")
    typo = step(name, "typo", on_failure=(goes_on,), **SETTINGS.get(name, {}), **ids, **limit)
    rest = (step("DISCONNECTED", callId="call-1"),)
    caller = (
        step("MakeCall", targetUri="1002"),
        *((step("Release"),) if by_callee else (typo, step("Release", "end"))),
    )
    callee = (step("INCOMING"), *((typo,) if by_callee else (step("Answer"), *rest)))
    stage = completed(scenario(lane("a", "1001", *caller), lane("b", "1002", *callee)))

    sent = [event for event in stage.events.of(SipMessageSeen) if event.direction == "sent"]
    assert [event.method for event in sent if event.status_code is None] == ["INVITE", "ACK", "BYE"]
    assert [event.status_code for event in sent if event.status_code is not None] == [200, 200]
    if name == "Release":
        warnings = [event for event in stage.events.of(ActionLogged) if event.level is Level.WARNING]
        assert [(event.node_id, event.message) for event in warnings] == [("typo", "there is no call typo to release")]
        assert stage.states()["typo"] is C
    else:
        assert stage.states()["typo"] is F
        assert "call typo" in stage.error_of("typo")
