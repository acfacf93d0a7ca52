"""DTLS handshakes by their datagrams: keys of both sides, fingerprints, loss, and any bytes at all."""

from __future__ import annotations

import time

import pytest

from sipflow.media.handshake import MTU_BYTES, Handshake, datagrams
from sipflow.media.identity import fingerprint_of, new_identity, own_identity
from sipflow.sdp.dtls import DIGEST_BYTES

ALICE, BOB = new_identity(), new_identity()


def pair(*, bobs_own: bool = True) -> tuple[Handshake, Handshake]:
    client = Handshake(ALICE, [(BOB if bobs_own else ALICE).fingerprint], is_client=True)
    return client, Handshake(BOB, [ALICE.fingerprint], is_client=False)


def exchange(client: Handshake, server: Handshake, lost: int = -1) -> None:
    """Carry flights to and fro; the one of this number is lost, and its sender's timer fires."""
    flight, sides, number = client.begin(), (client, server), 0
    while flight:
        sender, receiver = sides[number % 2], sides[1 - number % 2]
        if number == lost:
            wait_s = sender.timer_s if sender.timer_s is not None else receiver.timer_s
            assert wait_s is not None
            time.sleep(wait_s + 0.01)  # OpenSSL has a clock of its own
            waiting = sender if sender.timer_s is not None else receiver
            flight, number, lost = waiting.timer_fired(), 0 if waiting is client else 1, -1
            continue
        flight = [answer for datagram in flight for answer in receiver.receive(datagram)]
        number += 1


def test_both_sides_have_the_keys_of_the_other() -> None:
    client, server = pair()

    exchange(client, server)

    assert client.keys is not None
    assert server.keys is not None
    assert client.keys.suite.name == "AES_CM_128_HMAC_SHA1_80"
    assert (client.keys.ours, client.keys.theirs) == (server.keys.theirs, server.keys.ours)
    assert client.keys.ours != client.keys.theirs
    assert len(client.keys.ours.secret) == 30
    assert client.timer_s is None


def test_lost_last_flight_is_sent_again_when_it_is_asked_for() -> None:
    client, server = pair()

    exchange(client, server, lost=3)

    assert client.keys is not None
    assert server.keys is not None


def test_certificate_of_another_fails_by_its_fingerprint() -> None:
    client, server = pair(bobs_own=False)

    exchange(client, server)

    assert client.keys is None
    assert str(client.error).startswith(
        "expected a certificate with the fingerprint of the session description, sha-256 "
    )


@pytest.mark.parametrize("algorithm", DIGEST_BYTES)
def test_fingerprint_may_be_by_any_of_the_hash_functions(algorithm: str) -> None:
    client = Handshake(ALICE, [fingerprint_of(BOB.certificate, algorithm)], is_client=True)
    server = Handshake(BOB, [ALICE.fingerprint], is_client=False)

    exchange(client, server)

    assert client.keys is not None


@pytest.mark.parametrize("junk", [b"", b"\x16", bytes(100), b"\x16\xfe\xfd" + bytes(60), b"\x80" * 40])
def test_junk_neither_fails_nor_ends_a_handshake(junk: bytes) -> None:
    client, server = pair()

    assert server.receive(junk) == []
    exchange(client, server)

    assert server.keys is not None
    assert server.receive(junk) == []


def test_flight_is_cut_between_records() -> None:
    records = [b"\x16\xfe\xfd" + bytes(8) + size.to_bytes(2) + bytes(size) for size in (600, 500, 40, 1_000, 5)]

    cut = datagrams(b"".join(records) + b"\x16")

    assert b"".join(cut) == b"".join(records)
    assert [len(datagram) for datagram in cut] == [613 + 513 + 53, 1_013 + 18]
    assert max(map(len, cut)) <= MTU_BYTES


def test_own_identity_is_made_once() -> None:
    assert own_identity() is own_identity()
    assert own_identity().fingerprint != ALICE.fingerprint
