"""The flow by which an instance has registered with Kamailio: kept open, and made anew when it is closed."""

from __future__ import annotations

import pytest

from tests.engine.stage import scenario, step
from tests.interop.conftest import Play
from tests.interop.kamailio.proxy import HOST, Kamailio
from tests.interop.test_kamailio import subscriber


@pytest.mark.peer("keep-alive", "kamailio")
@pytest.mark.conformance(52)
def test_kamailio_answers_our_binding_requests(kamailio: Kamailio, play: Play) -> None:
    run = play(scenario(subscriber("alice", kamailio, "UDP", step("TIMEOUT", timeout=1_500), outbound=True)))

    run.completes()
    own = next(message.local_address for message in run.messages)
    assert f"sip:{HOST}:{kamailio.port} sees us at {own}" in run.events.log_lines()


@pytest.mark.peer("keep-alive", "kamailio")
@pytest.mark.conformance(54)
def test_connection_that_kamailio_closes_in_good_order_is_followed_by_a_new_registration(
    kamailio: Kamailio, play: Play
) -> None:
    closes = step("SendRequest", method="OPTIONS", targetUri=f"sip:close@{HOST}:{kamailio.port}")
    waits, rest = step("TIMEOUT", timeout=5_200), step("TIMEOUT", "rest", timeout=60_000)
    run = play(scenario(subscriber("alice", kamailio, "TCP", waits, closes, rest)))

    for _ in range(2):
        kamailio.until("BOUND alice tcp")
    run.stop()
    bound = [m for m in run.messages if m.method == "REGISTER" and m.status_code == 200]
    closed = next(m for m in run.messages if m.method == "OPTIONS" and m.status_code == 200)
    assert bound[0].seq < closed.seq < bound[1].seq
    assert bound[1].timestamp - closed.timestamp < 3_000  # by back-off it would come after 5 s and more
