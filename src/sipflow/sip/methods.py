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

TARGET_REFRESHERS: Final = frozenset({"INVITE", "UPDATE", "REFER", "SUBSCRIBE", "NOTIFY"})
"""Requests whose Contact moves their sender: they must have one, and so must their 2xx, but for a NOTIFY's.

Source: RFC 3261 §12.2, §20 (table 2), RFC 3311 §5.1, §7, RFC 3515 §2, RFC 6665 §3.1, §3.2, RFC 3265 §7.1.
"""

OF_CALLS: Final = frozenset({"INVITE", "ACK", "CANCEL", "BYE", "PRACK", "UPDATE", "REFER"})
"""Requests that make, change or end a call."""


def is_of_calls(method: str, *, within_call: bool) -> bool:
    """Whether the stack itself answers a request, since it concerns a call.

    A REFER outside of any call does not: what it asks for is the scenario's to do (RFC 3515 §2).
    """
    return method in OF_CALLS and (within_call or method != "REFER")
