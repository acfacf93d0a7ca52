"""What a registrar's answer says of bindings. Source: RFC 3261 §10.2.4."""

from __future__ import annotations

from typing import Final, NamedTuple

from sipflow.base.errors import SipParseError
from sipflow.sip.address import NameAddr, parse_addresses
from sipflow.sip.message import Response

MAX_EXPIRES_S: Final = 2**32 - 1  # RFC 3261 §20.19


class Bindings(NamedTuple):
    """What a registrar has answered."""

    contacts: tuple[NameAddr, ...]
    """All that are bound, ours and others'."""
    expires_s: int
    """How long ours lasts; 0 where it is not bound."""
    answer: bytes
    """The registrar's answer, as it stood on the wire."""


def renewal_s(expires_s: int) -> float:
    """When to renew: with time for a request to fail, where that can be."""
    return min(0.8 * expires_s, expires_s - 32.0) if expires_s > 64 else max(0.5 * expires_s, 0.5)


def is_outbound_edge(path: str) -> bool:
    """Whether an edge proxy says that it keeps flows. Source: RFC 5626 §5.1."""
    try:
        return NameAddr.parse(path).uri.param("ob") is not None
    except SipParseError:
        return False


def bound_contacts(answer: Response) -> tuple[NameAddr, ...]:
    """All bindings; those that can't be read are none of ours."""
    found: list[NameAddr] = []
    for value in answer.header_values("Contact"):
        try:
            found += parse_addresses(value)
        except SipParseError:
            continue
    return tuple(found)


def expiry_s(answer: Response, own: NameAddr | None, asked_s: int) -> int:
    """The expiry of our own Contact, else of the response, else what was asked for. Source: §10.2.4."""
    fallback = seconds_of(answer.header("Expires"), asked_s)
    return seconds_of(own.param("expires"), fallback) if own is not None else fallback


def seconds_of(text: str | None, fallback: int) -> int:
    """A number of seconds; what follows it, as in Retry-After, is left out."""
    digits = (text or "").strip().partition(";")[0].partition("(")[0].strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 10:
        return fallback
    return min(int(digits), MAX_EXPIRES_S)
