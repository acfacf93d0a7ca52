"""The services of RFC 5359 that user agents play, as the examples play them: who sends what, and in which order."""

from __future__ import annotations

import pytest

from sipflow.base.events import NodeState, SipMessageSeen
from sipflow.testing.agents import virtual
from tests.engine.stage import Stage
from tests.examples import example

pytestmark = pytest.mark.conformance(126)


async def requests_of(name: str) -> list[str]:
    """The requests of an example: who sent what, with the direction of its session and other marks of the service."""
    stage = Stage(example(name))
    await stage.completes()
    sent = [one for one in stage.events.of(SipMessageSeen) if one.direction == "sent" and one.status_code is None]
    return [" ".join(filter(None, (one.instance_id, one.method, _mark(one)))) for one in sent if one.method != "ACK"]


def _mark(event: SipMessageSeen) -> str:
    """What makes a request one of a service: holding, replacing, referring."""
    if "\r\nReplaces:" in event.raw:
        return "replaces"
    if "application/dialog-info+xml" in event.raw:
        return "dialogs"
    if event.method == "NOTIFY":
        return event.raw.rpartition("\r\n\r\n")[2].split(" ")[1]
    return "holds" if "a=sendonly" in event.raw else ""


@virtual
async def test_call_is_held_and_resumed_as_in_section_2_1() -> None:
    requests = await requests_of("hold-and-retrieve")
    assert requests[:2] == ["alice INVITE", "alice INVITE holds"]
    assert requests[-2:] == ["alice INVITE", "alice BYE"]


@virtual
async def test_third_party_is_consulted_as_in_section_2_2() -> None:
    assert await requests_of("rfc5359-2-2-consultation-hold") == [
        *("alice INVITE", "bob INVITE holds"),
        *("bob INVITE", "bob BYE"),
        *("bob INVITE", "bob BYE"),
    ]


@virtual
@pytest.mark.conformance(110)
async def test_holder_plays_music_that_the_held_party_hears_until_it_is_retrieved() -> None:
    assert await requests_of("rfc5359-2-3-music-on-hold") == [
        "alice INVITE",
        "bob INVITE holds",
        "bob INVITE",
        "alice BYE",
    ]


@virtual
@pytest.mark.conformance(110)
async def test_held_party_fails_where_the_holder_plays_no_music() -> None:
    stage = Stage(example("rfc5359-2-3-music-on-hold", filePath="sound:silence"))
    await stage.fails()
    assert stage.states()["alice-held"] is NodeState.COMPLETED
    assert stage.states()["alice-music"] is NodeState.FAILED


@virtual
async def test_music_server_takes_the_held_call_and_gives_it_back_as_in_section_2_3() -> None:
    assert await requests_of("rfc5359-2-3-music-server") == [
        *("alice INVITE", "bob INVITE holds", "bob REFER", "music NOTIFY 100"),
        *("music INVITE replaces", "alice BYE", "music NOTIFY 200"),
        *("bob INVITE replaces", "alice BYE", "alice BYE"),
    ]


@virtual
async def test_unattended_transfer_goes_as_in_section_2_4() -> None:
    requests = await requests_of("blind-transfer")
    calls = [line for line in requests if "NOTIFY" not in line]
    assert calls == ["bob INVITE", "alice REFER", "bob INVITE", "alice BYE", "bob BYE"]
    assert [line for line in requests if "NOTIFY" in line] == ["bob NOTIFY 100", "bob NOTIFY 180", "bob NOTIFY 200"]


@virtual
async def test_attended_transfer_goes_as_in_section_2_5() -> None:
    requests = await requests_of("attended-transfer")
    calls = [line for line in requests if "NOTIFY" not in line]
    assert calls[:6] == [
        *("bob INVITE", "alice INVITE holds", "alice INVITE", "alice INVITE holds"),
        *("alice REFER", "bob INVITE replaces"),
    ]
    assert sorted(calls[6:]) == ["alice BYE", "bob BYE", "carol BYE"]
    assert requests[-1] == "bob BYE"


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("redirected-call", []),
        ("rfc5359-2-8-forwarding-when-busy", ["dave INVITE"]),
        ("rfc5359-2-9-forwarding-on-no-answer", []),
    ],
    ids=["2.7", "2.8", "2.9"],
)
def test_call_is_forwarded_by_the_phone(name: str, before: list[str]) -> None:
    @virtual
    async def play() -> None:
        requests = await requests_of(name)
        assert requests[: len(before) + 2] == [*before, "alice INVITE", "alice INVITE"]
        assert requests.count("alice BYE") == 1

    play()


@virtual
async def test_somebody_is_found_at_one_place_after_the_other_as_in_section_2_12() -> None:
    requests = await requests_of("forking-one-after-the-other")
    assert requests.count("pbx INVITE") == 2


@virtual
async def test_ringing_call_is_picked_up_as_in_section_2_16() -> None:
    assert await requests_of("rfc5359-2-16-call-pickup") == [
        *("alice INVITE", "bill SUBSCRIBE dialogs", "bob NOTIFY dialogs"),
        *("bill INVITE replaces", "alice CANCEL", "alice BYE"),
    ]


@virtual
async def test_call_that_was_answered_meanwhile_is_not_picked_up() -> None:
    document = example("rfc5359-2-16-call-pickup")
    next(node for node in document["nodes"] if node["id"] == "bob-ringing")["data"]["command"] = "Answer"
    stage = Stage(document)
    await stage.fails()
    assert "486" in stage.error_of("bill-pickup")
    assert "alice-replaced" not in stage.order()


@virtual
async def test_phone_dials_where_it_is_referred_to_as_in_section_2_18() -> None:
    assert await requests_of("rfc5359-2-18-click-to-dial") == [
        *("pc REFER", "bob NOTIFY 100", "bob INVITE", "bob NOTIFY 180", "bob NOTIFY 200", "carol BYE"),
    ]
