"""How requests find their way: names, servers that take over, proxies, messages too large for a datagram."""

from __future__ import annotations

import pytest

from sipflow.base.call_events import Cause
from sipflow.net.resolver import Naptr, Srv
from sipflow.testing.agents import Stage, connected, connected_pair, disconnected, hang_up, ringing, virtual
from sipflow.testing.memory_peer import MemoryPeer
from sipflow.testing.wire_text import AUDIO

LARGE = {"Subject": "x" * 1300}


async def peer_at(stage: Stage, host: str, port: int = 5060, transport: str = "UDP") -> MemoryPeer:
    peer = MemoryPeer(transport, "peer")
    await peer.start(stage.network, host, port)
    stage.peers.append(peer)
    return peer


@virtual
async def test_call_to_a_domain_goes_to_the_server_that_its_records_name() -> None:
    async with Stage() as stage:
        resolver, alice = stage.network.resolver, await stage.agent("alice")
        resolver.naptrs["example.com"] = [
            Naptr(20, 10, "SIP+D2U", "_sip._udp.example.com"),
            Naptr(10, 10, "SIP+D2T", "_sip._tcp.example.com"),
        ]
        resolver.srvs["_sip._tcp.example.com"] = [Srv(0, 0, 5071, "one.example.com")]
        resolver.hosts["one.example.com"] = ["127.0.0.7"]
        server = await peer_at(stage, "127.0.0.7", 5071, "TCP")
        call = alice.call("sip:bob@example.com")
        callee = await server.expect_call()
        assert callee.invite.start_line == "INVITE sip:bob@example.com SIP/2.0"
        assert callee.invite.headers("Via")[0].startswith(f"SIP/2.0/TCP {alice.agent.local};")
        assert callee.invite.header("Contact") == f"<{alice.agent.address};transport=tcp>"
        callee.reply(200, body=AUDIO)
        await connected(call)
        assert (await server.hear("ACK")).flow.transport == "TCP"
        call.release()
        callee.reply(200, to=await server.hear("BYE"))
        await call.released.wait()


@pytest.mark.parametrize("failure", ["silent", "refused", "503"])
@virtual
async def test_next_server_gets_the_request_with_a_new_branch_and_the_same_cseq(failure: str) -> None:
    async with Stage() as stage:
        resolver, alice = stage.network.resolver, await stage.agent("alice")
        resolver.srvs["_sip._udp.example.com"] = [
            Srv(0, 0, 5060, "one.example.com"),
            Srv(1, 0, 5060, "two.example.com"),
        ]
        resolver.hosts |= {"one.example.com": ["127.0.0.7"], "two.example.com": ["127.0.0.8"]}
        second = await peer_at(stage, "127.0.0.8")
        if failure != "refused":
            first = await peer_at(stage, "127.0.0.7")
        call = alice.call("sip:bob@example.com")
        if failure == "503":
            (await first.expect_call()).reply(503)
            await first.hear("ACK")
        callee = await second.expect_call()
        branches = {invite.branch for invite in alice.sent("INVITE")}
        assert len(branches) == 2
        assert {invite.header("CSeq") for invite in alice.sent("INVITE")} == {"1 INVITE"}
        assert len({invite.header("Call-ID") for invite in alice.sent("INVITE")}) == 1
        callee.reply(486)
        event = await disconnected(call)
        assert (event.cause, event.status) == (Cause.REJECTED, 486)


@virtual
async def test_refusal_of_the_last_server_counts() -> None:
    async with Stage() as stage:
        resolver, alice = stage.network.resolver, await stage.agent("alice")
        resolver.hosts["example.com"] = ["127.0.0.7", "127.0.0.8"]
        servers = [await peer_at(stage, "127.0.0.7"), await peer_at(stage, "127.0.0.8")]
        call = alice.call("sip:bob@example.com")
        for server in servers:
            (await server.expect_call()).reply(503)
        assert (await disconnected(call)).status == 503


@virtual
async def test_call_that_was_given_up_is_not_placed_at_the_next_server() -> None:
    async with Stage() as stage:
        alice = await stage.agent("alice")
        stage.network.resolver.hosts["example.com"] = ["127.0.0.7", "127.0.0.8"]
        first, second = await peer_at(stage, "127.0.0.7"), await peer_at(stage, "127.0.0.8")
        call = alice.call("sip:bob@example.com")
        callee = await first.expect_call()
        callee.reply(180)
        await ringing(call)
        call.release()
        cancel = await first.hear("CANCEL")
        callee.reply(200, to=cancel)
        callee.reply(503)
        await call.released.wait()
        assert second.heard == []


@virtual
async def test_call_released_before_its_target_is_located_is_never_sent() -> None:
    async with Stage() as stage:
        alice = await stage.agent("alice")
        stage.network.resolver.hosts["example.com"] = ["127.0.0.7"]
        peer = await peer_at(stage, "127.0.0.7")
        call = alice.call("sip:bob@example.com")
        await hang_up(call)
        assert (peer.heard, alice.log) == ([], [])


@virtual
async def test_target_without_an_address_fails_the_call_and_nothing_is_sent() -> None:
    async with Stage() as stage:
        alice = await stage.agent("alice")
        event = await disconnected(alice.call("sip:bob@nowhere.example"))
        assert (event.cause, str(event.reason)) == (Cause.TRANSPORT, "nowhere.example: name or service not known")
        assert alice.log == []


@virtual
async def test_addresses_of_our_own_family_are_taken() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice", host="::1"), await stage.agent("bob", host="::1")
        call = alice.call(f"sip:bob@localhost:{bob.agent.local.port}")
        (await bob.take()).answer()
        await connected(call)
        await hang_up(call)


@pytest.mark.conformance(12)
@virtual
async def test_large_request_goes_by_tcp_and_its_via_says_so() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing, _ = await connected_pair(alice, bob, **LARGE)
        (invite,) = bob.received("INVITE")
        assert str(invite.header("Via")).startswith("SIP/2.0/TCP ")
        await hang_up(outgoing)
        assert {seen.flow.transport for seen in bob.log} == {"TCP"}


@pytest.mark.conformance(12)
@virtual
async def test_large_request_goes_by_udp_where_tcp_is_refused() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.peer("UDP", "bob")
        bob.endpoint.takes_streams = False
        call = alice.call(bob.uri, **LARGE)
        callee = await bob.expect_call()
        assert callee.invite.headers("Via")[0].startswith("SIP/2.0/UDP ")
        assert callee.invite.header("CSeq") == "1 INVITE"
        callee.reply(486)
        assert (await disconnected(call)).status == 486
        assert alice.times("INVITE") == [callee.invite.at - 0.001]


@pytest.mark.conformance(12)
@virtual
async def test_request_of_hardly_1300_bytes_stays_with_udp() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.peer("UDP", "bob")
        alice.call(bob.uri, Subject="x")
        small = await bob.expect_call()
        small.reply(486)
        call = alice.call(bob.uri, Subject="x" * (1295 - len(small.invite.data)))
        callee = await bob.expect_call()
        assert 1280 < len(callee.invite.data) <= 1300  # identifiers differ by a digit
        assert callee.invite.flow.transport == "UDP"
        callee.reply(486)
        await disconnected(call)


@pytest.mark.parametrize("transport", ["TLS", "WS", "WSS"])
@virtual
async def test_whole_call_goes_by_one_connection_of_its_transport(transport: str) -> None:
    async with Stage() as stage:
        alice, bob = [await stage.agent(user, transport=transport) for user in ("alice", "bob")]
        outgoing, incoming = await connected_pair(alice, bob)
        (invite,) = bob.received("INVITE")
        assert str(invite.header("Via")).startswith(f"SIP/2.0/{transport} {alice.agent.local};")
        word = "tls" if transport == "TLS" else "ws"  # RFC 7118 §5.2: `ws` stands for both
        assert invite.header("Contact") == f"<{alice.agent.address};transport={word}>"
        await hang_up(incoming)
        await disconnected(outgoing)
        assert {seen.flow.transport for seen in (*alice.log, *bob.log)} == {transport}
        assert stage.network.open_connections <= 4


@virtual
async def test_proxy_gets_every_call_and_the_target_keeps_its_address() -> None:
    async with Stage() as stage:
        proxy = await peer_at(stage, "127.0.0.9", 5070, "TCP")
        alice = await stage.agent("alice", domain="example.com", proxy="sip:127.0.0.9:5070;transport=tcp")
        call = alice.call("sip:bob@elsewhere.example")
        callee = await proxy.expect_call()
        invite = callee.invite
        assert invite.start_line == "INVITE sip:bob@elsewhere.example SIP/2.0"
        assert invite.header("Route") == "<sip:127.0.0.9:5070;transport=tcp;lr>"
        assert invite.header("To") == "<sip:bob@elsewhere.example>"
        assert invite.header("From").startswith("<sip:alice@example.com>;tag=")
        assert invite.header("Contact") == f"<{alice.agent.address};transport=tcp>"
        callee.reply(486)
        await disconnected(call)


@virtual
async def test_call_to_the_proxy_itself_needs_no_route() -> None:
    async with Stage() as stage:
        proxy = await peer_at(stage, "127.0.0.9", 5070, "TCP")
        alice = await stage.agent("alice", proxy="sip:127.0.0.9:5070;transport=tcp")
        call = alice.call("sip:bob@127.0.0.9:5070")
        callee = await proxy.expect_call()
        assert (callee.invite.headers("Route"), callee.invite.flow.transport) == ([], "TCP")
        callee.reply(486)
        await disconnected(call)


@pytest.mark.conformance(67)
@pytest.mark.parametrize("loose", [";lr", ";lr=on", ";LR"])
@virtual
async def test_loose_routers_are_put_into_route(loose: str) -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice"), await stage.peer()
        call = alice.call(peer.uri)
        callee = await peer.expect_call()
        near, far = f"<sip:{peer.address}{loose}>", "<sip:192.0.2.9;lr>"
        callee.reply(200, body=AUDIO, Record_Route=f"{far}, {near}")
        ack = await peer.hear("ACK")
        assert ack.start_line == f"ACK sip:callee@{peer.address} SIP/2.0"
        assert ack.headers("Route") == [near, far]
        await connected(call)
        call.release()
        bye = await peer.hear("BYE")
        assert (bye.start_line, bye.headers("Route")) == (f"BYE sip:callee@{peer.address} SIP/2.0", [near, far])
        callee.reply(200, to=bye)
        await call.released.wait()


@pytest.mark.conformance(67)
@virtual
async def test_strict_router_gets_its_own_address_and_the_target_ends_the_route() -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice"), await stage.peer()
        call = alice.call(peer.uri)
        callee = await peer.expect_call()
        callee.reply(200, body=AUDIO, Record_Route=f"<sip:192.0.2.9;lr>, <sip:strict@{peer.address};method=INVITE>")
        expected = f"sip:strict@{peer.address} SIP/2.0", ["<sip:192.0.2.9;lr>", f"<sip:callee@{peer.address}>"]
        ack = await peer.hear("ACK")
        assert (ack.start_line, ack.headers("Route")) == (f"ACK {expected[0]}", expected[1])
        await connected(call)
        call.release()
        bye = await peer.hear("BYE")
        assert (bye.start_line, bye.headers("Route")) == (f"BYE {expected[0]}", expected[1])
        callee.reply(200, to=bye)
        await call.released.wait()
