"""SendRequest: send any request that makes no call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sipflow.base.errors import NodeFailed
from sipflow.base.sayings import Saying
from sipflow.scenario.checks import HeaderChecks, judge
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import (
    CallIdField,
    CallParams,
    ExtraHeaders,
    Kind,
    Lines,
    MethodField,
    StatusPattern,
    TargetField,
    Text,
    WaitMs,
)
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import CallSide, Command, Surroundings, command
from sipflow.scenario.shown_when import shown_unless, shown_when
from sipflow.scenario.status_pattern import matches_status
from sipflow.sip.headers import name_key

OF_THE_STACK = {
    "INVITE": "MakeCall",
    "ACK": "Answer",
    "CANCEL": "Release",
    "BYE": "Release",
    "PRACK": "MakeCall",
    "REGISTER": "Register",
}
"""Requests that belong to a command of their own."""


DUE = {"SUBSCRIBE": "Event", "NOTIFY": "Event", "PUBLISH": "Event", "REFER": "Refer-To"}
"""The header field without which a request means nothing. Source: RFC 6665 §8.2.1, RFC 3903 §4, RFC 3515 §2.1."""
SDP = "application/sdp"


class SendRequestParams(CallParams):
    """Settings of SendRequest."""

    method: Annotated[MethodField, Field(min_length=1)]
    """The request to send: OPTIONS, MESSAGE, INFO, SUBSCRIBE, NOTIFY, PUBLISH or any other, known or not."""
    call_id: CallIdField = ""
    """The call within which it goes; empty sends it outside of any call."""
    target_uri: Annotated[TargetField, Field(title="Target URI"), shown_when("callId", "")] = ""
    """Whom to send it: a SIP URI, or the directory number of another instance. Within a call it is the other side."""
    headers: ExtraHeaders = ()
    """Further header fields."""
    content_type: Annotated[Text, Kind.TEXT, shown_unless("body", "")] = "text/plain"
    """What the body is."""
    body: Lines = ""
    """The body; line breaks are sent as CRLF. A session description goes out as it stands. That of an UPDATE is our
    offer: the media of the call follow it once it is answered. Any other leaves them as they are."""
    expect_status: StatusPattern = ""
    """The final response that is success: `200`, `4xx`, several with commas; empty takes any 2xx."""
    timeout_ms: WaitMs = 32_000
    """How long to wait for the final response, in milliseconds."""
    checks: HeaderChecks = ()
    """What the response must have, and what of it goes into variables; the node fails where it does not fit."""


@command(
    "SendRequest",
    title="Send a request",
    icon="send",
    group="message",
    needs=CallSide.EITHER,
    face="{method}[ → {targetUri}]",
)
class SendRequest(Command[SendRequestParams]):
    """Send a request and wait for its final response.

    A SUBSCRIBE to whom and what is subscribed already prolongs that subscription, or ends it with `Expires: 0`; a
    NOTIFY goes to the latest subscriber of its Event, within the subscription, and has a Subscription-State of its own.
    Within a call both belong to a subscription in the call's dialog, which outlives the call.
    """

    def check(self, around: Surroundings) -> Iterator[Problem]:
        params = self.params
        if params.method in OF_THE_STACK:
            yield Problem.error("method", "method-of-another", method=params.method, other=OF_THE_STACK[params.method])
        elif not params.call_id and not params.target_uri and params.method != "NOTIFY":
            yield Problem.error("targetUri", "missing")
        due = DUE.get(params.method, "")
        if due and "headers" not in around.unsettled and name_key(due) not in map(name_key, dict(params.headers)):
            yield Problem.warning("headers", "header-due", method=params.method, header=due)
        describes = params.body and params.content_type.partition(";")[0].strip().lower() == SDP
        if describes and params.call_id and params.method != "UPDATE":
            yield Problem.warning("body", "description-without-effect", method=params.method)

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        wanted = params.expect_status or "2xx"
        expected = Saying.of("status-to", status=wanted, method=params.method)
        body = params.body.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "replace")
        headers = params.headers
        if body:
            headers = (*headers, ("Content-Type", params.content_type))
        response = await ctx.send_request(
            params.method, params.target_uri, headers, body, params.call_id, params.timeout_ms / 1000
        )
        if not matches_status(wanted, response.status):
            got = f"{response.status} {response.reason}".strip()
            raise NodeFailed(expected, got, call_id=params.call_id or None)
        judge(params.checks, response.message, ctx, params.call_id)
