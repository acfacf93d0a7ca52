"""Scenario files whose PBX is Kamailio, by TLS or WebSocket: we register, and are called by what we have opened."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from sipflow.scenario.document import write_json
from tests.documents import Json
from tests.engine.stage import Step, lane, scenario, step
from tests.interop.conftest import Play
from tests.interop.kamailio.proxy import HOST, Kamailio
from tests.interop.us import TALK
from tests.loopback import command

STREAMS = pytest.mark.parametrize("transport", ["TLS", "WS", "WSS"])
CA = "kamailio.pem"


@pytest.fixture(autouse=True)
def trusted(kamailio: Kamailio, tmp_path: Path) -> None:
    """Kamailio's certificate, beside the scenario."""
    shutil.copy(kamailio.certificate, tmp_path / CA)


def subscriber(name: str, kamailio: Kamailio, transport: str, *steps: Step, **data: Any) -> Json:
    """An instance that is a user of Kamailio's."""
    pbx = {"pbxHost": HOST, "pbxPort": kamailio.port_of(transport), "pbxTransport": transport}
    return lane(name, name, *steps, **pbx, **{"password": f"{name}pw", "tlsCaFile": CA, **data})


def a_call(kamailio: Kamailio, transport: str) -> Json:
    """Alice calls Bob through Kamailio."""
    rings = (step("INCOMING"), step("Ringing"), step("Answer"), step("DISCONNECTED", cause="bye"))
    return scenario(
        subscriber("alice", kamailio, transport, step("MakeCall", targetUri="bob"), TALK, step("Release")),
        subscriber("bob", kamailio, transport, *rings),
    )


@pytest.mark.peer("streams", "kamailio")
@pytest.mark.conformance(45, 58, 67)
@STREAMS
def test_call_through_the_proxy_over_a_stream(kamailio: Kamailio, play: Play, transport: str) -> None:
    run = play(a_call(kamailio, transport))

    run.completes()
    for method in ("INVITE", "ACK", "BYE"):
        kamailio.until(f"SAW {method} {transport.lower()} ")
    assert {message.transport for message in run.messages} == {transport}
    bound = [m.raw for m in run.messages if m.method == "REGISTER" and m.status_code == 200]
    word = "tls" if transport == "TLS" else "ws"  # RFC 7118 §5.2
    assert all(f";transport={word}>" in raw for raw in bound[:2])
    assert run.repeated == []


@pytest.mark.peer("streams", "kamailio")
def test_sipflow_run_plays_a_file_over_secure_websocket(kamailio: Kamailio, tmp_path: Path) -> None:
    path = tmp_path / "call.json"
    path.write_text(write_json(a_call(kamailio, "WSS")), encoding="utf-8")
    code, events, _ = command.run("run", "--json", path)

    assert (code, events[-1]["event"]) == (0, "scenario:completed")
    kamailio.until("SAW BYE wss ")


@pytest.mark.peer("streams", "kamailio")
@pytest.mark.parametrize("transport", ["TLS", "WSS"])
def test_server_that_nobody_vouches_for_is_not_trusted(kamailio: Kamailio, play: Play, transport: str) -> None:
    run = play(scenario(subscriber("alice", kamailio, transport, TALK, tlsCaFile="")))

    assert "certificate" in (run.fails().error or "")
    assert not kamailio.story.says("SAW REGISTER")
