"""Every error SIPFLOW raises on purpose.

SipflowError
├── LocalProtocolError          we asked a machine for something its state forbids; nothing changed
├── RemoteProtocolError         the peer broke its protocol
│   ├── SipParseError           bytes that are no SIP message, or a header value that is none
│   │   └── FramingError        a stream that can't be cut into messages any further
│   ├── WebSocketFailed         a WebSocket that was refused, closed or broken
│   ├── RtpError                bytes that are no RTP or RTCP packet, or a payload that tells no digit
│   ├── PayloadUnreadable       an RTP payload that its codec can't have made
│   └── SdpError                a body that is no session description
│       ├── NoCommonMedia       a good offer that shares nothing with us (488, Warning 305)
│       └── BadAnswer           an answer that does not fit our offer
├── AddressUnavailable          a port in use, or an address this machine does not have
├── RegistrationFailed          a registrar that refused or could not be reached
├── InstanceNotRegistered       names the instance that could not register at the start of a run
├── NameUnknown                 a host or domain that has no address
├── TlsUnusable                 certificates or keys that can't be read or used
├── NodeFailed                  a node saw something else than it expected
├── ScenarioError               a scenario that can't be loaded, started or stopped
│   ├── ScenarioNotFound
│   ├── ProjectNotFound
│   ├── ScenarioConflict        a name that is taken, or a save over a newer version
│   ├── DraftConflict           a draft that somebody else has written or dropped meanwhile
│   ├── ScenarioInvalid         carries every finding
│   ├── DocumentTooLarge        longer than a document may be
│   ├── StorageFailed           the database does not do what it is asked for
│   ├── TemplateError           a `{{ … }}` that can't be read or has no value
│   ├── ScenarioAlreadyRunning
│   └── NoRunningScenario
├── RunNotFound                 no run of this id has been kept
├── RunUnderWay                 what can't be done before a run has ended
├── CodecUnavailable            a codec that needs something that is not installed
├── PathRefused                 a path that a scenario names and may not use
├── AudioError                  audio that can't be taken, found or kept
│   ├── AudioRefused            a file that is too large, too long, or no audio
│   ├── AudioNotFound
│   ├── SoundUnknown            no built-in sound has this name
│   └── RecordingFailed         the disk is full, or the folder has gone
└── InstanceStartFailed         names the instance whose user agent could not be made

Errors carry data; `said` says what happened, where, and what was expected, in every language; the text of the exception
is that in English.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sipflow.base.sayings import Saying, Told, status_and_reason
from sipflow.base.system_errors import IN_USE


class SipflowError(Exception):
    """Root of all errors that SIPFLOW raises on purpose."""

    def __init__(self, said: Told) -> None:
        super().__init__(said)
        self.said = said
        """What happened, for people; put into words when somebody reads it, for hostile bytes make many of these."""

    def __str__(self) -> str:
        return str(self.said)


class LocalProtocolError(SipflowError):
    """We asked a machine for something that its state forbids. Nothing has changed."""


class RemoteProtocolError(SipflowError):
    """The peer broke its protocol."""


class SipParseError(RemoteProtocolError):
    """Bytes that are no SIP message, or a header value that does not follow its grammar."""

    def __init__(self, what: Told, text: str, *, header: str = "", status: int = 400) -> None:
        shown = text if len(text) <= 80 else text[:77] + "..."
        said = Saying.of("unparsable", what=what, text=shown)
        super().__init__(Saying.of("finding-at", place=header, fault=said) if header else said)
        self.what = what
        """What was expected, in a few words."""
        self.text = text
        """The offending text, whole."""
        self.header = header
        """Name of the header field, empty when the start line or framing is at fault."""
        self.status = status
        """The response code that a request with this fault deserves."""


class FramingError(SipParseError):
    """A stream of which nobody can tell where the next message begins. Source: RFC 3261 §18.3."""

    def __init__(self, what: Told, data: bytes, frames: Sequence[bytes], *, status: int = 400) -> None:
        super().__init__(what, data[:80].decode("utf-8", "backslashreplace"), status=status)
        self.data = data
        """The head of the message at fault, as far as it came, so that a request can be answered with `status`."""
        self.frames = tuple(frames)
        """What came whole before it, together with it, and has not been handed out yet."""


class WebSocketFailed(RemoteProtocolError):
    """A WebSocket that was refused, closed or broken by the peer: nothing more can be sent or read."""

    def __init__(self, reason: Told, messages: Sequence[bytes] = (), *, is_orderly: bool = False) -> None:
        super().__init__(Saying.of("finding-at", place="WebSocket", fault=reason))
        self.is_orderly = is_orderly
        """Whether the peer has just closed it, which is no failure."""
        self.messages = tuple(messages)
        """What came whole before it, and has not been handed out yet."""


class RtpError(RemoteProtocolError):
    """Bytes that are no RTP or RTCP packet, or a payload or body that should tell a digit and does not."""

    def __init__(self, what: str, data: bytes = b"") -> None:
        super().__init__(f"{what}: {data[:20].hex(' ')}{' …' if len(data) > 20 else ''}" if data else what)
        self.what = what
        """What was expected, or what is wrong, in a few words."""


class PayloadUnreadable(RemoteProtocolError):
    """The payload of an RTP packet that its codec can't have made; what came before and comes after is not touched."""

    def __init__(self, codec: str, size_bytes: int, reason: Told) -> None:
        super().__init__(Saying.of("payload-unreadable", codec=codec, size=size_bytes, reason=reason))
        self.codec = codec
        self.size_bytes = size_bytes


class SdpError(RemoteProtocolError):
    """A body that is no session description. Source: RFC 8866 §5."""

    def __init__(self, what: Told, line: str = "") -> None:
        line = line.partition("inline:")[0]  # RFC 4568 §6.1: a key in the clear would follow
        super().__init__(Saying.of("unparsable", what=what, text=line[:80]) if line else what)
        self.what = what
        self.line = line
        """The offending line, where there is one."""


class NoCommonMedia(SdpError):
    """A good offer that shares no codec or no stream with us. Source: RFC 3264 §6."""


class BadAnswer(SdpError):
    """An answer that does not fit the offer it answers. Source: RFC 3264 §6."""


class AddressUnavailable(SipflowError):
    """A port that is in use, or an address that this machine does not have."""

    def __init__(self, host: str, port: int, transport: str, reason: Told) -> None:
        super().__init__(Saying.of("cannot-listen", address=f"{host}:{port}", transport=transport, reason=reason))
        self.host = host
        self.port = port
        self.transport = transport
        self.reason = reason

    @property
    def is_in_use(self) -> bool:
        """Whether another port of this host may be free."""
        return self.reason == IN_USE


class RegistrationFailed(SipflowError):
    """A REGISTER that was not granted."""

    def __init__(self, registrar: str, status: int, reason: Told, retry_after_s: int = 0) -> None:
        got = status_and_reason(status, reason)
        expected = Saying.of("registered-by", registrar=registrar)
        super().__init__(Saying.of("failed", expected=expected, came=got))
        self.registrar = registrar
        self.status = status
        """0 where nothing was sent."""
        self.got = got
        self.retry_after_s = retry_after_s
        """When to try again at the earliest, if the registrar said so."""


class InstanceNotRegistered(SipflowError):
    """An instance that registers at the start could not: the run is over."""

    def __init__(self, instance_id: str, label: str, error: RegistrationFailed) -> None:
        super().__init__(Saying.of("not-registered", label=label, error=error.said))
        self.instance_id = instance_id


class NameUnknown(SipflowError):
    """A host or domain that has no address, as far as can be found out."""

    def __init__(self, host: str, reason: Told) -> None:
        super().__init__(Saying.of("finding-at", place=host, fault=reason))
        self.host = host
        self.reason = reason


class TlsUnusable(SipflowError):
    """Certificates or a key that can't be read, or do not belong together."""

    def __init__(self, file: str, reason: Told) -> None:
        super().__init__(Saying.of("tls-unusable", file=file, reason=reason))
        self.file = file
        self.reason = reason


class NodeFailed(SipflowError):
    """A node saw something else than it expected; the engine chooses the branch."""

    def __init__(self, expected: Told, got: Told, *, call_id: str | None = None) -> None:
        super().__init__(
            Saying.of("failed-on-call", expected=expected, came=got, call=call_id)
            if call_id
            else Saying.of("failed", expected=expected, came=got)
        )
        self.expected = expected
        self.got = got
        self.call_id = call_id


class ScenarioError(SipflowError):
    """A scenario that can't be loaded, saved, started or stopped."""


class ScenarioNotFound(ScenarioError):
    """No scenario has this id."""

    def __init__(self, scenario_id: str) -> None:
        super().__init__(Saying.of("no-scenario", id=scenario_id))
        self.scenario_id = scenario_id


class ProjectNotFound(ScenarioError):
    """No project has this id."""

    def __init__(self, project_id: str) -> None:
        super().__init__(Saying.of("no-project", id=project_id))
        self.project_id = project_id


class ScenarioConflict(ScenarioError):
    """A name that is taken already, or a save over a version that somebody else has saved since."""


class DraftConflict(ScenarioError):
    """The draft is not the one that the writer has seen last; nothing has changed."""

    def __init__(self, scenario_id: str, current: object) -> None:
        super().__init__(Saying.of("draft-changed"))
        self.scenario_id = scenario_id
        self.current = current
        """The `Draft` there is now, or None."""


class Found(Protocol):
    """Something that is wrong with a document."""

    @property
    def said(self) -> Told:
        """Where and what."""


class ScenarioInvalid(ScenarioError):
    """The document has errors; `findings` holds all of them, warnings included."""

    def __init__(self, scenario_id: str, findings: Sequence[Found]) -> None:
        first = next((finding.said for finding in findings), "")
        super().__init__(
            Saying.of("scenario-invalid-and-more", id=scenario_id, first=first, count=len(findings) - 1)
            if len(findings) > 1
            else Saying.of("scenario-invalid", id=scenario_id, first=first)
        )
        self.scenario_id = scenario_id
        self.findings = tuple(findings)
        """`sipflow.scenario.Finding` objects, errors first."""


class DocumentTooLarge(ScenarioError):
    """The document is longer than is allowed."""


class StorageFailed(ScenarioError):
    """The database can't be opened, reached, read or written; what was to be stored is not."""


class TemplateError(ScenarioError):
    """A `{{ … }}` that is malformed, or that names something without a value."""

    def __init__(self, said: Saying) -> None:
        super().__init__(said)
        self.fault = said


class ScenarioAlreadyRunning(ScenarioError):
    """One run at a time: a second start changes nothing."""

    def __init__(self) -> None:
        super().__init__(Saying.of("already-running"))


class NoRunningScenario(ScenarioError):
    """There is nothing to stop."""

    def __init__(self) -> None:
        super().__init__(Saying.of("not-running"))


class RunNotFound(SipflowError):
    """No run of this id has been kept."""

    def __init__(self, run_id: str) -> None:
        super().__init__(Saying.of("no-run", id=run_id[:100]))
        self.run_id = run_id


class RunUnderWay(SipflowError):
    """Something can't be done before this run has ended."""

    def __init__(self, run_id: str) -> None:
        super().__init__(Saying.of("run-under-way", id=run_id))
        self.run_id = run_id


class CodecUnavailable(SipflowError):
    """A codec that needs something that is not installed."""

    def __init__(self, codec: str, reason: Told) -> None:
        super().__init__(Saying.of("codec-not-usable", codec=codec, reason=reason))
        self.codec = codec
        self.reason = reason
        """What is missing, and how to install it."""


class PathRefused(SipflowError):
    """A path that a scenario names, and that leads out of the folders it may use."""

    def __init__(self, path: str, reason: Told) -> None:
        super().__init__(Saying.of("path-refused", path=path[:200], reason=reason))
        self.path = path
        self.reason = reason


class AudioError(SipflowError):
    """Audio that can't be taken, found or kept."""


class AudioRefused(AudioError):
    """A file that is too large, too long, or no audio."""

    def __init__(self, reason: Told) -> None:
        super().__init__(Saying.of("audio-refused", reason=reason))
        self.reason = reason


class AudioNotFound(AudioError):
    """No audio file has this id."""

    def __init__(self, audio_id: str) -> None:
        super().__init__(Saying.of("no-audio", id=audio_id))
        self.audio_id = audio_id


class SoundUnknown(AudioError):
    """No built-in sound has this name."""

    def __init__(self, name: str, reason: Told) -> None:
        super().__init__(Saying.of("no-sound", name=name[:100], reason=reason))
        self.name = name
        self.reason = reason


class RecordingFailed(AudioError):
    """A recording that can't be begun, or can't go on: what was written before is kept where that is possible."""

    def __init__(self, path: str, reason: Told) -> None:
        super().__init__(Saying.of("cannot-record", path=path, reason=reason))
        self.path = path
        self.reason = reason


class InstanceStartFailed(SipflowError):
    """The user agent of an instance could not be made."""

    def __init__(self, instance_id: str, label: str, reason: Told) -> None:
        super().__init__(Saying.of("instance-not-started", label=label, id=instance_id, reason=reason))
        self.instance_id = instance_id
        self.label = label
        self.reason = reason
