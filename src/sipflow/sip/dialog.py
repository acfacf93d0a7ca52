"""A dialog: the peer-to-peer relation that an INVITE and its answer create. Source: RFC 3261 §12.

One INVITE can create several, one for each To tag of its responses.
"""

from __future__ import annotations

from dataclasses import dataclass

from sipflow.sip.message import Request, Response
from sipflow.sip.outgoing import Headers, OutgoingRequest

DialogKey = tuple[str, str, str]
"""Call-ID, local tag, remote tag."""


@dataclass(slots=True)
class Dialog:
    """The state of one dialog, early or confirmed."""

    call_id: str
    local_tag: str
    remote_tag: str
    local: str
    """Our From value, tag included."""
    remote: str
    """The peer's value, tag included, as it goes into To."""
    local_cseq: int
    remote_cseq: int
    """The last CSeq number that the peer used; -1 before its first request."""
    target: str
    """The remote target: the URI of the peer's Contact."""
    routes: tuple[str, ...]
    """The route set, next hop first."""
    transport: str
    """The transport by which the dialog was set up: used where the target names none."""

    @property
    def key(self) -> DialogKey:
        return (self.call_id, self.local_tag, self.remote_tag)

    @property
    def next_hop(self) -> str:
        """The URI, bare or in angle brackets, to which requests are sent (loose routing)."""
        return self.routes[0] if self.routes else self.target

    @classmethod
    def from_response(cls, invite: OutgoingRequest, response: Response, transport: str) -> Dialog:
        """The caller's side: the route set is the Record-Route reversed. Source: RFC 3261 §12.1.2.

        Without a Contact, which a 1xx may lack, the target stays what was called.
        """
        return cls(
            invite.call_id,
            _tag(invite.from_),
            response.to_tag,
            invite.from_,
            response.fields["to"].text,
            invite.cseq,
            -1,
            response.target or invite.uri,
            tuple(response.record_route[::-1]),
            transport,
        )

    @classmethod
    def from_request(cls, invite: Request, local_tag: str, transport: str) -> Dialog:
        """The callee's side: the route set is the Record-Route as it came. Source: RFC 3261 §12.1.1."""
        return cls(
            invite.call_id,
            local_tag,
            invite.from_tag,
            f"{invite.fields['to'].text};tag={local_tag}",
            invite.fields["from"].text,
            0,
            invite.cseq,
            invite.target or str(invite.from_.uri),
            tuple(invite.record_route),
            transport,
        )

    def request(self, method: str, branch: str, via: str, headers: Headers = (), body: bytes = b"") -> OutgoingRequest:
        """A request within the dialog; every one but ACK takes the next CSeq. Source: RFC 3261 §12.2.1.1."""
        self.local_cseq += 1
        return self._request(method, self.local_cseq, branch, via, headers, body)

    def ack(self, cseq: int, branch: str, via: str, headers: Headers = (), body: bytes = b"") -> OutgoingRequest:
        """The ACK to a 2xx: a request of its own, with the INVITE's CSeq number. Source: RFC 3261 §13.2.2.4."""
        return self._request("ACK", cseq, branch, via, headers, body)

    def _request(self, method: str, cseq: int, branch: str, via: str, headers: Headers, body: bytes) -> OutgoingRequest:
        return OutgoingRequest(
            method, self.target, branch, via, self.local, self.remote, self.call_id, cseq, self.routes, headers, body
        )

    def takes(self, request: Request) -> bool:
        """Whether the request's CSeq is not lower than the last; remembers it. Source: RFC 3261 §12.2.2."""
        cseq = request.cseq
        if cseq < self.remote_cseq:
            return False
        self.remote_cseq = cseq
        return True

    def confirm(self, response: Response) -> None:
        """The 2xx of an early dialog: target and route set are computed anew. Source: RFC 3261 §13.2.2.4."""
        self.routes = tuple(reversed(response.record_route))
        self.refresh_target(response)

    def refresh_target(self, message: Request | Response) -> None:
        """A re-INVITE or its 2xx may move the peer. Source: RFC 3261 §12.2.1.2, §12.2.2."""
        self.target = message.target or self.target


def _tag(value: str) -> str:
    """The tag at the end of a From value that we wrote."""
    return value.rpartition(";tag=")[2]
