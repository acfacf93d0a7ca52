"""The attribute `a=crypto`: a suite, and a key in the clear. Source: RFC 4568 §4, §6, §9.

A line that can't be used is skipped, as the RFC asks (§5.1.2): so reading returns None and raises nothing.
No error text holds a line of this kind, since its key would be in it.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final, Self

from sipflow.sdp.description import MediaDescription
from sipflow.sdp.security import SUITES, MasterKey, Suite

MAX_LINES: Final = 16
"""Of one stream; those beyond are not looked at."""
MAX_KEYS: Final = 8
"""Of one line: a line with more is skipped."""
MAX_MKI_BYTES: Final = 128  # RFC 4568 §9.2: 1 to 128

_LINE = re.compile(r"([0-9]{1,9}) +([A-Za-z0-9_]{1,64}) +([!-~]+)((?: +[!-~]+)*) *")
_KEY = re.compile(r"inline:([A-Za-z0-9+/=]{1,128})(?:\|(2\^[0-9]{1,2}|[0-9]{1,15}))?(?:\|([0-9]{1,40}):([0-9]{1,3}))?")
_HARMLESS = re.compile(r"-[!-~]*|KDR=0|WSH=[0-9]{1,6}")
"""Session parameters with which our packets and the peer's are what they are without. Source: RFC 4568 §6.3."""


@dataclass(frozen=True, slots=True)
class Crypto:
    """One line, as far as it can be used."""

    tag: int
    """Unique in its stream: the answer names its choice by it."""
    suite: Suite
    keys: tuple[MasterKey, ...]
    """At least one. How long one may be used is for the one who sends with it to see to."""

    @classmethod
    def parse(cls, value: str) -> Self | None:
        """Read what stands after `a=crypto:`; None for a suite, a key or a session parameter that is not ours."""
        match = _LINE.fullmatch(value)
        if match is None:
            return None
        tag, name, parameters, session = match.groups()
        suite = SUITES.get(name)
        if suite is None or not all(map(_HARMLESS.fullmatch, session.split())):
            return None
        pieces = parameters.split(";")
        keys = [_key(piece, suite) for piece in pieces[:MAX_KEYS]]
        usable = tuple([key for key in keys if key is not None])
        if len(usable) != len(pieces) or not _tellable(usable):
            return None
        return cls(int(tag), suite, usable)

    def __str__(self) -> str:
        """What stands after `a=`."""
        keys = ";".join(
            f"inline:{b64encode(key.secret).decode()}"
            + (f"|{int.from_bytes(key.mki)}:{len(key.mki)}" if key.mki else "")
            for key in self.keys
        )
        return f"crypto:{self.tag} {self.suite.name} {keys}"


def cryptos_of(stream: MediaDescription) -> list[Crypto]:
    """The lines of a stream that can be used, in its order."""
    values = [attribute[7:] for attribute in stream.attributes if attribute.startswith("crypto:")]
    read = map(Crypto.parse, values[:MAX_LINES])
    return [crypto for crypto in read if crypto is not None]


def _key(text: str, suite: Suite) -> MasterKey | None:
    match = _KEY.fullmatch(text)
    if match is None:
        return None
    coded, _, mki, mki_bytes = match.groups()
    try:
        secret = b64decode(coded, validate=True)
    except binascii.Error:
        return None
    if len(secret) != suite.secret_bytes:
        return None
    if mki is None:
        return MasterKey(secret)
    length = int(mki_bytes)
    if not 1 <= length <= MAX_MKI_BYTES or int(mki).bit_length() > 8 * length:
        return None
    return MasterKey(secret, int(mki).to_bytes(length))


def _tellable(keys: tuple[MasterKey, ...]) -> bool:
    """Whether packets tell which of the keys is theirs. Source: RFC 4568 §6.1: all MKIs have one length."""
    return len(keys) == 1 or (
        all(key.mki for key in keys)
        and len({len(key.mki) for key in keys}) == 1
        and len({key.mki for key in keys}) == len(keys)
    )
