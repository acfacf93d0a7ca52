"""What a server makes of credentials."""

from __future__ import annotations

import pytest

from sipflow.sip.digest import Challenge, Credentials
from sipflow.sip.digest_server import NONCE_LIFE_S, DigestServer, Outcome
from sipflow.sip.message import Request
from sipflow.testing.wire_text import a_request

USERS = {"alice": "secret"}
URI = "sip:bob@10.0.0.1"


def a_server(**changes: object) -> DigestServer:
    return DigestServer("realm", USERS, secret=b"key", **changes)  # type: ignore[arg-type]


def challenges(server: DigestServer, now: float = 0.0, *, stale: bool = False) -> list[Challenge]:
    return [Challenge.parse(value) for _, value in server.challenge(now, stale=stale)]


def answer(challenge: Challenge, password: str = "secret", method: str = "INVITE", **changes: object) -> str:
    given: dict[str, object] = {"username": "alice", "realm": challenge.realm, "nonce": challenge.nonce, "uri": URI}
    given |= {"algorithm": challenge.algorithm}
    if challenge.qop:
        given |= {"qop": "auth", "cnonce": "c", "nc": 1}
    made = Credentials(response="", **(given | changes))  # type: ignore[arg-type]
    return str(made._replace(response=made.proof(password, method)))


def asked(value: str | None = None, uri: str = URI) -> Request:
    return a_request(uri=uri, Authorization=value)


@pytest.mark.conformance(56, 64)
def test_every_algorithm_is_offered_in_order_and_taken() -> None:
    server = a_server(algorithms=("SHA-512-256", "SHA-256", "MD5"))
    offered = challenges(server)
    assert [challenge.algorithm for challenge in offered] == ["SHA-512-256", "SHA-256", "MD5"]
    assert [name for name, _ in server.challenge(0.0)] == ["WWW-Authenticate"] * 3
    for number, challenge in enumerate(offered, start=1):
        verdict = server.verify(asked(answer(challenge, nc=number)), 1.0)
        assert verdict == (Outcome.GRANTED, "alice")


@pytest.mark.conformance(64)
@pytest.mark.parametrize(
    "value",
    [
        "Digest realm=realm",
        "Basic YWxpY2U6c2VjcmV0",
        "NoOneKnowsThisScheme opaque-data=here",
        'Digest username="alice", realm="other", nonce="n", uri="sip:bob@10.0.0.1", response="r"',
    ],
)
def test_unknown_scheme_and_other_realm_count_as_no_credentials(value: str) -> None:
    assert a_server().verify(asked(value), 0.0).outcome is Outcome.ABSENT
    assert a_server().verify(asked(), 0.0).outcome is Outcome.ABSENT


@pytest.mark.conformance(64)
@pytest.mark.parametrize(
    "changes",
    [
        {"password": "Secret"},
        {"username": "bob"},
        {"method": "BYE"},
        {"nonce": "0-1-0123456789abcdef0123456789abcdef"},
        {"nonce": "\u00e4"},
        {"algorithm": "SHA-512-256"},
        {"qop": "auth-int"},
    ],
)
def test_whatever_does_not_fit_is_wrong(changes: dict[str, str]) -> None:
    server = a_server()
    challenge = challenges(server)[0]
    assert server.verify(asked(answer(challenge, **changes)), 0.0).outcome is Outcome.WRONG


def test_response_that_is_no_digest_is_wrong() -> None:
    server = a_server()
    value = answer(challenges(server)[0])
    start, _, end = value.partition('response="')
    broken = f'{start}response="\u00e4\u00f8", {end.partition(", ")[2]}'
    assert server.verify(asked(broken), 0.0).outcome is Outcome.WRONG


@pytest.mark.conformance(64)
def test_credentials_for_another_request_uri_are_refused() -> None:
    server = a_server()
    challenge = challenges(server)[0]
    assert server.verify(asked(answer(challenge, uri="sip:eve@10.0.0.1")), 0.0).outcome is Outcome.MALFORMED
    assert server.verify(asked(answer(challenge, uri="no uri")), 0.0).outcome is Outcome.MALFORMED


@pytest.mark.conformance(64)
def test_credentials_for_the_whole_host_fit() -> None:
    server = a_server()
    host = URI.rpartition("@")[2]
    challenge = challenges(server)[0]
    assert server.verify(asked(answer(challenge, uri=f"sip:{host}")), 0.0).outcome is Outcome.GRANTED
    assert server.verify(asked(answer(challenge, uri="sip:10.9.9.9")), 0.0).outcome is Outcome.MALFORMED


@pytest.mark.conformance(64)
@pytest.mark.parametrize("uri", ["SIP:%62ob@10.0.0.1", "sip:contact@10.9.9.9:5070;transport=tcp"])
def test_request_uri_that_is_equal_or_was_put_in_by_a_proxy_fits(uri: str) -> None:
    server = a_server()
    assert server.verify(asked(answer(challenges(server)[0]), uri=uri), 0.0).outcome is Outcome.GRANTED


def test_credentials_for_the_server_as_a_whole_fit_but_not_those_for_another_server() -> None:
    server = a_server()
    challenge = challenges(server)[0]
    assert server.verify(asked(answer(challenge, uri="sip:10.0.0.1")), 0.0).outcome is Outcome.GRANTED
    assert server.verify(asked(answer(challenge, uri="sip:10.0.0.1:5062", nc=2)), 0.0).outcome is Outcome.MALFORMED


@pytest.mark.conformance(59)
def test_old_nonce_is_stale_only_with_the_right_password() -> None:
    server = a_server()
    challenge = challenges(server)[0]
    late = NONCE_LIFE_S + 1
    assert server.verify(asked(answer(challenge)), late).outcome is Outcome.STALE
    assert server.verify(asked(answer(challenge, "wrong")), late).outcome is Outcome.WRONG
    assert challenges(server, late, stale=True)[0].stale


@pytest.mark.conformance(60)
def test_counter_must_grow() -> None:
    server = a_server()
    challenge = challenges(server)[0]
    outcomes = [server.verify(asked(answer(challenge, nc=nc)), 0.0).outcome for nc in (1, 1, 3, 2, 4)]
    good, used = Outcome.GRANTED, Outcome.STALE
    assert outcomes == [good, used, good, used, good]


@pytest.mark.conformance(55)
def test_client_of_rfc_2069_is_taken() -> None:
    server = a_server()
    challenge = challenges(server)[0]
    plain = answer(challenge._replace(qop=(), algorithm=""))
    assert "qop" not in plain
    assert server.verify(asked(plain), 0.0).outcome is Outcome.GRANTED


def test_proxy_asks_and_looks_in_its_own_header_fields() -> None:
    server = a_server()
    (name, value), *_ = server.challenge(0.0, as_proxy=True)
    assert name == "Proxy-Authenticate"
    credentials = answer(Challenge.parse(value))
    as_callee = a_request(uri=URI, Authorization=credentials)
    as_proxy = a_request(uri=URI, Proxy_Authorization=credentials)
    assert server.verify(as_callee, 0.0, as_proxy=True).outcome is Outcome.ABSENT
    assert server.verify(as_proxy, 0.0).outcome is Outcome.ABSENT
    assert server.verify(as_proxy, 0.0, as_proxy=True).outcome is Outcome.GRANTED


def test_nonce_of_another_server_is_wrong() -> None:
    theirs = DigestServer("realm", USERS, secret=b"other")
    assert a_server().verify(asked(answer(challenges(theirs)[0])), 0.0).outcome is Outcome.WRONG


@pytest.mark.parametrize("changes", [{"algorithms": ("SHA-1",)}, {"algorithms": ()}, {"qop": ("auth-conf",)}])
def test_server_of_unknown_algorithms_cannot_be_made(changes: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ValueError, match="not known"):
        a_server(**changes)
