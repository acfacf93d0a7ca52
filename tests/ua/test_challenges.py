"""Challenges to requests of ours: which are answered, with what, and how often. Source: RFC 3261 §22, RFC 7616."""

from __future__ import annotations

import pytest

from sipflow.sip.digest import Challenge
from sipflow.sip.digest import Credentials as Proof
from sipflow.sip.digest_server import DigestServer
from sipflow.testing.agents import Party, Stage, connected, disconnected, hang_up, rest, virtual
from sipflow.testing.memory_peer import Callee, Heard, MemoryPeer
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import Credentials, Gate, OutgoingCall
from sipflow.ua.sending import send_request

PASSWORD = "wonderland"
ASK = 'Digest realm="pbx", nonce="{nonce}", algorithm=MD5, qop="auth"'


SECRET = Credentials(password=PASSWORD)


async def call_peer(stage: Stage, credentials: Credentials = SECRET) -> tuple[Party, MemoryPeer, OutgoingCall, Callee]:
    """Alice, who knows the password, and a peer that has her INVITE."""
    alice = await stage.agent("alice", credentials=credentials)
    peer = await stage.peer()
    call = alice.call(peer.uri)
    return alice, peer, call, await peer.expect_call()


def proves(request: Heard, name: str = "Authorization", user: str = "alice") -> Proof:
    """The one set of credentials in a request, which must be right for it."""
    credentials = Proof.parse(request.header(name))
    assert credentials.username == user
    assert credentials.uri == request.start_line.split(" ")[1]
    assert credentials.response == credentials.proof(PASSWORD, request.method, request.body)
    return credentials


@pytest.mark.conformance(58, 61, 62, 55)
@pytest.mark.parametrize("status", [401, 407])
@virtual
async def test_challenged_invite_is_sent_again_with_credentials(status: int) -> None:
    async with Stage() as stage:
        _, peer, call, callee = await call_peer(stage)
        answers = "Authorization" if status == 401 else "Proxy-Authorization"
        if status == 401:
            callee.reply(401, tag="one", WWW_Authenticate=ASK.format(nonce="1"))
        else:
            callee.reply(407, tag="one", Proxy_Authenticate=ASK.format(nonce="1"))
        first, ack = callee.invite, await peer.hear("ACK")
        assert (ack.branch, ack.header("CSeq")) == (first.branch, "1 ACK")
        callee = await peer.expect_call()
        again = callee.invite
        credentials = proves(again, answers)
        assert (credentials.nc, credentials.nonce, credentials.algorithm) == (1, "1", "MD5")
        assert len(credentials.cnonce) >= 16
        assert again.header("CSeq") == "2 INVITE"
        assert again.branch != first.branch
        assert all(again.header(name) == first.header(name) for name in ("Call-ID", "From", "To"))
        callee.reply(200, body=AUDIO)
        await connected(call)
        ack = await peer.hear("ACK")
        assert ack.header(answers) == again.header(answers)
        assert ack.header("CSeq") == "2 ACK"
        call.release()
        callee.reply(200, to=await peer.hear("BYE"))
        await call.ended.wait()


async def challenge(peer: MemoryPeer, method: str, nonce: str) -> Heard:
    """Ask for a password for the next request of this method, and return the one that has it."""
    status = 401 if int(nonce) % 2 else 407
    first = await peer.hear(method)
    name = "Authorization" if status == 401 else "Proxy-Authorization"
    field = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
    Callee(peer, first).reply(status, to=first, **{field: ASK.format(nonce=nonce)})
    again = await peer.hear(method)
    assert proves(again, name).nonce == nonce
    assert int(again.header("CSeq").split()[0]) > int(first.header("CSeq").split()[0])
    return again


@pytest.mark.conformance(58, 60, 61)
@virtual
async def test_every_request_within_a_call_may_be_challenged() -> None:
    async with Stage() as stage:
        alice, peer, call, callee = await call_peer(stage)
        callee.reply(407, Proxy_Authenticate=ASK.format(nonce="0"))
        callee = await peer.expect_call()
        callee.reply(183, body=AUDIO, Require="100rel", RSeq="1")
        callee.reply(200, to=await challenge(peer, "PRACK", "1"))
        callee.reply(200)
        await connected(call)
        for nonce, method in enumerate(("INFO", "OPTIONS", "PING"), start=2):
            sent = send_request(alice.agent, method, "", within=call)
            callee.reply(200, to=await challenge(peer, method, str(nonce)))
            await sent.done.wait()
        for nonce, method in enumerate(("UPDATE", "INVITE"), start=5):
            change = call.modify("sendonly", method)
            callee.reply(200, body=AUDIO, to=await challenge(peer, method, str(nonce)))
            await change.done.wait()
            assert change.status == 200
        transfer = call.transfer("<sip:carol@192.0.2.9>")
        callee.reply(202, to=await challenge(peer, "REFER", "7"))
        await transfer.accepted.wait()
        target = await stage.peer(name="target")
        callee.ask("REFER", Refer_To=f"<{target.uri}>")
        callee.reply(200, to=await challenge(peer, "NOTIFY", "8"))
        call.release()
        callee.reply(200, to=await challenge(peer, "BYE", "9"))
        await call.ended.wait()


@pytest.mark.conformance(58, 61)
@pytest.mark.parametrize("nonce", ["1", "2"], ids=["401", "407"])
@pytest.mark.parametrize("method", ["OPTIONS", "MESSAGE", "SUBSCRIBE", "PUBLISH", "REFER", "PING"])
@virtual
async def test_every_request_outside_of_calls_may_be_challenged(method: str, nonce: str) -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice", credentials=SECRET), await stage.peer()
        sent = send_request(alice.agent, method, peer.uri, (("Event", "dialog"),), b"x")
        again = await challenge(peer, method, nonce)
        Callee(peer, again).reply(200, to=again)
        await sent.done.wait()
        assert sent.response is not None
        assert sent.response.status == 200


@pytest.mark.conformance(60)
@virtual
async def test_nonce_is_used_again_with_a_growing_counter_within_the_call() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await call_peer(stage)
        callee.reply(407, Proxy_Authenticate=ASK.format(nonce="1"))
        callee = await peer.expect_call()
        callee.reply(200, body=AUDIO)
        await connected(call)
        call.release()
        bye = await peer.hear("BYE")
        credentials = proves(bye, "Proxy-Authorization")
        assert (credentials.nonce, credentials.nc, bye.header("CSeq")) == ("1", 2, "3 BYE")
        callee.reply(407, to=bye, Proxy_Authenticate=ASK.format(nonce="2"))
        bye = await peer.hear("BYE")
        credentials = proves(bye, "Proxy-Authorization")
        assert (credentials.nonce, credentials.nc, bye.header("CSeq")) == ("2", 1, "4 BYE")
        callee.reply(200, to=bye)
        await call.ended.wait()


@pytest.mark.conformance(50, 59)
@virtual
async def test_wrong_password_ends_the_call_after_one_try() -> None:
    async with Stage() as stage:
        alice, peer, call, callee = await call_peer(stage)
        callee.reply(401, WWW_Authenticate=ASK.format(nonce="1"))
        callee = await peer.expect_call()
        callee.reply(401, WWW_Authenticate=ASK.format(nonce="2"))
        event = await disconnected(call)
        assert event.status == 401
        assert str(event.reason) == "Because (realm 'pbx' does not accept the user 'alice' or the password)"
        await rest(40)
        assert peer.count("INVITE") == 2
        assert PASSWORD not in str(alice.agent.settings) + str(event.reason)


@pytest.mark.conformance(59)
@virtual
async def test_stale_nonce_is_replaced_and_counts_as_no_failure() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await call_peer(stage)
        callee.reply(401, WWW_Authenticate=ASK.format(nonce="1"))
        for nonce in ("2", "3"):
            callee = await peer.expect_call()
            callee.reply(401, WWW_Authenticate=ASK.format(nonce=nonce) + ", stale=true")
        callee = await peer.expect_call()
        assert proves(callee.invite).nonce == "3"
        callee.reply(486)
        assert (await disconnected(call)).status == 486


@virtual
async def test_server_that_always_calls_nonces_stale_is_given_up() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await call_peer(stage)
        for nonce in range(11):
            callee.reply(401, WWW_Authenticate=ASK.format(nonce=nonce) + ", stale=true")
            if nonce < 10:
                callee = await peer.expect_call()
        assert (await disconnected(call)).status == 401
        assert peer.count("INVITE") == 11


@pytest.mark.conformance(57, 56)
@virtual
async def test_topmost_challenge_that_is_known_is_answered() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await call_peer(stage)
        asks = [
            'NewScheme realm="pbx"',
            str(Challenge("pbx", "0", "SHA-1024", ("auth",))),
            str(Challenge("pbx", "1", "SHA-512-256", ("auth",))),
            str(Challenge("pbx", "1", "MD5", ("auth",))),
        ]
        callee.reply(401, WWW_Authenticate=asks)
        callee = await peer.expect_call()
        assert proves(callee.invite).algorithm == "SHA-512-256"
        callee.reply(486)
        await disconnected(call)


@pytest.mark.conformance(58)
@virtual
async def test_two_proxies_and_the_callee_each_get_their_own_credentials() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await call_peer(stage)
        asks = [str(Challenge(realm, "1", "MD5", ("auth",))) for realm in ("one", "two")]
        callee.reply(407, Proxy_Authenticate=asks)
        callee = await peer.expect_call()
        callee.reply(401, WWW_Authenticate=ASK.format(nonce="3"))
        callee = await peer.expect_call()
        proxies = [Proof.parse(value) for value in callee.invite.headers("Proxy-Authorization")]
        assert [(one.realm, one.nc) for one in proxies] == [("one", 2), ("two", 2)]
        assert proves(callee.invite).realm == "pbx"
        assert callee.invite.header("CSeq") == "3 INVITE"
        callee.reply(486)
        await disconnected(call)


@pytest.mark.conformance(55, 63)
@pytest.mark.parametrize("qop", [(), ("auth-int",), ("auth-int", "auth")])
@virtual
async def test_body_is_protected_where_that_is_asked_for(qop: tuple[str, ...]) -> None:
    async with Stage() as stage:
        _, peer, call, callee = await call_peer(stage)
        callee.reply(401, WWW_Authenticate=str(Challenge("pbx", "1", "", qop, opaque="x")))
        callee = await peer.expect_call()
        credentials = proves(callee.invite)
        assert (credentials.qop, credentials.opaque) == (qop[-1] if qop else "", "x")
        callee.reply(486)
        await disconnected(call)


@virtual
async def test_cancel_of_a_challenged_call_carries_no_credentials() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await call_peer(stage)
        callee.reply(401, WWW_Authenticate=ASK.format(nonce="1"))
        callee = await peer.expect_call()
        callee.reply(180)
        await rest(0.1)
        call.release()
        cancel = await peer.hear("CANCEL")
        assert (cancel.header("CSeq"), cancel.headers("Authorization")) == ("2 CANCEL", [])
        callee.reply(200, to=cancel)
        callee.reply(487)
        await call.ended.wait()


@pytest.mark.conformance(65, "R11")
@virtual
async def test_callee_gets_no_credentials_for_a_bye_that_it_challenges() -> None:
    async with Stage() as stage:
        bob = await stage.agent("bob", credentials=SECRET)
        peer = await stage.peer()
        caller = peer.caller(bob.agent.local)
        caller.invite()
        incoming = await bob.take()
        incoming.answer()
        await caller.hear(200)
        caller.ask("ACK")
        await connected(incoming)
        incoming.release()
        bye = await peer.hear("BYE")
        Callee(peer, bye).reply(401, to=bye, WWW_Authenticate=ASK.format(nonce="1"))
        await incoming.ended.wait()
        await rest(40)
        assert peer.count("BYE") == 1
        assert not any(b"uthorization" in seen.data for seen in peer.heard)


@pytest.mark.conformance(65)
@virtual
async def test_realm_that_is_not_allowed_gets_no_credentials() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await call_peer(stage, Credentials(password=PASSWORD, realms=frozenset({"home"})))
        callee.reply(401, WWW_Authenticate=ASK.format(nonce="1"))
        assert str((await disconnected(call)).reason) == (
            "Because (the challenge of realm 'pbx' is not answered: its realm is none of those allowed)"
        )
        assert peer.count("INVITE") == 1


@pytest.mark.conformance(65, 43)
@virtual
async def test_target_of_a_redirection_gets_no_credentials() -> None:
    async with Stage() as stage:
        alice = await stage.agent("alice", credentials=SECRET)
        peer, stranger = await stage.peer(), await stage.peer(name="stranger")
        call = alice.agent.call(peer.uri, follow_redirects=True)
        (await peer.expect_call()).reply(302, Contact=f"<{stranger.uri}>")
        (await stranger.expect_call()).reply(401, WWW_Authenticate=ASK.format(nonce="1"))
        assert "redirected" in str((await disconnected(call)).reason)
        assert stranger.count("INVITE") == 1


@pytest.mark.conformance(65)
@virtual
async def test_other_realm_within_a_call_gets_no_credentials() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await call_peer(stage)
        callee.reply(401, WWW_Authenticate=ASK.format(nonce="1"))
        callee = await peer.expect_call()
        callee.reply(200, body=AUDIO)
        await connected(call)
        call.release()
        callee.reply(401, to=await peer.hear("BYE"), WWW_Authenticate=str(Challenge("other", "1")))
        await call.ended.wait()
        await rest(40)
        assert peer.count("BYE") == 1


@virtual
async def test_challenge_without_a_password_says_what_is_missing() -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice"), await stage.peer()
        call = alice.call(peer.uri)
        (await peer.expect_call()).reply(407, Proxy_Authenticate=ASK.format(nonce="1"))
        assert str((await disconnected(call)).reason) == "Because (a password is asked for, and none is set)"


@virtual
async def test_nothing_is_kept_of_challenges_once_calls_are_over() -> None:
    async with Stage() as stage:
        alice, peer, call, callee = await call_peer(stage)
        callee.reply(401, WWW_Authenticate=ASK.format(nonce="1"))
        callee = await peer.expect_call()
        callee.reply(486)
        await disconnected(call)
        assert alice.agent.digest is not None
        assert not alice.agent.digest._nonces


# Two user agents, one of which challenges


async def challenged_pair(stage: Stage, password: str = PASSWORD, within_dialogs: bool = False) -> tuple[Party, Party]:
    alice = await stage.agent("alice", credentials=Credentials(password=password))
    server = DigestServer("bob", {"alice": PASSWORD}, secret=b"secret")
    bob = await stage.agent("bob", gate=Gate(server, within_dialogs=within_dialogs))
    return alice, bob


@pytest.mark.conformance(58, 60, 61, 64)
@pytest.mark.parametrize("within_dialogs", [False, True])
@virtual
async def test_challenging_user_agent_takes_whom_it_knows(within_dialogs: bool) -> None:
    async with Stage() as stage:
        alice, bob = await challenged_pair(stage, within_dialogs=within_dialogs)
        outgoing = alice.call(bob.uri)
        incoming = await bob.take()
        incoming.answer()
        await connected(outgoing, incoming)
        await hang_up(outgoing)
        await disconnected(incoming)
        assert len(bob.received("INVITE")) == 2
        assert len(bob.received("BYE")) == 1
        assert len(bob.sent(401)) == 1


@pytest.mark.conformance(50, 64)
@virtual
async def test_challenging_user_agent_refuses_whom_it_does_not_know() -> None:
    async with Stage() as stage:
        alice, bob = await challenged_pair(stage, password="wrong")
        outgoing = alice.call(bob.uri)
        assert (await disconnected(outgoing)).status == 401
        assert len(bob.sent(401)) == 2
        assert not len(bob.incoming)


@pytest.mark.conformance(62)
@virtual
async def test_ack_and_cancel_are_never_challenged() -> None:
    async with Stage() as stage:
        server = DigestServer("bob", {"alice": PASSWORD}, secret=b"secret")
        gate = Gate(server, frozenset({"ACK", "CANCEL", "BYE"}), within_dialogs=True)
        bob, peer = await stage.agent("bob", gate=gate), await stage.peer()
        first, second = peer.caller(bob.agent.local), peer.caller(bob.agent.local)
        first.invite()
        await bob.take()
        first.ask("CANCEL")
        await first.hear(200)
        await first.hear(487)
        second.invite()
        incoming = await bob.take()
        incoming.answer()
        await second.hear(200)
        second.ask("ACK")
        await connected(incoming)
        assert peer.count(401) == 0
        second.ask("BYE")
        await second.hear(401)
        assert incoming.is_live
