"""A run told event by event, as an engine would."""

from __future__ import annotations

from typing import Any, TypeVar

from sipflow.base.events import RunEvent, SipMessageSeen
from sipflow.engine.sights import Sights
from sipflow.report import Names

E = TypeVar("E", bound=RunEvent)

ALICE, BOB = "127.0.0.1:5060", "127.0.0.1:5062"
ADDRESSES = {"a": ALICE, "b": BOB}
NAMES = Names(instances={"a": "alice", "b": "bob"}, nodes={"n1": "MakeCall", "n2": "Answer"})
START_MS = 1_700_000_000_000


class Story:
    """Makes events in order; `at` is in milliseconds since the run began."""

    def __init__(self) -> None:
        self._seq = 0
        self._sights = Sights()

    def event(self, kind: type[E], at: int = 0, **values: Any) -> E:
        """Make any event."""
        self._seq += 1
        return kind(run_id="run-1", seq=self._seq, timestamp=START_MS + at, **values)

    def message(
        self,
        direction: str,
        local: str,
        remote: str,
        label: str,
        *,
        at: int = 0,
        instance: str | None = None,
        raw: str | None = None,
        note: str = "",
        call_id: str = "call-1",
        transport: str = "UDP",
    ) -> SipMessageSeen:
        """Make one sight of a message; the label is `INVITE`, or `180 Ringing` for a response to an INVITE."""
        status, _, reason = label.partition(" ")
        is_response = status.isdigit()
        raw = raw if raw is not None else f"{label} SIP/2.0\r\nCSeq: 1\r\n\r\n"
        return self.event(
            SipMessageSeen,
            at,
            first_seq=self._sights.first_seq(raw.encode(), self._seq + 1),
            instance_id=instance,
            call_id=call_id,
            sip_call_id="c1@127.0.0.1",
            direction=direction,
            transport=transport,
            local_address=local,
            remote_address=remote,
            method="INVITE" if is_response else label,
            status_code=int(status) if is_response else None,
            reason=reason if is_response else None,
            cseq=1,
            note=note,
            raw=raw,
        )

    def sent(self, instance: str, remote: str, label: str, **values: Any) -> SipMessageSeen:
        """A message that an instance sends to an address."""
        return self.message("sent", ADDRESSES[instance], remote, label, instance=instance, **values)

    def received(self, instance: str, remote: str, label: str, **values: Any) -> SipMessageSeen:
        """A message that an instance receives from an address."""
        return self.message("received", ADDRESSES[instance], remote, label, instance=instance, **values)

    def passed(self, source: str, target: str, label: str, **values: Any) -> list[SipMessageSeen]:
        """Both sights of a message between two instances."""
        return [
            self.sent(source, ADDRESSES[target], label, **values),
            self.received(target, ADDRESSES[source], label, **values),
        ]
