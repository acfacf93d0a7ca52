"""NOTIFY: wait to be told of what was subscribed to, such as what becomes of a transfer."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sipflow.base.call_events import CallEvent, Notified
from sipflow.base.sayings import Saying
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import EventParams, Kind, Text
from sipflow.scenario.node_api import CallSide, Event, event


class NotifyEventParams(EventParams):
    """Settings of NOTIFY."""

    status_code: Annotated[int | None, Field(ge=100, le=699), Kind.INTEGER] = None
    """The status of the new call that must be told; empty for any."""
    event_package: Annotated[Text, Kind.TEXT] = ""
    """The event package that is told of, such as `refer`; empty for any."""
    outside: Annotated[bool, Kind.BOOLEAN] = False
    """Whether it belongs to no call: a SUBSCRIBE or REFER that SendRequest has sent outside of calls began what is told
    of. The call id counts for nothing then."""


@event(
    "NOTIFY",
    title="Wait to be notified",
    icon="bell",
    group="call",
    needs=CallSide.EITHER,
    needs_unless="outside",
    face="[{statusCode} ]≤ {timeout}",
)
class NotifyEvent(Event[NotifyEventParams]):
    """Wait until the other side tells of a transfer that we have asked for (NOTIFY with a status).

    Or of what SendRequest has subscribed to, within this call or outside; any other NOTIFY is for REQUEST to take.
    """

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        status = params.status_code
        expected = Saying.of("notified-of", status=status) if status else Saying.of("notified")
        if params.outside:
            await ctx.wait_message("", self._matches, params.timeout_ms / 1000, expected)
        else:
            await ctx.wait(params.call_id, self._matches, params.timeout_ms / 1000, expected)

    def _matches(self, event: CallEvent) -> bool:
        params = self.params
        return (
            isinstance(event, Notified)
            and params.status_code in (None, event.status)
            and params.event_package.lower() in ("", event.package)
        )
