"""What documents may say and this version cannot do yet: an error, so that no run pretends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple


class _NotYet(NamedTuple):
    node_type: str
    field: str
    is_used: Callable[[Any], bool]
    what: str


_ENCRYPTED_URI: Final = re.compile(r"sips:|[^?]*;transport=(?!udp|tcp)", re.IGNORECASE)

_TABLE: Final = (
    _NotYet("sipInstance", "pbxHost", bool, "a PBX is not supported yet: leave pbxHost empty"),
    _NotYet(
        "sipInstance",
        "pbxTransport",
        lambda value: str(value).upper() in ("TLS", "WS", "WSS"),
        "this transport is not supported yet: use UDP or TCP",
    ),
    _NotYet("sipInstance", "srtp", lambda value: value not in ("", "off"), "SRTP is not supported yet: use off"),
    _NotYet(
        "sipInstance",
        "codecs",
        lambda value: isinstance(value, list) and any(str(name).lower() in ("g722", "opus") for name in value),
        "G722 and opus are not supported yet: use PCMU and PCMA",
    ),
    _NotYet(
        "sipInstance", "sessionTimer", lambda value: value not in (0, "", "off"), "session timers are not supported yet"
    ),
    _NotYet(
        "MakeCall",
        "targetUri",
        lambda value: _ENCRYPTED_URI.match(str(value)) is not None,
        "this transport is not supported yet: use a sip: address with UDP or TCP",
    ),
    _NotYet(
        "Response", "request", bool, "answering other requests than INVITE is not supported yet: leave request empty"
    ),
)


def unsupported_fields(node_type: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields of a node that ask for more than this version can do, each with a message."""
    for entry in _TABLE:
        value = data.get(entry.field)
        if entry.node_type == node_type and value is not None and entry.is_used(value):
            yield entry.field, entry.what
