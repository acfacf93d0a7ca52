"""Packets under a key, beside the session keys of RFC 3711 B.3 and an AES and HMAC of our own."""

from __future__ import annotations

import hmac
import os
import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from sipflow.media.srtp import BROKEN, FORGED, REPLAYED, Inbound, Outbound
from sipflow.sdp import MasterKey, Suite
from sipflow.sdp.security import SHA1_32, SHA1_80

MASTER = MasterKey(bytes.fromhex("E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6"))
CIPHER_KEY = bytes.fromhex("C61E7A93744F39EE10734AFE3FF7A087")
SALT = bytes.fromhex("30CBBC08863D8C85D49DB34A9AE1")
AUTHENTICATION_KEY = bytes.fromhex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4")
"""Source: RFC 3711 appendix B.3; the authentication key is the first 160 bits of what stands there."""
SSRC = 0xCAFEBABE


def rtp(number: int, payload: bytes = bytes(160)) -> bytes:
    return struct.pack("!BBHII", 0x80, 0, number, number * 160, SSRC) + payload


def rtcp() -> bytes:
    return struct.pack("!BBHI", 0x80, 201, 1, SSRC)


def by_hand(packet: bytes, index: int, suite: Suite) -> bytes:
    """The packet as RFC 3711 §4.1.1 and §4.2 say, from the session keys."""
    block = (int.from_bytes(SALT) << 16) ^ (SSRC << 64) ^ (index << 16)
    encryptor = Cipher(AES(CIPHER_KEY), CTR(block.to_bytes(16))).encryptor()
    hidden = packet[:12] + encryptor.update(packet[12:])
    rollover = (index >> 16).to_bytes(4)
    return hidden + hmac.digest(AUTHENTICATION_KEY, hidden + rollover, "sha1")[: suite.tag_bytes]


@pytest.mark.parametrize("suite", [SHA1_80, SHA1_32])
def test_packets_are_those_of_the_session_keys_of_the_rfc_also_after_the_number_wraps(suite: Suite) -> None:
    outbound, inbound = Outbound(suite, MASTER), Inbound(suite, (MASTER,))

    for index in (65_534, 65_535, 65_536, 65_537):
        packet = rtp(index & 0xFFFF, os.urandom(160))
        protected = outbound.rtp(packet)
        assert protected == by_hand(packet, index, suite)
        assert inbound.rtp(protected) == packet


@pytest.mark.parametrize("suite", [SHA1_80, SHA1_32])
def test_rtcp_has_a_tag_of_80_bits_with_every_suite(suite: Suite) -> None:
    protected = Outbound(suite, MASTER).rtcp(rtcp())

    assert protected is not None
    assert len(protected) == len(rtcp()) + 4 + 10
    assert Inbound(suite, (MASTER,)).rtcp(protected) == rtcp()


def test_what_is_forged_replayed_or_no_srtp_is_dropped_and_counted() -> None:
    inbound = Inbound(SHA1_80, (MASTER,))
    good = Outbound(SHA1_80, MASTER).rtp(rtp(5))
    assert good is not None

    taken = [inbound.rtp(packet) for packet in (good, good, good[:-1] + b"\0", rtp(6), b"")]

    assert taken == [rtp(5), None, None, None, None]
    assert inbound.faults == {REPLAYED: 2, FORGED: 1, BROKEN: 1}


def test_number_that_was_used_is_not_protected_again() -> None:
    outbound = Outbound(SHA1_80, MASTER)

    assert outbound.rtp(rtp(1)) is not None
    assert outbound.rtp(rtp(1)) is None


@pytest.mark.parametrize("suite", [SHA1_80, SHA1_32])
def test_packets_tell_their_key_by_the_mki_before_the_tag(suite: Suite) -> None:
    first, second = MasterKey(bytes(30), b"\0\1"), MasterKey(bytes(range(30)), b"\0\2")
    inbound = Inbound(suite, (first, second))

    for number, key in ((1, first), (2, second), (3, first)):
        protected = Outbound(suite, key).rtp(rtp(number))
        assert protected is not None
        marked = protected[: -suite.tag_bytes] + key.mki + protected[-suite.tag_bytes :]
        assert inbound.rtp(marked) == rtp(number)
    assert inbound.rtp(rtp(4)) is None
    assert inbound.faults == {BROKEN: 1}
