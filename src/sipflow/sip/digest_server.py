"""Asking for credentials and looking at them: the side of a registrar, a proxy or a user agent that challenges.

Nonces hold their own time and are signed, so that asking costs no memory. Source: RFC 7616 §3.3, §3.4.6, §5.4, RFC 3261
§22.1, §22.3, §22.4.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Mapping
from enum import Enum
from hashlib import sha256
from typing import Final, NamedTuple

from sipflow.base.errors import SipParseError
from sipflow.sip.digest import ALGORITHMS, ANSWERED_BY, QOPS, Challenge, Credentials
from sipflow.sip.message import Request
from sipflow.sip.outgoing import Headers
from sipflow.sip.uri import Uri

NONCE_LIFE_S: Final = 300.0
"""How long a nonce is good, in seconds; a request with an older one is asked again, with `stale`."""
MAX_NONCES: Final = 10_000
"""Nonces whose counters are kept."""
MAX_CREDENTIALS: Final = 16
"""Credentials that are looked at in one request."""


class Outcome(Enum):
    """What a request's credentials are worth."""

    GRANTED = "granted"
    ABSENT = "absent"
    """None for this realm: ask."""
    STALE = "stale"
    """Right, but with a nonce that is too old or was used before: ask again, with `stale`."""
    WRONG = "wrong"
    """An unknown user, a wrong password, or a nonce that is not ours: ask again, or refuse."""
    MALFORMED = "malformed"
    """Made for another request: 400."""


class Verdict(NamedTuple):
    """An outcome, and who asked."""

    outcome: Outcome
    user: str = ""
    """The name that the credentials claim; true only where they are granted."""


class DigestServer:
    """Challenges of one realm, and the users it knows."""

    def __init__(
        self,
        realm: str,
        users: Mapping[str, str],
        *,
        secret: bytes,
        algorithms: tuple[str, ...] = ("MD5",),
        qop: tuple[str, ...] = ("auth",),
        nonce_life_s: float = NONCE_LIFE_S,
    ) -> None:
        """`users`: passwords by name. `secret` signs nonces. `algorithms`: the preferred one first (RFC 8760 §2.3), and
        MD5 alone where nobody says otherwise: baresip 1.0 gives up where SHA-256 is offered beside it, in any order;
        without `qop` the server speaks as in RFC 2069. Raises ValueError for an algorithm or qop that is not known.
        """
        unknown = [name for name in algorithms if name.lower() not in ALGORITHMS] + [q for q in qop if q not in QOPS]
        if unknown or not algorithms:
            raise ValueError(f"not known: {', '.join(unknown) or 'no algorithm at all'}")
        self.realm = realm
        self._users = users
        self._secret = secret
        self._algorithms = algorithms
        self._qop = qop
        self._nonce_life_s = nonce_life_s
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._made = 0

    def challenge(self, now: float, *, stale: bool = False, as_proxy: bool = False) -> Headers:
        """The header fields of a 401, of a proxy's 407, one for each algorithm. `now` in seconds of any clock."""
        asks, _ = ANSWERED_BY[407 if as_proxy else 401]
        nonce = self._nonce(now)
        return tuple(
            [(asks, str(Challenge(self.realm, nonce, algorithm, self._qop, stale))) for algorithm in self._algorithms]
        )

    def verify(self, request: Request, now: float, *, as_proxy: bool = False) -> Verdict:
        """What the request's credentials for our realm are worth. Any other scheme or realm counts as none (§22.4)."""
        for value in request.header_values(ANSWERED_BY[407 if as_proxy else 401][1])[:MAX_CREDENTIALS]:
            try:
                credentials = Credentials.parse(value)
            except SipParseError:
                continue
            if credentials.realm == self.realm:
                return Verdict(self._judge(credentials, request, now), credentials.username)
        return Verdict(Outcome.ABSENT)

    def _judge(self, credentials: Credentials, request: Request, now: float) -> Outcome:
        algorithm = (credentials.algorithm or "MD5").lower()
        if algorithm not in {name.lower() for name in self._algorithms} or credentials.qop not in ("", *self._qop):
            return Outcome.WRONG
        password = self._users.get(credentials.username)
        if password is None:
            return Outcome.WRONG
        proof = credentials.proof(password, request.method, request.body)
        if not hmac.compare_digest(proof, credentials.response.lower().encode("ascii", "replace").decode()):
            return Outcome.WRONG
        age_s = self._age(credentials.nonce, now)
        if age_s is None:
            return Outcome.WRONG
        if not _is_for(credentials.uri, request):
            return Outcome.MALFORMED
        if age_s > self._nonce_life_s or (credentials.qop and not self._counts_on(credentials)):
            return Outcome.STALE
        return Outcome.GRANTED

    def _counts_on(self, credentials: Credentials) -> bool:
        """Whether the counter of the nonce has grown: a request is not taken twice. Source: RFC 7616 §5.12."""
        nonce = credentials.nonce
        if credentials.nc <= self._counts.get(nonce, 0):
            return False
        self._counts[nonce] = credentials.nc
        self._counts.move_to_end(nonce)
        if len(self._counts) > MAX_NONCES:
            self._counts.popitem(last=False)
        return True

    def _nonce(self, now: float) -> str:
        self._made += 1
        stamp = f"{int(now * 1000):x}-{self._made:x}"
        return f"{stamp}-{self._sign(stamp)}"

    def _age(self, nonce: str, now: float) -> float | None:
        """How old a nonce is, in seconds; None for one that is not ours."""
        stamp, _, signature = nonce.rpartition("-")
        signed = self._sign(stamp)
        if not hmac.compare_digest(signature.encode("utf-8", "surrogateescape"), signed.encode()):
            return None
        return now - int(stamp.partition("-")[0], 16) / 1000

    def _sign(self, stamp: str) -> str:
        text = f"{self.realm}:{stamp}".encode("utf-8", "surrogateescape")
        return hmac.new(self._secret, text, sha256).hexdigest()[:32]


def _is_for(uri: str, request: Request) -> bool:
    """Whether credentials were made for this request: for its Request-URI, for its To, where a proxy has put another
    Request-URI in, or for all of its host, as SIPp writes it. Source: RFC 3261 §22.4, RFC 7616 §3.4.6.
    """
    if uri == request.uri:
        return True
    try:
        made_for = Uri.parse(uri)
        asked = Uri.parse(request.uri)
        if made_for.matches(asked):
            return True
        if not made_for.raw_user and (made_for.host.lower(), made_for.port) == (asked.host.lower(), asked.port):
            return True
        to = request.to.uri
    except SipParseError:
        return False
    return made_for._replace(params=()).matches(to._replace(params=()))
