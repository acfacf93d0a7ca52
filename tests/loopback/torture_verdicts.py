"""What a user agent that lets every call ring answers to each torture message."""

from __future__ import annotations

import os
import re

import pytest

from sipflow.sip.flow import Address
from sipflow.testing import RawPeer
from tests.torture.cases import TORTURE, TortureCase

VERDICTS: dict[str, int | None] = {
    # Calls: they ring, unless all their audio is G.726, which we lack.
    **dict.fromkeys(("esc01", "longreq", "inv2543", "mult-ip-in-sdp"), 180),
    **dict.fromkeys(("ipv6-in-sdp", "ipv4-mapped-ipv6"), 488),
    # Questions: they are answered.
    **dict.fromkeys(("lwsdisp", "semiuri", "transports", "zeromf", "badbranch"), 200),
    **dict.fromkeys(("via-received-param-no-delim", "ipv6-bug-abnf-3-colons", "ipv6-correct-abnf-2-colons"), 200),
    # A user agent is no registrar.
    **dict.fromkeys(("escnull", "dblreq", "unksm2", "regaut01", "cparam01", "cparam02", "regescrt"), 405),
    **dict.fromkeys(("ipv6-good", "port-ambiguous", "port-unambiguous"), 405),
    # Methods that nobody knows.
    **dict.fromkeys(("intmeth", "esc02"), 501),
    # Requests within a dialog that does not exist.
    **dict.fromkeys(("wsinv", "via-received-param-with-delim", "mult-ip-in-header"), 481),
    # Well formed, but not to be served.
    "unkscm": 416,
    "novelsc": 416,
    "bext01": 420,
    "invut": 415,
    "mpart01": 415,
    "sdp01": 406,
    "badvers": 505,
    # Malformed; where leniency is allowed we refuse all the same.
    **dict.fromkeys(("badinv01", "clerr", "ncl", "scalar02", "quotbal", "ltgtruri", "lwsruri", "lwsstart"), 400),
    **dict.fromkeys(("trws", "escruri", "baddate", "regbadct", "badaspec", "baddn", "mismatch01", "mismatch02"), 400),
    **dict.fromkeys(("insuf", "multi01", "mcl01", "ipv6-bad"), 400),
    # Responses that belong to nothing: no answer.
    **dict.fromkeys(("unreason", "noreason", "scalarlg", "bigcode", "bcast"), None),
}

CASES = [pytest.param(case, id=case.name) for case in TORTURE.values()]


def sender_host() -> str:
    """A loopback address that no other test process sends from."""
    return f"127.77.{os.getpid() >> 8 & 0xFF}.{os.getpid() & 0xFF or 1}"


def sent_by_port(case: TortureCase) -> int:
    """The port that the top Via names; 0 where the answer goes to wherever the request came from."""
    top = re.search(rb"\r\n(?:Via|v)[ \t]*:[ \t]*([^\r]*(?:\r\n[ \t][^\r]*)*)", case.data, re.IGNORECASE)
    assert top is not None
    value = top[1].partition(b",")[0]
    if re.search(rb";\s*rport", value):
        return 0
    port = re.search(rb":\s*(\d+)\s*$", value.partition(b";")[0])
    return int(port[1]) if port else 5060


async def ask_options(agent: Address) -> None:
    """Expect that the agent answers a well-formed question of somebody else within 2 s."""
    with RawPeer() as peer:
        call_id = peer.ask("OPTIONS", agent)
        answer = await peer.receive(2)
        assert (answer.status, answer.header("Call-ID")) == (200, call_id)
