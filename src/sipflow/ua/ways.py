"""Where the requests of a user agent go. Source: RFC 3261 §8.1.2, §12.2.1.1."""

from __future__ import annotations

from typing import Final, NamedTuple

from sipflow.base.errors import LocalProtocolError
from sipflow.net.paths import Paths
from sipflow.sip.dialog import Dialog, route_strictly
from sipflow.sip.flow import DEFAULT_PORTS, Flow
from sipflow.sip.grammar import split_list
from sipflow.sip.headers import name_key
from sipflow.sip.outgoing import Headers
from sipflow.sip.uri import Uri
from sipflow.ua.identity import form_of, to_value
from sipflow.ua.settings import AgentSettings

MAX_WAYS: Final = 1024


class Way(NamedTuple):
    """How a request outside of any dialog is sent."""

    uri: str
    """The Request-URI."""
    routes: tuple[str, ...]
    """Route values, next hop first."""
    flow: Flow
    to: str
    """The To value, without a tag."""
    form: str
    """Which Contact belongs into it: see `form_of`."""


class Ways:
    """The ways of one user agent; those outside of dialogs are found once."""

    def __init__(self, settings: AgentSettings, paths: Paths) -> None:
        self._proxy = settings.proxy
        self._transport = settings.transport
        self._flows = paths.flows
        self._known: dict[tuple[str, tuple[str, ...]], Way] = {}

    def to(self, target: str, routes: tuple[str, ...] = ()) -> Way:
        """The way to a URI: by these routes, else by our proxy, else straight.

        Raises LocalProtocolError or SipParseError where there is none; see `Paths.to` and `to_value`.
        """
        way = self._known.get((target, routes))
        if way is None:
            if len(self._known) >= MAX_WAYS:
                self._known.clear()
            way = self._known[target, routes] = self._find(target, routes)
        return way

    def _find(self, target: str, routes: tuple[str, ...]) -> Way:
        to, uri = to_value(target), target
        if self._proxy and not routes:
            flow = self._flows[self._proxy, self._transport]
            routes = _routes_by(self._proxy, target, flow.transport)
        else:
            flow = self._flows[routes[0] if routes else target, self._transport]
            if routes:
                uri, routes = route_strictly(target, routes)
        return Way(uri, routes, flow, to, form_of(flow.transport, uri, routes[0] if routes else ""))

    def within(self, dialog: Dialog) -> Flow:
        """The flow of requests within a dialog. Raises LocalProtocolError.

        The Contact behind a WebSocket is often no address at all: what has no route goes by the connection that is
        there. Source: RFC 7118 Appendix B.1.
        """
        flow, routes = dialog.flow, dialog.routes
        if not routes and flow.transport in ("WS", "WSS"):
            return flow
        return self._flows[routes[0] if routes else dialog.target, flow.transport]

    def to_end(self, dialog: Dialog) -> Flow:
        """The flow of a BYE: that by which the dialog was set up, where the peer has named a place out of reach."""
        try:
            return self.within(dialog)
        except LocalProtocolError:
            return dialog.flow


def routes_of(headers: Headers) -> tuple[str, ...]:
    """The values of the Route header fields among these."""
    return tuple([route for name, value in headers if name_key(name) == "route" for route in split_list(value)])


def _routes_by(proxy: str, target: str, transport: str) -> tuple[str, ...]:
    """The Route that takes a request by a proxy; none where the target is the proxy's own. Source: RFC 3261 §8.1.2."""
    ours, theirs, usual = Uri.parse(proxy), Uri.parse(target), DEFAULT_PORTS[transport]
    if (ours.host.lower(), ours.port or usual) == (theirs.host.lower(), theirs.port or usual):
        return ()
    return (f"<{ours._replace(params=(*ours.params, ('lr', '')))}>",)
