"""Who may register and call: digest at the PBX. Source: RFC 3261 §22, RFC 3665 §3.3."""

from __future__ import annotations

import pytest

from sipflow.base.pbx_choices import Guarded
from sipflow.pbx import Gate
from sipflow.sip.digest import Challenge, Credentials
from sipflow.sip.digest_server import DigestServer
from sipflow.testing.agents import virtual
from sipflow.testing.memory_peer import Caller, Heard
from tests.pbx.scenes import a_house, registration_of

PASSWORDS = {"1001": "one", "1002": "two", "account": "three"}


def a_gate(guarded: Guarded) -> Gate:
    server = DigestServer("pbx", PASSWORDS, secret=b"secret", algorithms=("MD5",))
    return Gate(guarded, server, {"account": "1003"})


def credentials_for(refused: Heard, caller: Caller, method: str, user: str, password: str) -> str:
    """The answer to a challenge."""
    name = "WWW-Authenticate" if refused.status == 401 else "Proxy-Authenticate"
    challenge = Challenge.parse(refused.header(name))
    plain = Credentials(user, challenge.realm, challenge.nonce, caller.uri, "", "MD5", "auth", "c", 1)
    return str(plain._replace(response=plain.proof(password, method)))


@pytest.mark.conformance(58, 64)
@pytest.mark.parametrize(
    ("user", "account", "password", "status"),
    [
        ("1001", "1001", "one", 200),
        ("1003", "account", "three", 200),
        ("1001", "1001", "wrong", 401),
        ("1001", "nobody", "one", 401),
        ("1001", "1002", "two", 403),
    ],
)
@virtual
async def test_registration_takes_the_credentials_of_its_own_user(
    user: str, account: str, password: str, status: int
) -> None:
    async with a_house(gate=a_gate(Guarded.EVERYTHING)) as house:
        phone = registration_of(house, await house.peer(), user)
        phone.ask("REGISTER")
        refused = await phone.hear(401)
        phone.ask("REGISTER", Authorization=credentials_for(refused, phone, "REGISTER", account, password))
        await phone.hear(status)


@virtual
async def test_credentials_of_an_unknown_scheme_count_as_none() -> None:
    async with a_house(gate=a_gate(Guarded.REGISTRATIONS)) as house:
        phone = registration_of(house, await house.peer(), "1001")
        phone.ask("REGISTER", Authorization="NoOneKnowsThisScheme opaque-data=here")
        await phone.hear(401)


@pytest.mark.conformance(58)
@virtual
async def test_call_is_asked_for_and_its_credentials_stay_with_the_pbx() -> None:
    async with a_house(gate=a_gate(Guarded.CALLS)) as house:
        phone, peer = await house.phone("1002"), await house.peer(name="1001")
        aor = f"<sip:1001@{house.address}>;tag=one"
        caller = house.caller(peer, "1002", From=aor)
        caller.invite()
        refused = await caller.hear(407)
        caller.ask("ACK", branch=caller.branch)
        caller.to_tag = ""
        theirs = 'Digest username="x", realm="other", nonce="n", uri="sip:x", response="0"'
        own = credentials_for(refused, caller, "INVITE", "1001", "one")
        caller.invite(Proxy_Authorization=own)
        callee = await phone.expect_call()
        assert callee.invite.headers("Proxy-Authorization") == []
        callee.reply(486)
        await caller.hear(486)
        caller.ask("ACK", branch=caller.branch)
        caller.ask("OPTIONS", to_tag="in-dialog", Proxy_Authorization=theirs)
        asked = await phone.hear("OPTIONS")
        assert asked.headers("Proxy-Authorization") == [theirs]
        callee.reply(200, to=asked)
        await peer.hear(200)


@pytest.mark.parametrize(("account", "status"), [("1001", 404), ("stranger", 407)])
@virtual
async def test_caller_from_another_domain_needs_the_credentials_of_anybody(account: str, status: int) -> None:
    async with a_house(gate=a_gate(Guarded.CALLS)) as house:
        caller = house.caller(await house.peer(name="stranger"), "1009")
        caller.ask("OPTIONS")
        refused = await caller.hear(407)
        caller.ask("OPTIONS", Proxy_Authorization=credentials_for(refused, caller, "OPTIONS", account, "one"))
        await caller.hear(status)
