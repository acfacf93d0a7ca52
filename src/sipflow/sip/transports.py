"""Which transport a URI asks for. Source: RFC 3261 §19.1.1, §26.2.2, RFC 7118 §5.2."""

from __future__ import annotations

from sipflow.base.errors import LocalProtocolError
from sipflow.base.sayings import Saying
from sipflow.sip.flow import DEFAULT_PORTS, SECURED
from sipflow.sip.uri import Uri


def transport_param(transport: str) -> str:
    """How a URI says this transport. There is one word for WebSocket, secure or not. Source: RFC 7118 §5.2."""
    word = "ws" if transport == "WSS" else transport.lower()
    return "" if transport == "UDP" else f";transport={word}"


def transport_of(uri: Uri, default: str) -> str:
    """The transport that a URI asks for, `default` where it names none. Source: RFC 3261 §26.2.2, RFC 7118 §5.2.

    URIs have no other word for WSS than `ws`, which Kamailio writes into Record-Route: to who speaks WSS it means that.
    Raises LocalProtocolError for one that is not spoken here.
    """
    named = (uri.param("transport") or "").upper()
    transport = default if named == "WS" and default == "WSS" else named or default
    if uri.scheme == "sips":
        secured = SECURED.get(transport)
        if secured is None and named:
            raise LocalProtocolError(Saying.of("not-securable", uri=str(uri), transport=named))
        return secured or "TLS"
    if uri.scheme != "sip" or transport not in DEFAULT_PORTS:
        raise LocalProtocolError(
            Saying.of("not-our-transport", uri=str(uri), transport=transport if uri.scheme == "sip" else uri.scheme)
        )
    return transport
