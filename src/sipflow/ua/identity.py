"""What a user agent writes of itself into its messages. It is the same in all of them, so it is made once."""

from __future__ import annotations

from typing import Final

from sipflow.base.errors import LocalProtocolError
from sipflow.base.sayings import Saying
from sipflow.sip.dialog import Dialog
from sipflow.sip.flow import DEFAULT_PORTS, Address, Flow
from sipflow.sip.headers import name_key
from sipflow.sip.message import Request
from sipflow.sip.outgoing import Headers
from sipflow.sip.shapes import by_shape
from sipflow.sip.transports import transport_param
from sipflow.sip.uas import ACCEPT, ALLOW, SDP_TYPE
from sipflow.sip.uri import Uri
from sipflow.ua.settings import AgentSettings

SECURED_FORM: Final = "SIPS by "
_CAPABILITIES: Final = (ALLOW, ACCEPT, ("Accept-Encoding", "identity"), ("Accept-Language", "en"))


class Identity:
    """Names and header fields of one user agent. Contacts differ by transport and scheme: see `form_of`."""

    __slots__ = (
        "address", "address_of_record", "capabilities", "contacts", "from_", "in_invite", "in_response", "product",
        "vias",
    )  # fmt: skip

    def __init__(self, settings: AgentSettings, local: Address) -> None:
        """`local` is where it listens."""
        user = _escaped(settings.user)
        self.address = f"sip:{user}@{local}"
        """Where it is reached: the URI in Contact, by UDP."""
        self.address_of_record = f"sip:{user}@{settings.domain or local}"
        """By what name it is known: the URI in From."""
        name = f'"{_quoted(settings.display_name)}" ' if settings.display_name else ""
        self.from_ = f"{name}<{self.address_of_record}>"
        """The From value without its tag."""
        supported = ("Supported", settings.extensions)
        self.capabilities: Headers = (*_CAPABILITIES, supported)
        """What it can do. Source: RFC 3261 §11.2."""
        self.product: Headers = (("User-Agent", settings.product),)
        """What every request says."""
        wishes = (*settings.invite_extensions, *self.product)
        forms = {by: self.contact(by) for by in DEFAULT_PORTS}
        forms |= {SECURED_FORM + by: self._secured_contact(by) for by in DEFAULT_PORTS}
        self.contacts = {form: ("Contact", f"<{uri}>") for form, uri in forms.items()}
        """The Contact header field."""
        contacts = self.contacts.items()
        self.in_response: dict[str, Headers] = {by: (contact, ALLOW, supported) for by, contact in contacts}
        """What a response that creates a dialog says. Source: RFC 3261 §12.1.1."""
        self.in_invite: dict[str, Headers] = {by: (contact, ALLOW, *wishes, SDP_TYPE) for by, contact in contacts}
        """What an INVITE with an offer says."""
        self.vias = {by: f"SIP/2.0/{by} {local};rport;branch=" for by in DEFAULT_PORTS}
        """The Via value, up to its branch. Source: RFC 3261 §8.1.1.7, RFC 3581 §3."""

    def contact(self, transport: str) -> str:
        """Where it is reached by a transport. Source: RFC 3261 §19.1.1."""
        return self.address + transport_param(transport)

    def _secured_contact(self, transport: str) -> str:
        """The same as a SIPS URI, which means TLS by itself. Source: RFC 3261 §26.2.2."""
        uri = f"sips{self.address.removeprefix('sip')}"
        return f"{uri};transport=ws" if transport in ("WS", "WSS") else uri

    def dialog_headers(self, request: Request, flow: Flow) -> Headers:
        """What a response that creates a dialog carries. Source: RFC 3261 §12.1.1."""
        transport, routes = flow.transport, request.record_route
        own = self.in_response[SECURED_FORM + transport if _secures(request) else transport]
        return (*(("Record-Route", value) for value in routes), *own) if routes else own

    def headers_by(self, transport: str, headers: Headers) -> Headers:
        """The header fields with our Contact as it is for this transport."""
        by = {field: transport for form, field in self.contacts.items() if not form.startswith(SECURED_FORM)}
        by |= {field: SECURED_FORM + transport for field in self.contacts.values() if field not in by}
        return tuple([self.contacts[by[field]] if field in by else field for field in headers])


def form_of(transport: str, uri: str, next_hop: str = "") -> str:
    """Which Contact belongs into a message by a transport: the SIPS one where the URI or the next hop is SIPS.

    Source: RFC 3261 §8.1.1.8, §12.1.1.
    """
    return SECURED_FORM + transport if _is_secured(uri, next_hop) else transport


def _is_secured(uri: str, next_hop: str) -> bool:
    return uri[:5].lower() == "sips:" or next_hop.rpartition("<")[2][:5].lower() == "sips:"


@by_shape
def _secures(request: Request) -> bool:
    """Whether the dialog that a request creates has a SIPS Contact at our end. Source: RFC 3261 §12.1.1."""
    routes = request.record_route
    return _is_secured(request.uri, routes[0] if routes else request.target)


def form_within(dialog: Dialog, transport: str) -> str:
    """Likewise of a request within a dialog, by this transport. Source: RFC 3261 §12.2.1.1."""
    return form_of(transport, dialog.target, dialog.routes[0] if dialog.routes else "")


def to_value(target: str) -> str:
    """The To value of a request to this URI. Raises SipParseError or LocalProtocolError."""
    uri = Uri.parse(target)
    if not uri.is_sip or uri.headers:
        raise LocalProtocolError(Saying.of("not-a-target", target=target))
    return f"<{uri._replace(params=())}>"  # RFC 3261 §19.1.1, table 1: no transport in To


def with_defaults(headers: Headers, defaults: Headers) -> Headers:
    """The caller's header fields but Route, which has its own place, then those defaults that they do not replace."""
    given = {name_key(name) for name, _ in headers}
    kept = (field for field in headers if name_key(field[0]) != "route")
    return (*kept, *(field for field in defaults if name_key(field[0]) not in given))


def _escaped(user: str) -> str:
    """A user part with what it may not hold written as %hh. Source: RFC 3261 §19.1.2."""
    plain = "-_.!~*'()&=+$,;?/"
    return "".join(
        c if c.isascii() and (c.isalnum() or c in plain) else "".join(f"%{b:02X}" for b in c.encode("utf-8", "replace"))
        for c in user
    )


def _quoted(text: str) -> str:
    """The inside of a quoted string. Source: RFC 3261 §25.1."""
    kept = "".join(c for c in text if c.isprintable())
    return kept.replace("\\", "\\\\").replace('"', '\\"')
