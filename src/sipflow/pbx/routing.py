"""Where a request goes: what it must be like, whom it is for, and the contacts it leads to.

Source: RFC 3261 §16.3 to §16.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from typing import Final, NamedTuple

from sipflow.base.errors import SipParseError
from sipflow.base.pbx_choices import Forking
from sipflow.base.sayings import Saying
from sipflow.pbx.location import Binding, Location
from sipflow.pbx.settings import PbxSettings
from sipflow.pbx.wire import Answer
from sipflow.sip.address import NameAddr
from sipflow.sip.flow import Address, Flow
from sipflow.sip.message import Request
from sipflow.sip.uri import Uri
from sipflow.sip.via import COOKIE

MAX_BREADTH: Final = 60  # RFC 5393 §5.3.3: where the request names none


class Target(NamedTuple):
    """One way to send a request on."""

    uri: str
    """The Request-URI."""
    routes: tuple[str, ...] = ()
    """Route values, next hop first."""
    flow: Flow | None = None
    """The one way there is; None: the way is found by the next hop."""
    transport: str = "UDP"  # RFC 3263 §4.1
    """Where the next hop names none: of a contact, the one by which it was registered."""

    proxy: str = ""
    """Where it is sent instead of its next hop, which another proxy knows how to reach; a URI."""

    @property
    def next_hop(self) -> str:
        return self.proxy or (self.routes[0] if self.routes else self.uri)


@dataclass(frozen=True, slots=True)
class Routed:
    """A request with its Route read. Source: RFC 3261 §16.4."""

    uri: Uri
    """Whom it is for: the Request-URI, or what a strict router has put in its place."""
    routes: tuple[str, ...]
    """The Route values that are left."""


class Router:
    """Knows which addresses are ours and where users are."""

    def __init__(self, settings: PbxSettings, location: Location) -> None:
        self._settings = settings
        self._location = location
        self.local = Address(settings.host, settings.port)
        """Where the PBX listens."""
        self.neighbours = settings.neighbours

    def is_own(self, uri: Uri) -> bool:
        """Whether a URI names this very server: its host and port."""
        return uri.is_sip and self._is_own_host(uri.host) and (uri.port or 5060) == self.local.port

    def is_responsible(self, uri: Uri) -> bool:
        """Whether a URI is in a domain of ours; where it names no port, the host decides."""
        if not uri.is_sip:
            return False
        return (
            uri.host.lower() in self._settings.domains
            or self.is_own(uri)
            or (uri.port is None and self._is_own_host(uri.host))
        )

    def _is_own_host(self, host: str) -> bool:
        own = self.local.host
        return host.lower() == own or (host.lower() == "localhost" and ip_address(own).is_loopback)

    def route(self, request: Request) -> Routed:
        """Take out of the Route what led here. Raises SipParseError."""
        uri = request.request_uri
        routes = request.route
        if routes and self.is_own(uri) and uri.param("lr") is not None:
            uri = NameAddr.parse(routes.pop()).uri  # a strict router before us: RFC 3261 §16.4
        count = 0
        while count < len(routes) and self.is_own(NameAddr.parse(routes[count]).uri):
            count += 1
        return Routed(uri, tuple(routes[count:]))

    def refusal(self, request: Request, routed: Routed) -> Answer | None:
        """What speaks against sending a request on. Source: RFC 3261 §16.3."""
        if request.max_forwards == 0:
            return Answer(483)
        if not routed.uri.is_sip:
            return Answer(416)
        loop = loop_mark(request)
        for via in request.vias:
            if via.branch.endswith(loop) and via.host == self.local.host and (via.port or 5060) == self.local.port:
                return Answer(482)
        unknown = request.list_values("Proxy-Require")
        return Answer(420, (("Unsupported", ", ".join(unknown)),)) if unknown else None

    def targets(self, routed: Routed, now: float) -> list[tuple[Target, ...]] | Answer:
        """The contacts to try, in groups: one group after the other, each at once. Source: RFC 3261 §16.5."""
        settings, uri = self._settings, routed.uri
        if routed.routes or not self.is_responsible(uri):
            neighbour = "" if routed.routes else self.neighbours.get(uri.host.lower(), "")
            return [(Target(str(uri._replace(headers=())), routed.routes, proxy=neighbour and f"sip:{neighbour}"),)]
        user = uri.user
        if not user:
            return Answer(484)
        members = settings.groups.get(user, (user,))
        bindings = [binding for member in members for binding in self._location.bindings(member, now)]
        bindings = [binding for binding in bindings if binding.contact.uri.is_sip]
        if not bindings:
            is_known = user in settings.groups or user in settings.numbers or self._location.knows(user)
            return Answer(480 if is_known else 404)
        return _grouped(bindings, settings.forking)


def loop_mark(request: Request) -> str:
    """The end of the branch that we give a request: the same where it comes again to be handled the same way.

    Of all that decides where it goes; the Via above it is left out, for it is another one in each round.
    Source: RFC 3261 §16.6, step 8; RFC 5393 §4.2.
    """
    decides = (
        request.uri,
        request.to_tag,
        request.from_tag,
        request.call_id,
        str(request.cseq),
        *request.header_values("Route"),
        *request.header_values("Proxy-Require"),
        *request.header_values("Proxy-Authorization"),
    )
    return "." + sha256("\n".join(decides).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def stateless_branch(request: Request) -> str:
    """A branch that all copies of a request share, and no other. Source: RFC 3261 §16.11."""
    hop = request.hop
    told = f"{request.branch} {hop.host} {hop.port} {request.method}"
    return f"{COOKIE}{sha256(told.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}{loop_mark(request)}"


def breadth_of(request: Request) -> int:
    """Into how many branches a request may be split. Source: RFC 5393 §5.3."""
    text = (request.header("Max-Breadth") or "").strip()
    if not text:
        return MAX_BREADTH
    if not (text.isascii() and text.isdigit()):
        raise SipParseError(Saying.of("not-a-number"), text, header="Max-Breadth")
    return min(int(text[:6]), MAX_BREADTH)


def _grouped(bindings: list[Binding], forking: Forking) -> list[tuple[Target, ...]]:
    if forking is Forking.PARALLEL:
        return [tuple(map(_target, bindings))]
    if forking is Forking.SEQUENTIAL:
        return [(_target(binding),) for binding in bindings]
    groups: dict[float, list[Target]] = {}
    for binding in sorted(bindings, key=lambda binding: -binding.q):
        groups.setdefault(binding.q, []).append(_target(binding))
    return [tuple(group) for group in groups.values()]


def _target(binding: Binding) -> Target:
    """A contact as a Request-URI, which has neither header fields nor a method. Source: RFC 3261 §19.1.1, table 1."""
    uri = binding.contact.uri
    params = tuple(param for param in uri.params if param[0].lower() != "method")
    flow = binding.flow if binding.instance and not binding.path else None
    return Target(str(uri._replace(headers=(), params=params)), binding.path, flow, binding.flow.transport)
