"""Digest against published examples and other people's code."""

from __future__ import annotations

import shutil
import subprocess

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipflow.base.errors import SipParseError
from sipflow.sip.digest import MAX_PARAMS, Challenge, Credentials

RFC7616 = Credentials(
    "Mufasa",
    "http-auth@example.org",
    "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "/dir/index.html",
    "",
    "MD5",
    "auth",
    "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    1,
)


@pytest.mark.conformance(55, 56)
@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_examples_of_rfc_7616(algorithm: str, response: str) -> None:
    assert RFC7616._replace(algorithm=algorithm).proof("Circle of Life", "GET") == response


@pytest.mark.conformance(55)
def test_example_of_rfc_2617() -> None:
    example = Credentials(
        "Mufasa", "testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "/dir/index.html", "", "", "auth",
        "0a4f113b", 1,
    )  # fmt: skip
    assert example.proof("Circle Of Life", "GET") == "6629fae49393a05397450978507c4ef1"


@pytest.mark.conformance(55)
def test_example_of_rfc_2069_as_its_erratum_has_it() -> None:
    example = Credentials("Mufasa", "testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "/dir/index.html", "")
    assert example.proof("CircleOfLife", "GET") == "1949323746fe6a43ef61f9606e7febea"


@pytest.mark.conformance(56)
@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl to compare with")
@pytest.mark.parametrize(("name", "command"), [("MD5", "md5"), ("SHA-256", "sha256"), ("SHA-512-256", "sha512-256")])
def test_every_algorithm_gives_what_openssl_gives(name: str, command: str) -> None:
    def digest(text: str) -> str:
        call = ["openssl", "dgst", f"-{command}", "-r"]
        return subprocess.run(call, input=text.encode(), capture_output=True, check=True).stdout.split()[0].decode()

    made = RFC7616._replace(algorithm=name, qop="auth-int", username="J\u00e4s\u00f8n", nc=0x1F)
    a1, a2 = digest(f"J\u00e4s\u00f8n:{made.realm}:secret"), digest(f"INVITE:{made.uri}:{digest('v=0')}")
    expected = digest(f"{a1}:{made.nonce}:0000001f:{made.cnonce}:auth-int:{a2}")
    assert made.proof("secret", "INVITE", b"v=0") == expected


@pytest.mark.conformance(55, 56, 63)
@pytest.mark.parametrize(
    ("algorithm", "qop"),
    [(name, ("auth",)) for name in ("MD5", "MD5-sess", "SHA-256", "SHA-256-sess")] + [("MD5", ()), ("SHA-256", ())],
)
def test_response_is_that_of_httpx(algorithm: str, qop: tuple[str, ...]) -> None:
    challenge = Challenge("pbx \u00fc", "a/b+c==", algorithm, qop, opaque="0p\u00e4que")
    flow = httpx.DigestAuth("alice", "wonder:land").auth_flow(request := httpx.Request("GET", "http://pbx/x?y=1"))
    next(flow)
    flow.send(httpx.Response(401, headers={b"WWW-Authenticate": str(challenge).encode()}, request=request))
    theirs = Credentials.parse(request.headers["Authorization"])
    assert theirs.nonce == challenge.nonce
    assert theirs.proof("wonder:land", "GET") == theirs.response
    assert theirs.proof("wonder:lands", "GET") != theirs.response


@pytest.mark.conformance(63)
def test_challenge_is_read_however_it_is_spelled() -> None:
    text = 'digest  QOP="auth, Auth-Int" ,nonce="n\\"1",stale=TRUE, realm="a \\"b\\" \\\\ c, d", algorithm="md5", x=y,'
    challenge = Challenge.parse(text)
    assert challenge == Challenge('a "b" \\ c, d', 'n"1', "md5", ("auth", "auth-int"), True)
    assert challenge.protection == "auth"
    assert Challenge.parse(str(challenge)) == challenge


@pytest.mark.conformance(63)
@pytest.mark.parametrize(
    ("text", "protection"),
    [
        ('Digest realm="a", nonce="b"', ""),
        ('Digest realm="a", nonce="b", qop=auth', "auth"),
        ('Digest realm="a", nonce="b", qop="auth-int"', "auth-int"),
        ('Digest realm="a", nonce="b", qop="auth-int,auth"', "auth"),
        ('Digest realm="a", nonce="b", qop="new"', None),
    ],
)
def test_protection_is_chosen_among_those_asked_for(text: str, protection: str | None) -> None:
    assert Challenge.parse(text).protection == protection


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Digest",
        'Basic realm="a", nonce="b"',
        'NoOneKnowsThisScheme opaque-data=here, realm="a"',
        'Digest nonce="b"',
        'Digest realm="a"',
        'Digest realm="a", nonce="b", nonce="c"',
        'Digest realm="a, nonce=b',
        'Digest realm="a" nonce="b"',
        'Digest realm=, nonce="b"',
        'Digest realm="a", nonce="b"' + ', x="y"' * MAX_PARAMS,
    ],
)
def test_challenge_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(SipParseError):
        Challenge.parse(text)


@pytest.mark.parametrize("nc", ["1", "0000000g", "000000001", '"00000001"x'])
def test_counter_is_eight_hexadecimal_digits(nc: str) -> None:
    text = f'Digest username="a", realm="b", nonce="c", uri="sip:d", response="e", nc={nc}'
    with pytest.raises(SipParseError):
        Credentials.parse(text)


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)
TOKENS = st.from_regex(r"[A-Za-z0-9-]{1,10}", fullmatch=True)


@given(TEXT, TEXT, TOKENS, st.lists(TOKENS.map(str.lower), max_size=3), st.booleans(), st.none() | TEXT)
def test_challenge_comes_back_as_it_was_written(
    realm: str, nonce: str, algorithm: str, qop: list[str], stale: bool, opaque: str | None
) -> None:
    challenge = Challenge(realm, nonce, algorithm, tuple(qop), stale, opaque)
    assert Challenge.parse(str(challenge)) == challenge


@given(TEXT, TEXT, TEXT, st.sampled_from(["", "auth", "auth-int"]), TEXT, st.integers(1, 2**32 - 1))
def test_credentials_come_back_as_they_were_written(
    user: str, realm: str, nonce: str, qop: str, cnonce: str, nc: int
) -> None:
    made = Credentials(user, realm, nonce, "sip:a@b", "ab", "MD5", qop, *((cnonce, nc) if qop else ("", 0)))
    assert Credentials.parse(str(made)) == made


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    for kind in (Challenge, Credentials):
        try:
            kind.parse(f"Digest {text}")
        except SipParseError:
            continue
