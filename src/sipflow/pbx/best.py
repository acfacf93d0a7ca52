"""Which of several final responses the caller gets. Source: RFC 3261 §16.7, steps 6 and 7."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sipflow.pbx.branch import Reply
from sipflow.sip.message import Response
from sipflow.sip.outgoing import Headers

PREFERRED: Final = (401, 407, 415, 420, 484)
"""They tell the caller how to try again."""
CHALLENGES: Final = {401: "WWW-Authenticate", 407: "Proxy-Authenticate"}


def best_reply(replies: Sequence[Reply]) -> Reply:
    """A 6xx before all others, else the lowest class; in 4xx what helps the caller, and a real response before ours.

    A 503 says that this server is overloaded, which it is not: it goes on as a 500.
    """
    declined = [reply for reply in replies if reply.status >= 600]
    best = min(declined or replies, key=_rank)
    return Reply(500) if best.status == 503 else best


def _rank(reply: Reply) -> tuple[int, int, bool, bool]:
    status = reply.status
    place = PREFERRED.index(status) if status in PREFERRED else len(PREFERRED)
    return (status // 100, place, status == 503, reply.response is None)


def gathered_challenges(chosen: Response, replies: Sequence[Reply]) -> Headers:
    """The challenges of all other branches, which go with the one that is chosen. Source: RFC 3261 §16.7, step 7."""
    if chosen.status not in CHALLENGES:
        return ()
    return tuple(
        (name, value)
        for _, response in replies
        if response is not None and response is not chosen and response.status in CHALLENGES
        for name in CHALLENGES.values()
        for value in response.header_values(name)
    )
