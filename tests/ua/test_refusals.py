"""What a user agent answers to requests that it does not take as they are. Source: RFC 3261 §8.2, §11, §12.2.2."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.base.call_events import Cause
from sipflow.sip.message import Response
from sipflow.sip.uas import ALLOWED_METHODS
from sipflow.testing.agents import Party, Stage, connected, connected_pair, disconnected, rest, virtual
from sipflow.testing.memory_peer import Heard, MemoryPeer
from sipflow.testing.wire_text import AUDIO, Value, sip_text
from sipflow.ua import CallState
from tests.ua.scenes import connect_to_bob, let_alice_call, meet_bob

ALLOW = ", ".join(ALLOWED_METHODS)


@pytest.mark.conformance(36)
@pytest.mark.parametrize("method", ["REGISTER", "PUBLISH"])
@virtual
async def test_known_method_that_is_not_served_gets_405_with_allow(method: str) -> None:
    async with Stage() as stage:
        _, peer, caller = await meet_bob(stage)
        caller.ask(method)
        assert (await peer.hear(405)).header("Allow") == ALLOW


@pytest.mark.conformance(36)
@pytest.mark.parametrize("method", ["NEWMETHOD", "invite", "PING", "!%*"])
@virtual
async def test_unknown_method_gets_501_with_allow(method: str) -> None:
    async with Stage() as stage:
        _, peer, caller = await meet_bob(stage)
        caller.ask(method)
        assert (await peer.hear(501)).header("Allow") == ALLOW


@pytest.mark.conformance(37)
@pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
@virtual
async def test_required_extensions_get_420_with_those_unsupported(method: str) -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        caller.ask(method, Require="100rel, Nothing, more", Supported="timer")
        assert (await peer.hear(420)).header("Unsupported") == "Nothing, more"
        assert len(bob.incoming) == 0


@pytest.mark.conformance(37)
@virtual
async def test_require_in_an_ack_is_ignored() -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        caller.invite()
        incoming = await bob.take()
        incoming.answer()
        await caller.hear(200)
        caller.ask("ACK", Require="nothing")
        await connected(incoming)


@pytest.mark.conformance(84)
@virtual
async def test_supported_extensions_that_we_lack_are_ignored() -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        caller.invite(Supported="199, early-session, 100rel, timer, outbound, path, norefersub")
        incoming = await bob.take()
        incoming.ring()
        ringing = await caller.hear(180)
        assert ringing.headers("Require") == []


@pytest.mark.conformance(84)
@virtual
async def test_early_session_is_no_offer() -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        caller.invite("v=0 this is no offer", Content_Disposition="early-session")
        incoming = await bob.take()
        incoming.answer()
        assert (await caller.hear(200)).body.startswith(b"v=0\r\n")
        caller.ask("ACK", AUDIO)
        await connected(incoming)


@pytest.mark.conformance(38)
@pytest.mark.parametrize(
    ("headers", "header", "value"),
    [
        ({"Content_Type": "application/unknown"}, "Accept", "application/sdp"),
        ({"Content_Type": "multipart/mixed;boundary=x"}, "Accept", "application/sdp"),
        ({"Content_Disposition": "render"}, "Accept", "application/sdp"),
        ({"Content_Disposition": "render;handling=required"}, "Accept", "application/sdp"),
        ({"Content_Encoding": "gzip"}, "Accept-Encoding", "identity"),
    ],
    ids=str,
)
@virtual
async def test_content_that_is_not_understood_gets_415(headers: dict[str, Any], header: str, value: str) -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        caller.invite(AUDIO, **headers)
        assert (await peer.hear(415)).header(header) == value
        assert len(bob.incoming) == 0


@pytest.mark.conformance(38)
@virtual
async def test_optional_content_that_is_not_understood_is_ignored() -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        caller.invite("hello", Content_Type="text/plain", Content_Disposition="render; handling=OPTIONAL")
        incoming = await bob.take()
        incoming.answer()
        assert (await caller.hear(200)).header("Content-Type") == "application/sdp"


@pytest.mark.parametrize("accept", ["application/sdp", "text/plain, application/*", "*/*"])
@virtual
async def test_accept_that_covers_sdp_is_satisfied(accept: str) -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        caller.invite(Accept=accept)
        await bob.take()


@virtual
async def test_accept_without_sdp_gets_406() -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        caller.invite(Accept="text/plain")
        assert (await peer.hear(406)).header("Accept") == "application/sdp"
        assert len(bob.incoming) == 0


@pytest.mark.conformance(17)
@pytest.mark.parametrize("uri", ["tel:+1234", "mailto:bob@example.com", "nobodyKnowsThisScheme:x"])
@virtual
async def test_unsupported_scheme_of_the_request_uri_gets_416(uri: str) -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        caller.uri = uri
        caller.invite()
        await peer.hear(416)
        assert len(bob.incoming) == 0


@pytest.mark.conformance(17)
@virtual
async def test_unknown_version_gets_505() -> None:
    async with Stage() as stage:
        bob, peer, _ = await meet_bob(stage)
        fields: dict[str, Value] = {
            "Via": f"SIP/7.0/UDP {peer.address};rport;branch=z9hG4bKv",
            "From": "<sip:a@b>;tag=1",
            "To": "<sip:c@d>",
            "Call-ID": "v",
            "CSeq": "1 INVITE",
        }
        peer.send(sip_text("INVITE sip:c@d SIP/7.0", fields), bob.agent.local)
        await peer.hear(505)


@pytest.mark.conformance(16)
@pytest.mark.parametrize(
    "headers",
    [
        {"CSeq": "1 BYE"},
        {"CSeq": "4294967296 INVITE"},
        {"From": "no address"},
        {"Max_Forwards": "many"},
        {"Contact": '"unterminated <sip:a@b>'},
        {"Content_Length": "9999"},
    ],
    ids=str,
)
@virtual
async def test_broken_request_gets_400_and_the_same_again(headers: dict[str, Any]) -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        for _ in range(2):
            caller.ask("INVITE", cseq=1, branch="z9hG4bKbroken", **headers)
        first, second = await peer.hear(400), await peer.hear(400)
        assert first.data == second.data
        assert first.start_line.startswith("SIP/2.0 400 Bad Request (")
        assert len(bob.agent.layer) == 0
        await still_answers(bob, peer)


async def still_answers(party: Party, peer: MemoryPeer) -> Heard:
    """The agent is well: it answers an OPTIONS."""
    caller = peer.caller(party.agent.local)
    caller.ask("OPTIONS")
    while (answer := await peer.hear(200, limit_s=2)).header("Call-ID") != caller.call_id:
        pass
    return answer


@pytest.mark.conformance(16)
@pytest.mark.parametrize(
    "headers",
    [{"CSeq": "x"}, {"To": "<<>>"}, {"Record_Route": "<>"}, {"Content_Length": "999"}, {"Call_ID": None}],
    ids=str,
)
@virtual
async def test_broken_response_is_dropped(headers: dict[str, Any]) -> None:
    async with Stage() as stage:
        _, _, call, callee = await let_alice_call(stage)
        callee.reply(200, body=AUDIO, **headers)
        await rest(0.1)
        assert call.state is CallState.CALLING
        callee.reply(200, body=AUDIO)
        await connected(call)


@pytest.mark.conformance(40)
@virtual
async def test_options_outside_a_dialog_tells_what_we_can() -> None:
    async with Stage() as stage:
        bob, peer, _ = await meet_bob(stage)
        answer = await still_answers(bob, peer)
        assert answer.header("Allow") == ALLOW
        assert answer.header("Accept") == "application/sdp"
        assert answer.header("Accept-Encoding") == "identity"
        assert answer.header("Accept-Language") == "en"
        assert answer.header("Supported") == "100rel, timer, replaces, norefersub"
        assert answer.to_tag


@pytest.mark.conformance(40)
@virtual
async def test_options_within_a_dialog_changes_nothing() -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await connect_to_bob(stage)
        assert incoming.dialog is not None
        target = incoming.dialog.target
        caller.ask("OPTIONS", Contact="<sip:elsewhere@192.0.2.1>")
        assert (await peer.hear(200)).header("Allow") == ALLOW
        assert incoming.state is CallState.CONFIRMED
        assert incoming.dialog.target == target


@pytest.mark.conformance(41)
@pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
@virtual
async def test_request_that_may_go_no_further_is_answered(method: str) -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        caller.ask(method, AUDIO if method == "INVITE" else "", Max_Forwards="0")
        if method == "INVITE":
            (await bob.take()).reject(486)
        await peer.hear(486 if method == "INVITE" else 200)


@pytest.mark.conformance(42)
@virtual
async def test_stray_messages_are_dropped_without_a_word() -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        caller.ask("ACK", cseq=1, to_tag="nobody")
        caller.ask("ACK", cseq=1)
        via = f"SIP/2.0/UDP {bob.agent.local};branch=z9hG4bKstray"
        for status, method in ((200, "INVITE"), (180, "INVITE"), (486, "INVITE"), (200, "BYE")):
            fields: dict[str, Value] = {
                "Via": via, "From": "<sip:a@b>;tag=1", "To": "<sip:c@d>;tag=2", "Call-ID": "s", "CSeq": f"1 {method}",
            }  # fmt: skip
            peer.send(sip_text(f"SIP/2.0 {status} Stray", fields), bob.agent.local)
        await rest(1)
        assert peer.heard == []
        await still_answers(bob, peer)


@pytest.mark.conformance(32)
@pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
@virtual
async def test_request_that_comes_by_two_paths_gets_482_once(method: str) -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        body = AUDIO if method == "INVITE" else ""
        caller.ask(method, body)
        caller.ask(method, body, cseq=1)
        await peer.hear(482)
        if method == "INVITE":
            incoming = await bob.take()
            assert len(bob.incoming) == 0
            incoming.answer()
            await caller.hear(200)


@pytest.mark.conformance(32)
@virtual
async def test_next_request_of_the_same_caller_is_not_merged() -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        caller.invite()
        (await bob.take()).reject(486)
        await caller.hear(486)
        caller.ask("ACK", cseq=1, branch=caller.branch)
        caller.to_tag = ""
        caller.invite()
        await bob.take()


@pytest.mark.conformance(30)
@virtual
async def test_repeated_bye_gets_the_same_response_after_the_call_is_over() -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await connect_to_bob(stage)
        branch = caller.ask("BYE")
        first = await peer.hear(200)
        assert (await disconnected(incoming)).cause is Cause.BYE
        caller.ask("BYE", cseq=2, branch=branch)
        assert (await peer.hear(200)).data == first.data
        caller.ask("BYE")
        await peer.hear(481)


@pytest.mark.conformance(68)
@virtual
async def test_lower_cseq_within_a_dialog_gets_500_and_changes_nothing() -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await connect_to_bob(stage)
        caller.ask("OPTIONS", cseq=50)
        await peer.hear(200)
        caller.ask("BYE", cseq=49)
        await peer.hear(500)
        assert incoming.is_live
        caller.ask("BYE", cseq=2_000_000_000)
        await peer.hear(200)
        assert not incoming.is_live


@pytest.mark.conformance(70)
@pytest.mark.parametrize("method", ["INVITE", "BYE", "UPDATE", "NOTIFY", "OPTIONS", "INFO", "REFER", "PRACK"])
@virtual
async def test_request_within_an_unknown_dialog_gets_481(method: str) -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        caller.ask(method, AUDIO if method == "INVITE" else "", to_tag="unknown")
        assert (await peer.hear(481)).to_tag == "unknown"
        assert len(bob.incoming) == 0


@pytest.mark.conformance(70)
@pytest.mark.parametrize("wrong", [{"Call_ID": "other"}, {"From": "<sip:peer@h>;tag=other"}], ids=str)
@virtual
async def test_dialog_is_known_by_call_id_and_both_tags(wrong: dict[str, Any]) -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await connect_to_bob(stage)
        caller.ask("BYE", **wrong)
        await peer.hear(481)
        assert incoming.is_live


@virtual
async def test_bye_outside_a_dialog_gets_481() -> None:
    async with Stage() as stage:
        _, peer, caller = await meet_bob(stage)
        caller.ask("BYE")
        await peer.hear(481)


@pytest.mark.conformance(36)
@virtual
async def test_method_that_is_not_served_gets_405_within_a_dialog_too() -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await connect_to_bob(stage)
        caller.ask("PUBLISH")
        await peer.hear(405)
        caller.ask("NEWMETHOD")
        await peer.hear(501)
        assert incoming.is_live


@pytest.mark.conformance(31)
@virtual
async def test_peer_without_branch_cookies_is_served() -> None:
    async with Stage() as stage:
        bob, peer = await stage.agent("bob"), await stage.peer()
        caller = peer.caller(bob.agent.local, Via=f"SIP/2.0/UDP {peer.address}")
        caller.invite()
        incoming = await bob.take()
        caller.invite(cseq=1)
        await caller.hear(100)
        incoming.reject(486)
        refusal = await caller.hear(486)
        caller.ask("ACK", cseq=1, To=refusal.header("To"))
        await rest(10)
        assert bob.times(486) == pytest.approx([refusal.at], abs=0.01)
        assert len(bob.incoming) == 0


@pytest.mark.conformance(31)
@virtual
async def test_same_branch_of_another_sender_is_another_transaction() -> None:
    async with Stage() as stage:
        bob, one, two = await stage.agent("bob"), await stage.peer(name="one"), await stage.peer(name="two")
        for peer in (one, two):
            peer.caller(bob.agent.local).ask("OPTIONS", branch="z9hG4bKsame")
        await one.hear(200)
        await two.hear(200)


@pytest.mark.conformance(26)
@virtual
async def test_trying_comes_within_200_ms_where_nobody_takes_the_call() -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        caller.invite()
        start = bob.agent.clock.now()
        assert (await caller.hear(100)).at - start <= 0.21


@pytest.mark.conformance(111)
@virtual
async def test_offer_without_a_common_codec_gets_488_with_a_warning() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice", codecs=("PCMU",)), await stage.agent("bob", codecs=("PCMA",))
        call = alice.call(bob.uri)
        event = await disconnected(call)
        assert (event.cause, event.status) == (Cause.REJECTED, 488)
        (refusal,) = bob.sent(488)
        assert (refusal.header("Warning") or "").startswith('305 127.0.0.1 "')
        assert (len(bob.incoming), bob.ports.open_ports) == (0, 0)


@pytest.mark.conformance(111)
@pytest.mark.parametrize("answer", ["", "no description", "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"])
@virtual
async def test_unusable_answer_is_acknowledged_and_hung_up(answer: str) -> None:
    async with Stage() as stage:
        alice, peer, call, callee = await let_alice_call(stage)
        callee.reply(200, body=answer)
        event = await disconnected(call)
        assert (event.cause, event.status) == (Cause.REJECTED, 488)
        await peer.hear("ACK")
        callee.reply(200, to=await peer.hear("BYE"))
        await call.ended.wait()
        assert alice.ports.open_ports == 0


@virtual
async def test_description_that_can_not_be_read_gets_400() -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        caller.invite("v=0\r\nthis is no description\r\n")
        assert (await peer.hear(400)).start_line.startswith("SIP/2.0 400 Bad session description (")
        assert len(bob.incoming) == 0


@pytest.mark.parametrize("contact", ["<sips:a@h;transport=udp>", "<tel:+1234>", "<sip:a@127.0.0.1;transport=sctp>"])
@virtual
async def test_caller_that_could_never_be_reached_again_gets_400(contact: str) -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        caller.invite(Contact=contact)
        await peer.hear(400)
        assert (len(bob.incoming), len(bob.agent.calls)) == (0, 0)


@virtual
async def test_every_response_in_a_dialog_is_well_formed() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing, _ = await connected_pair(alice, bob)
        outgoing.release()
        await outgoing.ended.wait()
        for seen in bob.log:
            if seen.direction == "sent" and isinstance(seen.message, Response):
                assert seen.message.content_length == len(seen.message.body)
                assert seen.message.to_tag or seen.message.status == 100
