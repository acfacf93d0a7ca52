"""Faults that the PBX plays on purpose."""

from __future__ import annotations

import pytest

from sipflow.base.occurrences import Occurrences
from sipflow.pbx import Effect, FaultRule
from sipflow.pbx.trouble import Trouble
from sipflow.testing.agents import rest, virtual
from tests.pbx.scenes import a_house, registration_of, settings_for


def always(below: int) -> int:
    return 0


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("1", [1]),
        ("2-3", [2, 3]),
        ("4-", [4, 5]),
        ("100%", [1, 2, 3, 4, 5]),
        ("50 %", [1, 2, 3, 4, 5]),
        ("0%", []),
    ],
)
def test_which_requests_are_meant_is_told_by_number_range_or_share(text: str, hit: list[int]) -> None:
    which = Occurrences.parse(text)
    assert [number for number in range(1, 6) if which.has(number, always)] == hit


@pytest.mark.parametrize("text", ["0", "3-1", "-2", "101%", "one", "1,2", "1-2-3", "%"])
def test_which_requests_are_meant_is_refused_where_it_makes_no_sense(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        Occurrences.parse(text)


def test_share_of_requests_is_hit_by_chance() -> None:
    numbers = iter([10, 40, 24, 25] * 2)
    trouble = Trouble([FaultRule(Effect.DROP, which=Occurrences.parse("25%"))], lambda _: next(numbers))
    assert [trouble.drops("INVITE") for _ in range(8)] == [True, False, True, False] * 2


def test_every_rule_counts_the_requests_of_its_own_method() -> None:
    rules = [
        FaultRule(Effect.REFUSE, "INVITE", Occurrences.parse("2"), status=503),
        FaultRule(Effect.DELAY, "", Occurrences.parse("3")),
    ]
    trouble = Trouble(rules, always)
    met = [trouble.met_by(method) for method in ("INVITE", "REGISTER", "INVITE", "INVITE")]
    assert met == [None, None, rules[0], None]


@virtual
async def test_pbx_refuses_twice_and_then_serves() -> None:
    rule = FaultRule(Effect.REFUSE, "REGISTER", Occurrences.parse("1-2"), retry_after_s=7)
    async with a_house(settings_for(faults=(rule,))) as house:
        phone = registration_of(house, await house.peer(), "1001")
        for status in (503, 503, 200):
            phone.ask("REGISTER")
            answer = await phone.hear(status)
            assert answer.headers("Retry-After") == (["7"] if status == 503 else [])
        assert house.told == ["answers REGISTER with 503 on purpose"] * 2


@virtual
async def test_dropped_requests_are_sent_again_and_the_next_one_arrives() -> None:
    rule = FaultRule(Effect.DROP, "INVITE", Occurrences.parse("1-2"))
    async with a_house(settings_for(faults=(rule,))) as house:
        alice = await house.agent("1001")
        call = alice.call(house.uri("1009"))
        await rest(5)
        first = alice.times("INVITE")[0]
        assert [round(at - first, 1) for at in alice.times("INVITE")] == [0.0, 0.5, 1.5]
        assert not call.is_live
        assert len([seen for seen in house.log if seen.is_a("INVITE")]) == 3


@virtual
async def test_delayed_request_is_served_late_and_its_invite_gets_a_100_meanwhile() -> None:
    rule = FaultRule(Effect.DELAY, "INVITE", delay_s=2.0)
    async with a_house(settings_for(faults=(rule,))) as house:
        caller = house.caller(await house.peer(), "1009")
        caller.invite()
        trying, refused = await caller.hear(100), await caller.hear(404)
        assert refused.at - trying.at == pytest.approx(2.0 - 0.15, abs=0.02)
        caller.ask("ACK", branch=caller.branch)


@virtual
async def test_delayed_invite_that_is_cancelled_is_never_served() -> None:
    rule = FaultRule(Effect.DELAY, "INVITE", delay_s=2.0)
    async with a_house(settings_for(faults=(rule,))) as house:
        phone = await house.phone("1002")
        caller = house.caller(await house.peer(), "1002")
        caller.invite()
        await caller.hear(100)
        caller.ask("CANCEL")
        await caller.hear(200)
        await caller.hear(487)
        caller.ask("ACK", branch=caller.branch)
        await rest(5)
        assert phone.count("INVITE") == 0
