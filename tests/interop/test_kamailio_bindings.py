"""What becomes of our bindings at Kamailio: all are removed, and a lost one is made anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.stage import lane, scenario, step
from tests.interop.conftest import Play
from tests.interop.kamailio.proxy import HOST, Kamailio
from tests.interop.us import TALK


def subscriber(kamailio: Kamailio, **data: object) -> dict[str, object]:
    """The settings of an instance that is Kamailio's user alice."""
    return {"pbxHost": HOST, "pbxPort": kamailio.port, "password": "alicepw", **data}


@pytest.mark.peer("register", "kamailio")
@pytest.mark.conformance(48)
def test_kamailio_forgets_every_contact(kamailio: Kamailio, play: Play) -> None:
    removes = step("Unregister", all=True)
    run = play(scenario(lane("alice", "alice", TALK, removes, **subscriber(kamailio))))

    run.completes()
    last = [message.raw for message in run.messages if message.direction == "sent"][-1]
    assert "Contact: *" in last
    assert run.flow()[-1] == "< 200 REGISTER"
    kamailio.until("BOUND alice udp .*expires=0")


@pytest.mark.peer("register", "kamailio")
@pytest.mark.conformance(54)
def test_registration_comes_back_once_kamailio_does(tmp_path: Path, free_port: Callable[[], int], play: Play) -> None:
    ports = [free_port(), free_port()]
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    kamailio = Kamailio(tmp_path / "first", iter(ports).__next__)
    waits = step("TIMEOUT", timeout=60_000)
    try:
        run = play(scenario(lane("alice", "alice", waits, **subscriber(kamailio, registerIntervalSeconds=4))))
        kamailio.until("BOUND alice")
        kamailio.end()
        kamailio = Kamailio(tmp_path / "second", iter(ports).__next__)
        kamailio.story.until("BOUND alice", limit_s=60)
        run.stop()
    finally:
        kamailio.end()
