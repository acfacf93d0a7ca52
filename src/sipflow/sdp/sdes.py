"""Keys in the descriptions themselves: what is offered, chosen and answered. Source: RFC 4568 §5.

Which peers take what: docs/media.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sipflow.sdp.crypto import Crypto, cryptos_of
from sipflow.sdp.description import MediaDescription, SessionDescription
from sipflow.sdp.security import (
    PLAIN_ACCEPTED,
    PLAIN_PROTOCOL,
    SUITES,
    Accepted,
    MasterKey,
    Proposal,
    SdesTerms,
    Suite,
    Terms,
    unprotected,
)

PROTOCOL: Final = "RTP/SAVP"
PROTOCOLS: Final = (PROTOCOL, "RTP/SAVPF")
"""The profile with feedback is taken where it is offered: nobody has to send any. Source: RFC 5124 §4."""

NewKey = Callable[[int], bytes]
"""So many bytes that nobody can guess."""


class Sdes:
    """Keys of our own, fresh for a dialog, one for each suite; a re-offer names them again.

    So a stream that goes on keeps its key and with it its rollover counter, which a new key must not reset
    (RFC 3711 §3.3.1) and which most peers do reset.
    """

    __slots__ = ("_keys", "_new_key", "is_optional")

    def __init__(self, new_key: NewKey, *, is_optional: bool) -> None:
        """`is_optional`: offer RTP/AVP with keys, which a peer may ignore, and take a plain stream too."""
        self._new_key = new_key
        self._keys: dict[Suite, MasterKey] = {}
        self.is_optional = is_optional

    @property
    def wish(self) -> str:
        keyed = f"{PROTOCOL} with a=crypto of {' or '.join(SUITES)}"
        return f"{PLAIN_PROTOCOL} or {keyed}" if self.is_optional else keyed

    def offer(self, protocol: str) -> Proposal:
        lines = [str(Crypto(tag, suite, (self._key(suite),))) for tag, suite in enumerate(SUITES.values(), start=1)]
        usual = PLAIN_PROTOCOL if self.is_optional else PROTOCOL
        return Proposal(protocol or usual, tuple(lines))

    def answered(
        self,
        ours: MediaDescription,
        answer: SessionDescription,  # noqa: ARG002 - keys stand at the stream
        theirs: MediaDescription,
    ) -> SdesTerms | None:
        """The line of the answer that names one of ours by its tag."""
        offered = {crypto.tag: crypto for crypto in cryptos_of(ours)}
        for crypto in cryptos_of(theirs):
            choice = offered.get(crypto.tag)
            if choice is not None and choice.suite == crypto.suite:
                return SdesTerms(crypto.suite, choice.keys[0], crypto.keys)
        if not self.is_optional or theirs.protocol != PLAIN_PROTOCOL:
            raise unprotected("a=crypto with a tag and suite of our offer", theirs)
        return None

    def accept(self, offer: SessionDescription, stream: MediaDescription, current: Terms | None) -> Accepted | None:  # noqa: ARG002
        """Take the first line that can be used: the peer's order is its preference. Source: RFC 4568 §5.1.2."""
        if stream.protocol not in (PLAIN_PROTOCOL, *PROTOCOLS):
            return None
        for crypto in cryptos_of(stream):
            ours = self._key(crypto.suite)
            answer = Crypto(crypto.tag, crypto.suite, (ours,))
            return Accepted((str(answer),), SdesTerms(crypto.suite, ours, crypto.keys))
        return PLAIN_ACCEPTED if self.is_optional and stream.protocol == PLAIN_PROTOCOL else None

    def _key(self, suite: Suite) -> MasterKey:
        key = self._keys.get(suite)
        if key is None:
            key = self._keys[suite] = MasterKey(self._new_key(suite.secret_bytes))
        return key
