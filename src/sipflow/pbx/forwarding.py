"""A request on its way through the proxy: the copies that its targets get, and the answers that go back.

Source: RFC 3261 §16.6, §16.7, RFC 6026 §7.
"""

from __future__ import annotations

from collections.abc import Iterable

from sipflow.base.errors import SipParseError
from sipflow.pbx.best import gathered_challenges
from sipflow.pbx.branch import Branch, Reply
from sipflow.pbx.fanout import Fanout
from sipflow.pbx.routing import Target, loop_mark, stateless_branch
from sipflow.pbx.settings import PbxSettings
from sipflow.pbx.wire import Answer, Wire, respond
from sipflow.sip.digest import Credentials
from sipflow.sip.flow import Flow
from sipflow.sip.forwarding import forwarded_request, forwarded_response
from sipflow.sip.headers import name_key
from sipflow.sip.invite_server import State as InviteState
from sipflow.sip.layer import response_way
from sipflow.sip.message import Request, Response
from sipflow.sip.outgoing import Headers, OutgoingRequest
from sipflow.sip.request_server import On as RequestOn
from sipflow.sip.transaction import ServerTransaction

DIALOG_MAKERS = frozenset({"INVITE", "SUBSCRIBE", "REFER", "NOTIFY"})
"""Where Record-Route makes sense: a route set is made of it. Source: RFC 3261 §16.6, step 4, RFC 6665 §4.3."""


class Forwarding(Fanout):
    """A request that is passed on as it is."""

    def __init__(
        self,
        wire: Wire,
        settings: PbxSettings,
        transaction: ServerTransaction,
        request: Request,
        groups: Iterable[tuple[Target, ...]],
        realm: str = "",
    ) -> None:
        """`realm` is ours: credentials for it are for nobody else."""
        super().__init__(wire, settings, transaction, request, groups)
        self._realm = realm

    def progressed(self, branch: Branch, response: Response, now: float) -> None:  # noqa: ARG002 - the seam names it
        """Passed on at once; nothing but an INVITE has provisional responses that go on. Source: RFC 4320 §4.1."""
        if self._is_invite and not self._is_done:
            self._transaction.respond(response.status, forwarded_response(response), now)

    def answered(self, branch: Branch, response: Response, now: float) -> None:  # noqa: ARG002 - the seam names it
        """Passed on at once, for an INVITE every one of them. The others are cancelled. Source: RFC 3261 §16.7."""
        if self._is_done and not self._may_answer_again():
            return
        is_first, self._is_done = not self._is_done, True
        self._transaction.respond(response.status, forwarded_response(response), now)
        if is_first:
            self._cancel_all(now)

    def _may_answer_again(self) -> bool:
        """Whether a further 2xx may still be passed on. Source: RFC 6026 §7.1."""
        return self._is_invite and self._transaction.state == InviteState.ACCEPTED

    def _finish(self, reply: Reply, now: float) -> None:
        status, response = reply
        transaction = self._transaction
        if status == 408 and not self._is_invite:
            transaction.feed(RequestOn.ABANDON, now)  # RFC 4320 §4.2: it would come too late for anybody
        elif response is None:
            respond(transaction, Answer(status), now)
        else:
            data = forwarded_response(response, gathered_challenges(response, self._replies))
            transaction.respond(status, data, now)

    def _copy(self, target: Target, flow: Flow, count: int) -> OutgoingRequest:
        """The request as this target gets it. Source: RFC 3261 §16.6."""
        request, wire, came_by = self._request, self._wire, self._transaction.flow
        vias, _ = response_way(request, request.hop, came_by)
        branch = wire.ids.branch() + loop_mark(request)
        has_limit = request.header("Max-Breadth") is not None or count > 1
        breadth = (("Max-Breadth", str(self._breadth // count)),) if has_limit else ()
        return forwarded_request(
            request,
            uri=target.uri,
            branch=branch,
            via=wire.via(flow.transport, branch),
            vias=vias,
            routes=target.routes,
            record_routes=self._record_routes(came_by, flow),
            changes=(*self._credentials_of_others(), *breadth),
            without=("proxy-authorization",) if self._realm else (),
        )

    def _credentials_of_others(self) -> Headers:
        """The credentials that go on: those for our realm have done their work. Source: RFC 3261 §22.3."""
        if not self._realm:
            return ()
        values = self._request.header_values("Proxy-Authorization")
        return tuple(("Proxy-Authorization", value) for value in values if not _is_for(value, self._realm))

    def _record_routes(self, came_by: Flow, goes_by: Flow) -> list[str]:
        """Ours: one, or one for each side where the transports differ. Source: RFC 3261 §16.6, RFC 5658 §4."""
        if not self._settings.record_route or self._request.method not in DIALOG_MAKERS:
            return []
        transports = dict.fromkeys((goes_by.transport, came_by.transport))
        return [own_route(self._wire, transport) for transport in transports]


def _is_for(value: str, realm: str) -> bool:
    try:
        return Credentials.parse(value).realm == realm
    except SipParseError:
        return False


def own_route(wire: Wire, transport: str) -> str:
    """A Route value that leads here."""
    parameter = "" if transport == "UDP" else f";transport={transport.lower()}"
    return f"<sip:{wire.local}{parameter};lr>"


def forwarded_ack(wire: Wire, ack: Request, came_by: Flow, target: Target) -> None:
    """Send an ACK to a 2xx on: it has no transaction, and its copies are the same. Source: RFC 3261 §16.6, §16.11."""
    flow = target.flow or wire.flow_to(target.next_hop, target.transport)
    vias, _ = response_way(ack, ack.hop, came_by)
    branch = stateless_branch(ack)
    copy = forwarded_request(
        ack, uri=target.uri, branch=branch, via=wire.via(flow.transport, branch), vias=vias, routes=target.routes,
        without=frozenset({name_key("Proxy-Authorization")}),
    )  # fmt: skip
    wire.transmit(bytes(copy), flow)
