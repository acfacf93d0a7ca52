"""Variables in a running scenario."""

from __future__ import annotations

import pytest

from sipflow.base.errors import ScenarioInvalid
from sipflow.base.events import SipMessageSeen
from tests.engine.stage import C, Stage, lane, on_stage, scenario, step

DOCUMENT = scenario(
    lane(
        "a",
        "{{ var.dn }}",
        step("MakeCall", targetUri="{{ var.target }}", callId="{{ var.id }}"),
        step("Release", callId="x"),
    ),
    lane(
        "b",
        "1002",
        step("INCOMING", number="{{var.target}}"),
        step("TIMEOUT", timeout="{{ var.ms }}"),
        step("Answer"),
        step("DISCONNECTED"),
    ),
)


def test_variables_are_replaced_in_instances_and_nodes() -> None:
    async def scene(stage: Stage) -> None:
        await stage.completes(dn="77", target="1002", id="x", ms="250")
        assert set(stage.states().values()) == {C}
        assert stage.at("b.TIMEOUT") == pytest.approx(0.251)
        invite = stage.events.of(SipMessageSeen)[0]
        assert "From: <sip:77@" in invite.raw
        assert invite.call_id == "x"

    on_stage(DOCUMENT, scene)


def test_every_missing_variable_is_a_finding() -> None:
    async def scene(stage: Stage) -> None:
        with pytest.raises(ScenarioInvalid) as caught:
            await stage.start(dn="77")
        text = " ".join(map(str, caught.value.findings))
        assert all(f"variable '{name}' is not set" in text for name in ("target", "id", "ms"))
        stage.expect_nothing_left()

    on_stage(DOCUMENT, scene)


@pytest.mark.parametrize(("ms", "problem"), [("soon", "integer"), ("-5", "greater than")])
def test_value_that_does_not_fit_fails_the_node_when_it_runs(ms: str, problem: str) -> None:
    async def scene(stage: Stage) -> None:
        end = await stage.fails(dn="77", target="1002", id="x", ms=ms)
        assert end.node_id == "b.TIMEOUT"
        assert "timeout" in end.error
        assert problem in end.error

    on_stage(DOCUMENT, scene)


def test_password_may_come_from_the_environment_and_shows_nowhere() -> None:
    document = scenario(lane("a", "1001", step("TIMEOUT", timeout=1), password="${env:SECRET}"))

    async def scene(stage: Stage) -> None:
        await stage.completes()
        assert "hunter2" not in str([event.to_json() for event in stage.events])

    on_stage(document, scene, environment={"SECRET": "hunter2"})


def test_start_keeps_the_variables_as_they_were() -> None:
    async def scene(stage: Stage) -> None:
        variables = {"dn": "77", "target": "1002", "id": "x", "ms": "250"}
        await stage.engine.start_scenario("it", variables)
        variables["target"] = "gone"
        variables.clear()
        await stage.engine.wait_ended()
        assert set(stage.states().values()) == {C}

    on_stage(DOCUMENT, scene)
