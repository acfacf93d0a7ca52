"""Which instances are the two parties of one call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sipflow.engine.agents import RunningInstance
from sipflow.engine.facts import facts_of
from sipflow.media import MediaStream
from sipflow.scenario.who_hears import Pairs
from sipflow.sdp import Session
from sipflow.sip.uri import Uri
from sipflow.ua import Call, CallState


@dataclass(frozen=True, slots=True)
class Party:
    """One instance in one of its calls."""

    instance: RunningInstance
    call: Call
    stream: MediaStream
    session: Session

    @property
    def instance_id(self) -> str:
        return self.instance.chain.instance_id


def parties_of(instances: list[RunningInstance]) -> Iterator[Party]:
    """All live calls of these in which media is agreed on."""
    for instance in instances:
        for call in instance.agent.calls:
            stream = call.stream
            if stream is not None and stream.session is not None and stream.session.codec is not None:
                yield Party(instance, call, stream, stream.session)


def expected_pairs(parties: list[Party], *, respects_hold: bool) -> Pairs:
    """The two parties of every answered call hear each other."""
    answered = [party for party in parties if party.call.state is CallState.CONFIRMED]
    pairs: set[tuple[str, str]] = set()
    for listener in answered:
        for speaker in answered:
            may_hear = listener.session.local_direction.receives and speaker.session.local_direction.sends
            if _are_joined(listener, speaker) and (may_hear or not respects_hold):
                pairs.add((listener.instance_id, speaker.instance_id))
    return frozenset(pairs)


def _are_joined(one: Party, other: Party) -> bool:
    """By Call-ID and tags; where something between them has changed these, by each other's numbers."""
    if one.instance_id == other.instance_id:
        return False
    here, there = facts_of(one.call), facts_of(other.call)
    if here["call_id"] == there["call_id"]:
        return here["local_tag"] == there["remote_tag"]
    return _user(here["remote_uri"]) == other.instance.params.dn and (
        _user(there["remote_uri"]) == one.instance.params.dn
    )


def _user(uri: object) -> str:
    return Uri.parse(str(uri)).user if uri else ""
