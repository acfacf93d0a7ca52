"""The media of a call, as nodes use it."""

from __future__ import annotations

import asyncio
from typing import Final

from sipflow.base.errors import LocalProtocolError, NodeFailed
from sipflow.media import MediaStream
from sipflow.rtp import InfoDigit
from sipflow.ua import Call
from sipflow.ua.latch import Latch
from sipflow.ua.sending import send_request

RELAY_TYPE: Final = "application/dtmf-relay"


class CallMedia:
    """The `MediaHandle` of one call. See there for what each method promises."""

    def __init__(self, call_id: str, call: Call) -> None:
        self._call_id = call_id
        self._call = call

    async def send_digits(self, digits: str, method: str, duration_ms: int, pause_ms: int) -> None:
        refusal = self._no_events()
        if method == "info" or (method == "auto" and refusal):
            await self._relay(digits, duration_ms, pause_ms)
            return
        stream = self._call.stream
        if refusal or stream is None:
            raise NodeFailed("DTMF as telephone-events (RFC 4733)", refusal, call_id=self._call_id)
        done = Latch()
        sent = stream.send_digits(digits, duration_ms, pause_ms, done.set)
        self._call.media_changed("dtmf", f"sends {digits} by rfc4733")
        try:
            await done.wait()
        finally:
            sent.end()
        if not sent.is_complete:
            raise NodeFailed(f"all of {digits} to be sent", self._why_cut_off("other digits"), call_id=self._call_id)

    def _no_events(self) -> str:
        """Why telephone-events can't be sent; empty where they can."""
        session = None if self._call.stream is None else self._call.stream.session
        if not self._call.is_live:
            return "the call has ended"
        if session is None or session.codec is None:
            return "no media is agreed on"
        if session.telephone_event is None:
            return "the other side has not agreed to telephone-event; by INFO they could be sent"
        if not session.local_direction.sends:
            return f"the stream is {session.local_direction}: nothing may be sent"
        return ""

    async def _relay(self, digits: str, duration_ms: int, pause_ms: int) -> None:
        """One INFO after another."""
        call = self._call
        for place, digit in enumerate(digits):
            expected = f"2xx to INFO with the digit {digit}"
            if place:
                await asyncio.sleep((duration_ms + pause_ms) / 1000)
            try:
                sent = send_request(
                    call.agent,
                    "INFO",
                    "",
                    (("Content-Type", RELAY_TYPE),),
                    InfoDigit(digit, duration_ms).body(RELAY_TYPE),
                    within=call,
                )
            except LocalProtocolError as error:
                raise NodeFailed(expected, str(error), call_id=self._call_id) from error
            call.media_changed("dtmf", f"sends {digit} by info")
            await sent.done.wait()
            response = sent.response
            if response is None or not 200 <= response.status < 300:
                got = sent.failure if response is None else f"{response.status} {response.reason}"
                raise NodeFailed(expected, got, call_id=self._call_id)

    def _why_cut_off(self, other: str) -> str:
        return f"{other} took their place" if self._call.is_live else "the call has ended"


def agreed_stream(call_id: str, call: Call, expected: str) -> MediaStream:
    """The stream of a call that has agreed on media. Raises NodeFailed."""
    stream = call.stream
    if not call.is_live:
        raise NodeFailed(expected, "the call has ended", call_id=call_id)
    if stream is None or stream.session is None or stream.session.codec is None:
        raise NodeFailed(expected, "no media is agreed on", call_id=call_id)
    return stream
