"""The media of a call, as nodes use it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sipflow.base.errors import LocalProtocolError, NodeFailed, RecordingFailed
from sipflow.base.sayings import Saying, Told
from sipflow.engine.studio import Studio
from sipflow.media import MediaStream, Playback
from sipflow.media.codecs import find_kind
from sipflow.rtp import InfoDigit
from sipflow.scenario.measured import Measured
from sipflow.ua import Call
from sipflow.ua.latch import Latch
from sipflow.ua.sending import send_request

if TYPE_CHECKING:
    from sipflow.media.recorder import Recorder

RELAY_TYPE: Final = "application/dtmf-relay"


class CallMedia:
    """The `MediaHandle` of one call. See there for what each method promises."""

    def __init__(self, call_id: str, call: Call, studio: Studio, node_id: str) -> None:
        """`node_id` is the node that uses it."""
        self._call_id = call_id
        self._call = call
        self._studio = studio
        self._node_id = node_id

    async def play(self, name: str, *, repeats: bool, waits: bool) -> None:
        await self._located()
        stream = self._agreed_stream(Saying.of("to-be-played", name=name))
        done, call = Latch(), self._call

        def progress(played_ms: int) -> None:
            call.media_changed("playing", Saying.of("played-so-far", name=name, seconds=f"{played_ms / 1000:g}"))

        playback = Playback(self._studio.frames(name, repeats=repeats), done.set, progress)
        stream.play(playback)
        call.media_changed("playing", name)
        if not waits or repeats:
            return
        try:
            await done.wait()
        finally:
            playback.end()
        if not playback.is_complete:
            seconds = f"{playback.played_ms / 1000:g}"
            cut_off = Saying.of("after", what=self._why_cut_off(Saying.of("another-sound")), seconds=seconds)
            expected = Saying.of("to-be-played-to-its-end", name=name)
            raise NodeFailed(expected, playback.failure or cut_off, call_id=self._call_id)

    def record(self, name: str) -> None:
        stream = self._agreed_stream(Saying.of("to-record-into", name=name))
        path = self._studio.place(name)
        from sipflow.media.recorder import Recorder  # numpy is imported where it is needed

        call, studio, expected = self._call, self._studio, Saying.of("recording-into", name=name)
        kind = None if stream.session is None or stream.session.codec is None else find_kind(stream.session.codec.name)

        def failed(error: RecordingFailed) -> None:
            call.media_changed("recording", Saying.of("recording-failed", error=error.said))
            studio.broke(recorder, NodeFailed(expected, error.reason, call_id=self._call_id))

        def ended(recorder: Recorder) -> None:
            studio.ended(recorder)
            call.media_changed(
                "recording", Saying.of("recording-ended", name=name, seconds=f"{recorder.duration_s:.1f}")
            )

        try:
            rate = 8_000 if kind is None else kind.sample_rate_hz
            recorder = Recorder(path, call.agent.clock.now(), rate, failed, ended)
        except RecordingFailed as error:
            raise NodeFailed(Saying.of("to-record-into", name=name), error.reason, call_id=self._call_id) from error
        studio.began(recorder, self._node_id)
        stream.add_sink(recorder)
        call.media_changed("recording", name)

    def stop(self, name: str) -> None:
        from sipflow.media.recorder import Recorder

        stream = self._call.stream
        if stream is None:
            return
        if not name:
            stream.stop_playing()
        path = self._studio.place_of(name) if name else None
        found = [sink for sink in stream.incoming.sinks if isinstance(sink, Recorder) and path in (None, sink.path)]
        if name and not found:
            expected = Saying.of("recording-into", name=name)
            raise NodeFailed(expected, Saying.of("no-recording-here"), call_id=self._call_id)
        for recorder in found:
            stream.remove_sink(recorder)
            self._studio.hand_over(recorder)
            recorder.end()
        broken = next((recorder.failure for recorder in found if recorder.failure is not None), None)
        if broken is not None:
            file = name or Path(broken.path).name
            raise NodeFailed(Saying.of("recording-into", name=file), broken.reason, call_id=self._call_id)

    def measured(self, *, is_received: bool) -> Measured:
        stream = self._call.stream
        report = None if stream is None else stream.report()
        codec = None if stream is None or stream.session is None else stream.session.codec
        name = "" if codec is None else codec.name
        if stream is None or report is None:
            return Measured(0, name, None, None, None, Saying.of("no-media-agreed"))
        if is_received:
            seconds = f"{sum(source.span_s for source in stream.incoming.heard):.1f}"
            basis = Saying.of("rests-on-received", count=report.packets_received, seconds=seconds)
            known = report.packets_received > 0
            jitter = report.jitter_ms if known else None
            return Measured(report.packets_received, name, report.loss_percent, jitter, report.mos, basis)
        reports, lost, sent = stream.control.received, report.lost_there, report.packets_sent
        if lost is None:
            return Measured(sent, name, None, None, None, Saying.of("rests-on-no-report", count=sent))
        basis = Saying.of("rests-on-report", count=sent, report=reports)
        loss = 100 * lost / sent if sent else None
        return Measured(sent, name, loss, report.jitter_there_ms, report.mos_there, basis)

    def _agreed_stream(self, expected: Told) -> MediaStream:
        stream = self._call.stream
        if not self._call.is_live:
            raise NodeFailed(expected, Saying.of("call-has-ended"), call_id=self._call_id)
        if stream is None or stream.session is None or stream.session.codec is None:
            raise NodeFailed(expected, Saying.of("no-media-agreed"), call_id=self._call_id)
        if stream.failure is not None:
            raise NodeFailed(expected, Saying.of("media-failed", reason=stream.failure), call_id=self._call_id)
        return stream

    async def send_digits(self, digits: str, method: str, duration_ms: int, pause_ms: int) -> None:
        await self._located()
        refusal = self._no_events()
        if method == "info" or (method == "auto" and refusal):
            await self._relay(digits, duration_ms, pause_ms)
            return
        stream = self._call.stream
        if refusal or stream is None:
            raise NodeFailed(
                Saying.of("dtmf-as-events"), refusal or Saying.of("no-media-agreed"), call_id=self._call_id
            )
        done = Latch()
        sent = stream.send_digits(digits, duration_ms, pause_ms, done.set)
        self._call.media_changed("dtmf", Saying.of("sends-digits", digits=digits, method="rfc4733"))
        try:
            await done.wait()
        finally:
            sent.end()
        if not sent.is_complete:
            raise NodeFailed(
                Saying.of("digits-sent", digits=digits),
                self._no_events() or self._why_cut_off(Saying.of("other-digits")),
                call_id=self._call_id,
            )

    def why_no_digits(self) -> Told:
        stream = self._call.stream
        session = None if stream is None else stream.session
        if stream is None or session is None or session.codec is None:
            return Saying.of("no-media-agreed")
        return "" if session.telephone_event or stream.hears_tones else Saying.of("deaf-to-digits")

    def _no_events(self) -> Saying | None:
        """Why telephone-events can't be sent; None where they can."""
        stream = self._call.stream
        session = None if stream is None else stream.session
        if not self._call.is_live:
            return Saying.of("call-has-ended")
        if session is None or session.codec is None:
            return Saying.of("no-media-agreed")
        if session.telephone_event is None:
            return Saying.of("no-telephone-event")
        if not session.local_direction.sends:
            return Saying.of("may-not-send", direction=session.local_direction)
        if stream is not None and stream.failure is not None:
            return Saying.of("media-failed", reason=stream.failure)
        return None

    async def _located(self) -> None:
        """Return once it is known where the other side takes media."""
        stream = self._call.stream
        if stream is not None and stream.located is not None:
            await stream.located.wait()

    async def _relay(self, digits: str, duration_ms: int, pause_ms: int) -> None:
        """One INFO after another."""
        call = self._call
        for place, digit in enumerate(digits):
            expected = Saying.of("digit-by-info", digit=digit)
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
                raise NodeFailed(expected, error.said, call_id=self._call_id) from error
            call.media_changed("dtmf", Saying.of("sends-digits", digits=digit, method="info"))
            await sent.done.wait()
            response = sent.response
            if response is None or not 200 <= response.status < 300:
                got = sent.failure if response is None else f"{response.status} {response.reason}"
                raise NodeFailed(expected, got, call_id=self._call_id)

    def _why_cut_off(self, other: Saying) -> Saying:
        return Saying.of("took-their-place", other=other) if self._call.is_live else Saying.of("call-has-ended")
