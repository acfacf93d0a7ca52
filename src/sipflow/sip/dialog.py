"""A dialog: the peer-to-peer relation that an INVITE and its answer create. Source: RFC 3261 §12.

One INVITE can create several, one for each To tag of its responses.
"""

from __future__ import annotations

from dataclasses import dataclass

from sipflow.base.errors import SipParseError
from sipflow.sip.address import NameAddr
from sipflow.sip.flow import Flow
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
    flow: Flow
    """By which the dialog was set up: its transport is used where the target names none."""

    @property
    def key(self) -> DialogKey:
        return (self.call_id, self.local_tag, self.remote_tag)

    @property
    def transport(self) -> str:
        """The transport by which the dialog was set up."""
        return self.flow.transport

    @property
    def next_hop(self) -> str:
        """The URI, bare or in angle brackets, to which requests are sent."""
        return self.routes[0] if self.routes else self.target

    @classmethod
    def from_response(cls, invite: OutgoingRequest, response: Response, flow: Flow) -> Dialog:
        """The caller's side: the route set is the Record-Route reversed. Source: RFC 3261 §12.1.2.

        Without a Contact, which a 1xx may lack, or with one that can't be read, the target stays what was called.
        """
        return cls(
            invite.call_id,
            _tag(invite.from_),
            response.to_tag,
            invite.from_,
            response.to_text,
            invite.cseq,
            -1,
            target_of(response) or invite.uri,
            tuple(response.record_route[::-1]),
            flow,
        )

    @classmethod
    def from_request(cls, invite: Request, local_tag: str, flow: Flow) -> Dialog:
        """The callee's side: the route set is the Record-Route as it came. Source: RFC 3261 §12.1.1."""
        return cls(
            invite.call_id,
            local_tag,
            invite.from_tag,
            f"{invite.to_text};tag={local_tag}",
            invite.from_text,
            0,
            invite.cseq,
            invite.target or str(invite.from_.uri),
            tuple(invite.record_route),
            flow,
        )

    def request(self, method: str, branch: str, via: str, headers: Headers = (), body: bytes = b"") -> OutgoingRequest:
        """A request within the dialog; every one but ACK takes the next CSeq. Source: RFC 3261 §12.2.1.1."""
        self.local_cseq += 1
        uri, routes = self.target, self.routes
        if routes:
            uri, routes = route_strictly(uri, routes)
        return OutgoingRequest(
            method,
            uri,
            branch,
            via,
            self.local,
            self.remote,
            self.call_id,
            self.local_cseq,
            routes,
            headers,
            body,
            self,
        )

    def next_cseq(self) -> int:
        """The CSeq number of the next request, which takes it. Source: RFC 3261 §12.2.1.1."""
        self.local_cseq += 1
        return self.local_cseq

    def ack(self, cseq: int, branch: str, via: str, headers: Headers = (), body: bytes = b"") -> OutgoingRequest:
        """The ACK to a 2xx: a request of its own, with the INVITE's CSeq number. Source: RFC 3261 §13.2.2.4."""
        uri, routes = self.target, self.routes
        if routes:
            uri, routes = route_strictly(uri, routes)
        return OutgoingRequest(
            "ACK", uri, branch, via, self.local, self.remote, self.call_id, cseq, routes, headers, body
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
        self.target = target_of(message) or self.target


def route_strictly(target: str, routes: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Request-URI and Route values for a route set, which changes them where its first hop is a strict router.

    A loose router says so by `lr`, whatever its value. Source: RFC 3261 §12.2.1.1, §16.12.1.2.
    """
    first = NameAddr.parse(routes[0]).uri
    if first.param("lr") is not None:
        return target, routes
    allowed = tuple([param for param in first.params if param[0].lower() != "method"])
    return str(first._replace(params=allowed, headers=())), (*routes[1:], f"<{target}>")


def target_of(message: Request | Response) -> str:
    """The URI of the first Contact; empty where there is none or it can't be read."""
    try:
        return message.target
    except SipParseError:
        return ""


def _tag(value: str) -> str:
    """The tag at the end of a From value that we wrote."""
    return value.rpartition(";tag=")[2]
