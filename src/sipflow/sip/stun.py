"""The little of STUN that keeps a flow open: Binding Requests, and what is answered to them. Source: RFC 5389."""

from __future__ import annotations

import struct
from ipaddress import ip_address
from typing import Final, NamedTuple

from sipflow.sip.flow import Address

COOKIE: Final = 0x2112A442  # RFC 5389 §6
ID_BITS: Final = 96
_HEAD: Final = struct.Struct("!HHI12s")
_REQUEST, _SUCCESS, _ERROR = 0x0001, 0x0101, 0x0111
_XOR_MAPPED_ADDRESS: Final = 0x0020
_SIZES: Final = {1: 4, 2: 16}
"""Bytes of an address, by family. Source: RFC 5389 §15.1."""


class Bound(NamedTuple):
    """The answer to a Binding Request."""

    number: int
    """That of the request."""
    mapped: Address | None
    """Where the server saw us; None where it has refused, or does not say."""


def binding_request(number: int) -> bytes:
    """A Binding Request without attributes; `number` has ID_BITS."""
    return _HEAD.pack(_REQUEST, 0, COOKIE, number.to_bytes(ID_BITS // 8))


def read_bound(data: bytes) -> Bound | None:
    """An answer to a Binding Request; None for anything else."""
    if len(data) < _HEAD.size:
        return None
    kind, length, cookie, number = _HEAD.unpack_from(data)
    if kind not in (_SUCCESS, _ERROR) or cookie != COOKIE or length != len(data) - _HEAD.size:
        return None
    return Bound(int.from_bytes(number), _mapped(data) if kind == _SUCCESS else None)


def _mapped(data: bytes) -> Address | None:
    at = _HEAD.size
    while at + 4 <= len(data):
        kind, length = struct.unpack_from("!HH", data, at)
        value = data[at + 4 : at + 4 + length]
        if kind == _XOR_MAPPED_ADDRESS and len(value) >= 4 and len(value) == 4 + _SIZES.get(value[1], -1):
            key = data[4 : 4 + len(value) - 4]  # the cookie, with the number behind it
            host = bytes(a ^ b for a, b in zip(value[4:], key, strict=True))
            return Address(str(ip_address(host)), int.from_bytes(value[2:4]) ^ COOKIE >> 16)
        at += 4 + length + -length % 4
    return None
