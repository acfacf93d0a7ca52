"""How a user agent proves who it is, and how it asks others to."""

from __future__ import annotations

from dataclasses import dataclass

from sipflow.base.ids import Ids
from sipflow.base.sayings import Saying
from sipflow.sip.digest import ANSWERED_BY
from sipflow.sip.digest_client import DigestClient, Trust
from sipflow.sip.digest_server import DigestServer, Outcome
from sipflow.sip.message import Request
from sipflow.sip.outgoing import reason_phrase
from sipflow.sip.retry import Refused, Retry
from sipflow.sip.uas import Refusal
from sipflow.ua.settings import AgentSettings


def digest_client(settings: AgentSettings, ids: Ids) -> DigestClient | None:
    """What answers the challenges of a user agent; None where it has no password."""
    given = settings.credentials
    if not given.password:
        return None
    home = {f"sip:{settings.domain}", settings.proxy or f"sip:{settings.domain}"} if settings.domain else set()
    trust = Trust(realms=given.realms, byes=given.answers_byes, home=frozenset(home))
    return DigestClient(given.user or settings.user, given.password, trust, ids.call_id)


def answer_challenge(digest: DigestClient | None, refused: Refused) -> Retry | None:
    """The request with credentials, where it was refused for the lack of them and they can be given."""
    if digest is not None:
        return digest.retry(refused)
    if refused.response.status in ANSWERED_BY:
        refused.why = Saying.of("no-password-set")
    return None


@dataclass(frozen=True, slots=True)
class Gate:
    """Which requests a user agent takes from known users alone. Source: RFC 3261 §8.2, §22.2.

    ACK and CANCEL never come by here: they can't be sent again (§22.1).
    """

    server: DigestServer
    methods: frozenset[str] = frozenset()
    """Empty: every method."""
    within_dialogs: bool = False
    """Whether requests within a dialog are asked too."""

    def refuse(self, request: Request, now: float) -> Refusal | None:
        """The challenge to a request that lacks good credentials, or its refusal; None lets it in."""
        if self.methods and request.method not in self.methods:
            return None
        if request.to_tag and not self.within_dialogs:
            return None
        outcome = self.server.verify(request, now).outcome
        if outcome is Outcome.GRANTED:
            return None
        if outcome is Outcome.MALFORMED:
            return Refusal(400, reason=f"{reason_phrase(400)} (credentials for another request)")
        return Refusal(401, self.server.challenge(now, stale=outcome is Outcome.STALE))
