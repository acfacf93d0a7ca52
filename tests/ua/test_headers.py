"""What a scenario may put into messages, and what it may not."""

from __future__ import annotations

import pytest

from sipflow.base.errors import LocalProtocolError, SipParseError
from sipflow.sip.message import Request
from sipflow.testing.agents import Stage, connected_pair, disconnected, virtual
from tests.ua.scenes import meet_bob


@virtual
async def test_headers_of_a_call_are_written_in_order_and_replace_ours() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        alice.agent.call(bob.uri, (("X-A", "1"), ("X-B", "2"), ("X-A", "3"), ("user-agent", "Mine"), ("Subject", "é")))
        invite = (await bob.take()).request
        assert invite.header_values("X-A") == ["1", "3"]
        assert invite.header_values("User-Agent") == ["Mine"]
        assert invite.header("Subject") == "é"


@virtual
async def test_compact_header_name_replaces_ours_too() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        alice.agent.call(bob.uri, (("m", "<sip:other@127.0.0.1:9>"),))
        assert (await bob.take()).request.header_values("Contact") == ["<sip:other@127.0.0.1:9>"]


@pytest.mark.parametrize(
    "header",
    [
        ("X-A", "1\r\nX-Evil: 2"),
        ("X-A", "1\n2"),
        ("X-A", "1\r2"),
        ("X-A", "1\0"),
        ("X-A", "\ud800"),
        ("X-A\r\nX-Evil", "1"),
        ("X A", "1"),
        ("X:A", "1"),
        ("", "1"),
        *((name, "x") for name in ("Via", "FROM", "to", "Call-ID", "CSeq", "Content-Length", "l", "v", "i", "f", "t")),
    ],
    ids=repr,
)
@virtual
async def test_header_that_would_break_the_message_is_refused(header: tuple[str, str]) -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        with pytest.raises(LocalProtocolError):
            alice.agent.call(bob.uri, (header,))
        assert alice.log == []
        assert (alice.ports.open_ports, len(alice.agent.calls)) == (0, 0)
        alice.call(bob.uri)
        incoming = await bob.take()
        for act in (incoming.ring, incoming.answer):
            with pytest.raises(LocalProtocolError):
                act(headers=(header,))
        with pytest.raises(LocalProtocolError):
            incoming.reject(486, headers=(header,))
        incoming.answer()


@pytest.mark.parametrize("reason", ["Busy\r\nX-Evil: 1", "a\nb", "\0", "\ud800"], ids=repr)
@virtual
async def test_reason_that_would_break_the_message_is_refused(reason: str) -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing = alice.call(bob.uri)
        incoming = await bob.take()
        with pytest.raises(LocalProtocolError, match="reason"):
            incoming.ring(180, reason)
        with pytest.raises(LocalProtocolError, match="reason"):
            incoming.reject(486, reason)
        incoming.reject(486, "Très occupé")
        assert (await disconnected(outgoing)).reason == "Très occupé"


@pytest.mark.parametrize(
    "target",
    [
        "",
        "bob",
        "sip:",
        "sip:bob@host\r\nX: y",
        "sip:b ob@host",
        "tel:+1",
        "sip:bob@h?Subject=x",
        "sips:bob@h;transport=udp",
    ],
)
@virtual
async def test_target_that_can_not_be_called_is_refused(target: str) -> None:
    async with Stage() as stage:
        alice = await stage.agent("alice")
        with pytest.raises((SipParseError, LocalProtocolError)):
            alice.call(target)
        assert (alice.log, alice.ports.open_ports, len(alice.agent.calls)) == ([], 0, 0)


@pytest.mark.parametrize("name", ['Ann "the Hammer"', "back\\slash", "Иван", "a\r\nb: c", "<sip:x@y>", "quote\\"])
@virtual
async def test_display_name_is_quoted(name: str) -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice", display_name=name), await stage.agent("bob")
        await connected_pair(alice, bob)
        (invite,) = bob.received("INVITE")
        assert invite.from_.display_name == name.replace("\r\n", "")
        assert invite.header("b") is None


@pytest.mark.parametrize("user", ["a b", "50%", "ü", "a@b", "a>b", "*67#", "a;b"])
@virtual
async def test_user_of_an_agent_is_escaped(user: str) -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent(user), await stage.agent("bob")
        await connected_pair(alice, bob)
        (invite,) = bob.received("INVITE")
        assert invite.from_.uri.user == user
        assert invite.contacts[0].uri.user == user


@pytest.mark.parametrize("user", ["%00", "a%40b", "+1-234;ext=5", "%c3%a9", "%ff", "*21*5#".replace("#", "%23"), ""])
@virtual
async def test_call_to_any_user_part_is_taken(user: str) -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        caller.uri = f"sip:{user}@{bob.agent.local}" if user else f"sip:{bob.agent.local}"
        caller.invite()
        incoming = await bob.take()
        assert incoming.number == (incoming.request.request_uri.user if user else "")
        incoming.reject(486)
        await caller.hear(486)


@pytest.mark.conformance(15)
@virtual
async def test_message_is_shown_to_the_tap_as_it_stood_on_the_wire() -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        caller.invite(X_Unknown=" a ;  b=,,", To=f"<{caller.uri};p=%41>")
        await bob.take()
        (invite,) = bob.received("INVITE")
        assert isinstance(invite, Request)
        assert ("X-Unknown", "  a ;  b=,,") in invite.header_lines
        assert invite.raw in [tapped.data for tapped in stage.network.tap]
