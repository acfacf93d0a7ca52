"""We register with Kamailio, and call each other through it: digest, 407, Record-Route."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.documents import Json
from tests.engine.stage import Step, lane, scenario, step
from tests.interop.conftest import Play, StartPhone
from tests.interop.kamailio.proxy import HOST, Kamailio
from tests.interop.phone import Happening, Phone
from tests.interop.runs import Run
from tests.interop.us import TALK

TRANSPORTS = pytest.mark.parametrize("transport", ["UDP", "TCP"])


def subscriber(name: str, kamailio: Kamailio, transport: str, *steps: Step, **data: Any) -> Json:
    """An instance that is a user of Kamailio's."""
    pbx = {"pbxHost": HOST, "pbxPort": kamailio.port_of(transport), "pbxTransport": transport}
    return lane(name, name, *steps, **pbx, **{"password": f"{name}pw", **data})


@pytest.fixture(scope="module")
def registered_bob(kamailio_process: Kamailio, start_phone: StartPhone) -> Phone:
    """A baresip that is Kamailio's user bob."""
    phone = start_phone("baresip", "as:bob:bobpw", f"at:{HOST}:{kamailio_process.port}")
    kamailio_process.until("BOUND bob")
    return phone


@pytest.fixture
def bob(registered_bob: Phone) -> Iterator[Phone]:
    """The same, at rest."""
    registered_bob.rest()
    yield registered_bob
    registered_bob.rest()


def no_password_in(run: Run) -> bool:
    return "alicepw" not in str(run.events.events)


@pytest.mark.peer("register", "kamailio")
@pytest.mark.conformance(45, 50, 61)
@TRANSPORTS
def test_instance_registers_and_leaves(kamailio: Kamailio, play: Play, transport: str) -> None:
    run = play(scenario(subscriber("alice", kamailio, transport, TALK)))

    run.completes()
    bound = kamailio.until(f"BOUND alice {transport.lower()} ").string
    gone = kamailio.until(f"BOUND alice {transport.lower()} ").string
    assert "expires=0" in gone
    assert "expires=0" not in bound
    assert run.flow()[:4] == ["> REGISTER", "< 401 REGISTER", "> REGISTER", "< 200 REGISTER"]
    assert run.repeated == []
    assert no_password_in(run)


@pytest.mark.peer("register", "kamailio")
@pytest.mark.conformance(50)
def test_wrong_password_ends_the_run_after_one_attempt(kamailio: Kamailio, play: Play) -> None:
    run = play(scenario(subscriber("alice", kamailio, "UDP", TALK, password="bobpw")))

    failure = run.fails()
    assert failure.instance_id == "alice"
    assert "401" in (failure.error or "")
    assert run.flow() == ["> REGISTER", "< 401 REGISTER"] * 2


@pytest.mark.peer("register", "kamailio")
@pytest.mark.conformance(45, 46)
def test_registration_is_refreshed_before_it_expires(kamailio: Kamailio, play: Play) -> None:
    run = play(
        scenario(subscriber("alice", kamailio, "UDP", step("TIMEOUT", timeout=3_000), registerIntervalSeconds=3))
    )

    run.completes()
    numbers = [m.cseq or 0 for m in run.messages if m.method == "REGISTER" and m.direction == "sent"]
    granted = [m for m in run.messages if m.status_code == 200 and m.method == "REGISTER"]
    assert len(granted) >= 3  # the first, a refresh, and the end
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len({m.sip_call_id for m in run.messages}) == 1


@pytest.mark.peer("proxy", "kamailio")
@pytest.mark.peer("route", "kamailio")
@pytest.mark.conformance(58, 62, 67)
@TRANSPORTS
@pytest.mark.parametrize("ends", ["caller", "callee"])
def test_call_through_the_proxy(kamailio: Kamailio, play: Play, transport: str, ends: str) -> None:
    talk = {
        "caller": ((TALK, step("Release")), (step("DISCONNECTED", cause="bye"),)),
        "callee": ((step("DISCONNECTED", cause="bye"),), (TALK, step("Release"))),
    }
    calling, called = talk[ends]
    run = play(
        scenario(
            subscriber("alice", kamailio, transport, step("MakeCall", targetUri="bob"), step("CONNECTED"), *calling),
            subscriber("bob", kamailio, transport, step("INCOMING"), step("Ringing"), step("Answer"), *called),
        )
    )

    run.completes()
    kamailio.until("SAW ACK")
    kamailio.until("SAW BYE")
    invites = [m.status_code for m in run.messages if m.method == "INVITE" and m.instance_id == "alice"]
    assert [code for code in invites if code != 100] == [None, 407, None, 180, 200]
    assert run.repeated == []


@pytest.mark.peer("cancel", "kamailio")
@TRANSPORTS
def test_call_through_the_proxy_is_cancelled(kamailio: Kamailio, play: Play, transport: str) -> None:
    gives_up = (step("MakeCall", targetUri="bob", completeOn="ringing"), step("Release"))
    rings = (step("INCOMING"), step("Ringing"), step("DISCONNECTED", cause="cancel"))
    run = play(
        scenario(
            subscriber("alice", kamailio, transport, *gives_up),
            subscriber("bob", kamailio, transport, *rings),
        )
    )

    run.completes()


@pytest.mark.peer("busy", "kamailio")
def test_call_to_nobody_fails_with_404(kamailio: Kamailio, play: Play) -> None:
    run = play(scenario(subscriber("alice", kamailio, "UDP", step("MakeCall", targetUri="carol"))))

    assert "404" in (run.fails().error or "")


@pytest.mark.peer("proxy", "kamailio", "baresip")
@pytest.mark.conformance(58, 67)
@TRANSPORTS
def test_baresip_is_called_through_the_proxy(kamailio: Kamailio, bob: Phone, play: Play, transport: str) -> None:
    run = play(
        scenario(subscriber("alice", kamailio, transport, step("MakeCall", targetUri="bob"), TALK, step("Release")))
    )
    bob.until(Happening.INCOMING)
    bob.answer()
    bob.until(Happening.ESTABLISHED)

    run.completes()
    bob.until(Happening.CLOSED)
    assert run.repeated == []


@pytest.mark.peer("proxy", "kamailio", "baresip")
@pytest.mark.conformance(58, 67)
@TRANSPORTS
def test_baresip_calls_through_the_proxy(kamailio: Kamailio, bob: Phone, play: Play, transport: str) -> None:
    takes = (step("INCOMING"), step("Ringing"), step("Answer"), step("DISCONNECTED", cause="bye"))
    run = play(scenario(subscriber("alice", kamailio, transport, *takes)))
    kamailio.until("BOUND alice")
    bob.dial(f"sip:alice@{HOST}:{kamailio.port}")
    bob.until(Happening.ESTABLISHED)
    bob.hang_up()

    run.completes()
    assert run.repeated == []


@pytest.mark.peer("register", "kamailio")
@pytest.mark.conformance(56, 59)
def test_stale_nonce_is_renewed_with_sha_256(
    tmp_path: Path, free_port: Callable[[], int], runs: list[Run], play: Play
) -> None:
    server = Kamailio(tmp_path, free_port, algorithm="SHA-256", nonce_expire_s=1)
    try:
        again = (step("TIMEOUT", timeout=2_100), step("Register"))
        run = play(scenario(subscriber("alice", server, "UDP", *again)))
        run.completes()
    finally:
        server.end()
    assert run.flow()[:7] == [
        *("> REGISTER", "< 401 REGISTER", "> REGISTER", "< 200 REGISTER"),
        *("> REGISTER", "< 401 REGISTER", "> REGISTER"),
    ]
    challenges = [message.raw for message in run.messages if message.status_code == 401]
    assert all("SHA-256" in raw for raw in challenges)
    assert "stale=true" in challenges[1]
    assert no_password_in(run)
