"""TRANSFERRED: wait until a call has been handed over."""

from __future__ import annotations

from sipflow.base.call_events import Transferred
from sipflow.base.sayings import Saying
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import EventParams
from sipflow.scenario.node_api import CallChange, CallSide, Event, event


class TransferredEventParams(EventParams):
    """Settings of TRANSFERRED."""


@event(
    "TRANSFERRED",
    title="Wait for a transfer",
    icon="phone-forwarded",
    group="call",
    needs=CallSide.EITHER,
    awaits=CallChange.TRANSFERS,
    face="≤ {timeout}",
)
class TransferredEvent(Event[TransferredEventParams]):
    """Wait until the other side has asked us to call somebody else (REFER), and that call is answered.

    The new call is placed by itself. Its call id is that of the old one with `-transfer` behind it.
    """

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        await ctx.wait(
            params.call_id,
            lambda event: isinstance(event, Transferred),
            params.timeout_ms / 1000,
            Saying.of("transferred"),
        )
