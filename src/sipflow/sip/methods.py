"""The request methods that are known by name."""

from __future__ import annotations

from typing import Final

KNOWN_METHODS: Final = (
    *("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER"),  # RFC 3261
    "PRACK",  # RFC 3262
    "UPDATE",  # RFC 3311
    "MESSAGE",  # RFC 3428
    "REFER",  # RFC 3515
    "PUBLISH",  # RFC 3903
    "INFO",  # RFC 6086
    *("SUBSCRIBE", "NOTIFY"),  # RFC 6665
)
"""A request of any other method gets 501, one of these that a user agent does not serve gets 405."""
