"""Protection in offer and answer: keys by RFC 4568, fingerprints and roles by RFC 5763 and RFC 8842."""

from __future__ import annotations

import itertools
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipflow.base.errors import BadAnswer, NoCommonMedia, SdpError
from sipflow.sdp import (
    PLAIN,
    Dtls,
    DtlsTerms,
    Fingerprint,
    MasterKey,
    Negotiation,
    Sdes,
    SdesTerms,
    SessionDescription,
    StreamSecurity,
    Terms,
)
from sipflow.sdp.crypto import Crypto

KEY = b64encode(bytes(range(30))).decode()
HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
PRINT = Fingerprint("sha-256", bytes(range(32)))
OTHER = Fingerprint("sha-256", bytes(32))
numbers = itertools.count(1)


def sdes(*, is_optional: bool = False) -> Sdes:
    return Sdes(lambda size: next(numbers).to_bytes(size), is_optional=is_optional)


def dtls(fingerprint: Fingerprint = PRINT) -> Dtls:
    return Dtls(fingerprint, "a-name-of-twenty-letters")


def side(security: StreamSecurity, port: int = 10_000) -> Negotiation:
    return Negotiation(host="192.0.2.1", port=port, session_id=1, security=security)


def described(protocol: str, *attributes: str, port: int = 20_000) -> bytes:
    lines = "".join(f"a={attribute}\r\n" for attribute in attributes)
    return f"{HEAD}m=audio {port} {protocol} 0\r\n{lines}".encode()


def agreed(offerer: Negotiation, answerer: Negotiation) -> tuple[Terms | None, Terms | None]:
    answerer.receive_offer(offerer.create_offer())
    offerer.receive_answer(answerer.create_answer())
    assert offerer.current is not None
    assert answerer.current is not None
    return offerer.current.security, answerer.current.security


def media_of(body: bytes) -> tuple[str, int]:
    stream = SessionDescription.parse(body).media[0]
    return stream.protocol, stream.port


def test_crypto_reads_lifetime_and_mki() -> None:
    crypto = Crypto.parse(f"7 AES_CM_128_HMAC_SHA1_32 inline:{KEY}|2^20|1:4 WSH=64 -NEW=x")

    assert crypto is not None
    assert (crypto.tag, crypto.suite.name) == (7, "AES_CM_128_HMAC_SHA1_32")
    assert crypto.keys == (MasterKey(bytes(range(30)), b"\0\0\0\1"),)
    assert str(crypto) == f"crypto:7 AES_CM_128_HMAC_SHA1_32 inline:{KEY}|1:4"


@pytest.mark.parametrize(
    "line",
    [
        f"1 F8_128_HMAC_SHA1_80 inline:{KEY}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY[:-4]}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} UNENCRYPTED_SRTP",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} KDR=3",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|1:0",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|256:1",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY};inline:{KEY}",
        f"x AES_CM_128_HMAC_SHA1_80 inline:{KEY}",
        "1 AES_CM_128_HMAC_SHA1_80",
        "",
    ],
)
def test_crypto_that_can_not_be_used_is_none(line: str) -> None:
    assert Crypto.parse(line) is None


@given(st.text(max_size=200))
def test_any_text_is_a_crypto_or_none(text: str) -> None:
    for line in (text, f"1 AES_CM_128_HMAC_SHA1_80 inline:{text}"):
        crypto = Crypto.parse(line)
        assert crypto is None or Crypto.parse(str(crypto)[7:]) == crypto


def test_both_sides_know_each_others_key() -> None:
    ours, theirs = agreed(side(sdes()), side(sdes()))

    assert isinstance(ours, SdesTerms)
    assert isinstance(theirs, SdesTerms)
    assert ours.suite == theirs.suite
    assert (ours.theirs, theirs.theirs) == ((theirs.ours,), (ours.ours,))
    assert ours.ours != theirs.ours


def test_keys_are_in_no_text_of_what_holds_them() -> None:
    ours, _ = agreed(side(sdes()), side(sdes()))

    assert isinstance(ours, SdesTerms)
    for text in (repr(ours), str(ours), repr(ours.ours)):
        assert repr(ours.ours.secret) not in text
    with pytest.raises(SdpError) as caught:
        SessionDescription.parse(f"{HEAD} a=crypto:1 X inline:{KEY}\r\n".encode())
    assert KEY not in str(caught.value)


def test_unknown_suite_is_skipped_and_the_answer_names_the_tag_of_the_chosen_one() -> None:
    bob = side(sdes())

    bob.receive_offer(
        described("RTP/SAVP", f"crypto:1 AEAD_X inline:{KEY}", f"crypto:9 AES_CM_128_HMAC_SHA1_32 inline:{KEY}")
    )
    answer = SessionDescription.parse(bob.create_answer()).media[0]

    assert answer.protocol == "RTP/SAVP"
    assert [line.split(" inline")[0] for line in answer.attributes if line.startswith("crypto")] == [
        "crypto:9 AES_CM_128_HMAC_SHA1_32"
    ]


def test_re_offer_keeps_the_key_and_a_new_key_of_the_peer_counts() -> None:
    alice, bob = side(sdes()), side(sdes())
    before, _ = agreed(alice, bob)
    again, _ = agreed(alice, bob)
    alice.receive_offer(described("RTP/SAVP", f"crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"))
    alice.create_answer()

    assert before == again
    assert alice.current is not None
    after = alice.current.security
    assert isinstance(before, SdesTerms)
    assert isinstance(after, SdesTerms)
    assert after.ours == before.ours
    assert after.theirs == (MasterKey(bytes(range(30))),)


def test_calls_have_keys_of_their_own() -> None:
    first, second = side(sdes()).create_offer(), side(sdes()).create_offer()

    assert first != second


@pytest.mark.parametrize("protocol", ["RTP/AVP", "RTP/SAVP", "RTP/SAVPF"])
def test_any_profile_with_a_key_is_answered_by_the_same(protocol: str) -> None:
    bob = side(sdes())

    bob.receive_offer(described(protocol, f"crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"))

    assert media_of(bob.create_answer()) == (protocol, 10_000)


def test_optional_protection_is_an_offer_of_plain_rtp_with_keys_that_may_be_ignored() -> None:
    for other, is_protected in ((sdes(is_optional=True), True), (sdes(), True), (PLAIN, False)):
        alice = side(sdes(is_optional=True))
        ours, theirs = agreed(alice, side(other))

        assert (ours is not None, theirs is not None) == (is_protected, is_protected)
        assert media_of(alice.create_offer())[0] == "RTP/AVP"


def test_of_a_plain_and_a_protected_stream_the_protected_one_is_taken() -> None:
    bob = side(sdes(is_optional=True))
    secure = f"m=audio 20002 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}\r\n"
    both = described("RTP/AVP") + secure.encode()

    bob.receive_offer(both)

    ports = [(stream.protocol, stream.port) for stream in SessionDescription.parse(bob.create_answer()).media]
    assert ports == [("RTP/AVP", 0), ("RTP/SAVP", 10_000)]


@pytest.mark.conformance(113)
@pytest.mark.parametrize(
    ("security", "protocol"),
    [(PLAIN, "RTP/SAVP"), (sdes(), "RTP/AVP"), (dtls(), "RTP/AVP"), (dtls(), "RTP/SAVP"), (sdes(), "UDP/TLS/RTP/SAVP")],
)
def test_offer_without_the_protection_that_is_wanted_is_refused(security: StreamSecurity, protocol: str) -> None:
    with pytest.raises(NoCommonMedia, match=rf"expected audio {security.wish.split()[0]} .*m=audio 20000 {protocol}"):
        side(security).receive_offer(described(protocol))


def test_answer_without_a_key_is_refused_where_one_is_demanded() -> None:
    alice = side(sdes())
    alice.create_offer()

    with pytest.raises(BadAnswer, match="expected a=crypto"):
        alice.receive_answer(described("RTP/SAVP", f"crypto:5 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"))


def test_offer_is_actpass_and_who_answers_begins_the_handshake() -> None:
    ours, theirs = agreed(side(dtls(PRINT)), side(dtls(OTHER)))

    assert ours == DtlsTerms(False, (OTHER,), "a-name-of-twenty-letters")
    assert theirs == DtlsTerms(True, (PRINT,), "a-name-of-twenty-letters")


def test_roles_stay_when_the_other_side_offers_later() -> None:
    alice, bob = side(dtls(PRINT)), side(dtls(OTHER))
    first = agreed(alice, bob)

    assert agreed(bob, alice) == (first[1], first[0])


@pytest.mark.parametrize(("setup", "answer"), [("active", "passive"), ("passive", "active"), ("actpass", "active")])
def test_setup_is_answered_by_its_counterpart(setup: str, answer: str) -> None:
    bob = side(dtls())

    bob.receive_offer(described("UDP/TLS/RTP/SAVPF", f"setup:{setup}", f"fingerprint:SHA-256 {PRINT.digest.hex(':')}"))

    stream = SessionDescription.parse(bob.create_answer()).media[0]
    assert (stream.protocol, stream.attribute("setup"), stream.attribute("tls-id")) == (
        "UDP/TLS/RTP/SAVPF",
        answer,
        None,
    )


def test_fingerprint_may_stand_above_the_streams() -> None:
    bob = side(dtls())
    plain = described("UDP/TLS/RTP/SAVP", "setup:actpass").decode()

    bob.receive_offer(plain.replace("t=0 0", f"t=0 0\r\na=fingerprint:sha-256 {PRINT.digest.hex(':')}").encode())
    bob.create_answer()

    assert bob.current is not None
    assert bob.current.security == DtlsTerms(True, (PRINT,))


@pytest.mark.parametrize(
    "attributes",
    [
        ("setup:actpass",),
        ("setup:actpass", f"fingerprint:md5 {bytes(16).hex(':')}"),
        ("setup:actpass", f"fingerprint:sha-256 {bytes(31).hex(':')}"),
        ("setup:holdconn", f"fingerprint:sha-256 {bytes(32).hex(':')}"),
    ],
)
def test_answer_without_a_usable_fingerprint_or_role_is_refused(attributes: tuple[str, ...]) -> None:
    alice = side(dtls())
    alice.create_offer()

    with pytest.raises(BadAnswer):
        alice.receive_answer(described("UDP/TLS/RTP/SAVP", *attributes))
