"""Who may register and call. Source: RFC 3261 §22, §10.3, §16.3."""

from __future__ import annotations

from collections.abc import Mapping

from sipflow.base.pbx_choices import Guarded
from sipflow.pbx.wire import Answer
from sipflow.sip.digest_server import DigestServer, Outcome
from sipflow.sip.message import Request

UNCHALLENGED = frozenset({"ACK", "CANCEL"})
"""They can't be sent again with credentials. Source: RFC 3261 §22.1."""


class Gate:
    """Lets requests pass, or says what is missing."""

    def __init__(self, guarded: Guarded, server: DigestServer, owners: Mapping[str, str]) -> None:
        """`owners`: the numbers of those whose credentials bear another name than their number."""
        self._guarded = guarded
        self._server = server
        self._owners = owners

    @property
    def realm(self) -> str:
        return self._server.realm

    def refusal(self, request: Request, user: str | None, now: float) -> Answer | None:
        """What keeps a request out: `user` is who of ours it says to come from, None a stranger. None lets it pass.

        A request within a dialog has passed when that began.
        """
        is_register = request.method == "REGISTER"
        if not self._guards(request, is_register=is_register):
            return None
        outcome, name = self._server.verify(request, now, as_proxy=not is_register)
        if outcome is Outcome.MALFORMED:
            return Answer(400, reason="Bad Request (credentials for another request)")
        if outcome is not Outcome.GRANTED:
            challenge = self._server.challenge(now, stale=outcome is Outcome.STALE, as_proxy=not is_register)
            return Answer(401 if is_register else 407, challenge)
        if user is not None and self._owners.get(name, name) != user:
            return Answer(403, reason="Forbidden (the credentials are another user's)")
        return None

    def _guards(self, request: Request, *, is_register: bool) -> bool:
        if request.method in UNCHALLENGED or request.to_tag:
            return False
        wanted = Guarded.REGISTRATIONS if is_register else Guarded.CALLS
        return self._guarded in (wanted, Guarded.EVERYTHING)
