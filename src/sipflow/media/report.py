"""What a stream was like, both ways: told at its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from sipflow.base.sayings import Saying, Told
from sipflow.media.control import Control
from sipflow.media.incoming import Incoming
from sipflow.rtp import IMPAIRMENTS, RtpSender, rate

PLAYOUT_S: Final = 0.04
"""What a phone waits for late packets, of the delay from mouth to ear."""
GONE_S: Final = 5.0
"""A source that has been silent for so much longer than another says nothing of the present."""


@dataclass(frozen=True, slots=True)
class StreamReport:
    """Figures of one stream; None where nobody has told."""

    packets_sent: int
    packets_received: int
    """Doubles included."""
    lost: int
    """Of what the other side has sent."""
    jitter_ms: float
    """As it is now, or was at the end: the highest of all sources that are still heard."""
    max_jitter_ms: float
    out_of_order: int
    doubled: int
    sources: int
    """How many SSRCs were heard: more than one after a change, or where several send at once."""
    from_elsewhere: int
    """Packets from another address, which were not heard, as those of the next two."""
    of_unknown_type: int
    """Packets with a payload type that was not agreed on."""
    malformed: int
    """Packets that were none."""
    mos: float | None
    """Of what came, by the E-model."""
    lost_there: int | None
    """Of what we have sent, as the other side reports."""
    jitter_there_ms: float | None
    mos_there: float | None
    round_trip_ms: float | None

    @property
    def loss_percent(self) -> float | None:
        """Of what the other side has sent; None where that is nothing."""
        expected = self.packets_received - self.doubled + self.lost
        return 100 * self.lost / expected if expected else None

    def figures(self) -> Mapping[str, float | None]:
        """All of it by name, in the manner of JSON."""
        return {_camel(name): value for name, value in asdict(self).items()}

    def told(self) -> Told:
        """All of it in one line, for people."""
        of = Saying.of
        share = self.loss_percent or 0.0
        here = [
            of(
                "packets-received",
                count=self.packets_received,
                lost=self.lost,
                share=f"{share:.1f}",
                jitter=f"{self.jitter_ms:.1f}",
            ),
            of("packets-of-sources", count=self.sources) if self.sources > 1 else "",
            of("packets-out-of-order", count=self.out_of_order) if self.out_of_order else "",
            of("packets-doubled", count=self.doubled) if self.doubled else "",
            of("packets-from-elsewhere", count=self.from_elsewhere) if self.from_elsewhere else "",
            of("packets-of-unknown-type", count=self.of_unknown_type) if self.of_unknown_type else "",
            of("packets-malformed", count=self.malformed) if self.malformed else "",
            _mos(self.mos),
        ]
        there = [
            of("packets-sent", count=self.packets_sent),
            ""
            if self.lost_there is None
            else of("packets-lost-there", lost=self.lost_there, jitter=f"{self.jitter_there_ms:.1f}"),
            _mos(self.mos_there),
        ]
        trip = "" if self.round_trip_ms is None else of("round-trip", ms=f"{self.round_trip_ms:.1f}")
        return _joined("beside", [_joined("listed", here), _joined("listed", there), trip])

    def __str__(self) -> str:
        return str(self.told())


def report_of(codec: str, sender: RtpSender, packets_sent: int, incoming: Incoming, control: Control) -> StreamReport:
    """The figures so far; `codec` is the one that was agreed on last."""
    heard = incoming.heard
    received, lost = sum(source.received for source in heard), sum(source.lost for source in heard)
    newest = max((source.last_at for source in heard), default=0.0)
    present = [source for source in heard if newest - source.last_at < GONE_S]
    impairment = IMPAIRMENTS.get(codec.upper())
    trip_s, block = control.round_trip_s, control.block
    delay_s = (trip_s or 0.0) / 2 + PLAYOUT_S
    mos = mos_there = None
    if impairment is not None and received:
        expected, runs = sum(source.expected for source in heard), sum(source.loss_runs for source in heard)
        mos = rate(impairment, lost=lost, expected=expected, loss_runs=runs, delay_s=delay_s).mos
    lost_there = None if block is None else max(block.packets_lost, 0)
    if impairment is not None and lost_there is not None and packets_sent:
        mos_there = rate(impairment, lost=lost_there, expected=packets_sent, delay_s=delay_s).mos
    return StreamReport(
        packets_sent=packets_sent,
        packets_received=received,
        lost=lost,
        jitter_ms=_rounded(max((source.jitter_s for source in present), default=0.0) * 1000),
        max_jitter_ms=_rounded(max((source.max_jitter_s for source in heard), default=0.0) * 1000),
        out_of_order=sum(source.reordered for source in heard),
        doubled=sum(source.duplicates for source in heard),
        sources=sum(source.is_valid for source in heard),
        from_elsewhere=incoming.foreign,
        of_unknown_type=incoming.unknown,
        malformed=incoming.malformed,
        mos=None if mos is None else _rounded(mos),
        lost_there=lost_there,
        jitter_there_ms=None if block is None else _rounded(block.jitter * 1000 / sender.clock_hz),
        mos_there=None if mos_there is None else _rounded(mos_there),
        round_trip_ms=None if trip_s is None else _rounded(trip_s * 1000),
    )


def _rounded(value: float) -> float:
    return round(value, 2)


def _mos(mos: float | None) -> str:
    return "" if mos is None else f"MOS {mos:.1f}"


def _joined(how: str, parts: Iterable[Told]) -> Told:
    """What there is, one after another."""
    first, *others = (part for part in parts if part)
    told: Told = first
    for other in others:
        told = Saying.of(how, one=told, other=other)
    return told


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)
