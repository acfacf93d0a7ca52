"""What the proxy looks at before it sends a request on, and what it changes. Source: RFC 3261 §16.3 to §16.6."""

from __future__ import annotations

import pytest

from sipflow.testing.agents import rest, virtual
from sipflow.testing.wire_text import AUDIO, RawMessage, response_text
from tests.pbx.scenes import a_house, registration_of, request_of, settings_for


@virtual
async def test_request_keeps_all_but_what_a_proxy_changes() -> None:
    async with a_house() as house:
        phone, peer = await house.phone("1002"), await house.peer(name="1001")
        caller = house.caller(peer, "1002", X_Order="one, two")
        caller.invite(AUDIO, Max_Forwards="42", Subject="  folded\r\n here ", Route=f"<sip:{house.address};lr>")
        sent, invite = peer.address, await phone.hear("INVITE")
        assert invite.start_line == f"INVITE sip:1002@{phone.address} SIP/2.0"
        ours, theirs = invite.headers("Via")
        assert ours.startswith(f"SIP/2.0/UDP {house.address};rport;branch=z9hG4bK")
        assert theirs == f"SIP/2.0/UDP {sent};rport={sent.port};branch={caller.branch};received={sent.host}"
        assert invite.header("Max-Forwards") == "41"
        assert invite.header("Record-Route") == f"<sip:{house.address};lr>"
        assert not invite.headers("Route")
        assert (invite.header("X-Order"), invite.header("Content-Length")) == ("one, two", str(len(AUDIO)))
        assert b"Subject: folded\r\n here" in invite.data
        assert invite.body == AUDIO.encode()
        phone.send(reply_to(invite, 486), invite.flow)
        answer = await caller.hear(486)
        assert answer.headers("Via") == [theirs]
        caller.ask("ACK", branch=caller.branch)


def reply_to(request: RawMessage, status: int) -> bytes:
    """A response of a phone."""
    return response_text(request, status, tag="phone", contact="sip:1002@10.0.0.2")


@virtual
async def test_request_without_max_forwards_gets_seventy() -> None:
    async with a_house() as house:
        phone, peer = await house.phone("1002"), await house.peer()
        house.caller(peer, "1002").ask("OPTIONS", Max_Forwards=None)
        asked = await phone.hear("OPTIONS")
        assert asked.header("Max-Forwards") == "70"
        phone.send(reply_to(asked, 200), asked.flow)
        await peer.hear(200)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Max_Forwards": "0"}, 483),
        ({"Max_Forwards": "-1"}, 400),
        ({"Proxy_Require": "teleport"}, 420),
        ({"Max_Breadth": "0"}, 440),
        ({"Max_Breadth": "wide"}, 400),
        ({"Route": "<sip:@@>"}, 400),
    ],
)
@virtual
async def test_request_is_refused_for_what_speaks_against_it(headers: dict[str, str], status: int) -> None:
    async with a_house() as house:
        phone, peer = await house.phone("1002"), await house.peer()
        house.caller(peer, "1002", **headers).ask("MESSAGE")
        answer = await peer.hear(status)
        if status == 420:
            assert answer.header("Unsupported") == "teleport"
        assert phone.count("MESSAGE") == 0


@virtual
async def test_require_is_no_business_of_a_proxy() -> None:
    async with a_house() as house:
        phone, peer = await house.phone("1002"), await house.peer()
        house.caller(peer, "1002").ask("OPTIONS", Require="teleport")
        asked = await phone.hear("OPTIONS")
        phone.send(reply_to(asked, 420), asked.flow)
        await peer.hear(420)


@virtual
async def test_loop_is_found_and_a_spiral_is_none() -> None:
    async with a_house() as house:
        peer = await house.peer()
        await house.register(peer, "1001", f"<{house.uri('1002')}>")
        await house.register(peer, "1002", f"<{house.uri('1003')}>")
        await house.register(peer, "1003", f"<{house.uri('1001')}>")
        await house.register(peer, "1004", f"<{house.uri('1005')}>")
        await house.register(peer, "1005", f"<sip:1005@{peer.address}>")
        house.caller(peer, "1001").ask("OPTIONS")
        await peer.hear(482)
        assert len(house.sent("OPTIONS")) == 3
        house.caller(peer, "1004").ask("OPTIONS")
        asked = await peer.hear("OPTIONS")
        assert len(asked.headers("Via")) == 3
        peer.send(reply_to(asked, 200), asked.flow)
        await peer.hear(200)


@pytest.mark.parametrize(("user", "status"), [("1003", 480), ("1004", 480), ("1009", 404), ("", 405)])
@virtual
async def test_user_without_a_contact_is_unavailable_if_known_and_else_not_found(user: str, status: int) -> None:
    async with a_house(settings_for(numbers=frozenset({"1003"}))) as house:
        peer = await house.peer()
        was = registration_of(house, peer, "1004")
        was.ask("REGISTER", Contact="<sip:1004@10.0.0.1>")
        await was.hear(200)
        was.ask("REGISTER", Contact="*", Expires="0")
        await was.hear(200)
        caller = house.caller(peer, user)
        caller.uri = caller.uri.replace("sip:@", "sip:")
        caller.ask("MESSAGE")
        await caller.hear(status)


@virtual
async def test_options_to_the_pbx_itself_says_what_it_can_do() -> None:
    async with a_house() as house:
        peer = await house.peer()
        caller = house.caller(peer, "")
        caller.uri = f"sip:{house.address}"
        caller.ask("OPTIONS", Max_Forwards="0")
        answer = await caller.hear(200)
        assert "REGISTER" in answer.header("Allow")


@virtual
async def test_foreign_address_is_called_as_it_is_and_a_strict_routers_request_is_read() -> None:
    async with a_house() as house:
        phone, peer = await house.peer(), await house.peer()
        caller = house.caller(peer, "x")
        caller.uri = f"sip:anybody@{phone.address};custom=1"
        caller.ask("OPTIONS")
        asked = await phone.hear("OPTIONS")
        assert asked.start_line == f"OPTIONS sip:anybody@{phone.address};custom=1 SIP/2.0"
        phone.send(reply_to(asked, 200), asked.flow)
        await peer.hear(200)
        caller.uri = f"sip:{house.address};lr"
        caller.ask("OPTIONS", Route=f"<sip:10.1.1.1;lr>, <sip:last@{phone.address}>")
        await rest(0.1)
        sent = house.sent("OPTIONS")[-1]
        assert sent.message.route == ["<sip:10.1.1.1;lr>"]
        assert str(sent.flow.remote) == "10.1.1.1:5060"
        await peer.hear(500)


@virtual
async def test_address_that_has_no_way_is_a_server_error() -> None:
    async with a_house() as house:
        peer = await house.peer()
        await house.register(peer, "1001", "<sip:1001@10.0.0.1;transport=sctp>")
        house.caller(peer, "1001").ask("MESSAGE")
        await peer.hear(500)
        assert house.told == ["MESSAGE can't go to sip:1001@10.0.0.1;transport=sctp: "
                              "sip:1001@10.0.0.1;transport=sctp: SCTP is no transport of ours"]  # fmt: skip


@virtual
async def test_headers_and_method_of_a_contact_stay_out_of_the_request_uri() -> None:
    async with a_house() as house:
        peer = await house.peer()
        await house.register(peer, "1001", f"<sip:1001@{peer.address};method=INVITE;x=1?Route=%3Csip:evil%3E>")
        house.caller(peer, "1001").ask("OPTIONS")
        asked = await peer.hear("OPTIONS")
        assert request_of(asked).uri == f"sip:1001@{peer.address};x=1"
        peer.send(reply_to(asked, 200), asked.flow)
        await peer.hear(200)


@pytest.mark.parametrize("transports", [("UDP", "TCP"), ("TCP", "UDP")])
@virtual
async def test_both_sides_of_a_change_of_transport_are_in_the_record_route(transports: tuple[str, str]) -> None:
    async with a_house() as house:
        phone, peer = await house.phone("1002", transport=transports[1]), await house.peer(transports[0])
        caller = house.caller(peer, "1002")
        caller.invite()
        invite = await phone.hear("INVITE")
        udp, tcp = f"<sip:{house.address};lr>", f"<sip:{house.address};transport=tcp;lr>"
        assert invite.headers("Record-Route") == ([tcp, udp] if transports[1] == "TCP" else [udp, tcp])
        assert invite.flow.transport == transports[1]
        phone.send(reply_to(invite, 486), invite.flow)
        await caller.hear(486)
        caller.ask("ACK", branch=caller.branch)
