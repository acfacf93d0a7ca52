"""What each of our messages must carry, by the tables of the RFCs that define its method.

Source: RFC 3261 §20 (tables 2 and 3), RFC 3262 §6 and §7.2, RFC 3311 §7, RFC 3428 §9, RFC 3515 §2.2, RFC 3903 §11.1,
 RFC 6086 §6; SUBSCRIBE and NOTIFY by RFC 3265 §7.1, whose table RFC 6665 has left out.
"""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.sip.extensions import Reliability
from sipflow.sip.message import Request, Response
from sipflow.testing.agents import Party, Stage, connected, connected_pair, hang_up, rest, ringing, virtual
from sipflow.ua import RegistrationSettings, Wish
from sipflow.ua.registration import Registration
from sipflow.ua.sending import send_request
from tests.ua.scenes import connect_to_bob, meet_bob
from tests.ua.test_messages import want

ALWAYS = ("Via", "From", "To", "Call-ID", "CSeq")
"""`c` in every table."""
IN_REQUESTS: dict[str, tuple[str, ...]] = {
    "INVITE": ("Contact", "Allow", "Supported"),
    "ACK": (),
    "BYE": (),
    "CANCEL": (),
    "OPTIONS": (),
    "REGISTER": (),
    "PRACK": ("RAck",),
    "UPDATE": ("Contact",),
    "REFER": ("Contact", "Refer-To"),
    "MESSAGE": (),
    "INFO": (),
    "PUBLISH": ("Event",),
    "SUBSCRIBE": ("Contact", "Event"),
    "NOTIFY": ("Contact", "Event", "Subscription-State"),
}
"""What is `m` or `m*` in a request, Max-Forwards apart."""
IN_SUCCESSES: dict[str, tuple[str, ...]] = {
    "INVITE": ("Contact", "Allow", "Supported"),
    "OPTIONS": ("Allow", "Accept", "Accept-Encoding", "Accept-Language", "Supported"),
    "UPDATE": ("Contact",),
    "REFER": ("Contact",),
    "SUBSCRIBE": ("Contact", "Expires"),
}
"""What is `m` or `m*` in a 2xx."""
WITHOUT_CONTACT = ("BYE", "CANCEL", "PRACK", "MESSAGE", "INFO", "PUBLISH")
"""Where Contact is `-`, in the request and in its 2xx."""
IN_REFUSALS: dict[int, tuple[str, ...]] = {
    401: ("WWW-Authenticate",),
    405: ("Allow",),
    415: ("Accept",),
    420: ("Unsupported",),
    489: ("Allow-Events",),
}
"""What is `m` in a refusal of any method."""


def lacking(message: Request | Response) -> list[str]:
    """What a message of ours lacks, and what it has although its table forbids it."""
    method = message.cseq_method
    if isinstance(message, Request):
        due = (*IN_REQUESTS[method], "Max-Forwards")
    elif message.status >= 300:
        due = IN_REFUSALS.get(message.status, ())
    else:
        due = IN_SUCCESSES.get(method, ()) if message.status >= 200 else ()
    wrong = [f"no {name}" for name in (*ALWAYS, "Content-Length", *due) if message.header(name) is None]
    if message.body and message.header("Content-Type") is None:
        wrong.append("no Content-Type")
    is_final_refusal = isinstance(message, Response) and message.status >= 300
    if method in WITHOUT_CONTACT and not is_final_refusal and message.header("Contact") is not None:
        wrong.append("Contact")
    return wrong


def judge(*parties: Party) -> set[tuple[str, int]]:
    """Every kind of message that these have sent, each found to be as its table says: method, and status or 0."""
    sent = [seen.message for party in parties for seen in party.log if seen.direction == "sent"]
    assert [f"{message.raw[:40]!r}: {lacking(message)}" for message in sent if lacking(message)] == []
    return {(message.cseq_method, message.status if isinstance(message, Response) else 0) for message in sent}


@pytest.mark.conformance(1, 40, 69, 96, 104)
@virtual
async def test_messages_of_calls_and_transfers_have_what_their_tables_ask_for() -> None:
    async with Stage() as stage:
        alice = await stage.agent("alice", reliable=Reliability.REQUIRED)
        bob, carol = await stage.agent("bob", reliable=Reliability.REQUIRED), await stage.agent("carol")
        outgoing, _ = await connected_pair(alice, bob)
        await outgoing.modify("sendonly", "UPDATE").done.wait()
        await outgoing.modify("sendrecv").done.wait()
        for method in ("OPTIONS", "INFO", "UPDATE"):
            await send_request(alice.agent, method, "", within=outgoing).done.wait()
        transfer = outgoing.transfer(f"<{carol.uri}>")
        at_carol = await carol.take()
        at_carol.answer()
        await connected(at_carol)
        await transfer.done.wait()
        for call in (outgoing, at_carol):
            await hang_up(call)
        given_up = alice.call(bob.uri)
        (await bob.take()).ring()
        await ringing(given_up)
        await hang_up(given_up)
        await rest(1)
        seen = judge(alice, bob, carol)
        methods = {method for method, status in seen if status == 0}
        assert methods == {"INVITE", "ACK", "PRACK", "UPDATE", "OPTIONS", "INFO", "REFER", "NOTIFY", "BYE", "CANCEL"}
        answered = {method for method, status in seen if 200 <= status < 300}
        assert answered == methods - {"ACK"}


@pytest.mark.conformance(1, 96, 104, 105)
@virtual
async def test_messages_outside_of_calls_have_what_their_tables_ask_for() -> None:
    due: dict[str, Any] = {
        "SUBSCRIBE": ("Event", "dialog"),
        "PUBLISH": ("Event", "dialog"),
        "REFER": ("Refer-To", "<sip:c@h>"),
    }
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        want(bob, Wish.SEEN)
        for method in ("OPTIONS", "MESSAGE", "PUBLISH", "SUBSCRIBE", "REFER"):
            headers = (due[method],) if method in due else ()
            await send_request(alice.agent, method, bob.uri, (*headers, ("Expires", "5"))).done.wait()
        await send_request(alice.agent, "SUBSCRIBE", bob.uri, (("Event", "dialog"), ("Expires", "5"))).done.wait()
        await send_request(bob.agent, "NOTIFY", "", (("Event", "dialog"),)).done.wait()
        registration = Registration(alice.agent, RegistrationSettings(registrar=bob.uri), lambda *_: None)
        await registration.register()
        registration.close()
        await rest(10)  # the subscriptions are over, and the subscriber is told
        seen = judge(alice, bob)
        methods = {method for method, status in seen if status == 0}
        assert methods == {"OPTIONS", "MESSAGE", "PUBLISH", "SUBSCRIBE", "REFER", "NOTIFY", "REGISTER"}
        assert {status for _, status in seen} == {0, 200, 202}
        assert len(bob.sent("NOTIFY")) == 3


@pytest.mark.conformance(36, 37, 38, 104)
@virtual
async def test_refusals_have_what_their_tables_ask_for() -> None:
    async with Stage() as stage:
        bob, _, caller, _ = await connect_to_bob(stage)
        caller.ask("REGISTER", to_tag="")
        caller.ask("MESSAGE", "<x/>", Content_Type="text/html", to_tag="")
        caller.ask("OPTIONS", Require="nothing-known", to_tag="")
        caller.ask("SUBSCRIBE", Event="weather", to_tag="")
        caller.ask("UPDATE", "<x/>", Content_Type="text/html")
        await rest(1)
        assert {status for _, status in judge(bob)} >= {405, 415, 420, 489}


@pytest.mark.conformance(36, 104)
@pytest.mark.parametrize(("status", "name", "value"), [(405, "Allow", None), (489, "Allow-Events", "refer")])
@virtual
async def test_refusal_by_hand_tells_what_its_status_must(status: int, name: str, value: str | None) -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        caller.invite()
        (await bob.take()).reject(status)
        assert (await caller.hear(status)).header(name) == (value or bob.agent.identity.capabilities[0][1])
        again = peer.caller(bob.agent.local)
        again.invite()
        (await bob.take()).reject(status, headers=((name, "own"),))
        assert (await again.hear(status)).headers(name) == ["own"]
