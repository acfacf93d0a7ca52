"""REFER: whom the receiver is to call, and with what. Source: RFC 3515 §2.1, §2.4.2, RFC 3261 §19.1.1, RFC 3892."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from sipflow.base.errors import SipParseError
from sipflow.base.sayings import Saying
from sipflow.sip.address import NameAddr
from sipflow.sip.grammar import unescape
from sipflow.sip.headers import name_key
from sipflow.sip.message import Message, Request
from sipflow.sip.outgoing import Headers
from sipflow.sip.replaces import Replaces
from sipflow.sip.uri import Uri

REFER_EXPIRES_S: Final = 180
"""How long the sender of a REFER is told of the new call, which may ring for so long."""
MAX_HEADERS: Final = 16
"""Header fields that a Refer-To may ask for."""
_TAKEN: Final = {"replaces": "Replaces", "require": "Require", "subject": "Subject", "accept-contact": "Accept-Contact"}
"""What of them goes into the new INVITE. All others are ours to write, or could do harm (RFC 3261 §19.1.5)."""


@dataclass(frozen=True, slots=True)
class ReferTarget:
    """Whom to call, and the header fields that its INVITE is to carry."""

    uri: str
    """Without its headers and its method parameter."""
    headers: Headers = ()
    replaces: Replaces | None = None

    @classmethod
    def parse(cls, text: str) -> ReferTarget:
        """A value of Refer-To, with or without angle brackets.

        Raises SipParseError for one that can't be read, is no SIP URI, or asks for another method than INVITE.
        """
        text = text.strip()
        # An address without <> may hold no `?` in a header (RFC 3261 §20), and yet baresip writes it so.
        address = NameAddr.parse(text if "<" in text or "?" not in text else f"<{text}>")
        uri = address.uri
        if not uri.is_sip:
            raise SipParseError(Saying.of("only-sip-called"), text, header="Refer-To")
        if unescape(uri.param("method") or "INVITE").upper() != "INVITE":
            raise SipParseError(Saying.of("only-invite-asked"), text, header="Refer-To")
        if len(uri.headers) > MAX_HEADERS:
            raise SipParseError(Saying.of("too-many-headers", limit=MAX_HEADERS), text, header="Refer-To")
        headers = tuple(
            (_TAKEN[key], _one_line(unescape(value)))
            for name, value in uri.headers
            if (key := name_key(unescape(name))) in _TAKEN
        )
        replaces = [value for name, value in headers if name == "Replaces"]
        if len(replaces) > 1:
            raise SipParseError(Saying.of("one-dialog-replaced"), text, header="Refer-To")
        params = tuple(param for param in uri.params if param[0].lower() != "method")
        plain = str(uri._replace(params=params, headers=()))
        return cls(plain, headers, Replaces.parse(replaces[0]) if replaces else None)


def refer_target(refer: Request) -> ReferTarget:
    """Whom a REFER asks to call. Raises SipParseError unless there is one Refer-To that can be read: a 400."""
    values = refer.list_values("Refer-To")
    if len(values) != 1:
        raise SipParseError(Saying.of("one-refer-to", count=len(values)), ", ".join(values), header="Refer-To")
    return ReferTarget.parse(values[0])


def silence_of(message: Message) -> Headers:
    """The `Refer-Sub: false` of a REFER or its 2xx: no NOTIFY is wanted, or none will come. Source: RFC 4488 §4."""
    is_silent = (message.header("Refer-Sub") or "").partition(";")[0].strip().lower() == "false"
    return (("Refer-Sub", "false"),) if is_silent else ()


def refer_to(uri: str, replaces: Replaces | None = None) -> str:
    """The value of Refer-To for this URI; what is to be replaced goes into it, escaped. Source: RFC 3891 §4."""
    if replaces is None:
        return f"<{uri}>"
    plain = str(Uri.parse(uri)._replace(headers=()))
    return f"<{plain}?Replaces={quote(str(replaces), safe='')}>"


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise SipParseError(Saying.of("header-of-one-line"), repr(value), header="Refer-To")
    return value
