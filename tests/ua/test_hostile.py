"""Peers that do as they please: nothing escapes from an agent, and nothing of it stays."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from functools import partial

import pytest

from sipflow.base.errors import LocalProtocolError
from sipflow.testing.agents import Party, Stage, rest, virtual
from sipflow.testing.memory_peer import Callee, Caller, MemoryPeer
from sipflow.testing.under_way import Weather
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import Call, IncomingCall

METHODS = ("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "UPDATE", "PRACK", "NOTIFY", "REFER", "FOO")
STATUSES = (100, 180, 183, 199, 200, 202, 300, 302, 401, 407, 408, 481, 486, 487, 491, 500, 503, 603, 699)
TAGS = ("", "a", "b", "c", '"q;"', "x" * 300)
BODIES = ("", AUDIO, "nonsense", AUDIO.replace("RTP/AVP 0 8 101", "RTP/AVP 3"), "v=0\r\n" * 50)
HEADERS: tuple[tuple[str, tuple[str | None, ...]], ...] = (
    ("Contact", (None, "*", "<sips:x@y>", "<tel:1>", "<sip:a@b>,<sip:c@d>", "sip:plain@127.0.0.1", "<sip:a@[::1]:1>")),
    ("Contact", ("<sip:a@192.0.2.1;transport=sctp>", "<sip:b@127.0.0.1:9>", '"x" <sip:b@nowhere.invalid>')),
    ("Record_Route", ("<sip:127.0.0.1:9;lr>", "sip:p;lr, <sips:q>", "<sip:p", "<sip:127.0.0.1;transport=tcp>")),
    ("Require", ("100rel", "")),
    ("Supported", ("", "199,timer", "100rel", "100rel, timer")),
    ("RSeq", ("1", "2", "1", "2147483647", "x")),
    ("RAck", ("1 1 INVITE", "x", "99999999999 1 INVITE")),
    ("Session_Expires", ("90", "4;refresher=uas", "90;refresher=uac", "x", "999999999")),
    ("Min_SE", ("4", "600", "x")),
    ("Allow", ("INVITE, UPDATE", "")),
    ("Content_Type", ("text/plain", "multipart/mixed", "", None)),
    ("Content_Encoding", ("gzip",)),
    ("Content_Disposition", ("early-session", "session;handling=optional")),
    ("Content_Length", ("1", "99999", "-1", None)),
    ("Max_Forwards", ("0", "-1", None)),
    ("CSeq", ("0 INVITE", "2147483648 BYE", "1", None)),
    ("To", ("<sip:x@y", "<tel:1>;tag=a", None)),
    ("From", ("sip:nobody", "<sip:x@y>;tag=", None)),
    ("Via", ("SIP/2.0/UDP 127.0.0.1", "SIP/2.0/UDP ;branch=z9hG4bK", None)),
    ("Call_ID", ("", "x y", None)),
    ("Warning", ("x" * 3000,)),
    ("Accept", ("text/html", "")),
)


def oddities(chance: random.Random) -> dict[str, str | None]:
    return {name: chance.choice(values) for name, values in chance.choices(HEADERS, k=chance.choice((0, 0, 1, 3)))}


def misbehave(
    chance: random.Random, peer: MemoryPeer, party: Party, callers: list[Caller], callees: list[Callee]
) -> None:
    """Say one thing that may or may not fit."""
    dice = chance.random()
    body, odd = chance.choice(BODIES), oddities(chance)
    if dice < 0.15 or not callers:
        callers.append(peer.caller(party.agent.local))
        callers[-1].ask("INVITE", AUDIO)
    elif dice < 0.5 or not callees:
        caller = chance.choice(callers)
        tags = [message.to_tag for message in peer.heard[-20:] if message.status and message.headers("To")]
        caller.to_tag = chance.choice([*tags, *TAGS])
        cseq = chance.choice((None, None, 0, 1, 2, 2**31 - 1))
        branch = chance.choice(("", "", caller.branch, "z9hG4bKsame"))
        caller.ask(chance.choice(METHODS), body, cseq=cseq, branch=branch, to_tag=None, **odd)
    elif dice < 0.85:
        requests = [message for message in peer.heard if message.method]
        to = chance.choice(requests) if requests and chance.random() < 0.4 else None
        chance.choice(callees).reply(chance.choice(STATUSES), chance.choice(TAGS), body, to=to, **odd)
    else:
        chance.choice(callees).ask(chance.choice(METHODS), chance.choice(TAGS), body, cseq=None, **odd)


def change(call: Call, direction: str, method: str) -> None:
    call.modify(direction, method)


def act(chance: random.Random, party: Party, peer: MemoryPeer, calls: list[Call]) -> None:
    """Do one thing a scenario might do, fitting or not."""
    dice = chance.random()
    if dice < 0.3 or not calls:
        calls.append(party.call(peer.uri))
    elif dice < 0.5:
        calls += [call for call in party.agent.calls if call not in calls]
    else:
        call = chance.choice(calls)
        verbs: list[Callable[[], None]] = [call.release]
        if isinstance(call, IncomingCall):
            verbs += [call.ring, call.answer, partial(call.reject, 486), partial(call.ring, 183)]
            verbs += [partial(call.ring, 183, reliable=True)]
        for direction in ("sendonly", "sendrecv"):
            verbs += [partial(change, call, direction, method) for method in ("INVITE", "UPDATE")]
        with contextlib.suppress(LocalProtocolError):
            chance.choice(verbs)()


@pytest.mark.conformance(16, 34, 42, "R9")
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@pytest.mark.parametrize("seed", range(25))
@virtual
async def test_agent_survives_any_conversation_and_forgets_it(seed: int, transport: str) -> None:
    chance = random.Random(f"{seed}{transport}")
    weather = Weather(seed=seed, max_delay_s=chance.choice((0.001, 0.3)), duplicate=chance.choice((0.0, 0.1)))
    async with Stage(weather) as stage:
        bob, peer = await stage.agent("bob", transport=transport), await stage.peer(transport)
        callers: list[Caller] = []
        callees: list[Callee] = []
        calls: list[Call] = []
        for _ in range(150):
            misbehave(chance, peer, bob, callers, callees)
            if chance.random() < 0.3:
                act(chance, bob, peer, calls)
            if chance.random() < 0.7:
                await rest(chance.choice((0, 0.001, 0.01, 0.5, 5)))
            known = {callee.invite for callee in callees}
            callees += [Callee(peer, m) for m in peer.heard if m.is_a("INVITE") and m not in known]
        sane = await stage.peer(name="sane")
        sane.caller(bob.agent.local).ask("OPTIONS")
        await sane.hear(200, limit_s=2)
        for call in list(bob.agent.calls):
            call.release()
        await rest(140)
        assert len(bob.agent.layer) == len(bob.agent.layer.timers) == 0
        assert len(bob.agent.calls) == len(bob.agent.dialogs) == bob.ports.open_ports == 0


@pytest.mark.conformance(34)
@virtual
async def test_calls_that_are_never_finished_leave_nothing_70_s_later() -> None:
    async with Stage() as stage:
        bob, peer = await stage.agent("bob"), await stage.peer()
        for number in range(1000):
            peer.caller(bob.agent.local).invite()
            if number % 3 == 0:
                (await bob.take()).answer()
            elif number % 3 == 1:
                (await bob.take()).reject(486)
        await rest(70)
        held = (len(bob.agent.calls), len(bob.agent.layer), len(bob.agent.layer.timers), len(bob.agent.dialogs))
        assert held == (0, 0, 0, 0)
        assert (bob.ports.open_ports, len(bob.incoming)) == (0, 0)
