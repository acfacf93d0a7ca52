"""Scenarios with a PBX of their own. Source: RFC 3665 §2, §3."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.base.events import ActionLogged, ScenarioStopped, SipMessageSeen
from sipflow.testing.agents import virtual
from tests.documents import Json
from tests.engine.stage import Stage, lane, scenario, step
from tests.examples import example


def pbx(**data: Any) -> Json:
    """The lane of a PBX called PBX."""
    return {
        "nodes": [{"id": "pbx", "type": "sipInstance", "data": {"sipInstance": "pbx", "label": "PBX", **data}}],
        "edges": [],
    }


def caller(*more: Any, **data: Any) -> Json:
    """Alice, who calls Bob through the PBX and hangs up."""
    return lane("alice", "1001", step("MakeCall", targetUri="1002"), step("Release"), *more, pbxHost="PBX", **data)


def callee(**data: Any) -> Json:
    """Bob, who answers and is hung up on."""
    steps = (step("INCOMING"), step("Ringing"), step("Answer"), step("DISCONNECTED", cause="bye"))
    return lane("bob", "1002", *steps, pbxHost="PBX", **data)


def seen_by(stage: Stage, instance_id: str) -> list[tuple[str, str]]:
    """Direction and first word of what an instance sent and received, without repetitions."""
    messages = [event for event in stage.events.of(SipMessageSeen) if event.instance_id == instance_id]
    return [(event.direction, str(event.status_code or event.method)) for event in messages]


@pytest.mark.conformance(125)
@virtual
async def test_two_instances_register_and_call_through_the_pbx() -> None:
    stage = Stage(scenario(caller(), callee(), pbx()))
    await stage.completes()
    heard = seen_by(stage, "pbx")
    assert heard.count(("received", "REGISTER")) == 4
    assert heard.count(("sent", "INVITE")) == heard.count(("sent", "BYE")) == 1
    assert [what for direction, what in seen_by(stage, "alice") if direction == "received"] == [
        "200", "180", "200", "200", "200",
    ]  # fmt: skip


@pytest.mark.conformance(50, 58)
@virtual
async def test_pbx_asks_for_the_passwords_that_its_instances_have() -> None:
    secret = {"password": "s3cret"}
    stage = Stage(scenario(caller(**secret), callee(**secret, authUser="bob"), pbx(challenge="everything")))
    await stage.completes()
    sent = [what for direction, what in seen_by(stage, "pbx") if direction == "sent"]
    assert (sent.count("401"), sent.count("407")) == (2, 1)
    assert "s3cret" not in str([event.to_json() for event in stage.events])


@virtual
async def test_wrong_password_fails_the_run() -> None:
    stage = Stage(scenario(caller(password="wrong"), pbx(challenge="registrations", password="right")))
    failed = await stage.fails()
    assert failed.instance_id == "alice"
    assert "401" in (failed.error or "")


@virtual
async def test_fault_is_played_and_told() -> None:
    faults = [{"method": "INVITE", "requests": "1", "effect": "refuse", "statusCode": 503}]
    again = (step("MakeCall", "second", targetUri="1002"), step("Release"))
    alice = lane("alice", "1001", step("MakeCall", "first", on_failure=again, targetUri="1002"), pbxHost="PBX")
    stage = Stage(scenario(alice, callee(), pbx(faults=faults)))
    await stage.completes()
    lines = [event.message for event in stage.events.of(ActionLogged) if event.instance_id == "pbx"]
    assert "answers INVITE with 503 on purpose" in lines


@virtual
async def test_pbx_alone_serves_until_it_is_stopped() -> None:
    stage = Stage(scenario(pbx(localPort=5070)))
    await stage.start()
    await stage.engine.stop_scenario()
    assert isinstance(await stage.engine.wait_ended(), ScenarioStopped)
    stage.expect_nothing_left()


@virtual
async def test_instance_that_has_not_registered_is_unavailable_and_a_number_of_nobody_not_found() -> None:
    for number, status in (("1003", "480"), ("1009", "404")):
        alice = lane("alice", "1001", step("MakeCall", on_failure=(step("Release"),), targetUri=number), pbxHost="PBX")
        stage = Stage(
            scenario(alice, lane("carol", "1003", step("TIMEOUT", timeout=100), pbxHost="PBX", register=False), pbx())
        )
        await stage.completes()
        assert ("sent", status) in seen_by(stage, "pbx")


ACROSS = (
    *("two-party-call", "callee-hangs-up", "cancel-while-ringing", "early-media", "late-offer", "hold-and-retrieve"),
    *("three-parties", "two-calls-on-one-instance", "session-timer", "blind-transfer", "attended-transfer"),
    *("no-answer", "message-and-info", "busy-with-failure-branch", "transfer-refused-keeps-the-call"),
)


def behind_a_pbx(name: str, mode: str) -> Json:
    """An example whose instances all register with a PBX, and call through it."""
    document = example(name)
    for node in document["nodes"]:
        if node["type"] == "sipInstance":
            node["data"]["pbxHost"] = "PBX"
    document["nodes"] += pbx(mode=mode)["nodes"]
    return document


@pytest.mark.parametrize("mode", ["proxy", "b2bua"])
@pytest.mark.parametrize("name", ACROSS)
def test_example_goes_on_as_ever_through_a_pbx(name: str, mode: str) -> None:
    @virtual
    async def scene() -> None:
        stage = Stage(behind_a_pbx(name, mode))
        await stage.completes()
        sent = [what for direction, what in seen_by(stage, "pbx") if direction == "sent"]
        assert "INVITE" in sent or name == "message-and-info"

    scene()
