"""Torture messages that are for a registrar, as datagrams to a running PBX that is responsible for their domains."""

from __future__ import annotations

import asyncio
import re
import sys

import pytest

from sipflow.base.pbx_choices import Guarded
from sipflow.pbx import Gate, PbxServer, PbxSettings
from sipflow.sip.digest_server import DigestServer
from sipflow.testing import RawPeer
from tests.loopback.pbx import running_pbx
from tests.loopback.torture_verdicts import sender_host, sent_by_port
from tests.torture.cases import TORTURE, TortureCase

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux gives every address of 127.0.0.0/8 without being asked"
)

DOMAINS = frozenset({"example.com", "2001:db8::10", "2001:db8::10:5070"})
VERDICTS: dict[str, int] = {
    **dict.fromkeys(("escnull", "dblreq", "cparam01", "cparam02", "regescrt", "regaut01"), 200),
    **dict.fromkeys(("ipv6-good", "port-ambiguous", "port-unambiguous"), 200),
    **dict.fromkeys(("scalar02", "regbadct", "ipv6-bad"), 400),
    "unksm2": 404,
}
REGISTERS = [case for case in TORTURE.values() if re.match(rb"REGISTER ", case.data)]
BOUND: dict[str, tuple[str, list[str]]] = {
    "escnull": ("null-\0-null", ["sip:%00@host5.example.com", "sip:%00%00@host5.example.com"]),
    "dblreq": ("j.user", ["sip:j.user@host.example.com"]),
    "cparam01": ("watson", ["sip:+19725552222@gw1.example.net"]),
    "cparam02": ("watson", ["sip:+19725552222@gw1.example.net;unknownparam"]),
    "regescrt": ("user", ["sip:user@example.com?Route=%3Csip:sip.example.com%3E"]),
}


def bound(server: PbxServer, user: str) -> list[str]:
    """The URIs that are bound to a user."""
    now = asyncio.get_running_loop().time()
    return [str(binding.contact.uri) for binding in server.pbx.location.bindings(user, now)]


async def ask_for_nobody(server: PbxServer) -> None:
    """Expect that the PBX still answers within 2 s: that it knows no such user."""
    with RawPeer() as peer:
        call_id = peer.ask("OPTIONS", server.local)
        answer = await peer.receive(2)
        assert (answer.status, answer.header("Call-ID")) == (404, call_id)


@pytest.mark.conformance(14, 15, 16, 18, 39)
@pytest.mark.parametrize("case", REGISTERS, ids=[case.name for case in REGISTERS])
def test_torture_register_is_bound_or_refused(case: TortureCase) -> None:
    async def scene() -> None:
        async with running_pbx(PbxSettings(domains=DOMAINS)) as server:
            with RawPeer(sender_host(), sent_by_port(case)) as sender:
                sender.send(case.data, server.local)
                answer = await sender.receive_final()
                assert answer.status == VERDICTS[case.name]
                await ask_for_nobody(server)
                if case.name in BOUND:
                    user, contacts = BOUND[case.name]
                    assert sorted(bound(server, user)) == sorted(contacts)
                elif answer.status != 200:
                    assert len(server.pbx.location) == 0

    asyncio.run(scene())


@pytest.mark.conformance(64)
def test_credentials_of_an_unknown_scheme_are_none_to_a_registrar() -> None:
    async def scene() -> None:
        case = TORTURE["regaut01"]
        gate = Gate(Guarded.EVERYTHING, DigestServer("pbx", {}, secret=b"secret"), {})
        async with running_pbx(PbxSettings(domains=DOMAINS), gate=gate) as server:
            with RawPeer(sender_host(), sent_by_port(case)) as sender:
                sender.send(case.data, server.local)
                answer = await sender.receive()
                assert answer.status == 401
                assert answer.headers("WWW-Authenticate")

    asyncio.run(scene())


def test_every_register_among_the_torture_messages_has_its_verdict() -> None:
    assert VERDICTS.keys() == {case.name for case in REGISTERS}


@pytest.mark.conformance(16, 42)
def test_pbx_survives_all_torture_messages_that_are_not_to_be_passed_on() -> None:
    async def scene() -> None:
        hostile = [case for case in TORTURE.values() if case.validity == "invalid" or not case.is_request]
        async with running_pbx(PbxSettings(domains=DOMAINS)) as server:
            for case in hostile:
                with RawPeer(sender_host()) as sender:
                    sender.send(case.data, server.local)
                await ask_for_nobody(server)
            assert len(server.pbx.location) == 0

    asyncio.run(scene())
