"""Where a peer's REFER leads an instance."""

from __future__ import annotations

import pytest

from tests.engine.stage import completed, lane, scenario, step


@pytest.mark.conformance(98)
def test_referral_to_a_dn_without_a_port_is_followed_to_its_instance() -> None:
    """linphone names user and host alone, as it has them from the From of the call."""
    to_carol = [{"name": "Refer-To", "value": "<sip:1003@127.0.0.1>"}]
    refer = step("SendRequest", "refer", method="REFER", callId="call-1", headers=to_carol)
    answer = (step("INCOMING"), step("Answer"))
    completed(
        scenario(
            lane("a", "1001", step("MakeCall", targetUri="1002"), refer, step("TIMEOUT")),
            lane("b", "1002", *answer, step("TRANSFERRED"), step("Release", callId="call-1-transfer")),
            lane("c", "1003", *answer, step("DISCONNECTED", cause="bye")),
        )
    )
